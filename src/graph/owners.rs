//! Who holds the memory of a heap, as a tree of few: the dominator tree with alike nodes as one, the small ones left out.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::snapshot::{EdgeKind, NodeIndex, NodeKind, StringIndex, Tables};

use super::class_keys::{ClassIndex, ClassKeys, class_keys};
use super::classes::class_name;
use super::describe::{node_name, scope_name};
use super::graph::HeapGraph;
use super::sources::{SourcePlace, Sources, follow, is_context, scope};

/// How finely owners are told apart.
#[derive(Debug, Clone, Copy)]
pub struct Fineness {
    /// Owners in all; a few more, for those told together.
    pub owners_max: usize,
    /// Below each owner, so many others are told apart.
    pub beside_max: usize,
    /// Smaller ones, as a share of the whole heap, are told together.
    pub share_min: f64,
    /// Owners below owners.
    pub depth_max: u32,
    /// Scopes that nothing tells the place of have that of a function that was made in them. O(edges of functions).
    pub places_scopes: bool,
}

/// Nodes that are held alike, and what they retain together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// How many owners are above it; the root is at 0. Owners come in preorder.
    pub depth: u32,
    /// The variable or property by which its owner holds it, and else empty; keys of tables are no names.
    pub name: String,
    /// Class, function or scope; empty for the small ones that are told together.
    pub class: String,
    /// Nodes; of the small ones, those directly below.
    pub count: u32,
    /// What is free when all of them are gone, in bytes. Nothing is counted twice.
    pub retained_bytes: u64,
    /// The same in nodes, themselves included.
    pub retained_count: u64,
    /// Where its function or constructor stands.
    pub place: Option<SourcePlace>,
}

/// What makes nodes alike: the name by which they are held, their class, and the scope's own data.
type Key = (Option<StringIndex>, ClassIndex, Option<NodeIndex>);

struct Found {
    owner: Owner,
    members: Vec<NodeIndex>,
    below: Vec<usize>,
}

/// The owners of a heap in preorder; the largest are opened first. O(nodes + edges) time at the most, and 8 bytes a node while
/// it runs.
pub fn owners(graph: &HeapGraph, sources: &Sources, fineness: Fineness) -> Vec<Owner> {
    let limit = fineness.owners_max;
    let tables = graph.tables();
    let root = NodeIndex(0);
    let whole = graph.retained_bytes(root);
    let keys = class_keys(tables);
    let mut all = vec![Found {
        owner: Owner {
            depth: 0,
            name: String::new(),
            class: "(heap)".to_owned(),
            count: 1,
            retained_bytes: whole,
            retained_count: nodes_below(graph, root),
            place: None,
        },
        members: vec![root],
        below: Vec::new(),
    }];
    let least = ((whole as f64 * fineness.share_min) as u64).max(1);
    let mut scopes = HashMap::new();
    let mut open = BinaryHeap::from([(whole, Reverse(0))]);
    while let Some((_, Reverse(at))) = open.pop() {
        if all.len() >= limit {
            break;
        }
        let depth = all[at].owner.depth + 1;
        let members = std::mem::take(&mut all[at].members);
        let mut groups = groups(graph, &keys, &members);
        groups.sort_by_key(|(_, members, bytes)| (Reverse(bytes.0), members[0]));
        let room = fineness.beside_max.min(limit - all.len());
        let shown = groups
            .iter()
            .take(room)
            .filter(|group| group.2.0 >= least)
            .count();
        for (key, members, bytes) in groups.drain(..shown) {
            let owner = owner(tables, sources, &keys, key, &members, bytes, depth);
            let index = all.len();
            all[at].below.push(index);
            if owner.place.is_none() && is_context(tables, members[0]) {
                scopes.insert(members[0], index);
            }
            if depth < fineness.depth_max {
                open.push((bytes.0, Reverse(index)));
            }
            all.push(Found {
                owner,
                members,
                below: Vec::new(),
            });
        }
        let rest_bytes: u64 = groups.iter().map(|group| group.2.0).sum();
        if shown > 0 && rest_bytes >= least {
            let count = groups.iter().map(|group| group.1.len() as u32).sum();
            let index = all.len();
            all[at].below.push(index);
            all.push(Found {
                owner: Owner {
                    depth,
                    name: String::new(),
                    class: String::new(),
                    count,
                    retained_bytes: rest_bytes,
                    retained_count: groups.iter().map(|group| group.2.1).sum(),
                    place: None,
                },
                members: Vec::new(),
                below: Vec::new(),
            });
        }
    }
    if fineness.places_scopes {
        for (index, place) in placed_by_functions(tables, sources, scopes) {
            all[index].owner.place = Some(place);
        }
    }
    preorder(all)
}

