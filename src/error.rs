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

    /// A bug of ours, or what only a bug of ours can lead to.
    pub fn internal(what: impl fmt::Display) -> Self {
        Self {
            code: "ERR_LEAKGUARD_INTERNAL",
            message: format!("a bug in leakguard: {what}"),
        }
    }

    /// The end of work that its caller has stopped.
    pub fn aborted(message: impl Into<String>) -> Self {
        Self {
            code: "ERR_LEAKGUARD_ABORTED",
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

/// Does the work; a panic in it becomes an error (`ERR_LEAKGUARD_INTERNAL`), since on a thread of ours nobody else would
/// hear of it.
///
/// # Errors
/// Those of the work, and its panic.
pub fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // What the work left half done is dropped with it: it owns or locks all that it touches.
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    done.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<&str>().copied();
        let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Err(Error::internal(said.unwrap_or("the work panicked")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_panics_fails_with_what_it_said() {
        let index = std::hint::black_box(9);
        let failed = caught(|| Ok([1, 2, 3][index])).unwrap_err();
        assert_eq!(failed.code, "ERR_LEAKGUARD_INTERNAL");
        assert!(failed.message.contains("index out of bounds"), "{failed}");
        let failed = caught::<()>(|| panic!("words")).unwrap_err();
        assert_eq!(failed.message, "a bug in leakguard: words");
        let failed = caught::<()>(|| std::panic::panic_any(7)).unwrap_err();
        assert_eq!(failed.message, "a bug in leakguard: the work panicked");
    }

    #[test]
    fn work_that_does_not_panic_is_left_alone() {
        assert_eq!(caught(|| Ok(7)), Ok(7));
        assert_eq!(
            caught::<()>(|| Err(Error::invalid("no"))),
            Err(Error::invalid("no"))
        );
    }
}
