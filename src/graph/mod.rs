//! The heap graph: who retains whom, and how much. Knows snapshots' tables and nothing of files or Node.
//!
//! ```text
//! Tables -> edges: which retain -> walk: numbers, what decides dominance -> dominators -> tree -> retained -> classes
//!              |                                                                     HeapGraph ties them
//!              +-> csr: retainers, distances, paths: when asked for
//! ```

mod anchors;
mod arcs;
mod bits;
mod class_keys;
mod classes;
mod cost;
mod csr;
mod cut;
mod describe;
mod distances;
mod dominators;
mod edges;
mod ephemerons;
mod facts;
mod fold;
mod followed;
#[expect(
    clippy::module_inception,
    reason = "the file that ties the graph's parts together is the graph"
)]
mod graph;
mod growth;
mod ids;
mod kept;
mod letting;
mod lore;
mod mix;
mod owners;
mod paths;
mod retained;
mod routes;
mod samples;
mod shallow;
mod sources;
mod task;
mod tree;
mod walk;
mod weight;

pub use classes::{Class, ClassChange};
pub use cost::ActionableCost;
pub use csr::Retainer;
pub use describe::{Step, describe};
pub use distances::SYSTEM as SYSTEM_DISTANCE;
pub use facts::{Watched, path};
pub use fold::{Earlier, Folded, Group, GroupIndex, Past};
pub use followed::{Lasting, UnderWay, entries, followed, lasting_paths, under_way};
pub use graph::HeapGraph;
pub use growth::{Grown, GrowthLimits, growth};
pub use kept::{Kept, kept, paths_around};
pub use letting::Letting;
pub use owners::{Fineness, Owner, owners};
pub use paths::{EdgeCost, PathTree, Steps};
pub use routes::routes;
pub use samples::samples;
pub use sources::{SourcePlace, Sources};
pub use task::{BuildOptions, Phase, ShallowSizes};
pub use tree::{DominatorTree, Place};
pub use weight::Weight;
