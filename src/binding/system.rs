//! What the operating system tells, for JavaScript.

use napi_derive::napi;

use crate::os::descriptors;

/// Open descriptors by kind.
#[napi(object)]
pub struct NativeDescriptors {
    pub kinds: Vec<String>,
    pub counts: Vec<u32>,
    pub total: u32,
}

/// Counts open descriptors; undefined where the system does not tell. About 1 µs each.
#[napi(catch_unwind)]
pub fn count_descriptors() -> Option<NativeDescriptors> {
    let seen = descriptors::count()?;
    let (kinds, counts) = seen.by_kind.into_iter().unzip();
    Some(NativeDescriptors { kinds, counts, total: seen.total })
}

/// Number of open descriptors where the kernel knows it without a listing; otherwise undefined.
#[napi(catch_unwind)]
pub fn quick_descriptor_total() -> Option<u32> {
    descriptors::quick_total()
}

/// What a descriptor points at; undefined when it is not open or the system does not tell.
#[napi(catch_unwind)]
pub fn descriptor_target(fd: i32) -> Option<String> {
    descriptors::target_of(fd)
}

/// The kind of what a descriptor points at, as `countDescriptors` groups it.
#[napi(catch_unwind)]
pub fn descriptor_kind(target: String) -> String {
    descriptors::kind_of(&target).to_owned()
}
