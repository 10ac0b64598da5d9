//! A copy of this process in which V8 may write a snapshot, while this one goes on. Linux on x64 and arm64.
//!
//! The order of things, and why each is safe for the parent, stands in docs/fork-capture.md. In short: V8 marks its
//! memory so that a fork leaves it out. The marks are taken off, the process forks, the marks are put back
//! ([`regions`], [`marks`]). In the child only the thread that forked exists; it is cut off from everything that it shares with
//! the parent ([`child`], [`shared`], [`jail`]), and locks and waits of the C library are made to fit a process with one thread
//! ([`text`]). The parent follows it through a pipe and by its CPU time, and ends it ([`watch`]).
//!
//! Nothing in this module starts by itself.

mod child;
pub mod code;
mod jail;
mod marks;
mod regions;
mod shared;
mod text;
mod watch;

use std::fs::File;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use self::child::Outfit;
use self::marks::{Marks, Turn};
use self::text::Patches;
pub use self::watch::{End, Forked, WatchOptions};
use crate::error::{Error, Result};

/// Bytes of the pipe's buffer: with more the two processes wait for each other less often.
const PIPE_BYTES: libc::c_int = 1 << 20;

/// Which of the two this is.
pub enum Side {
    /// The program goes on.
    Parent(Forked),
    /// The copy: cut off, in jail. It has to end by [`leave`] and by nothing else.
    Child(Copy),
}

/// The place of the child, which must not return from it into the program: dropped, as by a panic, it ends the process.
pub struct Copy {
    /// Where the snapshot goes. The only descriptor that leads out.
    pub out: i32,
}

impl Drop for Copy {
    fn drop(&mut self) {
        // SAFETY: ends the process.
        unsafe { libc::_exit(code::THREW) }
    }
}

/// Why this system cannot do it; `None` where it can.
pub const fn unsupported() -> Option<&'static str> {
    None
}

/// Whether forked captures have been shown to work on such a system, by tests that run at each change.
pub const fn is_shown() -> bool {
    cfg!(all(target_arch = "x86_64", target_env = "gnu"))
}

/// All that a fork needs and that takes time. Made by a thread that nobody waits for.
pub struct Ready {
    out: File,
    into: File,
    patches: Patches,
    filter: Vec<libc::sock_filter>,
    marks: Marks,
}

fn refused(what: &str, error: std::io::Error) -> Error {
    Error {
        code: "ERR_LEAKGUARD_NO_FORK",
        message: format!("this process cannot be forked for a capture: {what}: {error}"),
    }
}

/// Gets ready for a fork, which should follow soon: until then no other can be made ready.
///
/// # Errors
/// `ERR_LEAKGUARD_NO_FORK` with the system's reason; `ERR_LEAKGUARD_ABORTED` when `cancel` is set before it is its turn.
pub fn prepare(cancel: &AtomicBool) -> Result<Ready> {
    let turn = Turn::take(cancel).ok_or_else(|| Error::aborted("stopped before this process was copied"))?;
    let (out, into) = pipe().map_err(|e| refused("no pipe", e))?;
    Ok(Ready {
        out,
        into,
        patches: Patches::find().map_err(|what| refused(&what, std::io::ErrorKind::Unsupported.into()))?,
        filter: jail::filter(),
        marks: Marks::read(turn).map_err(|e| refused("/proc/self/smaps cannot be read", e))?,
    })
}

/// Forks. The parent stands still for this call only; the child is nice, first to go when memory is short, and ends
/// with the thread that made it, or after `life`.
///
/// # Errors
/// `ERR_LEAKGUARD_NO_FORK` with the system's reason. Nothing is changed then.
pub fn fork(ready: Ready, life: Duration) -> Result<Side> {
    let Ready {
        out,
        into,
        patches,
        filter,
        mut marks,
    } = ready;
    let outfit = Outfit {
        out: into.as_raw_fd(),
        parent: i64::from(std::process::id()),
        life_s: life.as_secs().clamp(1, 86_400) as u32,
        patches,
        filter,
    };
    let started = Instant::now();
    marks.take_off().map_err(|e| refused("madvise", e))?;
    let pid = split(&outfit);
    if matches!(pid, Ok(0)) {
        // The parent's to mark; and closed, the number would be one more to open a file with.
        std::mem::forget((marks, out));
        return Ok(Side::Child(Copy {
            out: into.into_raw_fd(),
        }));
    }
    let pause = started.elapsed();
    let pid = pid.map_err(|e| refused("fork", e))?;
    Ok(Side::Parent(Forked::new(pid, out, pause, Some(marks))))
}

/// Forks, and makes the child what it is to be before anything else happens in it.
fn split(outfit: &Outfit) -> std::io::Result<i32> {
    // A signal that met the child before its handlers are gone would be written to the parent's event loop.
    let held = child::Held::all_signals()?;
    // SAFETY: fork takes nothing. In the child only this thread exists; what follows there takes no lock of ours and
    // allocates nothing until the child is ready.
    let pid = unsafe { libc::fork() };
    if pid < 0 {
        let error = std::io::Error::last_os_error();
        drop(held);
        return Err(error);
    }
    if pid == 0 {
        child::become_copy(outfit);
        std::mem::forget(held);
        return Ok(0);
    }
    drop(held);
    Ok(pid)
}

/// Ends a child at once: nothing of the program that it is a copy of runs any more, no exit handler, no destructor.
pub fn leave(_copy: Copy, code: i32) -> ! {
    // SAFETY: ends the process.
    unsafe { libc::_exit(code) }
}

/// A pipe whose ends are closed in programs that are started.
fn pipe() -> std::io::Result<(File, File)> {
    let mut ends = [0; 2];
    // SAFETY: `ends` has room for two descriptors.
    if unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) } != 0 {
        return Err(std::io::Error::last_os_error());
    }
    // SAFETY: the call gave this descriptor, and nobody else knows it.
    let out = unsafe { File::from_raw_fd(ends[0]) };
    // SAFETY: as above.
    let into = unsafe { File::from_raw_fd(ends[1]) };
    // SAFETY: an open descriptor and a number; where it fails the pipe is as it was.
    unsafe { libc::fcntl(ends[1], libc::F_SETPIPE_SZ, PIPE_BYTES) };
    // SAFETY: an open descriptor and a flag.
    if unsafe { libc::fcntl(ends[0], libc::F_SETFL, libc::O_NONBLOCK) } != 0 {
        return Err(std::io::Error::last_os_error());
    }
    Ok((out, into))
}

/// Whether threads that work for V8 rest: then no marking and no sweeping of theirs is half done, which a copy could
/// not end. `pool` are the threads that the platform started first.
pub fn pool_rests(pool: usize) -> bool {
    watch::threads_rest(pool)
}
