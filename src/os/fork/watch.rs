//! The parent's side of a fork: reads what the child writes, sees when it is stuck, too old or too large, ends it and
//! buries it. Everything here runs on a thread of ours and waits on nothing but this child.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::code;
use super::marks::Marks;
use crate::os::memory;

/// How often a silent child is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// So long a child that sleeps may use no CPU time.
const FLAT_MAX: Duration = Duration::from_millis(200);
/// How often it is asked whether there is memory left.
const MEMORY_LOOK: Duration = Duration::from_millis(100);
/// Such a look takes no more than this part of the time, as one of so many.
const MEMORY_LOOK_SHARE: u32 = 20;
/// A child that has closed its end of the pipe may take so long to end.
const FAREWELL_MAX: Duration = Duration::from_millis(2000);

/// How the child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With an exit code ([`super::code`]).
    Exit(i32),
    /// By a signal: of the kernel's, of somebody else, or by its own crash.
    Signal(i32),
    /// Killed by this side: it slept and used no CPU time.
    Stuck,
    /// Killed by this side: it took longer than it may.
    TooLong,
    /// Killed by this side: memory became short. Bytes that were left.
    MemoryShort(u64),
    /// Killed by this side: it took more memory than it may. Bytes that were its own.
    TooLarge(u64),
    /// Killed by this side: nobody wants its work any more.
    Cancelled,
    /// Somebody else has buried it.
    Unknown,
}

/// Limits of a child.
#[derive(Debug, Clone, Copy)]
pub struct WatchOptions {
    /// It is killed after this.
    pub life: Duration,
    /// It is killed when less is left for this machine and its control groups, in bytes; 0 where that is not told.
    pub memory_left_min: u64,
    /// It is killed when it has more that nobody shares, in bytes.
    pub own_bytes_max: u64,
}

/// A child, from fork to burial. Dropped, it is killed and buried.
pub struct Forked {
    pid: libc::pid_t,
    pipe: File,
    /// Of the parent's memory: to be put back, which is for the thread that reads.
    marks: Option<Marks>,
    /// How long the parent stood still for it.
    pub pause: Duration,
    started: Instant,
    /// When its memory is looked at next.
    look_at: Instant,
    end: Option<End>,
    /// Most that was resident in it, in bytes, as the kernel told at its burial.
    pub peak_bytes: u64,
    /// CPU time that it took.
    pub cpu: Duration,
}

impl Forked {
    pub(super) fn new(pid: libc::pid_t, pipe: File, pause: Duration, marks: Option<Marks>) -> Self {
        Self {
            pid,
            pipe,
            marks,
            pause,
            started: Instant::now(),
            look_at: Instant::now() + MEMORY_LOOK,
            end: None,
            peak_bytes: 0,
            cpu: Duration::ZERO,
        }
    }

    /// The process id.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// The next bytes; 0 when there are no more, for whatever reason: then [`Self::finish`] tells.
    pub fn read(&mut self, into: &mut [u8], options: &WatchOptions, cancel: &AtomicBool) -> usize {
        drop(self.marks.take());
        let mut pulse = Pulse::new(self.pid);
        loop {
            if cancel.load(Ordering::Relaxed) {
                self.kill_as(End::Cancelled);
            } else if self.started.elapsed() > options.life {
                self.kill_as(End::TooLong);
            } else if self.look_at >= Instant::now() {
                // Not yet.
            } else if let Some(end) = self.memory_end(options) {
                self.kill_as(end);
            }
            match self.pipe.read(into) {
                Ok(bytes) => return bytes,
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return 0,
            }
            if self.end.is_some() {
                // Killed: what it wrote before does not matter.
                return 0;
            }
            self.wait_for_bytes();
            if pulse.is_flat() && !self.has_bytes() {
                self.kill_as(End::Stuck);
            }
        }
    }

