//! What the life of a guest has in common, whether module or component: its limits, and its end.

use std::thread;
use std::time::{Duration, Instant};

use host_contract::cache::Refused;
use host_contract::report::{Report, Trap};
use host_contract::request::Limits;
use host_contract::serve::nanoseconds;
use wasmtime::{Engine, Store, UnknownImportError};
use wasmtime_wasi::I32Exit;

use crate::memory::Meter;

/// What belongs to one guest: its world, and the measure of its memory.
pub struct Guest<W> {
    /// The world as WASI shows it.
    pub wasi: W,
    memory: Meter,
}

/// A store for a guest that may use as much as `limits` say.
pub fn store<W: 'static>(engine: &Engine, wasi: W, limits: &Limits) -> wasmtime::Result<Store<Guest<W>>> {
    let memory = Meter::new(limits.memory_bytes);
    let mut store = Store::new(engine, Guest { wasi, memory });
    store.limiter(|guest| &mut guest.memory);
    if let Some(fuel) = limits.fuel {
        store.set_fuel(fuel)?;
    }
    if limits.wall_ms.is_some() {
        store.set_epoch_deadline(1);
    }
    Ok(store)
}

/// Says in the report why there is no instance.
pub fn not_started<W>(store: &Store<Guest<W>>, error: &wasmtime::Error, report: &mut Report) {
    let trap = if store.data().memory.refused() { Trap::OutOfMemory } else { trap(error) };
    report.stop(trap, format!("{error:#}"));
}

/// Calls into the guest, with the clock of `limits` running, and says in the report how that ended.
pub fn call<W>(
    mut store: Store<Guest<W>>,
    limits: &Limits,
    report: &mut Report,
    call: impl FnOnce(&mut Store<Guest<W>>, &mut Report) -> wasmtime::Result<()>,
) -> wasmtime::Result<()> {
    if let Some(millis) = limits.wall_ms {
        let engine = store.engine().weak();
        thread::Builder::new().name("wall limit".to_owned()).spawn(move || {
            thread::sleep(Duration::from_millis(millis));
            if let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
            }
        })?;
    }
    let started = Instant::now();
    let ended = call(&mut store, report);
    report.run_ns = nanoseconds(started);
    report.peak_memory_bytes = Some(store.data().memory.peak_bytes());
    if let Some(fuel) = limits.fuel {
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

/// The engine's refusal of a module.
pub fn refused(error: wasmtime::Error) -> Refused {
    Refused(format!("{error:#}"))
}

/// The contract's name for what stopped the guest.
fn trap(error: &wasmtime::Error) -> Trap {
    use wasmtime::Trap as Engine;
    if let Some(unknown) = error.downcast_ref::<UnknownImportError>() {
        return Trap::MissingImport { module: unknown.module().to_owned(), name: unknown.name().to_owned() };
    }
    match error.downcast_ref::<Engine>() {
        Some(Engine::UnreachableCodeReached) => Trap::Unreachable,
        Some(Engine::MemoryOutOfBounds) => Trap::OutOfBounds,
        Some(Engine::StackOverflow) => Trap::StackOverflow,
        Some(Engine::OutOfFuel) => Trap::OutOfFuel,
        Some(Engine::Interrupt) => Trap::Timeout,
        _ => Trap::Other,
    }
}
