//! A heap snapshot as columns: 17 bytes a node, 8 an edge, each string once. Filled by the reader, or by hand.

use std::ops::Range;
use std::sync::OnceLock;

use super::keys::Keys;
use super::kinds::{EdgeEnd, EdgeIndex, EdgeKind, NodeIndex, NodeKind, StringIndex};
use super::strings::Strings;

/// Where a function, or the constructor of an object, stands. 0-based, as in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Location {
    /// The node.
    pub node: NodeIndex,
    /// V8's script id.
    pub script_id: u32,
    /// 0-based line.
    pub line: u32,
    /// 0-based column.
    pub column: u32,
}

/// The columns. Invariants, kept by whoever fills them: `first_edge` has one more entry than there are nodes, never
/// falls, and ends with the number of edges; every edge leads to a node; every name is a string; `locations` is sorted
/// by node.
#[derive(Debug, Default)]
pub struct Tables {
    /// Kind by node.
    pub node_kind: Vec<NodeKind>,
    /// Name by node.
    pub node_name: Vec<StringIndex>,
    /// V8's object id by node; one beyond 32 bits is in `large_ids`.
    pub node_id: Vec<u32>,
    /// Ids that 32 bits do not hold, as other runtimes write: node and id, sorted by node; `node_id` says `u32::MAX` there.
    pub large_ids: Vec<(NodeIndex, u64)>,
    /// Shallow size by node, in bytes; a larger one is in `large_self_bytes`.
    pub node_self_bytes: Vec<u32>,
    /// Shallow sizes over 4 GiB: node and size, sorted by node; `node_self_bytes` says `u32::MAX` there.
    pub large_self_bytes: Vec<(NodeIndex, u64)>,
    /// Nodes that the embedder says are detached (detachedness 2), sorted.
    pub detached: Vec<NodeIndex>,
    /// The first edge of each node, and the number of edges.
    pub first_edge: Vec<u32>,
    /// Name (a string index) or number by edge.
    pub edge_label: Vec<u32>,
    /// Target and kind by edge.
    pub edge_end: Vec<EdgeEnd>,
    /// The strings.
    pub strings: Strings,
    /// Sorted by node.
    pub locations: Vec<Location>,
    /// Memory outside of the heap that V8 knows of, in bytes (`extra_native_bytes`), 0 where the file has none.
    pub extra_native_bytes: u64,
    /// What is odd about the file, one line each: it was read all the same.
    pub notes: Vec<String>,
    /// Which names are names; found when it is first asked.
    pub(super) keys: OnceLock<Keys>,
}

impl Tables {
    /// Number of nodes.
    pub fn node_count(&self) -> usize {
        self.node_kind.len()
    }

    /// Number of edges.
    pub fn edge_count(&self) -> usize {
        self.edge_end.len()
    }

    /// All nodes.
    pub fn nodes(&self) -> impl Iterator<Item = NodeIndex> + use<> {
        (0..self.node_count() as u32).map(NodeIndex)
    }

    /// The edges that go out from a node.
    pub fn edges(&self, node: NodeIndex) -> impl Iterator<Item = EdgeIndex> + use<> {
        self.edge_range(node).map(EdgeIndex)
    }

    /// The same as bare numbers, which can be counted and turned round.
    pub(super) fn edge_range(&self, node: NodeIndex) -> Range<u32> {
        let at = node.0 as usize;
        self.first_edge[at]..self.first_edge[at + 1]
    }

    /// Kind of a node.
    pub fn kind(&self, node: NodeIndex) -> NodeKind {
        self.node_kind[node.0 as usize]
    }

    /// Name of a node.
    pub fn name(&self, node: NodeIndex) -> &str {
        self.strings.get(self.node_name[node.0 as usize])
    }

    /// V8's id of a node.
    pub fn id(&self, node: NodeIndex) -> u64 {
        let id = self.node_id[node.0 as usize];
        if id != u32::MAX {
            return u64::from(id);
        }
        let found = self.large_ids.binary_search_by_key(&node, |(n, _)| *n);
        found.map_or(u64::from(id), |at| self.large_ids[at].1)
    }

    /// Shallow size of a node, in bytes.
    pub fn self_bytes(&self, node: NodeIndex) -> u64 {
        let bytes = self.node_self_bytes[node.0 as usize];
        if bytes != u32::MAX {
            return u64::from(bytes);
        }
        let found = self.large_self_bytes.binary_search_by_key(&node, |(n, _)| *n);
        found.map_or(u64::from(bytes), |at| self.large_self_bytes[at].1)
    }

    /// Kind of an edge.
    pub fn edge_kind(&self, edge: EdgeIndex) -> EdgeKind {
        self.edge_end[edge.0 as usize].kind()
    }

    /// Number of an edge, or index of its name.
    pub fn edge_label(&self, edge: EdgeIndex) -> u32 {
        self.edge_label[edge.0 as usize]
    }

    /// Name of an edge, where it has one.
    pub fn edge_name(&self, edge: EdgeIndex) -> Option<&str> {
        let is_numbered = self.edge_kind(edge).is_numbered();
        (!is_numbered).then(|| self.strings.get(StringIndex(self.edge_label(edge))))
    }

    /// Target of an edge.
    pub fn edge_to(&self, edge: EdgeIndex) -> NodeIndex {
        self.edge_end[edge.0 as usize].to()
    }

    /// Where a node's code stands, if the snapshot says so. O(log locations).
    pub fn location(&self, node: NodeIndex) -> Option<Location> {
        self.locations
            .binary_search_by_key(&node, |l| l.node)
            .ok()
            .map(|at| self.locations[at])
    }

    /// Bytes held by the columns.
    pub fn bytes(&self) -> usize {
        self.node_count() * 17
            + 4
            + self.edge_count() * 8
            + self.strings.bytes()
            + self.locations.len() * size_of::<Location>()
            + self.large_ids.len() * size_of::<(NodeIndex, u64)>()
    }

    /// Gives back what was reserved and not used.
    pub(super) fn shrink_to_fit(&mut self) {
        self.node_kind.shrink_to_fit();
        self.node_name.shrink_to_fit();
        self.node_id.shrink_to_fit();
        self.node_self_bytes.shrink_to_fit();
        self.large_ids.shrink_to_fit();
        self.large_self_bytes.shrink_to_fit();
        self.detached.shrink_to_fit();
        self.first_edge.shrink_to_fit();
        self.edge_label.shrink_to_fit();
        self.edge_end.shrink_to_fit();
        self.strings.shrink_to_fit();
        self.locations.shrink_to_fit();
    }
}
