//! Names that a person wrote, told from keys that the program made up (a session's token, a user's address): the first
//! are what reports are for, the second are data. Knows what V8 draws of code and of hidden classes, no graph.
//!
//! A property's name is taken for a person's where code has it as a constant or a function is called so; else where it
//! reads as a word and a hidden class lists it (keys of an object that V8 keeps as a hash table are listed nowhere) or V8
//! has the string from the start (it draws none of those).
//! Properties of a table are keys, whatever they are called: see [`Tables::is_key`].

use super::marks::Marks;
use super::tables::{EdgeIndex, EdgeKind, NodeIndex, NodeKind, StringIndex, Tables};
use super::usage::Globals;

/// What a report writes for a key.
pub const KEY: &str = "[key]";

/// An object with more links than this is taken for a table.
pub const DICTIONARY_MIN: u32 = 100;
/// So is one with more than this that V8 keeps as a hash table, since keys came or went one by one.
pub const HASH_TABLE_MIN: u32 = 16;
/// And a plain object with at least this many properties, none of which code names, that lead all to the like.
const ALIKE_MIN: u32 = 3;

/// Longer names are keys.
const WORD_BYTES_MAX: usize = 40;
/// And longer ones than this even where code has them.
pub const NAME_BYTES_MAX: usize = 128;

/// Names that lead on from Node's `process`, which has very many: its code may be gone, and ways are told by them.
const NODES: [&[u8]; 2] = [b"mainModule", b"_events"];

/// V8's lists of what code has as constants: names of properties, besides texts. What code has met while it ran (its
/// feedback, what was compiled of that) holds keys too.
const CONSTANTS: [&[u8]; 2] = [b"(constant pool)", b"system / ObjectBoilerplateDescription"];

/// Where V8 shows that a string is a name.
#[derive(Debug, Default)]
pub struct Keys {
    in_code: Marks,
    /// A hidden class lists it, or it is a global variable.
    shaped: Marks,
    /// Its string is drawn.
    drawn: Marks,
    /// From what code to which string: whether it is a list of constants is known by its name, and that comes later.
    constants: Vec<(u32, u32)>,
}

impl Keys {
    /// Looks at all that tells. O(nodes + edges of code and hidden classes).
    fn new(tables: &Tables) -> Self {
        let (mut keys, paid_bytes) = (Self::default(), tables.bytes() as u64);
        if tables.node_count() == 0 {
            return keys;
        }
        for node in tables.nodes() {
            let (kind, name) = (tables.kind(node), tables.node_name[node.0 as usize].0);
            keys.node(kind, name, paid_bytes);
            let is_list = match kind {
                NodeKind::ObjectShape => true,
                NodeKind::Code => CONSTANTS.contains(&tables.name(node).as_bytes()),
                _ => false,
            };
            if !is_list {
                continue;
            }
            for to in tables.edges(node).map(|edge| tables.edge_to(edge)) {
                if tables.kind(to) == NodeKind::String {
                    let of_code = kind == NodeKind::Code;
                    let marks = if of_code {
                        &mut keys.in_code
                    } else {
                        &mut keys.shaped
                    };
                    marks.mark(tables.node_name[to.0 as usize].0, paid_bytes);
                }
            }
        }
        let mut globals = Globals::default();
        let context = tables
            .edges(NodeIndex(0))
            .find(|&edge| tables.edge_kind(edge) == EdgeKind::Shortcut);
        let context = context.map(|edge| tables.edge_to(edge));
        for node in [NodeIndex(0)].into_iter().chain(context) {
            for edge in tables.edges(node) {
                let to = tables.edge_to(edge);
                globals.edge(node.0, tables.edge_kind(edge), to.0, tables.kind(to));
            }
        }
        for edge in globals
            .nodes()
            .iter()
            .flat_map(|&node| tables.edges(NodeIndex(node)))
        {
            if tables.edge_kind(edge) == EdgeKind::Property {
                keys.global(tables.edge_label(edge), paid_bytes);
            }
        }
        keys.seal();
        keys
    }

