//! Provides everything that a column's cells run with: Go toolchains, guests, installed runtimes, hosts, and
//! precompiled code.
//!
//! [`discover`] finds the columns that exist on this machine, and [`surround`] those in other surroundings. A
//! [`provisioner::Provisioner`] makes each thing once, when it is first needed. It gives a cell its
//! [`provisioner::ProvisionedCell`]: the guest, the runtime, the receipt that identifies both exactly, and the [`key`], a
//! digest of everything that the outcome depends on.
//!
//! [`app`] makes a program of the user's ready, and [`command_module`] tells what is no program. `package_build` builds
//! any Go package of the user's, and [`test_binaries`] the tests of many.
//!
//! [`install`] installs a version of a runtime into the store, completely or not at all. [`lock_files`] hold its
//! package managers to the packages that they chose once. [`installation`] and [`lock`] check that it is unchanged
//! since. [`guests`] builds the Go programs, [`host_builder`] and [`driver_build`] build the hosts, [`checkout`] builds
//! one against a user's own checkout of its engine, and [`version_probe`] asks a runtime for its version. [`clean`]
//! finds what is kept of all that, and removes it. Nothing here prints: the caller receives [`notice::Notice`]s.

pub mod app;
pub(crate) mod cargo_build;
pub mod cargo_messages;
pub mod checkout;
pub mod clean;
pub mod command_module;
pub mod compile_ahead;
mod compile_turns;
pub mod discover;
pub mod driver_build;
pub mod guests;
pub mod host_builder;
pub(crate) mod host_sources;
pub mod install;
pub mod installation;
pub(crate) mod key;
pub mod lock;
pub mod lock_files;
pub(crate) mod namespaces;
pub mod not_compiled;
pub mod notice;
pub(crate) mod once;
pub mod origin;
pub mod outdated;
mod package_build;
pub mod preview1;
pub mod provisioner;
pub(crate) mod ready_runtime;
pub mod surround;
pub mod test2json;
pub mod test_binaries;
pub mod toolchain;
pub mod version_probe;
