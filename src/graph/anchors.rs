//! What can be known again in another snapshot whatever path leads to it: scopes of which there is one, and what their
//! variables hold. Which way is the shortest changes with what happens to be on the stack or to wait for something;
//! the names of a scope's variables and its file do not.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use crate::fnv;
use crate::snapshot::{EdgeIndex, EdgeKind, NodeIndex, NodeKind, StringIndex, Strings, Tables};

use super::bits::Bits;
use super::mix::Mix;
use super::sources::Files;

/// Keys that are the same in every snapshot of the program: made of names only. Some 40 bytes for each scope of which
/// there is one and each object that it names.
pub struct Anchors {
    anchored: Bits,
    keys: HashMap<u32, u64, BuildHasherDefault<Mix>>,
}

/// What keys of anchors begin with: not those of paths.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// What leads from a function to the scope it closes over.
pub const SCOPE: &str = "context";
/// What leads from a scope to its names.
pub const SCOPE_INFO: &str = "scope_info";

/// The names that are looked for, as the snapshot numbers them.
pub struct Words {
    /// Of [`super::sources::CONTEXT`].
    pub context: Option<u32>,
    /// Of [`SCOPE`].
    pub scope: Option<u32>,
    /// Of [`SCOPE_INFO`].
    pub scope_info: Option<u32>,
}

impl Words {
    fn is_scope(&self, tables: &Tables, node: NodeIndex) -> bool {
        tables.kind(node) == NodeKind::Object && Some(tables.node_name[node.0 as usize].0) == self.context
    }
}

impl Anchors {
    /// Looks at all functions, and twice at all scopes. O(nodes + edges of functions and scopes).
    pub fn new(tables: &Tables, files: &Files, words: &Words) -> Self {
        let mut keys = HashMap::default();
        for (scope, key) in unique_scopes(tables, files, words) {
            keys.insert(scope.0, key);
            for edge in variables(tables, scope) {
                let to = tables.edge_to(edge);
                if !matches!(tables.kind(to), NodeKind::Object | NodeKind::Closure)
                    || words.is_scope(tables, to)
                {
                    continue;
                }
                let name = tables.edge_name(edge).unwrap_or("");
                let own = fnv::words(key, [name, tables.name(to)]);
                // Of several names the same one has to win each time, whichever scope comes first.
                keys.entry(to.0)
                    .and_modify(|known| *known = own.min(*known))
                    .or_insert(own);
            }
        }
        let mut anchored = Bits::new(tables.node_count());
        keys.keys().for_each(|&node| anchored.set(node));
        Self { anchored, keys }
    }

    /// The key of a node that can be known again by itself. O(1), without a look into the table for most.
    #[inline]
    pub fn key(&self, node: NodeIndex) -> Option<u64> {
        if self.anchored.get(node.0) {
            self.keys.get(&node.0).copied()
        } else {
            None
        }
    }
}

fn follow(tables: &Tables, node: NodeIndex, name: Option<u32>) -> Option<NodeIndex> {
    let name = name?;
    let is_it =
        |edge: &EdgeIndex| tables.edge_kind(*edge) == EdgeKind::Internal && tables.edge_label(*edge) == name;
    tables.edges(node).find(is_it).map(|edge| tables.edge_to(edge))
}

fn variables(tables: &Tables, scope: NodeIndex) -> impl Iterator<Item = EdgeIndex> {
    tables
        .edges(scope)
        .filter(|&edge| tables.edge_kind(edge) == EdgeKind::Context)
}

/// The files of scopes of which there is one, by their nodes.
type FileOf = HashMap<u32, Option<StringIndex>, BuildHasherDefault<Mix>>;

