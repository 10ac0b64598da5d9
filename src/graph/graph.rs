//! The heap graph: tables and what follows from them.

use std::sync::OnceLock;

use crate::error::{Error, Result};
use crate::snapshot::{EdgeIndex, NodeIndex, Tables};

use super::classes::{self, Class, ClassChange};
use super::csr::{Retainer, Retainers, edge_from};
use super::distances::Distances;
use super::dominators::dominators;
use super::edges::Essential;
use super::ephemerons::Ephemerons;
use super::ids::Ids;
use super::paths::{EdgeCost, Finder, PathTree, search};
use super::retained::Retained;
use super::shallow::{move_bytes, owned_stores};
use super::task::{BuildOptions, Phase, ShallowSizes};
use super::tree::DominatorTree;
use super::walk::{PUSHED, walk};

/// A heap, who dominates whom in it, and what that retains. The latter, retainers, distances and ids are made when they
/// are first asked for, once, whichever thread asks: a heap that is only compared needs none of them.
pub struct HeapGraph {
    tables: Tables,
    ephemerons: Ephemerons,
    essential: Essential,
    dominance: OnceLock<Dominance>,
    order: OnceLock<Vec<NodeIndex>>,
    retainers: OnceLock<Retainers>,
    distances: OnceLock<Distances>,
    ids: OnceLock<Ids>,
}

/// Who dominates whom, and what that retains.
struct Dominance {
    tree: DominatorTree,
    retained: Retained,
}

impl HeapGraph {
    /// The graph of a snapshot, its dominators too, see [`Self::new`] and [`Self::analyse`].
    ///
    /// # Errors
    /// Those of both.
    pub fn build(tables: Tables, options: &BuildOptions) -> Result<Self> {
        let graph = Self::new(tables, options)?;
        graph.analyse(options)?;
        Ok(graph)
    }

    /// The graph of a snapshot. With [`ShallowSizes::Owned`] the tables' shallow sizes are those afterwards.
    ///
    /// # Errors
    /// `ERR_LEAKGUARD_INVALID_ARG` for tables without a root or with 2^31 nodes; `ERR_LEAKGUARD_ABORTED` when the caller
    /// said so.
    ///
    /// # Complexity
    /// O(nodes + edges). Beside the tables it holds a bit an edge and two a node.
    pub fn new(mut tables: Tables, options: &BuildOptions) -> Result<Self> {
        if tables.node_count() == 0 {
            return Err(Error::invalid("a heap with a root, got one without nodes"));
        }
        if tables.node_count() >= PUSHED as usize {
            let what = format!("a heap of at most {PUSHED} nodes, got {}", tables.node_count());
            return Err(Error::invalid(what));
        }
        options.begin(Phase::Edges)?;
        let ephemerons = Ephemerons::find(&tables.strings);
        let find_owned = || match options.shallow_sizes {
            ShallowSizes::Owned => owned_stores(&tables),
            ShallowSizes::Raw => Vec::new(),
        };
        let (essential, owned) = if options.threads > 1 {
            std::thread::scope(|scope| {
                let owned = scope.spawn(find_owned);
                let essential = Essential::new(&tables, &ephemerons);
                // A panic of the other thread is a bug of ours and goes on as such.
                (
                    essential,
                    owned
                        .join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                )
            })
        } else {
            (Essential::new(&tables, &ephemerons), find_owned())
        };
        move_bytes(&mut tables, &owned);
        let (dominance, order) = (OnceLock::new(), OnceLock::new());
        let (retainers, distances, ids) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Ok(Self {
            tables,
            ephemerons,
            essential,
            dominance,
            order,
            retainers,
            distances,
            ids,
        })
    }

    /// Finds dominators and retained sizes now rather than when they are asked for, unless they are known.
    ///
    /// # Errors
    /// `ERR_LEAKGUARD_ABORTED` when the caller said so.
    ///
    /// # Complexity
    /// O(nodes + edges) in practice (see [`dominators`]). It holds 9 bytes a node in the end, and some 20 bytes a node at
    /// its peak.
    pub fn analyse(&self, options: &BuildOptions) -> Result<()> {
        if self.dominance.get().is_none() {
            let found = self.find_dominance(options)?;
            self.dominance.get_or_init(|| found);
        }
        Ok(())
    }

