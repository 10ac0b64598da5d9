//! A set of string indices that a lying file cannot make large: a bit each, but no more bits than eight for a byte that
//! was read.

/// The set.
#[derive(Debug, Default)]
pub struct Marks {
    bits: Vec<u64>,
    /// Indices beyond the bits. Only a file whose strings are shuffled, or a lying one, has any.
    far: Vec<u32>,
    is_sorted: bool,
}

impl Marks {
    /// Takes an index in. `paid_bytes`: how much was read so far.
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
            self.is_sorted = false;
            return;
        }
        let at = index as usize / 64;
        self.bits.resize(at + 1, 0);
        self.bits[at] |= 1 << (index % 64);
    }

    /// Must be called between the last `mark` and the first `has`.
    pub fn seal(&mut self) {
        if !self.is_sorted {
            self.far.sort_unstable();
            self.far.dedup();
            self.is_sorted = true;
        }
    }

    /// Whether the index was taken in. O(1), or O(log n) for indices that came before the bytes to pay for them.
    #[inline]
    pub fn has(&self, index: u32) -> bool {
        let near = self
            .bits
            .get(index as usize / 64)
            .is_some_and(|word| word >> (index % 64) & 1 == 1);
        near || (!self.far.is_empty() && self.far.binary_search(&index).is_ok())
    }

    /// Whether nothing was taken in.
    pub const fn is_empty(&self) -> bool {
        self.bits.is_empty() && self.far.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_that_the_bytes_did_not_pay_for_costs_four_bytes() {
        let mut marks = Marks::default();
        marks.mark(u32::MAX, 100);
        marks.mark(5, 100);
        marks.mark(4_000_000_000, 100);
        marks.seal();
        assert!(marks.bits.len() <= 2);
        assert!(marks.has(u32::MAX) && marks.has(5) && marks.has(4_000_000_000));
        assert!(!marks.has(6) && !marks.has(3_999_999_999));
    }
}