    /// Takes a node in: functions are called by names.
    pub fn node(&mut self, kind: NodeKind, name: u32, paid_bytes: u64) {
        match kind {
            NodeKind::Closure => self.in_code.mark(name, paid_bytes),
            NodeKind::String => self.drawn.mark(name, paid_bytes),
            _ => {}
        }
    }

    /// Takes an edge in, between two nodes of which kind and name are known.
    #[inline(always)]
    pub fn edge(&mut self, from: (NodeKind, u32), to: (NodeKind, u32), paid_bytes: u64) {
        if to.0 == NodeKind::String {
            match from.0 {
                NodeKind::Code => self.constants.push((from.1, to.1)),
                NodeKind::ObjectShape => self.shaped.mark(to.1, paid_bytes),
                _ => {}
            }
        }
    }

    /// Takes the name of a global variable in: V8 keeps those as a hash table, too.
    pub fn global(&mut self, name: u32, paid_bytes: u64) {
        self.shaped.mark(name, paid_bytes);
    }

    /// Must be called after all nodes and edges.
    pub fn seal(&mut self) {
        self.in_code.seal();
        self.shaped.seal();
        self.drawn.seal();
    }

    /// Takes in what string an index is, in the order of the file.
    #[inline]
    pub fn string(&mut self, index: u32, text: &[u8]) {
        if !self.constants.is_empty() && CONSTANTS.contains(&text) {
            for &(from, to) in &self.constants {
                if from == index {
                    self.in_code.mark(to, u64::MAX);
                }
            }
        }
    }

    /// Whether a property that is called so is called by a name. `may_be_word`: whether a word will do.
    pub fn is_name(&self, index: u32, text: &[u8], may_be_word: impl Fn() -> bool) -> bool {
        if text.len() > NAME_BYTES_MAX {
            return false;
        }
        let is_listed = || self.shaped.is_empty() || self.shaped.has(index) || !self.drawn.has(index);
        self.in_code.has(index)
            || NODES.contains(&text)
            || may_be_word()
                && match (of_symbol(text), of_accessor(text)) {
                    (Some(name), _) => is_description(name),
                    (_, Some(name)) => is_word(name),
                    _ => is_word(text) && (text.starts_with(b"#") || is_listed()),
                }
    }

    fn has_in_code(&self, index: u32) -> bool {
        self.in_code.has(index)
    }
}

/// What a symbol is called, where a property has one for a key.
fn of_symbol(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b"<symbol ")?.strip_suffix(b">")
}

/// The property that a getter or setter is for.
fn of_accessor(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b"get ").or_else(|| text.strip_prefix(b"set "))
}

/// Letters as in a name that a person would write: no digit, nothing that stands in addresses.
fn is_word(text: &[u8]) -> bool {
    let is_letter = |b: &u8| b.is_ascii_alphabetic() || !b.is_ascii() || matches!(b, b'_' | b'$' | b'#');
    text.len() <= WORD_BYTES_MAX && text.iter().all(is_letter)
}

/// Words as in what a symbol is called: `nodejs.util.inspect.custom`, `undici.globalDispatcher.1`.
fn is_description(text: &[u8]) -> bool {
    let text = match text {
        [before @ .., b'.', version] if version.is_ascii_digit() => before,
        _ => text,
    };
    text.split(|b| matches!(b, b'.' | b' ' | b':' | b'/'))
        .all(is_word)
}

/// Endings of what Node loads as a module.
const MODULES: [&[u8]; 10] = [
    b".js", b".cjs", b".mjs", b".json", b".node", b".ts", b".cts", b".mts", b".jsx", b".tsx",
];

/// The path or URL of a file that is a module: Node keeps modules in tables by these, and they are where code stands.
pub fn is_module(text: &[u8]) -> bool {
    let file = text.split(|b| matches!(b, b'?' | b'#')).next().unwrap_or(text);
    let is_windows = matches!(file, [drive, b':', b'\\', ..] if drive.is_ascii_alphabetic());
    let is_absolute =
        file.starts_with(b"/") || file.starts_with(b"file:///") || file.starts_with(b"\\\\") || is_windows;
    is_absolute && MODULES.iter().any(|ending| file.ends_with(ending))
}

