//! From V8's object ids to nodes.

use crate::snapshot::{NodeIndex, Tables};

/// Nodes in order of their ids. 4 bytes a node.
pub struct Ids(Vec<NodeIndex>);

impl Ids {
    /// Sorts the nodes. O(nodes log nodes) at worst; V8 numbers them in runs, which the sort makes use of.
    pub fn new(tables: &Tables) -> Self {
        let mut nodes: Vec<_> = tables.nodes().collect();
        nodes.sort_by_key(|&node| tables.id(node));
        Self(nodes)
    }

    /// The node with this id, the first in the file if there are several. O(log nodes).
    pub fn get(&self, tables: &Tables, id: u64) -> Option<NodeIndex> {
        let at = self.0.partition_point(|&node| tables.id(node) < id);
        self.0.get(at).copied().filter(|&node| tables.id(node) == id)
    }
}
