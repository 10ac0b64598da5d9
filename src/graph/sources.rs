//! Where code stands: which file a script is, which function a scope belongs to.
//!
//! V8's snapshots say it in pieces: a closure or object has a script id, line and column (`locations`); a closure's
//! `shared` function has an edge to its script, whose node is named by the file; a context's `scope_info` holds the
//! names of its variables and, besides them, that of its function.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use crate::snapshot::{EdgeIndex, EdgeKind, NodeIndex, NodeKind, StringIndex, Strings, Tables, urls};

use super::bits::{Bits, Ranked};
use super::lore::TO_SCRIPT;
use super::mix::Mix;

/// A place in a source file, 1-based.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePlace {
    /// The file as V8 names the script: a path or a URL.
    pub file: String,
    /// 1-based line.
    pub line: u32,
    /// 1-based column.
    pub column: u32,
}

/// The files of scripts.
pub struct Sources {
    by_script: HashMap<u32, StringIndex, BuildHasherDefault<Mix>>,
}

impl SourcePlace {
    /// Whether it is code of Node itself.
    pub fn is_builtin(&self) -> bool {
        self.file.starts_with("node:")
    }

    /// Whether it is code of the program's own, and of no package.
    pub fn is_programs(&self) -> bool {
        !self.is_builtin() && !self.file.replace('\\', "/").contains("/node_modules/")
    }
}

impl Sources {
    /// Finds the file of every script of which a closure is alive. O(locations x edges of a closure).
    pub fn new(tables: &Tables) -> Self {
        let mut by_script = HashMap::default();
        for location in &tables.locations {
            if tables.kind(location.node) != NodeKind::Closure || by_script.contains_key(&location.script_id)
            {
                continue;
            }
            if let Some(script) = script_of(tables, location.node) {
                by_script.insert(location.script_id, tables.node_name[script.0 as usize]);
            }
        }
        Self { by_script }
    }

    /// The file of a script, as a string of the snapshot.
    pub(super) fn script_file(&self, script_id: u32) -> Option<StringIndex> {
        self.by_script.get(&script_id).copied()
    }