impl Tables {
    /// Whether an edge is called by a key and not by a name: nothing that leaves the process may show it. O(edges of
    /// `from`); the first call looks at all code.
    pub fn is_key(&self, from: NodeIndex, edge: EdgeIndex) -> bool {
        self.is_key_in(edge, || self.is_table(from))
    }

    /// The edges of a node that are called by keys. O(edges).
    pub fn keys_of(&self, node: NodeIndex) -> impl Iterator<Item = EdgeIndex> {
        let is_table = self.is_table(node);
        self.edges(node)
            .filter(move |&edge| self.is_key_in(edge, || is_table))
    }

    fn is_key_in(&self, edge: EdgeIndex, is_table: impl Fn() -> bool) -> bool {
        if self.edge_kind(edge) != EdgeKind::Property {
            return false;
        }
        let (label, to) = (StringIndex(self.edge_label(edge)), self.edge_to(edge));
        let text = self.strings.get(label);
        let leads_to_module = || self.kind(to) == NodeKind::Object && self.name(to) == "Module";
        if text == "__proto__" || is_module(text.as_bytes()) || leads_to_module() {
            return false;
        }
        let is_symbol = || of_symbol(text.as_bytes()).is_some();
        self.strings.is_hidden(label)
            || !self.keys().is_name(label.0, text.as_bytes(), || true)
            || !is_symbol() && is_table()
    }

    /// Name of a property as it may be shown.
    pub fn property_name(&self, from: NodeIndex, edge: EdgeIndex) -> &str {
        if self.is_key(from, edge) {
            return KEY;
        }
        self.edge_name(edge).unwrap_or("")
    }

    fn keys(&self) -> &Keys {
        self.keys.get_or_init(|| Keys::new(self))
    }

    /// Whether an object's properties are entries.
    fn is_table(&self, node: NodeIndex) -> bool {
        let name = self.name(node);
        if self.kind(node) != NodeKind::Object || name.starts_with("global") {
            return false;
        }
        let (mut own, mut unknown, mut alike) = (0_u32, 0_u32, None);
        let mut are_alike = true;
        for edge in self.edges(node) {
            let label = self.edge_label(edge);
            let text = self.edge_name(edge).unwrap_or("").as_bytes();
            let is_other = text == b"__proto__" || of_symbol(text).is_some();
            if self.edge_kind(edge) != EdgeKind::Property || is_other {
                continue;
            }
            let to = self.edge_to(edge);
            own += 1;
            unknown += u32::from(!self.keys().has_in_code(label));
            are_alike &=
                *alike.get_or_insert((self.kind(to), self.name(to))) == (self.kind(to), self.name(to));
        }
        let is_most = unknown * 2 > own;
        is_most && self.is_dictionary(node)
            || name == "Object" && own >= ALIKE_MIN && own == unknown && are_alike && self.has_code()
    }

    /// Whether V8 drew what code has: else nothing is known to be named there.
    fn has_code(&self) -> bool {
        !self.keys().in_code.is_empty()
    }

    /// Whether an object has too many properties to have been written down, or V8 keeps them as a hash table. O(1) for
    /// objects of few, else O(edges of its hidden class).
    pub fn is_dictionary(&self, node: NodeIndex) -> bool {
        let count = self.edge_range(node).len() as u32;
        count > DICTIONARY_MIN || count > HASH_TABLE_MIN && self.is_hash_table(node)
    }

