//! What a child may not do, whatever the program that it is a copy of has in mind: reach anybody, start anything,
//! change a file, send a signal, wait for a thread that does not exist in it. A filter of system calls (seccomp), which
//! the process gives itself and nobody can take off.
//!
//! It is a second wall. Without it (a kernel or a container that refuses filters) the descriptors are gone all the same,
//! and a child that waits is found by its CPU time ([`super::watch`]).

use libc::{c_long, sock_filter};

/// `FUTEX_WAIT`, `FUTEX_LOCK_PI`, `FUTEX_WAIT_BITSET`, `FUTEX_WAIT_REQUEUE_PI`, `FUTEX_LOCK_PI2`.
const FUTEX_WAITS: [u32; 5] = [0, 6, 9, 11, 13];
/// Without `FUTEX_PRIVATE_FLAG` and `FUTEX_CLOCK_REALTIME`.
const FUTEX_COMMAND: u32 = 0x7f;

#[cfg(target_arch = "x86_64")]
const RENAMEAT: c_long = libc::SYS_renameat;
// The libc crate does not name it for each C library.
#[cfg(target_arch = "aarch64")]
const RENAMEAT: c_long = 38;

/// Linux 6.6 and later; the same number everywhere.
const FCHMODAT2: c_long = 452;

/// Answered with `EPERM`.
const FORBIDDEN: &[c_long] = &[
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_tgkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_pidfd_send_signal,
    libc::SYS_pidfd_getfd,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_ptrace,
    libc::SYS_process_vm_writev,
    libc::SYS_unlinkat,
    libc::SYS_renameat2,
    RENAMEAT,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_mkdirat,
    libc::SYS_truncate,
    libc::SYS_ftruncate,
    libc::SYS_openat2,
    libc::SYS_mknodat,
    libc::SYS_fallocate,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    FCHMODAT2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    libc::SYS_mq_timedsend,
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_msgctl,
    libc::SYS_semget,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_semctl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_creat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_mknod,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_fork,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_vfork,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_unlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rename,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rmdir,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_mkdir,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_link,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_symlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chmod,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lchown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utimes,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_epoll_wait,
];

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xc000_00b7;

// Offsets in struct seccomp_data; both architectures are little-endian.
const NUMBER_AT: u32 = 0;
const ARCHITECTURE_AT: u32 = 4;
const SECOND_ARGUMENT_AT: u32 = 24;
const THIRD_ARGUMENT_AT: u32 = 32;
const FOURTH_ARGUMENT_AT: u32 = 40;

