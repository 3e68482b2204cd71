//! Limits how many cells compute at once. Cells that only wait for time to pass do not count.

use std::sync::{Condvar, Mutex};
use std::thread;

/// A number of slots. A cell that keeps a processor busy takes one.
pub(crate) struct CpuSlots {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A slot. Dropping it gives it back.
pub struct CpuSlot<'s>(&'s CpuSlots);

impl CpuSlots {
    /// Makes this many slots, at least one.
    pub(crate) fn new(count: usize) -> CpuSlots {
        CpuSlots { free: Mutex::new(count.max(1)), freed: Condvar::new() }
    }

    /// Waits for a slot.
    pub(crate) fn take(&self) -> CpuSlot<'_> {
        let free = self.free.lock().expect("no thread panics with the lock held");
        let mut free = self.freed.wait_while(free, |free| *free == 0).expect("no thread panics with the lock held");
        *free -= 1;
        CpuSlot(self)
    }
}

impl Drop for CpuSlot<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().expect("no thread panics with the lock held") += 1;
        self.0.freed.notify_one();
    }
}

/// The number of available processors.
pub fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
