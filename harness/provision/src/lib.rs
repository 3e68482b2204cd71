//! Provides what the cells of a column run with: Go toolchains, guests, installed runtimes, hosts, code compiled ahead.
//!
//! [`discover`] finds which columns exist on this machine. A [`provisioner::Provisioner`] makes each thing once, when it is
//! first needed, and gives a cell its [`provisioner::ProvisionedCell`]: the guest, the runtime, the receipt that names both
//! exactly, and the [`key`], a digest of everything that the outcome depends on.
//!
//! [`install`] puts a version of a runtime into the store, whole or not at all; [`installation`] and [`lock`] check that it
//! still is what was installed. [`guests`] builds the Go programs, [`host_builder`] and [`driver_build`] the hosts, and
//! [`version_probe`] asks a runtime for its version. Nothing here prints: whoever starts the work receives
//! [`notice::Notice`]s.

pub mod cargo_messages;
pub mod compile_ahead;
pub mod discover;
pub mod driver_build;
pub mod guests;
pub mod host_builder;
pub(crate) mod host_sources;
pub mod install;
pub mod installation;
pub mod key;
pub mod lock;
pub mod notice;
pub mod origin;
pub mod preview1;
pub mod provisioner;
pub(crate) mod ready_runtime;
pub mod toolchain;
pub mod version_probe;
