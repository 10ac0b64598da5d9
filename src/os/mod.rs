//! What the operating system tells of this process: clocks, descriptors, memory; and copies of it to look at (`fork`).
//! `unsafe` calls to libc live here.

pub mod clock;
pub mod descriptors;
pub mod files;
#[cfg_attr(
    not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))),
    path = "fork_nowhere.rs"
)]
pub mod fork;
pub mod groups;
pub mod memory;
pub mod source;
#[cfg(test)]
mod testing;
