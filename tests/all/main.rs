//! The core from outside, in one binary: to link one is faster than to link three.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the helpers of tests are tests: clippy's exemption reaches only functions that are marked as one"
)]

mod graph;
mod replay;
mod snapshot;
