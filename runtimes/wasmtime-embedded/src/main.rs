//! Runs preview 1 guests under wasmtime, through its library: see `runtimes/host-contract/README.md`.

mod guest;
mod memory;
mod wasi;

use std::error::Error;
use std::process::ExitCode;

use host_contract::cache::Refused;
use host_contract::report::Report;
use host_contract::request::{Field, Limits, Request};
use host_contract::{serve, version};
use wasmtime::{Config, Engine, Module};

/// Stack for wasm frames. Go's own limit is far beyond wasmtime's default of 512 KiB, and ordinary
/// programs (a deep recursion, a large `encoding/json` value) need more than that.
const WASM_STACK: usize = 8 << 20;

struct Wasmtime {
    engine: Engine,
    fuel: bool,
    epochs: bool,
}

impl serve::Host for Wasmtime {
    type Module = Module;

    const NAME: &'static str = "wasmtime-embedded";
    const FIELDS: &'static [Field] = &[
        Field::DirReadOnly,
        Field::Fuel,
        Field::MemoryLimit,
        Field::WallLimit,
        Field::FixedClock,
        Field::SeededRandom,
        Field::Reactor,
        Field::DuplicateEnv,
        Field::DuplicateDir,
    ];

    fn version() -> Option<&'static str> {
        version::locked(include_str!("../../../Cargo.lock"), "wasmtime")
    }

    fn new(limits: &Limits) -> Result<Wasmtime, Box<dyn Error + Send + Sync>> {
        let fuel = limits.fuel.is_some();
        let epochs = limits.wall_ms.is_some();
        let mut config = Config::new();
        config.max_wasm_stack(WASM_STACK);
        // Never used here, but wasmtime insists that it be the larger of the two.
        config.async_stack_size(2 * WASM_STACK);
        config.consume_fuel(fuel);
        config.epoch_interruption(epochs);
        Ok(Wasmtime { engine: Engine::new(&config)?, fuel, epochs })
    }

    fn settings(&self) -> Option<String> {
        Some(format!("fuel={} epochs={}", self.fuel, self.epochs))
    }

    fn compile(&self, wasm: &[u8]) -> Result<Module, Refused> {
        Module::from_binary(&self.engine, wasm).map_err(refused)
    }

    fn save(&self, module: &Module) -> Result<Vec<u8>, Refused> {
        module.serialize().map_err(refused)
    }

    unsafe fn load(&self, artifact: &[u8]) -> Result<Module, Refused> {
        // SAFETY: the caller vouches that this host wrote the artifact.
        unsafe { Module::deserialize(&self.engine, artifact) }.map_err(refused)
    }

    fn run(self, module: Module, request: &Request, report: &mut Report) -> Result<(), Box<dyn Error + Send + Sync>> {
        guest::run(&self.engine, &module, request, report)?;
        Ok(())
    }
}

fn refused(error: wasmtime::Error) -> Refused {
    Refused(format!("{error:#}"))
}

fn main() -> ExitCode {
    serve::main::<Wasmtime>()
}
