//! Edges between heads, grouped by where they end without ever being sorted as a whole: written to one list for each
//! block of targets, and put in order block by block, in cache, when they are read.

/// log2 of the targets in a block: an offset in it fits 16 bits, its counters the first-level cache.
const BLOCK: u32 = 14;
/// Bytes of a chunk. Chunks never grow, so next to nothing is reserved in vain.
const CHUNK: usize = 24 << 10;
/// The longest arc: two bytes, and five of seven bits.
const ARC_BYTES_MAX: usize = 7;

/// Pairs (to, from), by block of `to`. 3 to 4 bytes each, as what comes one after the other is from near each other.
#[derive(Default)]
pub struct Arcs {
    blocks: Vec<Written>,
}

/// Arcs in the order in which they were pushed: the offset of the target in its block in two bytes, and how far the
/// next is from where the one before came from: seven bits a byte, the sign in the lowest, the last byte below 128.
#[derive(Default)]
struct Written {
    chunks: Vec<Vec<u8>>,
    from: u32,
    count: usize,
}

impl Written {
    #[inline]
    fn push(&mut self, to: u16, from: u32) {
        let step = from.wrapping_sub(self.from) as i32;
        self.from = from;
        self.count += 1;
        if !matches!(self.chunks.last(), Some(chunk) if chunk.len() + ARC_BYTES_MAX <= CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        let Some(chunk) = self.chunks.last_mut() else {
            return;
        };
        chunk.extend_from_slice(&to.to_le_bytes());
        let mut rest = (step << 1 ^ step >> 31) as u32;
        while rest >= 0x80 {
            chunk.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        chunk.push(rest as u8);
    }

    /// Calls `each` with every arc: offset of the target, and where it comes from.
    fn each(&self, mut each: impl FnMut(u16, u32)) {
        let mut from = 0u32;
        for chunk in &self.chunks {
            let mut bytes = chunk.iter().copied();
            while let (Some(low), Some(high)) = (bytes.next(), bytes.next()) {
                let (mut step, mut shift) = (0u32, 0);
                for byte in bytes.by_ref() {
                    step |= u32::from(byte & 0x7F) << shift;
                    shift += 7;
                    if byte < 0x80 {
                        break;
                    }
                }
                from = from.wrapping_add(step >> 1 ^ (step & 1).wrapping_neg());
                each(u16::from_le_bytes([low, high]), from);
            }
        }
    }
}

/// The arcs of one block, by target.
#[derive(Default)]
pub struct ArcBlock {
    first: Vec<u32>,
    from: Vec<u32>,
}

impl Arcs {
    /// No arcs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    #[inline]
    pub fn push(&mut self, to: u32, from: u32) {
        let block = (to >> BLOCK) as usize;
        if block >= self.blocks.len() {
            self.blocks.resize_with(block + 1, Written::default);
        }
        self.blocks[block].push((to & ((1 << BLOCK) - 1)) as u16, from);
    }

    /// Targets of the last block that is left, as a range below `targets`, and its arcs, which are given up. Blocks come
    /// from the last to the first. O(arcs of the block + its targets).
    pub fn pop_block(&mut self, targets: u32, out: &mut ArcBlock) -> Option<std::ops::Range<u32>> {
        if targets == 0 {
            return None;
        }
        let block = (targets - 1) >> BLOCK;
        let start = block << BLOCK;
        let written = self
            .blocks
            .get_mut(block as usize)
            .map(std::mem::take)
            .unwrap_or_default();
        out.fill((targets - start) as usize, &written);
        Some(start..targets)
    }
}

impl ArcBlock {
    fn fill(&mut self, targets: usize, written: &Written) {
        self.first.clear();
        self.first.resize(targets + 2, 0);
        self.from.clear();
        self.from.resize(written.count, 0);
        // Counting sort with the counters two places ahead, so that after filling each stands at its own start.
        written.each(|to, _| self.first[usize::from(to) + 2] += 1);
        for at in 2..self.first.len() {
            self.first[at] += self.first[at - 1];
        }
        let Self { first, from: sorted } = self;
        written.each(|to, from| {
            let slot = &mut first[usize::from(to) + 1];
            sorted[*slot as usize] = from;
            *slot += 1;
        });
    }

    /// Where the arcs to the target with this offset in the block come from.
    #[inline]
    pub fn from(&self, offset: u32) -> &[u32] {
        let at = offset as usize;
        &self.from[self.first[at] as usize..self.first[at + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_last_first_with_each_targets_arcs_together() {
        let mut arcs = Arcs::new();
        let far = 1 << BLOCK;
        for (to, from) in [
            (far + 1, 70_009),
            (2, 5),
            (far, 7),
            (2, u32::MAX - 1),
            (far + 1, 8),
        ] {
            arcs.push(to, from);
        }
        let mut block = ArcBlock::default();
        assert_eq!(arcs.pop_block(far + 2, &mut block), Some(far..far + 2));
        assert_eq!((block.from(0), block.from(1)), (&[7][..], &[70_009, 8][..]));
        assert_eq!(arcs.pop_block(far, &mut block), Some(0..far));
        assert_eq!((block.from(2), block.from(3)), (&[5, u32::MAX - 1][..], &[][..]));
        assert_eq!(arcs.pop_block(0, &mut block), None);
    }
}
