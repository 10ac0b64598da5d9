//! Heap graphs as JavaScript holds them: read on a thread of our own, asked synchronously, freed on request.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::{BufferSlice, Object, Reference, Result};
use napi_derive::napi;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::convert::{ShownStep, to_napi};
use super::json::Json;
use super::lives::{Hold, NativeHolds};
use super::task::{Shared, Task, promise};
use crate::error::{self, Error};
use crate::finding::{self, Finding};
use crate::graph::{
    ActionableCost, BuildOptions, Folded, Grown, GrowthLimits, HeapGraph, Kept, Lasting, Owner, PathTree,
    Sources, Watched, describe, entries, followed, growth, kept, lasting_paths, owners, path, paths_around,
};
use crate::os::memory;
use crate::snapshot::{NodeIndex, ReadOptions, RedactingCopy, SnapshotReader, Tables, read_from, unreadable};

/// A graph and what reports need besides.
pub(super) struct Heap {
    graph: HeapGraph,
    paths: OnceLock<PathTree>,
    sources: OnceLock<Sources>,
    folded: OnceLock<Folded>,
}

impl Heap {
    /// The graph of a snapshot. Unless `is_later`, with all that its methods can be asked for, so that they need not find
    /// it on the thread that asks.
    pub(super) fn build(tables: Tables, shared: &Shared, is_later: bool) -> error::Result<Self> {
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

    fn cost(&self) -> ActionableCost {
        ActionableCost::new(self.graph.tables())
    }

    /// The graph with its dominators.
    fn dominated(&self) -> error::Result<&HeapGraph> {
        self.graph.analyse(&asked_for())?;
        Ok(&self.graph)
    }

    fn paths(&self) -> error::Result<&PathTree> {
        self.find_paths(&asked_for())
    }

    fn find_paths(&self, options: &BuildOptions) -> error::Result<&PathTree> {
        if let Some(paths) = self.paths.get() {
            return Ok(paths);
        }
        let paths = self.graph.paths(&self.cost(), options)?;
        Ok(self.paths.get_or_init(|| paths))
    }

    fn sources(&self) -> &Sources {
        self.sources.get_or_init(|| Sources::new(self.graph.tables()))
    }

    fn folded(&self) -> error::Result<&Folded> {
        if let Some(folded) = self.folded.get() {
            return Ok(folded);
        }
        let (folded, _) = Folded::new(&self.graph, &self.cost(), &BuildOptions::default())?;
        Ok(self.folded.get_or_init(|| folded))
    }

    /// The same where both are needed: one search makes both.
    fn folded_and_paths(&self) -> error::Result<(&Folded, &PathTree)> {
        if self.folded.get().is_none() && self.paths.get().is_none() {
            let (folded, paths) = Folded::new(&self.graph, &self.cost(), &BuildOptions::default())?;
            self.folded.get_or_init(|| folded);
            self.paths.get_or_init(|| paths);
        }
        Ok((self.folded()?, self.paths()?))
    }
}

/// What is found when it is asked for: nobody waits for its progress, but what each part frees is given back.
fn asked_for() -> BuildOptions<'static> {
    BuildOptions {
        progress: Some(&|_| memory::give_back()),
        ..BuildOptions::default()
    }
}

/// A class of objects.
#[napi(object)]
pub struct NativeClass {
    pub name: String,
    pub count: u32,
    pub shallow_bytes: f64,
    pub retained_bytes: f64,
}

/// See [`Owner`].
#[napi(object)]
pub struct NativeOwner {
    pub depth: u32,
    pub name: String,
    pub class: String,
    pub count: u32,
    pub retained_bytes: f64,
    pub file: Option<String>,
    pub line: Option<u32>,
    pub column: Option<u32>,
}

impl From<Owner> for NativeOwner {
    fn from(owner: Owner) -> Self {
        let (line, column) = owner
            .place
            .as_ref()
            .map_or((None, None), |p| (Some(p.line), Some(p.column)));
        Self {
            depth: owner.depth,
            name: owner.name,
            class: owner.class,
            count: owner.count,
            retained_bytes: owner.retained_bytes as f64,
            file: owner.place.map(|place| place.file),
            line,
            column,
        }
    }
}

/// A heap graph.
#[napi]
pub struct NativeHeap {
    heap: Mutex<Option<Arc<Heap>>>,
}

#[napi]
impl NativeHeap {
    fn heap(&self) -> Result<Arc<Heap>> {
        let disposed = || Error {
            code: "ERR_LEAKGUARD_DISPOSED",
            message: "this heap graph has been disposed of".into(),
        };
        self.heap.lock().clone().ok_or_else(|| to_napi(disposed()))
    }

