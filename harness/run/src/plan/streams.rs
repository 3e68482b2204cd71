//! What a case says of its standard streams, as what a process is started with.

use std::path::Path;

use matrix_model::case::{Case, Step};
use matrix_model::connection::{OutputKind, StdinKind};
use matrix_supervise::{Beside, Feed, Outputs, Sink, Stdin};

/// The stdin of a case in this sandbox.
pub(super) fn stdin(case: &Case, sandbox: &Path) -> Stdin {
    if !case.steps.is_empty() {
        let feeds = case.steps.iter().map(feed).collect();
        return match case.stdin_kind {
            StdinKind::Socket => Stdin::Socket(feeds),
            StdinKind::Terminal => Stdin::Terminal(feeds),
            _ => Stdin::Pipe(feeds),
        };
    }
    let written = || Feed::Write(case.stdin.clone());
    match case.stdin_kind {
        StdinKind::Null => Stdin::Null,
        StdinKind::Closed => Stdin::Closed,
        StdinKind::File => Stdin::File(sandbox.join("stdin")),
        StdinKind::Open => Stdin::Pipe(vec![written()]),
        StdinKind::Pipe => Stdin::Pipe(vec![written(), Feed::Close]),
        StdinKind::Socket => Stdin::Socket(vec![written(), Feed::Close]),
        StdinKind::Terminal => Stdin::Terminal(vec![written(), Feed::Close]),
    }
}

/// The outputs of a case in this sandbox.
pub(super) fn outputs(case: &Case, sandbox: &Path) -> Outputs {
    let sink = |kind: &OutputKind, name: &str| match kind {
        OutputKind::Pipe | OutputKind::Stdout => Sink::Pipe,
        OutputKind::File => Sink::File(sandbox.join(name)),
        OutputKind::Append(content) => Sink::Append(sandbox.join(name), content.clone().into_bytes()),
        OutputKind::Null => Sink::Null,
        OutputKind::Full => Sink::Full,
        OutputKind::Closed => Sink::Closed,
        OutputKind::EarlyReader(bytes) => Sink::EarlyReader(*bytes),
        OutputKind::SlowReader => Sink::SlowReader,
        OutputKind::Socket => Sink::Socket,
        OutputKind::Terminal => Sink::Terminal,
    };
    Outputs {
        stdout: sink(&case.stdout_kind, "stdout"),
        stderr: sink(&case.stderr_kind, "stderr"),
        together: case.stderr_kind == OutputKind::Stdout,
        endless: false,
    }
}

/// What another process does with a case's descriptors.
pub(super) fn beside(case: &Case) -> Beside {
    Beside {
        reads: case.before.reads,
        writes: case.before.writes.clone().into_bytes(),
        nonblocking: case.before.nonblocking.iter().map(|stream| stream.descriptor()).collect(),
        writes_after: case.after.writes.clone().into_bytes(),
        reads_rest: case.expect.stdin_rest.is_some(),
        looks_at_flags: case.expect.changed_flags.is_some(),
    }
}

fn feed(step: &Step) -> Feed {
    match step {
        Step::Write(bytes) => Feed::Write(bytes.clone()),
        Step::Wait(duration) => Feed::Wait(*duration),
        Step::Read(bytes) => Feed::Read(bytes.clone()),
        Step::Close => Feed::Close,
    }
}
