//! Objects that somebody follows weakly, found in a graph by the WeakRefs that do so, and what of Node's own holds them for
//! a while without a leak: timers, asynchronous contexts, parsers, agents, open connections. Knows nothing of why they
//! are followed.

use std::collections::HashSet;

use super::bits::Bits;
use super::cost::ActionableCost;
use super::cut::like;
use super::describe::{REACTION, Step, is_plumbing, is_suspended};
use super::graph::HeapGraph;
use super::lore::{AGENT, HANDLES, MEANWHILES, STORE_LINKS, TIMER_CLASSES};
use super::paths::{EdgeCost, PathTree};
use super::task::BuildOptions;
use crate::error::Result;
use crate::finding::Meanwhile;
use crate::snapshot::{EdgeIndex, EdgeKind, NodeIndex, NodeKind, StringIndex, Tables};

/// How a WeakRef refers to its object.
const TARGET: &str = "target";

/// The objects behind the WeakRefs that the one object of this class has in its array `refs`, by index; `None` for what is
/// gone. Empty where there is no such object. O(nodes).
pub fn followed(tables: &Tables, class: &str) -> Vec<Option<NodeIndex>> {
    let is_marker = |&node: &NodeIndex| tables.kind(node) == NodeKind::Object && tables.name(node) == class;
    let lists = tables
        .nodes()
        .filter(is_marker)
        .filter_map(|marker| end_of(tables, marker, EdgeKind::Property, "refs"));
    // The class has a prototype of the same name, which has none.
    let Some(list) = lists.into_iter().next() else {
        return Vec::new();
    };
    let elements = tables
        .edges(list)
        .filter(|&edge| tables.edge_kind(edge) == EdgeKind::Element);
    let mut found = Vec::new();
    for edge in elements {
        let at = tables.edge_label(edge) as usize;
        if at >= found.len() {
            found.resize(at + 1, None);
        }
        found[at] = end_of(tables, tables.edge_to(edge), EdgeKind::Weak, TARGET);
    }
    found
}

pub(super) fn end_of(tables: &Tables, from: NodeIndex, kind: EdgeKind, name: &str) -> Option<NodeIndex> {
    tables
        .edges(from)
        .find(|&edge| tables.edge_kind(edge) == kind && tables.edge_name(edge) == Some(name))
        .map(|edge| tables.edge_to(edge))
}

/// Costs of paths that nothing leads along that holds things for a while.
pub struct Lasting<'a> {
    cost: &'a ActionableCost,
    nodes: Bits,
    /// Names of links to stores, and of an agent's.
    names: HashSet<u32>,
    agent: HashSet<u32>,
}

impl<'a> Lasting<'a> {
    /// Looks all names up. O(nodes + strings).
    pub fn new(tables: &Tables, cost: &'a ActionableCost) -> Self {
        let mut nodes = Bits::new(tables.node_count());
        for node in tables.nodes().filter(|&node| reason(tables, node).is_some()) {
            nodes.set(node.0);
        }
        let named = |wanted: &[&str]| {
            let strings = 0..tables.strings.len() as u32;
            strings
                .filter(|&at| wanted.contains(&tables.strings.get(StringIndex(at))))
                .collect()
        };
        Self {
            cost,
            nodes,
            names: named(&STORE_LINKS),
            agent: named(&AGENT),
        }
    }

    /// Why this link does not count, if it does not.
    fn why(&self, tables: &Tables, from: NodeIndex, edge: EdgeIndex) -> Option<Meanwhile> {
        if self.nodes.get(from.0) {
            return reason(tables, from);
        }
        if tables.edge_kind(edge) != EdgeKind::Property {
            return None;
        }
        let label = tables.edge_label(edge);
        if self.names.contains(&label) {
            return Some(Meanwhile::Context);
        }
        let is_agent = self.agent.contains(&label)
            && end_of(tables, from, EdgeKind::Property, AGENT[0]).is_some()
            && tables.kind(from) == NodeKind::Object;
        is_agent.then_some(Meanwhile::Agent)
    }

    /// What holds a node for a while on its cheapest path.
    pub fn meanwhile(&self, tables: &Tables, paths: &PathTree, node: NodeIndex) -> Option<Meanwhile> {
        let path = paths.path(tables, node)?;
        path.iter()
            .rev()
            .find_map(|step| self.why(tables, step.from, step.edge))
    }
}

