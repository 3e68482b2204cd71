//! Finds differences that nobody wrote a case for: sequences of file operations are made from a seed, and what each column
//! does with them is held against what the reference does, which is native Linux unless the user names another column.
//!
//! ```text
//! seed, index ── sequence::Sequence::of ──▶ Sequence      proptest draws each Step from the World that the ones before left
//!                                             │
//!                       runner::Runner::run (the guest `replay`, hundreds of sequences a process)
//!                                             ▼
//!                                          Observed       a line for each operation, the folder left on the host, an early end
//!                                             │
//!       difference::compare (the column's and the reference's, line by line; without what differs, the rest once more)
//!                                             ▼
//!                                     Difference, Key     what tells kinds of differences apart
//!                                             │
//!       shrink::shrink ─▶ three fresh processes ─▶ explained::explain (run::compare: the first host call, what is on record)
//!                                             ▼
//!                                          Finding        told once for each runtime and key
//! ```
//!
//! [`search::search`] does all this, and goes on from what was found before.

mod batches;
pub mod difference;
mod explained;
mod explore;
pub mod finding;
mod observed;
mod operation;
mod runner;
pub mod search;
mod sequence;
mod shrink;
mod strategies;
mod world;
