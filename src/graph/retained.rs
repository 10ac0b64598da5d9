//! Retained sizes: the bytes that would be free if a node were gone, which is what it dominates.

use std::collections::BTreeMap;

use crate::snapshot::Tables;

use super::tree::{DominatorTree, Place};

/// Bytes by place: 4 a node, and more only for the few that retain 4 GiB.
#[derive(Default)]
pub struct Retained {
    low: Vec<u32>,
    /// What is above 32 bits, by place.
    high: BTreeMap<u32, u32>,
}

impl Retained {
    /// Adds shallow sizes up the tree. O(nodes).
    pub fn new(tables: &Tables, tree: &DominatorTree) -> Self {
        let mut retained = Self {
            low: vec![0; tree.len()],
            high: BTreeMap::new(),
        };
        for (place, &node) in tree.nodes().iter().enumerate() {
            retained.set(place as u32, tables.self_bytes(node));
        }
        for place in (1..tree.len() as u32).rev() {
            let bytes = retained.bytes(Place(place));
            let parent = tree.parent(Place(place));
            let sum = retained.bytes(parent).saturating_add(bytes);
            retained.set(parent.0, sum);
        }
        retained
    }

    /// Retained size of the node at a place, in bytes. O(1) below 4 GiB.
    #[inline]
    pub fn bytes(&self, place: Place) -> u64 {
        let low = self.low[place.0 as usize];
        if self.high.is_empty() {
            return u64::from(low);
        }
        let high = self.high.get(&place.0).copied().unwrap_or(0);
        u64::from(high) << 32 | u64::from(low)
    }

    #[inline]
    fn set(&mut self, place: u32, bytes: u64) {
        self.low[place as usize] = bytes as u32;
        if bytes >> 32 != 0 {
            self.high.insert(place, (bytes >> 32) as u32);
        }
    }

    /// Bytes held, without the few large ones.
    pub fn bytes_held(&self) -> usize {
        self.low.len() * size_of::<u32>()
    }
}
