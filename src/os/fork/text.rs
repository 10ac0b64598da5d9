//! Changes to the C library's code that are right in a process with one thread, and only there: what a lock or a
//! condition variable was in the middle of when the process was copied, nobody will ever finish.
//!
//! - Locking and unlocking, and waking others: done at once. Nobody else can hold a lock, nobody else can wait.
//! - Waiting for somebody to wake this thread: nobody will. The child ends, which its parent notices at once.
//! - Waiting with a limit: the time is over.
//! - Starting a thread: no more threads. One would meet locks that lock nothing.
//!
//! The child's pages of code are its own copies. The parent's are not touched.

/// What a function is made to do.
#[derive(Clone, Copy)]
enum Becomes {
    Gives(u32),
    /// By an instruction that does not exist, for which the child has a handler ([`super::child`]): that is short.
    EndsTheProcess,
}

const FUNCTIONS: [(&std::ffi::CStr, Becomes); 16] = [
    (c"pthread_mutex_lock", Becomes::Gives(0)),
    (c"pthread_mutex_trylock", Becomes::Gives(0)),
    (c"pthread_mutex_timedlock", Becomes::Gives(0)),
    (c"pthread_mutex_unlock", Becomes::Gives(0)),
    (c"pthread_cond_signal", Becomes::Gives(0)),
    (c"pthread_cond_broadcast", Becomes::Gives(0)),
    (c"pthread_rwlock_rdlock", Becomes::Gives(0)),
    (c"pthread_rwlock_tryrdlock", Becomes::Gives(0)),
    (c"pthread_rwlock_wrlock", Becomes::Gives(0)),
    (c"pthread_rwlock_trywrlock", Becomes::Gives(0)),
    (c"pthread_rwlock_unlock", Becomes::Gives(0)),
    (c"pthread_cond_wait", Becomes::EndsTheProcess),
    (c"pthread_cond_timedwait", Becomes::Gives(libc::ETIMEDOUT as u32)),
    // glibc 2.30 and later; where it is missing nobody calls it.
    (c"pthread_cond_clockwait", Becomes::Gives(libc::ETIMEDOUT as u32)),
    (c"pthread_join", Becomes::EndsTheProcess),
    (c"pthread_create", Becomes::Gives(libc::EAGAIN as u32)),
];
/// From here on a function may be missing.
const NEEDED: usize = 13;
/// The most that is written over a function. Some functions are a jump of seven bytes, with the next right behind.
const CODE_BYTES_MAX: usize = 12;

/// What is written, and where in the function.
#[derive(Clone, Copy)]
struct Patch {
    address: usize,
    code: [u8; CODE_BYTES_MAX],
    length: usize,
}

impl Patch {
    const NONE: Self = Self {
        address: 0,
        code: [0; CODE_BYTES_MAX],
        length: 0,
    };

    fn new(address: usize, code: &[u8]) -> Self {
        let mut patch = Self {
            address,
            length: code.len(),
            ..Self::NONE
        };
        patch.code[..code.len()].copy_from_slice(code);
        patch
    }
}

/// The code of a function that does nothing else. `first` are the bytes that it begins with.
#[cfg(target_arch = "x86_64")]
fn patch(address: usize, first: [u8; 4], becomes: Becomes) -> Patch {
    const ENDBR64: [u8; 4] = [0xf3, 0x0f, 0x1e, 0xfa];
    // Where processors check the targets of calls, a function begins with this, and goes on doing so.
    let address = address + if first == ENDBR64 { 4 } else { 0 };
    match becomes {
        // xor eax, eax; ret
        Becomes::Gives(0) => Patch::new(address, &[0x31, 0xc0, 0xc3]),
        // mov eax, value; ret
        Becomes::Gives(value) => {
            let [a, b, c, d] = value.to_le_bytes();
            Patch::new(address, &[0xb8, a, b, c, d, 0xc3])
        }
        // ud2
        Becomes::EndsTheProcess => Patch::new(address, &[0x0f, 0x0b]),
    }
}

