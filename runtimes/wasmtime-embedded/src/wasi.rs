//! What the guest sees of the world: a request in the words of `wasmtime-wasi`.

use std::time::Duration;

use host_contract::determinism::{Ticks, seeded_bytes};
use host_contract::request::{Clock, Random, Request};
use wasmtime::error::Context;
use wasmtime_wasi::random::Deterministic;
use wasmtime_wasi::{FsPerms, HostMonotonicClock, HostWallClock, WasiCtxBuilder};

/// The WASI context a request asks for, on the process's own stdio, ready to be built.
pub fn builder(request: &Request) -> wasmtime::Result<WasiCtxBuilder> {
    let mut builder = WasiCtxBuilder::new();
    builder.inherit_stdio().args(&request.argv).envs(&request.env);
    // The guest has a thread to itself, so its blocking calls may block.
    builder.allow_blocking_current_thread(true);
    for dir in &request.dirs {
        let perms = if dir.read_only { FsPerms::ReadOnly } else { FsPerms::ReadWrite };
        builder
            .preopened_dir(&dir.host, &dir.guest, perms)
            .with_context(|| format!("cannot open {} as {:?}", dir.host.display(), dir.guest))?;
    }
    if let Clock::Fixed { start_ns, step_ns } = request.clock {
        builder.wall_clock(FixedClock(Ticks::new(start_ns, step_ns)));
        builder.monotonic_clock(FixedClock(Ticks::new(start_ns, step_ns)));
    }
    if let Random::Seed(seed) = request.random {
        builder.secure_random(Deterministic::new(seeded_bytes(seed)));
    }
    Ok(builder)
}

struct FixedClock(Ticks);

impl HostWallClock for FixedClock {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.read())
    }
}

impl HostMonotonicClock for FixedClock {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        self.0.read()
    }
}