    /// Whether it must end for the sake of memory. The next look is the later the longer this one took.
    fn memory_end(&mut self, options: &WatchOptions) -> Option<End> {
        let started = Instant::now();
        let left = memory::available_bytes().filter(|left| *left < options.memory_left_min);
        let end = left.map(End::MemoryShort).or_else(|| {
            let own = own_bytes(self.pid, options.own_bytes_max)?;
            (own > options.own_bytes_max).then_some(End::TooLarge(own))
        });
        let ended = Instant::now();
        self.look_at = ended + MEMORY_LOOK.max((ended - started) * MEMORY_LOOK_SHARE);
        end
    }

    fn poll(&self, timeout: Duration) -> bool {
        let mut ask = libc::pollfd {
            fd: self.pipe.as_raw_fd(),
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: one descriptor that is open, one struct.
        unsafe { libc::poll(&raw mut ask, 1, timeout.as_millis() as libc::c_int) > 0 }
    }

    fn wait_for_bytes(&self) {
        self.poll(LOOK);
    }

    fn has_bytes(&self) -> bool {
        self.poll(Duration::ZERO)
    }

    /// Ends the child, unless it has ended, and buries it: no zombie stays. How it ended.
    pub fn finish(&mut self) -> End {
        let said_farewell = Instant::now();
        while self.end.is_none() && !self.bury(libc::WNOHANG) {
            if said_farewell.elapsed() > FAREWELL_MAX {
                self.kill_as(End::Stuck);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        self.end.unwrap_or(End::Unknown)
    }

    /// Whether it is buried. Asks for this child alone: those of the program are none of our business.
    fn bury(&mut self, flags: libc::c_int) -> bool {
        let mut status = 0;
        let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
        // SAFETY: room for a status and a usage, and the id of a child that is not buried yet.
        let buried = unsafe { libc::wait4(self.pid, &raw mut status, flags, usage.as_mut_ptr()) };
        if buried == 0 {
            return false;
        }
        if buried < 0 {
            if std::io::Error::last_os_error().kind() == ErrorKind::Interrupted {
                return false;
            }
            // Another part of the program waits for every child, or has the kernel do so.
            self.end = self.end.or(Some(End::Unknown));
            return true;
        }
        // SAFETY: all-zero bytes are a usage, and the call has filled it.
        let usage = unsafe { usage.assume_init() };
        self.peak_bytes = usage.ru_maxrss as u64 * 1024;
        self.cpu = time(usage.ru_utime) + time(usage.ru_stime);
        let end = if libc::WIFEXITED(status) {
            End::Exit(libc::WEXITSTATUS(status))
        } else {
            End::Signal(libc::WTERMSIG(status))
        };
        self.end = self.end.or(Some(end));
        true
    }

    /// Kills and buries.
    fn kill_as(&mut self, end: End) {
        // Its own end counts where it came first; and an id that is buried may be somebody else's.
        if self.end.is_some() || self.bury(libc::WNOHANG) {
            return;
        }
        self.end = Some(end);
        // SAFETY: a child that is not buried keeps its id.
        unsafe { libc::kill(self.pid, libc::SIGKILL) };
        while !self.bury(0) {}
    }
}

impl Drop for Forked {
    fn drop(&mut self) {
        self.kill_as(End::Cancelled);
    }
}

/// Memory without a file that a process has and no other one shares, in bytes; all that it has where this is not above
/// `enough` anyway, since the difference takes the kernel some 50 ms for a GB.
fn own_bytes(pid: libc::pid_t, enough: u64) -> Option<u64> {
    let all = resident_bytes(&std::fs::read_to_string(format!("/proc/{pid}/statm")).ok()?)?;
    if all <= enough {
        return Some(all);
    }
    // Linux 4.14 and later, and not of every process; without it what is shared counts too.
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"));
    Some(rollup.ok().and_then(|text| private_bytes(&text)).unwrap_or(all))
}

/// `statm`: the pages that are resident without those of files and of shared memory.
fn resident_bytes(statm: &str) -> Option<u64> {
    let mut pages = statm
        .split_ascii_whitespace()
        .skip(1)
        .map_while(|word| word.parse::<u64>().ok());
    let (resident, shared) = (pages.next()?, pages.next()?);
    // SAFETY: asks for a number.
    let page_bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    Some(resident.saturating_sub(shared) * u64::try_from(page_bytes).ok()?)
}

fn private_bytes(rollup: &str) -> Option<u64> {
    let lines = rollup.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_private = matches!(name, "Private_Clean" | "Private_Dirty" | "Private_Hugetlb");
        is_private.then(|| value.trim().trim_end_matches("kB").trim().parse::<u64>().ok())?
    });
    lines
        .map(|kilobytes| kilobytes * 1024)
        .reduce(|sum, bytes| sum + bytes)
}

fn time(of: libc::timeval) -> Duration {
    Duration::from_secs(of.tv_sec.max(0) as u64) + Duration::from_micros(of.tv_usec.max(0) as u64)
}

/// The CPU time of a process, and since when it has stood still.
struct Pulse {
    pid: libc::pid_t,
    clock: Option<libc::clockid_t>,
    cpu: Duration,
    since: Instant,
}

impl Pulse {
    fn new(pid: libc::pid_t) -> Self {
        let mut clock = 0;
        // SAFETY: room for an id.
        let found = unsafe { libc::clock_getcpuclockid(pid, &raw mut clock) };
        Self {
            pid,
            clock: (found == 0).then_some(clock),
            cpu: Duration::ZERO,
            since: Instant::now(),
        }
    }