    /// Nodes, edges, and the sum of all shallow sizes in bytes.
    #[napi(catch_unwind)]
    pub fn totals(&self) -> Result<Vec<f64>> {
        let heap = self.heap()?;
        let tables = heap.graph.tables();
        let bytes: u64 = tables.nodes().map(|node| tables.self_bytes(node)).sum();
        Ok(vec![
            tables.node_count() as f64,
            tables.edge_count() as f64,
            bytes as f64,
        ])
    }

    /// What is odd about the file it was read from, one line each.
    #[napi(catch_unwind)]
    pub fn notes(&self) -> Result<Vec<String>> {
        Ok(self.heap()?.graph.tables().notes.clone())
    }

    /// Classes, most retained first.
    #[napi(catch_unwind)]
    pub fn classes(&self, limit: u32) -> Result<Vec<NativeClass>> {
        let heap = self.heap()?;
        let graph = heap.dominated().map_err(to_napi)?;
        let classes = graph.classes(limit as usize).into_iter();
        Ok(classes
            .map(|class| NativeClass {
                name: class.name,
                count: class.count,
                shallow_bytes: class.shallow_bytes as f64,
                retained_bytes: class.retained_bytes as f64,
            })
            .collect())
    }

    /// Who holds the memory, as a tree of few in preorder; found on a thread of its own.
    #[napi(catch_unwind, ts_return_type = "Promise<Array<NativeOwner>>")]
    pub fn owners<'env>(&self, env: &'env Env, limit: u32) -> Result<Object<'env>> {
        let heap = self.heap()?;
        let work = move || Ok(owners(heap.dominated()?, heap.sources(), limit as usize));
        promise(env, work, |found| {
            found.into_iter().map(NativeOwner::from).collect::<Vec<_>>()
        })
    }

    /// What a node retains, in bytes.
    #[napi(catch_unwind)]
    pub fn retained_bytes(&self, node_id: f64) -> Result<f64> {
        let heap = self.heap()?;
        let graph = heap.dominated().map_err(to_napi)?;
        Ok(graph.retained_bytes(node(&heap, node_id)?) as f64)
    }

    /// The path from the root to a node, as code.
    #[napi(
        catch_unwind,
        ts_return_type = "Array<import('./lib/findings/facts').FactStep & { edge: string }>"
    )]
    pub fn retainer_path(&self, node_id: f64) -> Result<Json<Vec<ShownStep>>> {
        let heap = self.heap()?;
        let at = node(&heap, node_id)?;
        let paths = heap.paths().map_err(to_napi)?;
        let raw = paths.path(heap.graph.tables(), at).unwrap_or_default();
        let steps = describe(heap.graph.tables(), heap.sources(), &raw);
        Ok(Json(path(&steps).into_iter().map(ShownStep::from).collect()))
    }

    /// How objects are kept that ought to be gone, those that are kept alike as one finding. `around` are nodes that do
    /// not count as keeping anything.
    #[napi(catch_unwind)]
    pub fn kept(&self, watched: Vec<NativeWatched>, around: Vec<f64>) -> Result<Vec<NativeKept>> {
        let heap = self.heap()?;
        let known: Vec<(usize, NodeIndex)> = watched
            .iter()
            .enumerate()
            .filter_map(|(at, one)| Some((at, heap.graph.node_by_id(one.node_id as u64)?)))
            .collect();
        let nodes: Vec<NodeIndex> = known.iter().map(|(_, node)| *node).collect();
        let blocked: Vec<NodeIndex> = around
            .iter()
            .filter_map(|&id| heap.graph.node_by_id(id as u64))
            .collect();
        let detour = if blocked.is_empty() {
            None
        } else {
            Some(paths_around(&heap.graph, &blocked, &BuildOptions::default()).map_err(to_napi)?)
        };
        let paths = match &detour {
            Some(paths) => paths,
            None => heap.paths().map_err(to_napi)?,
        };
        heap.dominated().map_err(to_napi)?;
        let kept = kept(&heap.graph, paths, heap.sources(), &nodes);
        Ok(group(&watched, &known, &kept))
    }

    /// What holds the objects that the object of class `marker` follows weakly, found on a thread of its own. `labels` says
    /// of each what it is; only alike ones are held alike.
    #[napi(catch_unwind, ts_return_type = "Promise<NativeHolds>")]
    pub fn holds<'env>(&self, env: &'env Env, marker: String, labels: Vec<String>) -> Result<Object<'env>> {
        let heap = self.heap()?;
        let work = move || holds(&heap, &marker, &labels);
        promise(env, work, NativeHolds::new)
    }

    /// Gives the memory back.
    #[napi(catch_unwind)]
    pub fn dispose(&self) {
        self.heap.lock().take();
    }
}

