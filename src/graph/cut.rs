//! What is freed when one edge goes: not what its end retains, but what nothing reaches any more; and what else holds the
//! rest. Knows edges and costs of paths, not what grew.

use std::collections::HashSet;

use super::bits::Bits;
use super::cost::ActionableCost;
use super::csr::Retainer;
use super::describe::describe;
use super::edges::ROOT;
use super::graph::HeapGraph;
use super::growth::owner_name;
use super::paths::{EdgeCost, PathTree};
use super::sources::Sources;
use super::task::BuildOptions;
use crate::snapshot::{EdgeIndex, EdgeKind, NodeIndex, NodeKind, Tables};

/// Objects that remain whose other holders are looked for, and holders that are named.
const REST_MAX: usize = 64;
const HOLDERS_MAX: usize = 3;

/// What a heap is without one edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Shallow sizes of all that is freed.
    pub bytes: u64,
    /// What is wanted of that.
    pub count: u32,
    /// What is wanted and remains, though what is freed holds it too.
    pub others: u32,
    /// What else the program has in its hands that holds others, by the names it gave.
    pub also_held_by: Vec<String>,
}

/// Cuts one edge, and all others of its name that end there (a variable and what exports it), and counts what is wanted of
/// what goes. O(nodes + edges); as much again where some of it remains that what is freed holds too.
pub fn cut(
    graph: &HeapGraph,
    sources: &Sources,
    edge: Retainer,
    is_wanted: impl Fn(NodeIndex) -> bool,
) -> Cut {
    let tables = graph.tables();
    let mut reached = Reach::new(graph);
    let end = tables.edge_to(edge.edge);
    let cut = alike(graph, edge.edge);
    reached.visit(ROOT, |_, at| cut.binary_search(&at).is_err(), |_| {});
    let (mut bytes, mut count, mut others) = (0, 0, 0);
    let mut rest = Vec::new();
    if reached.has(end) {
        rest.push(end);
    } else {
        let before = reached.seen.clone();
        let mut told = Bits::new(tables.node_count());
        let mut touch = |to: NodeIndex| {
            if !before.get(to.0) || !is_wanted(to) || told.replace(to.0) {
                return;
            }
            others += 1;
            if rest.len() < REST_MAX {
                rest.push(to);
            }
        };
        reached.visit(
            end,
            |to, _| {
                touch(to);
                true
            },
            |node| {
                bytes += tables.self_bytes(node);
                count += u32::from(is_wanted(node));
            },
        );
    }
    Cut {
        bytes,
        count,
        others,
        also_held_by: holders(graph, sources, &cut, &rest),
    }
}

/// An edge, others of its name that end there, and the same once more in the stores that V8 keeps properties and elements in,
/// which are seen as objects of their own; sorted. O(edges that end there and edges of what they come from).
fn alike(graph: &HeapGraph, edge: EdgeIndex) -> Vec<EdgeIndex> {
    let tables = graph.tables();
    let (end, name) = (tables.edge_to(edge), tables.edge_name(edge));
    let is_alike = |one: &Retainer| one.edge == edge || name.is_some() && tables.edge_name(one.edge) == name;
    let named: Vec<Retainer> = graph.retainers(end).filter(is_alike).collect();
    let is_store = |at: &EdgeIndex| {
        tables.edge_kind(*at) == EdgeKind::Internal
            && matches!(tables.edge_name(*at), Some("properties" | "elements"))
    };
    let in_stores = |one: &Retainer| {
        let stores = tables.edges(one.from).filter(is_store);
        stores.map(|at| tables.edge_to(at)).collect::<Vec<_>>()
    };
    let stores: HashSet<u32> = named.iter().flat_map(in_stores).map(|store| store.0).collect();
    // Of the global object a store holds cells, and each of these a value.
    let is_of_store = |from: NodeIndex| {
        stores.contains(&from.0)
            || tables.kind(from) == NodeKind::Hidden
                && graph.retainers(from).all(|cell| stores.contains(&cell.from.0))
    };
    let stored = graph
        .retainers(end)
        .filter(|one| !stores.is_empty() && is_of_store(one.from));
    let mut cut: Vec<EdgeIndex> = named.iter().copied().chain(stored).map(|one| one.edge).collect();
    cut.sort_unstable();
    cut
}

/// What was reached so far.
struct Reach<'a> {
    graph: &'a HeapGraph,
    seen: Bits,
    stack: Vec<NodeIndex>,
}

impl<'a> Reach<'a> {
    fn new(graph: &'a HeapGraph) -> Self {
        Self {
            graph,
            seen: Bits::new(graph.tables().node_count()),
            stack: Vec::new(),
        }
    }

    fn has(&self, node: NodeIndex) -> bool {
        self.seen.get(node.0)
    }

    /// All that is reached from here and was not before, along edges that `may` be gone along.
    fn visit(
        &mut self,
        from: NodeIndex,
        mut may: impl FnMut(NodeIndex, EdgeIndex) -> bool,
        mut enter: impl FnMut(NodeIndex),
    ) {
        let tables = self.graph.tables();
        if !self.seen.replace(from.0) {
            self.stack.push(from);
        }
        while let Some(node) = self.stack.pop() {
            enter(node);
            for edge in tables.edges(node) {
                let to = tables.edge_to(edge);
                if self.graph.retains(node, edge) && may(to, edge) && !self.seen.replace(to.0) {
                    self.stack.push(to);
                }
            }
        }
    }
}

/// Whether a node is of the kind and class of another; what texts and functions are called is their own.
pub(super) fn like(tables: &Tables, sample: NodeIndex) -> impl Fn(NodeIndex) -> bool + '_ {
    use NodeKind::{Closure, ConcatenatedString, SlicedString, String};
    let is_nameless = matches!(
        tables.kind(sample),
        Closure | String | ConcatenatedString | SlicedString
    );
    move |node| {
        tables.kind(node) == tables.kind(sample) && (is_nameless || tables.name(node) == tables.name(sample))
    }
}

