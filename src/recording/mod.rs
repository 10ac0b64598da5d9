//! All that a monitor was told, as a text, and the same told again: judging is stateful, so that only the whole log in
//! its order gives the same answers. Knows calls, not what they are judged by. Programs that are recorded load an addon
//! of their own (cargo feature `record`, `scripts/record.js`); no other addon has a recorder in it.
//!
//! | module | knows |
//! |---|---|
//! | [`write`] | a monitor that keeps a log of what it is told |
//! | [`read`] | a text, and the calls in it |
//! | [`replay`] | how calls are told to another monitor |
//!
//! A text has a line a fact. Things that are followed have numbers of their own, in the order of their claims, whatever
//! slots they stood in; times are whole microseconds, so that what is written is what was judged. `D` below is the
//! difference to the number before it in the same place, or `=` and the number itself where one of the two is no whole
//! number.
//!
//! | line | meaning |
//! |---|---|
//! | `leakguard recording 1` | the first line, with the version of the format |
//! | `# key value` | what was recorded, and what is expected of it |
//! | `s text` | the next string, from number 0 on: `\n`, `\t` and `\\` are escaped |
//! | `@ thread` | who speaks from here on |
//! | `+ name key` | a thread begins; `name` is a string |
//! | `-` | it ends |
//! | `h ms` | the shortest time over which growth must have been seen |
//! | `c pool label site [oOWNER] [bBOUND] [gBEGAN] [lLASTS] [*times]` | a claim; `g-` where nothing is known, nothing where it is 0; LASTS in ms |
//! | `a id owner`, `w id`, `d id…` | adopted, warned of, dropped to make room |
//! | `u id D D D D D D D D` | how a cache is used |
//! | `l D D D [ids:value…] [gLABEL:value…] [m D D D D D]` | a look: time, CPU time, events; what changed (`5`, `5-9`; `x` is gone), groups, memory |
//! | `q answer` | a check, asked for by this thread, and its answer, a string |

pub mod read;
pub mod replay;
pub mod write;

pub use replay::Answer;
pub use write::Recorder;

use crate::ledger::{CacheUse, Pool};
use crate::monitor::Check;

/// First line of a recording.
const FIRST_LINE: &str = "leakguard recording 1";

/// A recording.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recording {
    /// What was recorded and what is expected of it: key and value.
    pub header: Vec<(String, String)>,
    /// Labels, call sites, names and answers.
    pub strings: Vec<String>,
    /// What was told, by which thread.
    pub calls: Vec<(u64, Call)>,
}

/// One thing that a monitor was told. Strings are numbers into [`Recording::strings`], things that are followed are
/// numbers in the order of the thread's claims.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    missing_docs,
    reason = "the names of the fields are those of the monitor's methods"
)]
pub enum Call {
    Begin { name: u32, key: u32 },
    End,
    HistoryMin { span_min_ms: f64 },
    Claim(Claimed),
    Adopt { id: u32, owner: u32 },
    Warn { id: u32 },
    Drop { ids: Vec<u32> },
    UseCache { id: u32, cache: CacheUse },
    Look(Look),
    Check { answer: u32 },
}

/// A claim that was granted.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(
    missing_docs,
    reason = "the names of the fields are those of the ledger's claim"
)]
pub struct Claimed {
    pub pool: Pool,
    pub label: u32,
    pub site: u32,
    pub owner: Option<u32>,
    pub bound: Option<f64>,
    pub began: Option<f64>,
    /// See the claim of the ledger.
    pub lasts_ms: Option<f64>,
}

/// A look at a thread.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Look {
    /// When, in microseconds.
    pub at_us: f64,
    /// CPU time of the thread so far, in microseconds.
    pub cpu_us: f64,
    /// Counted events so far.
    pub events: f64,
    /// Things that are read otherwise than at the look before; below zero: gone.
    pub changes: Vec<(u32, f64)>,
    /// Counts made outside: label and number.
    pub groups: Vec<(u32, f64)>,
    /// Memory fields, and major collections so far.
    pub memory: Option<[f64; 5]>,
}

impl Recording {
    /// A value of the header.
    pub fn value(&self, key: &str) -> Option<&str> {
        let found = self.header.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str())
    }
}

/// What a check answered, in one line: the verdict, each suspect with its confidence, kind, thread, label and line, and
/// how much cannot be told. No numbers and no sentences: those may change while the answer stays.
pub fn answer(check: &Check) -> String {
    let suspects = check.suspects.iter().map(|suspect| {
        let place = suspect.sites.first().and_then(|site| site.frames.first());
        let place = place.map_or(String::new(), |frame| {
            format!(" @ {}:{}:{}", frame.file, frame.line, frame.column)
        });
        let thread = if suspect.thread.is_empty() {
            String::new()
        } else {
            format!(" in {}", suspect.thread)
        };
        let (confidence, kind) = (suspect.confidence.name(), suspect.kind.name());
        format!(" | {confidence} {kind} {}{thread}{place}", suspect.label)
    });
    let undecided = match check.undecided.len() {
        0 => String::new(),
        count => format!(" | {count} undecided"),
    };
    format!(
        "{}{}{undecided}",
        check.verdict.name(),
        suspects.collect::<String>()
    )
}

/// The counts of a cache, in the order in which they are written.
const fn cache_numbers(cache: &CacheUse) -> [f64; 8] {
    [
        cache.max,
        cache.bytes,
        cache.hits,
        cache.misses,
        cache.evictions,
        cache.stale,
        cache.additions,
        cache.keys,
    ]
}
