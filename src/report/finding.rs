//! The values: what is suspected (with raw call sites), and the finding that a person reads.

use crate::growth::Growth;

/// What kind of thing grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Event listeners.
    Listener,
    /// Timers.
    Timer,
    /// Descriptors, sockets, child processes, workers.
    Handle,
    /// A tracked collection.
    Collection,
    /// A cache.
    Cache,
    /// Buffers outside the JavaScript heap.
    Buffer,
    /// The JavaScript heap as a whole.
    Heap,
    /// Memory that is in no object.
    Native,
    /// Objects of a class.
    Object,
    /// Functions and what they captured.
    Closure,
    /// Promises and what waits for them.
    Promise,
    /// Strings.
    String,
    /// Scopes.
    Context,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 13] = [
        Kind::Listener,
        Kind::Timer,
        Kind::Handle,
        Kind::Collection,
        Kind::Cache,
        Kind::Buffer,
        Kind::Heap,
        Kind::Native,
        Kind::Object,
        Kind::Closure,
        Kind::Promise,
        Kind::String,
        Kind::Context,
    ];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Listener => "listener",
            Kind::Timer => "timer",
            Kind::Handle => "handle",
            Kind::Collection => "collection",
            Kind::Cache => "cache",
            Kind::Buffer => "buffer",
            Kind::Heap => "heap",
            Kind::Native => "native",
            Kind::Object => "object",
            Kind::Closure => "closure",
            Kind::Promise => "promise",
            Kind::String => "string",
            Kind::Context => "context",
        }
    }

    /// The kind with this name.
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|k| k.name() == name)
    }
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Counted exactly, over a long time.
    Certain,
    /// Counted, over a short time, or by samples.
    Likely,
    /// A sign, not a proof.
    Possible,
}

impl Confidence {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Confidence::Certain => "certain",
            Confidence::Likely => "likely",
            Confidence::Possible => "possible",
        }
    }

    /// The confidence with this name; anything else is [`Confidence::Possible`].
    pub fn from_name(name: &str) -> Confidence {
        match name {
            "certain" => Confidence::Certain,
            "likely" => Confidence::Likely,
            _ => Confidence::Possible,
        }
    }
}

/// The answer of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing grows without bound.
    Clean,
    /// Something does.
    Leaking,
    /// Not known yet.
    Undecided,
}

impl Verdict {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Clean => "clean",
            Verdict::Leaking => "leaking",
            Verdict::Undecided => "undecided",
        }
    }
}

/// A stack frame, as V8 gave it or source-mapped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Function name, empty when anonymous.
    pub function: String,
    /// Absolute path, as a person would open it.
    pub file: String,
    /// The path that is the same on every machine: below the package, with the package's name for a dependency.
    pub portable: String,
    /// 1-based line.
    pub line: u32,
    /// 1-based column.
    pub column: u32,
}

/// A call site's share in what is there.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteShare {
    /// The call first, then its callers; empty when no stack could be taken.
    pub frames: Vec<Place>,
    /// How many of what is there were made here.
    pub count: f64,
}

/// Something that grows, before it is put into words.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    /// What kind of thing it is.
    pub kind: Kind,
    /// How sure.
    pub confidence: Confidence,
    /// See [`crate::ledger::Tally::label`]; the field of `process.memoryUsage()` for memory.
    pub label: String,
    /// The thread that holds it, empty for the main thread.
    pub thread: String,
    /// How it grew.
    pub growth: Growth,
    /// How many (or how many bytes) are there now.
    pub live: f64,
    /// The most there were.
    pub high_water: f64,
    /// Counted one by one, not estimated from samples.
    pub exact: bool,
    /// It is one place (a listener list, a collection), not a call site's work over many.
    pub is_one_place: bool,
    /// Made where, most first.
    pub sites: Vec<SiteShare>,
    /// More lines of evidence.
    pub notes: Vec<String>,
    /// How it grew: time in milliseconds and value, oldest first; empty where it is not known.
    pub series: Vec<(f64, f64)>,
}

/// What a person reads, see `Finding` in index.d.ts.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What kind of thing it is.
    pub kind: Kind,
    /// One sentence.
    pub message: String,
    /// What it is called, where it has a name.
    pub name: Option<String>,
    /// The call to look at.
    pub culprit: Option<Place>,
    /// `count` or `bytes`.
    pub unit: &'static str,
    /// What was added while it was watched.
    pub total: f64,
    /// Rate while it grew.
    pub per_hour: f64,
    /// How sure.
    pub confidence: Confidence,
    /// One line each.
    pub evidence: Vec<String>,
    /// Stable across runs, machines and line shifts.
    pub fingerprint: String,
    /// What to do, in one sentence.
    pub advice: String,
    /// From the root to the object, empty where no heap was looked at.
    pub retainer_path: Vec<RetainerStep>,
    /// How many there were at each look, where they were counted.
    pub counts: Vec<f64>,
    /// Where an array holds them, how many its backing store has place for.
    pub places: u32,
}

/// One step of a path, see `RetainerStep` in index.d.ts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RetainerStep {
    /// The object at the end of the step.
    pub name: String,
    /// What leads to it.
    pub edge: String,
    /// Where its code stands.
    pub file: Option<String>,
    /// 1-based.
    pub line: Option<u32>,
    /// 1-based.
    pub column: Option<u32>,
}
