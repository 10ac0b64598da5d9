//! Heaps captured in a copy of the process: forked on the thread that asks, read on a thread of our own.

use std::fs::File;
use std::io::{Seek, Write};
use std::sync::Arc;
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::{Buffer, Function, Object};
use napi_derive::napi;
use parking_lot::Mutex;

use super::failure::{Result, to_napi};
use super::heap::{Heap, to_js};
use super::task::{Shared, Task, promise};
use crate::error::{self, Error};
use crate::os::fork::{self, End, Forked, Ready, Side, WatchOptions};
use crate::os::memory;
use crate::snapshot::{ReadOptions, RedactingCopy, SnapshotReader};

/// Bytes taken from the child at once: what its pipe holds.
const CHUNK_BYTES: usize = 1 << 20;
/// What of a snapshot is thought to be still to come: the child does not tell how long it will be.
const TO_COME_BYTES: f64 = 64e6;

/// Why this system cannot capture in a copy of the process; null where it can.
#[napi(catch_unwind)]
pub fn fork_unsupported() -> Option<String> {
    fork::unsupported().map(str::to_owned)
}

/// Whether forked captures have been shown to work on such a system.
#[napi(catch_unwind)]
pub fn fork_is_shown() -> bool {
    fork::is_shown()
}

/// Whether V8's own threads sleep: the moment for a fork. Some 0.1 ms. `pool` is how many there are.
#[napi(catch_unwind)]
pub fn pool_rests(pool: u32) -> bool {
    fork::pool_rests(pool as usize)
}

/// How a child did.
#[derive(Clone)]
struct Outcome {
    end: End,
    peak_bytes: u64,
    cpu: Duration,
}

/// A copy of this process that writes a snapshot. Its work is taken by one of the methods that give a promise; without
/// that it is ended when this is collected.
#[napi]
pub struct NativeFork {
    forked: Mutex<Option<Forked>>,
    pid: i32,
    pause: Duration,
    options: WatchOptions,
    outcome: Arc<Mutex<Option<Outcome>>>,
}

/// A process that is ready to be copied. Used once; until then, or until it is disposed of or collected, no other copy can
/// be made.
#[napi]
pub struct NativeForkReady {
    ready: Mutex<Option<Ready>>,
}

#[napi]
impl NativeForkReady {
    /// No copy is to be made after all.
    #[napi(catch_unwind)]
    pub fn dispose(&self) {
        *self.ready.lock() = None;
    }
}

/// Finds out what [`fork_heap`] needs, on a thread of its own. Waits while another copy is being made. Rejects with
/// `ERR_LEAKGUARD_NO_FORK` and the system's reason.
#[napi(catch_unwind, ts_return_type = "Promise<NativeForkReady>")]
pub fn prepare_fork<'env>(env: &'env Env, task: &Task) -> Result<Object<'env>> {
    let shared = task.shared();
    let wrap = |ready| NativeForkReady {
        ready: Mutex::new(Some(ready)),
    };
    promise(env, move || fork::prepare(&shared.cancel), wrap)
}

