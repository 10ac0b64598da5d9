//! What rows may say at most, and the words for those that say more.

use super::super::scan::{Code, Refusal};

/// A value that must be below something which is known only later, and where it stood.
#[derive(Debug, Default, Clone, Copy)]
pub struct Largest {
    pub value: u32,
    pub at: u64,
}

impl Largest {
    #[inline(always)]
    pub fn take(&mut self, value: u32, at: u64) {
        if value > self.value {
            *self = Self { value, at };
        }
    }
}

/// Offsets that errors speak of.
#[derive(Debug, Default)]
pub struct Places {
    pub snapshot: u64,
    pub nodes: u64,
    pub edges: u64,
    pub strings: u64,
}

/// Refuses a number of rows that differs from the header's.
pub fn says(what: &str, count: Option<u32>, rows: usize) -> Result<(), Refusal> {
    match count {
        Some(count) if count as usize != rows => Err(Refusal::format(format!(
            "snapshot.{what} says {count}, but there are {rows}"
        ))),
        _ => Ok(()),
    }
}

/// Refuses a largest index that leads nowhere, with the place where it stood.
pub fn within(
    field: &str,
    what: &str,
    largest: Largest,
    count: usize,
) -> std::result::Result<(), (Refusal, u64)> {
    if (largest.value as usize) < count {
        return Ok(());
    }
    let what = format!("{field} leads to {what} {} of {count}", largest.value);
    Err((Refusal::format(what), largest.at))
}

/// An index that is not where a node begins.
#[cold]
pub fn no_node(name: &str, value: u64) -> Refusal {
    Refusal::format(format!("{name} {value} is not where a node begins"))
}

/// The first of these values that 32 bits do not hold, by name.
#[cold]
pub fn beyond(values: &[(&str, u64)]) -> Refusal {
    let found = values.iter().find(|(_, value)| value >> 32 != 0);
    let (name, value) = found.copied().unwrap_or_default();
    Refusal::new(Code::TooLarge, format!("{name} {value} is beyond 32 bits"))
}