#[cfg(target_arch = "aarch64")]
fn patch(address: usize, first: [u8; 4], becomes: Becomes) -> Patch {
    const BTI: u32 = 0xd503_245f;
    const PACIASP: u32 = 0xd503_233f;
    const RET: u32 = 0xd65f_03c0;
    let mov = |value: u32| 0x5280_0000 | ((value & 0xffff) << 5);
    // Where processors check the targets of calls, a function begins with one of these.
    let is_target = [BTI, PACIASP].contains(&u32::from_le_bytes(first));
    let (words, count) = match (is_target, becomes) {
        (true, Becomes::Gives(value)) => ([BTI, mov(value), RET], 3),
        (false, Becomes::Gives(value)) => ([mov(value), RET, 0], 2),
        // udf 0
        (true, Becomes::EndsTheProcess) => ([BTI, 0, 0], 2),
        (false, Becomes::EndsTheProcess) => ([0, 0, 0], 1),
    };
    let mut code = [0; CODE_BYTES_MAX];
    for (place, word) in code.chunks_exact_mut(4).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    Patch::new(address, &code[..4 * count])
}

/// What is changed where, made in the parent: a look-up takes locks.
pub struct Patches {
    all: [Patch; FUNCTIONS.len()],
    page_bytes: usize,
}

impl Patches {
    /// Looks the functions up. The reason where one is missing.
    pub fn find() -> Result<Self, String> {
        let mut all = [Patch::NONE; FUNCTIONS.len()];
        for (at, (name, becomes)) in FUNCTIONS.iter().enumerate() {
            // SAFETY: the name ends with a zero byte, and a look-up has no other condition.
            let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) } as usize;
            if address != 0 {
                // SAFETY: a function of the C library: its code can be read, and four bytes of it are there.
                let first = unsafe { std::ptr::read_unaligned(address as *const [u8; 4]) };
                all[at] = patch(address, first, *becomes);
            } else if at < NEEDED {
                return Err(format!("the C library has no {}", name.to_string_lossy()));
            }
        }
        // SAFETY: asks for a number.
        let page_bytes = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        Ok(Self {
            all,
            page_bytes: usize::try_from(page_bytes)
                .map_err(|_| "the size of a page is not told".to_owned())?,
        })
    }

    /// Changes the code of this process. Only for a process with one thread. Whether it could be done.
    pub fn apply(&self) -> bool {
        self.all
            .iter()
            .filter(|patch| patch.address != 0)
            .all(|patch| write(patch, self.page_bytes))
    }
}

/// Writes over code. Where pages of code cannot be made writable (hardened kernels), through the file of the
/// process's own memory. Allocates nothing.
fn write(patch: &Patch, page_bytes: usize) -> bool {
    let first = patch.address & !(page_bytes - 1);
    let length = (patch.address + patch.length).next_multiple_of(page_bytes) - first;
    let all = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
    if protect(first, length, all) {
        let place = patch.address as *mut u8;
        // SAFETY: the pages are mapped and writable as of now, no other thread runs, and no function is shorter than
        // what is written over it.
        unsafe { std::ptr::copy_nonoverlapping(patch.code.as_ptr(), place, patch.length) };
        flush(patch);
        return protect(first, length, libc::PROT_READ | libc::PROT_EXEC);
    }
    // SAFETY: a path that ends with a zero byte.
    let file = unsafe { libc::open(c"/proc/self/mem".as_ptr(), libc::O_RDWR | libc::O_CLOEXEC) };
    if file < 0 {
        return false;
    }
    let place = patch.address as libc::off_t;
    // SAFETY: the bytes are ours; the kernel writes them into this process's own copy of the page.
    let written = unsafe { libc::pwrite(file, patch.code.as_ptr().cast(), patch.length, place) };
    // SAFETY: a descriptor of ours.
    unsafe { libc::close(file) };
    flush(patch);
    written == patch.length as isize
}

fn protect(first: usize, length: usize, access: libc::c_int) -> bool {
    // SAFETY: pages of code of the C library; they stay readable and executable.
    unsafe { libc::mprotect(first as *mut libc::c_void, length, access) == 0 }
}

/// Makes new code visible to the processor.
#[cfg(target_arch = "x86_64")]
fn flush(_patch: &Patch) {
    // x64 sees to it by itself.
}

