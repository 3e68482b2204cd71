//! One guest's life as a module: link, instantiate, call.

use std::time::Instant;

use host_contract::report::Report;
use host_contract::request::{Call, Request, Value};
use host_contract::serve::nanoseconds;
use wasmtime::{Engine, Instance, Linker, Module, Store, Val};
use wasmtime_wasi::p1::{WasiP1Ctx, add_to_linker_sync};

use crate::{life, wasi};

type Guest = life::Guest<WasiP1Ctx>;

/// Runs the module as the request asks and fills in the report.
pub fn run(engine: &Engine, module: &Module, request: &Request, report: &mut Report) -> wasmtime::Result<()> {
    let started = Instant::now();
    let mut linker: Linker<Guest> = Linker::new(engine);
    add_to_linker_sync(&mut linker, |guest| &mut guest.wasi)?;
    let mut store = life::store(engine, wasi::builder(request)?.build_p1(), &request.limits)?;

    let instance = match linker.instantiate(&mut store, module) {
        Ok(instance) => instance,
        Err(error) => {
            life::not_started(&store, &error, report);
            return Ok(());
        }
    };
    report.instantiate_ns = nanoseconds(started);

    life::call(store, &request.limits, report, |store, report| {
        if request.exports.is_empty() {
            call(store, &instance, "_start", &[]).map(drop)
        } else {
            reactor(store, &instance, &request.exports, &mut report.returns)
        }
    })
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
