//! Retained sizes: the bytes that would be free if a node were gone, which is what it dominates.

use std::collections::BTreeMap;

use crate::snapshot::{NodeIndex, Tables};

use super::dominators::Dominators;

/// Bytes by node: 4 a node, and more only for the few that retain 4 GiB.
#[derive(Default)]
pub struct Retained {
    low: Vec<u32>,
    /// What is above 32 bits, by node.
    high: BTreeMap<u32, u32>,
}

impl Retained {
    /// Adds shallow sizes up the tree. O(nodes).
    pub fn new(tables: &Tables, dominators: &Dominators) -> Self {
        let mut retained = Self {
            low: vec![0; tables.node_count()],
            high: BTreeMap::new(),
        };
        for node in tables.nodes() {
            retained.set(node, tables.self_bytes(node));
        }
        let Dominators { nodes, immediate } = dominators;
        for (&node, &dominator) in nodes.iter().zip(immediate).skip(1).rev() {
            let dominator = nodes[dominator as usize];
            let sum = retained.bytes(dominator).saturating_add(retained.bytes(node));
            retained.set(dominator, sum);
        }
        retained
    }

    /// Retained size of a node, in bytes. O(1) below 4 GiB.
    #[inline]
    pub fn bytes(&self, node: NodeIndex) -> u64 {
        let low = self.low[node.0 as usize];
        if self.high.is_empty() {
            return u64::from(low);
        }
        let high = self.high.get(&node.0).copied().unwrap_or(0);
        u64::from(high) << 32 | u64::from(low)
    }

    #[inline]
    fn set(&mut self, node: NodeIndex, bytes: u64) {
        self.low[node.0 as usize] = bytes as u32;
        if bytes >> 32 != 0 {
            self.high.insert(node.0, (bytes >> 32) as u32);
        }
    }

    /// Bytes held, without the few large ones.
    pub fn bytes_held(&self) -> usize {
        self.low.len() * size_of::<u32>()
    }
}
