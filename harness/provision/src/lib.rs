//! matrix_provision

pub mod cargo_messages;
pub mod compile_ahead;
pub mod discover;
pub mod driver_build;
pub mod guests;
pub mod host_builder;
pub mod host_sources;
pub mod install;
pub mod installation;
pub mod key;
pub mod lock;
pub mod notice;
pub mod origin;
pub mod preview1;
pub mod provisioner;
pub mod ready_runtime;
pub mod toolchain;
pub mod version_probe;
