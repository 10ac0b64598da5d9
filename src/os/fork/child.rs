//! What a child does before anything else: it lets go of all that it shares with its parent, gives way to it in every
//! queue, and sees to it that it cannot outlive it.
//!
//! Everything here runs after a fork in a process of many threads: nothing is allocated, no lock is taken, only system
//! calls are made.

use std::ffi::CStr;
use std::mem::MaybeUninit;

use super::code;
use super::jail;
use super::shared;
use super::text::Patches;

/// What a child needs to know, made in the parent.
pub struct Outfit {
    /// The descriptor that stays open.
    pub out: i32,
    /// The parent's process id.
    pub parent: i64,
    /// After this it ends by itself, in seconds.
    pub life_s: u32,
    /// The C library for one thread.
    pub patches: Patches,
    /// What it may not do.
    pub filter: Vec<libc::sock_filter>,
}

/// Low: on a machine that is busy the program goes first. Not the lowest (19), with which it hardly gets on there.
const NICE: libc::c_int = 10;
/// Highest: the kernel takes the child before it takes the parent.
const OOM_SCORE: &[u8] = b"1000";
const IOPRIO_WHO_PROCESS: libc::c_long = 1;
/// The class "idle".
const IOPRIO_IDLE: libc::c_long = 3 << 13;
const SIGNALS_MAX: libc::c_int = 64;

/// All signals held back from this thread, until it is dropped.
pub struct Held {
    before: libc::sigset_t,
}

impl Held {
    /// Holds all back.
    pub fn all_signals() -> std::io::Result<Self> {
        let mut all = MaybeUninit::<libc::sigset_t>::uninit();
        let mut before = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: fills the set.
        unsafe { libc::sigfillset(all.as_mut_ptr()) };
        // SAFETY: `all` is filled, `before` has room.
        let error = unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) };
        if error != 0 {
            return Err(std::io::Error::from_raw_os_error(error));
        }
        Ok(Self {
            // SAFETY: the call filled it.
            before: unsafe { before.assume_init() },
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // SAFETY: the set that the thread had.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, std::ptr::null_mut()) };
    }
}

/// Makes of the copy that a fork has just given what it is to be. Ends the process where that fails.
pub fn become_copy(outfit: &Outfit) {
    die_with_parent(outfit);
    reset_signals();
    if !let_go_of_descriptors(outfit.out) {
        end(code::DESCRIPTORS);
    }
    if !shared::let_go() {
        end(code::SHARED);
    }
    give_way();
    if !outfit.patches.apply() {
        end(code::TEXT);
    }
    limit();
    jail::enter(&outfit.filter);
    listen();
}

fn end(status: libc::c_int) -> ! {
    // SAFETY: ends the process.
    unsafe { libc::_exit(status) }
}

fn die_with_parent(outfit: &Outfit) {
    // SAFETY: numbers only.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0) };
    // It may have ended before that was said.
    // SAFETY: asks for a number.
    if i64::from(unsafe { libc::getppid() }) != outfit.parent {
        end(code::ORPHAN);
    }
    // SAFETY: a number. The signal ends the process.
    unsafe { libc::alarm(outfit.life_s) };
    // A group of its own: what a terminal or a supervisor sends to the parent's is not for it.
    // SAFETY: takes nothing.
    unsafe { libc::setsid() };
}

/// No handler of the program's runs here: they write to the pipe of the parent's event loop.
fn reset_signals() {
    for signal in 1..=SIGNALS_MAX {
        let action = match signal {
            // What nobody reads any more, or what may not be written, is an error of the write.
            libc::SIGPIPE | libc::SIGXFSZ => libc::SIG_IGN,
            libc::SIGILL | libc::SIGSYS => stuck as *const () as libc::sighandler_t,
            libc::SIGSEGV => touched as *const () as libc::sighandler_t,
            _ => libc::SIG_DFL,
        };
        // SAFETY: all-zero bytes are a valid action.
        let mut new: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
        new.sa_sigaction = action;
        if signal == libc::SIGSEGV {
            new.sa_flags = libc::SA_SIGINFO | libc::SA_RESETHAND;
        }
        // SAFETY: a valid action; signals that have no handler are refused.
        unsafe { libc::sigaction(signal, &raw const new, std::ptr::null_mut()) };
    }
}

/// What [`super::text`] and [`super::jail`] make of waiting for a thread that does not exist.
extern "C" fn stuck(_signal: libc::c_int) {
    end(code::STUCK);
}

/// An access that is not allowed. One to what [`super::shared`] has closed is told as that; any other happens again when
/// this returns, and is the crash that it was.
extern "C" fn touched(_signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // SAFETY: the kernel gives what it tells of the signal.
    let info = unsafe { &*info };
    // SAFETY: of this signal it tells an address.
    let address = unsafe { info.si_addr() } as usize;
    if shared::is_closed(address) {
        end(code::TOUCHED);
    }
}

/// Signals are heard again: their default actions.
fn listen() {
    let mut none = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: empties the set.
    unsafe { libc::sigemptyset(none.as_mut_ptr()) };
    // SAFETY: the set is filled. A system call, since the C library's function may be changed by now.
    unsafe { libc::sigprocmask(libc::SIG_SETMASK, none.as_ptr(), std::ptr::null_mut()) };
}

