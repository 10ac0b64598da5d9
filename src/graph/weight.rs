//! What a leaked object drags along: what makes it heavy, and which function of the program it leads to.

use super::describe::{REACTION, link_of, node_name};
use super::graph::HeapGraph;
use super::lore::TO_FUNCTIONS;
use super::sources::{SourcePlace, Sources, follow, is_context};
use crate::snapshot::{EdgeKind, NodeIndex, NodeKind, Tables};

/// One thing behind an object that weighs more than half of all behind it.
#[derive(Debug, Clone, PartialEq)]
pub enum Weight {
    /// The object is a slice of a longer string, which it keeps whole.
    Slice {
        /// Size of the whole, in bytes.
        whole_bytes: u64,
    },
    /// The object is a view of memory that it keeps whole.
    View {
        /// Size of the whole, in bytes.
        whole_bytes: u64,
    },
    /// A variable of the scope that a function closes over.
    Variable {
        /// Its name.
        name: String,
        /// What its value is.
        class: String,
        /// What that retains, in bytes.
        bytes: u64,
        /// Where the function stands.
        place: Option<SourcePlace>,
    },
    /// A property, or a property of a property.
    Property {
        /// As code: `.body.rows`.
        name: String,
        /// What its value is.
        class: String,
        /// What that retains, in bytes.
        bytes: u64,
    },
}

/// What is lighter than this is not worth a word, in bytes.
const BYTES_MIN: u64 = 200;
/// Properties of properties that are looked at.
const DEPTH: usize = 3;
/// Objects that are looked at in search of a function.
const LOOKED_AT_MAX: usize = 64;

/// What makes an object heavy, if it is one thing.
pub fn weight(graph: &HeapGraph, sources: &Sources, node: NodeIndex) -> Option<Weight> {
    let tables = graph.tables();
    if let Some(whole) = whole_string(tables, node) {
        let whole_bytes = graph.shallow_bytes(whole);
        return (whole_bytes > BYTES_MIN).then_some(Weight::Slice { whole_bytes });
    }
    if let Some(buffer) = viewed(tables, node) {
        return Some(Weight::View {
            whole_bytes: graph.retained_bytes(buffer).max(store_bytes(graph, buffer)),
        });
    }
    captured(graph, sources, node).or_else(|| property(graph, node))
}

fn whole_string(tables: &Tables, node: NodeIndex) -> Option<NodeIndex> {
    let is_slice = tables.kind(node) == NodeKind::SlicedString;
    is_slice
        .then(|| follow(tables, node, EdgeKind::Internal, "parent"))
        .flatten()
}

fn viewed(tables: &Tables, node: NodeIndex) -> Option<NodeIndex> {
    let is_view = tables.kind(node) == NodeKind::Object;
    let buffer = is_view
        .then(|| follow(tables, node, EdgeKind::Internal, "buffer"))
        .flatten()?;
    matches!(tables.name(buffer), "ArrayBuffer" | "SharedArrayBuffer").then_some(buffer)
}

fn store_bytes(graph: &HeapGraph, buffer: NodeIndex) -> u64 {
    let store = follow(graph.tables(), buffer, EdgeKind::Internal, "backing_store");
    store.map_or(0, |store| graph.shallow_bytes(store))
}

/// The variable that makes the scope of a function heavy. Scopes around it belong to others too.
fn captured(graph: &HeapGraph, sources: &Sources, node: NodeIndex) -> Option<Weight> {
    let tables = graph.tables();
    let closure = Some(node)
        .filter(|&n| tables.kind(n) == NodeKind::Closure)
        .or_else(|| closure_of(tables, node))?;
    let scope =
        follow(tables, closure, EdgeKind::Internal, "context").filter(|&scope| is_context(tables, scope))?;
    let variables = tables
        .edges(scope)
        .filter(|&edge| tables.edge_kind(edge) == EdgeKind::Context);
    let heaviest = variables.max_by_key(|&edge| graph.retained_bytes(tables.edge_to(edge)))?;
    let value = tables.edge_to(heaviest);
    let bytes = graph.retained_bytes(value);
    // Of a scope that something else keeps too, and of a value, nothing would be free if the function were gone.
    let is_own =
        graph.dominates(scope, value) && graph.dominates(closure, scope) || graph.dominates(node, value);
    let is_most = bytes > BYTES_MIN && bytes * 2 > graph.retained_bytes(scope);
    (is_own && is_most).then(|| Weight::Variable {
        name: tables.edge_name(heaviest).unwrap_or("").to_owned(),
        class: node_name(tables, value),
        bytes,
        place: sources.place(tables, closure),
    })
}

/// A function that an object holds itself: the listener of a Listener, the callback of a timer.
fn closure_of(tables: &Tables, node: NodeIndex) -> Option<NodeIndex> {
    let held = tables
        .edges(node)
        .filter(|&edge| tables.edge_kind(edge) == EdgeKind::Property);
    let mut functions = held
        .map(|edge| tables.edge_to(edge))
        .filter(|&to| tables.kind(to) == NodeKind::Closure);
    functions.next()
}

