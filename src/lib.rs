//! leakguard's native core: values in, values out.
//!
//! | module | knows | must not know |
//! |---|---|---|
//! | [`ledger`] | what each thread holds now, by place and call site | time, verdicts, Node |
//! | [`growth`] | one series of readings and whether it grows without bound | what the readings are of |
//! | [`monitor`] | both: which counts and memory of the process leak, in facts | sentences, where readings come from |
//! | [`finding`] | a finding in facts, a suspect, and how a fingerprint is made | rules, sentences |
//! | [`words`] | how facts become message, evidence and advice | how they were judged |
//! | [`recording`] | all that a monitor was told, written down and told again | rules |
//! | [`snapshot`] | the bytes of a heap snapshot and their columns | graphs |
//! | [`graph`] | who retains whom in a snapshot, and how much | files, Node |
//! | [`cache`] | which slots of a cache were touched longest ago; how many keys there were | keys, values |
//! | [`profile`] | the form of a pprof profile: values in, bytes out, and back | what is counted |
//! | [`os`] | clocks and descriptors of this process | the rest |
//! | [`error`], [`fnv`] | errors, and one hash for keys and fingerprints: what everybody may name | what they are of |
//! | `binding` | Node-API, and nothing else knows it | rules |
//!
//! Invariants: memory is bounded whatever the program does (capacities stand beside each table);
//! there is no clock outside `os` and `binding`, time comes in as `at_ms`; no function panics on input.

// Without Node there is nobody to export to: tests do without.
#[cfg(all(feature = "addon", not(test)))]
mod binding;
#[forbid(unsafe_code)]
pub mod cache;
#[forbid(unsafe_code)]
pub mod error;
#[forbid(unsafe_code)]
pub mod finding;
#[forbid(unsafe_code)]
pub mod fnv;
#[forbid(unsafe_code)]
pub mod graph;
#[forbid(unsafe_code)]
pub mod growth;
#[forbid(unsafe_code)]
pub mod ledger;
#[forbid(unsafe_code)]
pub mod monitor;
pub mod os;
#[forbid(unsafe_code)]
pub mod profile;
#[forbid(unsafe_code)]
pub mod recording;
#[forbid(unsafe_code)]
pub mod snapshot;
#[forbid(unsafe_code)]
pub mod words;
