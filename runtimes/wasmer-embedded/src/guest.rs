//! One guest's life: link, instantiate, call, and what became of it.

use std::time::Instant;

use anyhow::Context;
use host_contract::report::{Exit, Report, Trap};
use host_contract::request::{Call, Request, Value};
use host_contract::serve::nanoseconds;
use wasmer::sys::vm::TrapCode;
use wasmer::{Engine, Instance, InstantiationError, LinkError, Module, RuntimeError, Store};
use wasmer_types::ModuleHash;
use wasmer_wasix::runners::MappedDirectory;
use wasmer_wasix::runners::wasi::{PackageOrHash, RuntimeOrEngine, WasiRunner};
use wasmer_wasix::{WasiEnvBuilder, WasiError, WasiRuntimeError, WasiThreadError};
use webc::metadata::annotations::Wasi;

/// Runs the module as the request asks and fills in the report.
pub fn run(engine: Engine, module: Module, request: &Request, report: &mut Report) -> anyhow::Result<()> {
    let started = Instant::now();
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the async runtime that wasmer-wasix runs on")?;
    let _entered = tokio.enter();
    let environment = environment(engine.clone(), request)?;
    let mut store = Store::new(engine);
    // This runs `_initialize` too, if the module has one.
    let (instance, env) = match environment.instantiate(module, &mut store) {
        Ok(instantiated) => instantiated,
        Err(error) => {
            refused(error, report);
            return Ok(());
        }
    };
    report.instantiate_ns = nanoseconds(started);

    let started = Instant::now();
    let ended = if request.exports.is_empty() {
        call(&mut store, &instance, "_start", &[]).map(drop)
    } else {
        calls(&mut store, &instance, &request.exports, &mut report.returns)
    };
    report.run_ns = nanoseconds(started);
    // Linear memory never shrinks: its size at the end is its peak.
    let memory = instance.exports.get_memory("memory");
    report.peak_memory_bytes = memory.ok().map(|memory| memory.view(&store).data_size());
    match ended {
        Ok(()) => report.exited(0),
        Err(error) => stopped(&error, report),
    }
    // What the guest wrote to files it left open may still be in wasmer-wasix's buffers.
    let code = match report.exit {
        Exit::Code(code) => code,
        Exit::Trap(_) => 1,
    };
    env.on_exit(&mut store, Some(code.into()));
    Ok(())
}

/// The environment that wasmer's own runner would make, with its virtual root and its mounts below it.
fn environment(engine: Engine, request: &Request) -> anyhow::Result<WasiEnvBuilder> {
    let (name, args) = request.argv.split_first().context("wasmer-wasix needs the program's name in argv[0]")?;
    let mut runner = WasiRunner::new();
    runner.with_args(args.iter().cloned());
    runner.with_mapped_directories(
        request.dirs.iter().map(|dir| MappedDirectory { host: dir.host.clone(), guest: dir.guest.clone() }),
    );
    let mut builder = runner.prepare_webc_env(
        name,
        &Wasi::new(name),
        PackageOrHash::Hash(ModuleHash::random()),
        RuntimeOrEngine::Engine(engine),
        None,
    )?;
    // The runner keeps variables in a map without order, and `add_env` keeps each name once.
    let env = builder.get_env_mut();
    env.extend(request.env.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())));
    Ok(builder)
}

fn calls(
    store: &mut Store,
    instance: &Instance,
    calls: &[Call],
    returns: &mut Vec<Vec<Value>>,
) -> Result<(), RuntimeError> {
    for wanted in calls {
        returns.push(call(store, instance, &wanted.name, &wanted.args)?);
    }
    Ok(())
}

fn call(store: &mut Store, instance: &Instance, name: &str, args: &[Value]) -> Result<Vec<Value>, RuntimeError> {
    let function = instance
        .exports
        .get_function(name)
        .map_err(|error| RuntimeError::new(format!("no function {name:?}: {error}")))?;
    let args: Vec<wasmer::Value> = args.iter().map(to_engine).collect();
    let results = function.call(store, &args)?;
    results.iter().map(|value| from_engine(name, value)).collect()
}

fn to_engine(value: &Value) -> wasmer::Value {
    match *value {
        Value::I32(number) => wasmer::Value::I32(number),
        Value::I64(number) => wasmer::Value::I64(number),
        Value::F64(number) => wasmer::Value::F64(number),
    }
}

fn from_engine(name: &str, value: &wasmer::Value) -> Result<Value, RuntimeError> {
    match *value {
        wasmer::Value::I32(number) => Ok(Value::I32(number)),
        wasmer::Value::I64(number) => Ok(Value::I64(number)),
        wasmer::Value::F64(number) => Ok(Value::F64(number)),
        _ => Err(RuntimeError::new(format!("{name:?} returns a value that the host contract has no form for"))),
    }
}

/// Says in the report why there is no instance.
fn refused(error: WasiRuntimeError, report: &mut Report) {
    let words = error.to_string();
    match error {
        WasiRuntimeError::Thread(WasiThreadError::InstanceCreateFailed(cause)) => match *cause {
            InstantiationError::Link(LinkError::Import(module, name, _)) => {
                report.stop(Trap::MissingImport { module, name }, words);
            }
            // Only memory and tables are made before the guest runs, and only memory has a limit.
            InstantiationError::Link(LinkError::Resource(_)) => report.stop(Trap::OutOfMemory, words),
            InstantiationError::Start(error) => stopped(&error, report),
            _ => report.stop(Trap::Other, words),
        },
        WasiRuntimeError::Thread(WasiThreadError::InitFailed(cause)) => match cause.downcast_ref() {
            Some(error) => stopped(error, report),
            None => report.stop(Trap::Other, words),
        },
        _ => report.stop(Trap::Other, words),
    }
}

/// Says in the report how a call ended that did not return.
fn stopped(error: &RuntimeError, report: &mut Report) {
    if let Some(WasiError::Exit(code)) = error.downcast_ref() {
        report.exited(code.raw());
        return;
    }
    let trap = match error.clone().to_trap() {
        Some(TrapCode::UnreachableCodeReached) => Trap::Unreachable,
        Some(TrapCode::HeapAccessOutOfBounds) => Trap::OutOfBounds,
        Some(TrapCode::StackOverflow) => Trap::StackOverflow,
        _ => Trap::Other,
    };
    report.stop(trap, error.to_string());
}
