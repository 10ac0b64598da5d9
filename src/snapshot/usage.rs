//! Which strings are names, and which are only what the program stored: the rule of redaction, for reader and copy.
//!
//! A string stays if it names an edge, a traced function, or a node whose kind is not a value; kinds of values are
//! strings (flat, concatenated, sliced), numbers, big integers and regular expressions, and kinds that this crate does
//! not know. So properties, variables, classes, scripts, functions, native objects, symbols (V8 calls them all `symbol`)
//! and V8's own nodes keep their names, even where the program also stores such a string. V8's own words for values
//! (`heap number`) stay too. A string that nothing uses goes.

use super::tables::{EdgeKind, NodeKind};

/// V8's own words for values: no secret, and they say what the node is.
const LABELS: [&[u8]; 5] = [
    b"heap number",
    b"smi number",
    b"bigint",
    b"(sliced string)",
    b"(concatenated string)",
];

/// Length of the longest of V8's own words for a value, in bytes.
pub const LABEL_BYTES_MAX: usize = 21;

/// V8's own word, if the text is one.
pub fn label(text: &[u8]) -> Option<&'static [u8]> {
    LABELS.into_iter().find(|label| *label == text)
}

/// Whether the name of such a node is a name, and not what the program stored.
pub const fn is_name(kind: NodeKind) -> bool {
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

/// A set of string indices: a bit each, but no more bits than eight for a byte that was read.
#[derive(Debug, Default)]
pub struct Usage {
    bits: Vec<u64>,
    /// Indices beyond the bits. Only a file whose strings are shuffled, or a lying one, has any.
    far: Vec<u32>,
}

impl Usage {
    /// Takes the name of a node in, if it is one. `paid_bytes`: how much was read so far.
    pub fn node(&mut self, kind: NodeKind, name: u32, paid_bytes: u64) {
        if is_name(kind) {
            self.mark(name, paid_bytes);
        }
    }

    /// Takes the name of an edge in, if it has one.
    pub fn edge(&mut self, kind: EdgeKind, label: u32, paid_bytes: u64) {
        if !kind.is_numbered() {
            self.mark(label, paid_bytes);
        }
    }

    /// Takes an index in.
    #[inline]
    pub fn mark(&mut self, index: u32, paid_bytes: u64) {
        match self.bits.get_mut(index as usize / 64) {
            Some(word) => *word |= 1 << (index % 64),
            None => self.mark_new(index, paid_bytes),
        }
    }

    #[cold]
    fn mark_new(&mut self, index: u32, paid_bytes: u64) {
        if u64::from(index / 8) >= paid_bytes {
            self.far.push(index);
            return;
        }
        let at = index as usize / 64;
        self.bits.resize(at + 1, 0);
        self.bits[at] |= 1 << (index % 64);
    }

    /// Must be called between the last `mark` and the first `has`.
    pub fn seal(&mut self) {
        self.far.sort_unstable();
        self.far.dedup();
    }

    /// Whether the index was taken in. O(1), or O(log n) for indices that came before the bytes to pay for them.
    pub fn has(&self, index: u32) -> bool {
        let near = self
            .bits
            .get(index as usize / 64)
            .is_some_and(|word| word >> (index % 64) & 1 == 1);
        near || (!self.far.is_empty() && self.far.binary_search(&index).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_label_is_as_long_as_it_says() {
        assert_eq!(
            LABELS.iter().map(|label| label.len()).max(),
            Some(LABEL_BYTES_MAX)
        );
    }

    #[test]
    fn an_index_that_the_bytes_did_not_pay_for_costs_four_bytes() {
        let mut usage = Usage::default();
        usage.mark(u32::MAX, 100);
        usage.mark(5, 100);
        usage.mark(4_000_000_000, 100);
        usage.seal();
        assert!(usage.bits.len() <= 2);
        assert!(usage.has(u32::MAX) && usage.has(5) && usage.has(4_000_000_000));
        assert!(!usage.has(6) && !usage.has(3_999_999_999));
    }
}
