//! Snapshots that are taken in, from a file or in pieces, on a thread of our own.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use parking_lot::Mutex;

use super::super::failure::{Result, to_napi};
use super::super::task::{Task, promise};
use super::graph::to_js;
use super::state::Heap;
use crate::error::Error;
use crate::os::memory;
use crate::snapshot::{ReadOptions, SnapshotReader, read_from, unreadable};

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
                    return Err(Error::aborted(message));
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
