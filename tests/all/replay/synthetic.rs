//! Programs made up for rules that no workload needs by itself. Each is looked at ten times a second.

use leakguard::finding::Confidence;
use leakguard::ledger::{CacheUse, Claim, Pool, SlotId};
use leakguard::monitor::{Check, Limits, Monitor, Observation, ThreadId};

/// One program.
pub struct MadeUp {
    pub name: &'static str,
    /// What is wrong with what it is told, if anything is.
    pub wrong: fn(Limits) -> Option<String>,
}

const LOOK_MS: f64 = 100.0;
const SITE: &str = "work\t/app/work.js\t3\t7";
const MB: f64 = 1e6;

/// A program of one thread.
struct Program {
    monitor: Monitor,
    thread: ThreadId,
    page: Vec<f64>,
    groups: Vec<(String, f64)>,
    memory: Option<([f64; 4], f64)>,
    at_ms: f64,
    cpu_ms: f64,
    events: f64,
}

impl Program {
    fn new(limits: Limits) -> Program {
        let mut monitor = Monitor::with_limits(limits);
        Program {
            thread: monitor.add_thread("", 0),
            monitor,
            page: Vec::new(),
            groups: Vec::new(),
            memory: None,
            at_ms: 0.0,
            cpu_ms: 0.0,
            events: 0.0,
        }
    }

    fn claim(&mut self, pool: Pool, label: &str, site_key: &str, owner: Option<SlotId>) -> SlotId {
        self.claim_for(pool, label, site_key, owner, None)
    }

    fn claim_for(
        &mut self,
        pool: Pool,
        label: &str,
        site_key: &str,
        owner: Option<SlotId>,
        lasts_ms: Option<f64>,
    ) -> SlotId {
        let claim = Claim {
            pool,
            label,
            site_key,
            owner,
            bound: None,
            began: Some(0.0),
            lasts_ms,
        };
        let slot = self.monitor.claim(self.thread, &claim).unwrap();
        self.page.resize(self.page.len().max(slot.0 as usize + 1), 0.0);
        slot
    }

    fn set(&mut self, slot: SlotId, value: f64) {
        self.page[slot.0 as usize] = value;
    }

    /// A look `after_ms` the last one, `busy` being 1 for a program at work and 0 for one that waits.
    fn look_after(&mut self, after_ms: f64, busy: f64) {
        self.at_ms += after_ms;
        self.cpu_ms += 60.0 * busy;
        self.events += 200.0 * busy;
        let seen = Observation {
            at_ms: self.at_ms,
            cpu_ms: self.cpu_ms,
            events: self.events,
            page: &self.page,
            groups: &self.groups,
            memory: self.memory,
        };
        self.monitor.observe(self.thread, &seen);
    }

    fn look(&mut self) {
        self.look_after(LOOK_MS, 1.0);
    }

    fn check(&mut self) -> Check {
        self.monitor.check(self.thread)
    }
}

/// A count that is read `looks` times.
fn counted(limits: Limits, pool: Pool, looks: usize, value: impl Fn(usize) -> f64) -> Check {
    let mut program = Program::new(limits);
    let slot = program.claim(pool, "change\nBus", SITE, None);
    for i in 0..looks {
        program.set(slot, value(i));
        program.look();
    }
    program.check()
}

/// Timers at a steady rate, one a look, each of which lasts for so many looks, or for good; watched for `looks`.
fn timed(limits: Limits, looks: usize, lasts: Option<usize>) -> Check {
    let mut program = Program::new(limits);
    let lasts_ms = lasts.map(|lasts| lasts as f64 * LOOK_MS);
    let mut slots = Vec::new();
    for i in 0..looks {
        slots.push(program.claim_for(Pool::Timer, "setTimeout", SITE, None, lasts_ms));
        program.set(slots[i], 1.0);
        if let Some(ended) = lasts.and_then(|lasts| i.checked_sub(lasts)) {
            program.set(slots[ended], 0.0);
        }
        program.look();
    }
    program.check()
}