/// Those that are kept alike are one; what is only there because another one is stands behind it.
fn group(watched: &[NativeWatched], known: &[(usize, NodeIndex)], kept: &[Option<Kept>]) -> Vec<NativeKept> {
    let what = |at: usize| Watched {
        label: watched[at].label.clone(),
        scope: watched[at].scope.clone(),
    };
    // Through how many others a path leads, there is one that it meets first.
    let first = |at: usize| {
        kept[at]
            .as_ref()
            .and_then(|one| one.behind)
            .filter(|&before| kept[before].is_some())
    };
    let mut groups: Vec<(Vec<String>, Vec<usize>)> = Vec::new();
    for (at, one) in kept.iter().enumerate() {
        let Some(one) = one.as_ref().filter(|_| first(at).is_none()) else {
            continue;
        };
        let key = one.key(&what(known[at].0));
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, members)) => members.push(at),
            None => groups.push((key, vec![at])),
        }
    }
    let tell = |members: Vec<usize>| {
        let one = kept[members[0]].as_ref()?;
        let is_behind = |&at: &usize| first(at).is_some_and(|before| members.contains(&before));
        let behind: Vec<usize> = (0..kept.len()).filter(is_behind).collect();
        let mut names: Vec<String> = behind
            .iter()
            .filter_map(|&at| Some(named(&watched[known[at].0], kept[at].as_ref()?)))
            .collect();
        names.sort();
        names.dedup();
        let finding = one.finding(&what(known[members[0]].0), members.len() as u32, &names);
        let all = members.iter().chain(&behind);
        Some(NativeKept {
            finding: Json(finding),
            members: all.map(|&at| known[at].0 as u32).collect(),
        })
    };
    groups
        .into_iter()
        .filter_map(|(_, members)| tell(members))
        .collect()
}

/// What lasts comes first: what holds things for a while is only told where nothing else holds them.
fn holds(heap: &Heap, marker: &str, labels: &[String]) -> error::Result<(Vec<Hold>, Vec<String>)> {
    let graph = heap.dominated()?;
    let tables = graph.tables();
    let known: Vec<(u32, NodeIndex)> = followed(tables, marker)
        .into_iter()
        .enumerate()
        .filter_map(|(at, node)| Some((at as u32, node?)))
        .filter(|&(at, _)| (at as usize) < labels.len())
        .collect();
    let nodes: Vec<NodeIndex> = known.iter().map(|&(_, node)| node).collect();
    let cost = heap.cost();
    let lasting = Lasting::new(tables, &cost);
    let around = lasting_paths(graph, &lasting, &asked_for())?;
    let find = |paths: &PathTree| -> Vec<Option<Kept>> {
        let found = kept(graph, paths, heap.sources(), &nodes);
        found.into_iter().map(|one| one.map(Kept::folded)).collect()
    };
    let lasts = find(&around);
    let any = find(heap.paths()?);
    let mut holds: Vec<Hold> = Vec::new();
    for (at, &(index, node)) in known.iter().enumerate() {
        let meanwhile = match &lasts[at] {
            Some(_) => None,
            None => lasting.meanwhile(tables, heap.paths()?, node),
        };
        let Some(kept) = lasts[at].as_ref().or(any[at].as_ref()) else {
            continue;
        };
        // What is there through others stands with the first of them that its path meets.
        let first = std::iter::successors(kept.behind, |&other| {
            lasts[other].as_ref().or(any[other].as_ref())?.behind
        })
        .take(known.len())
        .last();
        let (kept, label) =
            match first.and_then(|other| Some((lasts[other].as_ref().or(any[other].as_ref())?, other))) {
                Some((kept, other)) => (kept, known[other].0),
                None => (kept, index),
            };
        let watched = Watched {
            label: labels[label as usize].clone(),
            scope: String::new(),
        };
        let key = finding::fingerprint(kept.key(&watched));
        let hold = holds
            .iter_mut()
            .find(|hold| hold.key == key && hold.meanwhile == meanwhile);
        let hold = match hold {
            Some(hold) => hold,
            None => {
                holds.push(Hold {
                    entries: entries(tables, kept),
                    kept: kept.clone(),
                    members: Vec::new(),
                    behind: Vec::new(),
                    meanwhile,
                    key,
                });
                let last = holds.len() - 1;
                &mut holds[last]
            }
        };
        let list = if first.is_some() {
            &mut hold.behind
        } else {
            &mut hold.members
        };
        list.push(index);
    }
    holds.sort_by_key(|hold| std::cmp::Reverse(hold.members.len()));
    Ok((holds, heap.sources().of_program(tables)))
}

