//! What grew between snapshots: the containers, not the classes. A group that has more members while the group
//! before it on the path has not is the front of growth; what hangs behind it came along.

use super::describe::{Step, describe, is_plumbing, node_name};
use super::fold::{Folded, Group, GroupIndex};
use super::graph::HeapGraph;
use super::paths::PathTree;
use super::sources::{SourcePlace, Sources};
use crate::snapshot::{NodeIndex, NodeKind};

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
    /// The variable, property or function to look at.
    pub name: Option<String>,
    /// Where the code that owns it stands.
    pub place: Option<SourcePlace>,
    /// The container's node in the last snapshot.
    pub container_bytes: u64,
}

impl Grown {
    /// More objects than at first.
    pub fn added(&self) -> u32 {
        self.counts.last().copied().unwrap_or(0) - self.counts.first().copied().unwrap_or(0)
    }

    /// More bytes than at first.
    pub fn added_bytes(&self) -> u64 {
        self.bytes.last().copied().unwrap_or(0).saturating_sub(self.bytes.first().copied().unwrap_or(0))
    }
}

/// Containers of which there are more have filled too when each holds so many times what it held.
const FULLER: f64 = 1.5;

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
        Self { added_min: 8, entries_max: 50 }
    }
}

/// The containers that grew from each snapshot to the next, the one that added most bytes first. `last` and `paths`
/// belong to the last of `heaps`. O(groups).
pub fn growth(heaps: &[&Folded], last: &HeapGraph, paths: &PathTree, limits: &GrowthLimits) -> Vec<Grown> {
    let Some((newest, before)) = heaps.split_last() else { return Vec::new() };
    let sources = Sources::new(last.tables());
    let telling = Telling { before, newest, graph: last, paths, sources: &sources };
    let fronts: Vec<(GroupIndex, Grown)> = newest
        .groups()
        .filter(|(_, group)| !group.is_engine && !is_noise(last, group))
        .filter_map(|(index, group)| {
            let counts = counts_of(before, group);
            is_front(before, newest, index, &counts, limits).then(|| (group.parent, telling.tell(index, counts)))
        })
        .collect();
    let mut grown = merge_same_owner(fronts);
    grown.sort_by(|a, b| b.added_bytes().cmp(&a.added_bytes()).then(b.added().cmp(&a.added())));
    grown.truncate(limits.entries_max);
    grown
}

/// Tables, V8's own and bare numbers are the size of something, not something.
fn is_noise(graph: &HeapGraph, group: &Group) -> bool {
    let tables = graph.tables();
    matches!(tables.kind(group.sample), NodeKind::Hidden | NodeKind::Code | NodeKind::ObjectShape | NodeKind::Synthetic)
}

fn counts_of(before: &[&Folded], group: &Group) -> Vec<u32> {
    let earlier = before.iter().map(|heap| heap.by_key(group.key).map_or(0, |g| g.count));
    earlier.chain([group.count]).collect()
}

fn is_front(before: &[&Folded], newest: &Folded, index: GroupIndex, counts: &[u32], limits: &GrowthLimits) -> bool {
    let grows_each_time = counts.windows(2).all(|w| w[1] > w[0]);
    let (first, last) = (counts[0], counts[counts.len() - 1]);
    let added = last.saturating_sub(first);
    if !grows_each_time || added < limits.added_min {
        return false;
    }
    let parent = newest.group(newest.group(index).parent);
    let parents = counts_of(before, parent);
    let (parents_first, parents_last) = (parents[0], parents[parents.len() - 1]);
    let parent_added = parents_last.saturating_sub(parents_first);
    // What came along with new parents, one or some each, is explained by them; what fills each of them is not.
    let per_parent = |count: u32, parents: u32| f64::from(count) / f64::from(parents);
    let fills = || per_parent(last, parents_last) > FULLER * per_parent(first, parents_first);
    parent_added == 0 || parents_first > 0 && f64::from(added) > 4.0 * f64::from(parent_added) && fills()
}

/// All that a front of growth is told from.
struct Telling<'a> {
    before: &'a [&'a Folded],
    newest: &'a Folded,
    graph: &'a HeapGraph,
    paths: &'a PathTree,
    sources: &'a Sources,
}

impl Telling<'_> {
    /// Where the leaked object itself leads to the program's code: its constructor, or a function it holds (the
    /// callback of a timer, the handler of a promise).
    fn own_place(&self, node: NodeIndex) -> Option<SourcePlace> {
        let tables = self.graph.tables();
        let held = tables.edges(node).map(|edge| tables.edge_to(edge));
        let closures = held.filter(|&to| tables.kind(to) == NodeKind::Closure);
        let mut places = [node].into_iter().chain(closures).filter_map(|at| self.sources.place(tables, at));
        places.find(|place| !place.file.starts_with("node:"))
    }

    fn tell(&self, index: GroupIndex, counts: Vec<u32>) -> Grown {
        let tables = self.graph.tables();
        let group = self.newest.group(index);
        let earlier = self.before.iter().map(|heap| heap.by_key(group.key).map_or(0, |g| g.bytes));
        let path = self.paths.path(tables, group.sample).unwrap_or_default();
        let steps = describe(tables, self.sources, &path);
        let container = (0..steps.len().saturating_sub(1)).rev().find(|&i| !is_plumbing(tables, steps[i].node));
        let (name, place) = owner(&steps, container);
        let place = place.or_else(|| self.own_place(group.sample));
        Grown {
            key: group.key,
            class: node_name(tables, group.sample),
            counts,
            bytes: earlier.chain([group.bytes]).collect(),
            container_bytes: container.map_or(0, |i| self.graph.retained_bytes(steps[i].node)),
            path: steps,
            container,
            name,
            place,
        }
    }
}

