//! The dominator tree, laid out in its own preorder: what a node dominates is the run of places that begins at its
//! own. So "does a dominate b" is two comparisons, children need no lists, and parents need not be kept.

use crate::snapshot::NodeIndex;

use super::dominators::Dominators;

/// A place in the preorder of the dominator tree. The root is at 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(pub u32);

/// Runs of so many places and more have their length elsewhere.
const LONG: u8 = u8::MAX;
/// log2 of how many things of a level make one of the level above it.
const FAN: u32 = 6;

/// The tree. 5 bytes a node, and 8 for the few that dominate 254 others.
pub struct DominatorTree {
    /// Place by node.
    places: Vec<Place>,
    /// How many nodes a node dominates, itself included, by place; [`LONG`] where it is in `long`.
    lengths: Vec<u8>,
    /// Place and length of long runs, by place.
    long: Vec<(u32, u32)>,
    /// The farthest end of so many runs each, then of so many of these: to look back for the run around a place.
    farthest: Vec<Vec<u32>>,
}

impl DominatorTree {
    /// Lays the tree out. O(nodes) time, 9 bytes a node beside the dominators'.
    pub fn new(dominators: &Dominators) -> Self {
        let Dominators { nodes, immediate } = dominators;
        let count = nodes.len();
        let mut sizes = vec![1u32; count];
        for number in (1..count).rev() {
            sizes[immediate[number] as usize] += sizes[number];
        }
        let mut tree = Self {
            places: vec![Place(0); count],
            lengths: vec![0; count],
            long: Vec::new(),
            farthest: Vec::new(),
        };
        // A size is needed until its node has a place; then the next child's place stands there.
        let mut next = sizes;
        for (number, &node) in nodes.iter().enumerate() {
            let length = next[number];
            let place = if number == 0 {
                0
            } else {
                let slot = &mut next[immediate[number] as usize];
                let place = *slot;
                *slot += length;
                place
            };
            next[number] = place + 1;
            tree.places[node.0 as usize] = Place(place);
            tree.lengths[place as usize] = length.min(u32::from(LONG)) as u8;
            if length >= u32::from(LONG) {
                tree.long.push((place, length));
            }
        }
        drop(next);
        tree.long.sort_unstable();
        tree.long.shrink_to_fit();
        tree.mark_farthest();
        tree
    }

