//! Tells how much of the time a process could have worked. On a busy machine a process waits for a processor, and a
//! deadline that counts this time would stop a process that is only slow.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rustix::process::Pid;

/// How often the process is looked at.
const INTERVAL: Duration = Duration::from_secs(1);

/// Counts the time of a process group. Time in which it wanted a processor and got none does not count.
pub(super) struct Patience<'p> {
    leader: Pid,
    looked: Instant,
    counted: Duration,
    threads: Threads,
    /// Reads the threads of a process group. There are none where the kernel does not tell.
    read_threads: fn(Pid) -> Threads,
    /// Is told how much time counts so far.
    on_look: &'p mut dyn FnMut(Duration),
}

/// The threads of a process group, by the id of the process and of the thread.
pub(super) type Threads = HashMap<(i32, String), Scheduled>;

/// What the kernel's scheduler did with a thread so far, or within an interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Scheduled {
    /// How long it was on a processor.
    pub(super) ran: Duration,
    /// How long it waited for one.
    pub(super) waited: Duration,
}

impl<'p> Patience<'p> {
    /// Counts from now on.
    pub(super) fn new(
        leader: Pid,
        read_threads: fn(Pid) -> Threads,
        on_look: &'p mut dyn FnMut(Duration),
    ) -> Patience<'p> {
        let (looked, counted) = (Instant::now(), Duration::ZERO);
        Patience { leader, looked, counted, threads: Threads::new(), read_threads, on_look }
    }

    /// When the process is to be looked at again.
    pub(super) fn next_look(&self) -> Instant {
        self.looked + INTERVAL
    }

    /// Looks at the process. Returns the part of the time since the last look that does not count.
    pub(super) fn look(&mut self, now: Instant) -> Duration {
        let interval = now.saturating_duration_since(self.looked);
        let threads = (self.read_threads)(self.leader);
        let since = threads.iter().map(|(thread, total)| {
            let before = self.threads.get(thread).copied().unwrap_or_default();
            Scheduled { ran: total.ran.saturating_sub(before.ran), waited: total.waited.saturating_sub(before.waited) }
        });
        let counts = counted(interval, since);
        self.threads = threads;
        self.looked = now;
        self.counted += counts;
        (self.on_look)(self.counted);
        interval - counts
    }
}

/// The part of an interval that counts: the time in which threads ran, and the time in which none wanted to.
fn counted(interval: Duration, threads: impl Iterator<Item = Scheduled>) -> Duration {
    let (mut ran, mut wanted) = (Duration::ZERO, Duration::ZERO);
    for thread in threads {
        ran += thread.ran;
        wanted = wanted.max(thread.ran + thread.waited);
    }
    interval.min(ran + interval.saturating_sub(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn scheduled(ran: u64, waited: u64) -> Scheduled {
        Scheduled { ran: Duration::from_millis(ran), waited: Duration::from_millis(waited) }
    }

    #[test]
    fn only_waiting_for_a_processor_does_not_count() {
        let of = |threads: &[Scheduled]| counted(SECOND, threads.iter().copied()).as_millis();
        assert_eq!(of(&[]), 1000, "nothing is known of it");
        assert_eq!(of(&[scheduled(0, 0)]), 1000, "it sleeps");
        assert_eq!(of(&[scheduled(1000, 0)]), 1000, "it computes");
        assert_eq!(of(&[scheduled(25, 975)]), 25, "it is starved");
        assert_eq!(of(&[scheduled(0, 0), scheduled(25, 975)]), 25, "one thread sleeps, and the other is starved");
        assert_eq!(of(&[scheduled(25, 475)]), 525, "it is starved for half of the time, and then sleeps");
        assert_eq!(of(&[scheduled(31, 969); 64]), 1000, "64 threads have two processors to themselves");
    }
}
