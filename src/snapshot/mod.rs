//! V8 heap snapshots (`.heapsnapshot`): bytes to columns, streaming. Knows nothing of graphs.

pub mod build;
pub mod strings;
pub mod tables;

pub use build::HeapBuilder;
pub use strings::Strings;
pub use tables::{EdgeIndex, EdgeKind, Location, NodeIndex, NodeKind, StringIndex, Tables};
