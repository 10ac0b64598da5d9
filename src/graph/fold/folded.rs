//! The groups of a heap. Knows keys; must not know how they are made, nor what they were before.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use super::weights::Weights;
use crate::graph::mix::Mix;
use crate::snapshot::{EdgeKind, NodeIndex, NodeKind};

/// Index of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupIndex(pub u32);

/// Objects that are reached alike.
#[derive(Debug, Clone)]
pub struct Group {
    /// The same in every snapshot: made of the names on the path from the nearest anchor on.
    pub key: u64,
    /// Made of the names on the whole path: where what is an anchor in one snapshot is none in another.
    pub(super) path_key: u64,
    /// The group that the path goes through before; the root's is its own.
    pub parent: GroupIndex,
    /// One of the objects.
    pub sample: NodeIndex,
    /// How many there are.
    pub count: u32,
    /// Shallow sizes of all that is reached through the group, itself included; each node counts once in all.
    pub bytes: u64,
    /// The path goes through V8's own (code, hidden classes, feedback): growth there is not the program's.
    pub is_engine: bool,
    pub(super) signature: Signature,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signature {
    pub(super) link: EdgeKind,
    pub(super) label: u32,
    pub(super) kind: NodeKind,
    pub(super) name: u32,
    /// The file of its code.
    pub(super) file: u32,
}

impl Hash for Signature {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let kinds = u64::from(self.link as u8) << 8 | u64::from(self.kind as u8);
        state.write_u64(u64::from(self.label) << 32 | u64::from(self.name));
        state.write_u64(u64::from(self.file) << 16 | kinds);
    }
}

/// What is said of a group that was only estimated: more than any number of objects, so that nothing is seen to grow.
pub(super) const UNKNOWN: u32 = u32::MAX / 2;
/// What stands for all names that are data.
pub(super) const ANY: u32 = u32::MAX;

/// The groups of a heap; the root's is the first, a parent stands before its children.
pub struct Folded {
    pub(super) groups: Vec<Group>,
    pub(super) by_key: HashMap<u64, GroupIndex>,
    pub(super) by_path: HashMap<u64, GroupIndex>,
    /// Properties of objects that were no dictionaries here, by the key that their group would have if they were.
    pub(super) by_table: HashMap<u64, Seen, BuildHasherDefault<Mix>>,
    /// Where large containers were thinned out before the heap was written.
    pub(super) weights: Option<Weights>,
}

/// What there was of a group in another snapshot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// How many objects.
    pub count: u32,
    /// Shallow sizes of all that is reached through them.
    pub bytes: u64,
    /// An object was none yet whose keys are taken for data now: what hangs on its properties has other keys here.
    pub is_of_names: bool,
}

impl Group {
    /// Whether it is not known how many there are: see [`Folded::weights`].
    pub fn is_estimate(&self) -> bool {
        self.count == UNKNOWN
    }
}

impl Folded {
    /// The groups.
    pub fn groups(&self) -> impl Iterator<Item = (GroupIndex, &Group)> {
        self.groups
            .iter()
            .enumerate()
            .map(|(i, group)| (GroupIndex(i as u32), group))
    }

    /// What is known of the heap besides, where large containers were thinned out before it was written: then counts of groups
    /// are of all that there was, bytes are estimates, and a count that would be one is more than there ever is.
    pub fn weights(&self) -> Option<&Weights> {
        self.weights.as_ref()
    }

    /// How many objects a node stands for.
    pub fn weight(&self, node: NodeIndex) -> f32 {
        self.weights.as_ref().map_or(1.0, |weights| weights.of(node))
    }

    /// One group.
    pub fn group(&self, index: GroupIndex) -> &Group {
        &self.groups[index.0 as usize]
    }
}