/// Forks. In the copy `write` is called with a descriptor, the only one that leads out, and the copy ends when it
/// returns (`true`: it would have taken more memory than there is, and nothing is written) or throws; this function returns in the parent only. The copy ends after `life_ms` at the latest, when less
/// than `memory_left_min` bytes are left for it and its parent (0: not told), and when it has more than `own_bytes_max` of
/// its own.
#[napi(catch_unwind)]
pub fn fork_heap(
    ready: &NativeForkReady,
    write: Function<'_, i32, Option<bool>>,
    life_ms: f64,
    memory_left_min: f64,
    own_bytes_max: f64,
) -> Result<NativeFork> {
    let used = || to_napi(Error::invalid("fork: what was made ready was used before"));
    let ready = ready.ready.lock().take().ok_or_else(used)?;
    let options = WatchOptions {
        life: Duration::from_millis(life_ms.max(1.0) as u64),
        memory_left_min: memory_left_min.max(0.0) as u64,
        own_bytes_max: own_bytes_max.max(0.0) as u64,
    };
    match fork::fork(ready, options.life).map_err(to_napi)? {
        Side::Child(copy) => {
            // Whatever comes of it, an exception or the end of a worker included: the program that this is a copy of
            // must not go on here.
            let code = match write.call(copy.out) {
                Ok(Some(true)) => fork::code::UNFIT,
                Ok(_) => fork::code::DONE,
                Err(_) => fork::code::THREW,
            };
            fork::leave(copy, code)
        }
        Side::Parent(forked) => Ok(NativeFork {
            pid: forked.pid(),
            pause: forked.pause,
            forked: Mutex::new(Some(forked)),
            options,
            outcome: Arc::default(),
        }),
    }
}

#[napi]
impl NativeFork {
    /// How long the program stood still for the fork.
    #[napi(catch_unwind)]
    pub fn pause_ms(&self) -> f64 {
        self.pause.as_secs_f64() * 1000.0
    }

    /// Process id of the copy.
    #[napi(catch_unwind)]
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Most that was resident in the copy, shared pages included, in bytes; 0 while it lives.
    #[napi(catch_unwind)]
    pub fn peak_bytes(&self) -> f64 {
        self.outcome.lock().as_ref().map_or(0.0, |o| o.peak_bytes as f64)
    }

    /// CPU time of the copy, in milliseconds; 0 while it lives.
    #[napi(catch_unwind)]
    pub fn cpu_ms(&self) -> f64 {
        self.outcome
            .lock()
            .as_ref()
            .map_or(0.0, |o| o.cpu.as_secs_f64() * 1000.0)
    }

    /// Why the copy did not do its work; null while it lives, and where it did.
    #[napi(catch_unwind)]
    pub fn failure(&self) -> Option<String> {
        let outcome = self.outcome.lock();
        let end = outcome.as_ref()?.end;
        (!matches!(end, End::Exit(fork::code::DONE) | End::Unknown)).then(|| end.reason())
    }

    /// Whether another fork may do better.
    #[napi(catch_unwind)]
    pub fn is_worth_another(&self) -> bool {
        self.outcome
            .lock()
            .as_ref()
            .is_some_and(|o| o.end.is_worth_another())
    }

    /// The graph of what the copy writes, with `is_later` no more than that. Rejects with `ERR_LEAKGUARD_FORK_FAILED`
    /// when the copy does not do its work.
    #[napi(catch_unwind, ts_return_type = "Promise<NativeHeap>")]
    pub fn graph<'env>(
        &self,
        env: &'env Env,
        task: &Task,
        redact: bool,
        is_later: bool,
    ) -> Result<Object<'env>> {
        let (shared, source) = (task.shared(), self.source()?);
        let work = move || {
            let mut reader = SnapshotReader::new(ReadOptions {
                redact,
                size_bytes: None,
            });
            source.take(&shared, |chunk| reader.push(chunk))?;
            let heap = Heap::build(reader.finish()?, &shared, is_later);
            memory::give_back();
            heap
        };
        promise(env, work, to_js)
    }

    /// What the copy writes, as it is, up to `max` bytes. Rejects with `ERR_LEAKGUARD_FORK_FAILED` when the copy does not do
    /// its work, with `ERR_LEAKGUARD_INTERNAL` when there is more.
    #[napi(catch_unwind, ts_return_type = "Promise<Buffer>")]
    pub fn bytes<'env>(&self, env: &'env Env, task: &Task, max: u32) -> Result<Object<'env>> {
        let (shared, source) = (task.shared(), self.source()?);
        let work = move || {
            let mut all = Vec::new();
            source.take(&shared, |chunk| {
                if all.len() + chunk.len() > max as usize {
                    return Err(Error {
                        code: "ERR_LEAKGUARD_INTERNAL",
                        message: format!("a copy of this process wrote more than {max} bytes"),
                    });
                }
                all.extend_from_slice(chunk);
                Ok(())
            })?;
            Ok(all)
        };
        promise(env, work, Buffer::from)
    }

    /// Writes what the copy writes to an open file in place of what is in it, with `redact` without what the program's strings say.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    pub fn copy_to<'env>(&self, env: &'env Env, task: &Task, fd: i32, redact: bool) -> Result<Object<'env>> {
        let (shared, source) = (task.shared(), self.source()?);
        let mut file = crate::os::files::duplicate(fd).map_err(|e| to_napi(write_failed(&e)))?;
        let work = move || {
            file.set_len(0)
                .and_then(|()| file.rewind())
                .map_err(|e| write_failed(&e))?;
            let mut copy = redact.then(RedactingCopy::new);
            let mut out = Vec::new();
            source.take(&shared, |chunk| {
                let bytes = match &mut copy {
                    Some(copy) => {
                        out.clear();
                        copy.push(chunk, &mut out)?;
                        &out
                    }
                    None => chunk,
                };
                File::write_all(&mut file, bytes).map_err(|e| write_failed(&e))
            })?;
            copy.map_or(Ok(()), RedactingCopy::finish)
        };
        promise(env, work, |()| ())
    }
}