/// Scopes of which there is one in the heap, and whose file and names no other kind of scope has, with their keys.
fn unique_scopes(tables: &Tables, files: &Files, words: &Words) -> Vec<(NodeIndex, u64)> {
    let mut of_info: HashMap<u32, Option<NodeIndex>, BuildHasherDefault<Mix>> = HashMap::default();
    let scopes = tables.nodes().filter(|&node| words.is_scope(tables, node));
    for scope in scopes {
        if let Some(info) = follow(tables, scope, words.scope_info) {
            of_info
                .entry(info.0)
                .and_modify(|one| *one = None)
                .or_insert(Some(scope));
        }
    }
    let one = of_info.values().flatten();
    let mut file_of: FileOf = one.map(|scope| (scope.0, None)).collect();
    for node in tables
        .nodes()
        .filter(|&node| tables.kind(node) == NodeKind::Closure)
    {
        let Some(scope) = follow(tables, node, words.scope) else {
            continue;
        };
        if let (Some(known), Some(file)) = (file_of.get_mut(&scope.0), files.get(node)) {
            *known = Some(file);
        }
    }
    let mut scope_of: HashMap<u64, Option<NodeIndex>, BuildHasherDefault<Mix>> = HashMap::default();
    for (&info, &scope) in &of_info {
        let Some(key) = scope_key(tables, NodeIndex(info), scope, &file_of) else {
            continue;
        };
        scope_of.entry(key).and_modify(|one| *one = None).or_insert(scope);
    }
    let unique = scope_of
        .into_iter()
        .filter_map(|(key, scope)| Some((scope?, key)));
    unique.collect()
}

/// File and names of a scope, those of variables that have no value yet included.
fn scope_key(tables: &Tables, info: NodeIndex, scope: Option<NodeIndex>, file_of: &FileOf) -> Option<u64> {
    let file = scope.and_then(|scope| *file_of.get(&scope.0)?);
    let file = file.map_or("", |file| tables.strings.get(file));
    let strings = tables.edges(info).map(|edge| tables.edge_to(edge));
    let names = strings
        .filter(|&to| tables.kind(to) == NodeKind::String)
        .map(|to| tables.name(to));
    let mut names = names
        .filter(|name| !name.is_empty() && *name != Strings::PLACEHOLDER)
        .peekable();
    // Without a name anything could be it.
    names.peek()?;
    Some(fnv::words(SEED, std::iter::once(file).chain(names)))
}

#[cfg(test)]
mod tests {
    use super::super::sources::CONTEXT;
    use super::*;
    use crate::snapshot::HeapBuilder;

    /// The heap of a module with a variable `sessions`, and `calls` scopes of one of its functions.
    fn program(calls: u32) -> (Tables, [NodeIndex; 3]) {
        let mut heap = HeapBuilder::default();
        let scope = |heap: &mut HeapBuilder, names: &[&str]| {
            let info = heap.node(NodeKind::Code, "system / ScopeInfo", 48);
            for name in names {
                let name = heap.node(NodeKind::String, name, 24);
                heap.edge(info, EdgeKind::Internal, "name", name);
            }
            info
        };
        let module = scope(&mut heap, &["sessions", "unset"]);
        let function = scope(&mut heap, &["handle", "request"]);
        let context = heap.node(NodeKind::Object, "system / Context", 48);
        let map = heap.node(NodeKind::Object, "Map", 32);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Internal, "7", context)
            .edge(context, EdgeKind::Internal, "scope_info", module)
            .edge(context, EdgeKind::Context, "sessions", map);
        let mut request = map;
        for _ in 0..calls {
            let inner = heap.node(NodeKind::Object, "system / Context", 48);
            request = heap.node(NodeKind::Object, "Request", 32);
            heap.edge(HeapBuilder::ROOT, EdgeKind::Internal, "8", inner)
                .edge(inner, EdgeKind::Internal, "scope_info", function)
                .edge(inner, EdgeKind::Context, "request", request);
        }
        (heap.finish(), [context, map, request])
    }

    fn keys(calls: u32) -> [Option<u64>; 3] {
        let (tables, nodes) = program(calls);
        let string = |text: &str| {
            let strings = (0..tables.strings.len() as u32).map(StringIndex);
            strings
                .filter(|&at| tables.strings.get(at) == text)
                .map(|at| at.0)
                .next()
        };
        let words = Words {
            context: string(CONTEXT),
            scope: string(SCOPE),
            scope_info: string(SCOPE_INFO),
        };
        let anchors = Anchors::new(&tables, &Files::new(&tables), &words);
        nodes.map(|node| anchors.key(node))
    }

    #[test]
    fn a_scope_and_its_variables_are_known_again() {
        let [scope, map, request] = keys(1);
        assert!(scope.is_some() && map.is_some() && request.is_some() && scope != map);
        assert_eq!(keys(2)[..2], [scope, map]);
    }

    #[test]
    fn one_of_several_scopes_of_a_function_is_not() {
        assert_eq!(keys(3)[2], None);
    }
}
