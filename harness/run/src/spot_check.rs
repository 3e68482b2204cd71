//! What a change checks besides what its test run checks anyway: one runtime, installed from nothing, and some faults.
//!
//! A test run installs nothing that takes long, so a broken install shows only where somebody installs. To install and
//! judge every runtime for each change would take hours. Instead the digest of the change chooses one of them, and a
//! slow one is judged on one part of its cells. The digest also chooses the faults that a host is broken by, to see
//! whether the cases still notice each.

use matrix_model::runtime::{Origin, Runtime};
use matrix_provision::discover;
use matrix_store::partition::Partition;
use sha2::{Digest, Sha256};

/// The number of parts that the cells of a slow engine are divided into.
const PARTS: u64 = 10;

/// The number of parts that the faults are divided into.
const PARTS_OF_FAULTS: u64 = 6;

/// What a change checks.
#[derive(Debug)]
pub struct SpotCheck<'s> {
    /// The runtime that is judged, at its default version.
    pub runtime: &'s Runtime,
    /// The part of its cells to judge: all of them, unless the engine is slow.
    pub part: Partition,
    /// The part of the faults that a host is broken by.
    pub faults: Partition,
}

/// The runtimes that a change may choose: those that are installed from packages without compiling for minutes. A
/// runtime that a run installs by itself is judged anyway.
pub fn candidates(runtimes: &[Runtime]) -> Vec<&Runtime> {
    let is_candidate = |runtime: &&Runtime| {
        let packages = matches!(runtime.install.origin, Origin::Packages(_));
        packages && !runtime.install.slow && !discover::installs_in_passing(runtime)
    };
    runtimes.iter().filter(is_candidate).collect()
}

/// Chooses by the digest of a change, which may be any text. `None` if there are no candidates.
pub fn choose<'s>(digest: &str, runtimes: &'s [Runtime]) -> Option<SpotCheck<'s>> {
    let candidates = candidates(runtimes);
    let digest = Sha256::digest(digest.as_bytes());
    let number_in = |bytes: &[u8]| bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    let (number, of_faults): (u64, u64) = (number_in(&digest[..8]), number_in(&digest[8..16]));
    let count = candidates.len() as u64;
    let runtime = *candidates.get(usize::try_from(number.checked_rem(count)?).ok()?)?;
    let is_slow = runtime.deadline_factor.get() > 1;
    let part = match is_slow {
        true => Partition::by_name((number / count % PARTS) as usize + 1, PARTS as usize),
        false => Partition::by_name(1, 1),
    };
    let faults = Partition::by_name((of_faults % PARTS_OF_FAULTS) as usize + 1, PARTS_OF_FAULTS as usize);
    Some(SpotCheck { runtime, part, faults })
}
