//! The host that runs a module as it is.

use std::error::Error;
use std::marker::PhantomData;

use host_contract::cache::Refused;
use host_contract::report::Report;
use host_contract::request::{Field, Limits, Request};
use host_contract::serve::Host;
use wasmtime::{Engine, Module};

use crate::engine::{self, Compiler};
use crate::{guest, life};

/// An engine for modules, and what it was set up for.
pub struct Plain<C> {
    engine: Engine,
    limits: Limits,
    compiler: PhantomData<C>,
}

impl<C: Compiler> Host for Plain<C> {
    type Module = Module;

    const NAME: &'static str = "wasmtime-embedded";
    const MODE: Option<&'static str> = Some(C::NAME);
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
        engine::version("wasmtime")
    }

    fn new(limits: &Limits) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Plain { engine: engine::engine::<C>(limits)?, limits: *limits, compiler: PhantomData })
    }

    fn settings(&self) -> Option<String> {
        Some(engine::settings(&self.limits))
    }

    fn compile(&self, wasm: &[u8]) -> Result<Module, Refused> {
        Module::from_binary(&self.engine, wasm).map_err(life::refused)
    }

    fn save(&self, module: &Module) -> Result<Vec<u8>, Refused> {
        module.serialize().map_err(life::refused)
    }

    unsafe fn load(&self, artifact: &[u8]) -> Result<Module, Refused> {
        // SAFETY: the caller vouches that this host wrote the artifact.
        unsafe { Module::deserialize(&self.engine, artifact) }.map_err(life::refused)
    }

    fn run(self, module: Module, request: &Request, report: &mut Report) -> Result<(), Box<dyn Error + Send + Sync>> {
        guest::run(&self.engine, &module, request, report)?;
        Ok(())
    }
}
