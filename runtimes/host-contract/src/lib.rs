//! The host contract: what the harness asks of a program that embeds an engine, and what it answers.
//!
//! `HOST REQUEST.json RESULT.json` runs one guest with the guest's stdio on the process's own
//! descriptors 0, 1 and 2. `README.md` beside this crate states the contract for any language;
//! [`request`] and [`report`] are its two documents, [`serve`] is the frame every Rust host shares,
//! [`cache`] keeps compiled code so that an engine compiles a guest once, [`determinism`] makes fixed
//! clocks and seeded random bytes, and [`version`] finds out which engine is compiled in.

pub mod cache;
pub mod determinism;
pub mod report;
pub mod request;
pub mod serve;
pub mod version;

/// The contract's version. A host refuses a request that names another.
pub const CONTRACT: u32 = 1;

/// Exit code of a host that was asked for something it declares it cannot do; the guest was not touched.
pub const EXIT_UNSUPPORTED: u8 = 64;

/// Exit code of a host that could not read its request, or was called wrongly.
pub const EXIT_USAGE: u8 = 2;
