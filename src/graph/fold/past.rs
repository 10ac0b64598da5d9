//! What remains of the groups of a heap once another is the newest: how many there were of each, and how many bytes.

use super::folded::{ANY, Folded, Group, Seen};
use crate::snapshot::EdgeKind;

/// Groups of an earlier heap, to be asked what a group of the newest one was there.
pub trait Earlier {
    /// The group with this key.
    fn of_key(&self, key: u64) -> Option<Seen>;
    /// The group with this path, and its key.
    fn of_path(&self, path_key: u64) -> Option<(u64, Seen)>;
    /// What of the group with this key was under names, in objects that were no dictionaries.
    fn of_table(&self, key: u64) -> Option<Seen>;

    /// What a group of the newest heap, `theirs`, was here: by its key, or else by the whole path. A dictionary may have been
    /// small then, each of its entries a group.
    fn seen(&self, group: &Group, theirs: &Folded) -> Seen {
        let named = self.named(group);
        if let Some(seen) = self.of_key(group.key) {
            return seen.and(named);
        }
        if named.count > 0 {
            return named;
        }
        let found = self.of_path(group.path_key);
        found
            .filter(|(key, _)| !theirs.by_key.contains_key(key))
            .map_or(Seen::default(), |(_, seen)| seen)
    }

    /// What of a group there is under names, in objects that are no dictionaries.
    fn named(&self, group: &Group) -> Seen {
        let is_entry = group.signature.link == EdgeKind::Property && group.signature.label == ANY;
        let named = is_entry.then(|| self.of_table(group.key)).flatten();
        named.unwrap_or_default()
    }
}

impl Seen {
    fn of(group: &Group) -> Self {
        Self {
            count: group.count,
            bytes: group.bytes,
            is_of_names: false,
        }
    }

    fn and(self, named: Seen) -> Seen {
        Seen {
            count: self.count.saturating_add(named.count),
            bytes: self.bytes + named.bytes,
            is_of_names: false,
        }
    }
}

impl Earlier for Folded {
    fn of_key(&self, key: u64) -> Option<Seen> {
        self.by_key.get(&key).map(|&index| Seen::of(self.group(index)))
    }

    fn of_path(&self, path_key: u64) -> Option<(u64, Seen)> {
        let group = self.by_path.get(&path_key).map(|&index| self.group(index));
        group.map(|group| (group.key, Seen::of(group)))
    }

    fn of_table(&self, key: u64) -> Option<Seen> {
        self.by_table.get(&key).copied()
    }
}

/// The same in about a quarter of the bytes: sorted columns, and no group itself.
pub struct Past {
    /// Sorted, with the columns that belong to them.
    keys: Box<[u64]>,
    counts: Box<[u32]>,
    bytes: Box<[u64]>,
    /// Sorted, and the place of their key.
    paths: Box<[u64]>,
    places: Box<[u32]>,
    /// By key, sorted.
    tables: Box<[(u64, Seen)]>,
}

impl From<&Folded> for Past {
    /// O(groups log groups).
    fn from(folded: &Folded) -> Self {
        let mut of_keys: Vec<_> = folded.by_key.iter().map(|(&key, &index)| (key, index)).collect();
        of_keys.sort_unstable();
        let keys: Box<[u64]> = of_keys.iter().map(|&(key, _)| key).collect();
        let groups = || of_keys.iter().map(|&(_, index)| folded.group(index));
        let place = |key: u64| keys.binary_search(&key).unwrap_or(0) as u32;
        let mut of_paths: Vec<_> = folded
            .by_path
            .iter()
            .map(|(&path, &index)| (path, place(folded.group(index).key)))
            .collect();
        of_paths.sort_unstable();
        let mut tables: Vec<_> = folded.by_table.iter().map(|(&key, &seen)| (key, seen)).collect();
        tables.sort_unstable_by_key(|&(key, _)| key);
        Self {
            counts: groups().map(|group| group.count).collect(),
            bytes: groups().map(|group| group.bytes).collect(),
            keys,
            paths: of_paths.iter().map(|&(path, _)| path).collect(),
            places: of_paths.iter().map(|&(_, place)| place).collect(),
            tables: tables.into(),
        }
    }
}

impl Past {
    /// Bytes that this holds.
    pub fn bytes(&self) -> usize {
        let of_keys = self.keys.len() * (size_of::<u64>() * 2 + size_of::<u32>());
        let of_paths = self.paths.len() * (size_of::<u64>() + size_of::<u32>());
        of_keys + of_paths + self.tables.len() * size_of::<(u64, Seen)>()
    }

    fn at(&self, place: usize) -> Seen {
        Seen {
            count: self.counts[place],
            bytes: self.bytes[place],
            is_of_names: false,
        }
    }
}

impl Earlier for Past {
    fn of_key(&self, key: u64) -> Option<Seen> {
        let place = self.keys.binary_search(&key).ok()?;
        Some(self.at(place))
    }

    fn of_path(&self, path_key: u64) -> Option<(u64, Seen)> {
        let place = self.places[self.paths.binary_search(&path_key).ok()?] as usize;
        Some((self.keys[place], self.at(place)))
    }

    fn of_table(&self, key: u64) -> Option<Seen> {
        let place = self.tables.binary_search_by_key(&key, |&(key, _)| key).ok()?;
        Some(self.tables[place].1)
    }
}
