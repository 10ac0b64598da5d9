//! The reader of heap snapshots and the redacting copy, against a naive reader, hand-made texts, broken ones, and real
//! snapshots of the Nodes at hand.

mod golden;
mod malformed;
mod mutation;
mod naive;
mod odd;
mod orders;
mod real;
mod redaction;
mod support;
