//! The answer: a container that grew. Knows how it is told, not how it was found.

use crate::finding::{Frees, Held, Link};
use crate::graph::cut::{cut, like};
use crate::graph::describe::{SUSPENDED, Step};
use crate::graph::followed::ends;
use crate::graph::graph::HeapGraph;
use crate::graph::letting::{Letting, modules_on};
use crate::graph::paths::PathTree;
use crate::graph::sources::{SourcePlace, Sources};
use crate::graph::weight::Weight;
use crate::snapshot::{NodeIndex, Tables};

/// Who holds the rest of what a cut frees by such a share matters to nobody.
const NEARLY_ALL: f64 = 0.995;

/// A container that grew.
#[derive(Debug, Clone, PartialEq)]
pub struct Grown {
    /// Stable over snapshots and runs: made of names.
    pub key: u64,
    /// The class of what there is more of.
    pub class: String,
    /// How many there were, in each snapshot.
    pub counts: Vec<u32>,
    /// Bytes of what is reached through them, in each snapshot; nothing counts twice.
    pub bytes: Vec<u64>,
    /// The path to one of the new objects, as code, root first.
    pub path: Vec<Step>,
    /// The step that holds them: the Map, array or object that is too large.
    pub container: Option<usize>,
    /// How Node keeps them, if it is Node that does.
    pub held: Option<Held>,
    /// What makes one of the new objects heavy, if it is one thing.
    pub weight: Option<Weight>,
    /// The variable, property or function to look at.
    pub name: Option<String>,
    /// Where the code that owns it stands.
    pub place: Option<SourcePlace>,
    /// What the container retains in the last snapshot, in bytes.
    pub container_bytes: u64,
    /// How many its backing store has place for, if it is an array: made in advance, there are more than it holds.
    pub places: u32,
}

impl Grown {
    /// No container of the program's holds it: Node does, or nothing that is known.
    pub fn is_bare(&self) -> bool {
        self.held.is_some() || self.container.is_none()
    }

    /// Timers hold it, or a function that waits: what they hold ends with them.
    pub fn is_meanwhile(&self) -> bool {
        let end = self.container.map_or(0, |at| at + 1).min(self.path.len());
        let is_waiting = |step: &Step| step.name.starts_with(SUSPENDED) || step.link == Link::Local;
        matches!(self.held, Some(Held::Timers | Held::Immediates)) || self.path[..end].iter().any(is_waiting)
    }

    /// The code that could let go of what grew.
    pub fn letting(&self, tables: &Tables) -> Letting {
        let modules = modules_on(tables, &self.path);
        Letting::of(&self.path, self.container, self.place.as_ref(), &modules)
    }

    /// What would be free without what holds it: the container, or what Node keeps of it. Nothing where neither has a name.
    /// `graph` and `paths` are those of the last snapshot. O(nodes + edges).
    pub fn frees(&self, graph: &HeapGraph, sources: &Sources, paths: &PathTree) -> Option<Frees> {
        let tables = graph.tables();
        let at = self.container?;
        let held = self.path.get(if self.held.is_some() { at + 1 } else { at })?;
        let edge = paths.arrival(tables, held.node)?;
        let last = self.counts.last().copied().unwrap_or(0);
        let entries = ends(tables, &self.path, at);
        let is_like = like(tables, self.path.last()?.node);
        // Of the entries of a container; in a chain each holds the next.
        let is_table = entries.len() as u32 >= last / 2;
        let is_wanted = |node: NodeIndex| {
            if is_table {
                entries.contains(&node.0)
            } else {
                is_like(node)
            }
        };
        let mut cut = cut(graph, sources, edge, is_wanted);
        if !is_table {
            // There may be more of the class behind each.
            cut.count = cut.count.min(last);
        }
        // Where nothing goes it holds them all the same.
        let all = match cut.count + cut.others {
            0 => last.max(1),
            all => all,
        };
        if f64::from(cut.count) >= f64::from(all) * NEARLY_ALL {
            cut.also_held_by.clear();
        }
        Some(Frees {
            bytes: cut.bytes as f64,
            count: f64::from(cut.count),
            share: f64::from(cut.count) / f64::from(all),
            also_held_by: cut.also_held_by,
        })
    }

    /// More objects than at first.
    pub fn added(&self) -> u32 {
        self.counts.last().copied().unwrap_or(0) - self.counts.first().copied().unwrap_or(0)
    }

    /// More bytes than at first.
    pub fn added_bytes(&self) -> u64 {
        self.bytes
            .last()
            .copied()
            .unwrap_or(0)
            .saturating_sub(self.bytes.first().copied().unwrap_or(0))
    }
}

/// Limits of what is worth a word.
#[derive(Debug, Clone, Copy)]
pub struct GrowthLimits {
    /// Fewest new members.
    pub added_min: u32,
    /// Most entries of the answer.
    pub entries_max: usize,
}

impl Default for GrowthLimits {
    fn default() -> Self {
        Self {
            added_min: 8,
            entries_max: 50,
        }
    }
}