const fn load(at: u32) -> sock_filter {
    statement((libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16, at)
}

const fn answer(with: u32) -> sock_filter {
    statement((libc::BPF_RET | libc::BPF_K) as u16, with)
}

const fn statement(code: u16, k: u32) -> sock_filter {
    sock_filter {
        code,
        jt: 0,
        jf: 0,
        k,
    }
}

/// Skips so many statements where the number is `k`.
const fn skip_if(k: u32, statements: u8) -> sock_filter {
    sock_filter {
        code: (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16,
        jt: statements,
        jf: 0,
        k,
    }
}

/// The next statements, so many, only where the number is `k`.
const fn only_if(k: u32, statements: u8) -> sock_filter {
    sock_filter {
        code: (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16,
        jt: 0,
        jf: statements,
        k,
    }
}

const fn and(k: u32) -> sock_filter {
    statement((libc::BPF_ALU | libc::BPF_AND | libc::BPF_K) as u16, k)
}

/// The filter, made in the parent.
pub fn filter() -> Vec<sock_filter> {
    let refuse = |errno: libc::c_int| answer(libc::SECCOMP_RET_ERRNO | errno as u32);
    let mut all = vec![
        load(ARCHITECTURE_AT),
        skip_if(ARCHITECTURE, 1),
        refuse(libc::ENOSYS),
        load(NUMBER_AT),
    ];
    for number in FORBIDDEN {
        all.extend([only_if(*number as u32, 1), refuse(libc::EPERM)]);
    }
    // Frees pages of a shared file for everybody, where it can only be read too.
    all.extend([
        only_if(libc::SYS_madvise as u32, 4),
        load(THIRD_ARGUMENT_AT),
        only_if(libc::MADV_REMOVE as u32, 1),
        refuse(libc::EPERM),
        answer(libc::SECCOMP_RET_ALLOW),
    ]);
    // Not a wait: allowed.
    all.extend([
        skip_if(libc::SYS_futex as u32, 1),
        answer(libc::SECCOMP_RET_ALLOW),
    ]);
    all.push(load(SECOND_ARGUMENT_AT));
    all.push(and(FUTEX_COMMAND));
    let mut left = FUTEX_WAITS.len() as u8;
    for wait in FUTEX_WAITS {
        // To the statement after the one that allows.
        all.push(skip_if(wait, left));
        left -= 1;
    }
    all.push(answer(libc::SECCOMP_RET_ALLOW));
    // With a limit of time: it is over.
    for half in [FOURTH_ARGUMENT_AT, FOURTH_ARGUMENT_AT + 4] {
        all.extend([load(half), skip_if(0, 1), refuse(libc::ETIMEDOUT)]);
    }
    // Without: nobody will ever wake it. The signal's handler ends the process.
    all.push(answer(libc::SECCOMP_RET_TRAP));
    all
}

/// Shuts this process in, where that can be done.
pub fn enter(filter: &[sock_filter]) {
    let program = libc::sock_fprog {
        len: filter.len() as u16,
        filter: filter.as_ptr().cast_mut(),
    };
    // SAFETY: numbers only. Without this only a privileged process may have a filter.
    unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) };
    // SAFETY: the program and its statements live until the call returns; the kernel copies and checks them.
    unsafe {
        libc::prctl(
            libc::PR_SET_SECCOMP,
            libc::SECCOMP_MODE_FILTER,
            &raw const program,
        )
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the filter answers; enough of the machine for what it consists of.
    fn asked(number: c_long, arguments: [u64; 6], architecture: u32) -> u32 {
        let mut data = Vec::new();
        data.extend((number as u32).to_le_bytes());
        data.extend(architecture.to_le_bytes());
        data.extend(0_u64.to_le_bytes());
        arguments.iter().for_each(|a| data.extend(a.to_le_bytes()));
        let (mut at, mut value) = (0, 0);
        let program = filter();
        loop {
            let line = program[at];
            at += 1;
            match u32::from(line.code) & 7 {
                libc::BPF_LD => {
                    let place = line.k as usize;
                    value = u32::from_le_bytes(data[place..place + 4].try_into().unwrap());
                }
                libc::BPF_ALU => value &= line.k,
                libc::BPF_JMP => at += usize::from(if value == line.k { line.jt } else { line.jf }),
                _ => return line.k,
            }
        }
    }

    #[test]
    fn work_with_memory_and_the_pipe_is_allowed_and_what_reaches_out_is_not() {
        let ask = |number| asked(number, [0; 6], ARCHITECTURE);
        for number in [
            libc::SYS_mmap,
            libc::SYS_write,
            libc::SYS_exit_group,
            libc::SYS_madvise,
        ] {
            assert_eq!(ask(number), libc::SECCOMP_RET_ALLOW);
        }
        for number in FORBIDDEN {
            assert_eq!(
                ask(*number),
                libc::SECCOMP_RET_ERRNO | libc::EPERM as u32,
                "{number}"
            );
        }
        let advice =
            |advice: libc::c_int| asked(libc::SYS_madvise, [0, 0, advice as u64, 0, 0, 0], ARCHITECTURE);
        assert_eq!(
            advice(libc::MADV_REMOVE),
            libc::SECCOMP_RET_ERRNO | libc::EPERM as u32
        );
        assert_eq!(advice(libc::MADV_DONTNEED), libc::SECCOMP_RET_ALLOW);
        let other = asked(libc::SYS_write, [0; 6], 1);
        assert_eq!(other, libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32);
    }

    #[test]
    fn waits_end_the_child_wakes_do_not_and_limits_are_over() {
        let futex = |op: u64, limit: u64| asked(libc::SYS_futex, [0, op, 0, limit, 0, 0], ARCHITECTURE);
        for op in FUTEX_WAITS.map(u64::from) {
            for flags in [0, 128, 256 + 128] {
                assert_eq!(futex(op | flags, 0), libc::SECCOMP_RET_TRAP);
                for limit in [1, 1 << 40] {
                    assert_eq!(
                        futex(op | flags, limit),
                        libc::SECCOMP_RET_ERRNO | libc::ETIMEDOUT as u32
                    );
                }
            }
        }
        for op in [1, 3, 5, 10, 129] {
            assert_eq!(futex(op, 0), libc::SECCOMP_RET_ALLOW);
        }
    }

    #[test]
    fn jumps_fit_into_their_field_and_the_filter_into_its_own() {
        assert!(filter().len() < 4096);
    }
}