/// The places of functions that were made in these scopes.
fn placed_by_functions(
    tables: &Tables,
    sources: &Sources,
    mut scopes: HashMap<NodeIndex, usize>,
) -> Vec<(usize, SourcePlace)> {
    let mut found = Vec::with_capacity(scopes.len());
    for node in tables.nodes() {
        if scopes.is_empty() {
            break;
        }
        if tables.kind(node) != NodeKind::Closure {
            continue;
        }
        let context = follow(tables, node, EdgeKind::Internal, "context");
        let Some(&index) = context.as_ref().and_then(|context| scopes.get(context)) else {
            continue;
        };
        if let Some(place) = sources.place(tables, node) {
            found.push((index, place));
            scopes.retain(|_, at| *at != index);
        }
    }
    found
}

/// How many nodes one dominates, itself included.
fn nodes_below(graph: &HeapGraph, node: NodeIndex) -> u64 {
    let tree = graph.tree();
    let place = tree.place(node);
    u64::from(tree.end(place) - place.0)
}

/// Bytes and nodes.
type Retained = (u64, u64);

/// What is alike, its nodes, and what they retain together.
type Group = (Key, Vec<NodeIndex>, Retained);

/// What these nodes dominate, tables of V8's left out, those alike together.
fn groups(graph: &HeapGraph, keys: &ClassKeys, members: &[NodeIndex]) -> Vec<Group> {
    let tables = graph.tables();
    let mut groups: HashMap<Key, (Vec<NodeIndex>, Retained)> = HashMap::new();
    for &member in members {
        let names = names(tables, member);
        let mut waiting: Vec<NodeIndex> = graph.dominated(member).collect();
        while let Some(node) = waiting.pop() {
            if matches!(tables.kind(node), NodeKind::Array | NodeKind::Hidden) && member.0 != 0 {
                waiting.extend(graph.dominated(node));
                continue;
            }
            let scope = (is_context(tables, node))
                .then(|| follow(tables, node, EdgeKind::Internal, "scope_info"))
                .flatten();
            // Roots of V8's have names of their own.
            let scope = scope.or((tables.kind(node) == NodeKind::Synthetic).then_some(node));
            let key = (names.get(&node).copied(), keys.of_node[node.0 as usize], scope);
            let group = groups.entry(key).or_default();
            group.0.push(node);
            group.1.0 += graph.retained_bytes(node);
            group.1.1 += nodes_below(graph, node);
        }
    }
    let groups = groups.into_iter().map(|(key, (mut members, bytes))| {
        members.sort_unstable();
        (key, members, bytes)
    });
    groups.collect()
}

/// What a node calls those it leads to.
fn names(tables: &Tables, node: NodeIndex) -> HashMap<NodeIndex, StringIndex> {
    let keys: Vec<_> = tables.keys_of(node).collect();
    let named = |edge| match tables.edge_kind(edge) {
        EdgeKind::Property if keys.binary_search(&edge).is_ok() => None,
        EdgeKind::Property | EdgeKind::Context => {
            Some((tables.edge_to(edge), StringIndex(tables.edge_label(edge))))
        }
        _ => None,
    };
    tables.edges(node).filter_map(named).collect()
}

fn owner(
    tables: &Tables,
    sources: &Sources,
    keys: &ClassKeys,
    (name, class, _): Key,
    members: &[NodeIndex],
    (retained_bytes, retained_count): Retained,
    depth: u32,
) -> Owner {
    let example = members[0];
    let scope = is_context(tables, example).then(|| scope(tables, sources, example, None));
    let (key, first) = keys.keys[class.0 as usize];
    let class = match &scope {
        Some(scope) => scope_name(scope),
        None if tables.kind(example) == NodeKind::Synthetic => node_name(tables, example),
        None => class_name(tables, key, first),
    };
    Owner {
        depth,
        name: name.map_or_else(String::new, |name| tables.strings.get(name).to_owned()),
        class,
        count: members.len() as u32,
        retained_bytes,
        retained_count,
        place: scope
            .and_then(|scope| scope.place)
            .or_else(|| sources.place(tables, example)),
    }
}

