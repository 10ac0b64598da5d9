//! Heaps made by hand, for tests, oracles and examples: name what there is, then take the tables.

use std::collections::HashMap;

use super::kinds::{EdgeEnd, EdgeKind, NodeIndex, NodeKind, StringIndex};
use super::tables::{Location, Tables};

/// A heap under construction. Node 0 is the root and exists from the start.
pub struct HeapBuilder {
    tables: Tables,
    edges: Vec<Vec<(EdgeKind, u32, NodeIndex)>>,
    known: HashMap<String, StringIndex>,
}

impl Default for HeapBuilder {
    fn default() -> Self {
        let mut builder = Self {
            tables: Tables::default(),
            edges: Vec::new(),
            known: HashMap::new(),
        };
        builder.node(NodeKind::Synthetic, "", 0);
        builder
    }
}

impl HeapBuilder {
    /// The root.
    pub const ROOT: NodeIndex = NodeIndex(0);

    /// Adds a node; its id is twice its index plus one, as V8 numbers JavaScript objects.
    pub fn node(&mut self, kind: NodeKind, name: &str, self_bytes: u32) -> NodeIndex {
        let index = self.tables.node_kind.len() as u32;
        let name = self.string(name);
        self.tables.node_kind.push(kind);
        self.tables.node_name.push(name);
        self.tables.node_id.push(index * 2 + 1);
        self.tables.node_self_bytes.push(self_bytes);
        self.edges.push(Vec::new());
        NodeIndex(index)
    }

    /// The index of a string: one for equal strings, as V8 writes them.
    fn string(&mut self, text: &str) -> StringIndex {
        if let Some(&known) = self.known.get(text) {
            return known;
        }
        let index = self.tables.strings.push(text);
        self.known.insert(text.to_owned(), index);
        index
    }

    /// Adds a named edge.
    pub fn edge(&mut self, from: NodeIndex, kind: EdgeKind, name: &str, to: NodeIndex) -> &mut Self {
        let label = self.string(name).0;
        self.edges[from.0 as usize].push((kind, label, to));
        self
    }

    /// Adds a numbered edge.
    pub fn element(&mut self, from: NodeIndex, kind: EdgeKind, number: u32, to: NodeIndex) -> &mut Self {
        self.edges[from.0 as usize].push((kind, number, to));
        self
    }

    /// Says where the code of a node stands (0-based).
    pub fn location(&mut self, node: NodeIndex, script_id: u32, line: u32, column: u32) -> &mut Self {
        self.tables.locations.push(Location {
            node,
            script_id,
            line,
            column,
        });
        self
    }

    /// The tables.
    pub fn finish(mut self) -> Tables {
        self.tables.first_edge.push(0);
        for edges in &self.edges {
            for &(kind, label, to) in edges {
                self.tables.edge_label.push(label);
                self.tables.edge_end.push(EdgeEnd::new(kind, to));
            }
            self.tables.first_edge.push(self.tables.edge_end.len() as u32);
        }
        self.tables.locations.sort_by_key(|l| l.node);
        self.tables
    }
}
