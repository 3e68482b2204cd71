//! The numbers that options take. Each is refused outside its bounds before anything is run.

use clap::builder::RangedU64ValueParser;

/// How many cells may compute at once. Each takes two threads, and a process of its own.
pub fn jobs() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=256)
}

/// How many times a red cell is run again. A cell that needs more is no longer tested, it is waited for.
pub fn retries() -> RangedU64ValueParser<u32> {
    RangedU64ValueParser::new().range(0..=10)
}

/// After how many red cells a run stops.
pub fn failures() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..)
}

/// How many calls a trace records one by one. The harness keeps them in memory.
pub fn calls() -> RangedU64ValueParser<u32> {
    RangedU64ValueParser::new().range(1..=1_000_000)
}

/// The same for a trace that nothing is compared with: none at all is enough to count them.
pub fn calls_shown() -> RangedU64ValueParser<u32> {
    RangedU64ValueParser::new().range(0..=1_000_000)
}

/// A deadline in seconds: at most a day.
pub fn seconds() -> RangedU64ValueParser<u64> {
    RangedU64ValueParser::new().range(1..=86_400)
}

/// A deadline in milliseconds: at most an hour.
pub fn milliseconds() -> RangedU64ValueParser<u64> {
    RangedU64ValueParser::new().range(1..=3_600_000)
}

/// How many times a program is run in each column.
pub fn runs() -> RangedU64ValueParser<u32> {
    RangedU64ValueParser::new().range(1..=100)
}
