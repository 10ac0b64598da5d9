//! How an export fails: with a code as a value. Knows errors, and not whose they are.

/// What an export fails with: napi makes its first part the `code` of the error that JavaScript gets.
pub type Failure = napi::Error<&'static str>;

/// What an export gives.
pub type Result<T> = std::result::Result<T, Failure>;

/// Its code as a value. What the system says begins with the code, as Node has it.
pub fn to_napi(error: crate::error::Error) -> Failure {
    let is_ours = error.code.starts_with("ERR_");
    Failure::new(
        error.code,
        if is_ours { error.message } else { error.to_string() },
    )
}

/// What napi itself refuses: nothing that a caller can mend.
pub fn internal(error: napi::Error) -> Failure {
    to_napi(crate::error::Error::internal(error.reason))
}
