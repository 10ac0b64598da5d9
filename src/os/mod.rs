//! What the operating system tells of this process: clocks and descriptors. `unsafe` calls to libc live here.

pub mod clock;
pub mod descriptors;
