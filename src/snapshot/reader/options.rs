//! How to read, for the reader and its columns.

/// How to read.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct ReadOptions {
    /// Hide what the program stored: strings that are no names read as [`crate::snapshot::Strings::PLACEHOLDER`], and their text
    /// is never kept if nodes and edges precede strings, as V8 writes them. See `usage.rs` for the rule.
    pub redact: bool,
    /// Bytes of the whole snapshot, where they are known. Only makes room in time; a wrong one is no error.
    pub size_bytes: Option<u64>,
}
