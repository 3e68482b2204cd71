//! One guest's life: link, instantiate, call, and what became of it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use host_contract::report::{Report, Trap};
use host_contract::request::{Call, Request, Value};
use host_contract::serve::nanoseconds;
use wasmedge_sdk::config::Config;
use wasmedge_sdk::error::{CoreError, CoreExecutionError, CoreInstantiationError, InstanceError, WasmEdgeError};
use wasmedge_sdk::wasi::WasiModule;
use wasmedge_sdk::{AsInstance, Instance, Module, Store, ValType, Vm, WasmEdgeResult, WasmValue};

use crate::PAGE;

/// Runs the module as the request asks and fills in the report.
pub fn run(config: &Config, module: &Module, request: &Request, report: &mut Report) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut wasi = wasi(request)?;
    let missing = missing_import(module, &wasi);
    let instances = HashMap::from([(wasi.name().to_owned(), wasi.as_mut())]);
    let mut vm = Vm::new(Store::new(Some(config), instances).context("WasmEdge makes no store")?);
    if let Err(error) = vm.register_module(None, module.clone()) {
        report.stop(trap(&error, missing), error.to_string());
        return Ok(());
    }
    report.instantiate_ns = nanoseconds(started);

    let started = Instant::now();
    let deadline = request.limits.wall_ms.map(|millis| started + Duration::from_millis(millis));
    let ended = if request.exports.is_empty() {
        call(&mut vm, "_start", &[], deadline).map(drop)
    } else {
        reactor(&mut vm, &request.exports, deadline, &mut report.returns)
    };
    report.run_ns = nanoseconds(started);
    if matches!(&ended, Err(Ended::Engine(error)) if matches!(**error, WasmEdgeError::ExecuteTimeout)) {
        report.stop(Trap::Timeout, WasmEdgeError::ExecuteTimeout.to_string());
        // The guest was left by a long jump out of a signal handler: nothing of it is safe to take down.
        std::mem::forget(vm);
        std::mem::forget(wasi);
        return Ok(());
    }
    // Linear memory never shrinks: its size at the end is its peak.
    report.peak_memory_bytes = vm
        .active_module()
        .and_then(|instance| instance.get_memory_ref("memory").ok().map(|memory| u64::from(memory.size()) * PAGE));
    drop(vm);
    match ended {
        // The SDK takes a guest that ended by itself for a call that came back, whatever the code. It is a u32 here and
        // was an i32 in the guest.
        Ok(()) => report.exited(wasi.exit_code().cast_signed()),
        Err(Ended::Engine(error)) => report.stop(trap(&error, None), error.to_string()),
        Err(Ended::Contract(words)) => report.stop(Trap::Other, words),
    }
    Ok(())
}

/// Why a call did not come back.
enum Ended {
    /// The engine's reason.
    Engine(Box<WasmEdgeError>),
    /// What came back cannot be told.
    Contract(String),
}

impl From<Box<WasmEdgeError>> for Ended {
    fn from(error: Box<WasmEdgeError>) -> Ended {
        Ended::Engine(error)
    }
}

/// What the guest sees of the world.
fn wasi(request: &Request) -> anyhow::Result<WasiModule> {
    let env: Vec<String> = request.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut dirs = Vec::new();
    for dir in &request.dirs {
        let Some(host) = dir.host.to_str() else { bail!("cannot map {}: no UTF-8", dir.host.display()) };
        let read_only = if dir.read_only { ":readonly" } else { "" };
        dirs.push(format!("{}:{host}{read_only}", dir.guest));
    }
    for words in request.argv.iter().chain(&env).chain(&dirs) {
        if words.contains('\0') {
            bail!("cannot pass {words:?}: the SDK's strings end at a zero");
        }
    }
    WasiModule::create(Some(borrowed(&request.argv)), Some(borrowed(&env)), Some(borrowed(&dirs)))
        .map_err(|_| anyhow::anyhow!("cannot pass the arguments, the environment or the folders"))
}

fn borrowed(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

/// The first import that no function of WasmEdge's preview 1 answers to. The engine itself only says that there is one.
fn missing_import(module: &Module, wasi: &WasiModule) -> Option<Trap> {
    let known = wasi.as_ref().func_names().unwrap_or_default();
    let import = module
        .imports()
        .into_iter()
        .find(|import| import.module_name() != wasi.name() || !known.iter().any(|name| *name == import.name()))?;
    Some(Trap::MissingImport { module: import.module_name().into_owned(), name: import.name().into_owned() })
}

fn reactor(
    vm: &mut Vm<'_, Instance>,
    calls: &[Call],
    deadline: Option<Instant>,
    returns: &mut Vec<Vec<Value>>,
) -> Result<(), Ended> {
    // A reactor with nothing to set up need not export it.
    match call(vm, "_initialize", &[], deadline) {
        Err(Ended::Engine(error)) if matches!(&*error, WasmEdgeError::Instance(InstanceError::NotFoundFunc(name)) if name == "_initialize") =>
            {}
        initialized => drop(initialized?),
    }
    for wanted in calls {
        let results = call(vm, &wanted.name, &wanted.args, deadline)?;
        returns.push(results.iter().map(|value| from_engine(&wanted.name, value)).collect::<Result<_, _>>()?);
    }
    Ok(())
}

fn call(
    vm: &mut Vm<'_, Instance>,
    name: &str,
    args: &[Value],
    deadline: Option<Instant>,
) -> Result<Vec<WasmValue>, Ended> {
    let args = args.iter().map(to_engine);
    let result: WasmEdgeResult<Vec<WasmValue>> = match deadline {
        // A timer that is set to nothing never rings.
        Some(deadline) => {
            let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_nanos(1));
            vm.run_func_with_timeout(None, name, args, left)
        }
        None => vm.run_func(None, name, args),
    };
    Ok(result?)
}

fn to_engine(value: &Value) -> WasmValue {
    match *value {
        Value::I32(number) => WasmValue::from_i32(number),
        Value::I64(number) => WasmValue::from_i64(number),
        Value::F64(number) => WasmValue::from_f64(number),
    }
}

fn from_engine(name: &str, value: &WasmValue) -> Result<Value, Ended> {
    match value.ty() {
        ValType::I32 => Ok(Value::I32(value.to_i32())),
        ValType::I64 => Ok(Value::I64(value.to_i64())),
        ValType::F64 => Ok(Value::F64(value.to_f64())),
        _ => Err(Ended::Contract(format!("{name:?} returns a value that the host contract has no form for"))),
    }
}

/// The contract's name for what stopped the guest; `missing` is the import that nothing answers to, if there is one.
fn trap(error: &WasmEdgeError, missing: Option<Trap>) -> Trap {
    match error {
        WasmEdgeError::Core(CoreError::Execution(CoreExecutionError::Unreachable)) => Trap::Unreachable,
        WasmEdgeError::Core(CoreError::Execution(CoreExecutionError::MemoryOutOfBounds)) => Trap::OutOfBounds,
        WasmEdgeError::Core(CoreError::Instantiation(CoreInstantiationError::UnknownImport)) => {
            missing.unwrap_or(Trap::Other)
        }
        _ => Trap::Other,
    }
}
