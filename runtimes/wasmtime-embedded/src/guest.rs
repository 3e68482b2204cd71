//! One guest's life: link, instantiate, call, and what became of it.

use std::thread;
use std::time::{Duration, Instant};

use host_contract::report::{Report, Trap};
use host_contract::request::{Call, Request, Value};
use host_contract::serve::nanoseconds;
use wasmtime::{Engine, Instance, Linker, Module, Store, Val};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p1::{WasiP1Ctx, add_to_linker_sync};

use crate::memory::Meter;
use crate::wasi;

struct Guest {
    wasi: WasiP1Ctx,
    memory: Meter,
}

/// Runs the module as the request asks and fills in the report.
pub fn run(engine: &Engine, module: &Module, request: &Request, report: &mut Report) -> wasmtime::Result<()> {
    let started = Instant::now();
    let mut linker: Linker<Guest> = Linker::new(engine);
    add_to_linker_sync(&mut linker, |guest| &mut guest.wasi)?;
    let memory = Meter::new(request.limits.memory_bytes);
    let mut store = Store::new(engine, Guest { wasi: wasi::context(request)?, memory });
    store.limiter(|guest| &mut guest.memory);
    if let Some(fuel) = request.limits.fuel {
        store.set_fuel(fuel)?;
    }
    if request.limits.wall_ms.is_some() {
        store.set_epoch_deadline(1);
    }

    for import in module.imports() {
        if linker.get_by_import(&mut store, &import).is_none() {
            let (from, name) = (import.module().to_owned(), import.name().to_owned());
            let words = format!("the module imports {from}::{name}, which wasmtime-wasi does not define");
            report.stop(Trap::MissingImport { module: from, name }, words);
            return Ok(());
        }
    }
    let instance = match linker.instantiate(&mut store, module) {
        Ok(instance) => instance,
        Err(error) => {
            let trap = if store.data().memory.refused() { Trap::OutOfMemory } else { trap(&error) };
            report.stop(trap, format!("{error:#}"));
            return Ok(());
        }
    };
    report.instantiate_ns = nanoseconds(started);

    if let Some(millis) = request.limits.wall_ms {
        let engine = engine.weak();
        thread::Builder::new().name("wall limit".to_owned()).spawn(move || {
            thread::sleep(Duration::from_millis(millis));
            if let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
            }
        })?;
    }
    let started = Instant::now();
    let ended = if request.exports.is_empty() {
        call(&mut store, &instance, "_start", &[]).map(drop)
    } else {
        reactor(&mut store, &instance, &request.exports, &mut report.returns)
    };
    report.run_ns = nanoseconds(started);
    report.peak_memory_bytes = Some(store.data().memory.peak_bytes());
    if let Some(fuel) = request.limits.fuel {
        report.fuel_used = Some(fuel.saturating_sub(store.get_fuel()?));
    }
    match ended {
        Ok(()) => report.exited(0),
        Err(error) => match error.downcast_ref::<I32Exit>() {
            Some(I32Exit(code)) => report.exited(*code),
            // The cause first: the rest is a backtrace.
            None => report.stop(trap(&error), format!("{}\n{error:#}", error.root_cause())),
        },
    }
    Ok(())
}

fn reactor(
    store: &mut Store<Guest>,
    instance: &Instance,
    calls: &[Call],
    returns: &mut Vec<Vec<Value>>,
) -> wasmtime::Result<()> {
    // A reactor with nothing to set up need not export it.
    if instance.get_func(&mut *store, "_initialize").is_some() {
        call(store, instance, "_initialize", &[])?;
    }
    for wanted in calls {
        returns.push(call(store, instance, &wanted.name, &wanted.args)?);
    }
    Ok(())
}

fn call(store: &mut Store<Guest>, instance: &Instance, name: &str, args: &[Value]) -> wasmtime::Result<Vec<Value>> {
    let Some(function) = instance.get_func(&mut *store, name) else {
        wasmtime::bail!("the module exports no function {name:?}");
    };
    let args: Vec<Val> = args.iter().map(to_engine).collect();
    let mut results: Vec<Val> = function.ty(&*store).results().map(|_| Val::I32(0)).collect();
    function.call(&mut *store, &args, &mut results)?;
    results.iter().map(|value| from_engine(name, value)).collect()
}

fn to_engine(value: &Value) -> Val {
    match *value {
        Value::I32(number) => Val::I32(number),
        Value::I64(number) => Val::I64(number),
        Value::F64(number) => Val::F64(number.to_bits()),
    }
}

fn from_engine(name: &str, value: &Val) -> wasmtime::Result<Value> {
    match *value {
        Val::I32(number) => Ok(Value::I32(number)),
        Val::I64(number) => Ok(Value::I64(number)),
        Val::F64(bits) => Ok(Value::F64(f64::from_bits(bits))),
        _ => wasmtime::bail!("{name:?} returns a value that the host contract has no form for"),
    }
}

/// The contract's name for what stopped the guest.
fn trap(error: &wasmtime::Error) -> Trap {
    use wasmtime::Trap as Engine;
    match error.downcast_ref::<Engine>() {
        Some(Engine::UnreachableCodeReached) => Trap::Unreachable,
        Some(Engine::MemoryOutOfBounds) => Trap::OutOfBounds,
        Some(Engine::StackOverflow) => Trap::StackOverflow,
        Some(Engine::OutOfFuel) => Trap::OutOfFuel,
        Some(Engine::Interrupt) => Trap::Timeout,
        _ => Trap::Other,
    }
}