impl NativeFork {
    fn source(&self) -> Result<Source> {
        let taken = || to_napi(Error::invalid("fork: its work was taken before"));
        Ok(Source {
            forked: self.forked.lock().take().ok_or_else(taken)?,
            options: self.options,
            outcome: Arc::clone(&self.outcome),
        })
    }
}

/// The work of a copy, as it comes.
struct Source {
    forked: Forked,
    options: WatchOptions,
    outcome: Arc<Mutex<Option<Outcome>>>,
}

impl Source {
    /// Gives each chunk to `each`, to the end. When this returns the copy is buried.
    fn take(
        mut self,
        shared: &Shared,
        mut each: impl FnMut(&[u8]) -> error::Result<()>,
    ) -> error::Result<()> {
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut total = 0;
        loop {
            match self.forked.read(&mut chunk, &self.options, &shared.cancel) {
                0 => break,
                bytes => {
                    total += bytes;
                    shared.reading(total as f64 / (total as f64 + TO_COME_BYTES));
                    // Where this fails the copy is ended and buried by being dropped: nobody reads what it writes.
                    each(&chunk[..bytes])?;
                }
            }
        }
        let end = self.forked.finish();
        *self.outcome.lock() = Some(Outcome {
            end,
            peak_bytes: self.forked.peak_bytes,
            cpu: self.forked.cpu,
        });
        match end {
            // Buried by somebody else, it may have done its work: what it wrote is whole or not, which the reader tells.
            End::Exit(fork::code::DONE) | End::Unknown => Ok(()),
            End::Cancelled => Err(Error::aborted(format!("the heap was read up to byte {total}"))),
            _ => Err(Error {
                code: "ERR_LEAKGUARD_FORK_FAILED",
                message: format!("a copy of this process did not write its heap: {}", end.reason()),
            }),
        }
    }
}

/// An error of the disk, by the name and in the words that Node has for it.
fn write_failed(error: &std::io::Error) -> Error {
    let (code, what) = match error.kind() {
        std::io::ErrorKind::StorageFull => ("ENOSPC", "no space left on device"),
        std::io::ErrorKind::QuotaExceeded => ("EDQUOT", "disk quota exceeded"),
        std::io::ErrorKind::FileTooLarge => ("EFBIG", "file too large"),
        std::io::ErrorKind::PermissionDenied => ("EACCES", "permission denied"),
        _ => ("EIO", "i/o error"),
    };
    Error {
        code,
        message: format!("{what}, write"),
    }
}
