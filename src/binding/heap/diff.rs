//! What grew from each heap to the next.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{Object, Reference};
use napi_derive::napi;

use super::super::failure::Result;
use super::super::json::text;
use super::super::task::promise;
use super::graph::NativeHeap;
use super::state::Heap;
use crate::error;
use crate::finding::Finding;
use crate::graph::{Earlier, Grown, GrowthLimits, growth, samples};

/// Of so many of what grew most it is told what cutting them off would free, and what some of it is.
const FREES_MAX: usize = 5;

/// JSON of the facts of what grew from each heap to the next, found on a thread of its own.
#[napi(catch_unwind, ts_return_type = "Promise<Array<string>>")]
pub fn diff_heaps<'env>(env: &'env Env, heaps: Vec<Reference<NativeHeap>>) -> Result<Object<'env>> {
    let heaps: Vec<Arc<Heap>> = heaps.iter().map(|heap| heap.heap()).collect::<Result<_>>()?;
    let work = move || {
        let Some((last, before)) = heaps.split_last() else {
            return Ok(Vec::new());
        };
        let before: Vec<&dyn Earlier> = before
            .iter()
            .map(|heap| Ok(heap.folded()? as &dyn Earlier))
            .collect::<error::Result<_>>()?;
        let (newest, paths) = last.folded_and_paths()?;
        let grown = growth(&before, newest, &last.graph, paths, &GrowthLimits::default());
        let told = |(at, one): (usize, &Grown)| {
            let is_first = at < FREES_MAX;
            let frees = is_first.then(|| one.frees(&last.graph, last.sources(), paths));
            let some = is_first.then(|| samples(&last.graph, &one.path, one.container));
            text(&Finding {
                frees: frees.flatten(),
                samples: some.unwrap_or_default(),
                ..one.finding()
            })
        };
        grown.iter().enumerate().map(told).collect()
    };
    promise(env, work, |findings: Vec<String>| findings)
}
