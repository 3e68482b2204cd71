//! Clocks, and waiting for them and for descriptors.

use std::fs::metadata;
use std::os::unix::fs::FileTypeExt;
use std::thread;
use std::time::Duration;

use super::Bends::Call as Calls;
use super::{Answer, Fault};
use crate::faults::call::Call;

const CLOCK: &[&str] = &["clock_time_get"];
const POLL: &[&str] = &["poll_oneoff"];
const POLL_OF_STDIN: &[&str] = &["poll_oneoff", "fd_read", "fd_fdstat_get", "fd_fdstat_set_flags"];

/// The error number of preview 1 for what would block.
const EAGAIN: i32 = 6;

/// The flag of a descriptor that does not block.
const NONBLOCK: i64 = 4;

const SECOND: i64 = 1_000_000_000;

/// Bytes of a subscription, and of an event.
const SUBSCRIPTION: i64 = 48;
const EVENT: i64 = 32;

pub const FAULTS: &[Fault] = &[
    Fault {
        name: "wall-hour-off",
        what: "The wall clock is an hour fast.",
        functions: CLOCK,
        bends: Calls(|call| clock(call, 0, |_, now| now + 3600 * SECOND)),
    },
    Fault {
        name: "wall-whole-seconds",
        what: "The wall clock shows whole seconds.",
        functions: CLOCK,
        bends: Calls(|call| clock(call, 0, |_, now| now - now % SECOND)),
    },
    Fault {
        name: "wall-microseconds",
        what: "The wall clock counts microseconds and not nanoseconds.",
        functions: CLOCK,
        bends: Calls(|call| clock(call, 0, |_, now| now / 1000)),
    },
    Fault {
        name: "wall-stands-still",
        what: "The wall clock shows the time of its first reading again and again.",
        functions: CLOCK,
        bends: Calls(|call| clock(call, 0, |first, _| first)),
    },
    Fault {
        name: "monotonic-back",
        what: "The monotonic clock goes backwards.",
        functions: CLOCK,
        bends: Calls(|call| clock(call, 1, |first, now| 2 * first - now + 3600 * SECOND)),
    },
    Fault {
        name: "monotonic-zero",
        what: "The monotonic clock always shows 0.",
        functions: CLOCK,
        bends: Calls(|call| clock(call, 1, |_, _| 0)),
    },
    Fault {
        name: "monotonic-coarse",
        what: "The monotonic clock shows tenths of a second.",
        functions: CLOCK,
        bends: Calls(|call| clock(call, 1, |_, now| now - now % (SECOND / 10))),
    },
    Fault {
        name: "monotonic-slow",
        what: "The monotonic clock goes at half its speed.",
        functions: CLOCK,
        bends: Calls(|call| clock(call, 1, |first, now| first + (now - first) / 2)),
    },
    Fault {
        name: "clock-fails",
        what: "The monotonic clock is refused: EINVAL.",
        functions: CLOCK,
        bends: Calls(|call| if call.args[0] == 1 { call.instead(28) } else { call.pass() }),
    },
    Fault {
        name: "sleep-in-microseconds",
        what: "A time to wait for is taken for microseconds: everything lasts a thousand times as long.",
        functions: POLL,
        bends: Calls(|call| waits(call, |timeout| timeout.saturating_mul(1000))),
    },
    Fault {
        name: "sleep-late",
        what: "Waiting for a time takes half a second more.",
        functions: POLL,
        bends: Calls(|call| waits(call, |timeout| timeout + SECOND / 2)),
    },
    Fault {
        name: "poll-fails",
        what: "Waiting is not supported: ENOTSUP.",
        functions: POLL,
        bends: Calls(|call| call.instead(58)),
    },
    Fault {
        name: "poll-wrong-userdata",
        what: "Events carry another number than the subscription they answer.",
        functions: POLL_OF_STDIN,
        bends: Calls(|call| polled(call, |call| events(call, |call, event| call.put::<8>(event, 0)))),
    },
    Fault {
        name: "poll-event-errors",
        what: "Each event carries an error: EIO.",
        functions: POLL_OF_STDIN,
        bends: Calls(|call| polled(call, |call| events(call, |call, event| call.put::<2>(event + 8, 29)))),
    },
    Fault {
        name: "poll-no-events",
        what: "Waiting ends with no event.",
        functions: POLL_OF_STDIN,
        bends: Calls(|call| {
            polled(call, |call| {
                let errno = call.pass()?;
                call.bent();
                let count = call.args[3];
                call.put::<4>(count, 0);
                Ok(errno)
            })
        }),
    },
    Fault {
        name: "poll-ignores-descriptors",
        what: "That a descriptor can be read or written is never told.",
        functions: POLL_OF_STDIN,
        bends: Calls(|call| polled(call, only_clocks)),
    },
];

