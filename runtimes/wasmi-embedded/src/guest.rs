//! One guest's life: link, instantiate, call, and what became of it.

use std::borrow::Cow;
use std::time::Instant;

use host_contract::report::{Report, Trap};
use host_contract::request::{Call, Request, Value};
use host_contract::serve::nanoseconds;
use wasmi::errors::{ErrorKind, InstantiationError, LinkerError, MemoryError};
use wasmi::{Engine, Error, F64, Instance, Linker, Module, Store, StoreLimits, StoreLimitsBuilder, TrapCode, Val};
use wasmi_wasi::WasiCtx;

use crate::{faults, wasi};

/// What the engine keeps beside the guest's memory.
pub struct Guest {
    /// The guest's world.
    pub wasi: WasiCtx,
    /// What the host is broken by, and what came of it.
    pub faulty: Option<faults::State>,
    limits: StoreLimits,
}

/// Runs the module as the request asks and fills in the report.
pub fn run(engine: &Engine, module: &Module, request: &Request, report: &mut Report) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut linker: Linker<Guest> = Linker::new(engine);
    let (request, faulty) = match faults::chosen() {
        None => {
            wasmi_wasi::add_to_linker(&mut linker, |guest| &mut guest.wasi)
                .map_err(|error| anyhow::anyhow!("wasmi_wasi cannot be linked: {error}"))?;
            (Cow::Borrowed(request), None)
        }
        Some(fault) => {
            faults::link(fault, &mut linker, module)?;
            let (request, state) = faults::State::new(fault, request);
            (Cow::Owned(request), Some(state))
        }
    };
    let mut limits = StoreLimitsBuilder::new();
    if let Some(bytes) = request.limits.memory_bytes {
        limits = limits.memory_size(usize::try_from(bytes)?);
    }
    let mut store = Store::new(engine, Guest { wasi: wasi::context(&request)?, faulty, limits: limits.build() });
    store.limiter(|guest| &mut guest.limits);
    if let Some(fuel) = request.limits.fuel {
        store.set_fuel(fuel)?;
    }
    let instance = match linker.instantiate_and_start(&mut store, module) {
        Ok(instance) => instance,
        Err(error) => {
            report.stop(trap(&error), error.to_string());
            report.fault = store.data().faulty.as_ref().map(faults::State::met);
            return Ok(());
        }
    };
    report.instantiate_ns = nanoseconds(started);

    let started = Instant::now();
    let ended = if request.exports.is_empty() {
        call(&mut store, &instance, "_start", &[]).map(drop)
    } else {
        reactor(&mut store, &instance, &request.exports, &mut report.returns)
    };
    report.run_ns = nanoseconds(started);
    // Linear memory never shrinks: its size at the end is its peak.
    report.peak_memory_bytes = instance.get_memory(&store, "memory").map(|memory| memory.data_size(&store) as u64);
    if let Some(fuel) = request.limits.fuel {
        report.fuel_used = Some(fuel.saturating_sub(store.get_fuel()?));
    }
    report.fault = store.data().faulty.as_ref().map(faults::State::met);
    match ended {
        Ok(()) => report.exited(0),
        Err(error) => match error.i32_exit_status() {
            Some(code) => report.exited(code),
            None => report.stop(trap(&error), error.to_string()),
        },
    }
    Ok(())
}

fn reactor(
    store: &mut Store<Guest>,
    instance: &Instance,
    calls: &[Call],
    returns: &mut Vec<Vec<Value>>,
) -> Result<(), Error> {
    // A reactor with nothing to set up need not export it.
    if instance.get_func(&*store, "_initialize").is_some() {
        call(store, instance, "_initialize", &[])?;
    }
    for wanted in calls {
        returns.push(call(store, instance, &wanted.name, &wanted.args)?);
    }
    Ok(())
}

fn call(store: &mut Store<Guest>, instance: &Instance, name: &str, args: &[Value]) -> Result<Vec<Value>, Error> {
    let Some(function) = instance.get_func(&*store, name) else {
        return Err(Error::new(format!("the module exports no function {name:?}")));
    };
    let args: Vec<Val> = args.iter().map(to_engine).collect();
    let mut results = vec![Val::I32(0); function.ty(&*store).results().len()];
    function.call(&mut *store, &args, &mut results)?;
    results.iter().map(|value| from_engine(name, value)).collect()
}

fn to_engine(value: &Value) -> Val {
    match *value {
        Value::I32(number) => Val::I32(number),
        Value::I64(number) => Val::I64(number),
        Value::F64(number) => Val::F64(F64::from(number)),
    }
}

fn from_engine(name: &str, value: &Val) -> Result<Value, Error> {
    match *value {
        Val::I32(number) => Ok(Value::I32(number)),
        Val::I64(number) => Ok(Value::I64(number)),
        Val::F64(number) => Ok(Value::F64(number.to_float())),
        _ => Err(Error::new(format!("{name:?} returns a value that the host contract has no form for"))),
    }
}

/// The contract's name for what stopped the guest.
fn trap(error: &Error) -> Trap {
    match error.as_trap_code() {
        Some(TrapCode::UnreachableCodeReached) => return Trap::Unreachable,
        Some(TrapCode::MemoryOutOfBounds) => return Trap::OutOfBounds,
        Some(TrapCode::StackOverflow) => return Trap::StackOverflow,
        Some(TrapCode::OutOfFuel) => return Trap::OutOfFuel,
        Some(TrapCode::OutOfSystemMemory) => return Trap::OutOfMemory,
        _ => {}
    }
    match error.kind() {
        ErrorKind::Linker(LinkerError::MissingDefinition { name, .. }) => {
            Trap::MissingImport { module: name.module().to_owned(), name: name.name().to_owned() }
        }
        ErrorKind::Instantiation(InstantiationError::FailedToInstantiateMemory(
            MemoryError::OutOfSystemMemory | MemoryError::ResourceLimiterDeniedAllocation,
        )) => Trap::OutOfMemory,
        _ => Trap::Other,
    }
}
