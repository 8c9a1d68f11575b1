//! How many instructions some work takes: the kernel steps a child through it, one at a time.
//!
//! That counts what the processor's counters would, needs neither them (virtual machines often hide them) nor a tool, and
//! gives the same number each time but for the random seeds of hash maps. Only what the process does is counted, not the kernel.

use std::hint::black_box;
use std::io::Error;

/// Instructions that `work` takes in this process as it is now, and which changes nothing in it: a child does it.
///
/// # Errors
///
/// The system forbids to fork or to trace.
pub fn instructions<T>(work: impl FnOnce() -> T) -> Result<u64, Error> {
    let _pinned = Pinned::here();
    // SAFETY: there is one thread, so that the child is as whole as the parent is.
    match unsafe { libc::fork() } {
        -1 => Err(Error::last_os_error()),
        0 => child(work),
        child => {
            let counted = steps(child);
            // SAFETY: plain system calls on a child of ours that has not been waited for to its end.
            unsafe {
                libc::kill(child, libc::SIGKILL);
                libc::waitpid(child, std::ptr::null_mut(), 0);
            }
            counted
        }
    }
}

/// Keeps this thread and its children to one processor while it lasts: stepping goes to and fro, much faster within one.
struct Pinned(Option<libc::cpu_set_t>);

impl Pinned {
    fn here() -> Self {
        // SAFETY: both sets outlive the calls and are plain bits, of which none are set at first.
        unsafe {
            let (mut before, mut one): (libc::cpu_set_t, libc::cpu_set_t) = std::mem::zeroed();
            let size = size_of::<libc::cpu_set_t>();
            let is_known = libc::sched_getaffinity(0, size, &raw mut before) == 0;
            if let Ok(cpu) = usize::try_from(libc::sched_getcpu()) {
                libc::CPU_SET(cpu, &mut one);
                libc::sched_setaffinity(0, size, &raw const one);
            }
            Self(is_known.then_some(before))
        }
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // SAFETY: the set outlives the call.
            unsafe { libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), before) };
        }
    }
}

/// Stops before the work and after it, and never returns.
fn child<T>(work: impl FnOnce() -> T) -> ! {
    // SAFETY: plain system calls on this process.
    unsafe {
        if libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) == 0 {
            libc::raise(libc::SIGSTOP);
            black_box(work());
            libc::raise(libc::SIGSTOP);
        }
        libc::_exit(1)
    }
}

/// Steps from the first stop of a child to the second.
fn steps(child: libc::pid_t) -> Result<u64, Error> {
    stopped(child, libc::SIGSTOP)?;
    let mut steps = 0;
    loop {
        // SAFETY: the child is stopped and traced by us; no signal is passed on.
        if unsafe { libc::ptrace(libc::PTRACE_SINGLESTEP, child, 0, 0) } != 0 {
            return Err(Error::last_os_error());
        }
        match signal(child)? {
            libc::SIGTRAP => steps += 1,
            libc::SIGSTOP => return Ok(steps),
            other => return Err(Error::other(format!("signal {other} in what is counted"))),
        }
    }
}

fn stopped(child: libc::pid_t, by: i32) -> Result<(), Error> {
    match signal(child)? {
        signal if signal == by => Ok(()),
        other => Err(Error::other(format!("stopped by signal {other}"))),
    }
}

/// Waits for the next stop of a child; the signal that it stopped by.
fn signal(child: libc::pid_t) -> Result<i32, Error> {
    let mut status = 0;
    // SAFETY: `status` outlives the call.
    if unsafe { libc::waitpid(child, &raw mut status, 0) } != child {
        return Err(Error::last_os_error());
    }
    if libc::WIFSTOPPED(status) {
        Ok(libc::WSTOPSIG(status))
    } else {
        Err(Error::other("the child may not be traced"))
    }
}
