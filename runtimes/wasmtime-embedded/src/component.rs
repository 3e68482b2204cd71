//! The host that wraps a module into a component and runs it as a command of WASI 0.2.
//!
//! The wrapping is what `wasm-tools component new` does with the adapter that wasmtime publishes.

use std::error::Error;
use std::time::Instant;

use host_contract::cache::Refused;
use host_contract::report::{Report, Trap};
use host_contract::request::{Field, Limits, Request};
use host_contract::serve::{Host, nanoseconds};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER,
};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Module};
use wasmtime_wasi::p2::bindings::sync::Command;
use wasmtime_wasi::{I32Exit, WasiCtx, WasiCtxView, WasiView, p2};
use wit_component::ComponentEncoder;

use crate::engine::{self, Cranelift};
use crate::{life, wasi};

/// What wasmtime itself makes of a command that says it failed.
const FAILED: i32 = 1;

/// An engine for components, and what it was set up for.
pub struct Wrapped {
    engine: Engine,
    settings: String,
}

impl Host for Wrapped {
    type Module = Component;

    const NAME: &'static str = "wasmtime-embedded";
    const MODE: Option<&'static str> = Some("component");
    // Not `reactor`: a component exports what its world says, and a module of Go's says nothing.
    const FIELDS: &'static [Field] = &[
        Field::DirReadOnly,
        Field::Fuel,
        Field::MemoryLimit,
        Field::WallLimit,
        Field::FixedClock,
        Field::SeededRandom,
        Field::DuplicateEnv,
        Field::DuplicateDir,
    ];

    fn version() -> Option<&'static str> {
        engine::version("wasmtime")
    }

    fn new(limits: &Limits) -> Result<Wrapped, Box<dyn Error + Send + Sync>> {
        let packages = ["wit-component", "wasi-preview1-component-adapter-provider"];
        let mut settings = engine::settings(limits);
        for package in packages {
            let version = engine::version(package);
            let version = version.ok_or_else(|| format!("{package} is not in Cargo.lock exactly once"))?;
            settings.push_str(&format!(" {package}={version}"));
        }
        Ok(Wrapped { engine: engine::engine::<Cranelift>(limits)?, settings })
    }

    fn settings(&self) -> Option<String> {
        Some(self.settings.clone())
    }

    fn compile(&self, wasm: &[u8]) -> Result<Component, Refused> {
        // The encoder takes a valid module for granted: it panics where one is cut short.
        Module::validate(&self.engine, wasm).map_err(life::refused)?;
        let component = wrap(wasm).map_err(Refused)?;
        Component::from_binary(&self.engine, &component).map_err(life::refused)
    }

    /// The encoder links: a component can only be made of a module whose imports the adapter has.
    fn refusal(words: &str) -> Trap {
        let import = match quoted_after(words, "failed to resolve import `") {
            Some(import) => import.split_once("::"),
            None => quoted_after(words, "adapter module did not export `")
                .map(|name| (WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, name)),
        };
        match import {
            Some((module, name)) => Trap::MissingImport { module: module.to_owned(), name: name.to_owned() },
            None => Trap::InvalidModule,
        }
    }

    fn save(&self, component: &Component) -> Result<Vec<u8>, Refused> {
        component.serialize().map_err(life::refused)
    }

    unsafe fn load(&self, artifact: &[u8]) -> Result<Component, Refused> {
        // SAFETY: the caller vouches that this host wrote the artifact.
        unsafe { Component::deserialize(&self.engine, artifact) }.map_err(life::refused)
    }

    fn run(
        self,
        component: Component,
        request: &Request,
        report: &mut Report,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        run(&self.engine, &component, request, report)?;
        Ok(())
    }
}

/// The module as a component; the error is the encoder's, with its causes.
fn wrap(wasm: &[u8]) -> Result<Vec<u8>, String> {
    let encoder = ComponentEncoder::default().module(wasm).and_then(|encoder| {
        encoder.adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER)
    });
    encoder.and_then(|mut encoder| encoder.encode()).map_err(|error| format!("{error:#}"))
}

/// What stands in `words` after `start` and before the next backtick.
fn quoted_after<'a>(words: &'a str, start: &str) -> Option<&'a str> {
    Some(words.split_once(start)?.1.split_once('`')?.0)
}

struct World {
    context: WasiCtx,
    table: ResourceTable,
}

type Guest = life::Guest<World>;

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi.context, table: &mut self.wasi.table }
    }
}

fn run(engine: &Engine, component: &Component, request: &Request, report: &mut Report) -> wasmtime::Result<()> {
    let started = Instant::now();
    let mut linker: Linker<Guest> = Linker::new(engine);
    p2::add_to_linker_sync(&mut linker)?;
    let world = World { context: wasi::builder(request)?.build(), table: ResourceTable::new() };
    let mut store = life::store(engine, world, &request.limits)?;
    let command = match Command::instantiate(&mut store, component, &linker) {
        Ok(command) => command,
        Err(error) => {
            life::not_started(&store, &error, report);
            return Ok(());
        }
    };
    report.instantiate_ns = nanoseconds(started);
    life::call(store, &request.limits, report, |store, _| {
        command.wasi_cli_run().call_run(store)?.map_err(|()| I32Exit(FAILED).into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_import_is_told_from_a_module_that_is_no_component_for_other_reasons() {
        let missing =
            |module: &str, name: &str| Trap::MissingImport { module: module.to_owned(), name: name.to_owned() };
        let words = "failed to decode world from module: module was not valid: failed to resolve import `demo::absent`: \
                     module requires an import interface named `demo`";
        assert_eq!(Wrapped::refusal(words), missing("demo", "absent"));
        let words = "failed to decode world from module: failed to validate the imports of the adapter module \
                     `wasi_snapshot_preview1`: adapter module did not export `absent`";
        assert_eq!(Wrapped::refusal(words), missing("wasi_snapshot_preview1", "absent"));
        let words = "failed to parse WebAssembly module: core instance 2 has no export named `_start`";
        assert_eq!(Wrapped::refusal(words), Trap::InvalidModule);
    }
}