/// Costs of paths that do not lead along these edges.
struct Without<'a> {
    cost: &'a ActionableCost,
    cut: &'a [EdgeIndex],
}

impl EdgeCost for Without<'_> {
    fn cost(&self, tables: &Tables, from: NodeIndex, edge: EdgeIndex) -> Option<u8> {
        self.cut
            .binary_search(&edge)
            .is_err()
            .then(|| self.cost.cost(tables, from, edge))
            .flatten()
    }
}

/// What holds these without these edges, by its name, what holds most of them first.
fn holders(graph: &HeapGraph, sources: &Sources, cut: &[EdgeIndex], rest: &[NodeIndex]) -> Vec<String> {
    if rest.is_empty() {
        return Vec::new();
    }
    let tables = graph.tables();
    let cost = ActionableCost::new(tables);
    let without = Without { cost: &cost, cut };
    let Ok(paths) = graph.paths(&without, &BuildOptions::default()) else {
        return Vec::new();
    };
    let name = |&node: &NodeIndex| name_of(graph, sources, &paths, node);
    let mut named: Vec<(String, usize)> = Vec::new();
    for name in rest.iter().filter_map(name) {
        match named.iter_mut().find(|(other, _)| *other == name) {
            Some((_, many)) => *many += 1,
            None => named.push((name, 1)),
        }
    }
    named.sort_by_key(|&(_, many)| std::cmp::Reverse(many));
    named
        .into_iter()
        .map(|(name, _)| name)
        .take(HOLDERS_MAX)
        .collect()
}

fn name_of(graph: &HeapGraph, sources: &Sources, paths: &PathTree, node: NodeIndex) -> Option<String> {
    let tables = graph.tables();
    owner_name(&describe(tables, sources, &paths.path(tables, node)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::HeapBuilder;

    /// A module's scope with a Map of five sessions of 40 bytes with 10 more each; `recent` holds as many of them, and a
    /// variable `also` the Map itself.
    fn heap(recent: usize, is_twice: bool) -> (HeapGraph, NodeIndex, NodeIndex) {
        let mut heap = HeapBuilder::default();
        let object = |heap: &mut HeapBuilder, name: &str, bytes| heap.node(NodeKind::Object, name, bytes);
        let global = object(&mut heap, "global", 8);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Shortcut, "1", global);
        let (map, list) = (object(&mut heap, "Map", 16), object(&mut heap, "Array", 16));
        heap.edge(global, EdgeKind::Context, "sessions", map)
            .edge(global, EdgeKind::Context, "recent", list);
        if is_twice {
            heap.edge(global, EdgeKind::Context, "also", map);
        }
        let mut last = map;
        for at in 0..5 {
            let session = object(&mut heap, "Session", 40);
            let part = heap.node(NodeKind::Array, "", 10);
            heap.element(map, EdgeKind::Element, at as u32, session);
            heap.edge(session, EdgeKind::Property, "part", part);
            if at < recent {
                heap.element(list, EdgeKind::Element, at as u32, session);
            }
            last = session;
        }
        (
            HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap(),
            map,
            last,
        )
    }

    fn without_sessions(recent: usize, is_twice: bool) -> Cut {
        let (graph, map, session) = heap(recent, is_twice);
        let tables = graph.tables();
        let is_named = |&edge: &EdgeIndex| tables.edge_name(edge) == Some("sessions");
        let from = graph
            .retainers(map)
            .find(|retainer| is_named(&retainer.edge))
            .unwrap();
        cut(&graph, &Sources::new(tables), from, like(tables, session))
    }

    #[test]
    fn what_nothing_reaches_any_more_is_freed() {
        let all = without_sessions(0, false);
        assert_eq!((all.bytes, all.count, all.others), (16 + 5 * 50, 5, 0));
        assert!(all.also_held_by.is_empty());
    }

    #[test]
    fn what_v8_keeps_properties_in_is_no_other_holder() {
        let mut heap = HeapBuilder::default();
        let object = |heap: &mut HeapBuilder, name: &str, bytes| heap.node(NodeKind::Object, name, bytes);
        let (global, list) = (object(&mut heap, "global", 8), object(&mut heap, "Array", 16));
        heap.edge(HeapBuilder::ROOT, EdgeKind::Shortcut, "1", global);
        let store = heap.node(NodeKind::Array, "(object properties)", 32);
        let cell = heap.node(NodeKind::Hidden, "system / PropertyCell", 8);
        heap.edge(global, EdgeKind::Property, "sessions", list)
            .edge(global, EdgeKind::Internal, "properties", store)
            .edge(store, EdgeKind::Internal, "3", list)
            .edge(store, EdgeKind::Internal, "4", cell)
            .edge(cell, EdgeKind::Internal, "value", list);
        let graph = HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap();
        let tables = graph.tables();
        let from = graph.retainers(list).find(|one| one.from == global).unwrap();
        let all = cut(&graph, &Sources::new(tables), from, |node| node == list);
        assert_eq!((all.bytes, all.count), (16, 1));
        assert!(all.also_held_by.is_empty());
    }

    #[test]
    fn what_else_holds_the_others_is_named() {
        let some = without_sessions(2, false);
        assert_eq!((some.bytes, some.count, some.others), (16 + 3 * 50, 3, 2));
        assert_eq!(some.also_held_by, ["recent"]);
        let none = without_sessions(0, true);
        assert_eq!((none.bytes, none.count), (0, 0));
        assert_eq!(none.also_held_by, ["also"]);
    }
}
