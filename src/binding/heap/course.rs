//! Heap graphs of one process as time goes: of all but the newest only numbers of groups remain.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{Object, Reference};
use napi_derive::napi;
use parking_lot::Mutex;

use super::super::failure::Result;
use super::super::json::text;
use super::super::task::promise;
use super::graph::NativeHeap;
use super::state::Heap;
use crate::error;
use crate::finding::{Finding, Held};

use crate::graph::{
    Earlier, Grown, GrowthLimits, Past, PathTree, UnderWay, entries, growth, samples, under_way,
};
use crate::growth::exact::{Pace, Reading, pace};

/// Readings that are kept: the first one, and the newest.
const READINGS_MAX: usize = 8;
/// What has grown since the first one is told, and what has grown in so many of the newest.
const NEWEST: usize = 3;
/// A service may be paused for less than so many seconds, and let all that waits go on then.
const PAUSED_S: f64 = 880.0;
/// Of the first of those that gained such a share it is told what cutting them off would free.
const MUCH_SHARE: f64 = 0.1;
const FREES_MAX: usize = 2;
/// Containers that are told.
const GAINED_MAX: usize = 8;

/// A container that has grown from each reading to the next.
#[napi(object)]
pub struct NativeGained {
    /// JSON of its facts.
    pub facts: String,
    /// From the first reading that counts to the last, in seconds.
    pub seconds: f64,
    /// Its share of what the whole heap gained meanwhile, and since the last reading but one: from 0 to 1.
    pub share: f64,
    pub late_share: f64,
    /// `early`, `slows` or `steady`: see [`pace`].
    pub pace: String,
    /// Objects of that kind in the container that is told.
    pub entries: u32,
    /// It may be what is under way: connections, timers or functions that wait became more by half as many at least.
    pub is_under_way: bool,
    /// What the program calls what leads to the container, and the files whose code could let go.
    pub names: Vec<String>,
    pub files: Vec<String>,
}

/// What a reading says.
#[napi(object)]
pub struct NativeGains {
    pub gained: Vec<NativeGained>,
    /// The program's own files.
    pub program_files: Vec<String>,
}

#[derive(Clone)]
struct Point {
    at_s: f64,
    /// Requests that had come.
    requests: f64,
    past: Arc<Past>,
    bytes: u64,
    under_way: UnderWay,
}

/// Readings of one process, oldest first.
#[napi]
pub struct HeapCourse {
    /// When the program was first looked at.
    begun_s: f64,
    points: Arc<Mutex<Vec<Point>>>,
}

#[napi]
impl HeapCourse {
    /// Without a reading, of a program that was first looked at at this moment, in seconds.
    #[napi(constructor, catch_unwind)]
    pub fn new(begun_s: f64) -> Self {
        Self {
            begun_s,
            points: Arc::default(),
        }
    }

    /// Bytes that the readings hold.
    #[napi(catch_unwind)]
    pub fn bytes(&self) -> f64 {
        let points = self.points.lock();
        points.iter().map(|point| point.past.bytes() as f64).sum()
    }

    /// Takes a graph, of a moment in seconds, before which so many requests had come, and gives the containers that grew up to
    /// now, those that gained most first.
    /// The graph may be disposed of afterwards.
    #[napi(catch_unwind, ts_return_type = "Promise<NativeGains>")]
    pub fn add<'env>(
        &self,
        env: &'env Env,
        heap: Reference<NativeHeap>,
        at_s: f64,
        requests: f64,
    ) -> Result<Object<'env>> {
        let begun_s = self.begun_s;
        let (points, heap) = (Arc::clone(&self.points), heap.heap()?);
        let work = move || {
            let tables = heap.graph.tables();
            let folded = heap.folded_and_paths()?.0;
            let newest = Point {
                at_s,
                requests,
                past: Arc::new(Past::from(folded)),
                bytes: folded
                    .weights()
                    .and_then(|weights| weights.all_bytes)
                    .unwrap_or_else(|| heap.self_bytes()),
                under_way: under_way(tables, |node| folded.weight(node)),
            };
            let mut all = points.lock().clone();
            all.push(newest.clone());
            let gained = gains(&heap, &all, begun_s)?;
            let mut points = points.lock();
            if points.len() == READINGS_MAX {
                points.remove(1);
            }
            points.push(newest);
            Ok(NativeGains {
                gained,
                program_files: heap.sources().of_program(tables),
            })
        };
        promise(env, work, |gains| gains)
    }
}