fn open(path: &CStr, flags: libc::c_int) -> libc::c_int {
    // SAFETY: a path that ends with a zero byte; nothing is created.
    unsafe { libc::open(path.as_ptr(), flags | libc::O_CLOEXEC) }
}

fn close(fd: libc::c_int) {
    // SAFETY: a descriptor of this process, which shares none with its parent's table.
    unsafe { libc::close(fd) };
}

/// Puts the null device in the place of every descriptor but `out`: sockets and pipes of the parent's are closed here
/// then, and what the program's own code writes to (its event loop's wake-ups, its log) goes nowhere instead of failing.
fn let_go_of_descriptors(out: libc::c_int) -> bool {
    // Room for two, however many are open.
    let [first, second] = match out {
        0 => [1, 2],
        1 => [0, 2],
        _ => [0, 1],
    };
    close(first);
    close(second);
    let null = open(c"/dev/null", libc::O_RDWR);
    let list = open(c"/proc/self/fd", libc::O_RDONLY | libc::O_DIRECTORY);
    if null < 0 || list < 0 {
        return false;
    }
    let mut entries = Entries([0; 8192]);
    loop {
        // SAFETY: the kernel fills at most that many bytes.
        let bytes = unsafe {
            libc::syscall(
                libc::SYS_getdents64,
                list,
                entries.0.as_mut_ptr(),
                entries.0.len(),
            )
        };
        match usize::try_from(bytes) {
            Ok(0) => break,
            Ok(bytes) => {
                for fd in numbers(&entries.0[..bytes.min(entries.0.len())]) {
                    if fd != out && fd != list && fd != null {
                        // SAFETY: two descriptors of this process.
                        if unsafe { libc::dup2(null, fd) } < 0 {
                            return false;
                        }
                    }
                }
            }
            Err(_) => return false,
        }
    }
    // SAFETY: as above.
    unsafe { libc::dup2(null, list) >= 0 }
}

/// Aligned as the kernel writes them.
#[repr(align(8))]
struct Entries([u8; 8192]);

/// The names that are numbers, of what getdents64 gave: `d_ino` 8 bytes, `d_off` 8, `d_reclen` 2, `d_type` 1, the name.
fn numbers(entries: &[u8]) -> impl Iterator<Item = libc::c_int> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let length = entries.get(at + 16..at + 18)?;
            let length = usize::from(length[0]) | usize::from(length[1]) << 8;
            let name = entries.get(at + 19..at + length)?;
            at += length;
            let digits = name.iter().take_while(|b| **b != 0);
            let number = digits.clone().try_fold(0_i32, |sum, digit| {
                let digit = i32::from(digit.checked_sub(b'0').filter(|d| *d < 10)?);
                sum.checked_mul(10)?.checked_add(digit)
            });
            if let Some(number) = number.filter(|_| digits.clone().next().is_some()) {
                return Some(number);
            }
        }
    })
}

/// Last in every queue, first to go.
fn give_way() {
    let score = open(c"/proc/self/oom_score_adj", libc::O_WRONLY);
    if score >= 0 {
        // SAFETY: bytes of ours.
        unsafe { libc::write(score, OOM_SCORE.as_ptr().cast(), OOM_SCORE.len()) };
        close(score);
    }
    // SAFETY: numbers only.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICE) };
    // SAFETY: numbers only.
    unsafe { libc::syscall(libc::SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_IDLE) };
}

/// No dump of its memory where it crashes, and no descriptor to open: what a destructor would write to a file by its name,
/// or empty by opening it, it cannot; nor what a runtime writes when it dies (reports, snapshots, traces).
fn limit() {
    // 1, not 0: a program that the kernel would hand the dump to is started with 0 too. No file is that small.
    set_limit(libc::RLIMIT_CORE, 1);
    // A pipe is no file.
    set_limit(libc::RLIMIT_FSIZE, 0);
    set_limit(libc::RLIMIT_NOFILE, 0);
}

#[cfg(target_env = "gnu")]
type Resource = libc::__rlimit_resource_t;
#[cfg(not(target_env = "gnu"))]
type Resource = libc::c_int;

fn set_limit(resource: Resource, value: libc::rlim_t) {
    let limit = libc::rlimit {
        rlim_cur: value,
        rlim_max: value,
    };
    // SAFETY: a whole struct. A limit may always be lowered; where it is lower already it stays.
    unsafe { libc::setrlimit(resource, &raw const limit) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_a_listing() {
        let mut listing = Vec::new();
        for name in ["..", ".", "0", "17", "4096", "2147483647", "99999999999", "4x"] {
            let length = (19 + name.len() + 1).next_multiple_of(8);
            let mut entry = vec![0_u8; length];
            entry[16] = length as u8;
            entry[19..19 + name.len()].copy_from_slice(name.as_bytes());
            listing.extend(entry);
        }
        assert_eq!(numbers(&listing).collect::<Vec<_>>(), [0, 17, 4096, i32::MAX]);
        assert_eq!(numbers(&listing[..30]).count(), 0);
        assert_eq!(numbers(&[]).count(), 0);
    }
}