    /// Whether it sleeps, and has not used any CPU time for [`FLAT_MAX`]. One that only waits for its turn is not asleep.
    fn is_flat(&mut self) -> bool {
        let Some(clock) = self.clock else { return false };
        let mut now = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: an id of a clock and room for a time.
        if unsafe { libc::clock_gettime(clock, &raw mut now) } != 0 {
            return false;
        }
        let cpu = Duration::new(now.tv_sec.max(0) as u64, now.tv_nsec.clamp(0, 999_999_999) as u32);
        // Stopped by somebody (`T`) is as good as asleep.
        let is_asleep = matches!(state(&format!("/proc/{}/stat", self.pid)), Some(b'S' | b'T'));
        if cpu != self.cpu || !is_asleep {
            self.cpu = cpu;
            self.since = Instant::now();
            return false;
        }
        self.since.elapsed() > FLAT_MAX
    }
}

/// The state of a process or thread: `R` runs or waits for its turn, `S` sleeps, `D` waits for a disk.
fn state(stat: &str) -> Option<u8> {
    let text = std::fs::read(stat).ok()?;
    let name_end = text.iter().rposition(|&b| b == b')')?;
    text.get(name_end + 2).copied()
}

/// Whether the threads of V8's platform sleep. Where they have no name of their own they are the `pool` that were
/// started after the main thread.
pub(super) fn threads_rest(pool: usize) -> bool {
    const TASKS: &str = "/proc/self/task";
    let Ok(listing) = std::fs::read_dir(TASKS) else {
        return true;
    };
    let mut threads: Vec<u32> = listing
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    threads.sort_unstable();
    let own = std::process::id();
    let others: Vec<String> = threads
        .iter()
        .filter(|thread| **thread != own)
        .map(|thread| format!("{TASKS}/{thread}"))
        .collect();
    let is_named = |folder: &&String| {
        std::fs::read_to_string(format!("{folder}/comm")).is_ok_and(|name| name.contains("V8Worker"))
    };
    let mut of_v8: Vec<&String> = others.iter().take(4 * pool + 8).filter(is_named).collect();
    if of_v8.is_empty() {
        of_v8 = others.iter().take(pool).collect();
    }
    of_v8
        .iter()
        .all(|folder| state(&format!("{folder}/stat")).is_none_or(|state| state == b'S'))
}

impl End {
    /// What to tell of an end that is no success.
    pub fn reason(self) -> String {
        match self {
            Self::Exit(code::DONE) => "it ended before all was written".into(),
            Self::Exit(code::THREW) => "V8 could not write a snapshot in it".into(),
            Self::Exit(code::STUCK) | Self::Stuck => {
                "it waited for a thread that does not exist in it".into()
            }
            Self::Exit(code::DESCRIPTORS) => {
                "it could not let go of the parent's descriptors (/dev/null or /proc is missing)".into()
            }
            Self::Exit(code::TEXT) => {
                "the system does not let it change its own code (SELinux, or another hardening)".into()
            }
            Self::Exit(code::ORPHAN) => "the thread that made it was gone".into(),
            Self::Exit(code::SHARED) => {
                "it could not be cut off from memory that this process shares with others".into()
            }
            Self::Exit(code::TOUCHED) => {
                "something in it (a destructor of a native addon) went for memory that this process shares with others"
                    .into()
            }
            Self::Exit(code::UNFIT) => {
                "what its large containers leave takes more memory than there is".into()
            }
            Self::Exit(other) => format!("it ended with exit code {other}"),
            Self::Signal(libc::SIGKILL) => {
                "it was killed (SIGKILL): by the kernel when memory is short, or by hand".into()
            }
            Self::Signal(libc::SIGSYS) => "a filter of system calls (seccomp) forbids what it needs".into(),
            Self::Signal(libc::SIGALRM) | Self::TooLong => "it took longer than it may".into(),
            Self::Signal(signal) => format!("it crashed or was killed by signal {signal}"),
            Self::MemoryShort(left) => format!("memory became short: {} MB were left", left / 1_000_000),
            Self::TooLarge(own) => format!(
                "it took more memory than was estimated for it: {} MB of its own",
                own / 1_000_000
            ),
            Self::Cancelled => "it was stopped".into(),
            Self::Unknown => "somebody else in this process waits for every child".into(),
        }
    }