    /// The files of the program's own that are loaded, none of packages.
    pub fn of_program(&self, tables: &Tables) -> Vec<String> {
        let files = self.by_script.values().map(|&file| tables.strings.get(file));
        let own = files
            .filter(|file| !file.is_empty() && !file.starts_with("node:") && !file.contains("node_modules"));
        let mut all: Vec<String> = own.map(|file| urls::shortened(file).into_owned()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Where a closure was written, or the constructor of an object.
    pub fn place(&self, tables: &Tables, node: NodeIndex) -> Option<SourcePlace> {
        let location = tables.location(node)?;
        let file = tables.strings.get(self.script_file(location.script_id)?);
        (!file.is_empty()).then(|| SourcePlace {
            file: urls::shortened(file).into_owned(),
            line: location.line + 1,
            column: location.column + 1,
        })
    }
}

/// A script whose file is not known.
const NO_FILE: StringIndex = StringIndex(u32::MAX);

/// Files of nodes whose code stands somewhere. A bit and a half a node, 4 bytes a location.
pub struct Files {
    located: Ranked,
    files: Vec<StringIndex>,
}

impl Files {
    /// Finds the files of all of them. O(nodes / 64 + locations).
    pub fn new(tables: &Tables) -> Self {
        let sources = Sources::new(tables);
        let mut located = Bits::new(tables.node_count());
        let mut files = Vec::with_capacity(tables.locations.len());
        for location in &tables.locations {
            if !located.replace(location.node.0) {
                files.push(sources.script_file(location.script_id).unwrap_or(NO_FILE));
            }
        }
        let located = Ranked::new(located);
        Self { located, files }
    }

    /// The file of a node's code. O(1).
    pub fn get(&self, node: NodeIndex) -> Option<StringIndex> {
        if !self.located.contains(node.0) {
            return None;
        }
        let file = self.files[self.located.rank(node.0)];
        (file != NO_FILE).then_some(file)
    }
}

/// The target of a node's edge with this name.
pub fn follow(tables: &Tables, node: NodeIndex, kind: EdgeKind, name: &str) -> Option<NodeIndex> {
    let fits = |edge: &EdgeIndex| tables.edge_kind(*edge) == kind && tables.edge_name(*edge) == Some(name);
    tables.edges(node).find(fits).map(|edge| tables.edge_to(edge))
}

/// Nodes that are looked at in search of a module's script.
const LOOKED_AT_MAX: usize = 400;

/// The file of an ES module, from what Node keeps of it: the nearest script that has a URL. O(edges of nodes looked at).
pub fn module_place(tables: &Tables, node: NodeIndex) -> Option<SourcePlace> {
    let mut seen = vec![node];
    let mut at = 0;
    while let Some(&next) = seen.get(at) {
        at += 1;
        let name = tables.name(next);
        if tables.kind(next) == NodeKind::Code && name.starts_with("file:") {
            let (file, line, column) = (urls::shortened(name).into_owned(), 1, 1);
            return Some(SourcePlace { file, line, column });
        }
        for edge in tables.edges(next) {
            let name = tables.edge_name(edge).unwrap_or("");
            let leads = match tables.edge_kind(edge) {
                EdgeKind::Hidden => name.is_empty(),
                EdgeKind::Internal => {
                    TO_SCRIPT.contains(&name) || name.starts_with(|c: char| c.is_ascii_digit())
                }
                // Node keeps the jobs of a module by type in a table of their own, whose keys may be hidden.
                EdgeKind::Property => TO_SCRIPT.contains(&name) || name == Strings::PLACEHOLDER,
                _ => false,
            };
            let to = tables.edge_to(edge);
            if leads && seen.len() < LOOKED_AT_MAX && !seen.contains(&to) {
                seen.push(to);
            }
        }
    }
    None
}

/// The script of a closure; its node is named by the file.
fn script_of(tables: &Tables, closure: NodeIndex) -> Option<NodeIndex> {
    let shared = follow(tables, closure, EdgeKind::Internal, "shared")?;
    let script = follow(tables, shared, EdgeKind::Internal, "script");
    script.or_else(|| follow(tables, shared, EdgeKind::Internal, "script_or_debug_info"))
}

/// What V8 calls a scope's variables.
pub const CONTEXT: &str = "system / Context";

/// Whether a node is a scope's variables.
pub fn is_context(tables: &Tables, node: NodeIndex) -> bool {
    tables.name(node) == CONTEXT
}

/// What a scope is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The function whose variables they are; empty when it has no name.
    pub function: String,
    /// It is the outermost of its file: variables of a module.
    pub is_module: bool,
    /// It is of a block, a loop or a class, not of a function.
    pub is_block: bool,
    /// Where its function stands; if that is not alive, where a function inside of it stands.
    pub place: Option<SourcePlace>,
}

/// What scope a context is of. O(edges of the context and its retainers' shared functions).
pub fn scope(tables: &Tables, sources: &Sources, context: NodeIndex, inside: Option<NodeIndex>) -> Scope {
    let info = follow(tables, context, EdgeKind::Internal, "scope_info");
    // V8 does not say which variables of a block are which.
    let is_nameless = tables
        .edges(context)
        .any(|edge| tables.edge_kind(edge) == EdgeKind::Hidden);
    // A static block of a class is the one that has names and is no function.
    let is_variable = |name: &str| {
        tables
            .edges(context)
            .any(|edge| tables.edge_kind(edge) == EdgeKind::Context && tables.edge_name(edge) == Some(name))
    };
    let name = match info {
        Some(info) if !is_nameless => function_name(tables, info).filter(|name| !is_variable(name)),
        Some(_) => None,
        None => Some(""),
    };
    let (function, is_block) = (name.unwrap_or("").to_owned(), name.is_none());
    let named = |name: &str, target: &str| {
        follow(tables, context, EdgeKind::Internal, name).is_some_and(|to| tables.name(to) == target)
    };
    // The wrapper of a CommonJS module has no name and nothing around it; a module's scope knows its module.
    let is_outermost = follow(tables, context, EdgeKind::Internal, "previous").is_none()
        || named("previous", "system / NativeContext");
    let is_module =
        is_outermost && function.is_empty() && !is_block || named("extension", "system / SourceTextModule");
    let place = inside.and_then(|closure| sources.place(tables, closure));
    Scope {
        is_module,
        is_block,
        function,
        place,
    }
}

/// The variable that a hidden edge of a block's scope leads to. V8 names the variables of functions and modules only;
/// those of a block (a test file that a runner wrapped in one) stand in their order in its `ScopeInfo`, without those
/// that hold a number or nothing just now: only where none is missing it is known which is which. O(edges of both).
pub fn block_variable(tables: &Tables, context: NodeIndex, edge: EdgeIndex) -> Option<&str> {
    if !is_context(tables, context) || tables.edge_kind(edge) != EdgeKind::Hidden {
        return None;
    }
    let info = follow(tables, context, EdgeKind::Internal, "scope_info")?;
    if tables
        .edges(context)
        .any(|edge| tables.edge_kind(edge) == EdgeKind::Context)
    {
        return None;
    }
    let hidden = || {
        tables
            .edges(context)
            .filter(|&edge| tables.edge_kind(edge) == EdgeKind::Hidden)
    };
    let names = info_names(tables, info).names;
    if names.len() != hidden().count() {
        return None;
    }
    let at = hidden().position(|other| other == edge)?;
    let name = *names.get(at)?;
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    (!name.is_empty() && name != Strings::PLACEHOLDER && name.chars().all(is_name)).then_some(name)
}

/// The names in a `ScopeInfo`, in their order: those of its variables, then what its function is called and, by V8's
/// guess, by what it is reached; a block has neither, a script or module an empty one.
struct InfoNames<'a> {
    names: Vec<&'a str>,
    /// A function without such a guess leaves its place empty.
    has_gap: bool,
}

