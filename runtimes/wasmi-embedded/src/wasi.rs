//! What the guest sees of the world: a request in the words of `wasi-common`.

use anyhow::Context;
use cap_std::time::{Duration, Instant, SystemTime};
use host_contract::determinism::{Ticks, seeded_bytes};
use host_contract::request::{Clock, Random, Request};
use wasmi_wasi::wasi_common::clocks::WasiMonotonicOffsetClock;
use wasmi_wasi::wasi_common::random::Deterministic;
use wasmi_wasi::wasi_common::{RngCore, Table, WasiClocks, WasiMonotonicClock, WasiSystemClock};
use wasmi_wasi::{Dir, WasiCtx, ambient_authority, clocks_ctx, random_ctx, sched_ctx, stdio};

/// The WASI context a request asks for, on the process's own stdio.
pub fn context(request: &Request) -> anyhow::Result<WasiCtx> {
    let random: Box<dyn RngCore + Send + Sync> = match request.random {
        Random::Real => random_ctx(),
        Random::Seed(seed) => Box::new(Deterministic::new(seeded_bytes(seed))),
    };
    let clocks = match request.clock {
        Clock::Real => clocks_ctx(),
        Clock::Fixed { start_ns, step_ns } => fixed_clocks(start_ns, step_ns),
    };
    let mut context = WasiCtx::new(random, clocks, sched_ctx(), Table::new());
    context.set_stdin(Box::new(stdio::stdin()));
    context.set_stdout(Box::new(stdio::stdout()));
    context.set_stderr(Box::new(stdio::stderr()));
    for argument in &request.argv {
        context.push_arg(argument).with_context(|| format!("cannot pass the argument {argument:?}"))?;
    }
    for (name, value) in &request.env {
        context.push_env(name, value).with_context(|| format!("cannot pass the variable {name:?}"))?;
    }
    for dir in &request.dirs {
        let opened = Dir::open_ambient_dir(&dir.host, ambient_authority())
            .with_context(|| format!("cannot open {}", dir.host.display()))?;
        let opened = wasmi_wasi::dir::Dir::from_cap_std(opened);
        context
            .push_preopened_dir(Box::new(opened), &dir.guest)
            .map_err(|error| anyhow::anyhow!("cannot map {:?}: {error}", dir.guest))?;
    }
    Ok(context)
}

fn fixed_clocks(start_ns: u64, step_ns: u64) -> WasiClocks {
    // wasi-common shows the guest the time since `creation_time`, so the base may be any instant.
    let base = Instant::from_std(std::time::Instant::now());
    let monotonic = FixedMonotonic { base, ticks: Ticks::new(start_ns, step_ns) };
    WasiClocks {
        system: Some(Box::new(FixedSystem(Ticks::new(start_ns, step_ns)))),
        monotonic: Some(WasiMonotonicOffsetClock { creation_time: base, abs_clock: Box::new(monotonic) }),
    }
}

struct FixedSystem(Ticks);

impl WasiSystemClock for FixedSystem {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self, _precision: Duration) -> SystemTime {
        SystemTime::from_std(std::time::UNIX_EPOCH + Duration::from_nanos(self.0.read()))
    }
}

struct FixedMonotonic {
    base: Instant,
    ticks: Ticks,
}

impl WasiMonotonicClock for FixedMonotonic {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self, _precision: Duration) -> Instant {
        self.base + Duration::from_nanos(self.ticks.read())
    }
}