    fn mark_farthest(&mut self) {
        let count = self.len() as u32;
        let ends = |first: u32| (first..count.min(first + (1 << FAN))).map(|at| self.end(Place(at)));
        let firsts = (0..count).step_by(1 << FAN);
        let mut level: Vec<u32> = firsts.map(|first| ends(first).max().unwrap_or(0)).collect();
        while level.len() > 1 {
            let runs = level.chunks(1 << FAN);
            let above = runs.map(|run| run.iter().copied().max().unwrap_or(0)).collect();
            self.farthest.push(std::mem::replace(&mut level, above));
        }
        self.farthest.push(level);
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is no node at all.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The nodes in preorder, 4 bytes each. O(nodes).
    pub fn order(&self) -> Vec<NodeIndex> {
        let mut nodes = vec![NodeIndex(0); self.len()];
        for (node, place) in self.places.iter().enumerate() {
            nodes[place.0 as usize] = NodeIndex(node as u32);
        }
        nodes
    }

    /// The place of a node.
    #[inline]
    pub fn place(&self, node: NodeIndex) -> Place {
        self.places[node.0 as usize]
    }

    /// The immediate dominator; the root's is the root. It is the nearest place before whose run does not end before
    /// this one. O(log nodes).
    pub fn parent(&self, place: Place) -> Place {
        let (mut level, mut before) = (0, place.0);
        while before > 0 {
            let first = before & !((1 << FAN) - 1);
            if let Some(at) = self.last_beyond(level, first..before, place) {
                return self.descend(level, at, place);
            }
            before >>= FAN;
            level += 1;
        }
        Place(0)
    }

    fn descend(&self, mut level: usize, mut at: u32, place: Place) -> Place {
        while level > 0 {
            level -= 1;
            let count = level
                .checked_sub(1)
                .map_or(self.len(), |above| self.farthest[above].len());
            let range = at << FAN..((at + 1) << FAN).min(count as u32);
            at = self.last_beyond(level, range, place).unwrap_or(0);
        }
        Place(at)
    }

    /// The last thing of a level in the range that ends after the place.
    fn last_beyond(&self, level: usize, mut range: std::ops::Range<u32>, place: Place) -> Option<u32> {
        let end = |at: u32| match level.checked_sub(1) {
            None => self.end(Place(at)),
            Some(above) => self.farthest[above][at as usize],
        };
        range.rfind(|&at| end(at) > place.0)
    }

    /// First place after what the node dominates. O(1), or O(log) for the few that dominate many.
    #[inline]
    pub fn end(&self, place: Place) -> u32 {
        let length = self.lengths[place.0 as usize];
        place.0
            + if length < LONG {
                u32::from(length)
            } else {
                self.long_length(place)
            }
    }

    fn long_length(&self, place: Place) -> u32 {
        let at = self.long.binary_search_by_key(&place.0, |&(place, _)| place);
        at.map_or(u32::from(LONG), |at| self.long[at].1)
    }

    /// The nodes with this immediate dominator. O(1) each, as [`Self::end`].
    pub fn children(&self, place: Place) -> impl Iterator<Item = Place> + '_ {
        let end = self.end(place);
        let is_place = move |&child: &u32| child < end;
        let first = Some(place.0 + 1).filter(is_place);
        std::iter::successors(first, move |&child| Some(self.end(Place(child))).filter(is_place)).map(Place)
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let farthest: usize = self.farthest.iter().map(Vec::len).sum();
        self.len() * 5 + self.long.len() * 8 + farthest * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_node_dominates_is_one_run() {
        // 0 -> {1 -> {3, 4}, 2}, in an order in which 2 comes between.
        let nodes = [0, 1, 2, 3, 4].map(NodeIndex).to_vec();
        let tree = DominatorTree::new(&Dominators {
            nodes,
            immediate: vec![0, 0, 0, 1, 1],
        });
        let run = |node| {
            (
                tree.place(NodeIndex(node)).0,
                tree.end(tree.place(NodeIndex(node))),
            )
        };
        assert_eq!([0, 1, 2, 3, 4].map(run), [(0, 5), (1, 4), (4, 5), (2, 3), (3, 4)]);
        let children = |node| {
            tree.children(tree.place(NodeIndex(node)))
                .map(|p| tree.order()[p.0 as usize].0)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (children(0), children(1), children(4)),
            (vec![1, 2], vec![3, 4], vec![])
        );
        assert_eq!(tree.parent(tree.place(NodeIndex(4))), tree.place(NodeIndex(1)));
    }

    #[test]
    fn parents_are_found_across_blocks_and_large_runs() {
        // A chain of 300; its end has 70,000 children, the first of which has one more.
        let chain = 300u32;
        let immediate: Vec<u32> = (0..chain)
            .map(|at| at.saturating_sub(1))
            .chain((0..70_000).map(|_| chain - 1))
            .chain([chain])
            .collect();
        let nodes = (0..immediate.len() as u32).map(NodeIndex).collect();
        let dominators = Dominators { nodes, immediate };
        let tree = DominatorTree::new(&dominators);
        for (node, &dominator) in dominators.immediate.iter().enumerate() {
            let parent = tree.parent(tree.place(NodeIndex(node as u32)));
            assert_eq!(parent, tree.place(NodeIndex(dominator)), "of {node}");
        }
        assert_eq!(tree.end(Place(0)), tree.len() as u32);
        assert_eq!(
            tree.end(tree.place(NodeIndex(chain))),
            tree.place(NodeIndex(chain)).0 + 2
        );
    }
}
