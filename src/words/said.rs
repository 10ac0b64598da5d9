//! What is said of a finding. Knows nothing.

/// What a person reads of a finding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// One sentence: what grows, how fast, where it is held or made.
    pub message: String,
    /// What it rests on, one line each.
    pub evidence: Vec<String>,
    /// What to do, in one sentence.
    pub advice: String,
}
