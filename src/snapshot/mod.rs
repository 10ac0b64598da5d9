//! V8 heap snapshots (`.heapsnapshot`): bytes to columns, streaming. Knows nothing of graphs.

pub mod build;
pub mod keys;
mod marks;
pub mod reader;
pub mod redact;
mod scan;
pub mod strings;
pub mod tables;
pub mod urls;
mod usage;

pub use build::HeapBuilder;
pub use reader::{ReadOptions, SnapshotReader, read_file, read_from, unreadable};
pub use redact::RedactingCopy;
pub use strings::Strings;
pub use tables::{EdgeEnd, EdgeIndex, EdgeKind, Location, NodeIndex, NodeKind, StringIndex, Tables};
