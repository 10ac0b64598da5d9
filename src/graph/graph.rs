//! The heap graph: tables and what follows from them.

use std::sync::OnceLock;

use crate::error::{Error, Result};
use crate::snapshot::{EdgeIndex, NodeIndex, Tables};

use super::classes::{self, Class};
use super::csr::{Retainer, Retainers, edge_from};
use super::distances::Distances;
use super::dominators::dominators;
use super::edges::{Essential, edge_rules};
use super::ephemerons::Ephemerons;
use super::ids::Ids;
use super::paths::{EdgeCost, PathTree};
use super::retained::Retained;
use super::shallow::{move_bytes, owned_stores};
use super::task::{BuildOptions, Phase, ShallowSizes};
use super::tree::DominatorTree;
use super::walk::walk;

/// A heap, who dominates whom in it, and what that retains. Retainers, distances and ids are made when they are first
/// asked for, once, whichever thread asks.
pub struct HeapGraph {
    tables: Tables,
    ephemerons: Ephemerons,
    essential: Essential,
    tree: DominatorTree,
    retained: Retained,
    retainers: OnceLock<Retainers>,
    distances: OnceLock<Distances>,
    ids: OnceLock<Ids>,
}

impl HeapGraph {
    /// Builds the graph of a snapshot. With [`ShallowSizes::Owned`] the tables' shallow sizes are those afterwards.
    ///
    /// # Errors
    /// `ERR_LEAKGUARD_INVALID_ARG` for tables without a root or with 2^31 nodes; `ERR_LEAKGUARD_CANCELLED` when the caller
    /// said so.
    ///
    /// # Complexity
    /// O(nodes + edges) in practice (see [`dominators`]). Beside the tables it holds 20 bytes a node and a bit an edge
    /// in the end, and some 30 bytes a node at its peak.
    pub fn build(mut tables: Tables, options: &BuildOptions) -> Result<Self> {
        if tables.node_count() == 0 {
            return Err(Error::invalid("a heap with a root, got one without nodes"));
        }
        options.begin(Phase::Edges)?;
        let ephemerons = Ephemerons::find(&tables.strings);
        let rules = edge_rules(&tables, &ephemerons);
        options.begin(Phase::Walk)?;
        let find_owned = || match options.shallow_sizes {
            ShallowSizes::Owned => owned_stores(&tables),
            ShallowSizes::Raw => Vec::new(),
        };
        let (walked, owned) = if options.threads > 1 {
            std::thread::scope(|scope| {
                let owned = scope.spawn(find_owned);
                let walked = walk(&tables, rules, options);
                // A panic of the other thread is a bug of ours and goes on as such.
                (
                    walked,
                    owned
                        .join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                )
            })
        } else {
            (walk(&tables, rules, options), find_owned())
        };
        let (walked, essential) = walked?;
        move_bytes(&mut tables, &owned);
        drop(owned);
        options.begin(Phase::Dominators)?;
        let dominators = dominators(walked, options)?;
        options.begin(Phase::Retained)?;
        let tree = DominatorTree::new(dominators);
        let retained = Retained::new(&tables, &tree);
        let (retainers, distances, ids) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Ok(Self {
            tables,
            ephemerons,
            essential,
            tree,
            retained,
            retainers,
            distances,
            ids,
        })
    }

    /// The tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The dominator tree.
    pub fn tree(&self) -> &DominatorTree {
        &self.tree
    }

    /// Shallow size of a node in bytes, as the options said.
    pub fn shallow_bytes(&self, node: NodeIndex) -> u64 {
        self.tables.self_bytes(node)
    }

    /// What would be free if the node were gone, in bytes, itself included. O(1).
    pub fn retained_bytes(&self, node: NodeIndex) -> u64 {
        self.retained.bytes(self.tree.place(node))
    }

    /// The nearest node without which this one would be gone too; none for the root. O(1).
    pub fn dominator(&self, node: NodeIndex) -> Option<NodeIndex> {
        let place = self.tree.place(node);
        (place.0 != 0).then(|| self.tree.node(self.tree.parent(place)))
    }

    /// Whether one node dominates another; each dominates itself. O(1).
    pub fn dominates(&self, dominator: NodeIndex, node: NodeIndex) -> bool {
        let (outer, inner) = (self.tree.place(dominator), self.tree.place(node));
        outer <= inner && inner.0 < self.tree.end(outer)
    }

    /// The nodes whose immediate dominator this is. O(1) each.
    pub fn dominated(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        self.tree
            .children(self.tree.place(node))
            .map(|place| self.tree.node(place))
    }

    /// Whether an edge retains what it leads to. O(1).
    pub fn retains(&self, from: NodeIndex, edge: EdgeIndex) -> bool {
        self.essential.retains(&self.tables, from, edge)
    }

    /// The edges that retain a node. O(log nodes) each; the first call turns all edges round, 4 bytes for each.
    pub fn retainers(&self, node: NodeIndex) -> impl Iterator<Item = Retainer> + '_ {
        let retainers = self
            .retainers
            .get_or_init(|| Retainers::new(&self.tables, &self.essential));
        let of_node = retainers.edges(node).iter();
        of_node.map(|&edge| Retainer {
            from: edge_from(&self.tables, edge),
            edge,
        })
    }

    /// Steps from the root as DevTools counts them, see [`Distances`]; `None` for what no edge leads to. The first call
    /// searches the heap.
    pub fn distance(&self, node: NodeIndex) -> Option<u32> {
        self.distances
            .get_or_init(|| Distances::new(&self.tables, &self.ephemerons))
            .get(node)
    }

    /// The node with this id of V8's. O(log nodes); the first call sorts the ids.
    pub fn node_by_id(&self, id: u32) -> Option<NodeIndex> {
        self.ids
            .get_or_init(|| Ids::new(&self.tables))
            .get(&self.tables, id)
    }

    /// The classes that retain most, see [`Class`].
    pub fn classes(&self, limit: usize) -> Vec<Class> {
        classes::classes(&self.tables, &self.tree, &self.retained, limit)
    }

    /// The cheapest paths from the root to all nodes.
    ///
    /// # Errors
    /// `ERR_LEAKGUARD_CANCELLED` when the caller said so.
    pub fn paths(&self, cost: &impl EdgeCost, options: &BuildOptions) -> Result<PathTree> {
        PathTree::new(&self.tables, &self.essential, cost, options)
    }

    /// Bytes held now, tables included.
    pub fn bytes(&self) -> usize {
        let lazy = self.retainers.get().map_or(0, Retainers::bytes);
        let fixed = self.essential.bytes() + self.tree.bytes() + self.retained.bytes_held();
        self.tables.bytes() + fixed + lazy
    }
}
