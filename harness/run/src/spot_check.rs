//! Which runtime a change installs from nothing and judges, besides what its test run judges anyway.
//!
//! A test run installs nothing that takes long, so a broken install shows only where somebody installs. To install and
//! judge every runtime for each change would take hours. Instead the digest of the change chooses one of them, and a
//! slow one is judged on one part of its cells.

use matrix_model::runtime::{Origin, Runtime};
use matrix_provision::discover;
use matrix_store::partition::Partition;
use sha2::{Digest, Sha256};

/// The number of parts that the cells of a slow engine are divided into.
const PARTS: u64 = 10;

/// The runtime that a change judges, at its default version.
#[derive(Debug)]
pub struct SpotCheck<'s> {
    /// The runtime.
    pub runtime: &'s Runtime,
    /// The part of its cells to judge: all of them, unless the engine is slow.
    pub part: Partition,
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
    let number = Sha256::digest(digest.as_bytes())[..8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    let count = candidates.len() as u64;
    let runtime = *candidates.get(usize::try_from(number.checked_rem(count)?).ok()?)?;
    let is_slow = runtime.deadline_factor.get() > 1;
    let part = match is_slow {
        true => Partition::by_name((number / count % PARTS) as usize + 1, PARTS as usize),
        false => Partition::by_name(1, 1),
    };
    Some(SpotCheck { runtime, part })
}
