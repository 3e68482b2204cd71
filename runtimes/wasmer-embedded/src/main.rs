//! Runs preview 1 guests under wasmer, through its library: see `runtimes/host-contract/README.md`.

#![warn(missing_docs)]

mod guest;
mod memory;

use std::error::Error;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use host_contract::cache::Refused;
use host_contract::report::Report;
use host_contract::request::{Field, Limits, Request};
use host_contract::serve::{self, Mode};
use host_contract::version;
use wasmer::sys::{CompilerConfig, Cranelift, EngineBuilder, NativeEngineExt, Singlepass};
use wasmer::{Engine, Module};

/// Stack for wasm frames. Ordinary Go programs need more than wasmer's default of one megabyte.
const WASM_STACK: usize = 8 << 20;

/// One of wasmer's compilers.
trait Compiler: CompilerConfig + Default + Into<Box<dyn CompilerConfig>> {
    /// What it is called.
    const NAME: &'static str;
}

impl Compiler for Cranelift {
    const NAME: &'static str = "cranelift";
}

impl Compiler for Singlepass {
    const NAME: &'static str = "singlepass";
}

struct Wasmer<C> {
    engine: Engine,
    compiler: PhantomData<C>,
}

impl<C: Compiler> serve::Host for Wasmer<C> {
    type Module = Module;

    const NAME: &'static str = "wasmer-embedded";
    const MODE: Option<&'static str> = Some(C::NAME);
    // Not `dir-read-only`: a mapped directory of the runner is always writable. Not `duplicate-dir`: the
    // runner mounts by name, and the last one wins. Not `fuel`, `wall-limit`,
    // `fixed-clock` or `seeded-random`: wasmer-wasix takes neither a clock nor a source of random bytes,
    // and the other two are no part of the crates this host is built from.
    const FIELDS: &'static [Field] = &[Field::MemoryLimit, Field::Reactor, Field::DuplicateEnv];

    fn version() -> Option<&'static str> {
        version::locked(include_str!("../Cargo.lock"), "wasmer")
    }

    fn new(limits: &Limits) -> Result<Self, Box<dyn Error + Send + Sync>> {
        wasmer::sys::vm::set_stack_size(WASM_STACK);
        let mut engine: Engine = EngineBuilder::new(C::default()).engine().into();
        if let Some(bytes) = limits.memory_bytes {
            engine.set_tunables(memory::Limited::new(bytes));
        }
        Ok(Wasmer { engine, compiler: PhantomData })
    }

    fn settings(&self) -> Option<String> {
        // A memory limit changes how memory is made, not the code that uses it.
        Some(String::new())
    }

    fn compile(&self, wasm: &[u8]) -> Result<Module, Refused> {
        Module::new(&self.engine, wasm).map_err(|error| Refused(error.to_string()))
    }

    fn save(&self, module: &Module) -> Result<Vec<u8>, Refused> {
        let bytes = module.serialize().map_err(|error| Refused(error.to_string()))?;
        Ok(bytes.to_vec())
    }

    unsafe fn load(&self, artifact: &[u8]) -> Result<Module, Refused> {
        // SAFETY: the caller vouches that this host wrote the artifact.
        let module = unsafe { Module::deserialize(&self.engine, artifact) };
        module.map_err(|error| Refused(error.to_string()))
    }

    fn run(self, module: Module, request: &Request, report: &mut Report) -> Result<(), Box<dyn Error + Send + Sync>> {
        // A panic inside the engine is the engine's end, not this host's refusal: the process dies by a signal,
        // and the cell says *crash*.
        match catch_unwind(AssertUnwindSafe(|| guest::run(self.engine, module, request, report))) {
            Ok(ended) => Ok(ended?),
            Err(_) => std::process::abort(),
        }
    }
}

fn main() -> ExitCode {
    serve::main_of(&[Mode::of::<Wasmer<Cranelift>>(), Mode::of::<Wasmer<Singlepass>>()])
}
