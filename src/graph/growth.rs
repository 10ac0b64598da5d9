//! What grew between snapshots: the containers, not the classes. A group that has more members while the group
//! before it on the path has not is the front of growth; what hangs behind it came along.

use std::cell::OnceCell;

use super::cost::ActionableCost;
use super::describe::{
    CLOSES_OVER, LOCAL, REACTION, SUSPENDED, Step, WEAK_VALUE, describe, is_plumbing, node_name,
};
use super::fold::{Folded, Group, GroupIndex};
use super::graph::HeapGraph;
use super::lore::{HOLDERS, Held, KNOWN, OBJECT_LISTS};
use super::paths::PathTree;
use super::sources::{SourcePlace, Sources, follow, module_place};
use super::weight::{Weight, callee, weight};
use crate::snapshot::{EdgeKind, NodeIndex, NodeKind, Tables};

/// Whether this is growth of Node's or V8's own, see [`KNOWN`]: nothing of the program's stands between.
fn is_known(grown: &Grown) -> bool {
    let is_programs = |step: &Step| step.place.as_ref().is_some_and(|place| !place.is_builtin());
    let is_here = |link: &str, class: &str| {
        let at = grown
            .path
            .iter()
            .rposition(|step| step.edge == link || step.name == link);
        (class.is_empty() || class == grown.class)
            && at.is_some_and(|at| !grown.path[at + 1..].iter().any(is_programs))
    };
    // What Node lists of its own is told where the program holds it.
    OBJECT_LISTS.iter().any(|list| is_here(list, ""))
        || KNOWN.iter().any(|(link, class, _)| is_here(link, class))
}

impl Held {
    /// How the end of a path is held, and by which step that is known: the nearest, if no variable of the program's
    /// stands between.
    pub(super) fn of(steps: &[Step]) -> Option<(Held, usize)> {
        for (at, step) in steps.iter().enumerate().rev() {
            let of_step = |&&(known, ..): &&(&str, Held, &str)| known == step.edge || known == step.name;
            if let Some(&(_, held, _)) = HOLDERS.iter().find(of_step) {
                // What a module exports is the program's.
                let is_inside = held == Held::Modules && at + 2 < steps.len();
                return (!is_inside).then_some((held, at));
            }
            if step.edge == ".children" && at > 0 && steps[at - 1].name == "Module" {
                return Some((Held::Modules, at));
            }
            // What is behind a function that was handed over is what that one holds.
            let is_behind = at + 1 < steps.len() && is_function(&step.name);
            if is_behind || step.edge.starts_with("variable ") || step.edge == LOCAL {
                return None;
            }
        }
        None
    }
}

fn is_function(name: &str) -> bool {
    name.starts_with("function ") || matches!(name, "anonymous function" | "bound function")
}

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
        Self {
            added_min: 8,
            entries_max: 50,
        }
    }
}

/// The containers that grew from each snapshot to the next, the one that added most bytes first. `last` and `paths`
/// belong to the last of `heaps`; the paths cost what [`ActionableCost`] says. O(groups), and O(nodes log nodes) where
/// Node holds what grew.
pub fn growth(heaps: &[&Folded], last: &HeapGraph, paths: &PathTree, limits: &GrowthLimits) -> Vec<Grown> {
    let Some((newest, before)) = heaps.split_last() else {
        return Vec::new();
    };
    let sources = Sources::new(last.tables());
    let telling = Telling {
        costs: OnceCell::new(),
        before,
        newest,
        graph: last,
        paths,
        sources: &sources,
    };
    let fronts: Vec<(GroupIndex, Grown)> = newest
        .groups()
        .filter(|(_, group)| !group.is_engine && !is_noise(last, group))
        .filter_map(|(index, group)| {
            let counts = counts_of(before, newest, group);
            is_front(last.tables(), before, newest, index, &counts, limits)
                .then(|| (index, telling.tell(index, counts)))
        })
        .filter(|(_, grown)| !is_known(grown))
        .collect();
    let fronts = count_once(newest, fronts);
    let mut grown = merge_same_owner(fronts);
    grown.sort_by(|a, b| {
        b.added_bytes()
            .cmp(&a.added_bytes())
            .then(b.added().cmp(&a.added()))
    });
    grown.truncate(limits.entries_max);
    grown
}

/// Tables, V8's own and bare numbers are the size of something, not something.
fn is_noise(graph: &HeapGraph, group: &Group) -> bool {
    let tables = graph.tables();
    let is_reaction = tables.name(group.sample) == REACTION;
    let is_engine = matches!(
        tables.kind(group.sample),
        NodeKind::Hidden | NodeKind::Code | NodeKind::ObjectShape | NodeKind::Synthetic
    );
    is_engine && !is_reaction
}