    /// Whether its hidden class lists no properties: the object does itself, in a hash table.
    fn is_hash_table(&self, node: NodeIndex) -> bool {
        let is_of = |edge: EdgeIndex, name: &str| {
            self.edge_kind(edge) == EdgeKind::Internal && self.edge_name(edge) == Some(name)
        };
        // V8 writes this link last.
        let to_class = self
            .edge_range(node)
            .rev()
            .map(EdgeIndex)
            .find(|&edge| is_of(edge, "map"));
        to_class.is_some_and(|edge| {
            let class = self.edge_to(edge);
            matches!(self.kind(class), NodeKind::ObjectShape | NodeKind::Hidden)
                && !self.edges(class).any(|edge| is_of(edge, "descriptors"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::HeapBuilder;

    /// A heap with one object of these properties; code names those of `in_code`.
    fn shown(class: &str, properties: &[&str], in_code: &[&str]) -> Vec<String> {
        let mut heap = HeapBuilder::default();
        let pool = heap.node(NodeKind::Code, "(constant pool)", 8);
        let feedback = heap.node(NodeKind::Code, "system / FeedbackVector", 8);
        let list = heap.node(NodeKind::ObjectShape, "system / DescriptorArray", 8);
        let object = heap.node(NodeKind::Object, class, 8);
        for name in properties {
            let (to, text) = (
                heap.node(NodeKind::Object, "Map", 8),
                heap.node(NodeKind::String, name, 8),
            );
            heap.edge(object, EdgeKind::Property, name, to)
                .element(list, EdgeKind::Hidden, 1, text)
                .element(feedback, EdgeKind::Hidden, 1, text);
        }
        let method = heap.node(NodeKind::String, "method", 8);
        heap.element(pool, EdgeKind::Hidden, 0, method);
        for name in in_code {
            let text = heap.node(NodeKind::String, name, 8);
            heap.element(pool, EdgeKind::Hidden, 0, text);
        }
        let tables = heap.finish();
        let shown = tables
            .edges(object)
            .map(|edge| tables.property_name(object, edge).to_owned());
        shown.collect()
    }

    #[test]
    fn what_code_names_is_a_name_and_what_it_has_met_is_not() {
        assert_eq!(shown("Object", &["utf8", "tok_1"], &["utf8"]), ["utf8", KEY]);
        assert_eq!(
            shown("Session", &["user", "email@a.b", "cart"], &[]),
            ["user", KEY, "cart"]
        );
        assert_eq!(
            shown("Session", &["<symbol kState>", "<symbol user 7>"], &[]),
            ["<symbol kState>", KEY]
        );
        assert_eq!(
            shown("Session", &["get size", "#secret"], &[]),
            ["get size", "#secret"]
        );
    }

    #[test]
    fn files_of_modules_are_no_keys() {
        assert!(
            is_module(b"/srv/a b.js") && is_module(b"C:\\srv\\a.ts") && is_module(b"file:///a.mjs?v=1#x")
        );
        assert!(
            !is_module(b"/users/7")
                && !is_module(b"a.js")
                && !is_module(b"https://a/b.js")
                && !is_module(b"/a?x=.js")
        );
        assert_eq!(
            shown("Object", &["/srv/a1.js", "/users/a1"], &[]),
            ["/srv/a1.js", KEY]
        );
    }

    #[test]
    fn an_object_whose_properties_are_alike_and_named_nowhere_is_a_table() {
        assert_eq!(shown("Object", &["ana", "ben", "eva"], &[]), [KEY, KEY, KEY]);
        assert_eq!(
            shown("Object", &["ana", "ben", "eva"], &["eva"]),
            ["ana", "ben", "eva"]
        );
        assert_eq!(
            shown("Stores", &["ana", "ben", "eva"], &[]),
            ["ana", "ben", "eva"]
        );
    }

    #[test]
    fn an_object_of_very_many_is_a_table_unless_code_names_most() {
        let names: Vec<String> = ["a", "b", "c", "d", "e"]
            .iter()
            .flat_map(|a| ('a'..='z').map(move |b| format!("{a}{b}")))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(
            shown("Object", &names, &names[..60])
                .iter()
                .all(|name| name == KEY)
        );
        assert!(
            shown("Object", &names, &names[..70])
                .iter()
                .all(|name| name != KEY)
        );
        assert!(shown("global", &names, &[]).iter().all(|name| name != KEY));
    }
}