impl EdgeCost for Lasting<'_> {
    fn cost(&self, tables: &Tables, from: NodeIndex, edge: EdgeIndex) -> Option<u8> {
        if self.why(tables, from, edge).is_some() {
            return None;
        }
        self.cost.cost(tables, from, edge)
    }
}

fn reason(tables: &Tables, node: NodeIndex) -> Option<Meanwhile> {
    if tables.kind(node) != NodeKind::Object && tables.kind(node) != NodeKind::Native {
        return None;
    }
    let name = tables.name(node);
    let known = MEANWHILES.iter().find(|(known, _)| *known == name);
    known
        .map(|&(_, why)| why)
        .or_else(|| is_open(tables, node).then_some(Meanwhile::Connection))
}

/// Whether it is a stream whose handle is open: a closed one has none. A server has a handle too, and is no stream: what
/// its listeners hold stays.
fn is_open(tables: &Tables, node: NodeIndex) -> bool {
    let handle = end_of(tables, node, EdgeKind::Property, "_handle");
    handle.is_some_and(|handle| HANDLES.contains(&tables.name(handle)))
        && end_of(tables, node, EdgeKind::Property, "_readableState").is_some()
}

/// The paths that remain when nothing counts that holds things for a while. O(nodes + edges).
///
/// # Errors
/// As [`HeapGraph::paths`].
pub fn lasting_paths(graph: &HeapGraph, lasting: &Lasting, options: &BuildOptions) -> Result<PathTree> {
    graph.paths(lasting, options)
}

/// How many things are under way in a program, of which each may have one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnderWay {
    /// Open connections.
    pub connections: u32,
    /// Timers that have not come yet.
    pub timers: u32,
    /// Functions that wait.
    pub waiting: u32,
}

/// What is under way in this program, each node for as many as `weight` says. O(nodes).
pub fn under_way(tables: &Tables, weight: impl Fn(NodeIndex) -> f32) -> UnderWay {
    let (mut connections, mut timers, mut waiting) = (0.0, 0.0, 0.0);
    for node in tables
        .nodes()
        .filter(|&node| tables.kind(node) == NodeKind::Object)
    {
        let name = tables.name(node);
        if HANDLES.contains(&name) {
            connections += weight(node);
        } else if TIMER_CLASSES.contains(&name) {
            timers += weight(node);
        } else if name.ends_with("Generator") && is_suspended(tables, node) {
            waiting += weight(node);
        }
    }
    let [connections, timers, waiting] = [connections, timers, waiting].map(|sum: f32| sum.round() as u32);
    UnderWay {
        connections,
        timers,
        waiting,
    }
}

/// How many objects of the kind by which it holds the end of this path its container has; 0 where it is held by none.
pub fn entries(tables: &Tables, path: &[Step], container: Option<usize>) -> u32 {
    container.map_or(0, |container| ends(tables, path, container).len() as u32)
}