    /// Whether another fork can end otherwise.
    pub fn is_worth_another(self) -> bool {
        !matches!(
            self,
            Self::Exit(
                code::DESCRIPTORS | code::TEXT | code::ORPHAN | code::SHARED | code::TOUCHED | code::UNFIT
            ) | Self::Signal(libc::SIGSYS | libc::SIGALRM)
                | Self::MemoryShort(_)
                | Self::TooLarge(_)
                | Self::TooLong
                | Self::Cancelled
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A child that does `work` and writes to the pipe that it is given. A test binary has more threads: the child makes
    /// system calls only.
    fn child(work: impl Fn(i32)) -> Forked {
        use std::os::fd::IntoRawFd;
        let (out, into) = super::super::pipe().unwrap();
        // SAFETY: the child makes system calls and ends.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            work(into.into_raw_fd());
            // SAFETY: ends the process.
            unsafe { libc::_exit(0) };
        }
        drop(into);
        Forked::new(pid, out, Duration::ZERO, None)
    }

    fn options() -> WatchOptions {
        WatchOptions {
            life: Duration::from_secs(60),
            memory_left_min: 0,
            own_bytes_max: u64::MAX,
        }
    }

    fn is_gone(pid: i32) -> bool {
        !std::path::Path::new(&format!("/proc/{pid}")).exists()
    }

    fn write(fd: i32, bytes: &[u8]) {
        // SAFETY: bytes of ours.
        unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
    }

    #[test]
    fn what_a_child_writes_is_read_and_the_child_is_buried() {
        let mut forked = child(|out| write(out, b"seven bytes"));
        let cancel = AtomicBool::new(false);
        let mut all = Vec::new();
        let mut buffer = [0; 4];
        loop {
            match forked.read(&mut buffer, &options(), &cancel) {
                0 => break,
                bytes => all.extend_from_slice(&buffer[..bytes]),
            }
        }
        assert_eq!(all, b"seven bytes");
        assert_eq!(forked.finish(), End::Exit(0));
        assert!(is_gone(forked.pid()));
    }

    #[test]
    fn a_child_that_sleeps_is_stuck_and_one_that_works_is_not() {
        // SAFETY: waits for a signal.
        let mut asleep = child(|_| _ = unsafe { libc::pause() });
        let cancel = AtomicBool::new(false);
        assert_eq!(asleep.read(&mut [0; 4], &options(), &cancel), 0);
        assert_eq!(asleep.finish(), End::Stuck);
        assert!(is_gone(asleep.pid()));

        let mut busy = child(|out| {
            let started = Instant::now();
            while started.elapsed() < 3 * FLAT_MAX {}
            write(out, b"done");
        });
        assert_eq!(busy.read(&mut [0; 4], &options(), &cancel), 4);
        assert_eq!(busy.finish(), End::Exit(0));
    }

    #[test]
    fn limits_and_callers_end_a_child() {
        let forever = || {
            child(|_| {
                loop {
                    std::hint::spin_loop()
                }
            })
        };
        let cancel = AtomicBool::new(true);
        let mut cancelled = forever();
        assert_eq!(cancelled.read(&mut [0; 4], &options(), &cancel), 0);
        assert_eq!(cancelled.finish(), End::Cancelled);
        let cancel = AtomicBool::new(false);
        let short = WatchOptions {
            life: Duration::from_millis(50),
            ..options()
        };
        let mut old = forever();
        assert_eq!(old.read(&mut [0; 4], &short, &cancel), 0);
        assert_eq!(old.finish(), End::TooLong);
        let greedy = WatchOptions {
            memory_left_min: u64::MAX,
            ..options()
        };
        let mut large = forever();
        assert_eq!(large.read(&mut [0; 4], &greedy, &cancel), 0);
        assert!(matches!(large.finish(), End::MemoryShort(_)));
        let dropped = forever();
        let pid = dropped.pid();
        drop(dropped);
        assert!(is_gone(pid));
    }

    #[test]
    fn a_child_that_takes_more_than_it_may_is_ended_and_what_it_shares_is_not_its_own() {
        let shared = vec![1_u8; 64 << 20];
        let growing = |bytes: usize| {
            let place = shared.as_ptr() as usize;
            child(move |out| {
                for at in (0..bytes).step_by(4096) {
                    // SAFETY: the child's own view of memory of the test's.
                    unsafe { ((place + at) as *mut u8).write_volatile(2) };
                }
                let started = Instant::now();
                while started.elapsed() < 10 * MEMORY_LOOK {}
                write(out, b"done");
            })
        };
        let limited = WatchOptions {
            own_bytes_max: 32 << 20,
            ..options()
        };
        let cancel = AtomicBool::new(false);
        let mut large = growing(48 << 20);
        assert_eq!(large.read(&mut [0; 4], &limited, &cancel), 0);
        assert!(matches!(large.finish(), End::TooLarge(own) if own > 32 << 20));
        assert!(!large.finish().is_worth_another());
        let mut small = growing(8 << 20);
        assert_eq!(small.read(&mut [0; 4], &limited, &cancel), 4);
        assert_eq!(small.finish(), End::Exit(0));
    }

    #[test]
    fn what_a_process_has_of_its_own_is_read() {
        assert_eq!(resident_bytes("900 100 40 1 0 70 0"), Some(60 * page()));
        assert_eq!(resident_bytes("900 x"), None);
        let rollup = "Rss: 900 kB\nPrivate_Clean:   4 kB\nPrivate_Dirty:  16 kB\nPrivate_Hugetlb: 0 kB\n";
        assert_eq!(private_bytes(rollup), Some(20 * 1024));
        assert_eq!(private_bytes("Rss: 900 kB\n"), None);
    }

    fn page() -> u64 {
        // SAFETY: asks for a number.
        unsafe { libc::sysconf(libc::_SC_PAGESIZE) as u64 }
    }

    #[test]
    fn a_child_that_is_killed_is_noticed_at_once() {
        // SAFETY: numbers only.
        let mut killed = child(|_| _ = unsafe { libc::raise(libc::SIGKILL) });
        assert_eq!(killed.read(&mut [0; 4], &options(), &AtomicBool::new(false)), 0);
        assert_eq!(killed.finish(), End::Signal(libc::SIGKILL));
        assert!(killed.finish().is_worth_another());
    }
}
