//! Checks what only an engine can do: stop a guest, tell it the time, give it random bytes.

use std::time::Duration;

use host_contract::request::{Clock, Limits, Random};

use super::{Check, Judge, Seen, check, seen};
use crate::probe::attempt::{Attempt, Inputs, code};
use crate::probe::guests::{EXITS, GROWS, LOOKS_AROUND, LOOPS, MOST_PAGES};
use matrix_model::capability::Capability;
use matrix_model::outcome::Exit;

pub fn all() -> Vec<Check> {
    let limits = [fuel(), memory(), wall()];
    let surroundings = [real_clock(), fixed_clock(), real_random(), seeded_random()];
    limits.into_iter().chain(surroundings).collect()
}

/// A guest that never ends must be stopped, and the adapter must say so. A guest that ends soon must not be stopped.
fn limited(name: &'static str, given: String, tight: Limits, ample: Limits, soon: Option<Duration>) -> Check {
    let endless = Inputs::of(LOOPS).limits(tight).deadline(Duration::from_secs(10));
    let short = Inputs::of(EXITS).args(&["0"]).limits(ample);
    let judge: Judge = Box::new(move |_, attempts| {
        let Some(outcome) = attempts[0].outcome() else { return seen(false, attempts[0].told()) };
        let spent = outcome.engine_ns.map_or(outcome.usage.wall, |engine| Duration::from_nanos(engine.run_ns));
        let told = format!("the endless guest: {} after {} ms", outcome.exit, spent.as_millis());
        match &outcome.exit {
            Exit::Limit { .. } => {}
            Exit::Trap { .. } | Exit::Code { .. } => {
                let sign = "the guest was stopped, and the adapter does not tell that from any other end: the sign \
                            `limit` in runtime.toml, or the trap in a host's report, is not right";
                return Seen { adapter: Some(sign.to_owned()), ..seen(false, attempts[0].told()) };
            }
            _ => return seen(false, told),
        }
        // A clock may tick coarsely, and a busy machine may add time.
        let near = |asked: Duration| spent >= asked.mul_f64(0.9) && spent <= asked + Duration::from_secs(3);
        if !soon.is_none_or(near) {
            return seen(false, told);
        }
        match attempts[1].outcome().and_then(|outcome| code(&outcome.exit)) {
            Some(0) => seen(true, told),
            _ => seen(false, format!("{told}; a short guest with a hundred times as much: {}", attempts[1].told())),
        }
    });
    Check { name, proves: None, observes: false, given, runs: vec![endless, short], judge }
}

fn fuel() -> Check {
    let fuel = |fuel| Limits { fuel: Some(fuel), ..Limits::default() };
    limited("fuel", "1000000 units".to_owned(), fuel(1_000_000), fuel(100_000_000), None).proving(Capability::Fuel)
}

fn wall() -> Check {
    let wall = |ms| Limits { wall_ms: Some(ms), ..Limits::default() };
    let asked = Duration::from_millis(200);
    limited("wall-limit", "200 ms".to_owned(), wall(200), wall(20_000), Some(asked)).proving(Capability::WallLimit)
}

fn memory() -> Check {
    const PAGES: u32 = 64;
    let limits = Limits { memory_bytes: Some(u64::from(PAGES) << 16), ..Limits::default() };
    let inputs = Inputs::of(GROWS).limits(limits);
    let given = format!("{PAGES} pages of memory, {MOST_PAGES} wanted");
    let judged = check("memory-limit", given, inputs, |_, attempt| {
        if let Some(Exit::Limit { .. }) = attempt.outcome().map(|outcome| &outcome.exit) {
            return seen(true, attempt.told());
        }
        match attempt.output().map(<[u8]>::as_chunks::<4>) {
            Some(([_, pages], [])) => {
                let pages = u32::from_le_bytes(*pages);
                seen(pages == PAGES, format!("{pages} pages"))
            }
            _ => seen(false, attempt.told()),
        }
    });
    judged.proving(Capability::MemoryLimit)
}

