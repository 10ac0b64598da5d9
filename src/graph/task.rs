//! What a caller may say while a graph is built: stop, and what he hears: how far it is. No clock, no threads of its own.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};

/// The parts of a build, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Which edges retain.
    Edges,
    /// Depth-first numbers.
    Walk,
    /// Immediate dominators.
    Dominators,
    /// Retained sizes.
    Retained,
    /// Cheapest paths.
    Paths,
}

/// Which shallow sizes are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShallowSizes {
    /// As Chrome DevTools shows them, and as leakguard's reports do: a backing store (`array`, `hidden`) that exactly
    /// one object owns counts as part of that object.
    #[default]
    Owned,
    /// As the file has them.
    Raw,
}

/// How to build a graph.
#[derive(Clone, Copy)]
pub struct BuildOptions<'a> {
    /// Threads to use: 1, or more for the parts that can be done side by side (two at most today).
    pub threads: usize,
    /// Set to true by anybody: the build ends soon with `ERR_LEAKGUARD_ABORTED`.
    pub cancel: Option<&'a AtomicBool>,
    /// Hears each phase as it begins, on the calling thread.
    pub progress: Option<&'a (dyn Fn(Phase) + Sync)>,
    /// Which sizes are added up.
    pub shallow_sizes: ShallowSizes,
}

impl Default for BuildOptions<'_> {
    fn default() -> Self {
        Self {
            threads: 1,
            cancel: None,
            progress: None,
            shallow_sizes: ShallowSizes::default(),
        }
    }
}

impl BuildOptions<'_> {
    pub(super) fn begin(&self, phase: Phase) -> Result<()> {
        self.check()?;
        if let Some(progress) = self.progress {
            progress(phase);
        }
        Ok(())
    }

    /// An error when the caller wants no more. Asked once for some ten thousand steps.
    pub(super) fn check(&self) -> Result<()> {
        match self.cancel {
            Some(cancel) if cancel.load(Ordering::Relaxed) => Err(cancelled()),
            _ => Ok(()),
        }
    }
}

fn cancelled() -> Error {
    Error::aborted("heap graph: building it was stopped")
}
