//! Wasmtime's ways to compile, and an engine for each.

use host_contract::request::Limits;
use host_contract::version;
use wasmtime::{Config, Engine, Strategy};

/// The lock file this host was built with.
const LOCK: &str = include_str!("../../../Cargo.lock");

/// Stack for wasm frames. Go's own limit is far beyond wasmtime's default of 512 KiB, and ordinary
/// programs (a deep recursion, a large `encoding/json` value) need more than that.
const WASM_STACK: usize = 8 << 20;

/// One of wasmtime's ways to compile.
pub trait Compiler {
    /// What it is called.
    const NAME: &'static str;

    /// Has an engine use it.
    fn choose(config: &mut Config) -> wasmtime::Result<()>;
}

/// The optimizing compiler, wasmtime's default.
pub struct Cranelift;

impl Compiler for Cranelift {
    const NAME: &'static str = "cranelift";

    fn choose(config: &mut Config) -> wasmtime::Result<()> {
        config.strategy(Strategy::Cranelift);
        Ok(())
    }
}

/// The baseline compiler: one pass, no optimization.
pub struct Winch;

impl Compiler for Winch {
    const NAME: &'static str = "winch";

    fn choose(config: &mut Config) -> wasmtime::Result<()> {
        config.strategy(Strategy::Winch);
        Ok(())
    }
}

/// The interpreter, with cranelift to make its bytecode.
pub struct Pulley;

impl Compiler for Pulley {
    const NAME: &'static str = "pulley";

    fn choose(config: &mut Config) -> wasmtime::Result<()> {
        config.strategy(Strategy::Cranelift);
        config.target("pulley64")?;
        Ok(())
    }
}

/// An engine that can enforce `limits`.
pub fn engine<C: Compiler>(limits: &Limits) -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    C::choose(&mut config)?;
    config.max_wasm_stack(WASM_STACK);
    // Never used here, but wasmtime insists that it be the larger of the two.
    config.async_stack_size(2 * WASM_STACK);
    config.consume_fuel(limits.fuel.is_some());
    config.epoch_interruption(limits.wall_ms.is_some());
    Engine::new(&config)
}

/// What in `limits` changes compiled code, in words.
pub fn settings(limits: &Limits) -> String {
    format!("fuel={} epochs={}", limits.fuel.is_some(), limits.wall_ms.is_some())
}

/// The version of a package this host was built with.
pub fn version(package: &str) -> Option<&'static str> {
    version::locked(LOCK, package)
}
