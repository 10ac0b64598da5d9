//! V8 heap snapshots (`.heapsnapshot`): bytes to columns, streaming. Knows nothing of graphs.

pub mod build;
pub mod keys;
mod kinds;
mod marks;
pub mod names;
pub mod reader;
pub mod redact;
mod scan;
pub mod strings;
pub mod tables;
pub mod urls;
mod usage;

pub use build::HeapBuilder;
pub use kinds::{EdgeEnd, EdgeIndex, EdgeKind, NodeIndex, NodeKind, StringIndex};
pub use reader::{ReadOptions, SnapshotReader, read_file, read_from, unreadable};
pub use redact::RedactingCopy;
pub use strings::Strings;
pub use tables::{Location, Tables};
