//! Edges between heads, grouped by where they end without ever being sorted as a whole: written to one list for each
//! block of targets, and put in order block by block, in cache, when they are read.

/// log2 of the targets in a block: an offset in it is 16 bits, its counters fit the second-level cache.
const BLOCK: u32 = 16;
/// Arcs in a chunk. Chunks never grow, so next to nothing is reserved in vain.
const CHUNK: usize = 4096;

/// Pairs (to, from), by block of `to`. 6 bytes each.
#[derive(Default)]
pub struct Arcs {
    blocks: Vec<Vec<Chunk>>,
}

/// Three words an arc: offset of the target in its block, and both halves of where it comes from.
type Chunk = Vec<u16>;

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
            self.blocks.resize_with(block + 1, Vec::new);
        }
        let chunks = &mut self.blocks[block];
        let words = [to as u16, from as u16, (from >> 16) as u16];
        match chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK * 3 => chunk.extend_from_slice(&words),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK * 3);
                chunk.extend_from_slice(&words);
                chunks.push(chunk);
            }
        }
    }

    /// Targets of the last block that is left, as a range below `targets`, and its arcs, which are given up. Blocks come
    /// from the last to the first. O(arcs of the block + its targets).
    pub fn pop_block(&mut self, targets: u32, out: &mut ArcBlock) -> Option<std::ops::Range<u32>> {
        if targets == 0 {
            return None;
        }
        let block = (targets - 1) >> BLOCK;
        let start = block << BLOCK;
        let chunks = self
            .blocks
            .get_mut(block as usize)
            .map(std::mem::take)
            .unwrap_or_default();
        out.fill((targets - start) as usize, &chunks);
        Some(start..targets)
    }
}

impl ArcBlock {
    fn fill(&mut self, targets: usize, chunks: &[Chunk]) {
        let arcs = || chunks.iter().flat_map(|chunk| chunk.chunks_exact(3));
        self.first.clear();
        self.first.resize(targets + 2, 0);
        self.from.clear();
        self.from
            .resize(chunks.iter().map(|chunk| chunk.len() / 3).sum(), 0);
        // Counting sort with the counters two places ahead, so that after filling each stands at its own start.
        for arc in arcs() {
            self.first[usize::from(arc[0]) + 2] += 1;
        }
        for at in 2..self.first.len() {
            self.first[at] += self.first[at - 1];
        }
        for arc in arcs() {
            let slot = &mut self.first[usize::from(arc[0]) + 1];
            self.from[*slot as usize] = u32::from(arc[1]) | u32::from(arc[2]) << 16;
            *slot += 1;
        }
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
        for (to, from) in [(far + 1, 70_009), (2, 5), (far, 7), (2, 6), (far + 1, 8)] {
            arcs.push(to, from);
        }
        let mut block = ArcBlock::default();
        assert_eq!(arcs.pop_block(far + 2, &mut block), Some(far..far + 2));
        assert_eq!((block.from(0), block.from(1)), (&[7][..], &[70_009, 8][..]));
        assert_eq!(arcs.pop_block(far, &mut block), Some(0..far));
        assert_eq!((block.from(2), block.from(3)), (&[5, 6][..], &[][..]));
        assert_eq!(arcs.pop_block(0, &mut block), None);
    }
}