fn named(watched: &NativeWatched, kept: &Kept) -> String {
    match watched.label.as_str() {
        "" => kept.class.clone(),
        label => format!("'{label}' ({})", kept.class),
    }
}

/// The finding of an object that ought to be gone and that no snapshot was taken of.
#[napi(catch_unwind, ts_return_type = "import('./lib/findings/facts').Facts")]
pub fn unseen(label: String, scope: String) -> Json<Finding> {
    Json(Watched { label, scope }.unseen())
}

/// An object that ought to be gone.
#[napi(object)]
pub struct NativeWatched {
    pub node_id: f64,
    pub label: String,
    pub scope: String,
}

/// Objects that are kept alike.
#[napi(object)]
pub struct NativeKept {
    #[napi(ts_type = "import('./lib/findings/facts').Facts")]
    pub finding: Json<Finding>,
    /// Which of those that were asked for.
    pub members: Vec<u32>,
}

fn node(heap: &Heap, id: f64) -> Result<NodeIndex> {
    let unknown = || {
        let message = format!("no node has the id {id}; ids are those that DevTools shows after '@'");
        to_napi(Error {
            code: "ERR_LEAKGUARD_NO_NODE",
            message,
        })
    };
    heap.graph.node_by_id(id as u64).ok_or_else(unknown)
}

/// As JavaScript holds it.
pub(super) fn to_js(heap: Heap) -> NativeHeap {
    NativeHeap {
        heap: Mutex::new(Some(Arc::new(heap))),
    }
}

/// Reads a `.heapsnapshot` file and builds its graph, on a thread of its own; with `is_later` no more than the graph.
#[napi(catch_unwind, ts_return_type = "Promise<NativeHeap>")]
pub fn load_heap_file<'env>(
    env: &'env Env,
    task: &Task,
    path: String,
    redact: bool,
    is_later: bool,
) -> Result<Object<'env>> {
    let shared = task.shared();
    let work = move || {
        let path = PathBuf::from(path);
        let source = crate::os::source::open(&path).map_err(|error| unreadable(&path, &error))?;
        let options = ReadOptions {
            redact,
            size_bytes: source.size_bytes,
        };
        let progress = |fraction| shared.reading(fraction);
        let tables = read_from(source, &path, options, progress, &shared.cancel)?;
        Heap::build(tables, &shared, is_later)
    };
    promise(env, work, to_js)
}

/// Takes a snapshot in chunks as they come; they are parsed on a thread of its own meanwhile.
#[napi]
pub struct HeapIntake {
    chunks: Mutex<Option<Sender<Vec<u8>>>>,
    source: Mutex<Option<Receiver<Vec<u8>>>>,
    waiting_bytes: Arc<AtomicUsize>,
    /// The reader takes no more.
    is_over: Arc<AtomicBool>,
}

/// How long a source that must wait for the parser sleeps before it looks again.
const PARSER_WAIT: Duration = Duration::from_micros(500);

