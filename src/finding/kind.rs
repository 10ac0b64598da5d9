//! What kind of thing grows, how sure that is, and the answer of a check: three short lists, and their names in reports.
//! Knows no sentence.

use serde::{Deserialize, Serialize};

/// What kind of thing grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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

    /// Whether it is told in bytes; if not, by number.
    pub const fn is_bytes(self) -> bool {
        matches!(self, Kind::Buffer | Kind::Heap | Kind::Native)
    }

    /// The kind with this name.
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|k| k.name() == name)
    }
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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
