//! Immediate dominators: semi-NCA (Georgiadis, Werneck, Tarjan, "Finding Dominators in Practice", Journal of Graph
//! Algorithms and Applications 10 (2006); Georgiadis, "Linear-Time Algorithms for Dominators and Related Problems",
//! 2005), over the heads and arcs that [`super::walk`] left. No recursion.

use crate::error::Result;
use crate::snapshot::NodeIndex;

use super::arcs::ArcBlock;
use super::task::BuildOptions;
use super::walk::Walk;

/// Immediate dominators in preorder numbers. A dominator's number is smaller than those of the nodes it dominates;
/// the root, number 0, is its own.
pub struct Dominators {
    /// Node by number.
    pub nodes: Vec<NodeIndex>,
    /// Number of the immediate dominator, by number.
    pub immediate: Vec<u32>,
}

/// Finds them. O(arcs log heads) for the semidominators; the last step is linear in practice and quadratic at worst.
pub fn dominators(walk: Walk, options: &BuildOptions) -> Result<Dominators> {
    let Walk {
        nodes,
        mut parents,
        head_numbers,
        head_parents,
        candidates,
        mut arcs,
    } = walk;
    let mut semi = candidates;
    let mut forest = Forest {
        best: semi.clone(),
        above: head_parents,
        path: Vec::new(),
    };
    let mut block = ArcBlock::default();
    let mut left = head_numbers.len() as u32;
    while let Some(heads) = arcs.pop_block(left, &mut block) {
        options.check()?;
        left = heads.start;
        for head in heads.rev() {
            let mut least = semi[head as usize];
            let number = head_numbers[head as usize];
            for &from in block.from(head - left) {
                let mut candidate = forest.least_above(from, head);
                // Still after the head: then it is on the chain above the last head after it, whose end counts.
                while candidate > number {
                    candidate = parents[candidate as usize];
                }
                least = least.min(candidate);
            }
            semi[head as usize] = least;
            forest.best[head as usize] = least;
        }
    }
    drop(forest);
    // A node that is no head is dominated by its parent. That of a head is the nearest dominator of its parent that is
    // not after its semidominator.
    for (&number, &semi) in head_numbers.iter().zip(&semi).skip(1) {
        let mut dominator = parents[number as usize];
        while dominator > semi {
            dominator = parents[dominator as usize];
        }
        parents[number as usize] = dominator;
    }
    Ok(Dominators {
        nodes,
        immediate: parents,
    })
}

/// The heads after the one at hand, each linked to the head above it, with paths that grow shorter as they are used.
struct Forest {
    /// Least semidominator between a head and, exclusively, the one it is linked to.
    best: Vec<u32>,
    above: Vec<u32>,
    path: Vec<u32>,
}

impl Forest {
    /// Least semidominator among `head` and what is above it, as far as that is after `limit`. `head` is.
    #[inline]
    fn least_above(&mut self, head: u32, limit: u32) -> u32 {
        let above = self.above[head as usize];
        if above <= limit {
            return self.best[head as usize];
        }
        if self.above[above as usize] > limit {
            self.compress(head, limit);
        } else {
            let least = self.best[above as usize].min(self.best[head as usize]);
            self.best[head as usize] = least;
            self.above[head as usize] = self.above[above as usize];
        }
        self.best[head as usize]
    }

    fn compress(&mut self, head: u32, limit: u32) {
        let mut at = head;
        while self.above[at as usize] > limit {
            self.path.push(at);
            at = self.above[at as usize];
        }
        while let Some(at) = self.path.pop() {
            let above = self.above[at as usize] as usize;
            self.best[at as usize] = self.best[at as usize].min(self.best[above]);
            self.above[at as usize] = self.above[above];
        }
    }
}
