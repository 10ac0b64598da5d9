//! What can be wrong with a snapshot: a code to match on, the section, the byte.

use crate::error::Error;

/// The kinds of refusal. A caller of the crate sees them as [`Error::code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Not JSON at this byte.
    Syntax,
    /// The bytes end before the snapshot does.
    Truncated,
    /// JSON, but not a heap snapshot: a section or field is missing, doubled, of another type, or contradicts another.
    Format,
    /// A number, table or index beyond what 32-bit indices (ids, counts) or 64 bits (sizes) hold.
    TooLarge,
    /// A section stands before one that it needs.
    Order,
}

impl Code {
    /// The code as callers see it.
    pub const fn name(self) -> &'static str {
        match self {
            Code::Syntax => "ERR_LEAKGUARD_SNAPSHOT_SYNTAX",
            Code::Truncated => "ERR_LEAKGUARD_SNAPSHOT_TRUNCATED",
            Code::Format => "ERR_LEAKGUARD_SNAPSHOT_FORMAT",
            Code::TooLarge => "ERR_LEAKGUARD_SNAPSHOT_TOO_LARGE",
            Code::Order => "ERR_LEAKGUARD_SNAPSHOT_ORDER",
        }
    }
}

/// A refusal that does not know yet where it happened. One pointer wide, so that hot loops can return it for free.
#[derive(Debug)]
pub struct Refusal(Box<(Code, String)>);

impl Refusal {
    /// A refusal in words.
    #[cold]
    pub fn new(code: Code, what: impl Into<String>) -> Self {
        Self(Box::new((code, what.into())))
    }

    /// Shorthand for [`Code::Format`].
    #[cold]
    pub fn format(what: impl Into<String>) -> Self {
        Self::new(Code::Format, what)
    }

    /// Adds the place.
    #[cold]
    pub fn at(self, section: &'static str, at: u64) -> Fault {
        let (code, what) = *self.0;
        Fault {
            code,
            section,
            at,
            what,
        }
    }
}

/// A refusal with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind.
    pub code: Code,
    /// Name of the section, or `document` between sections.
    pub section: &'static str,
    /// 0-based offset of the byte, or of the row, string or section that is wrong.
    pub at: u64,
    /// What was wrong and what was expected.
    pub what: String,
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let Fault {
            code,
            section,
            at,
            what,
        } = fault;
        Self {
            code: code.name(),
            message: format!("heap snapshot: {what} (section {section}, byte {at})"),
        }
    }
}
