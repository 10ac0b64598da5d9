//! The edges that retain, turned round: who retains a node.

use crate::snapshot::{EdgeIndex, NodeIndex, Tables};

use super::edges::Essential;

/// One edge that retains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retainer {
    /// The node that retains.
    pub from: NodeIndex,
    /// How.
    pub edge: EdgeIndex,
}

/// Essential edges by where they end. 4 bytes a node and 4 an edge; where an edge begins is searched in its row.
pub struct Retainers {
    first: Vec<u32>,
    edges: Vec<EdgeIndex>,
}

impl Retainers {
    /// Turns the edges round, in the order of the file. O(nodes + edges).
    pub fn new(tables: &Tables, essential: &Essential) -> Self {
        // Counters two places ahead: after filling each stands at its own start.
        let mut first = vec![0u32; tables.node_count() + 2];
        each_essential(tables, essential, |_, to| first[to.0 as usize + 2] += 1);
        for at in 2..first.len() {
            first[at] += first[at - 1];
        }
        let count = first.last().copied().unwrap_or(0);
        let mut edges = vec![EdgeIndex(0); count as usize];
        each_essential(tables, essential, |edge, to| {
            let slot = &mut first[to.0 as usize + 1];
            edges[*slot as usize] = edge;
            *slot += 1;
        });
        first.pop();
        Self { first, edges }
    }

    /// Edges that retain a node, in the order of the file.
    pub fn edges(&self, node: NodeIndex) -> &[EdgeIndex] {
        &self.edges[self.first[node.0 as usize] as usize..self.first[node.0 as usize + 1] as usize]
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        (self.first.len() + self.edges.len()) * size_of::<u32>()
    }
}

/// The node from which an edge goes out. O(log nodes).
pub fn edge_from(tables: &Tables, edge: EdgeIndex) -> NodeIndex {
    NodeIndex(tables.first_edge.partition_point(|&first| first <= edge.0) as u32 - 1)
}

fn each_essential(tables: &Tables, essential: &Essential, mut each: impl FnMut(EdgeIndex, NodeIndex)) {
    for from in tables.nodes() {
        for edge in tables.edges(from) {
            if essential.retains(tables, from, edge) {
                each(edge, tables.edge_to(edge));
            }
        }
    }
}
