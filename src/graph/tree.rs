//! The dominator tree, laid out in its own preorder: what a node dominates is the run of places that begins at its
//! own. So "does a dominate b" is two comparisons, children need no lists, and sizes add up in one backward pass.

use crate::snapshot::NodeIndex;

use super::dominators::Dominators;

/// A place in the preorder of the dominator tree. The root is at 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(pub u32);

/// The tree. 16 bytes a node.
pub struct DominatorTree {
    /// Node by place.
    nodes: Vec<NodeIndex>,
    /// Place by node.
    places: Vec<Place>,
    /// Place of the immediate dominator, by place.
    parents: Vec<Place>,
    /// First place after what a node dominates, by place.
    ends: Vec<u32>,
}

impl DominatorTree {
    /// Lays the tree out. O(nodes) time, at most 24 bytes a node at once, the dominators' 8 included.
    pub fn new(dominators: Dominators) -> Self {
        let Dominators {
            nodes: numbered,
            immediate,
        } = dominators;
        let count = numbered.len();
        let mut sizes = vec![1u32; count];
        for number in (1..count).rev() {
            sizes[immediate[number] as usize] += sizes[number];
        }
        // Where the next child of each node goes; in the end, where the node's run ends.
        let mut next = vec![0u32; count];
        if count > 0 {
            next[0] = 1;
        }
        for number in 1..count {
            let slot = &mut next[immediate[number] as usize];
            let place = *slot;
            *slot += sizes[number];
            next[number] = place + 1;
        }
        // From here on `next` is the end of each run, and its start, the node's place, is as many before it.
        let ends_by_number = next;
        let mut places_by_number = sizes;
        for (place, end) in places_by_number.iter_mut().zip(&ends_by_number) {
            *place = end - *place;
        }
        let mut ends = vec![0; count];
        for (&place, &end) in places_by_number.iter().zip(&ends_by_number) {
            ends[place as usize] = end;
        }
        drop(ends_by_number);
        let mut parents = vec![Place(0); count];
        for (&place, &dominator) in places_by_number.iter().zip(&immediate) {
            parents[place as usize] = Place(places_by_number[dominator as usize]);
        }
        drop(immediate);
        let mut nodes = vec![NodeIndex(0); count];
        let mut places = vec![Place(0); count];
        for (&place, &node) in places_by_number.iter().zip(&numbered) {
            nodes[place as usize] = node;
            places[node.0 as usize] = Place(place);
        }
        Self {
            nodes,
            places,
            parents,
            ends,
        }
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no node at all.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Nodes in preorder.
    pub fn nodes(&self) -> &[NodeIndex] {
        &self.nodes
    }

    /// The node at a place.
    #[inline]
    pub fn node(&self, place: Place) -> NodeIndex {
        self.nodes[place.0 as usize]
    }

    /// The place of a node.
    #[inline]
    pub fn place(&self, node: NodeIndex) -> Place {
        self.places[node.0 as usize]
    }

    /// The immediate dominator; the root's is the root.
    #[inline]
    pub fn parent(&self, place: Place) -> Place {
        self.parents[place.0 as usize]
    }

    /// First place after what the node dominates.
    #[inline]
    pub fn end(&self, place: Place) -> u32 {
        self.ends[place.0 as usize]
    }

    /// The nodes with this immediate dominator. O(1) each.
    pub fn children(&self, place: Place) -> impl Iterator<Item = Place> + '_ {
        let end = self.end(place);
        let first = place.0 + 1;
        std::iter::successors(Some(first), move |&child| self.ends.get(child as usize).copied())
            .take_while(move |&child| child < end)
            .map(Place)
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.len() * 4 * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_node_dominates_is_one_run() {
        // 0 -> {1 -> {3, 4}, 2}, in an order in which 2 comes between.
        let nodes = [0, 1, 2, 3, 4].map(NodeIndex).to_vec();
        let tree = DominatorTree::new(Dominators {
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
                .map(|p| tree.node(p).0)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            (children(0), children(1), children(4)),
            (vec![1, 2], vec![3, 4], vec![])
        );
        assert_eq!(tree.node(tree.parent(tree.place(NodeIndex(4)))), NodeIndex(1));
    }
}