/// The same, with a check at every look.
fn watched(limits: Limits, looks: usize, value: impl Fn(usize) -> f64) -> Check {
    let mut program = Program::new(limits);
    let slot = program.claim(Pool::Target, "change\nBus", SITE, None);
    for i in 0..looks {
        program.set(slot, value(i));
        program.look();
        program.check();
    }
    program.check()
}

/// Handles of a type, by number alone.
fn grouped(limits: Limits, looks: usize, value: impl Fn(usize) -> f64) -> Check {
    let mut program = Program::new(limits);
    for i in 0..looks {
        program.groups = vec![("handle:TCPSocketWrap".to_owned(), value(i))];
        program.look();
    }
    program.check()
}

/// Memory after each of so many collections, `looks` looks apart, in MB; `field` as in readings.
fn collected(
    limits: Limits,
    field: usize,
    collections: usize,
    looks: usize,
    floor: impl Fn(usize) -> f64,
) -> Check {
    let mut program = Program::new(limits);
    for k in 0..collections {
        for i in 0..looks {
            let mut fields = [5.0 * MB, 1.0 * MB, 0.0, 50.0 * MB];
            fields[field] = (floor(k) + i as f64 * 0.1) * MB;
            program.memory = Some((fields, k as f64));
            program.look();
        }
    }
    program.check()
}

const HEAP: usize = 0;
const EXTERNAL: usize = 1;
const RSS: usize = 3;

/// Listeners spread over many objects: one born at each of these looks, proven by a collection at every second look.
fn proven(limits: Limits, looks: usize, is_born_at: impl Fn(usize) -> bool, weight: f64) -> Check {
    let mut program = Program::new(limits);
    for i in 0..looks {
        if is_born_at(i) {
            let slot = program.claim(Pool::Listener, "data\nSocket", SITE, None);
            program.set(slot, weight);
        }
        program.memory = Some(([5.0 * MB, MB, 0.0, 50.0 * MB], (i / 2) as f64));
        program.look();
    }
    program.check()
}

/// A cache after five seconds.
fn cached(limits: Limits, usage: CacheUse) -> Check {
    let mut program = Program::new(limits);
    let slot = program.claim(Pool::Cache, "prices", SITE, None);
    program.set(slot, 10.0);
    for _ in 0..50 {
        program.look();
        program.monitor.use_cache(program.thread, slot, usage);
    }
    program.check()
}

/// A cache whose keys do not repeat.
const UNUSED: CacheUse = CacheUse {
    max: 10.0,
    bytes: 0.0,
    hits: 3.0,
    misses: 5_000.0,
    evictions: 4_990.0,
    stale: 0.0,
    additions: 5_000.0,
    keys: 4_800.0,
};

