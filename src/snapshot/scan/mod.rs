//! The scanner of `.heapsnapshot` text: chunks in, rows of numbers and pieces of strings out to a [`Sink`]. Knows the
//! format; keeps none of the data, so its memory is constant but for the keys and the header.
//!
//! | part | knows |
//! |---|---|
//! | `document` | the outline: which section comes now, what may come twice, what must not be missing |
//! | `header`, `kinds` | the `snapshot` section: fields and types by name |
//! | `json`, `nesting` | JSON of any shape and depth, token by token, without recursion |
//! | `rows` | flat arrays of integers, a row at a time: the fast path |
//! | `strings` | the array of strings |
//! | `text` | what stands between two quotes |
//! | `sink` | what is handed out |
//! | `fault` | what can be wrong, with code, section and byte |

mod document;
mod fault;
mod header;
mod json;
mod kinds;
mod nesting;
mod rows;
mod sink;
mod strings;
mod text;

pub(super) use document::Scanner;
pub(super) use fault::{Code, Fault, Refusal};
pub(super) use header::Header;
pub(super) use rows::Row;
pub(super) use sink::{Section, Sink};
