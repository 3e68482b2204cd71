//! Clocks and random bytes that repeat: the same request gives the guest the same readings.

use std::sync::atomic::{AtomicU64, Ordering};

/// The readings of one fixed clock.
#[derive(Debug)]
pub struct Ticks {
    next_ns: AtomicU64,
    step_ns: u64,
}

impl Ticks {
    /// A clock whose first reading is `start_ns` and whose every later one is `step_ns` further on.
    pub fn new(start_ns: u64, step_ns: u64) -> Ticks {
        Ticks { next_ns: AtomicU64::new(start_ns), step_ns }
    }

    /// The next reading in nanoseconds. Wraps after `u64::MAX`.
    pub fn read(&self) -> u64 {
        self.next_ns.fetch_add(self.step_ns, Ordering::Relaxed)
    }
}

/// How many bytes a seed gives before an engine that cycles through them starts again.
pub const SEEDED_BYTES: usize = 1 << 20;

/// The [`SEEDED_BYTES`] that belong to `seed` (SplitMix64). In which order an engine hands them out is its
/// own affair: the same seed gives the same bytes under one engine, not across engines.
///
/// A finite stretch, because that is what the engines' own deterministic sources take; it saves each host
/// a dependency on the release of `rand` that its engine happens to use.
pub fn seeded_bytes(seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut bytes = Vec::with_capacity(SEEDED_BYTES);
    while bytes.len() < SEEDED_BYTES {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.extend_from_slice(&(word ^ (word >> 31)).to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_starts_at_its_start_and_steps() {
        let clock = Ticks::new(1_000, 5);
        assert_eq!([clock.read(), clock.read(), clock.read()], [1_000, 1_005, 1_010]);
    }

    #[test]
    fn a_seed_gives_the_published_splitmix_sequence() {
        let bytes = seeded_bytes(1234567);
        let first = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes"));
        assert_eq!(first, 6457827717110365317);
        assert_eq!(bytes.len(), SEEDED_BYTES);
        assert_ne!(seeded_bytes(1)[..64], seeded_bytes(2)[..64]);
    }
}
