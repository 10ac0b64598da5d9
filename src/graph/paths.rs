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

/// Who hears what a search finds.
pub(super) trait Finder {
    /// The cheapest way to `to` so far is this edge, whose begin was arrived at.
    fn find(&mut self, from: NodeIndex, edge: EdgeIndex, to: NodeIndex);
    /// What was found last for this node is the cheapest. Once for each node that is reached.
    fn arrive(&mut self, node: NodeIndex);
}

/// Searches from the root and arrives at each node once, cheapest first; last at those that page ownership lets nobody
/// retain, over any strong edge: what a WeakMap of the page holds for a key that only a suspended function has would
/// have no path otherwise. Dial, "Algorithm 360: Shortest-Path Forest with Topological Ordering", Communications of the
/// ACM 12 (1969): Dijkstra's with a bucket for each cost. O(nodes + edges + greatest cost of a path) time; 10 bits a
/// node, 4 bytes for each that waits, and 8 for each edge that ownership bars.
pub(super) fn search(
    tables: &Tables,
    essential: &Essential,
    edge_cost: &impl EdgeCost,
    options: &BuildOptions,
    finder: &mut impl Finder,
) -> Result<()> {
    let count = tables.node_count();
    if count == 0 {
        return Ok(());
    }
    let (mut done, mut reached) = (Bits::new(count), Bits::new(count));
    // What waits costs at most 255 more than what is at hand, so the last byte of a cost tells which is less.
    let mut costs = vec![0u8; count];
    let mut buckets: Vec<Vec<NodeIndex>> = vec![Vec::new(); RING];
    let (mut cost, mut waiting, mut visits) = (0u8, 1usize, 0usize);
    let mut barred: Option<Vec<(NodeIndex, EdgeIndex)>> = Some(Vec::new());
    reached.set(ROOT.0);
    buckets[0].push(ROOT);
    loop {
        if waiting == 0 {
            let Some(edges) = barred.take() else {
                return Ok(());
            };
            for (from, edge) in edges {
                let to = tables.edge_to(edge);
                if reached.get(to.0) {
                    continue;
                }
                let Some(step) = edge_cost.cost(tables, from, edge) else {
                    continue;
                };
                reached.set(to.0);
                costs[to.0 as usize] = cost.wrapping_add(step);
                finder.find(from, edge, to);
                buckets[usize::from(costs[to.0 as usize])].push(to);
                waiting += 1;
            }
            continue;
        }
        let level = std::mem::take(&mut buckets[usize::from(cost)]);
        if level.is_empty() {
            cost = cost.wrapping_add(1);
            continue;
        }
        waiting -= level.len();
        // What was found last comes first. Any order in which things are found will do, but not that of the tables: it is
        // the collector's, so of equal paths another one would win in each snapshot.
        for &from in level.iter().rev() {
            if done.replace(from.0) {
                continue;
            }
            visits += 1;
            if visits.is_multiple_of(STEPS) {
                options.check()?;
            }
            finder.arrive(from);
            for edge in tables.edges(from) {
                let to = tables.edge_to(edge);
                if done.get(to.0) || !essential.is_strong(edge) {
                    continue;
                }
                if let Some(edges) = &mut barred
                    && !essential.may_own(from, to)
                {
                    if !reached.get(to.0) {
                        edges.push((from, edge));
                    }
                    continue;
                }
                let Some(step) = edge_cost.cost(tables, from, edge) else {
                    continue;
                };
                let known = &mut costs[to.0 as usize];
                if reached.replace(to.0) && known.wrapping_sub(cost) <= step {
                    continue;
                }
                *known = cost.wrapping_add(step);
                finder.find(from, edge, to);
                buckets[usize::from(*known)].push(to);
                waiting += 1;
            }
        }
    }
}

/// The last edge of the cheapest path to each node. 4 bytes a node.
pub struct PathTree {
    last_edge: Vec<u32>,
}

impl PathTree {
    /// Searches from the root.
    pub(super) fn new(
        tables: &Tables,
        essential: &Essential,
        edge_cost: &impl EdgeCost,
        options: &BuildOptions,
    ) -> Result<Self> {
        let mut tree = Self::unknown(tables);
        search(tables, essential, edge_cost, options, &mut tree)?;
        Ok(tree)
    }

    /// A tree without paths.
    pub(super) fn unknown(tables: &Tables) -> Self {
        Self {
            last_edge: vec![NO_EDGE; tables.node_count()],
        }
    }

    /// The last edge of the path; `None` at the root and where there is no path.
    #[inline]
    pub(super) fn last_edge(&self, node: NodeIndex) -> Option<EdgeIndex> {
        let edge = self.last_edge[node.0 as usize];
        (edge != NO_EDGE).then_some(EdgeIndex(edge))
    }

    /// Costs of the cheapest paths to all nodes, `edge_cost` being that of the search; `None` where there is no path.
    /// O(nodes log nodes).
    pub fn costs(&self, tables: &Tables, edge_cost: &impl EdgeCost) -> Vec<Option<u32>> {
        let mut costs = vec![None; self.last_edge.len()];
        if let Some(root) = costs.first_mut() {
            *root = Some(0u32);
        }
        let mut way = Vec::new();
        for node in tables.nodes() {
            let mut at = node;
            while costs[at.0 as usize].is_none() {
                let Some(arrival) = self.arrival(tables, at) else {
                    break;
                };
                way.push(arrival);
                at = arrival.from;
            }
            let mut cost = costs[at.0 as usize];
            while let Some(Retainer { from, edge }) = way.pop() {
                let step = edge_cost.cost(tables, from, edge).map_or(0, u32::from);
                cost = cost.map(|cost| cost.saturating_add(step));
                costs[tables.edge_to(edge).0 as usize] = cost;
            }
        }
        costs
    }

    /// The step by which the cheapest path arrives at a node; `None` at the root and where there is no path.
    /// O(log nodes).
    pub fn arrival(&self, tables: &Tables, node: NodeIndex) -> Option<Retainer> {
        let edge = self.last_edge(node)?;
        let from = edge_from(tables, edge);
        Some(Retainer { from, edge })
    }

    /// The cheapest path from the root to a node, its steps in that order; `None` where there is none, empty for the
    /// root. O(steps * log nodes).
    pub fn path(&self, tables: &Tables, node: NodeIndex) -> Option<Vec<Retainer>> {
        if node != ROOT {
            self.last_edge(node)?;
        }
        let mut path: Vec<_> =
            std::iter::successors(self.arrival(tables, node), |step| self.arrival(tables, step.from))
                .collect();
        path.reverse();
        Some(path)
    }
}

impl Finder for PathTree {
    #[inline]
    fn find(&mut self, _: NodeIndex, edge: EdgeIndex, to: NodeIndex) {
        self.last_edge[to.0 as usize] = edge.0;
    }

    #[inline]
    fn arrive(&mut self, _: NodeIndex) {}
}
