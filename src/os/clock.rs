//! CPU time of the calling thread.

use std::time::Instant;

use once_cell::sync::Lazy;

static START: Lazy<Instant> = Lazy::new(Instant::now);

/// Milliseconds of a clock that never goes back and is the same for all threads.
fn now_ms() -> f64 {
    START.elapsed().as_secs_f64() * 1000.0
}

/// CPU time that the calling thread has used, in milliseconds. 0.3 µs on Linux.
#[cfg(unix)]
pub fn thread_cpu_ms() -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid timespec that outlives the call, which writes to it and keeps no pointer.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    if failed != 0 {
        return now_ms();
    }
    time.tv_sec as f64 * 1000.0 + time.tv_nsec as f64 / 1e6
}

/// Where the system has no such clock, wall time stands in: a leak then must go on while time passes.
#[cfg(not(unix))]
pub fn thread_cpu_ms() -> f64 {
    now_ms()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_cpu_time_and_sleep_does_not() {
        let start = thread_cpu_ms();
        let mut x = 1u64;
        while thread_cpu_ms() - start < 5.0 {
            x = x.wrapping_mul(31).wrapping_add(7);
        }
        assert_ne!(x, 0);
        let before_sleep = thread_cpu_ms();
        std::thread::sleep(std::time::Duration::from_millis(30));
        assert!(!cfg!(unix) || thread_cpu_ms() - before_sleep < 15.0);
    }
}
