//! What would be free if what holds something were cut off. Knows figures.

use serde::{Deserialize, Serialize};

/// What would be free without the reference that is told, by a graph of the heap without it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Frees {
    /// Bytes of all that nothing would reach any more.
    pub bytes: f64,
    /// Objects of the kind that grew among them.
    pub count: f64,
    /// Their share of all of that kind that are held there: from 0 to 1.
    pub share: f64,
    /// What else holds the others, by the names that the program gave.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_held_by: Vec<String>,
}
