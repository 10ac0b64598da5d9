//! One of the things that leak: of what class it is, what it consists of, and how much it keeps. Names and sizes, no values.

use serde::{Deserialize, Serialize};

/// One of what leaks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Sample {
    /// Its class.
    pub class: String,
    /// Some of its properties, in their order.
    pub parts: Vec<Part>,
    /// How many others it has.
    pub more: u32,
    /// What would be free if it were gone, in bytes.
    pub bytes: f64,
}

/// A property of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Its name, as a person wrote it; `[key]` where that is data.
    pub name: String,
    /// The class of what it holds.
    pub class: String,
    /// What that keeps by itself, in bytes; 0 where others hold it too.
    pub bytes: f64,
}
