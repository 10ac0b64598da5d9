//! A path as code: variables by name, properties, entries of Maps without the tables between, functions with their
//! place. What a node is called in reports stands here and nowhere else, and what an edge is.

use crate::finding::Link;
use crate::snapshot::{EdgeIndex, EdgeKind, NodeIndex, NodeKind, Tables, urls};

use super::csr::Retainer;
use super::lore::{LANDMARKS, Mark, ROOTS};
use super::sources::{Scope, SourcePlace, Sources, block_variable, follow, is_context, scope};

/// One step of a path as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// How one gets there.
    pub link: Link,
    /// What is there: `Map`, `function put`, `Session`.
    pub name: String,
    /// Where its code stands.
    pub place: Option<SourcePlace>,
    /// The node at the end of the step.
    pub node: NodeIndex,
}

/// What waits for a promise; V8's only list without names.
pub const REACTION: &str = "system / PromiseReaction";
/// What the variables of a module stand in.
pub const MODULE_SCOPE: &str = "module scope";
/// What a function is called that waits at an `await` or `yield`.
pub const SUSPENDED: &str = "suspended function ";

/// What an edge is to a person.
pub fn link_of(tables: &Tables, from: NodeIndex, edge: EdgeIndex) -> Link {
    let name = || tables.edge_name(edge).unwrap_or("").to_owned();
    match tables.edge_kind(edge) {
        EdgeKind::Property if tables.is_key(from, edge) => Link::Key,
        EdgeKind::Property => property(&urls::shortened(&name())),
        EdgeKind::Context => Link::Variable { name: name() },
        EdgeKind::Element => Link::Element {
            at: tables.edge_label(edge),
        },
        EdgeKind::Internal => internal(tables, edge),
        EdgeKind::Shortcut | EdgeKind::Weak => Link::Internal { name: name() },
        EdgeKind::Hidden | EdgeKind::Unknown => Link::Plumbing,
    }
}

/// Snapshots write `<symbol name>` for a symbol.
fn property(name: &str) -> Link {
    match name.strip_prefix("<symbol ") {
        Some(symbol) => Link::Symbol {
            name: symbol.strip_suffix('>').unwrap_or(symbol).to_owned(),
        },
        None => Link::Property {
            name: name.to_owned(),
        },
    }
}

fn internal(tables: &Tables, edge: EdgeIndex) -> Link {
    let name = tables.edge_name(edge).unwrap_or("");
    match name {
        "table" | "elements" | "properties" | "context" | "global_object" | "previous" => Link::Plumbing,
        "parameters_and_registers" => Link::Local,
        "bound_this" => Link::BoundThis,
        "bound_arguments" => Link::BoundArgument,
        _ if name.contains("part of key") => Link::WeakValue { of: None },
        _ if name.starts_with(|c: char| c.is_ascii_digit()) => Link::Entry,
        _ => Link::internal(name),
    }
}

/// Whether a node stands between things without being one: tables, scopes, V8's own.
pub fn is_plumbing(tables: &Tables, node: NodeIndex) -> bool {
    match tables.kind(node) {
        NodeKind::Array | NodeKind::Hidden | NodeKind::Code | NodeKind::ObjectShape => true,
        NodeKind::Object => is_context(tables, node),
        _ => false,
    }
}

/// What a node is called: class, function, root.
pub fn node_name(tables: &Tables, node: NodeIndex) -> String {
    let name = tables.name(node);
    match tables.kind(node) {
        NodeKind::Closure if name.is_empty() => "anonymous function".to_owned(),
        NodeKind::Closure if name == "native_bind" => "bound function".to_owned(),
        NodeKind::Object => suspended(tables, node).unwrap_or_else(|| name.to_owned()),
        NodeKind::Closure => format!("function {name}"),
        NodeKind::String | NodeKind::ConcatenatedString | NodeKind::SlicedString => "string".to_owned(),
        NodeKind::Number | NodeKind::BigInt => "number".to_owned(),
        NodeKind::RegExp => "RegExp".to_owned(),
        NodeKind::Synthetic if name.is_empty() => "(root)".to_owned(),
        NodeKind::Array if name.is_empty() => "(array)".to_owned(),
        _ => urls::shortened(name).into_owned(),
    }
}

/// Whether it is a generator, or an async function that waits.
pub fn is_suspended(tables: &Tables, node: NodeIndex) -> bool {
    suspended(tables, node).is_some()
}

