//! Runs preview 1 guests under wasmi, through its library: see `runtimes/host-contract/README.md`.

mod faults;
mod guest;
mod wasi;

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::process::ExitCode;

use host_contract::cache::Refused;
use host_contract::report::Report;
use host_contract::request::{Field, Limits, Request};
use host_contract::serve::Mode;
use host_contract::{EXIT_USAGE, serve, version};
use wasmi::{Config, Engine, Module};

/// Bytes of wasmi's value stack. Its default of one megabyte, and a thousand calls, is less than an
/// ordinary Go program may need.
const VALUE_STACK: usize = 8 << 20;

/// Calls that may be open at once: so many that the value stack is what runs out.
const CALL_DEPTH: usize = 1 << 20;

struct Wasmi {
    engine: Engine,
}

impl serve::Host for Wasmi {
    type Module = Module;

    const NAME: &'static str = "wasmi-embedded";
    // Not `dir-read-only`: wasmi_wasi opens a preopen for reading and writing. Not `wall-limit`: the
    // interpreter can only be interrupted by fuel, which is another field.
    const FIELDS: &'static [Field] = &[
        Field::Fuel,
        Field::MemoryLimit,
        Field::FixedClock,
        Field::SeededRandom,
        Field::Reactor,
        Field::DuplicateEnv,
        Field::DuplicateDir,
    ];

    fn version() -> Option<&'static str> {
        // No number: a column of the matrix must not be able to stand on a broken host.
        if let Some(fault) = faults::chosen() {
            return Some(format!("faulty: {}", fault.name).leak());
        }
        version::locked(include_str!("../../../Cargo.lock"), "wasmi")
    }

    fn new(limits: &Limits) -> Result<Wasmi, Box<dyn Error + Send + Sync>> {
        let mut config = Config::default();
        config.set_max_stack_height(VALUE_STACK);
        config.set_max_recursion_depth(CALL_DEPTH);
        config.consume_fuel(limits.fuel.is_some());
        Ok(Wasmi { engine: Engine::new(&config) })
    }

    fn settings(&self) -> Option<String> {
        None
    }

    fn compile(&self, wasm: &[u8]) -> Result<Module, Refused> {
        Module::new(&self.engine, wasm).map_err(|error| Refused(error.to_string()))
    }

    fn save(&self, _module: &Module) -> Result<Vec<u8>, Refused> {
        Err(Refused("wasmi keeps no compiled code".to_owned()))
    }

    unsafe fn load(&self, _artifact: &[u8]) -> Result<Module, Refused> {
        Err(Refused("wasmi keeps no compiled code".to_owned()))
    }

    fn run(self, module: Module, request: &Request, report: &mut Report) -> Result<(), Box<dyn Error + Send + Sync>> {
        guest::run(&self.engine, &module, request, report)?;
        Ok(())
    }
}

fn main() -> ExitCode {
    let mut args: Vec<OsString> = env::args_os().skip(1).collect();
    if let Err(words) = faults::take(&mut args) {
        eprintln!("{}: {words}", <Wasmi as serve::Host>::NAME);
        return ExitCode::from(EXIT_USAGE);
    }
    if args == ["--faults"] {
        return faults::list();
    }
    serve::answer_to(&[Mode::of::<Wasmi>()], &args)
}
