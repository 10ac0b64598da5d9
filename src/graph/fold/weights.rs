//! For how many objects the nodes of a heap stand whose large containers were thinned out. Knows what was thinned out, not
//! how that was read.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use crate::graph::mix::Mix;
use crate::snapshot::{EdgeKind, NodeIndex, Tables};

pub(super) type Nodes<T> = HashMap<NodeIndex, T, BuildHasherDefault<Mix>>;

/// What was thinned out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Thinned {
    /// Entries that there were.
    pub(super) entries: u32,
    /// And that remain.
    pub(super) left: u32,
}

impl Thinned {
    /// For how many entries one of those that remain stands.
    pub(super) fn weight(self) -> f64 {
        f64::from(self.entries) / f64::from(self.left.max(1))
    }
}

/// What is known of it afterwards.
#[derive(Debug, Clone)]
pub struct Weights {
    /// By the container, or its store.
    pub(super) thinned: Nodes<Thinned>,
    /// By node, for how many it stands: of what only an entry retains there were as many as there were entries.
    pub(super) each: Vec<f32>,
    /// Bytes that the whole heap had.
    pub all_bytes: Option<u64>,
}

impl Weights {
    /// For how many objects a node stands.
    pub fn of(&self, node: NodeIndex) -> f32 {
        self.each[node.0 as usize]
    }

    /// How many entries a container had that was thinned out.
    pub fn entries(&self, tables: &Tables, container: NodeIndex) -> Option<u32> {
        let stores = tables
            .edges(container)
            .filter(|&edge| tables.edge_kind(edge) == EdgeKind::Internal)
            .map(|edge| tables.edge_to(edge));
        let marked = [container]
            .into_iter()
            .chain(stores)
            .find_map(|node| self.thinned.get(&node));
        marked.map(|thinned| thinned.entries)
    }
}
