//! What a redacted snapshot shows of each string: the rule of redaction, for reader and copy.
//!
//! A string stays if it names a variable, a link of V8's, a traced function, or a node whose kind is not a value; kinds
//! of values are strings (flat, concatenated, sliced), numbers, big integers and regular expressions, and kinds that this
//! crate does not know. What names properties stays where it is a name and no key: see `keys.rs`; here an object of more
//! than [`DICTIONARY_MIN`] links is a table. V8's own words for values (`heap number`) stay too. A string that nothing
//! uses goes.
//!
//! Names of V8's that hold values lose them: those of entries of WeakMaps, of scripts whose URL is their text or has a
//! query, and the tail of very long ones.

use std::borrow::Cow;

use super::keys::{DICTIONARY_MIN, Keys, is_module};
use super::kinds::{EdgeKind, NodeKind};
use super::marks::Marks;
use super::urls;

/// V8's own words for values: no secret, and they say what the node is.
const LABELS: [&[u8]; 5] = [
    b"heap number",
    b"smi number",
    b"bigint",
    b"(sliced string)",
    b"(concatenated string)",
];

/// Length of the longest of V8's own words for a value, in bytes.
const LABEL_BYTES_MAX: usize = 21;
/// Names that are longer are cut.
const LONG_BYTES: usize = 2048;
/// To this.
const CUT_BYTES: usize = 256;

/// V8's own word, if the text is one.
fn is_label(text: &[u8]) -> bool {
    LABELS.contains(&text)
}

/// Whether the name of such a node is a name, and not what the program stored.
const fn is_name(kind: NodeKind) -> bool {
    match kind {
        NodeKind::Hidden
        | NodeKind::Array
        | NodeKind::Object
        | NodeKind::Code
        | NodeKind::Closure
        | NodeKind::Native
        | NodeKind::Synthetic
        | NodeKind::Symbol
        | NodeKind::ObjectShape => true,
        NodeKind::String
        | NodeKind::ConcatenatedString
        | NodeKind::SlicedString
        | NodeKind::Number
        | NodeKind::BigInt
        | NodeKind::RegExp
        | NodeKind::Unknown => false,
    }
}

/// What is known of the node that an edge comes from.
#[derive(Debug, Clone, Copy)]
pub struct From {
    pub kind: NodeKind,
    pub name: u32,
    /// Number of its edges.
    pub edges: u32,
    /// The global object has very many properties, all of them names. To be known of what has more than
    /// [`DICTIONARY_MIN`] edges.
    pub is_global: bool,
}

/// The global objects, which V8 draws as hanging at the root, or (Node 26) at the context that does.
#[derive(Debug, Default)]
pub struct Globals {
    context: Option<u32>,
    found: Vec<u32>,
}

impl Globals {
    /// Takes an edge in; they come in the order of the nodes they come from, the root first.
    #[inline(always)]
    pub fn edge(&mut self, from: u32, kind: EdgeKind, to: u32, to_kind: NodeKind) {
        if from == 0 && kind == EdgeKind::Shortcut {
            match to_kind {
                NodeKind::Hidden => self.context = Some(to),
                _ => self.found.push(to),
            }
        } else if self.context == Some(from) && kind == EdgeKind::Internal && to_kind == NodeKind::Object {
            self.found.push(to);
        }
    }

    /// Whether a node is one. O(found).
    pub fn has(&self, node: u32) -> bool {
        self.found.contains(&node)
    }

    /// All of them.
    pub fn nodes(&self) -> &[u32] {
        &self.found
    }
}

/// What becomes of a string.
#[derive(Debug, PartialEq, Eq)]
pub enum Shown<'a> {
    /// Nothing of it is shown.
    Nothing,
    /// It is shown as it is.
    All,
    /// Something else is.
    Instead(Cow<'a, [u8]>),
}

/// Which strings are used for what.
#[derive(Debug, Default)]
pub struct Usage {
    named: Marks,
    /// They name a property.
    properties: Marks,
    /// Of what has not too many.
    of_few: Marks,
    keys: Keys,
}

impl Usage {
    /// Takes the name of a node in, if it is one. `paid_bytes`: how much was read so far.
    #[inline(always)]
    pub fn node(&mut self, kind: NodeKind, name: u32, paid_bytes: u64) {
        if is_name(kind) {
            self.named.mark(name, paid_bytes);
        }
        self.keys.node(kind, name, paid_bytes);
    }

    /// Takes the name of an edge in, if it has one, and what it says of others. Of a file that has its edges before its
    /// nodes neither end is known.
    #[inline(always)]
    pub fn edge(
        &mut self,
        from: Option<From>,
        kind: EdgeKind,
        label: u32,
        to: Option<(NodeKind, u32)>,
        paid_bytes: u64,
    ) {
        if kind == EdgeKind::Property {
            self.properties.mark(label, paid_bytes);
            match from {
                Some(from) if from.is_global => {
                    self.keys.global(label, paid_bytes);
                    self.of_few.mark(label, paid_bytes);
                }
                Some(from) if from.kind == NodeKind::Object && from.edges > DICTIONARY_MIN => {}
                _ => self.of_few.mark(label, paid_bytes),
            }
        } else if !kind.is_numbered() {
            self.named.mark(label, paid_bytes);
        }
        if let (Some(from), Some(to)) = (from, to) {
            self.keys.edge((from.kind, from.name), to, paid_bytes);
        }
    }

