//! The same program on a worse machine: looks that are lost, late or come all at once, a clock that goes on while nothing
//! does, work that takes longer. The clock never goes back, and what was read last is what is true.

use std::collections::{BTreeMap, HashMap};

use leakguard::recording::{Call, Look, Recording};

/// Numbers that look random and are the same each time (SplitMix64).
pub struct Random(pub u64);

impl Random {
    /// From 0 to 1.
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// One way for a machine to be bad.
pub struct Variation {
    pub name: &'static str,
    pub make: fn(&Recording, &mut Random) -> Recording,
}

pub const ALL: [Variation; 7] = [
    Variation {
        name: "a tenth of the ticks lost",
        make: |recording, random| lose(recording, 0.1, random),
    },
    Variation {
        name: "half of the ticks lost",
        make: |recording, random| lose(recording, 0.5, random),
    },
    Variation {
        name: "a stall of 1 s",
        make: |recording, random| stall(recording, 1e6, random),
    },
    Variation {
        name: "a stall of 5 s",
        make: |recording, random| stall(recording, 5e6, random),
    },
    Variation {
        name: "readings in bursts of ten",
        make: |recording, _| bursts(recording, 10),
    },
    Variation {
        name: "CPU time doubled",
        make: |recording, _| dearer(recording, 0.0),
    },
    Variation {
        name: "CPU time doubled from the middle on",
        make: |recording, _| dearer(recording, 0.5),
    },
];

/// Whether this look is what a check is made of: such a one is never lost, nor late.
fn is_of_a_check(calls: &[(u64, Call)], i: usize) -> bool {
    let next = calls[i + 1..].iter().find(|(thread, _)| *thread == calls[i].0);
    matches!(next, Some((_, Call::Check { .. })))
}

/// Whether a look brings news of a collection. What is read of samples that collections prove hangs on it, in the program:
/// that such a look is lost cannot be told from a recording.
struct News(HashMap<u64, f64>);

impl News {
    fn is_in(&mut self, thread: u64, look: &Look) -> bool {
        let Some([.., majors]) = look.memory else {
            return false;
        };
        self.0.insert(thread, majors) != Some(majors)
    }
}

fn lose(recording: &Recording, share: f64, random: &mut Random) -> Recording {
    let mut lost: HashMap<u64, BTreeMap<u32, f64>> = HashMap::new();
    let mut news = News(HashMap::new());
    let mut calls = Vec::with_capacity(recording.calls.len());
    for (i, (thread, call)) in recording.calls.iter().enumerate() {
        let Call::Look(look) = call else {
            calls.push((*thread, call.clone()));
            continue;
        };
        let is_needed = news.is_in(*thread, look) || is_of_a_check(&recording.calls, i);
        let missed = lost.entry(*thread).or_default();
        missed.extend(look.changes.iter().copied());
        if is_needed || random.next() >= share {
            let changes = std::mem::take(missed).into_iter().collect();
            calls.push((
                *thread,
                Call::Look(Look {
                    changes,
                    ..look.clone()
                }),
            ));
        }
    }
    Recording {
        calls,
        ..recording.clone()
    }
}

fn stall(recording: &Recording, stall_us: f64, random: &mut Random) -> Recording {
    let looks = || {
        recording
            .calls
            .iter()
            .filter(|(_, call)| matches!(call, Call::Look(_)))
    };
    let at = (looks().count() as f64 * random.next()) as usize;
    let mut seen = 0;
    changed(recording, |look| {
        seen += 1;
        look.at_us += if seen > at { stall_us } else { 0.0 };
    })
}

fn dearer(recording: &Recording, from_share: f64) -> Recording {
    let looks = recording
        .calls
        .iter()
        .filter(|(_, call)| matches!(call, Call::Look(_)))
        .count();
    let mut seen = 0.0;
    // By how much a thread's CPU time is ahead of what it was.
    let mut last: HashMap<u64, (f64, f64)> = HashMap::new();
    let mut calls = recording.calls.clone();
    for (thread, call) in &mut calls {
        let Call::Look(look) = call else { continue };
        seen += 1.0;
        let (before, more) = last.entry(*thread).or_insert((look.cpu_us, 0.0));
        if seen > looks as f64 * from_share {
            *more += look.cpu_us - *before;
        }
        *before = look.cpu_us;
        look.cpu_us += *more;
    }
    Recording {
        calls,
        ..recording.clone()
    }
}

/// Looks come together, `many` at a time, when the last of them is due or a check wants to know.
fn bursts(recording: &Recording, many: usize) -> Recording {
    let mut late: HashMap<u64, Vec<Look>> = HashMap::new();
    let mut calls = Vec::with_capacity(recording.calls.len());
    for (i, (thread, call)) in recording.calls.iter().enumerate() {
        let Call::Look(look) = call else {
            calls.push((*thread, call.clone()));
            continue;
        };
        let waiting = late.entry(*thread).or_default();
        waiting.push(look.clone());
        if waiting.len() < many && !is_of_a_check(&recording.calls, i) {
            continue;
        }
        // All of them see what there is now.
        let changes: BTreeMap<u32, f64> = waiting
            .iter()
            .flat_map(|look| look.changes.iter().copied())
            .collect();
        let mut changes = Some(changes.into_iter().collect());
        let count = waiting.len();
        for (k, early) in waiting.drain(..).enumerate() {
            let burst = Look {
                at_us: look.at_us - (count - 1 - k) as f64,
                cpu_us: look.cpu_us,
                events: look.events,
                changes: changes.take().unwrap_or_default(),
                ..early
            };
            calls.push((*thread, Call::Look(burst)));
        }
    }
    Recording {
        calls,
        ..recording.clone()
    }
}

fn changed(recording: &Recording, mut change: impl FnMut(&mut Look)) -> Recording {
    let mut calls = recording.calls.clone();
    for (_, call) in &mut calls {
        if let Call::Look(look) = call {
            change(look);
        }
    }
    Recording {
        calls,
        ..recording.clone()
    }
}
