//! What is told of a front of growth: the path to one of its new objects, what holds them, by what name, and what makes
//! them heavy. Must not know which groups are fronts.

use std::cell::OnceCell;

use super::grown::Grown;
use super::held::held_by;
use super::owner::{name_weak_maps, owner};
use crate::finding::{Held, Link};
use crate::graph::cost::ActionableCost;
use crate::graph::describe::{Step, describe, is_plumbing, node_name};
use crate::graph::fold::{Earlier, Folded, GroupIndex};
use crate::graph::graph::HeapGraph;
use crate::graph::paths::PathTree;
use crate::graph::sources::{Sources, follow, module_place};
use crate::graph::weight::{callee, weight};
use crate::snapshot::{EdgeKind, NodeIndex, Tables};

/// All that a front of growth is told from.
pub(super) struct Telling<'a> {
    /// Costs of the paths, when they were needed.
    pub(super) costs: OnceCell<Vec<Option<u32>>>,
    pub(super) before: &'a [&'a dyn Earlier],
    pub(super) newest: &'a Folded,
    pub(super) graph: &'a HeapGraph,
    pub(super) paths: &'a PathTree,
    pub(super) sources: &'a Sources,
}

impl Telling<'_> {
    /// Tells of a group that has had so many members in each snapshot.
    pub(super) fn tell(&self, index: GroupIndex, counts: Vec<u32>) -> Grown {
        let tables = self.graph.tables();
        let group = self.newest.group(index);
        let earlier = self.before.iter().map(|heap| heap.seen(group, self.newest).bytes);
        let sample = self.telling(self.view_of(group.sample));
        let mut steps = self.steps(sample);
        name_weak_maps(self.graph, self.paths, self.sources, &mut steps);
        let held = held_by(&steps);
        let container = match held {
            Some((_, at)) => at.checked_sub(1),
            None => (0..steps.len().saturating_sub(1))
                .rev()
                .find(|&i| !is_plumbing(tables, steps[i].node)),
        };
        let held = held.map(|(held, _)| held);
        // A promise that the program has in a variable is to be looked for there.
        let is_variable = held == Some(Held::Reactions)
            && container.is_some_and(|at| matches!(steps[at].link, Link::Variable { .. }));
        let (name, place) = owner(&steps, container);
        let own = || callee(tables, self.sources, sample);
        let module = || module_place(tables, sample).filter(|_| held == Some(Held::Modules));
        let place = place.or_else(module);
        // What Node calls one day is to be looked for where it was handed over, not where Node keeps it.
        let place = if held.is_some_and(|held| held != Held::Modules) && !is_variable {
            own().or(place)
        } else {
            place.or_else(own)
        };
        Grown {
            key: group.key,
            class: node_name(tables, group.sample),
            counts,
            bytes: earlier.chain([group.bytes]).collect(),
            container_bytes: container.map_or(0, |i| self.graph.retained_bytes(steps[i].node)),
            // A store that was thinned out says nothing.
            places: container
                .filter(|_| self.newest.weights().is_none())
                .map_or(0, |i| places(tables, steps[i].node)),
            weight: weight(self.graph, self.sources, sample),
            path: steps,
            container,
            held,
            name,
            place,
        }
    }

    /// Among what was handed over to Node there are its own (a timer that refreshes a date), which are light. Of the
    /// heavy ones the nearest stands for all, rather than whichever came first. O(nodes).
    fn telling(&self, sample: NodeIndex) -> NodeIndex {
        let tables = self.graph.tables();
        let held = |node| held_by(&self.steps(node)).map(|(held, _)| held);
        let Some(kept) = held(sample) else { return sample };
        let is_alike = |node: &NodeIndex| {
            tables.kind(*node) == tables.kind(sample) && tables.name(*node) == tables.name(sample)
        };
        let alike = || tables.nodes().filter(is_alike);
        let weight = |node| self.graph.retained_bytes(node);
        let heaviest = alike().map(weight).max().unwrap_or(0);
        let costs = self
            .costs
            .get_or_init(|| self.paths.costs(tables, &ActionableCost::new(tables)));
        let reached = alike()
            .filter(|&node| weight(node) >= heaviest / 2)
            .filter_map(|node| Some((costs[node.0 as usize]?, node)));
        let nearest = reached.min().map(|(_, node)| node);
        nearest.filter(|&node| held(node) == Some(kept)).unwrap_or(sample)
    }

    /// Memory is held by a view of it, if that is how it is reached: what holds the view is to be told.
    fn view_of(&self, memory: NodeIndex) -> NodeIndex {
        let tables = self.graph.tables();
        let from = self.paths.arrival(tables, memory).map(|arrival| arrival.from);
        from.filter(|&view| is_viewed(tables, view, memory))
            .unwrap_or(memory)
    }

    fn steps(&self, node: NodeIndex) -> Vec<Step> {
        let path = self.paths.path(self.graph.tables(), node).unwrap_or_default();
        describe(self.graph.tables(), self.sources, &path)
    }
}

/// Bytes of an array and the head of its backing store, and of one place in that: V8 on 64 bits, without compressed
/// pointers, as Node has it.
const ARRAY_BYTES: u64 = 32 + 16;
const PLACE_BYTES: u64 = 8;

/// How many elements an array has place for; 0 for what is no array.
fn places(tables: &Tables, array: NodeIndex) -> u32 {
    if tables.name(array) != "Array" {
        return 0;
    }
    // The bytes of the store may be counted as the array's.
    let store = follow(tables, array, EdgeKind::Internal, "elements");
    store.map_or(0, |store| {
        let bytes = tables.self_bytes(store) + tables.self_bytes(array);
        (bytes.saturating_sub(ARRAY_BYTES) / PLACE_BYTES) as u32
    })
}

/// Whether one is memory, and the other a view.
pub(super) fn is_viewed(tables: &Tables, view: NodeIndex, memory: NodeIndex) -> bool {
    let is_memory = |node| matches!(tables.name(node), "ArrayBuffer" | "SharedArrayBuffer");
    is_memory(memory) && follow(tables, view, EdgeKind::Internal, "buffer").is_some_and(is_memory)
}