fn preorder(mut all: Vec<Found>) -> Vec<Owner> {
    let mut owners = Vec::with_capacity(all.len());
    let mut waiting = vec![0];
    while let Some(at) = waiting.pop() {
        waiting.extend(all[at].below.iter().rev());
        owners.push(std::mem::replace(
            &mut all[at].owner,
            Owner {
                depth: 0,
                name: String::new(),
                class: String::new(),
                count: 0,
                retained_bytes: 0,
                retained_count: 0,
                place: None,
            },
        ));
    }
    owners
}

#[cfg(test)]
mod tests {
    use super::super::BuildOptions;
    use super::*;
    use crate::snapshot::HeapBuilder;

    fn fineness(owners_max: usize) -> Fineness {
        Fineness {
            owners_max,
            beside_max: 16,
            share_min: 0.0005,
            depth_max: 24,
            places_scopes: false,
        }
    }

    /// A module's variable `sessions` holds a Map of 1,000 sessions through V8's table.
    fn heap() -> HeapGraph {
        let mut heap = HeapBuilder::default();
        let context = heap.node(NodeKind::Object, "system / Context", 40);
        let map = heap.node(NodeKind::Object, "Map", 32);
        let table = heap.node(NodeKind::Array, "", 16);
        heap.element(HeapBuilder::ROOT, EdgeKind::Element, 1, context);
        heap.edge(context, EdgeKind::Context, "sessions", map);
        heap.edge(map, EdgeKind::Internal, "table", table);
        for at in 0..1000 {
            let session = heap.node(NodeKind::Object, "Session", 50);
            heap.element(table, EdgeKind::Internal, at, session);
        }
        let small = heap.node(NodeKind::Object, "Tiny", 8);
        heap.element(HeapBuilder::ROOT, EdgeKind::Element, 2, small);
        HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap()
    }

    #[test]
    fn owners_are_named_by_variable_and_class_and_alike_ones_are_one() {
        let graph = heap();
        let found = owners(&graph, &Sources::new(graph.tables()), fineness(100));
        let told: Vec<_> = found
            .iter()
            .map(|o| (o.depth, o.name.as_str(), o.class.as_str(), o.count))
            .collect();
        assert_eq!(
            told,
            [
                (0, "", "(heap)", 1),
                (1, "", "module scope", 1),
                (2, "sessions", "Map", 1),
                (3, "", "Session", 1000),
            ]
        );
        assert_eq!(found[3].retained_bytes, 50_000);
        assert_eq!(found[0].retained_bytes, graph.retained_bytes(NodeIndex(0)));
        assert_eq!(found[0].retained_count, graph.tables().node_count() as u64);
        // The Map, its table and what is in it; of the table nothing is told.
        assert_eq!(found[2].retained_count, 1002);
    }

    #[test]
    fn what_is_below_never_retains_more_than_its_owner_and_the_limit_holds() {
        let mut heap = HeapBuilder::default();
        for at in 0..300u32 {
            let object = heap.node(NodeKind::Object, &format!("Class{at}"), 10 + at);
            heap.element(HeapBuilder::ROOT, EdgeKind::Element, at, object);
            for below in 0..3 {
                let name = format!("Below{}", (at + below) % 7);
                let inner = heap.node(NodeKind::Object, &name, at % 11 * 5);
                heap.edge(object, EdgeKind::Property, "inner", inner);
            }
        }
        let graph = HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap();
        for limit in [1, 2, 20, 60] {
            let found = owners(&graph, &Sources::new(graph.tables()), fineness(limit));
            assert!(found.len() <= limit * 2, "{} of {limit}", found.len());
            for (at, owner) in found.iter().enumerate() {
                let inside = found[at + 1..].iter().take_while(|o| o.depth > owner.depth);
                let below: u64 = inside
                    .filter(|o| o.depth == owner.depth + 1)
                    .map(|o| o.retained_bytes)
                    .sum();
                assert!(below <= owner.retained_bytes, "{owner:?}");
                let inside = found[at + 1..].iter().take_while(|o| o.depth > owner.depth);
                let nodes_below: u64 = inside
                    .filter(|o| o.depth == owner.depth + 1)
                    .map(|o| o.retained_count)
                    .sum();
                assert!(nodes_below < owner.retained_count, "{owner:?}");
            }
        }
    }
}