#[napi]
impl HeapIntake {
    /// An intake before the first chunk.
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        let (chunks, source) = channel();
        Self {
            chunks: Mutex::new(Some(chunks)),
            source: Mutex::new(Some(source)),
            waiting_bytes: Arc::new(AtomicUsize::new(0)),
            is_over: Arc::new(AtomicBool::new(false)),
        }
    }

    /// The next chunk, which is copied. Gives the bytes that wait to be parsed: let them become fewer.
    #[napi(catch_unwind)]
    pub fn push(&self, chunk: &[u8]) -> f64 {
        let waiting = self.waiting_bytes.fetch_add(chunk.len(), Ordering::Relaxed) + chunk.len();
        if let Some(chunks) = self.chunks.lock().as_ref() {
            // A reader that has failed takes no more: its promise says why.
            let _ = chunks.send(chunk.to_vec());
        }
        waiting as f64
    }

    /// The next chunk, which is copied; waits until no more than `waiting_bytes_max` wait to be parsed. For a source
    /// that cannot wait by itself.
    #[napi(catch_unwind)]
    pub fn push_waiting(&self, chunk: &[u8], waiting_bytes_max: f64) {
        let mut waiting = self.push(chunk);
        while waiting > waiting_bytes_max && !self.is_over.load(Ordering::Relaxed) {
            std::thread::sleep(PARSER_WAIT);
            waiting = self.waiting();
        }
    }

    /// Bytes that wait to be parsed.
    #[napi(catch_unwind)]
    pub fn waiting(&self) -> f64 {
        self.waiting_bytes.load(Ordering::Relaxed) as f64
    }

    /// That was the last chunk.
    #[napi(catch_unwind)]
    pub fn end(&self) {
        self.chunks.lock().take();
    }

    /// Begins to parse what comes; the graph once `end` was called, with `is_later` no more than that. Once only.
    #[napi(catch_unwind, ts_return_type = "Promise<NativeHeap>")]
    pub fn start<'env>(
        &self,
        env: &'env Env,
        task: &Task,
        redact: bool,
        is_later: bool,
    ) -> Result<Object<'env>> {
        let again = || to_napi(Error::invalid("intake: start was called twice"));
        let source = self.source.lock().take().ok_or_else(again)?;
        let (shared, waiting_bytes) = (task.shared(), Arc::clone(&self.waiting_bytes));
        let is_over = Over(Arc::clone(&self.is_over));
        let work = move || {
            let mut reader = SnapshotReader::new(ReadOptions {
                redact,
                size_bytes: None,
            });
            let outcome = source.iter().try_for_each(|chunk| {
                waiting_bytes.fetch_sub(chunk.len(), Ordering::Relaxed);
                if shared.cancel.load(Ordering::Relaxed) {
                    let message = format!("the heap was read up to byte {}", reader.position());
                    return Err(Error {
                        code: "ERR_LEAKGUARD_ABORTED",
                        message,
                    });
                }
                reader.push(&chunk)
            });
            waiting_bytes.store(0, Ordering::Relaxed);
            drop(is_over);
            outcome?;
            let heap = Heap::build(reader.finish()?, &shared, is_later);
            // What V8 and the analysis took and freed is some hundred MB that the allocator would keep.
            memory::give_back();
            heap
        };
        promise(env, work, to_js)
    }
}

/// Says that a reader takes no more, when it ends in whatever way.
struct Over(Arc<AtomicBool>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What grew from each heap to the next, on a thread of its own.
#[napi(
    catch_unwind,
    ts_return_type = "Promise<Array<import('./lib/findings/facts').Facts>>"
)]
pub fn diff_heaps<'env>(env: &'env Env, heaps: Vec<Reference<NativeHeap>>) -> Result<Object<'env>> {
    let heaps: Vec<Arc<Heap>> = heaps.iter().map(|heap| heap.heap()).collect::<Result<_>>()?;
    let work = move || {
        let Some((last, before)) = heaps.split_last() else {
            return Ok(Vec::new());
        };
        let mut folded: Vec<&Folded> = before
            .iter()
            .map(|heap| heap.folded())
            .collect::<error::Result<_>>()?;
        let (newest, paths) = last.folded_and_paths()?;
        folded.push(newest);
        let grown = growth(&folded, &last.graph, paths, &GrowthLimits::default());
        Ok(grown.iter().map(Grown::finding).collect::<Vec<_>>())
    };
    promise(env, work, |findings| {
        findings.into_iter().map(Json).collect::<Vec<_>>()
    })
}

/// Copies a snapshot in chunks, the program's strings emptied.
#[napi]
pub struct Redactor {
    state: Mutex<Redacting>,
}

struct Redacting {
    copy: Option<RedactingCopy>,
    out: Vec<u8>,
}

#[napi]
impl Redactor {
    /// A copy before the first chunk.
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        Self {
            state: Mutex::new(Redacting {
                copy: Some(RedactingCopy::new()),
                out: Vec::new(),
            }),
        }
    }

    /// Puts what is to be written for the next chunk into `into`, and gives its length. An external buffer for each
    /// chunk would live until a collection.
    #[napi(catch_unwind)]
    pub fn push(&self, chunk: &[u8], mut into: BufferSlice) -> Result<u32> {
        let mut state = self.state.lock();
        let Redacting { copy, out } = &mut *state;
        let ended = || to_napi(Error::invalid("redactor: finish was called before"));
        out.clear();
        copy.as_mut()
            .ok_or_else(ended)?
            .push(chunk, out)
            .map_err(to_napi)?;
        let small = || to_napi(Error::invalid("redactor: the place for the copy is too small"));
        into.get_mut(..out.len()).ok_or_else(small)?.copy_from_slice(out);
        Ok(out.len() as u32)
    }

    /// That was the last chunk; an error when the snapshot is not complete.
    #[napi(catch_unwind)]
    pub fn finish(&self) -> Result<()> {
        self.state
            .lock()
            .copy
            .take()
            .map_or(Ok(()), |copy| copy.finish().map_err(to_napi))
    }
}
