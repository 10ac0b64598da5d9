//! What the operating system tells of this process: clocks, descriptors, memory. `unsafe` calls to libc live here.

pub mod clock;
pub mod descriptors;
pub mod memory;