/// The clock readings and random bytes that a guest got.
struct Surroundings {
    realtime: [u64; 2],
    monotonic: [u64; 2],
    random: [u8; 32],
}

fn surroundings(attempt: &Attempt) -> Option<Surroundings> {
    let (clocks, rest) = attempt.output()?.as_chunks::<8>();
    let &[a, b, c, d, w, x, y, z] = clocks else { return None };
    let random = [w, x, y, z].concat().try_into().ok().filter(|_| rest.is_empty())?;
    Some(Surroundings { realtime: [a, b].map(u64::from_le_bytes), monotonic: [c, d].map(u64::from_le_bytes), random })
}

fn real_clock() -> Check {
    check("clock-real", "the machine's clocks", Inputs::of(LOOKS_AROUND), |_, attempt| {
        let Some(Surroundings { realtime: [first, second], monotonic, .. }) = surroundings(attempt) else {
            return seen(false, attempt.told());
        };
        // Some clocks tick by the millisecond, or by the timer interrupt.
        const COARSE: Duration = Duration::from_millis(50);
        let (began, ended) = attempt.during;
        let between =
            |now: u64| began <= Duration::from_nanos(now) + COARSE && Duration::from_nanos(now) <= ended + COARSE;
        let good = between(first) && between(second) && first <= second && monotonic[0] <= monotonic[1];
        let text = format!("realtime {first}, {second} ns between {} and {} ns", began.as_nanos(), ended.as_nanos());
        seen(good, format!("{text}, monotonic {}, {} ns", monotonic[0], monotonic[1]))
    })
}

fn fixed_clock() -> Check {
    let clock = Clock::Fixed { start_ns: 1_000_000_000, step_ns: 1_000 };
    let inputs = Inputs::of(LOOKS_AROUND).clock(clock);
    let judged = check("fixed-clock", "1000000000 ns, and 1000 more each time", inputs, |_, attempt| {
        let Some(Surroundings { realtime, monotonic, .. }) = surroundings(attempt) else {
            return seen(false, attempt.told());
        };
        let expected = [1_000_000_000, 1_000_001_000];
        let good = realtime == expected && monotonic == expected;
        seen(good, format!("realtime {realtime:?}, monotonic {monotonic:?}"))
    });
    judged.proving(Capability::FixedClock)
}

fn several(name: &'static str, given: &str, runs: Vec<Inputs>, judge: fn(&[[u8; 32]]) -> bool) -> Check {
    let judge: Judge = Box::new(move |_, attempts| {
        let mut seen_bytes = Vec::new();
        for attempt in attempts {
            match surroundings(attempt) {
                Some(surroundings) => seen_bytes.push(surroundings.random),
                None => return seen(false, attempt.told()),
            }
        }
        let hex = |bytes: &[u8; 32]| bytes[..6].iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "…";
        seen(judge(&seen_bytes), seen_bytes.iter().map(hex).collect::<Vec<_>>().join(", "))
    });
    Check { name, proves: None, observes: false, given: given.to_owned(), runs, judge }
}

fn real_random() -> Check {
    let runs = vec![Inputs::of(LOOKS_AROUND), Inputs::of(LOOKS_AROUND)];
    several("random-real", "random bytes, twice", runs, |bytes| bytes[0] != bytes[1] && bytes[0] != [0; 32])
}

fn seeded_random() -> Check {
    let runs = [7, 7, 8].map(|seed| Inputs::of(LOOKS_AROUND).random(Random::Seed(seed)));
    let judge = |bytes: &[[u8; 32]]| bytes[0] == bytes[1] && bytes[0] != bytes[2];
    several("seeded-random", "random bytes from the seeds 7, 7 and 8", runs.into(), judge)
        .proving(Capability::SeededRandom)
}
