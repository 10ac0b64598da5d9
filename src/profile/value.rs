//! A profile as a value: what it is made from, and what is read of one. Knows no bytes.

use serde::{Deserialize, Serialize};

/// What was counted, by stack.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Profile {
    /// What the values of each sample are, in order.
    pub types: Vec<SampleType>,
    /// The name of the type that readers show first; may be empty.
    pub default_type: String,
    /// When it was taken, in milliseconds since 1970.
    pub time_ms: f64,
    /// Over how long, in milliseconds.
    pub duration_ms: f64,
    /// The program, as the mapping that all frames are of.
    pub program: String,
    /// What tells one build of it from another.
    pub build_id: String,
    /// A regular expression: readers leave out frames that match, and what is above them in the stack.
    pub drop_frames: String,
    /// Of these, what is kept.
    pub keep_frames: String,
    /// Lines for people.
    pub comments: Vec<String>,
    /// Where it is explained.
    pub doc_url: String,
    /// The frames of all stacks, each once.
    pub frames: Vec<Frame>,
    /// What was counted.
    pub samples: Vec<Sample>,
}

/// Name and unit of a value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleType {
    /// As `retained_space`.
    pub name: String,
    /// As `bytes`.
    pub unit: String,
}

/// One place of a stack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Frame {
    /// The function, or what stands for one.
    pub name: String,
    /// May be empty.
    pub file: String,
    /// 1-based; 0 where it is not known.
    pub line: i64,
}

/// The values of one stack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sample {
    /// Indices of frames, the leaf first.
    pub stack: Vec<u32>,
    /// As many as the profile has types.
    pub values: Vec<i64>,
    /// What else is known of it.
    pub labels: Vec<Label>,
}

/// A text or a number with a name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Label {
    /// Its name.
    pub key: String,
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Or the number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// Of the number; may be empty.
    pub unit: String,
}
