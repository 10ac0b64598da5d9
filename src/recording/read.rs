//! From a text to the calls in it. See [`super`] for the format.

use std::collections::HashMap;
use std::str::FromStr;

use super::{Call, Claimed, FIRST_LINE, Look, Recording, cache_numbers};
use crate::error::{Error, Result};
use crate::ledger::{CacheUse, Pool};

impl Recording {
    /// Reads a text. O(length).
    ///
    /// # Errors
    /// `ERR_LEAKGUARD_INVALID_ARG` with the number of the first line that is not as it should be.
    pub fn parse(text: &str) -> Result<Recording> {
        let mut lines = text.lines();
        if lines.next() != Some(FIRST_LINE) {
            return Err(Error::invalid(format!(
                "recording: the first line is not '{FIRST_LINE}'"
            )));
        }
        let mut reader = Reader::default();
        for (i, line) in lines.enumerate() {
            if reader.line(line).is_none() {
                return Err(Error::invalid(format!(
                    "recording: line {} is not understood: {line}",
                    i + 2
                )));
            }
        }
        Ok(reader.recording)
    }
}

#[derive(Default)]
struct Reader {
    recording: Recording,
    speaker: u64,
    heard: HashMap<u64, Heard>,
}

/// The numbers that differences of a thread stand on.
#[derive(Default)]
struct Heard {
    clocks: [f64; 3],
    memory: [f64; 5],
    caches: HashMap<u32, CacheUse>,
}

impl Reader {
    /// `None` for a line that is not understood.
    fn line(&mut self, line: &str) -> Option<()> {
        let (mark, rest) = line.split_once(' ').unwrap_or((line, ""));
        let call = match mark {
            "#" => {
                let (key, value) = rest.split_once(' ').unwrap_or((rest, ""));
                self.recording.header.push((key.to_owned(), value.to_owned()));
                return Some(());
            }
            "s" => {
                self.recording.strings.push(unescaped(rest));
                return Some(());
            }
            "@" => {
                self.speaker = rest.parse().ok()?;
                return Some(());
            }
            "c" => return self.claims(rest),
            "+" => {
                let [name, key] = numbers(rest)?;
                Call::Begin {
                    name: self.known(name)?,
                    key,
                }
            }
            "-" => Call::End,
            "h" => Call::HistoryMin {
                span_min_ms: rest.parse().ok()?,
            },
            "a" => {
                let [id, owner] = numbers(rest)?;
                Call::Adopt { id, owner }
            }
            "w" => Call::Warn {
                id: rest.parse().ok()?,
            },
            "d" => Call::Drop {
                ids: rest.split(' ').map(|id| id.parse().ok()).collect::<Option<_>>()?,
            },
            "u" => self.cache(rest)?,
            "l" => Call::Look(self.look(rest)?),
            "q" => Call::Check {
                answer: self.known(rest.parse().ok()?)?,
            },
            _ => return None,
        };
        self.recording.calls.push((self.speaker, call));
        Some(())
    }

    /// A string that there is.
    fn known(&self, string: u32) -> Option<u32> {
        ((string as usize) < self.recording.strings.len()).then_some(string)
    }

    fn claims(&mut self, rest: &str) -> Option<()> {
        let mut words = rest.split(' ');
        let mut claimed = Claimed {
            pool: Pool::from_code(words.next()?.parse().ok()?)?,
            label: self.known(words.next()?.parse().ok()?)?,
            site: self.known(words.next()?.parse().ok()?)?,
            owner: None,
            bound: None,
            began: Some(0.0),
            lasts_ms: None,
        };
        let mut times = 1;
        for word in words {
            let (mark, value) = word.split_at_checked(1)?;
            match mark {
                "o" => claimed.owner = Some(value.parse().ok()?),
                "b" => claimed.bound = Some(value.parse().ok()?),
                "g" if value == "-" => claimed.began = None,
                "g" => claimed.began = Some(value.parse().ok()?),
                "l" => claimed.lasts_ms = Some(value.parse().ok()?),
                "*" => times = value.parse().ok()?,
                _ => return None,
            }
        }
        let call = (self.speaker, Call::Claim(claimed));
        self.recording.calls.extend(std::iter::repeat_n(call, times));
        Some(())
    }

    fn cache(&mut self, rest: &str) -> Option<Call> {
        let mut words = rest.split(' ');
        let id = words.next()?.parse().ok()?;
        let last = self
            .heard
            .entry(self.speaker)
            .or_default()
            .caches
            .entry(id)
            .or_default();
        let mut numbers = cache_numbers(last);
        for number in &mut numbers {
            different(words.next()?, number)?;
        }
        let [max, bytes, hits, misses, evictions, stale, additions, keys] = numbers;
        *last = CacheUse {
            max,
            bytes,
            hits,
            misses,
            evictions,
            stale,
            additions,
            keys,
        };
        Some(Call::UseCache { id, cache: *last })
    }

    fn look(&mut self, rest: &str) -> Option<Look> {
        let heard = self.heard.entry(self.speaker).or_default();
        let mut words = rest.split(' ');
        for clock in &mut heard.clocks {
            different(words.next()?, clock)?;
        }
        let [at_us, cpu_us, events] = heard.clocks;
        let mut look = Look {
            at_us,
            cpu_us,
            events,
            ..Look::default()
        };
        while let Some(word) = words.next() {
            if word == "m" {
                for field in &mut heard.memory {
                    different(words.next()?, field)?;
                }
                look.memory = Some(heard.memory);
                continue;
            }
            let (what, value) = word.split_once(':')?;
            if let Some(label) = what.strip_prefix('g') {
                let label: u32 = label.parse().ok()?;
                if label as usize >= self.recording.strings.len() {
                    return None;
                }
                look.groups.push((label, value.parse().ok()?));
                continue;
            }
            let value = if value == "x" { -1.0 } else { value.parse().ok()? };
            let (first, last) = what.split_once('-').unwrap_or((what, what));
            let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
            look.changes.extend((first..=last).map(|id| (id, value)));
        }
        Some(look)
    }
}

/// As many numbers as are wanted, and no more.
fn numbers<const N: usize>(text: &str) -> Option<[u32; N]> {
    let all: Vec<u32> = text
        .split(' ')
        .map(|word| u32::from_str(word).ok())
        .collect::<Option<_>>()?;
    all.try_into().ok()
}

/// Renews a number from its difference to the one before, or from the number itself.
fn different(word: &str, number: &mut f64) -> Option<()> {
    *number = match word.strip_prefix('=') {
        Some(value) => value.parse().ok()?,
        None => *number + word.parse::<f64>().ok()?,
    };
    Some(())
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(match c {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some(other) => other,
                None => '\\',
            },
            c => c,
        });
    }
    plain
}