fn counts_of(before: &[&Folded], newest: &Folded, group: &Group) -> Vec<u32> {
    let earlier = before.iter().map(|heap| heap.seen(group, newest).count);
    earlier.chain([group.count + newest.named(group).count]).collect()
}

fn is_front(
    tables: &Tables,
    before: &[&Folded],
    newest: &Folded,
    index: GroupIndex,
    counts: &[u32],
    limits: &GrowthLimits,
) -> bool {
    let grows_each_time = counts.windows(2).all(|w| w[1] > w[0]);
    let (first, last) = (counts[0], counts[counts.len() - 1]);
    let added = last.saturating_sub(first);
    if !grows_each_time || added < limits.added_min {
        return false;
    }
    let parent = newest.group(newest.group(index).parent);
    let parents = counts_of(before, newest, parent);
    let (parents_first, parents_last) = (parents[0], parents[parents.len() - 1]);
    let parent_added = parents_last.saturating_sub(parents_first);
    // One each at the most: a field that is set one day, not a container. But views of a memory of their own in the place
    // of such that shared one are as many as before, and keep more.
    if last <= parents_last && !is_viewed(tables, parent.sample, newest.group(index).sample) {
        return false;
    }
    // Behind the entries of a table that was small enough for names before, nothing has the key that it has now.
    if first == 0 && hangs_on_names(before, newest, index) {
        return false;
    }
    // What came along with new parents, one or some each, is explained by them; what fills each of them is not.
    let per_parent = |count: u32, parents: u32| f64::from(count) / f64::from(parents);
    let fills = || per_parent(last, parents_last) > FULLER * per_parent(first, parents_first);
    parent_added == 0 || parents_first > 0 && f64::from(added) > 4.0 * f64::from(parent_added) && fills()
}

/// Whether one is memory, and the other a view.
fn is_viewed(tables: &Tables, view: NodeIndex, memory: NodeIndex) -> bool {
    let is_memory = |node| matches!(tables.name(node), "ArrayBuffer" | "SharedArrayBuffer");
    is_memory(memory) && follow(tables, view, EdgeKind::Internal, "buffer").is_some_and(is_memory)
}

/// Whether the path goes through an entry that was a named property in a snapshot before. O(depth).
fn hangs_on_names(before: &[&Folded], newest: &Folded, index: GroupIndex) -> bool {
    let mut at = newest.group(index).parent;
    while at != GroupIndex(0) {
        let group = newest.group(at);
        if before.iter().any(|heap| heap.seen(group, newest).is_of_names) {
            return true;
        }
        at = group.parent;
    }
    false
}

/// All that a front of growth is told from.
struct Telling<'a> {
    /// Costs of the paths, when they were needed.
    costs: OnceCell<Vec<Option<u32>>>,
    before: &'a [&'a Folded],
    newest: &'a Folded,
    graph: &'a HeapGraph,
    paths: &'a PathTree,
    sources: &'a Sources,
}