#[cfg(target_arch = "aarch64")]
fn flush(patch: &Patch) {
    for word in (patch.address..patch.address + patch.length).step_by(4) {
        // SAFETY: cleans data and drops instructions of addresses that are mapped; changes no byte.
        unsafe {
            core::arch::asm!("dc cvau, {0}", "dsb ish", "ic ivau, {0}", "dsb ish", "isb", in(reg) word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_functions_are_found_and_none_is_written_beyond_its_end() {
        let patches = Patches::find().unwrap();
        let mut ends: Vec<(usize, usize)> = patches.all.iter().map(|p| (p.address, p.length)).collect();
        ends.sort_unstable();
        assert!(
            ends.iter()
                .all(|(address, length)| *address > 0 && *length <= CODE_BYTES_MAX)
        );
        assert!(
            ends.windows(2)
                .all(|pair| pair[0].0 + pair[0].1 <= pair[1].0 || pair[0].0 == pair[1].0)
        );
    }

    /// How a copy of this process ends that has changed its code and does `work`: its exit code, or a signal's number
    /// below zero.
    fn ends_with(work: fn() -> libc::c_int) -> libc::c_int {
        let patches = Patches::find().unwrap();
        // SAFETY: the child makes system calls, changes its own code, calls what it has changed, and ends.
        let pid = unsafe { libc::fork() };
        assert!(pid >= 0);
        if pid == 0 {
            // SAFETY: a number. A child that hangs is ended by a signal that no test expects.
            unsafe { libc::alarm(60) };
            let code = if patches.apply() { work() } else { 255 };
            // SAFETY: ends the process.
            unsafe { libc::_exit(code) };
        }
        let mut status = 0;
        // SAFETY: room for a status; a child of ours.
        while unsafe { libc::waitpid(pid, &raw mut status, 0) } != pid {}
        if libc::WIFEXITED(status) {
            libc::WEXITSTATUS(status)
        } else {
            -libc::WTERMSIG(status)
        }
    }

    const MUTEX: libc::pthread_mutex_t = libc::PTHREAD_MUTEX_INITIALIZER;
    const CONDITION: libc::pthread_cond_t = libc::PTHREAD_COND_INITIALIZER;

    extern "C" fn nothing(_: *mut libc::c_void) -> *mut libc::c_void {
        std::ptr::null_mut()
    }

    #[test]
    fn in_a_copy_locks_are_free_limits_are_over_and_no_thread_starts() {
        let code = ends_with(|| {
            let (mut mutex, mut condition) = (MUTEX, CONDITION);
            // SAFETY: a lock of this thread's. Locked twice, it would wait for ever.
            let locks = [(); 2].map(|()| unsafe { libc::pthread_mutex_lock(&raw mut mutex) });
            // SAFETY: as above.
            let tried = unsafe { libc::pthread_mutex_trylock(&raw mut mutex) };
            // SAFETY: nobody waits.
            let woken = unsafe { libc::pthread_cond_broadcast(&raw mut condition) };
            let limit = libc::timespec {
                tv_sec: libc::time_t::MAX,
                tv_nsec: 0,
            };
            // SAFETY: a lock, a condition and a time of this thread's.
            let waited =
                unsafe { libc::pthread_cond_timedwait(&raw mut condition, &raw mut mutex, &raw const limit) };
            let mut thread = std::mem::MaybeUninit::uninit();
            // SAFETY: room for an id, and a function that does nothing.
            let started = unsafe {
                libc::pthread_create(
                    thread.as_mut_ptr(),
                    std::ptr::null(),
                    nothing,
                    std::ptr::null_mut(),
                )
            };
            let expected = ([0, 0], 0, 0, libc::ETIMEDOUT, libc::EAGAIN);
            libc::c_int::from((locks, tried, woken, waited, started) != expected)
        });
        assert_eq!(code, 0);
    }

    #[test]
    fn in_a_copy_a_wait_for_another_thread_is_an_instruction_that_does_not_exist() {
        let code = ends_with(|| {
            let (mut mutex, mut condition) = (MUTEX, CONDITION);
            // SAFETY: a lock and a condition of this thread's.
            unsafe { libc::pthread_cond_wait(&raw mut condition, &raw mut mutex) }
        });
        assert_eq!(code, -libc::SIGILL);
    }
}
