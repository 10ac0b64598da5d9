//! The string table: all bytes in one piece, and where each string begins. UTF-8; a lone surrogate of the file is U+FFFD.

use super::tables::StringIndex;

/// Strings by index.
#[derive(Debug, Default)]
pub struct Strings {
    text: Vec<u8>,
    ends: Vec<u64>,
}

impl Strings {
    /// Adds a string and gives its index.
    pub fn push(&mut self, text: &str) -> StringIndex {
        self.text.extend_from_slice(text.as_bytes());
        self.ends.push(self.text.len() as u64);
        StringIndex((self.ends.len() - 1) as u32)
    }

    /// The string with this index; empty when there is none.
    pub fn get(&self, index: StringIndex) -> &str {
        let at = index.0 as usize;
        let Some(&end) = self.ends.get(at) else { return "" };
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        std::str::from_utf8(&self.text[start as usize..end as usize]).unwrap_or("")
    }

    /// Number of strings.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.text.len() + self.ends.len() * size_of::<u64>()
    }
}