#[test]
fn programs_made_up_are_told_the_truth() {
    let judged = ALL
        .iter()
        .filter_map(|made| Some((made.name, (made.wrong)(super::limits())?)));
    let wrong: Vec<_> = judged.collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn unless(is_right: bool, check: &Check) -> Option<String> {
    (!is_right).then(|| leakguard::recording::answer(check))
}

fn is(verdict: &str, check: Check) -> Option<String> {
    unless(check.verdict.name() == verdict, &check)
}

fn is_not_accused(check: Check) -> Option<String> {
    unless(check.verdict.name() != "leaking", &check)
}

fn is_said_with(confidence: Confidence, check: Check) -> Option<String> {
    unless(
        check
            .suspects
            .first()
            .is_some_and(|suspect| suspect.confidence == confidence),
        &check,
    )
}

pub const ALL: &[MadeUp] = &[
    MadeUp {
        name: "nine listeners",
        wrong: |limits| {
            is(
                "clean",
                counted(limits, Pool::Target, 60, |i| (i as f64 * 0.15).floor()),
            )
        },
    },
    MadeUp {
        name: "fifteen listeners more than a thousand",
        wrong: |limits| {
            is(
                "clean",
                counted(limits, Pool::Target, 60, |i| 1000.0 + (i / 4) as f64),
            )
        },
    },
    MadeUp {
        name: "four fifths of a second",
        wrong: |limits| is("undecided", counted(limits, Pool::Target, 9, |i| 40.0 * i as f64)),
    },
    MadeUp {
        name: "a leak with pauses, in one of them",
        wrong: |limits| {
            is(
                "leaking",
                counted(limits, Pool::Target, 100, |i| 30.0 * (i.min(80) / 10) as f64),
            )
        },
    },
    MadeUp {
        name: "two bursts and a long silence",
        wrong: |limits| {
            let value = |i: usize| 5.0 * i.min(20) as f64 + 50.0 * i.saturating_sub(50).min(2) as f64;
            is("clean", counted(limits, Pool::Target, 100, value))
        },
    },
    MadeUp {
        name: "a full pool that creeps",
        wrong: |limits| {
            let value = |i: usize| 3.0 * i.min(80) as f64 + (i.saturating_sub(80) / 5) as f64;
            is("clean", counted(limits, Pool::Target, 100, value))
        },
    },
    MadeUp {
        name: "a small leak that was found and has ended",
        wrong: |limits| is("clean", watched(limits, 85, |i| 2.0 * i.min(50) as f64)),
    },
    MadeUp {
        name: "a leak after a large start",
        wrong: |limits| {
            let value = |i: usize| if i < 8 { 40.0 * i as f64 } else { 312.0 + i as f64 };
            is("leaking", counted(limits, Pool::Target, 60, value))
        },
    },
    MadeUp {
        name: "timeouts that fill for as long as they last",
        wrong: |limits| {
            let filling = (40..=200)
                .step_by(40)
                .map(|looks| timed(limits, looks, Some(180)));
            let accused = filling.map(is_not_accused).find_map(|wrong| wrong);
            accused.or_else(|| is("clean", timed(limits, 500, Some(180))))
        },
    },
    MadeUp {
        name: "a burst after a long quiet time",
        wrong: |limits| {
            let bursts = [4, 30, 62, 66, 70, 74, 78, 82, 86, 90];
            let value = |i: usize| 40.0 * bursts.iter().filter(|at| **at <= i).count() as f64;
            is_not_accused(counted(limits, Pool::Target, 96, value))
        },
    },
    MadeUp {
        name: "sockets under way, of no known line",
        wrong: |limits| is("clean", grouped(limits, 25, |i| (i as f64).min(24.0))),
    },
    MadeUp {
        name: "timeouts that last for good",
        wrong: |limits| is("leaking", timed(limits, 120, None)),
    },
    MadeUp {
        name: "a growth that slows",
        wrong: |limits| {
            is_not_accused(counted(limits, Pool::Target, 45, |i| {
                400.0 * (1.0 - (-(i as f64) / 33.0).exp())
            }))
        },
    },
    MadeUp {
        name: "a pool that is nearly full",
        wrong: |limits| {
            let value = |i: usize| 12.0 * i.min(18) as f64 + 2.2 * i.saturating_sub(18) as f64;
            is("clean", counted(limits, Pool::Target, 60, value))
        },
    },
    MadeUp {
        name: "a leak that costs nothing",
        wrong: |limits| {
            let mut program = Program::new(limits);
            let slot = program.claim(Pool::Target, "change\nBus", SITE, None);
            for i in 0..40 {
                program.set(slot, 10.0 * f64::from(i));
                program.look_after(LOOK_MS, 0.0);
            }
            is("leaking", program.check())
        },
    },
    MadeUp {
        name: "a heap that grows by a quarter",
        wrong: |limits| {
            is(
                "clean",
                collected(limits, HEAP, 30, 10, |k| 150.0 + 1.25 * k as f64),
            )
        },
    },
    MadeUp {
        name: "a heap that stops growing after two thirds",
        wrong: |limits| {
            let floor = |k: usize| 30.0 + 0.5 * k.min(15) as f64 + 10.0 * k.clamp(15, 20) as f64 - 150.0;
            is("clean", collected(limits, HEAP, 30, 10, floor))
        },
    },
    MadeUp {
        name: "a heap that has grown a little, in few steps",
        wrong: |limits| is_not_accused(collected(limits, HEAP, 9, 45, |k| 20.0 + 3.5 * k as f64)),
    },
    MadeUp {
        name: "external memory that fills for some seconds while a server cannot be reached",
        wrong: |limits| is_not_accused(collected(limits, EXTERNAL, 18, 8, |k| 7.0 + 1.6 * k as f64)),
    },
    MadeUp {
        name: "a heap that rises and cannot be judged yet",
        wrong: |limits| {
            is(
                "undecided",
                collected(limits, HEAP, 9, 10, |k| 10.0 + 2.0 * k as f64),
            )
        },
    },
    MadeUp {
        name: "a heap that rises by four megabytes",
        wrong: |limits| is("clean", collected(limits, HEAP, 9, 10, |k| 10.0 + 0.5 * k as f64)),
    },
    MadeUp {
        name: "a heap that rises by a sixth",
        wrong: |limits| {
            is(
                "clean",
                collected(limits, HEAP, 10, 10, |k| 100.0 + 2.0 * k as f64),
            )
        },
    },
    MadeUp {
        name: "a heap that rises for four seconds",
        wrong: |limits| is("clean", collected(limits, HEAP, 5, 12, |k| 10.0 + 4.0 * k as f64)),
    },
    MadeUp {
        name: "a heap that rose, and then needed no collection",
        wrong: |limits| {
            let mut program = Program::new(limits);
            for i in 0..170 {
                let k = (i / 10).min(7);
                let heap = 10.0 + 2.0 * k as f64 + 0.1 * (i - 10 * k) as f64;
                program.memory = Some(([heap * MB, MB, 0.0, 50.0 * MB], k as f64));
                program.look();
            }
            is("clean", program.check())
        },
    },
    MadeUp {
        name: "rss after five collections",
        wrong: |limits| is("clean", collected(limits, RSS, 6, 25, |k| 50.0 + 25.0 * k as f64)),
    },
    MadeUp {
        name: "rss over six seconds",
        wrong: |limits| is("clean", collected(limits, RSS, 20, 3, |k| 50.0 + 10.0 * k as f64)),
    },
    MadeUp {
        name: "rss that grows by 40 MB",
        wrong: |limits| is("clean", collected(limits, RSS, 20, 10, |k| 60.0 + 2.0 * k as f64)),
    },
    MadeUp {
        name: "rss that grows by a fifth",
        wrong: |limits| {
            is(
                "clean",
                collected(limits, RSS, 20, 10, |k| 400.0 + 4.0 * k as f64),
            )
        },
    },
    MadeUp {
        name: "rss that grows in five jumps",
        wrong: |limits| {
            is(
                "clean",
                collected(limits, RSS, 20, 10, |k| 50.0 + 20.0 * (k / 4) as f64),
            )
        },
    },
    MadeUp {
        name: "rss that slows",
        wrong: |limits| {
            let floor = |k: usize| 50.0 + 15.0 * k.min(4) as f64 + 2.5 * k.saturating_sub(4) as f64;
            is("clean", collected(limits, RSS, 20, 10, floor))
        },
    },
    MadeUp {
        name: "rss that stops growing after two thirds",
        wrong: |limits| {
            let floor = |k: usize| 50.0 + k.min(15) as f64 + 20.0 * k.clamp(15, 20) as f64 - 300.0;
            is("clean", collected(limits, RSS, 30, 10, floor))
        },
    },
    MadeUp {
        name: "twenty entries",
        wrong: |limits| is("clean", counted(limits, Pool::Collection, 60, |i| (i / 3) as f64)),
    },
    MadeUp {
        name: "forty entries more than a thousand",
        wrong: |limits| {
            is(
                "clean",
                counted(limits, Pool::Collection, 60, |i| 1000.0 + (i * 2 / 3) as f64),
            )
        },
    },
    MadeUp {
        name: "nine sockets",
        wrong: |limits| is("clean", grouped(limits, 80, |i| (i as f64 * 0.12).floor())),
    },
    MadeUp {
        name: "sixty sockets more than a thousand",
        wrong: |limits| is("clean", grouped(limits, 60, |i| 1000.0 + i as f64)),
    },
    MadeUp {
        name: "nine samples that survived",
        wrong: |limits| is("clean", proven(limits, 60, |i| i % 6 == 3 && i < 54, 20.0)),
    },
    MadeUp {
        name: "survivors of the last third",
        wrong: |limits| is("clean", proven(limits, 100, |i| i >= 60 && i % 4 == 0, 10.0)),
    },
    MadeUp {
        name: "a cache that was hardly asked",
        wrong: |limits| {
            is(
                "clean",
                cached(
                    limits,
                    CacheUse {
                        misses: 500.0,
                        hits: 0.0,
                        ..UNUSED
                    },
                ),
            )
        },
    },
    MadeUp {
        name: "a cache that answers",
        wrong: |limits| {
            is(
                "clean",
                cached(
                    limits,
                    CacheUse {
                        hits: 9_000.0,
                        ..UNUSED
                    },
                ),
            )
        },
    },
    MadeUp {
        name: "a cache with places for most keys",
        wrong: |limits| {
            is(
                "clean",
                cached(
                    limits,
                    CacheUse {
                        max: 2_000.0,
                        ..UNUSED
                    },
                ),
            )
        },
    },
    MadeUp {
        name: "a cache whose keys come again, too late",
        wrong: |limits| {
            is(
                "clean",
                cached(
                    limits,
                    CacheUse {
                        keys: 2_000.0,
                        ..UNUSED
                    },
                ),
            )
        },
    },
    MadeUp {
        name: "a leak in eight steps",
        wrong: |limits| {
            is_said_with(
                Confidence::Likely,
                counted(limits, Pool::Target, 60, |i| 40.0 * (i / 7) as f64),
            )
        },
    },
    MadeUp {
        name: "a leak of three seconds",
        wrong: |limits| {
            is_said_with(
                Confidence::Likely,
                counted(limits, Pool::Target, 30, |i| 20.0 * i as f64),
            )
        },
    },
    MadeUp {
        name: "a list that Node warned of and that stands still",
        wrong: |limits| {
            let mut program = Program::new(limits);
            let slot = program.claim(Pool::Target, "change\nBus", SITE, None);
            program.set(slot, 11.0);
            program.look();
            program.monitor.warn(program.thread, slot);
            for _ in 0..50 {
                program.look();
            }
            is("clean", program.check())
        },
    },
    MadeUp {
        name: "a list that leaks, and a request under way that has added to it",
        wrong: |limits| {
            let mut program = Program::new(limits);
            let list = program.claim(Pool::Target, "change\nBus", SITE, None);
            for i in 0..50 {
                program.set(list, 10.0 * f64::from(i));
                if i % 5 == 0 {
                    let sample = program.claim(Pool::Listener, "change\nBus", SITE, Some(list));
                    program.set(sample, 1.0);
                }
                if i >= 47 {
                    for _ in 0..10 {
                        let other = "request\t/app/request.js\t9\t1";
                        let sample = program.claim(Pool::Listener, "change\nBus", other, Some(list));
                        program.set(sample, 1.0);
                    }
                }
                program.look();
            }
            let check = program.check();
            let first = check.suspects.first().and_then(|suspect| suspect.sites.first());
            unless(first.is_some_and(|site| site.frames[0].line == 3), &check)
        },
    },
    MadeUp {
        name: "children that leak, and their pipes",
        wrong: |limits| {
            let mut program = Program::new(limits);
            for i in 0..60 {
                let slot = program.claim(Pool::Resource, "ProcessWrap", SITE, None);
                program.set(slot, 1.0);
                program.groups = vec![("handle:PipeWrap".to_owned(), 2.0 * f64::from(i))];
                program.look();
            }
            let check = program.check();
            unless(check.suspects.len() == 1, &check)
        },
    },
    MadeUp {
        name: "looks that come in bursts",
        wrong: |limits| {
            let mut program = Program::new(limits);
            for i in 0..60 {
                program.look_after(if i % 10 == 0 { 900.0 } else { 1.0 }, 1.0);
            }
            is("undecided", program.check())
        },
    },
];
