//! Which properties of a snapshot are called by names and which by keys: looks at the tables for what [`super::keys`]
//! must know, and for objects that are tables. Knows no graph.

use super::keys::{CONSTANTS, DICTIONARY_MIN, Keys, is_module, of_symbol};
use super::kinds::{EdgeIndex, EdgeKind, NodeIndex, NodeKind, StringIndex};
use super::tables::Tables;
use super::usage::Globals;

/// What a report writes for a key.
pub const KEY: &str = "[key]";

/// An object with more links than this is a table where V8 keeps it as a hash table, since keys came or went one by one.
pub const HASH_TABLE_MIN: u32 = 16;
/// And so is a plain object with at least this many properties, none of which code names, that lead all to the like.
const ALIKE_MIN: u32 = 3;

/// Looks at all that tells. O(nodes + edges of code and hidden classes).
fn keys_in(tables: &Tables) -> Keys {
    let (mut keys, paid_bytes) = (Keys::default(), tables.bytes() as u64);
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
                keys.listed(
                    kind == NodeKind::Code,
                    tables.node_name[to.0 as usize].0,
                    paid_bytes,
                );
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
        self.keys.get_or_init(|| keys_in(self))
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
            || name == "Object" && own >= ALIKE_MIN && own == unknown && are_alike && self.keys().has_code()
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