/// Reads them: what comes before the first that is no name. O(edges).
fn info_names<'a>(tables: &'a Tables, info: NodeIndex) -> InfoNames<'a> {
    let (mut names, mut next) = (Vec::new(), 0);
    for edge in tables
        .edges(info)
        .filter(|&edge| tables.edge_kind(edge) == EdgeKind::Hidden)
    {
        let (to, at) = (tables.edge_to(edge), tables.edge_label(edge));
        if tables.kind(to) == NodeKind::String {
            names.push(tables.name(to));
        } else if tables.name(to) != LOCAL_NAMES {
            let has_gap = at > next;
            return InfoNames { names, has_gap };
        }
        next = at + 1;
    }
    // Nothing is around it: a function or script of its own.
    InfoNames { names, has_gap: true }
}

/// The table that stands for the names of variables where they are many.
const LOCAL_NAMES: &str = "(context local names)";

/// What the function of a scope is called; empty where it has no name, `None` where it is no function's. The name of a
/// variable is never taken for it, whatever the variable holds. O(edges).
fn function_name(tables: &Tables, info: NodeIndex) -> Option<&str> {
    let InfoNames { names, has_gap } = info_names(tables, info);
    let name = match *names.as_slice() {
        // A guess repeats the name, with what it is a property of before it; two variables never do.
        [.., name, guess] if !name.is_empty() && (guess == name || guess.ends_with(&format!(".{name}"))) => {
            name
        }
        // What is no name of anything alive is hidden: a guess often is.
        [.., name, Strings::PLACEHOLDER] if !has_gap => name,
        [.., "", guess] => guess,
        [.., last] if has_gap || last.is_empty() => last,
        [] => "",
        _ => return None,
    };
    Some(if name == Strings::PLACEHOLDER { "" } else { name })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::HeapBuilder;

    #[test]
    fn a_closure_leads_to_its_file_and_a_scope_to_its_function() {
        let mut heap = HeapBuilder::default();
        let put = heap.node(NodeKind::Closure, "put", 64);
        let shared = heap.node(NodeKind::Code, "put", 64);
        let script = heap.node(NodeKind::Code, "/app/store.js", 64);
        let context = heap.node(NodeKind::Object, "system / Context", 48);
        let info = heap.node(NodeKind::Code, "system / ScopeInfo", 48);
        let outer = heap.node(NodeKind::Object, "system / Context", 48);
        let names = ["cache", "createStore"].map(|name| heap.node(NodeKind::String, name, 24));
        let map = heap.node(NodeKind::Object, "Map", 32);
        heap.edge(put, EdgeKind::Internal, "shared", shared)
            .edge(shared, EdgeKind::Internal, "script", script)
            .edge(put, EdgeKind::Internal, "context", context)
            .edge(context, EdgeKind::Context, "cache", map)
            .edge(context, EdgeKind::Internal, "scope_info", info)
            .edge(context, EdgeKind::Internal, "previous", outer)
            .element(info, EdgeKind::Hidden, 0, names[0])
            .element(info, EdgeKind::Hidden, 1, names[1])
            .location(put, 7, 5, 20);
        let tables = heap.finish();
        let sources = Sources::new(&tables);
        let place = sources.place(&tables, put).unwrap();
        assert_eq!(
            (place.file.as_str(), place.line, place.column),
            ("/app/store.js", 6, 21)
        );
        let found = scope(&tables, &sources, context, Some(put));
        assert_eq!((found.function.as_str(), found.is_module), ("createStore", false));
    }

    /// A scope of which V8 says these names, then `rest` beside them, and whether there is a place left empty between.
    fn info(names: &[&str], is_table: bool, gap: u32, is_inside: bool) -> (Tables, NodeIndex) {
        let mut heap = HeapBuilder::default();
        let info = heap.node(NodeKind::Code, "system / ScopeInfo", 48);
        heap.edge(HeapBuilder::ROOT, EdgeKind::Internal, "1", info);
        let table = heap.node(NodeKind::Code, LOCAL_NAMES, 800);
        let outer = heap.node(NodeKind::Code, "system / ScopeInfo", 48);
        let mut at = 0;
        if is_table {
            heap.element(info, EdgeKind::Hidden, at, table);
            at += 1;
        }
        for name in names {
            let name = heap.node(NodeKind::String, name, 24);
            heap.element(info, EdgeKind::Hidden, at, name);
            at += 1;
        }
        if is_inside {
            heap.element(info, EdgeKind::Hidden, at + gap, outer);
        }
        (heap.finish(), info)
    }

    /// As Node 20, 22, 24 and 26 write them.
    #[test]
    fn the_name_of_a_function_is_never_that_of_a_variable() {
        let name = |names: &[&str], gap: u32, is_inside: bool| {
            let (tables, info) = info(names, false, gap, is_inside);
            function_name(&tables, info).map(str::to_owned)
        };
        let inside = |names: &[&str], gap: u32| name(names, gap, true);
        let some = |name: &str| Some(name.to_owned());
        // Variables that hold numbers have no edge in the scope, so nothing else tells them from the function's name.
        assert_eq!(inside(&["n", "cache", "load"], 1), some("load"));
        assert_eq!(
            inside(&["n", "cache", "", "exports.load"], 0),
            some("exports.load")
        );
        assert_eq!(inside(&["n", "cache", "", ""], 0), some(""));
        assert_eq!(inside(&["n", "cache", "load", "load"], 0), some("load"));
        assert_eq!(inside(&["n", "cache", "load", "store.load"], 0), some("load"));
        assert_eq!(
            inside(&["n", "cache", "load", Strings::PLACEHOLDER], 0),
            some("load")
        );
        assert_eq!(inside(&["n", "cache", Strings::PLACEHOLDER], 1), some(""));
        assert_eq!(inside(&["n", "cache", ""], 1), some(""));
        assert_eq!(inside(&["n", "cache"], 0), None, "a block");
        assert_eq!(inside(&["n"], 0), None, "a block");
        assert_eq!(name(&["exports", "n", ""], 0, false), some(""), "a module");
        assert_eq!(name(&["n", "load"], 0, false), some("load"));
        let (tables, info) = info(&["load"], true, 1, true);
        assert_eq!(
            function_name(&tables, info),
            Some("load"),
            "of very many variables"
        );
    }
}
