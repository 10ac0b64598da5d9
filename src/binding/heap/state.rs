//! A graph and all that is found of it once: at first, or when it is asked for. Knows no JavaScript.

use std::sync::OnceLock;

use super::super::task::Shared;
use crate::error;
use crate::graph::{ActionableCost, BuildOptions, Folded, HeapGraph, PathTree, Sources};
use crate::os::memory;
use crate::snapshot::Tables;

/// A graph and what reports need besides.
pub struct Heap {
    pub graph: HeapGraph,
    paths: OnceLock<PathTree>,
    sources: OnceLock<Sources>,
    folded: OnceLock<Folded>,
}

impl Heap {
    /// The graph of a snapshot. Unless `is_later`, with all that its methods can be asked for, so that they need not find
    /// it on the thread that asks.
    pub fn build(tables: Tables, shared: &Shared, is_later: bool) -> error::Result<Self> {
        // What each part frees goes back to the system before the next: else the most memory that is resident would be a
        // tenth more.
        let progress = |phase| {
            memory::give_back();
            shared.building(phase);
        };
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get().min(2));
        let options = BuildOptions {
            threads,
            cancel: Some(&shared.cancel),
            progress: Some(&progress),
            ..BuildOptions::default()
        };
        let heap = Self {
            graph: HeapGraph::new(tables, &options)?,
            paths: OnceLock::new(),
            sources: OnceLock::new(),
            folded: OnceLock::new(),
        };
        if !is_later {
            heap.graph.analyse(&options)?;
            heap.find_paths(&options)?;
            heap.graph.sort_ids();
            heap.sources();
        }
        Ok(heap)
    }

    /// What an edge costs on a path that somebody is to act on.
    pub fn cost(&self) -> ActionableCost {
        ActionableCost::new(self.graph.tables())
    }

    /// The graph with its dominators.
    pub fn dominated(&self) -> error::Result<&HeapGraph> {
        self.graph.analyse(&asked_for())?;
        Ok(&self.graph)
    }

    /// The sum of all shallow sizes, in bytes.
    pub fn self_bytes(&self) -> u64 {
        let tables = self.graph.tables();
        tables.nodes().map(|node| tables.self_bytes(node)).sum()
    }

    /// The paths to all nodes.
    pub fn paths(&self) -> error::Result<&PathTree> {
        self.find_paths(&asked_for())
    }

    fn find_paths(&self, options: &BuildOptions) -> error::Result<&PathTree> {
        if let Some(paths) = self.paths.get() {
            return Ok(paths);
        }
        let paths = self.graph.paths(&self.cost(), options)?;
        Ok(self.paths.get_or_init(|| paths))
    }

    /// The places that functions and classes stand at.
    pub fn sources(&self) -> &Sources {
        self.sources.get_or_init(|| Sources::new(self.graph.tables()))
    }

    /// Objects that are reached alike as groups.
    pub fn folded(&self) -> error::Result<&Folded> {
        if let Some(folded) = self.folded.get() {
            return Ok(folded);
        }
        let (folded, _) = Folded::new(&self.graph, &self.cost(), &BuildOptions::default())?;
        Ok(self.folded.get_or_init(|| folded))
    }

    /// The same where both are needed: one search makes both.
    pub fn folded_and_paths(&self) -> error::Result<(&Folded, &PathTree)> {
        if self.folded.get().is_none() && self.paths.get().is_none() {
            let (folded, paths) = Folded::new(&self.graph, &self.cost(), &BuildOptions::default())?;
            self.folded.get_or_init(|| folded);
            self.paths.get_or_init(|| paths);
        }
        Ok((self.folded()?, self.paths()?))
    }
}

/// What is found when it is asked for: nobody waits for its progress, but what each part frees is given back.
pub fn asked_for() -> BuildOptions<'static> {
    BuildOptions {
        progress: Some(&|_| memory::give_back()),
        ..BuildOptions::default()
    }
}
