//! How many cells compute at once. Those that only wait for time to pass do not count.

use std::sync::{Condvar, Mutex};

/// A number of turns, taken by cells that keep a processor busy.
pub struct Turns {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A turn; dropping it gives it back.
pub struct Turn<'t>(&'t Turns);

impl Turns {
    /// So many turns, at least one.
    pub fn new(count: usize) -> Turns {
        Turns { free: Mutex::new(count.max(1)), freed: Condvar::new() }
    }

    /// Waits for a turn.
    pub fn take(&self) -> Turn<'_> {
        let free = self.free.lock().expect("no thread panics with the lock held");
        let mut free = self.freed.wait_while(free, |free| *free == 0).expect("no thread panics with the lock held");
        *free -= 1;
        Turn(self)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().expect("no thread panics with the lock held") += 1;
        self.0.freed.notify_one();
    }
}