impl Telling<'_> {
    fn tell(&self, index: GroupIndex, counts: Vec<u32>) -> Grown {
        let tables = self.graph.tables();
        let group = self.newest.group(index);
        let earlier = self.before.iter().map(|heap| heap.seen(group, self.newest).bytes);
        let sample = self.telling(self.view_of(group.sample));
        let mut steps = self.steps(sample);
        name_weak_maps(self.graph, self.paths, self.sources, &mut steps);
        let held = Held::of(&steps);
        let container = match held {
            Some((_, at)) => at.checked_sub(1),
            None => (0..steps.len().saturating_sub(1))
                .rev()
                .find(|&i| !is_plumbing(tables, steps[i].node)),
        };
        let held = held.map(|(held, _)| held);
        // A promise that the program has in a variable is to be looked for there.
        let is_variable = held == Some(Held::Reactions)
            && container.is_some_and(|at| steps[at].edge.starts_with("variable "));
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
            places: container.map_or(0, |i| places(tables, steps[i].node)),
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
        let held = |node| Held::of(&self.steps(node)).map(|(held, _)| held);
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

/// A value in a WeakMap is reached through its key: says in which WeakMap, by the name that one has.
pub(super) fn name_weak_maps(graph: &HeapGraph, paths: &PathTree, sources: &Sources, steps: &mut [Step]) {
    let tables = graph.tables();
    for at in 1..steps.len() {
        if steps[at].edge != format!("({WEAK_VALUE})") {
            continue;
        }
        let table = weak_table(graph, steps[at - 1].node, steps[at].node);
        let map = table
            .and_then(|table| paths.arrival(tables, table))
            .map(|arrival| arrival.from);
        let to_map = map.and_then(|map| paths.path(tables, map));
        let name = to_map.and_then(|path| owner_name(&describe(tables, sources, &path)));
        if let Some(name) = name {
            steps[at].edge = format!("value in {name}");
        }
    }
}

/// The table of the WeakMap in which `key` has `value`: the edge between them says which.
fn weak_table(graph: &HeapGraph, key: NodeIndex, value: NodeIndex) -> Option<NodeIndex> {
    let tables = graph.tables();
    let names = tables
        .edges(key)
        .filter(|&edge| tables.edge_to(edge) == value)
        .filter_map(|edge| tables.edge_name(edge));
    let id = names
        .filter_map(|name| name.split_once("(table @")?.1.split(')').next()?.parse().ok())
        .next()?;
    graph.node_by_id(id)
}

/// How the program calls what a step leads to.
pub(super) fn step_name(step: &Step) -> Option<&str> {
    if matches!(step.name.as_str(), "Module" | "ModuleJob" | "ModuleWrap") {
        return None;
    }
    let edge = step.edge.as_str();
    let quoted = || edge.strip_prefix("['")?.strip_suffix("']");
    let symbol = || {
        edge.strip_prefix('[')?
            .strip_suffix(']')
            .filter(|name| name.starts_with("Symbol("))
    };
    let named = edge
        .strip_prefix("variable ")
        .or_else(|| edge.strip_prefix('.'))
        .or_else(|| edge.strip_prefix("value in "));
    named.or_else(quoted).or_else(symbol)
}

/// The last name on a path that the program gave: what objects of Node's own call their properties says nothing.
pub(super) fn owner_name(steps: &[Step]) -> Option<String> {
    let is_nodes = |at: usize| {
        let holder = at.checked_sub(1).map(|before| &steps[before]);
        let is_builtin = holder
            .and_then(|step| step.place.as_ref())
            .is_some_and(SourcePlace::is_builtin);
        is_builtin && !steps[at].edge.starts_with("variable ") && !steps[at].edge.starts_with("value in ")
    };
    // What a function is called is no name of what it closes over.
    let is_nameless = |at: usize| steps[at].edge.is_empty() && at > 0 && steps[at - 1].edge == CLOSES_OVER;
    let names = (0..steps.len()).rev().take_while(|&at| !is_nameless(at));
    names
        .filter(|&at| !is_nodes(at))
        .filter_map(|at| step_name(&steps[at]))
        .next()
        .map(str::to_owned)
}

/// The name that holds the container, and the nearest place in code on the way to it.
pub(super) fn owner(steps: &[Step], container: Option<usize>) -> (Option<String>, Option<SourcePlace>) {
    let Some(at) = container else { return (None, None) };
    let function = at.checked_sub(1).filter(|_| steps[at].edge == LOCAL);
    if let Some(suspended) = function.and_then(|before| steps[before].name.strip_prefix(SUSPENDED)) {
        return (Some(suspended.to_owned()), steps[at - 1].place.clone());
    }
    let places = steps[..=at].iter().rev().filter_map(|step| step.place.as_ref());
    (
        owner_name(&steps[..=at]),
        places.into_iter().find(|place| !place.is_builtin()).cloned(),
    )
}

/// A front behind another one takes its bytes out of that one's. Gives the group that holds each front.
fn count_once(newest: &Folded, mut fronts: Vec<(GroupIndex, Grown)>) -> Vec<(GroupIndex, Grown)> {
    // A parent stands before its children, and fronts are in that order.
    for at in (0..fronts.len()).rev() {
        let (mut group, bytes) = (fronts[at].0, fronts[at].1.bytes.clone());
        let outer = loop {
            if group.0 == 0 {
                break None;
            }
            group = newest.group(group).parent;
            if let Ok(outer) = fronts.binary_search_by_key(&group, |(index, _)| *index) {
                break Some(outer);
            }
        };
        if let Some(outer) = outer {
            let inner = bytes.iter();
            fronts[outer]
                .1
                .bytes
                .iter_mut()
                .zip(inner)
                .for_each(|(all, part)| *all = all.saturating_sub(*part));
        }
    }
    fronts
        .into_iter()
        .map(|(index, grown)| (newest.group(index).parent, grown))
        .collect()
}

/// Several fronts in one container (keys and values of a Map, both ends of a list) are one finding. It tells of what
/// says most: what has a place in the code, and rather an object than its name.
fn merge_same_owner(mut fronts: Vec<(GroupIndex, Grown)>) -> Vec<Grown> {
    let tells = |grown: &Grown| {
        (
            grown.place.is_some(),
            grown.class != "string",
            grown.added_bytes(),
        )
    };
    fronts.sort_by_key(|(_, grown)| std::cmp::Reverse(tells(grown)));
    let mut merged: Vec<(GroupIndex, Grown)> = Vec::new();
    let node = |grown: &Grown| grown.container.map(|i| grown.path[i].node);
    for (parent, grown) in fronts {
        let same = |(other, kept): &&mut (GroupIndex, Grown)| {
            *other == parent || node(kept).is_some() && node(kept) == node(&grown)
        };
        match merged.iter_mut().find(same) {
            Some((_, kept)) => {
                kept.bytes
                    .iter_mut()
                    .zip(&grown.bytes)
                    .for_each(|(sum, bytes)| *sum += bytes);
                if kept.class == grown.class {
                    kept.counts
                        .iter_mut()
                        .zip(&grown.counts)
                        .for_each(|(sum, count)| *sum += count);
                }
            }
            None => merged.push((parent, grown)),
        }
    }
    merged.into_iter().map(|(_, grown)| grown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::BuildOptions;
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
        let folded = graphs
            .each_ref()
            .map(|g| Folded::new(g, &ActionableCost::new(g.tables()), &options).unwrap());
        let heaps: Vec<&Folded> = folded.iter().map(|(folded, _)| folded).collect();
        growth(&heaps, &graphs[2], &folded[2].1, &GrowthLimits::default())
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

    /// An object that holds documents by their text, with three parts each; as a hash table from `hash_from` on.
    fn documents(count: u32, hash_from: u32) -> HeapGraph {
        let mut heap = HeapBuilder::default();
        let by_text = heap.node(NodeKind::Object, "Object", 32);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "documents", by_text);
        for i in 0..count {
            let document = heap.node(NodeKind::Object, "Document", 40);
            heap.edge(by_text, EdgeKind::Property, &format!("text {i}"), document);
            for part in 0..3 {
                let definition = heap.node(NodeKind::Object, "Definition", 80);
                heap.element(document, EdgeKind::Element, part, definition);
            }
        }
        let class = heap.node(NodeKind::ObjectShape, "system / Map", 80);
        heap.edge(by_text, EdgeKind::Internal, "map", class);
        if count < hash_from {
            let list = heap.node(NodeKind::Array, "system / DescriptorArray", 80);
            heap.edge(class, EdgeKind::Internal, "descriptors", list);
        }
        HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap()
    }

    #[test]
    fn a_table_that_was_small_before_grew_nevertheless() {
        for (counts, hash_from) in [
            ([10, 70, 190], 20),
            ([10, 40, 80], 0),
            ([30, 60, 90], 40),
            ([50, 90, 180], 1000),
        ] {
            let grown = grown(&counts.map(|count| documents(count, hash_from)));
            assert_eq!(grown.len(), 1, "{counts:?} from {hash_from}: {grown:?}");
            assert_eq!(
                (grown[0].class.as_str(), &grown[0].counts[..]),
                ("Document", &counts[..])
            );
        }
    }

    #[test]
    fn fields_that_come_one_by_one_are_no_table() {
        assert!(grown(&[10, 40, 80].map(|count| documents(count, 1000))).is_empty());
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
        assert_eq!(
            grown.iter().map(|g| g.class.as_str()).collect::<Vec<_>>(),
            ["Connection"]
        );
    }

    #[test]
    fn what_fills_objects_of_which_there_are_more_is_growth_of_its_own() {
        let grown = grown(&[connections(20, 10), connections(25, 40), connections(30, 90)]);
        assert_eq!(
            grown.iter().map(|g| g.class.as_str()).collect::<Vec<_>>(),
            ["Line", "Connection"]
        );
    }

    #[test]
    fn a_field_that_is_set_in_one_object_after_the_other_is_filling() {
        let parcels = |scanned: u32| {
            let mut heap = HeapBuilder::default();
            let all = heap.node(NodeKind::Object, "Array", 32);
            heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "parcels", all);
            for i in 0..500 {
                let parcel = heap.node(NodeKind::Object, "Parcel", 64);
                heap.element(all, EdgeKind::Element, i, parcel);
                if i < scanned {
                    let at = heap.node(NodeKind::Object, "Date", 40);
                    heap.edge(parcel, EdgeKind::Property, "scannedAt", at);
                }
            }
            HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap()
        };
        assert_eq!(grown(&[parcels(100), parcels(300), parcels(500)]), []);
    }

    #[test]
    fn what_node_and_v8_keep_in_tables_of_their_own_is_not_told() {
        for table in [
            OBJECT_LISTS[0],
            OBJECT_LISTS[1],
            "FreeList",
            "(Shareable object cache)",
        ] {
            let heap = |count: u32| {
                let mut heap = HeapBuilder::default();
                let own = heap.node(NodeKind::Object, table, 32);
                heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "own", own);
                for i in 0..count {
                    let native = heap.node(NodeKind::Object, "HTTPParser", 64);
                    heap.element(own, EdgeKind::Element, i, native);
                }
                HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap()
            };
            assert_eq!(grown(&[heap(10), heap(40), heap(90)]), [], "{table}");
        }
    }
}