    fn find_dominance(&self, options: &BuildOptions) -> Result<Dominance> {
        options.begin(Phase::Walk)?;
        let walked = walk(&self.tables, &self.essential, options)?;
        options.begin(Phase::Dominators)?;
        let dominators = dominators(walked, options)?;
        options.begin(Phase::Retained)?;
        let tree = DominatorTree::new(&dominators);
        let retained = Retained::new(&self.tables, &dominators);
        Ok(Dominance { tree, retained })
    }

    fn dominance(&self) -> &Dominance {
        self.dominance.get_or_init(|| {
            let found = self.find_dominance(&BuildOptions::default());
            found.unwrap_or_else(|_| unreachable!("nobody stops it"))
        })
    }

    /// The tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The dominator tree.
    pub fn tree(&self) -> &DominatorTree {
        &self.dominance().tree
    }

    /// Shallow size of a node in bytes, as the options said.
    pub fn shallow_bytes(&self, node: NodeIndex) -> u64 {
        self.tables.self_bytes(node)
    }

    /// What would be free if the node were gone, in bytes, itself included. O(1).
    pub fn retained_bytes(&self, node: NodeIndex) -> u64 {
        self.dominance().retained.bytes(node)
    }

    /// The nearest node without which this one would be gone too; none for the root. O(log nodes); the first call takes
    /// O(nodes) and 4 bytes for each.
    pub fn dominator(&self, node: NodeIndex) -> Option<NodeIndex> {
        let place = self.tree().place(node);
        (place.0 != 0).then(|| self.order()[self.tree().parent(place).0 as usize])
    }

    /// Whether one node is the dominator of another. O(log nodes).
    pub fn is_dominator(&self, dominator: NodeIndex, node: NodeIndex) -> bool {
        let tree = self.tree();
        let place = tree.place(node);
        place.0 != 0 && tree.parent(place) == tree.place(dominator)
    }

    /// Nodes by place.
    fn order(&self) -> &[NodeIndex] {
        self.order.get_or_init(|| self.tree().order())
    }

    /// Whether one node dominates another; each dominates itself. O(1).
    pub fn dominates(&self, dominator: NodeIndex, node: NodeIndex) -> bool {
        let tree = self.tree();
        let (outer, inner) = (tree.place(dominator), tree.place(node));
        outer <= inner && inner.0 < tree.end(outer)
    }

    /// The nodes whose immediate dominator this is. O(1) each; the first call takes O(nodes) and 4 bytes for each.
    pub fn dominated(&self, node: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        let tree = self.tree();
        let order = self.order();
        tree.children(tree.place(node))
            .map(|place| order[place.0 as usize])
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
    pub fn node_by_id(&self, id: u64) -> Option<NodeIndex> {
        self.ids().get(&self.tables, id)
    }

    /// Sorts the ids now rather than when the first one is asked for. O(nodes log nodes).
    pub fn sort_ids(&self) {
        self.ids();
    }

    fn ids(&self) -> &Ids {
        self.ids.get_or_init(|| Ids::new(&self.tables))
    }

    /// The classes that retain most, see [`Class`].
    pub fn classes(&self, limit: usize) -> Vec<Class> {
        let Dominance { tree, retained } = self.dominance();
        classes::classes(&self.tables, tree, retained, limit)
    }

    /// The classes that changed most since an earlier heap, see [`ClassChange`].
    pub fn class_changes(&self, earlier: &Self, limit: usize) -> Vec<ClassChange> {
        classes::changes(&earlier.tables, &self.tables, limit)
    }

    /// The cheapest paths from the root to all nodes.
    ///
    /// # Errors
    /// `ERR_LEAKGUARD_ABORTED` when the caller said so.
    pub fn paths(&self, cost: &impl EdgeCost, options: &BuildOptions) -> Result<PathTree> {
        options.begin(Phase::Paths)?;
        PathTree::new(&self.tables, &self.essential, cost, options)
    }

    /// Finds the cheapest paths to all nodes, see [`search`].
    pub(super) fn search(
        &self,
        cost: &impl EdgeCost,
        options: &BuildOptions,
        finder: &mut impl Finder,
    ) -> Result<()> {
        search(&self.tables, &self.essential, cost, options, finder)
    }

    /// Bytes held now, tables included.
    pub fn bytes(&self) -> usize {
        let lazy = self.retainers.get().map_or(0, Retainers::bytes);
        let dominance = |d: &Dominance| d.tree.bytes() + d.retained.bytes_held();
        let asked_for = lazy + self.dominance.get().map_or(0, dominance);
        self.tables.bytes() + self.essential.bytes() + asked_for
    }
}
