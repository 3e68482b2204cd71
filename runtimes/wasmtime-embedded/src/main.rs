//! Runs preview 1 guests under wasmtime, through its library: see `runtimes/host-contract/README.md`.
//!
//! Three modes run the guest's module as it is, each by another of wasmtime's compilers; the fourth wraps it
//! into a component first, the way Go programs are told to reach WASI 0.2.

mod component;
mod engine;
mod guest;
mod life;
mod memory;
mod module;
mod wasi;

use std::process::ExitCode;

use engine::{Cranelift, Pulley, Winch};
use host_contract::serve::{self, Mode};

use crate::component::Wrapped;
use crate::module::Plain;

fn main() -> ExitCode {
    serve::main_of(&[
        Mode::of::<Plain<Cranelift>>(),
        Mode::of::<Plain<Winch>>(),
        Mode::of::<Plain<Pulley>>(),
        Mode::of::<Wrapped>(),
    ])
}