/// A generator, or an async function that waits: by the name of the function.
fn suspended(tables: &Tables, node: NodeIndex) -> Option<String> {
    follow(tables, node, EdgeKind::Internal, "parameters_and_registers")?;
    let function = follow(tables, node, EdgeKind::Internal, "function")?;
    Some(match tables.name(function) {
        "" => format!("{SUSPENDED}without a name"),
        name => format!("{SUSPENDED}{name}"),
    })
}

/// Writes a path as code, root first.
pub fn describe(tables: &Tables, sources: &Sources, path: &[Retainer]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    // Plumbing is walked through; the first telling link on the way to the next thing is the one that is written.
    let mut pending: Option<Link> = None;
    for (i, step) in path.iter().enumerate() {
        let to = tables.edge_to(step.edge);
        let link = match block_variable(tables, step.from, step.edge) {
            Some(name) => Link::Variable {
                name: name.to_owned(),
            },
            None => link_of(tables, step.from, step.edge),
        };
        let is_telling = !matches!(link, Link::Plumbing);
        // A variable whose name is not known is one all the same.
        let is_variable =
            matches!(link, Link::Variable { .. }) || tables.edge_kind(step.edge) == EdgeKind::Hidden;
        let via_scope = is_context(tables, step.from) && is_variable;
        if via_scope {
            let inside = entered_by(tables, &path[..i]);
            push_scope(tables, sources, step.from, inside, &mut steps);
            // How the scope was reached says nothing about its variable.
            pending = None;
        }
        pending = match (pending.take(), is_telling) {
            (Some(Link::Internal { .. } | Link::WeakValue { .. }) | None, true) => Some(link),
            (before @ Some(_), _) => before,
            (None, false) => None,
        };
        let is_last = i + 1 == path.len();
        if is_plumbing(tables, to) && !is_last {
            continue;
        }
        let link = pending.take().unwrap_or(Link::Plumbing);
        let place = module_place(tables, step.edge).or_else(|| sources.place(tables, to));
        let name = if is_context(tables, to) {
            scope_name(&scope(tables, sources, to, None))
        } else {
            node_name(tables, to)
        };
        steps.push(Step {
            link,
            name,
            place,
            node: to,
        });
    }
    shorten(steps)
}

/// Leaves out how the search got to the program, see [`LANDMARKS`].
fn shorten(mut steps: Vec<Step>) -> Vec<Step> {
    let before = |at: usize| at.checked_sub(1).map_or("", |i: usize| steps[i].name.as_str());
    let label = |at: usize| {
        let is_here = |(mark, from, ..): &&(Mark, &str, &str, &str)| {
            mark.is(&steps[at].link) && [before(at), ""].contains(from)
        };
        LANDMARKS.iter().find(is_here).map(|(_, _, label, _)| *label)
    };
    let root = |at: usize| {
        let is_global = at == 0 && steps[at].name.starts_with("global");
        let known = ROOTS.iter().find(|(name, ..)| *name == steps[at].name);
        known
            .map(|(_, label, _)| *label)
            .or(is_global.then_some("global"))
    };
    let label = |at: usize| label(at).or_else(|| root(at));
    let Some((at, name)) = (0..steps.len()).rev().find_map(|at| Some((at, label(at)?))) else {
        return steps;
    };
    let landmark = Step {
        link: Link::Root,
        name: name.to_owned(),
        place: None,
        node: steps[at].node,
    };
    steps.splice(..=at, [landmark]);
    // A number in a table of roots says nothing.
    if let Some(first) = steps.get_mut(1).filter(|step| step.link == Link::Entry) {
        first.link = Link::Plumbing;
    }
    steps
}

/// The beginning of a module that is reached by its name in the module cache.
fn module_place(tables: &Tables, edge: EdgeIndex) -> Option<SourcePlace> {
    let file = tables
        .edge_name(edge)
        .filter(|_| tables.name(tables.edge_to(edge)) == "Module")?;
    let is_file = file.starts_with('/') || file.get(1..3) == Some(":\\") || file.starts_with("\\\\");
    is_file.then(|| SourcePlace {
        file: file.to_owned(),
        line: 1,
        column: 1,
    })
}

/// What a scope was entered by: a closure or generator that runs in it or within it.
fn entered_by(tables: &Tables, path: &[Retainer]) -> Option<NodeIndex> {
    let is_scope = |edge| matches!(tables.edge_name(edge), Some("context" | "previous"));
    path.iter()
        .rev()
        .take_while(|step| is_scope(step.edge))
        .last()
        .map(|step| step.from)
}

/// The scope that holds a variable, unless the step before is that scope's own function.
fn push_scope(
    tables: &Tables,
    sources: &Sources,
    context: NodeIndex,
    inside: Option<NodeIndex>,
    steps: &mut Vec<Step>,
) {
    let found = scope(tables, sources, context, inside);
    steps.push(Step {
        link: Link::Scope,
        name: scope_name(&found),
        place: found.place,
        node: context,
    });
}

