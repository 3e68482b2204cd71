//! Runs preview 1 guests under WasmEdge, through its Rust SDK: see `runtimes/host-contract/README.md`.

mod guest;

use std::error::Error;
use std::fs;
use std::process::ExitCode;

use host_contract::cache::Refused;
use host_contract::report::Report;
use host_contract::request::{Field, Limits, Request};
use host_contract::serve::{self, Mode};
use wasmedge_sdk::config::{CommonConfigOptions, CompilerConfigOptions, Config, ConfigBuilder, RuntimeConfigOptions};
use wasmedge_sdk::{CompilerOptimizationLevel, CompilerOutputFormat, LogManager, Module, RunMode};

/// Bytes of one page of linear memory.
const PAGE: u64 = 65536;

/// The engine: its interpreter, which is the SDK's default, or compiled code.
struct WasmEdge<const COMPILED: bool> {
    config: Config,
}

/// A module, and the bytes it was read from.
struct Loaded {
    module: Module,
    bytes: Vec<u8>,
}

impl<const COMPILED: bool> WasmEdge<COMPILED> {
    fn load(&self, bytes: Vec<u8>) -> Result<Loaded, Refused> {
        let module = Module::from_bytes(Some(&self.config), &bytes).map_err(|error| Refused(error.to_string()))?;
        Ok(Loaded { module, bytes })
    }

    /// The module with its machine code in a section that only WasmEdge reads.
    fn compiled(&self, wasm: &[u8]) -> Result<Vec<u8>, Refused> {
        let refused = |error: &dyn std::fmt::Display| Refused(error.to_string());
        let compiler = wasmedge_sdk::Compiler::new(Some(&self.config)).map_err(|error| refused(&error))?;
        let folder = tempfile::tempdir().map_err(|error| refused(&error))?;
        let file = compiler.compile_from_bytes(wasm, "guest", folder.path()).map_err(|error| refused(&error))?;
        fs::read(file).map_err(|error| refused(&error))
    }
}

impl<const COMPILED: bool> serve::Host for WasmEdge<COMPILED> {
    type Module = Loaded;

    const NAME: &'static str = "wasmedge-sdk";
    const MODE: Option<&'static str> = Some(if COMPILED { "aot" } else { "interpreter" });
    // Not `fuel`: a `Store` runs without statistics, and the lower crate frees those that its executor is given
    // before anything runs.
    const FIELDS: &'static [Field] = &[
        Field::DirReadOnly,
        Field::MemoryLimit,
        Field::WallLimit,
        Field::Reactor,
        Field::DuplicateEnv,
        Field::DuplicateDir,
    ];

    fn version() -> Option<&'static str> {
        Some(wasmedge_sdk::utils::CoreVersion::version_string().leak())
    }

    fn new(limits: &Limits) -> Result<Self, Box<dyn Error + Send + Sync>> {
        // WasmEdge logs to stdout, which belongs to the guest.
        LogManager::log_off();
        let mode = if COMPILED { RunMode::Aot } else { RunMode::Interpreter };
        let mut config = ConfigBuilder::new(CommonConfigOptions::default().run_mode(mode));
        if COMPILED {
            // At its default level LLVM takes most of a minute for a Go guest, and the code does the same.
            let compiler = CompilerConfigOptions::new()
                .optimization_level(CompilerOptimizationLevel::O0)
                .out_format(CompilerOutputFormat::Wasm);
            config = config.with_compiler_config(compiler);
        }
        if let Some(bytes) = limits.memory_bytes {
            let pages = u32::try_from(bytes / PAGE).unwrap_or(u32::MAX);
            config = config.with_runtime_config(RuntimeConfigOptions::new().max_memory_pages(pages));
        }
        Ok(WasmEdge { config: config.build()? })
    }

    fn settings(&self) -> Option<String> {
        COMPILED.then(|| "optimization 0, for this machine".to_owned())
    }

    fn compile(&self, wasm: &[u8]) -> Result<Loaded, Refused> {
        if COMPILED { self.load(self.compiled(wasm)?) } else { self.load(wasm.to_vec()) }
    }

    fn save(&self, module: &Loaded) -> Result<Vec<u8>, Refused> {
        Ok(module.bytes.clone())
    }

    unsafe fn load(&self, artifact: &[u8]) -> Result<Loaded, Refused> {
        WasmEdge::load(self, artifact.to_vec())
    }

    fn run(self, loaded: Loaded, request: &Request, report: &mut Report) -> Result<(), Box<dyn Error + Send + Sync>> {
        guest::run(&self.config, &loaded.module, request, report)?;
        Ok(())
    }
}

fn main() -> ExitCode {
    serve::main_of(&[Mode::of::<WasmEdge<false>>(), Mode::of::<WasmEdge<true>>()])
}