/// What has grown since the first reading, and what only in the newest ones.
fn gains(heap: &Heap, points: &[Point], begun_s: f64) -> error::Result<Vec<NativeGained>> {
    let (newest, paths) = heap.folded_and_paths()?;
    let mut told: Vec<(Grown, &[Point])> = Vec::new();
    for window in [points, &points[points.len().saturating_sub(NEWEST)..]] {
        let before = &window[..window.len() - 1];
        let before: Vec<&dyn Earlier> = before.iter().map(|point| &*point.past as &dyn Earlier).collect();
        let grown = growth(&before, newest, &heap.graph, paths, &GrowthLimits::default());
        // What the program has in its hands.
        let is_held = |one: &Grown| one.place.is_some() && (one.container.is_some() || one.held.is_some());
        for one in grown.into_iter().filter(is_held).take(GAINED_MAX) {
            match told.iter_mut().find(|(other, _)| other.key == one.key) {
                // What began with a burst is steady since.
                Some((all, whole)) => {
                    let is_steady = |window, one| pace(&readings(window, one), begun_s) == Pace::Steady;
                    if !is_steady(whole, all) && is_steady(window, &one) {
                        (*all, *whole) = (one, window);
                    }
                }
                None => told.push((one, window)),
            }
        }
    }
    told.sort_by_key(|(one, _)| std::cmp::Reverse(one.added_bytes()));
    told.iter()
        .enumerate()
        .map(|(at, (one, window))| gained(heap, (at < FREES_MAX).then_some(paths), one, window, begun_s))
        .collect()
}

fn gained(
    heap: &Heap,
    paths: Option<&PathTree>,
    one: &Grown,
    points: &[Point],
    begun_s: f64,
) -> error::Result<NativeGained> {
    let tables = heap.graph.tables();
    let letting = one.letting(tables);
    let (first, last) = (&points[0], &points[points.len() - 1]);
    let weights = heap.folded()?.weights();
    let thinned = one
        .container
        .and_then(|at| weights?.entries(tables, one.path[at].node));
    let entries = thinned.unwrap_or_else(|| entries(tables, &one.path, one.container));
    // What waits for one and the same promise for so long waits for what does not come.
    let is_long = last.at_s - first.at_s >= PAUSED_S;
    let is_one = entries >= one.counts.last().map_or(0, |last| last.div_ceil(2));
    let waits_alike = one.held == Some(Held::Reactions) && is_one && is_long;
    // What is under way becomes more with it, and not at one time only.
    let counted = points.windows(2).zip(one.counts.windows(2));
    let goes_along = counted.into_iter().all(|(points, counts)| {
        let [before, after] = [&points[0], &points[1]].map(|point| most(point.under_way, waits_alike));
        let more = after.saturating_sub(before);
        more > 0 && more >= (counts[1] - counts[0]).div_ceil(2)
    });
    let (share, late_share) = (share(points, one, 0), share(points, one, points.len() - 2));
    let is_much = share.max(late_share) >= MUCH_SHARE;
    Ok(NativeGained {
        facts: text(&Finding {
            samples: paths
                .map(|_| samples(&heap.graph, &one.path, one.container))
                .unwrap_or_default(),
            frees: paths
                .filter(|_| is_much && weights.is_none())
                .and_then(|paths| one.frees(&heap.graph, heap.sources(), paths)),
            ..one.finding()
        })?,
        seconds: last.at_s - first.at_s,
        share,
        late_share,
        pace: name(pace(&readings(points, one), begun_s)).to_owned(),
        entries,
        is_under_way: one.is_meanwhile() || goes_along,
        names: letting.names,
        files: letting.files,
    })
}

/// How many things of one kind may be under way, of which each has one of these.
fn most(under_way: UnderWay, waits_alike: bool) -> u32 {
    let UnderWay {
        connections,
        timers,
        waiting,
    } = under_way;
    connections.max(timers).max(if waits_alike { 0 } else { waiting })
}

/// Of what the heap gained from one reading to the last. What else there is may have become less.
fn share(points: &[Point], grown: &Grown, from: usize) -> f64 {
    let (Some(last), Some(&bytes)) = (points.last(), grown.bytes.last()) else {
        return 0.0;
    };
    let gained = bytes as f64 - grown.bytes[from] as f64;
    let heap_gained = last.bytes as f64 - points[from].bytes as f64;
    (gained / heap_gained.max(gained).max(1.0)).max(0.0)
}

fn readings(points: &[Point], grown: &Grown) -> Vec<Reading> {
    let counted = grown.counts.iter().zip(&grown.bytes);
    let read = points
        .iter()
        .zip(counted)
        .map(|(point, (&count, &bytes))| Reading {
            at_s: point.at_s,
            count: f64::from(count),
            bytes: bytes as f64,
            requests: point.requests,
        });
    read.collect()
}

const fn name(pace: Pace) -> &'static str {
    match pace {
        Pace::Early => "early",
        Pace::Slows => "slows",
        Pace::Steady => "steady",
    }
}
