//! How one object is kept that ought to be gone: the path to it, and on it what to change.

use super::csr::Retainer;
use super::describe::{MODULE_SCOPE, REACTION, Step, is_plumbing, node_name};
use super::graph::HeapGraph;
use super::growth::{held_by, name_weak_maps, owner, owner_name};
use super::letting::{Letting, modules_on};
use super::lore::{STORE_STEPS, TIMER_CLASSES};
use super::paths::{EdgeCost, PathTree};
use super::sources::{SourcePlace, Sources};
use super::weight::callee;
use super::{ActionableCost, BuildOptions, describe};
use crate::error::Result;
use crate::finding::{Held, Link};
use crate::snapshot::{EdgeIndex, NodeIndex, Tables};

/// An object that is still there.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Its class.
    pub class: String,
    /// The path to it, as code, root first.
    pub path: Vec<Step>,
    /// The step of the Map, array or emitter that holds it, or holds what holds it.
    pub container: Option<usize>,
    /// How Node keeps it, if it is Node that does.
    pub held: Option<Held>,
    /// The variable or property to look at.
    pub name: Option<String>,
    /// Where the code that owns it stands.
    pub place: Option<SourcePlace>,
    /// What would be free if it were gone, in bytes.
    pub bytes: u64,
    /// ES modules on the path, by URL.
    pub modules: Vec<String>,
    /// It is in the store of an AsyncLocalStorage.
    pub is_in_store: bool,
    /// Its path leads through this other one of the nodes that were asked for.
    pub behind: Option<usize>,
}

/// Costs of paths that do not go through some nodes.
struct Around<'a> {
    cost: &'a ActionableCost,
    blocked: &'a [NodeIndex],
}

impl EdgeCost for Around<'_> {
    fn cost(&self, tables: &Tables, from: NodeIndex, edge: EdgeIndex) -> Option<u8> {
        if self.blocked.contains(&from) {
            return None;
        }
        self.cost.cost(tables, from, edge)
    }
}

/// The paths that remain when nothing is reached through `blocked`. O(nodes + edges).
///
/// # Errors
/// As [`HeapGraph::paths`].
pub fn paths_around(graph: &HeapGraph, blocked: &[NodeIndex], options: &BuildOptions) -> Result<PathTree> {
    let cost = ActionableCost::new(graph.tables());
    graph.paths(&Around { cost: &cost, blocked }, options)
}

/// How each of `nodes` is kept; `None` for one that no path leads to.
pub fn kept(
    graph: &HeapGraph,
    paths: &PathTree,
    sources: &Sources,
    nodes: &[NodeIndex],
) -> Vec<Option<Kept>> {
    nodes
        .iter()
        .map(|&node| keep(graph, paths, sources, node, nodes))
        .collect()
}

fn keep(
    graph: &HeapGraph,
    paths: &PathTree,
    sources: &Sources,
    node: NodeIndex,
    all: &[NodeIndex],
) -> Option<Kept> {
    let tables = graph.tables();
    let raw = paths.path(tables, node)?;
    let is_other = |from| all.iter().position(|&other| other == from && other != node);
    let behind = raw.iter().find_map(|step| is_other(step.from));
    let mut path = describe(tables, sources, &raw);
    name_weak_maps(graph, paths, sources, &mut path);
    let found = holder(&path);
    let (held, container) = match found {
        Some((Some(held), at)) => (Some(held), at.checked_sub(1)),
        Some((None, at)) => (None, (0..at).rev().find(|&i| !is_plumbing(tables, path[i].node))),
        None => (None, None),
    };
    let (name, place) = match container {
        Some(at) => owner(&path, Some(at)),
        None if held.is_some() => (None, None),
        None => (owner_name(&path), last_place(&path)),
    };
    // What Node calls one day is to be looked for where it was handed over.
    let link = found.filter(|_| held.is_some()).map(|(_, at)| at);
    let before_last = path.len().max(1) - 1;
    let handed = link.and_then(|at| {
        handed_over(&path[at.min(before_last)..before_last])
            .or_else(|| waits(tables, sources, &raw))
            .or_else(|| timer_place(tables, sources, &path[at..]))
    });
    let is_store = |step: &Step| {
        STORE_STEPS
            .iter()
            .any(|mark| mark.is_step(&step.link, &step.name))
    };
    Some(Kept {
        class: node_name(tables, node),
        held,
        container,
        name,
        place: handed.or(place),
        bytes: graph.retained_bytes(node),
        modules: modules_on(tables, &path),
        is_in_store: path.iter().any(is_store),
        behind,
        path,
    })
}