/// How the program calls what a step leads to.
pub fn step_name(step: &Step) -> Option<String> {
    if matches!(step.name.as_str(), "Module" | "ModuleJob" | "ModuleWrap") {
        return None;
    }
    step.link.name()
}

/// By the function whose variables they are.
pub fn scope_name(scope: &Scope) -> String {
    match (scope.is_module, scope.function.as_str()) {
        (true, _) => MODULE_SCOPE.to_owned(),
        (false, "") if scope.is_block => "block scope".to_owned(),
        (false, "") => "scope of an anonymous function".to_owned(),
        (false, function) => format!("scope of {function}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::HeapBuilder;

    #[test]
    fn a_map_in_a_closure_reads_as_code() {
        let mut heap = HeapBuilder::default();
        let put = heap.node(NodeKind::Closure, "put", 64);
        let context = heap.node(NodeKind::Object, "system / Context", 48);
        let info = heap.node(NodeKind::Code, "system / ScopeInfo", 48);
        let function = heap.node(NodeKind::String, "createStore", 24);
        let outer = heap.node(NodeKind::Object, "system / Context", 48);
        let map = heap.node(NodeKind::Object, "Map", 32);
        let table = heap.node(NodeKind::Array, "", 300);
        let session = heap.node(NodeKind::Object, "Session", 40);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Shortcut, "global", put)
            .edge(put, EdgeKind::Internal, "context", context)
            .edge(context, EdgeKind::Internal, "scope_info", info)
            .edge(context, EdgeKind::Internal, "previous", outer)
            .element(info, EdgeKind::Hidden, 1, function)
            .edge(context, EdgeKind::Context, "cache", map)
            .edge(map, EdgeKind::Internal, "table", table)
            .edge(table, EdgeKind::Internal, "36", session);
        let tables = heap.finish();
        let edges: Vec<_> = [0, 1, 4, 6, 7].map(EdgeIndex).to_vec();
        let froms = [HeapBuilder::ROOT, put, context, map, table];
        let path: Vec<_> = froms
            .iter()
            .zip(edges)
            .map(|(&from, edge)| Retainer { from, edge })
            .collect();
        let steps = describe(&tables, &Sources::new(&tables), &path);
        let text: Vec<String> = steps
            .iter()
            .map(|s| format!("{} -> {}", s.link.text(), s.name))
            .collect();
        assert_eq!(
            text,
            [
                "(global) -> function put",
                "closes over -> scope of createStore",
                "variable cache -> Map",
                "entry -> Session"
            ]
        );
    }

    #[test]
    fn a_path_begins_at_the_module_and_not_where_node_keeps_it() {
        let mut heap = HeapBuilder::default();
        let names = ["process", "Module", "Object", "Module", "Array"];
        let kinds = [
            NodeKind::Object,
            NodeKind::Closure,
            NodeKind::Object,
            NodeKind::Object,
            NodeKind::Object,
        ];
        let nodes: Vec<_> = names
            .iter()
            .zip(kinds)
            .map(|(name, kind)| heap.node(kind, name, 32))
            .collect();
        let edges = ["process", "Module", "_cache", "/app/store.js", "two words"];
        let froms: Vec<_> = std::iter::once(HeapBuilder::ROOT)
            .chain(nodes.iter().copied())
            .collect();
        for (at, name) in edges.iter().enumerate() {
            heap.edge(froms[at], EdgeKind::Property, name, nodes[at]);
        }
        let pool = heap.node(NodeKind::Code, "(constant pool)", 8);
        let words = heap.node(NodeKind::String, "two words", 8);
        heap.element(pool, EdgeKind::Hidden, 0, words);
        let tables = heap.finish();
        let path: Vec<_> = (0..5)
            .map(|at| Retainer {
                from: froms[at],
                edge: EdgeIndex(at as u32),
            })
            .collect();
        let steps = describe(&tables, &Sources::new(&tables), &path);
        let text: Vec<String> = steps
            .iter()
            .map(|s| format!("{} -> {}", s.link.text(), s.name))
            .collect();
        assert_eq!(
            text,
            [
                "(GC root) -> CommonJS modules",
                "['/app/store.js'] -> Module",
                "['two words'] -> Array"
            ]
        );
        assert_eq!(
            steps[1].place.as_ref().map(|p| (p.file.as_str(), p.line)),
            Some(("/app/store.js", 1))
        );
    }
}
