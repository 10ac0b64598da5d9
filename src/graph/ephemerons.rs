//! The edges that stand for entries of a WeakMap: V8 draws two for each value, one from the key and one from the
//! table, both `internal` and named `N / part of key (K @id) -> value (V @id) pair in WeakMap (table @id)`.

use crate::snapshot::{StringIndex, Strings};

use super::bits::Bits;

/// One name of that form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ephemeron {
    /// The string.
    pub name: StringIndex,
    /// V8's id of the table.
    pub table_id: u64,
    /// Whether the key is V8's own, such as the template of a function, which lives as long as the program: then the
    /// table, which belongs to a context, decides how long the value lives.
    pub is_of_engine: bool,
    /// Length of the number in front; what follows it is the same in both names of a pair.
    number_len: u32,
}

/// All such names of a snapshot.
#[derive(Debug, Default)]
pub struct Ephemerons {
    is_name: Bits,
    sorted: Vec<Ephemeron>,
}

impl Ephemerons {
    /// Finds them. O(strings).
    pub fn find(strings: &Strings) -> Self {
        let mut found = Self {
            is_name: Bits::new(strings.len()),
            sorted: Vec::new(),
        };
        for at in 0..strings.len() as u32 {
            if let Some(ephemeron) = parse(StringIndex(at), strings.get(StringIndex(at))) {
                found.is_name.set(at);
                found.sorted.push(ephemeron);
            }
        }
        found
    }

    /// What the name of an `internal` edge says of a WeakMap, if anything.
    #[inline]
    pub fn get(&self, name: u32) -> Option<Ephemeron> {
        if !self.is_name.get(name) {
            return None;
        }
        self.sorted
            .binary_search_by_key(&name, |e| e.name.0)
            .ok()
            .map(|at| self.sorted[at])
    }
}

impl Ephemeron {
    /// The part of the name that both edges of a pair share.
    pub fn pair_name<'s>(&self, strings: &'s Strings) -> &'s str {
        strings
            .get(self.name)
            .get(self.number_len as usize..)
            .unwrap_or("")
    }
}

/// Reads `^\d+ / part of key \(.* @\d+\) -> value \(.* @\d+\) pair in WeakMap \(table @\d+\)$`.
fn parse(name: StringIndex, text: &str) -> Option<Ephemeron> {
    if !text.as_bytes().first()?.is_ascii_digit() {
        return None;
    }
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number_len = (text.len() - rest.len()) as u32;
    let rest = rest.strip_prefix(" / part of key (")?.strip_suffix(')')?;
    let (pair, table_id) = rest.rsplit_once(") pair in WeakMap (table @")?;
    let (key, value) = pair.rsplit_once(") -> value (")?;
    if !ends_with_id(key) || !ends_with_id(value) || !is_number(table_id) {
        return None;
    }
    Some(Ephemeron {
        name,
        table_id: table_id.parse().ok()?,
        is_of_engine: key.starts_with("system / "),
        number_len,
    })
}

fn ends_with_id(text: &str) -> bool {
    text.rsplit_once(" @").is_some_and(|(_, id)| is_number(id))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gives_its_table_and_the_part_that_its_twin_shares() {
        let mut strings = Strings::default();
        let one =
            strings.push("7 / part of key (User @11) -> value (Object @13) pair in WeakMap (table @15)");
        strings.push("7 / part of key (User @11) -> value (Object @x) pair in WeakMap (table @15)");
        strings.push("part of key");
        strings.push("42");
        let two =
            strings.push("12 / part of key (User @11) -> value (Object @13) pair in WeakMap (table @15)");
        let found = Ephemerons::find(&strings);
        let first = found.get(one.0).unwrap();
        assert_eq!(first.table_id, 15);
        assert_eq!(
            first.pair_name(&strings),
            found.get(two.0).unwrap().pair_name(&strings)
        );
        assert!((1..4).all(|other| found.get(other).is_none()));
    }
}
