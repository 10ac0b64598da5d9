//! Which brackets are open.

/// Open brackets, a bit each: set for a brace. Grows by at most one byte for eight of the input.
#[derive(Debug)]
pub struct Nesting {
    bits: Vec<u64>,
    len: usize,
}

impl Nesting {
    /// No bracket.
    pub const fn new() -> Self {
        Self {
            bits: Vec::new(),
            len: 0,
        }
    }

    /// Number of brackets open.
    pub const fn depth(&self) -> usize {
        self.len
    }

    /// Opens one.
    pub fn push(&mut self, is_object: bool) {
        if self.len.is_multiple_of(64) {
            self.bits.push(0);
        }
        if let Some(word) = self.bits.last_mut() {
            *word = *word & !(1 << (self.len % 64)) | u64::from(is_object) << (self.len % 64);
        }
        self.len += 1;
    }

    /// Closes the innermost, if there is one.
    pub fn pop(&mut self) {
        self.len = self.len.saturating_sub(1);
        if self.len.is_multiple_of(64) {
            self.bits.pop();
        }
    }

    /// Whether the innermost is a brace.
    pub fn top(&self) -> Option<bool> {
        let at = self.len.checked_sub(1)?;
        self.bits.last().map(|word| word >> (at % 64) & 1 == 1)
    }

    /// Bytes held.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.bits.len() * size_of::<u64>()
    }
}