/// The objects of the kind by which it holds the end of this path that a container has.
pub(super) fn ends(tables: &Tables, path: &[Step], container: usize) -> HashSet<u32> {
    let from = path[container].node;
    let mut after = path[container + 1..].iter().map(|step| step.node);
    let is_entry = |&node: &NodeIndex| !is_plumbing(tables, node) || tables.name(node) == REACTION;
    let Some(entry) = after.find(is_entry) else {
        return HashSet::new();
    };
    if tables.name(entry) == REACTION {
        // V8 has no name for the link between two.
        let next = |&node: &NodeIndex| {
            let mut ends = tables.edges(node).map(|edge| tables.edge_to(edge));
            ends.find(|&end| end != node && tables.name(end) == REACTION)
        };
        let list = std::iter::successors(next(&from), next);
        return list.take(tables.node_count()).map(|node| node.0).collect();
    }
    let is_like = like(tables, entry);
    let stores = tables
        .edges(from)
        .filter(|&edge| tables.edge_kind(edge) == EdgeKind::Internal)
        .filter(|&edge| matches!(tables.edge_name(edge), Some("table" | "elements" | "properties")))
        .map(|edge| tables.edge_to(edge));
    let ends = stores
        .chain([from])
        .flat_map(|node| tables.edges(node).map(|edge| tables.edge_to(edge)));
    ends.filter(|&node| is_like(node)).map(|node| node.0).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Sources, describe, kept};
    use super::*;
    use crate::snapshot::HeapBuilder;

    /// A program with one request for each way of holding it, all of them followed, and the last one gone.
    fn heap() -> (HeapGraph, Vec<Option<NodeIndex>>) {
        let mut heap = HeapBuilder::default();
        let object = |heap: &mut HeapBuilder, name: &str| heap.node(NodeKind::Object, name, 8);
        let global = object(&mut heap, "global");
        heap.edge(HeapBuilder::ROOT, EdgeKind::Shortcut, "1", global);
        let mut requests = Vec::new();
        for (name, handle) in [
            ("Array", None),
            ("Timeout", None),
            ("Socket", Some("TCP")),
            ("Socket", None),
            ("Server", Some("TCP")),
            ("AsyncContextFrame", None),
            ("HTTPParser", None),
        ] {
            let holder = object(&mut heap, name);
            let request = object(&mut heap, "IncomingMessage");
            heap.edge(
                global,
                EdgeKind::Property,
                &format!("held{}", requests.len()),
                holder,
            );
            heap.element(holder, EdgeKind::Element, 0, request);
            if let Some(handle) = handle {
                let handle = object(&mut heap, handle);
                heap.edge(holder, EdgeKind::Property, "_handle", handle);
            }
            if name == "Socket" {
                let state = object(&mut heap, "ReadableState");
                heap.edge(holder, EdgeKind::Property, "_readableState", state);
            }
            requests.push(request);
        }
        let agent = object(&mut heap, "Agent");
        let (pool, pooled) = (object(&mut heap, "Object"), object(&mut heap, "Socket"));
        heap.edge(global, EdgeKind::Property, "agent", agent)
            .edge(agent, EdgeKind::Property, "freeSockets", pool)
            .edge(pool, EdgeKind::Property, "localhost", pooled);
        requests.push(pooled);
        let (marker, prototype) = (object(&mut heap, "Marker"), object(&mut heap, "Marker"));
        let refs = object(&mut heap, "Array");
        heap.edge(global, EdgeKind::Property, "prototype", prototype)
            .edge(global, EdgeKind::Property, "marker", marker)
            .edge(marker, EdgeKind::Property, "refs", refs);
        for (at, &request) in requests.iter().enumerate() {
            let weak = object(&mut heap, "WeakRef");
            heap.element(refs, EdgeKind::Element, at as u32, weak);
            heap.edge(weak, EdgeKind::Weak, TARGET, request);
        }
        let empty = object(&mut heap, "WeakRef");
        heap.element(refs, EdgeKind::Element, requests.len() as u32, empty);
        let graph = HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap();
        let expected = requests.into_iter().map(Some).chain([None]).collect();
        (graph, expected)
    }

    #[test]
    fn what_is_followed_weakly_is_found_by_the_marker() {
        let (graph, expected) = heap();
        assert_eq!(followed(graph.tables(), "Marker"), expected);
        assert!(followed(graph.tables(), "Nothing").is_empty());
    }

    #[test]
    fn what_holds_things_for_a_while_is_no_way_to_them() {
        let (graph, expected) = heap();
        let nodes: Vec<NodeIndex> = expected.into_iter().flatten().collect();
        let tables = graph.tables();
        let cost = ActionableCost::new(tables);
        let lasting = Lasting::new(tables, &cost);
        let around = lasting_paths(&graph, &lasting, &BuildOptions::default()).unwrap();
        let lasts: Vec<bool> = kept(&graph, &around, &Sources::new(tables), &nodes)
            .iter()
            .map(Option::is_some)
            .collect();
        // The array, the closed socket and the listening server hold what they hold.
        assert_eq!(lasts, [true, false, false, true, true, false, false, false]);
        let any = graph.paths(&cost, &BuildOptions::default()).unwrap();
        let why: Vec<_> = nodes
            .iter()
            .map(|&node| lasting.meanwhile(tables, &any, node))
            .collect();
        use Meanwhile::{Agent, Connection, Context, Parser, Timer};
        let for_a_while = [Timer, Connection, Context, Parser, Agent].map(Some);
        assert_eq!(
            why.into_iter().flatten().map(Some).collect::<Vec<_>>(),
            for_a_while
        );
    }

    #[test]
    fn what_hangs_on_a_chain_is_held_as_its_first_link_is() {
        let mut heap = HeapBuilder::default();
        let global = heap.node(NodeKind::Object, "global", 8);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Shortcut, "1", global);
        let mut links = vec![global];
        let mut requests = Vec::new();
        for _ in 0..4 {
            let link = heap.node(NodeKind::Object, "Call", 8);
            let request = heap.node(NodeKind::Object, "ServerResponse", 8);
            heap.edge(links[links.len() - 1], EdgeKind::Property, "before", link)
                .edge(link, EdgeKind::Property, "response", request);
            links.push(link);
            requests.push(request);
        }
        let graph = HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap();
        let tables = graph.tables();
        let paths = graph
            .paths(&ActionableCost::new(tables), &BuildOptions::default())
            .unwrap();
        let found = kept(&graph, &paths, &Sources::new(tables), &requests);
        let ways: HashSet<Vec<String>> = found
            .into_iter()
            .map(|one| {
                one.unwrap()
                    .folded()
                    .path
                    .into_iter()
                    .map(|step| step.link.text())
                    .collect()
            })
            .collect();
        assert_eq!(ways.len(), 1, "{ways:?}");
    }

    #[test]
    fn connections_timers_and_functions_that_wait_are_under_way() {
        let (graph, _) = heap();
        let before = under_way(graph.tables(), |_| 1.0);
        let mut heap = HeapBuilder::default();
        let object = |heap: &mut HeapBuilder, name: &str| {
            let node = heap.node(NodeKind::Object, name, 8);
            heap.edge(HeapBuilder::ROOT, EdgeKind::Property, "one", node);
            node
        };
        for name in ["TCP", "Timeout", "Map", "Generator"] {
            object(&mut heap, name);
        }
        object(&mut heap, "Timeout");
        let waits = object(&mut heap, "Generator");
        let registers = heap.node(NodeKind::Array, "", 8);
        heap.edge(waits, EdgeKind::Internal, "parameters_and_registers", registers);
        let function = heap.node(NodeKind::Closure, "load", 8);
        heap.edge(waits, EdgeKind::Internal, "function", function);
        let tables = heap.finish();
        let after = under_way(&tables, |_| 1.0);
        assert_eq!((before.connections, before.timers, before.waiting), (2, 1, 0));
        assert_eq!((after.connections, after.timers, after.waiting), (1, 2, 1));
    }

    #[test]
    fn entries_of_the_container_are_counted_once() {
        let (graph, expected) = heap();
        let tables = graph.tables();
        let paths = graph
            .paths(&ActionableCost::new(tables), &BuildOptions::default())
            .unwrap();
        let found = kept(&graph, &paths, &Sources::new(tables), &[expected[0].unwrap()]);
        let held = found[0].as_ref().unwrap();
        assert_eq!(entries(tables, &held.path, held.container), 1);
    }

    #[test]
    fn what_waits_for_one_promise_is_counted_along_its_list() {
        let mut heap = HeapBuilder::default();
        let global = heap.node(NodeKind::Object, "global", 8);
        let promise = heap.node(NodeKind::Object, "Promise", 8);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Shortcut, "1", global)
            .edge(global, EdgeKind::Property, "ready", promise);
        let mut last = promise;
        for at in 0..3 {
            let reaction = heap.node(NodeKind::Hidden, REACTION, 8);
            if at == 0 {
                heap.edge(promise, EdgeKind::Internal, "reactions_or_result", reaction);
            } else {
                heap.element(last, EdgeKind::Hidden, 0, reaction);
            }
            last = reaction;
        }
        let graph = HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap();
        let tables = graph.tables();
        let paths = graph
            .paths(&ActionableCost::new(tables), &BuildOptions::default())
            .unwrap();
        let path = describe(tables, &Sources::new(tables), &paths.path(tables, last).unwrap());
        let container = path.iter().position(|step| step.node == promise);
        assert_eq!(entries(tables, &path, container), 3);
    }
}