fn property(graph: &HeapGraph, node: NodeIndex) -> Option<Weight> {
    let tables = graph.tables();
    let all_bytes = graph.retained_bytes(node);
    let (mut at, mut name) = (node, String::new());
    for _ in 0..DEPTH {
        let named = tables
            .edges(at)
            .filter(|&edge| matches!(tables.edge_kind(edge), EdgeKind::Property | EdgeKind::Element))
            .map(|edge| (edge, tables.edge_to(edge)));
        let own = named.filter(|&(_, to)| graph.is_dominator(at, to));
        let Some((edge, to)) = own.max_by_key(|&(_, to)| graph.retained_bytes(to)) else {
            break;
        };
        if graph.retained_bytes(to) * 2 <= all_bytes {
            break;
        }
        name.push_str(&link_of(tables, at, edge).signature());
        at = to;
    }
    let bytes = graph.retained_bytes(at);
    (at != node && bytes > BYTES_MIN).then(|| Weight::Property {
        name,
        class: node_name(tables, at),
        bytes,
    })
}

/// Where an object leads to the program's code: its constructor, or the nearest function it is there for (the
/// callback of a timer, the handler of a promise, the function that waits).
pub fn callee(tables: &Tables, sources: &Sources, node: NodeIndex) -> Option<SourcePlace> {
    let mut seen = vec![node];
    let mut at = 0;
    while let Some(&next) = seen.get(at) {
        at += 1;
        if let Some(place) = sources.place(tables, next).filter(|place| !place.is_builtin()) {
            return Some(place);
        }
        for edge in tables.edges(next) {
            let name = tables.edge_name(edge).unwrap_or("");
            let leads = match tables.edge_kind(edge) {
                EdgeKind::Property if next == node => !matches!(name, "__proto__" | "constructor"),
                EdgeKind::Hidden => tables.name(next) == REACTION,
                EdgeKind::Property => !matches!(
                    name,
                    "__proto__" | "constructor" | "_idlePrev" | "_idleNext" | "next" | "previous"
                ),
                EdgeKind::Internal => TO_FUNCTIONS.contains(&name) && (next == node || name != "next"),
                EdgeKind::Context | EdgeKind::Element => true,
                _ => false,
            };
            let to = tables.edge_to(edge);
            let is_global = || tables.name(to).starts_with("global");
            if leads && seen.len() < LOOKED_AT_MAX && !seen.contains(&to) && !is_global() {
                seen.push(to);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::BuildOptions;
    use super::*;
    use crate::snapshot::HeapBuilder;

    const ROOT: NodeIndex = HeapBuilder::ROOT;

    fn weight_of(heap: HeapBuilder, node: NodeIndex) -> Option<Weight> {
        let graph = HeapGraph::build(heap.finish(), &BuildOptions::default()).unwrap();
        let sources = Sources::new(graph.tables());
        weight(&graph, &sources, node)
    }

    /// A function with a scope in which `small` and `rows` are, the latter of so many bytes.
    fn closure(heap: &mut HeapBuilder, rows_bytes: u32) -> [NodeIndex; 3] {
        let put = heap.node(NodeKind::Closure, "put", 64);
        let scope = heap.node(NodeKind::Object, "system / Context", 40);
        let small = heap.node(NodeKind::Object, "Date", 40);
        let rows = heap.node(NodeKind::Object, "Array", rows_bytes);
        heap.edge(put, EdgeKind::Internal, "context", scope)
            .edge(scope, EdgeKind::Context, "small", small)
            .edge(scope, EdgeKind::Context, "rows", rows);
        [put, scope, rows]
    }

    /// The same, and the file of the function's code.
    fn written(heap: &mut HeapBuilder, closure: NodeIndex, file: &str) {
        let shared = heap.node(NodeKind::Code, "shared", 64);
        let script = heap.node(NodeKind::Code, file, 64);
        heap.edge(closure, EdgeKind::Internal, "shared", shared)
            .edge(shared, EdgeKind::Internal, "script", script)
            .location(closure, closure.0, 9, 4);
    }

    fn rows(bytes: u64) -> Weight {
        Weight::Variable {
            name: "rows".into(),
            class: "Array".into(),
            bytes,
            place: None,
        }
    }

    #[test]
    fn a_slice_weighs_what_the_whole_string_does_unless_that_is_light() {
        for (whole_bytes, expected) in [(5_000, true), (100, false)] {
            let mut heap = HeapBuilder::default();
            let slice = heap.node(NodeKind::SlicedString, "ab", 32);
            let whole = heap.node(NodeKind::String, "abc", whole_bytes);
            heap.edge(ROOT, EdgeKind::Property, "kept", slice).edge(
                slice,
                EdgeKind::Internal,
                "parent",
                whole,
            );
            let whole_bytes = u64::from(whole_bytes);
            assert_eq!(
                weight_of(heap, slice),
                expected.then_some(Weight::Slice { whole_bytes })
            );
        }
    }

    #[test]
    fn a_view_weighs_what_its_memory_does_even_if_that_is_shared() {
        let mut heap = HeapBuilder::default();
        let [view, other] = [0, 1].map(|_| heap.node(NodeKind::Object, "Buffer", 96));
        let buffer = heap.node(NodeKind::Object, "ArrayBuffer", 80);
        let store = heap.node(NodeKind::Native, "system / JSArrayBufferData", 65_536);
        for from in [view, other] {
            heap.edge(ROOT, EdgeKind::Property, "kept", from).edge(
                from,
                EdgeKind::Internal,
                "buffer",
                buffer,
            );
        }
        heap.edge(buffer, EdgeKind::Internal, "backing_store", store)
            .edge(ROOT, EdgeKind::Property, "memory", store);
        assert_eq!(weight_of(heap, view), Some(Weight::View { whole_bytes: 65_536 }));
    }

    #[test]
    fn a_function_is_heavy_by_the_variable_that_is_most_of_its_scope() {
        let mut heap = HeapBuilder::default();
        let [put, ..] = closure(&mut heap, 3_000);
        heap.edge(ROOT, EdgeKind::Property, "put", put);
        assert_eq!(weight_of(heap, put), Some(rows(3_000)));
    }

    #[test]
    fn what_holds_a_function_is_heavy_by_the_same_variable() {
        let mut heap = HeapBuilder::default();
        let [put, ..] = closure(&mut heap, 3_000);
        let listener = heap.node(NodeKind::Object, "Listener", 40);
        heap.edge(ROOT, EdgeKind::Property, "listener", listener).edge(
            listener,
            EdgeKind::Property,
            "callback",
            put,
        );
        assert_eq!(weight_of(heap, listener), Some(rows(3_000)));
    }

    #[test]
    fn a_scope_that_others_keep_too_is_no_weight_of_a_function() {
        let mut heap = HeapBuilder::default();
        let [put, scope, _] = closure(&mut heap, 3_000);
        let other = heap.node(NodeKind::Closure, "get", 64);
        for from in [put, other] {
            heap.edge(ROOT, EdgeKind::Property, "kept", from);
        }
        heap.edge(other, EdgeKind::Internal, "context", scope);
        assert_eq!(weight_of(heap, put), None);
    }

    #[test]
    fn variables_of_like_size_and_light_ones_are_not_worth_a_word() {
        for rows_bytes in [50, 150] {
            let mut heap = HeapBuilder::default();
            let [put, ..] = closure(&mut heap, rows_bytes);
            heap.edge(ROOT, EdgeKind::Property, "put", put);
            assert_eq!(weight_of(heap, put), None, "{rows_bytes} bytes");
        }
    }

    #[test]
    fn an_object_is_heavy_by_the_property_that_is_most_of_it() {
        let mut heap = HeapBuilder::default();
        let [request, body] = ["Request", "Body"].map(|name| heap.node(NodeKind::Object, name, 40));
        let bytes = heap.node(NodeKind::String, "{}", 9_000);
        let shared = heap.node(NodeKind::Object, "Pool", 90_000);
        heap.edge(ROOT, EdgeKind::Property, "kept", request)
            .edge(ROOT, EdgeKind::Property, "pool", shared)
            .edge(request, EdgeKind::Property, "pool", shared)
            .edge(request, EdgeKind::Property, "body", body)
            .edge(body, EdgeKind::Property, "text", bytes);
        let expected = Weight::Property {
            name: ".body.text".into(),
            class: "string".into(),
            bytes: 9_000,
        };
        assert_eq!(weight_of(heap, request), Some(expected));
    }

    fn line_of(heap: HeapBuilder, node: NodeIndex) -> Option<(String, u32)> {
        let tables = heap.finish();
        let found = callee(&tables, &Sources::new(&tables), node);
        found.map(|place| (place.file, place.line))
    }

    #[test]
    fn a_timer_leads_past_nodes_code_to_the_programs() {
        let mut heap = HeapBuilder::default();
        let timer = heap.node(NodeKind::Object, "Timeout", 80);
        let bound = heap.node(NodeKind::Closure, "native_bind", 64);
        let tick = heap.node(NodeKind::Closure, "tick", 64);
        written(&mut heap, bound, "node:internal/timers");
        written(&mut heap, tick, "/app/poll.js");
        heap.edge(timer, EdgeKind::Property, "_onTimeout", bound).edge(
            bound,
            EdgeKind::Internal,
            "bound_function",
            tick,
        );
        assert_eq!(line_of(heap, timer), Some(("/app/poll.js".into(), 10)));
    }

    #[test]
    fn neither_the_prototype_nor_the_next_in_the_list_says_what_a_thing_is_for() {
        for name in ["__proto__", "constructor"] {
            let mut heap = HeapBuilder::default();
            let [thing, middle] = [0, 1].map(|_| heap.node(NodeKind::Object, "Thing", 80));
            let other = heap.node(NodeKind::Closure, "other", 64);
            written(&mut heap, other, "/app/other.js");
            heap.edge(thing, EdgeKind::Property, name, other)
                .edge(thing, EdgeKind::Property, "value", middle)
                .edge(middle, EdgeKind::Property, "_idleNext", other);
            assert_eq!(line_of(heap, thing), None, "by {name}");
        }
    }
}
