//! What the operating system tells, for JavaScript.

use napi::Env;
use napi::bindgen_prelude::{ArrayBuffer, Object};
use napi_derive::napi;

use super::failure::{Result, internal};
use super::task::promise;
use crate::os::{clock, descriptors, files, groups, memory};

/// Open descriptors by kind.
#[napi(object)]
pub struct NativeDescriptors {
    pub kinds: Vec<String>,
    pub counts: Vec<u32>,
    pub total: u32,
    /// What the descriptors asked for point at, as numbers; 0 where one is not open.
    pub identities: Vec<f64>,
}

/// Counts open descriptors and identifies those `asked` for; null where the system does not tell. 1-2 µs each.
#[napi(catch_unwind)]
pub fn scan_descriptors(asked: Vec<i32>) -> Option<NativeDescriptors> {
    let seen = descriptors::scan(&asked)?;
    let (kinds, counts) = seen.by_kind.into_iter().unzip();
    Some(NativeDescriptors {
        kinds,
        counts,
        total: seen.total,
        identities: seen.identities,
    })
}

/// A descriptor just opened.
#[napi(object)]
pub struct NativeDescriptor {
    pub kind: String,
    /// What it points at, as a number.
    pub identity: f64,
}

/// The kind and identity of a descriptor; null when it is not open or the system does not tell.
#[napi(catch_unwind)]
pub fn descriptor(fd: i32) -> Option<NativeDescriptor> {
    let target = descriptors::target_of(fd)?;
    Some(NativeDescriptor {
        kind: descriptors::kind_of(&target).to_owned(),
        identity: descriptors::identity(&target),
    })
}

/// CPU time that the calling thread has used, in milliseconds; where the system does not tell, the time by the clock.
#[napi(catch_unwind)]
pub fn thread_cpu_ms() -> f64 {
    clock::thread_cpu_ms()
}

/// Bytes that this process can still take before the machine or a control group objects; null where that is not told.
#[napi(catch_unwind)]
pub fn available_bytes() -> Option<f64> {
    memory::available_bytes().map(|bytes| bytes as f64)
}

/// Bytes of this process that stand in memory, without a descriptor that is opened for it; null where the system does
/// not tell this way.
#[napi(catch_unwind)]
pub fn rss_bytes() -> Option<f64> {
    memory::rss().map(|bytes| bytes as f64)
}

/// Whether descriptors 0, 1 and 2 are all open: where one is not, what is opened next gets its number.
#[napi(catch_unwind)]
pub fn is_stdio_open() -> bool {
    files::is_stdio_open()
}

/// Frees the memory of a buffer that nobody reads any more, which is empty afterwards.
#[napi(catch_unwind)]
pub fn release(buffer: ArrayBuffer) -> Result<()> {
    buffer.detach().map_err(internal)
}

/// Gives memory that was freed back to the system, on a thread of its own.
#[napi(catch_unwind, ts_return_type = "Promise<void>")]
pub fn give_back_aside(env: &Env) -> Result<Object<'_>> {
    let work = || {
        memory::give_back();
        Ok(())
    };
    promise(env, work, |()| ())
}

/// Gives memory that was freed back to the system.
#[napi(catch_unwind)]
pub fn give_back() {
    memory::give_back();
}

/// Bytes that the C allocator has handed out; null where it does not tell.
#[napi(catch_unwind)]
pub fn malloc_in_use() -> Option<f64> {
    memory::malloc_in_use().map(|bytes| bytes as f64)
}

/// What a control group uses, and may use, in bytes.
#[napi(object)]
pub struct NativeGroupMemory {
    pub current: f64,
    pub limit: f64,
}

/// Of the control groups of this process the one with the least left; null without a limit, and outside of Linux.
#[napi(catch_unwind)]
pub fn group_memory() -> Option<NativeGroupMemory> {
    memory::group_memory().map(|group| NativeGroupMemory {
        current: group.current_bytes as f64,
        limit: group.limit_bytes as f64,
    })
}

/// What the control groups of this process allow besides memory; null is no limit.
#[napi(object)]
pub struct NativeQuotas {
    /// CPUs.
    pub cpus: Option<f64>,
    /// How often they were used up and the group had to wait.
    pub throttled: f64,
    /// Processes and threads that may still be started.
    pub tasks_left: Option<f64>,
}

/// The tightest of all groups above this process; no limits outside of Linux. 0.1 ms.
#[napi(catch_unwind)]
pub fn group_quotas() -> NativeQuotas {
    let quotas = groups::quotas();
    NativeQuotas {
        cpus: quotas.cpus,
        throttled: quotas.throttled as f64,
        tasks_left: quotas.tasks_left.map(|left| left as f64),
    }
}

/// Bytes that the C allocator has handed out, and those it keeps of what was freed; null where it does not tell.
#[napi(catch_unwind)]
pub fn malloc_figures() -> Option<Vec<f64>> {
    memory::malloc_figures().map(|(used, free)| vec![used as f64, free as f64])
}
