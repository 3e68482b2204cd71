//! Checks exit codes and the standard streams.

use std::time::Duration;

use super::{Check, Seen, check, seen};
use crate::probe::attempt::{Attempt, Inputs, code};
use crate::probe::guests::{COPIES_STDIN, EXITS, SAYS_ERR, SAYS_OUT};
use matrix_model::case::Step;
use matrix_model::connection::StdinKind;
use matrix_model::content::quoted;

pub fn all() -> Vec<Check> {
    vec![streams(), stdin_pipe(), stdin_conversation(), stdin_null(), stdin_closed(), stdin_file()]
}

pub fn exit(number: i32) -> Check {
    let name = match number {
        0 => "exit-0",
        1 => "exit-1",
        42 => "exit-42",
        125 => "exit-125",
        126 => "exit-126",
        127 => "exit-127",
        128 => "exit-128",
        200 => "exit-200",
        _ => "exit-255",
    };
    let inputs = Inputs::of(EXITS).args(&[&number.to_string()]);
    let judge = move |_: &Inputs, attempt: &Attempt| match attempt.outcome() {
        Some(outcome) => seen(code(&outcome.exit) == Some(number), outcome.exit.to_string()),
        None => seen(false, attempt.told()),
    };
    // Codes above 125 have a special meaning to shells, and some runtimes avoid them.
    Check { observes: number > 125, ..check(name, format!("exit {number}"), inputs, judge) }
}

fn streams() -> Check {
    let given = format!("stdout {}, stderr {}", quoted(SAYS_OUT), quoted(SAYS_ERR));
    check("streams", given, Inputs::of(EXITS).args(&["0"]), |_, attempt| {
        let good =
            attempt.outcome().is_some_and(|outcome| *outcome.stdout == *SAYS_OUT && *outcome.stderr == *SAYS_ERR);
        seen(good, attempt.told())
    })
}

/// The bytes that a guest copied, and the type that it saw for descriptor 0.
fn copied(attempt: &Attempt) -> Option<(&[u8], String)> {
    let (kind, bytes) = attempt.outcome()?.stdout.split_first()?;
    let kind = match kind.checked_sub(b'0') {
        Some(number) if *kind != b'?' => format!("file type {number}"),
        _ => "no file type".to_owned(),
    };
    Some((bytes, kind))
}

fn same_bytes(expected: &[u8], attempt: &Attempt) -> Seen {
    match (copied(attempt), attempt.output()) {
        (Some((bytes, kind)), Some(_)) if bytes == expected => {
            seen(true, format!("{} bytes and their end, {kind}", bytes.len()))
        }
        (Some((bytes, kind)), _) if bytes.len() > 200 => {
            let same = bytes.iter().zip(expected).take_while(|(a, b)| a == b).count();
            let exit = attempt.outcome().map_or_else(String::new, |outcome| outcome.exit.to_string());
            seen(false, format!("{} bytes, of which the first {same} are the same; {exit}, {kind}", bytes.len()))
        }
        _ => seen(false, attempt.told()),
    }
}

fn stdin_pipe() -> Check {
    // More than a pipe holds, with every byte value.
    let bytes: Vec<u8> = (0..=255).cycle().take(80_000).collect();
    let inputs = Inputs::of(COPIES_STDIN).stdin(StdinKind::Pipe, &bytes);
    check("stdin-pipe", "a pipe with 80000 bytes", inputs, |inputs, attempt| same_bytes(&inputs.case.stdin, attempt))
}

fn stdin_conversation() -> Check {
    let write = |text: &str| Step::Write(text.as_bytes().to_vec());
    // A runtime that reads all of stdin before the guest begins never answers.
    let read = |text: &str| Step::Read(text.as_bytes().to_vec());
    let steps = vec![write("ping\n"), read("ping\n"), write("pong"), read("pong"), Step::Close];
    let inputs = Inputs::of(COPIES_STDIN).steps(steps).deadline(Duration::from_secs(10));
    let given = "a pipe that goes on when it is answered";
    check("stdin-conversation", given, inputs, |_, attempt| same_bytes(b"ping\npong", attempt))
}

fn stdin_null() -> Check {
    let inputs = Inputs::of(COPIES_STDIN).stdin(StdinKind::Null, b"");
    check("stdin-null", "/dev/null", inputs, |_, attempt| same_bytes(b"", attempt))
}

fn stdin_file() -> Check {
    let inputs = Inputs::of(COPIES_STDIN).stdin(StdinKind::File, b"a file\0\xff\n");
    let given = "a file with 9 bytes";
    check("stdin-file", given, inputs, |inputs, attempt| same_bytes(&inputs.case.stdin, attempt))
}

fn stdin_closed() -> Check {
    let inputs = Inputs::of(COPIES_STDIN).stdin(StdinKind::Closed, b"");
    check("stdin-closed", "no descriptor 0", inputs, |_, attempt| match (attempt.outcome(), copied(attempt)) {
        // Reading may fail or find the end at once. It must not find a file that something else opened as descriptor 0.
        (Some(outcome), Some(([], kind))) => {
            seen(code(&outcome.exit).is_some(), format!("nothing to read, {}, {kind}", outcome.exit))
        }
        _ => seen(false, attempt.told()),
    })
}
