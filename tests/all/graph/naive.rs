//! The slow way: dominance and retained size by taking nodes away, ownership by asking everybody, paths by relaxing
//! every edge until nothing changes. Written from the definitions, sharing no code with the graph.

use std::collections::HashMap;

use leakguard::snapshot::{EdgeIndex, EdgeKind, NodeIndex, NodeKind, Tables};

const ROOT: NodeIndex = NodeIndex(0);

pub struct Naive<'a> {
    pub tables: &'a Tables,
    /// Edges that retain.
    pub essential: Vec<(NodeIndex, EdgeIndex)>,
    /// Edges that would retain if there were no page ownership.
    pub strong: Vec<(NodeIndex, EdgeIndex)>,
    next: Vec<Vec<NodeIndex>>,
    reachable: Vec<bool>,
}

impl<'a> Naive<'a> {
    pub fn new(tables: &'a Tables) -> Self {
        let page = page(tables);
        let all = tables
            .nodes()
            .flat_map(|from| tables.edges(from).map(move |edge| (from, edge)));
        let strong: Vec<_> = all
            .filter(|&(from, edge)| is_strong(tables, from, edge))
            .collect();
        let may_own = |&&(from, edge): &&(NodeIndex, EdgeIndex)| {
            from == ROOT || page[from.0 as usize] || !page[tables.edge_to(edge).0 as usize]
        };
        let essential: Vec<_> = strong.iter().filter(may_own).copied().collect();
        let mut next = vec![Vec::new(); tables.node_count()];
        let mut retained = vec![false; tables.node_count()];
        for &(from, edge) in &essential {
            next[from.0 as usize].push(tables.edge_to(edge));
            retained[tables.edge_to(edge).0 as usize] = true;
        }
        // What nothing retains counts as held by the root.
        let orphans = tables.nodes().skip(1).filter(|node| !retained[node.0 as usize]);
        next[0].extend(orphans);
        let mut naive = Self {
            tables,
            essential,
            strong,
            next,
            reachable: Vec::new(),
        };
        naive.reachable = naive.reach(None);
        naive
    }

    fn reach(&self, without: Option<NodeIndex>) -> Vec<bool> {
        let mut seen = vec![false; self.tables.node_count()];
        if without != Some(ROOT) {
            let mut stack = vec![ROOT];
            seen[0] = true;
            while let Some(node) = stack.pop() {
                for &to in &self.next[node.0 as usize] {
                    if without != Some(to) && !seen[to.0 as usize] {
                        seen[to.0 as usize] = true;
                        stack.push(to);
                    }
                }
            }
        }
        seen
    }

    /// By node, which nodes it dominates. The root dominates also what nothing reaches, which dominates itself.
    pub fn dominated(&self) -> Vec<Vec<bool>> {
        let dominated = |node: NodeIndex| -> Vec<bool> {
            if node == ROOT {
                return vec![true; self.tables.node_count()];
            }
            if !self.reachable[node.0 as usize] {
                return self.tables.nodes().map(|other| other == node).collect();
            }
            let left = self.reach(Some(node));
            left.iter()
                .zip(&self.reachable)
                .map(|(left, reachable)| *reachable && !left)
                .collect()
        };
        self.tables.nodes().map(dominated).collect()
    }

    /// Immediate dominators: of those that dominate a node, the one that dominates least.
    pub fn immediate(&self, dominated: &[Vec<bool>]) -> Vec<Option<NodeIndex>> {
        let size = |node: &NodeIndex| dominated[node.0 as usize].iter().filter(|d| **d).count();
        let above = |node: NodeIndex| {
            let all = self
                .tables
                .nodes()
                .filter(|d| *d != node && dominated[d.0 as usize][node.0 as usize]);
            all.min_by_key(size)
        };
        self.tables.nodes().map(above).collect()
    }

    /// Cheapest cost to each node over these edges.
    pub fn costs(
        &self,
        edges: &[(NodeIndex, EdgeIndex)],
        cost: impl Fn(NodeIndex, EdgeIndex) -> Option<u8>,
    ) -> Vec<Option<u32>> {
        let mut costs = vec![None; self.tables.node_count()];
        costs[0] = Some(0);
        loop {
            let before = costs.clone();
            for &(from, edge) in edges {
                let (Some(start), Some(step)) = (costs[from.0 as usize], cost(from, edge)) else {
                    continue;
                };
                let total = start + u32::from(step);
                let slot = &mut costs[self.tables.edge_to(edge).0 as usize];
                *slot = Some(slot.map_or(total, |old: u32| old.min(total)));
            }
            if costs == before {
                return costs;
            }
        }
    }
}

fn page(tables: &Tables) -> Vec<bool> {
    let mut page = vec![false; tables.node_count()];
    let roots = tables
        .edges(ROOT)
        .filter(|&edge| tables.edge_kind(edge) == EdgeKind::Shortcut);
    let mut stack: Vec<_> = roots.map(|edge| tables.edge_to(edge)).collect();
    while let Some(node) = stack.pop() {
        if !std::mem::replace(&mut page[node.0 as usize], true) {
            let strong = tables
                .edges(node)
                .filter(|&edge| tables.edge_kind(edge) != EdgeKind::Weak);
            stack.extend(strong.map(|edge| tables.edge_to(edge)));
        }
    }
    page
}

fn is_strong(tables: &Tables, from: NodeIndex, edge: EdgeIndex) -> bool {
    let (kind, to) = (tables.edge_kind(edge), tables.edge_to(edge));
    let is_table_edge = kind == EdgeKind::Internal
        && tables
            .edge_name(edge)
            .is_some_and(|name| name.ends_with(&format!("(table @{})", tables.id(from))));
    kind != EdgeKind::Weak && to != from && !is_table_edge && (from == ROOT || kind != EdgeKind::Shortcut)
}

/// Shallow sizes with backing stores moved to their only owner.
pub fn owned_sizes(tables: &Tables) -> Vec<u64> {
    let is_store = |node: NodeIndex| {
        matches!(tables.kind(node), NodeKind::Hidden | NodeKind::Array)
            || (tables.kind(node) == NodeKind::Native && tables.name(node) == "system / ExternalStringData")
    };
    let mut sizes: Vec<_> = tables.nodes().map(|node| tables.self_bytes(node)).collect();
    let mut user_roots = tables.edges(ROOT).map(|edge| tables.edge_to(edge));
    if !user_roots.any(|node| tables.kind(node) != NodeKind::Synthetic) {
        return sizes;
    }
    let mut owners: HashMap<NodeIndex, Vec<NodeIndex>> = HashMap::new();
    for owner in tables.nodes().filter(|&node| !is_store(node)) {
        let mut seen = vec![false; tables.node_count()];
        let mut stack = vec![owner];
        while let Some(node) = stack.pop() {
            let strong = tables
                .edges(node)
                .filter(|&edge| tables.edge_kind(edge) != EdgeKind::Weak);
            for to in strong.map(|edge| tables.edge_to(edge)).filter(|&to| is_store(to)) {
                if !std::mem::replace(&mut seen[to.0 as usize], true) {
                    owners.entry(to).or_default().push(owner);
                    stack.push(to);
                }
            }
        }
    }
    for (store, owners) in owners {
        if let [owner] = owners[..]
            && owner != ROOT
            && tables.kind(owner) != NodeKind::Synthetic
        {
            sizes[owner.0 as usize] += tables.self_bytes(store);
            sizes[store.0 as usize] = 0;
        }
    }
    sizes
}
