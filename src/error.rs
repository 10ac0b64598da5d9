//! Errors of the native core. Callers match on [`Error::code`], people read the message.

use std::fmt;

/// A refusal with a stable code (`ERR_LEAKGUARD_*`) and a sentence that says what was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Stable identifier, for example `ERR_LEAKGUARD_INVALID_ARG`.
    pub code: &'static str,
    /// What was wrong, where, and what was expected.
    pub message: String,
}

impl Error {
    /// An argument that the core cannot work with.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self {
            code: "ERR_LEAKGUARD_INVALID_ARG",
            message: message.into(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Error {}

/// Result of a core function.
pub type Result<T> = std::result::Result<T, Error>;
