//! Whose bytes a backing store's are. A snapshot draws the elements, properties and hash tables of an object as nodes
//! of their own (`array`, `hidden`); people think of them as the object. As Chrome DevTools does
//! (`calculateShallowSizes`), a store that exactly one node owns, through stores only, gives its bytes to that node.

use crate::snapshot::{EdgeKind, NodeIndex, NodeKind, Tables};

use super::bits::{Bits, Ranked};
use super::edges::{ROOT, is_document_trees};

const NOBODY: u32 = u32::MAX;
const SEVERAL: u32 = u32::MAX - 1;

/// A store and its only owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owned {
    /// The backing store.
    pub store: NodeIndex,
    /// What it belongs to.
    pub owner: NodeIndex,
}

/// Finds the stores with one owner, in order of their index. None in a snapshot without user roots, which is one that
/// exposes internals. O(nodes + edges) time; 4 bytes a store.
pub fn owned_stores(tables: &Tables) -> Vec<Owned> {
    if !tables
        .edges(ROOT)
        .any(|edge| is_user_root(tables, tables.edge_to(edge)))
    {
        return Vec::new();
    }
    let mut bits = Bits::new(tables.node_count());
    for node in tables.nodes().filter(|&node| is_store(tables, node)) {
        bits.set(node.0);
    }
    let stores = Ranked::new(bits);
    let mut owners = vec![NOBODY; stores.count()];
    let mut changed = Vec::new();
    for from in tables.nodes().filter(|node| !stores.contains(node.0)) {
        own(tables, &stores, &mut owners, from, from.0, &mut changed);
    }
    while let Some(store) = changed.pop() {
        let owner = owners[stores.rank(store.0)];
        own(tables, &stores, &mut owners, store, owner, &mut changed);
    }
    let owned = tables.nodes().filter(|node| stores.contains(node.0)).zip(owners);
    owned
        .filter(|&(_, owner)| owner < SEVERAL && takes_bytes(tables, NodeIndex(owner)))
        .map(|(store, owner)| Owned {
            store,
            owner: NodeIndex(owner),
        })
        .collect()
}

/// Moves the bytes. O(stores), and O(log) for each owner of 4 GiB or more.
pub fn move_bytes(tables: &mut Tables, owned: &[Owned]) {
    for &Owned { store, owner } in owned {
        let sum = tables.self_bytes(owner).saturating_add(tables.self_bytes(store));
        tables.node_self_bytes[store.0 as usize] = 0;
        if sum < u64::from(u32::MAX) {
            tables.node_self_bytes[owner.0 as usize] = sum as u32;
            continue;
        }
        tables.node_self_bytes[owner.0 as usize] = u32::MAX;
        match tables
            .large_self_bytes
            .binary_search_by_key(&owner, |&(node, _)| node)
        {
            Ok(at) => tables.large_self_bytes[at].1 = sum,
            Err(at) => tables.large_self_bytes.insert(at, (owner, sum)),
        }
    }
}

/// Gives `owner` what `from` points to. A store changes twice at most: to one owner, then to several.
#[inline]
fn own(
    tables: &Tables,
    stores: &Ranked,
    owners: &mut [u32],
    from: NodeIndex,
    owner: u32,
    changed: &mut Vec<NodeIndex>,
) {
    let span = tables.first_edge[from.0 as usize] as usize..tables.first_edge[from.0 as usize + 1] as usize;
    for end in &tables.edge_end[span] {
        let to = end.to();
        if !stores.contains(to.0) || end.kind() == EdgeKind::Weak {
            continue;
        }
        let current = &mut owners[stores.rank(to.0)];
        if *current == owner || *current == SEVERAL {
            continue;
        }
        *current = if *current == NOBODY { owner } else { SEVERAL };
        changed.push(to);
    }
}

fn is_store(tables: &Tables, node: NodeIndex) -> bool {
    match tables.kind(node) {
        NodeKind::Hidden | NodeKind::Array => true,
        NodeKind::Native => tables.name(node) == "system / ExternalStringData",
        _ => false,
    }
}

fn takes_bytes(tables: &Tables, owner: NodeIndex) -> bool {
    owner != ROOT && tables.kind(owner) != NodeKind::Synthetic
}

/// What Chrome DevTools calls a user root: a child of the root that is no synthetic node, or Blink's tree of documents.
pub fn is_user_root(tables: &Tables, node: NodeIndex) -> bool {
    tables.kind(node) != NodeKind::Synthetic || is_document_trees(tables, node)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::HeapBuilder;

    #[test]
    fn a_store_of_one_object_is_its_own_and_a_shared_one_nobodys() {
        let mut heap = HeapBuilder::default();
        let [one, other] = ["Map", "Set"].map(|name| heap.node(NodeKind::Object, name, 10));
        let [table, inner, shared] = [100, 200, 400].map(|bytes| heap.node(NodeKind::Array, "", bytes));
        for owner in [one, other] {
            heap.element(HeapBuilder::ROOT, EdgeKind::Element, 1, owner);
            heap.edge(owner, EdgeKind::Internal, "map", shared);
        }
        heap.edge(one, EdgeKind::Internal, "table", table)
            .edge(table, EdgeKind::Internal, "inner", inner);
        let mut tables = heap.finish();
        let owned = owned_stores(&tables);
        assert_eq!(owned, [table, inner].map(|store| Owned { store, owner: one }));
        move_bytes(&mut tables, &owned);
        let sizes = [one, other, table, inner, shared].map(|node| tables.self_bytes(node));
        assert_eq!(sizes, [310, 10, 0, 0, 400]);
    }
}
