//! Shortest ways from the root to every node over edges that retain, by a cost for each edge: one tree for all nodes.
//! What an edge costs is the caller's; this file knows no names.

use crate::error::Result;
use crate::snapshot::{EdgeIndex, NodeIndex, Tables};

use super::bits::Bits;
use super::csr::{Retainer, edge_from};
use super::edges::{Essential, ROOT};
use super::task::BuildOptions;

/// What it costs to go along an edge.
pub trait EdgeCost {
    /// Cost of an edge that retains, or `None` where a path must not go.
    fn cost(&self, tables: &Tables, from: NodeIndex, edge: EdgeIndex) -> Option<u8>;
}

impl<F: Fn(&Tables, NodeIndex, EdgeIndex) -> Option<u8>> EdgeCost for F {
    fn cost(&self, tables: &Tables, from: NodeIndex, edge: EdgeIndex) -> Option<u8> {
        self(tables, from, edge)
    }
}

/// Every edge costs 1: the path with the fewest steps.
#[derive(Debug, Clone, Copy, Default)]
pub struct Steps;

impl EdgeCost for Steps {
    fn cost(&self, _: &Tables, _: NodeIndex, _: EdgeIndex) -> Option<u8> {
        Some(1)
    }
}

const NO_EDGE: u32 = u32::MAX;
/// More than any cost.
const RING: usize = 256;
const STEPS: usize = 1 << 16;

/// The last edge of the cheapest path to each node. 8 bytes a node.
pub struct PathTree {
    last_edge: Vec<u32>,
    costs: Vec<u32>,
}

impl PathTree {
    /// Searches from the root. Dial, "Algorithm 360: Shortest-Path Forest with Topological Ordering", Communications
    /// of the ACM 12 (1969): Dijkstra's with a bucket for each cost, O(nodes + edges + greatest cost of a path).
    pub(super) fn new(
        tables: &Tables,
        essential: &Essential,
        edge_cost: &impl EdgeCost,
        options: &BuildOptions,
    ) -> Result<Self> {
        let count = tables.node_count();
        let mut tree = Self {
            last_edge: vec![NO_EDGE; count],
            costs: vec![u32::MAX; count],
        };
        if count == 0 {
            return Ok(tree);
        }
        let mut done = Bits::new(count);
        let mut buckets = vec![Vec::new(); RING];
        let (mut cost, mut waiting, mut visits) = (0u32, 1usize, 0usize);
        tree.costs[ROOT.0 as usize] = 0;
        buckets[0].push(ROOT);
        while waiting > 0 {
            let Some(from) = buckets[cost as usize % RING].pop() else {
                cost += 1;
                continue;
            };
            waiting -= 1;
            if done.replace(from.0) {
                continue;
            }
            visits += 1;
            if visits.is_multiple_of(STEPS) {
                options.check()?;
            }
            for edge in tables.edges(from) {
                let to = tables.edge_to(edge);
                if done.get(to.0) || !essential.retains(tables, from, edge) {
                    continue;
                }
                let Some(step) = edge_cost.cost(tables, from, edge) else {
                    continue;
                };
                let total = cost.saturating_add(u32::from(step));
                if total < tree.costs[to.0 as usize] {
                    tree.costs[to.0 as usize] = total;
                    tree.last_edge[to.0 as usize] = edge.0;
                    buckets[total as usize % RING].push(to);
                    waiting += 1;
                }
            }
        }
        Ok(tree)
    }

    /// Cost of the cheapest path; `None` where there is none.
    pub fn cost(&self, node: NodeIndex) -> Option<u32> {
        Some(self.costs[node.0 as usize]).filter(|&cost| cost != u32::MAX)
    }

    /// The step by which the cheapest path arrives at a node; `None` at the root and where there is no path.
    /// O(log nodes).
    pub fn arrival(&self, tables: &Tables, node: NodeIndex) -> Option<Retainer> {
        let edge = self.last_edge[node.0 as usize];
        (edge != NO_EDGE).then(|| Retainer {
            from: edge_from(tables, EdgeIndex(edge)),
            edge: EdgeIndex(edge),
        })
    }

    /// The cheapest path from the root to a node, its steps in that order; `None` where there is none, empty for the
    /// root. O(steps * log nodes).
    pub fn path(&self, tables: &Tables, node: NodeIndex) -> Option<Vec<Retainer>> {
        self.cost(node)?;
        let mut path: Vec<_> =
            std::iter::successors(self.arrival(tables, node), |step| self.arrival(tables, step.from))
                .collect();
        path.reverse();
        Some(path)
    }
}