fn last_place(path: &[Step]) -> Option<SourcePlace> {
    let places = path.iter().rev().filter_map(|step| step.place.as_ref());
    places.into_iter().find(|place| !place.is_builtin()).cloned()
}

/// The first function of the program's on a way.
fn handed_over(path: &[Step]) -> Option<SourcePlace> {
    let functions = path
        .iter()
        .filter(|step| step.name.contains("function"))
        .filter_map(|step| step.place.as_ref());
    functions.into_iter().find(|place| !place.is_builtin()).cloned()
}

/// The function that waits for a promise, where the way does not lead through it.
fn waits(tables: &Tables, sources: &Sources, path: &[Retainer]) -> Option<SourcePlace> {
    let nodes = path.iter().rev().map(|step| step.from);
    let reaction = nodes.into_iter().find(|&node| tables.name(node) == REACTION)?;
    callee(tables, sources, reaction).filter(|place| !place.is_builtin())
}

/// The function that a timer calls, where the way does not lead through it.
fn timer_place(tables: &Tables, sources: &Sources, path: &[Step]) -> Option<SourcePlace> {
    let timer = path
        .iter()
        .rev()
        .find(|step| TIMER_CLASSES.contains(&step.name.as_str()))?;
    callee(tables, sources, timer.node).filter(|place| !place.is_builtin())
}

/// The link nearest to the object by which something that collects things holds it: an entry of a container, or one of
/// Node's lists. What comes before the variables of a module is only how the search got there.
fn holder(path: &[Step]) -> Option<(Option<Held>, usize)> {
    for at in (0..path.len()).rev() {
        if let Some((held, link)) =
            held_by(&path[..=at]).filter(|&(_, link)| link == at || is_entry(path, at))
        {
            return Some((Some(held), link));
        }
        if is_entry(path, at) {
            return Some((None, at));
        }
        if path[at].name == MODULE_SCOPE {
            return None;
        }
    }
    None
}

/// Whether a step leads from a container to one of its entries.
fn is_entry(path: &[Step], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| &path[before]) else {
        return false;
    };
    let is_store = STORE_STEPS.iter().any(|mark| mark.is_thing(&before.name));
    !is_store && before.link != Link::Root && path[at].link.is_entry()
}

impl Kept {
    /// The part of the path by which alike is told from different: up to what holds it, without how Node's lists of
    /// timers are linked.
    pub fn telling(&self) -> &[Step] {
        let is_timer = |step: &Step| TIMER_CLASSES.contains(&step.name.as_str());
        match (self.held, self.container) {
            (Some(Held::Timers | Held::Immediates), _) => {
                let last = self.path.iter().rposition(is_timer).unwrap_or(0);
                &self.path[last + 1..]
            }
            (_, Some(container)) => &self.path[..=container],
            (_, None) => &self.path,
        }
    }

    /// The same without the links of a chain: what hangs on another of its kind is held as that is. A container says by
    /// itself what is alike.
    pub fn folded(mut self) -> Self {
        if self.container.is_none() {
            self.path
                .dedup_by(|after, before| after.link == before.link && after.name == before.name);
        }
        self
    }

    /// The code that could let go of it.
    pub fn letting(&self) -> Letting {
        Letting::of(&self.path, self.container, self.place.as_ref(), &self.modules)
    }

    /// Whether a variable of a function that waits holds it.
    pub fn is_local(&self) -> bool {
        self.path.last().is_some_and(|step| step.link == Link::Local)
    }
}
