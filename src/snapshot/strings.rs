//! The string table: all bytes in one piece, and where each string begins. UTF-8; a lone surrogate of the file is U+FFFD.

use std::borrow::Cow;

use super::kinds::StringIndex;

/// Set in an end when the string is hidden; its bytes are gone.
const HIDDEN: u64 = 1 << 63;

/// Strings by index.
#[derive(Debug, Default)]
pub struct Strings {
    text: Vec<u8>,
    ends: Vec<u64>,
}

impl Strings {
    /// What a hidden string reads as.
    pub const PLACEHOLDER: &str = "(string)";

    /// Adds a string and gives its index.
    pub fn push(&mut self, text: &str) -> StringIndex {
        self.extend(text.as_bytes());
        self.close()
    }

    /// The string with this index; empty when there is none, [`Self::PLACEHOLDER`] when it is hidden.
    pub fn get(&self, index: StringIndex) -> &str {
        let at = index.0 as usize;
        let Some(&end) = self.ends.get(at) else { return "" };
        if end & HIDDEN != 0 {
            return Self::PLACEHOLDER;
        }
        std::str::from_utf8(&self.text[self.start(at)..end as usize]).unwrap_or("")
    }

    /// Whether the string was taken out because it is the program's and not a name.
    pub fn is_hidden(&self, index: StringIndex) -> bool {
        self.ends
            .get(index.0 as usize)
            .is_some_and(|end| end & HIDDEN != 0)
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

    fn start(&self, at: usize) -> usize {
        at.checked_sub(1).map_or(0, |before| self.ends[before] & !HIDDEN) as usize
    }

    /// Makes room for that many bytes of text.
    pub(super) fn reserve_exact(&mut self, bytes: usize) {
        self.text.reserve_exact(bytes);
    }

    /// Adds bytes to the string that the next `close` ends.
    pub(super) fn extend(&mut self, piece: &[u8]) {
        self.text.extend_from_slice(piece);
    }

    /// Bytes of the string that the next `close` ends.
    pub(super) fn open_text(&self) -> &[u8] {
        &self.text[self.start(self.ends.len())..]
    }

    /// Ends the string at hand; what is not UTF-8 in it becomes U+FFFD.
    pub(super) fn close(&mut self) -> StringIndex {
        let start = self.start(self.ends.len());
        if std::str::from_utf8(&self.text[start..]).is_err() {
            let repaired = String::from_utf8_lossy(&self.text[start..]).into_owned();
            self.text.truncate(start);
            self.text.extend_from_slice(repaired.as_bytes());
        }
        self.ends.push(self.text.len() as u64);
        StringIndex((self.ends.len() - 1) as u32)
    }

    /// Ends the string at hand and puts another text in its place.
    pub(super) fn close_instead(&mut self, text: &[u8]) {
        self.text.truncate(self.start(self.ends.len()));
        self.text.extend_from_slice(text);
        self.close();
    }

    /// Ends the string at hand and forgets its bytes.
    pub(super) fn close_hidden(&mut self) {
        let start = self.start(self.ends.len());
        self.text.truncate(start);
        self.ends.push(start as u64 | HIDDEN);
    }

    /// The same strings, each as `show` has it.
    pub(super) fn shown(self, mut show: impl FnMut(u32, &[u8]) -> Option<Cow<'_, [u8]>>) -> Self {
        let mut shown = Self::default();
        for index in 0..self.ends.len() as u32 {
            let text = self.get(StringIndex(index)).as_bytes();
            match show(index, text) {
                Some(text) => shown.close_instead(&text),
                None => shown.close_hidden(),
            }
        }
        shown
    }

    /// Gives back what was reserved and not used.
    pub(super) fn shrink_to_fit(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}