/// Bends the waiting for stdin too. Under wasmi_wasi stdin blocks, and Go never waits for it. Here it does not block,
/// as Go asks for at its start, and says EAGAIN at every other read; then Go does wait. By itself no case notices that.
/// Only a pipe is treated so, because wasmi_wasi cannot wait for /dev/null.
fn polled(call: &mut Call, bend: fn(&mut Call) -> Answer) -> Answer {
    let is_pipe = || metadata("/proc/self/fd/0").is_ok_and(|stdin| stdin.file_type().is_fifo());
    match (call.function, call.args[0]) {
        ("poll_oneoff", _) => bend(call),
        (_, 0) if !is_pipe() => call.pass(),
        ("fd_fdstat_set_flags", 0) => Ok(0),
        ("fd_fdstat_get", 0) => {
            let errno = call.pass()?;
            let flags = call.args[1] + 2;
            let set = call.number::<2>(flags) | NONBLOCK;
            call.put::<2>(flags, set);
            Ok(errno)
        }
        ("fd_read", 0) => {
            let state = call.state();
            state.number ^= 1;
            if state.number == 1 { Ok(EAGAIN) } else { call.pass() }
        }
        _ => call.pass(),
    }
}

/// Bends the readings of one clock, by the first of them and the newest.
fn clock(call: &mut Call, which: i64, bend: fn(i64, i64) -> i64) -> Answer {
    let errno = call.pass()?;
    if errno != 0 || call.args[0] != which {
        return Ok(errno);
    }
    let at = call.args[2];
    let now = call.number::<8>(at);
    let state = call.state();
    if state.number == 0 {
        state.number = now as u64;
    }
    let shown = bend(state.number as i64, now);
    if shown != now {
        call.bent();
    }
    call.put::<8>(at, shown);
    Ok(errno)
}

/// The subscriptions' places, each with whether it waits for a clock.
fn subscriptions(call: &mut Call) -> Vec<(i64, bool)> {
    let (first, count) = (call.args[0], call.args[2]);
    (0..count).map(|index| first + SUBSCRIPTION * index).map(|at| (at, call.number::<1>(at + 8) == 0)).collect()
}

/// Bends the times waited for, those that are given as a span.
fn waits(call: &mut Call, bend: fn(i64) -> i64) -> Answer {
    let saved = call.args[0];
    let length = SUBSCRIPTION * call.args[2];
    let before = call.bytes(saved, length).to_vec();
    for (at, is_clock) in subscriptions(call) {
        if is_clock && call.number::<2>(at + 40) & 1 == 0 {
            let timeout = call.number::<8>(at + 24);
            if bend(timeout) != timeout {
                call.bent();
            }
            call.put::<8>(at + 24, bend(timeout));
        }
    }
    let errno = call.pass();
    call.bytes(saved, length).copy_from_slice(&before);
    errno
}

fn events(call: &mut Call, bend: fn(&mut Call, i64)) -> Answer {
    let errno = call.pass()?;
    let (first, count) = (call.args[1], call.args[3]);
    for index in 0..call.number::<4>(count) {
        call.bent();
        bend(call, first + EVENT * index);
    }
    Ok(errno)
}

/// Passes on only the subscriptions to clocks.
fn only_clocks(call: &mut Call) -> Answer {
    let (first, length) = (call.args[0], SUBSCRIPTION * call.args[2]);
    let before = call.bytes(first, length).to_vec();
    let kept: Vec<_> = subscriptions(call).into_iter().filter(|(_, is_clock)| *is_clock).collect();
    if kept.len() as i64 == call.args[2] {
        return call.pass();
    }
    call.bent();
    if kept.is_empty() {
        thread::sleep(Duration::from_secs(3600));
    }
    for (index, (at, _)) in kept.iter().enumerate() {
        let subscription = call.bytes(*at, SUBSCRIPTION).to_vec();
        call.bytes(first + SUBSCRIPTION * index as i64, SUBSCRIPTION).copy_from_slice(&subscription);
    }
    call.args[2] = kept.len() as i64;
    let errno = call.pass();
    call.bytes(first, length).copy_from_slice(&before);
    errno
}
