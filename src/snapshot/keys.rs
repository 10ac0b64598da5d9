//! Names that a person wrote, told from keys that the program made up (a session's token, a user's address): the first
//! are what reports are for, the second are data. Knows what V8 draws of code and of hidden classes, no graph.
//!
//! A property's name is taken for a person's where code has it as a constant or a function is called so; else where it
//! reads as a word and a hidden class lists it (keys of an object that V8 keeps as a hash table are listed nowhere) or V8
//! has the string from the start (it draws none of those).
//! Properties of a table are keys, whatever they are called: see `names.rs`, which asks for the names of whole tables.

use super::kinds::NodeKind;
use super::marks::Marks;

/// An object with more links than this is taken for a table.
pub const DICTIONARY_MIN: u32 = 100;

/// Longer names are keys.
const WORD_BYTES_MAX: usize = 40;
/// And longer ones than this even where code has them.
pub const NAME_BYTES_MAX: usize = 128;

/// Names that lead on from Node's `process`, which has very many: its code may be gone, and ways are told by them.
const NODES: [&[u8]; 2] = [b"mainModule", b"_events"];

/// V8's lists of what code has as constants: names of properties, besides texts. What code has met while it ran (its
/// feedback, what was compiled of that) holds keys too.
pub(super) const CONSTANTS: [&[u8]; 2] = [b"(constant pool)", b"system / ObjectBoilerplateDescription"];

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

    /// Whether code has it as a constant, or a function is called so.
    pub(super) fn has_in_code(&self, index: u32) -> bool {
        self.in_code.has(index)
    }

    /// Whether V8 drew what code has: else nothing is known to be named there.
    pub(super) fn has_code(&self) -> bool {
        !self.in_code.is_empty()
    }

    /// Takes in that a list of constants in code names a string, or else a hidden class does.
    pub(super) fn listed(&mut self, is_code: bool, name: u32, paid_bytes: u64) {
        let marks = if is_code {
            &mut self.in_code
        } else {
            &mut self.shaped
        };
        marks.mark(name, paid_bytes);
    }
}

/// What a symbol is called, where a property has one for a key.
pub(super) fn of_symbol(text: &[u8]) -> Option<&[u8]> {
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
