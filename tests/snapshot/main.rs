//! The reader of heap snapshots and the redacting copy, against a naive reader, hand-made texts, broken ones, and real
//! snapshots of the Nodes at hand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the helpers of tests are tests: clippy's exemption reaches only functions that are marked as one"
)]

mod golden;
mod malformed;
mod mutation;
mod naive;
mod odd;
mod orders;
mod real;
mod redaction;
mod support;