    /// Takes a name in.
    pub fn mark(&mut self, index: u32, paid_bytes: u64) {
        self.named.mark(index, paid_bytes);
    }

    /// Must be called between the last node or edge and the first string.
    pub fn seal(&mut self) {
        self.named.seal();
        self.properties.seal();
        self.of_few.seal();
        self.keys.seal();
    }

    /// How much of a string must be kept to judge it: nothing more is, of what the program stored.
    pub fn text_bytes_max(&self, index: u32) -> usize {
        if self.named.has(index) || self.properties.has(index) {
            LONG_BYTES + 1
        } else {
            LABEL_BYTES_MAX + 1
        }
    }

    /// What is shown of a string. To be asked for each, in the order of the file.
    pub fn shown<'a>(&mut self, index: u32, text: &'a [u8]) -> Shown<'a> {
        self.keys.string(index, text);
        let is_property = self.properties.has(index);
        if self.named.has(index) || is_property && is_module(text) {
            return match without_values(text) {
                None => Shown::All,
                Some(other) => Shown::Instead(other),
            };
        }
        let is_name = is_property && self.keys.is_name(index, text, || self.of_few.has(index));
        if is_name || is_label(text) {
            Shown::All
        } else {
            Shown::Nothing
        }
    }
}

/// What precedes the key in V8's name for an entry of a WeakMap.
const PAIR: &str = "part of key (";

/// A name without what the program stored; nothing where it holds nothing of that.
fn without_values(name: &[u8]) -> Option<Cow<'_, [u8]>> {
    if let Some(at) = memchr::memmem::find(name, PAIR.as_bytes()) {
        return Some(Cow::Owned(pair_without_values(name, at + PAIR.len())));
    }
    if name.len() > LONG_BYTES {
        let begin = String::from_utf8_lossy(&name[..CUT_BYTES]);
        let begin = begin.trim_end_matches('\u{FFFD}');
        return Some(Cow::Owned(format!("{begin}…").into_bytes()));
    }
    let text = std::str::from_utf8(name).ok()?;
    match urls::shortened(text) {
        Cow::Borrowed(_) => None,
        Cow::Owned(short) => Some(Cow::Owned(short.into_bytes())),
    }
}

/// `N / part of key (K @1) -> value (V @2) pair in WeakMap (table @3)` without K and V, which may hold anything: the
/// ends are found from behind. What reads otherwise ends where the key begins.
fn pair_without_values(name: &[u8], key_at: usize) -> Vec<u8> {
    let ids = || {
        let text = String::from_utf8_lossy(name.get(key_at..)?).into_owned();
        let (pair, table) = text
            .strip_suffix(')')?
            .rsplit_once(") pair in WeakMap (table @")?;
        let (rest, value) = pair.rsplit_once(" @")?;
        // What stands between may hold the very words that part key and value: then nobody knows where the key ends.
        let (key, rest) = rest.split_once(") -> value (")?;
        let (_, key) = key.rsplit_once(" @")?;
        let key = if rest.contains(") -> value (") { "0" } else { key };
        let are_ids = [key, value, table]
            .iter()
            .all(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()));
        are_ids.then(|| format!(" @{key}) -> value ( @{value}) pair in WeakMap (table @{table})"))
    };
    let mut shown = name[..key_at].to_vec();
    shown.extend_from_slice(ids().unwrap_or_else(|| ")".to_owned()).as_bytes());
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(name: &str) -> Option<String> {
        without_values(name.as_bytes()).map(|shown| String::from_utf8(shown.into_owned()).unwrap())
    }

    #[test]
    fn the_longest_label_is_as_long_as_it_says() {
        assert_eq!(
            LABELS.iter().map(|label| label.len()).max(),
            Some(LABEL_BYTES_MAX)
        );
    }

    #[test]
    fn entries_of_weak_maps_lose_key_and_value_whatever_stands_in_them() {
        let blank = "3 / part of key ( @11) -> value ( @13) pair in WeakMap (table @15)";
        for value in [
            "hunter2",
            "",
            "a) b",
            "y @98) pair in WeakMap (table @97)",
            "((",
            "@",
            "\"quoted\" \n",
        ] {
            let name =
                format!("3 / part of key (Object @11) -> value ({value} @13) pair in WeakMap (table @15)");
            assert_eq!(without(&name).as_deref(), Some(blank), "{name}");
        }
        assert_eq!(without(blank).as_deref(), Some(blank));
        let either = "3 / part of key (a @98) -> value (b @11) -> value (c @13) pair in WeakMap (table @15)";
        let unknown = "3 / part of key ( @0) -> value ( @13) pair in WeakMap (table @15)";
        assert_eq!(without(either).as_deref(), Some(unknown));
        let cut = "3 / part of key (Object @11) -> value (hunter2";
        assert_eq!(without(cut).as_deref(), Some("3 / part of key ()"));
        assert_eq!(
            without("part of key (a) b @1) -> value (c @2) pair in WeakMap (table @3)").as_deref(),
            Some("part of key ( @1) -> value ( @2) pair in WeakMap (table @3)")
        );
    }

    #[test]
    fn long_names_are_cut_and_others_stay() {
        assert_eq!(without("Session"), None);
        assert_eq!(
            without(&"é".repeat(LONG_BYTES)).unwrap(),
            format!("{}…", "é".repeat(CUT_BYTES / 2))
        );
    }
}
