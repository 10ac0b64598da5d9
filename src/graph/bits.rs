//! Bit sets over indices, and ranks among their members. Knows nothing of heaps.

/// A set of the numbers below a length, one bit each.
#[derive(Debug, Default, Clone)]
pub struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// The empty set of numbers below `len`.
    pub fn new(len: usize) -> Self {
        Self {
            words: vec![0; len.div_ceil(64)],
        }
    }

    /// Whether the number is a member; false beyond the length.
    #[inline]
    pub fn get(&self, at: u32) -> bool {
        self.words
            .get(at as usize >> 6)
            .is_some_and(|word| word >> (at & 63) & 1 != 0)
    }

    /// Adds a number below the length.
    #[inline]
    pub fn set(&mut self, at: u32) {
        self.words[at as usize >> 6] |= 1 << (at & 63);
    }

    /// Adds a number, and says whether it was a member before.
    #[inline]
    pub fn replace(&mut self, at: u32) -> bool {
        let word = &mut self.words[at as usize >> 6];
        let was = *word >> (at & 63) & 1 != 0;
        *word |= 1 << (at & 63);
        was
    }

    /// Replaces the 64 bits that begin with number `64 * at`.
    #[inline]
    pub fn set_word(&mut self, at: usize, word: u64) {
        self.words[at] = word;
    }

    /// Number of members. O(length / 64).
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.words.len() * size_of::<u64>()
    }
}

/// A fixed set whose members are numbered: tables of members then need an entry for each of them only.
#[derive(Debug)]
pub struct Ranked {
    bits: Bits,
    /// Members before each word.
    before: Vec<u32>,
}

impl Ranked {
    /// Numbers the members. O(length / 64).
    pub fn new(bits: Bits) -> Self {
        let mut count = 0;
        let before = bits.words.iter().map(|word| {
            let start = count;
            count += word.count_ones();
            start
        });
        let before = before.collect();
        Self { bits, before }
    }

    /// Whether the number is a member.
    #[inline]
    pub fn contains(&self, at: u32) -> bool {
        self.bits.get(at)
    }

    /// How many members are smaller. O(1).
    #[inline]
    pub fn rank(&self, at: u32) -> usize {
        let word = at as usize >> 6;
        let smaller = self.bits.words[word] & ((1 << (at & 63)) - 1);
        self.before[word] as usize + smaller.count_ones() as usize
    }

    /// Number of members.
    pub fn count(&self) -> usize {
        self.bits.count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_numbered_in_order_across_words() {
        let members = [0u32, 1, 63, 64, 130, 191];
        let mut bits = Bits::new(192);
        members.iter().for_each(|&m| bits.set(m));
        assert!(bits.replace(63));
        assert!(!bits.get(62));
        assert!(!bits.get(100_000));
        let ranked = Ranked::new(bits);
        assert_eq!(ranked.count(), members.len());
        for (at, &member) in members.iter().enumerate() {
            assert!(ranked.contains(member));
            assert_eq!(ranked.rank(member), at);
        }
    }
}