/// The name that holds the container, and the nearest place in code on the way to it.
fn owner(steps: &[Step], container: Option<usize>) -> (Option<String>, Option<SourcePlace>) {
    let Some(at) = container else { return (None, None) };
    let named = steps[..=at].iter().rev().find_map(|step| {
        let name = step.edge.strip_prefix("variable ").or_else(|| step.edge.strip_prefix('.'))?;
        Some(name.to_owned())
    });
    let is_own = |place: &&SourcePlace| !place.file.starts_with("node:");
    let place = steps[..=at].iter().rev().filter_map(|step| step.place.as_ref()).find(is_own).cloned();
    (named, place)
}

/// Several fronts in one container (keys and values of a Map, both ends of a list) are one finding. It tells of what
/// says most: what has a place in the code, and rather an object than its name.
fn merge_same_owner(mut fronts: Vec<(GroupIndex, Grown)>) -> Vec<Grown> {
    let tells = |grown: &Grown| (grown.place.is_some(), grown.class != "string", grown.added_bytes());
    fronts.sort_by(|(_, a), (_, b)| tells(b).cmp(&tells(a)));
    let mut merged: Vec<(GroupIndex, Grown)> = Vec::new();
    let node = |grown: &Grown| grown.container.map(|i| grown.path[i].node);
    for (parent, grown) in fronts {
        let same = |(other, kept): &&mut (GroupIndex, Grown)| {
            *other == parent || node(kept).is_some() && node(kept) == node(&grown)
        };
        match merged.iter_mut().find(same) {
            Some((_, kept)) => kept.bytes.iter_mut().zip(&grown.bytes).for_each(|(sum, bytes)| *sum += bytes),
            None => merged.push((parent, grown)),
        }
    }
    merged.into_iter().map(|(_, grown)| grown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{ActionableCost, BuildOptions};
    use crate::snapshot::{EdgeKind, HeapBuilder, NodeKind};

    /// A cache that holds `entries` and a pool that always holds ten.
    fn program(entries: u32) -> HeapGraph {
        let mut heap = HeapBuilder::default();
        let cache = heap.node(NodeKind::Object, "Map", 32);
        let pool = heap.node(NodeKind::Object, "Array", 32);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "cache", cache);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "pool", pool);
        let table = heap.node(NodeKind::Array, "", 16 * entries);
        heap.edge(cache, EdgeKind::Internal, "table", table);
        for i in 0..entries {
            let session = heap.node(NodeKind::Object, "Session", 40);
            let user = heap.node(NodeKind::Object, "User", 80);
            let key = heap.node(NodeKind::String, &format!("key {i}"), 24);
            heap.edge(table, EdgeKind::Internal, &format!("{}", 3 * i), key);
            heap.edge(table, EdgeKind::Internal, &format!("{}", 3 * i + 1), session);
            heap.edge(session, EdgeKind::Property, "user", user);
        }
        for i in 0..10 {
            let worker = heap.node(NodeKind::Object, "Worker", 64);
            heap.element(pool, EdgeKind::Element, i, worker);
        }
        HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap()
    }

    fn grown(graphs: &[HeapGraph; 3]) -> Vec<Grown> {
        let options = BuildOptions::default();
        let paths = |g: &HeapGraph| g.paths(&ActionableCost::new(g.tables()), &options).unwrap();
        let folded: Vec<_> = graphs.iter().map(|g| Folded::new(g, &paths(g), &options).unwrap()).collect();
        let heaps: Vec<&Folded> = folded.iter().collect();
        growth(&heaps, &graphs[2], &paths(&graphs[2]), &GrowthLimits::default())
    }

    #[test]
    fn the_container_that_grew_is_named_and_nothing_else() {
        let graphs = [program(100), program(300), program(500)];
        let grown = grown(&graphs);
        assert_eq!(grown.len(), 1, "{grown:?}");
        assert_eq!(grown[0].class, "Session");
        assert_eq!(grown[0].counts, [100, 300, 500]);
        assert_eq!(grown[0].name.as_deref(), Some("cache"));
        assert_eq!(grown[0].added_bytes(), 400 * (120 + 24), "keys included");
    }

    #[test]
    fn what_grew_once_only_is_not_growth() {
        let graphs = [program(100), program(300), program(300)];
        assert!(grown(&graphs).is_empty());
    }

    /// Connections, each with `lines` of its own.
    fn connections(count: u32, lines: u32) -> HeapGraph {
        let mut heap = HeapBuilder::default();
        let open = heap.node(NodeKind::Object, "Set", 32);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "open", open);
        for i in 0..count {
            let connection = heap.node(NodeKind::Object, "Connection", 64);
            heap.edge(open, EdgeKind::Internal, &format!("{i}"), connection);
            for line in 0..lines {
                let text = heap.node(NodeKind::Object, "Line", 16);
                heap.element(connection, EdgeKind::Element, line, text);
            }
        }
        HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap()
    }

    #[test]
    fn what_each_of_more_objects_has_always_had_came_along() {
        let grown = grown(&[connections(20, 26), connections(40, 26), connections(60, 26)]);
        assert_eq!(grown.iter().map(|g| g.class.as_str()).collect::<Vec<_>>(), ["Connection"]);
    }

    #[test]
    fn what_fills_objects_of_which_there_are_more_is_growth_of_its_own() {
        let grown = grown(&[connections(20, 10), connections(25, 40), connections(30, 90)]);
        assert_eq!(grown.iter().map(|g| g.class.as_str()).collect::<Vec<_>>(), ["Connection", "Line"]);
    }
}
