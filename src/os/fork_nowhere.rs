//! What stands in for `fork` on systems where a process cannot be copied so that V8 survives it.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::error::{Error, Result};

const WHY: &str = "forked captures need Linux on x64 or arm64";

/// See the module that this stands in for.
pub enum Side {
    /// Never given here.
    Parent(Forked),
    /// Never given here.
    Child(Copy),
}

/// What a fork needs. There is none here.
pub struct Ready;

/// The place of a child. There is none here.
pub struct Copy {
    /// Leads nowhere.
    pub out: i32,
}

/// How children end.
pub mod code {
    /// All is written.
    pub const DONE: i32 = 0;
    /// V8 threw.
    pub const THREW: i32 = 71;
    /// What is left of its heap takes more memory than there is.
    pub const UNFIT: i32 = 78;
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With an exit code.
    Exit(i32),
    /// Stopped by its caller.
    Cancelled,
    /// Buried by somebody else.
    Unknown,
}

impl End {
    /// What to tell of it.
    pub fn reason(self) -> String {
        WHY.into()
    }

    /// Whether another fork can end otherwise.
    pub fn is_worth_another(self) -> bool {
        false
    }
}

/// Limits of a child.
#[derive(Debug, Clone, Copy)]
pub struct WatchOptions {
    /// It is killed after this.
    pub life: Duration,
    /// It is killed when less is left, in bytes.
    pub memory_left_min: u64,
    /// It is killed when it has more of its own, in bytes.
    pub own_bytes_max: u64,
}

/// A child. There is none here.
pub struct Forked {
    /// How long the parent stood still for it.
    pub pause: Duration,
    /// Most that was resident in it, in bytes.
    pub peak_bytes: u64,
    /// CPU time that it took.
    pub cpu: Duration,
}

impl Forked {
    /// The process id.
    pub fn pid(&self) -> i32 {
        0
    }

    /// Nothing.
    pub fn read(&mut self, _into: &mut [u8], _options: &WatchOptions, _cancel: &AtomicBool) -> usize {
        0
    }

    /// Cancelled.
    pub fn finish(&mut self) -> End {
        End::Cancelled
    }
}

/// Why this system cannot do it.
pub const fn unsupported() -> Option<&'static str> {
    Some(WHY)
}

/// It was not.
pub const fn is_shown() -> bool {
    false
}

/// Refuses.
///
/// # Errors
/// `ERR_LEAKGUARD_NO_FORK`, always.
pub fn prepare(_cancel: &AtomicBool) -> Result<Ready> {
    Err(Error {
        code: "ERR_LEAKGUARD_NO_FORK",
        message: WHY.into(),
    })
}

/// Refuses, as [`prepare`] does.
///
/// # Errors
/// `ERR_LEAKGUARD_NO_FORK`, always.
pub fn fork(_ready: Ready, _life: Duration) -> Result<Side> {
    Err(Error {
        code: "ERR_LEAKGUARD_NO_FORK",
        message: WHY.into(),
    })
}

/// Ends the process.
pub fn leave(_copy: Copy, code: i32) -> ! {
    std::process::exit(code)
}

/// Nobody asks.
pub fn pool_rests(_pool: usize) -> bool {
    true
}
