//! One digest of everything that a cell's outcome depends on. If a record's key equals today's key, the record holds
//! what a run today would show: the same runtime, driven the same way, got the same guest and the same inputs.
//!
//! The files of a case and a runtime say more than that: why the case exists, what it expects, what is known about the
//! runtime. None of that is in the key, because it does not change what happens. An outcome is always judged by the
//! current files.
//!
//! The names in the encoding are those of the TOML files. They stay the same when a field of a struct is renamed, so
//! records stay valid. Unused optional keys are not encoded, so that a new optional key in the files does not change
//! the key of any record.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result};
use host_contract::CONTRACT;
use host_contract::request::{Call, Clock, Limits, Random};
use serde::Serialize;

use matrix_model::case::{Case, Preopen, Step};
use matrix_model::connection::{After, Before, OutputKind, StdinKind};
use matrix_model::digest::{Encoder, hex_of};
use matrix_model::fixture::{Entry, Fixture, Fixtures};
use matrix_model::matrix::Column;
use matrix_model::record::Receipt;
use matrix_model::runtime::Adapter;

/// The version of the encoding. A new version invalidates every existing record. Raise it if the harness reads a
/// different outcome from the same process.
const VERSION: u32 = 1;

/// The key of a case in a column with this receipt. `sources` are those of the column's host.
///
/// # Errors
/// If a fixture cannot be read.
pub(crate) fn key(
    column: &Column,
    sources: &Encoder,
    case: &Case,
    receipt: &Receipt,
    fixtures: &Fixtures,
) -> Result<String> {
    let mut encoder = Encoder::new("record", VERSION);
    encoder.value("receipt", receipt)?;
    encoder.value("column", &column.to_string())?;
    encode_adapter(column, sources, &mut encoder)?;
    encode_surrounding(column, &mut encoder)?;
    let deadline = case.deadline * u32::from(column.runtime.deadline_factor.get());
    encoder.value("deadline-ms", &deadline.as_millis())?;
    encode_case(case, &mut encoder)?;
    for name in case.fixtures().collect::<BTreeSet<_>>() {
        let fixture = fixtures.get(name).with_context(|| format!("there is no fixture `{name}`"))?;
        encoder.bytes("fixture", name.as_bytes());
        encode_fixture(fixture, &mut encoder)?;
    }
    Ok(encoder.finish())
}

/// The content of a fixture: the path of each entry, and its bytes or its target.
fn encode_fixture(fixture: &Fixture, encoder: &mut Encoder) -> Result<()> {
    for (path, entry) in &fixture.entries {
        encoder.bytes("path", path.as_os_str().as_encoded_bytes());
        match entry {
            Entry::Folder => encoder.bytes("folder", &[]),
            Entry::Copy(file) | Entry::Exact(file) => {
                encoder.bytes("file", &fs::read(file).with_context(|| file.display().to_string())?);
            }
            Entry::File(bytes) => encoder.bytes("file", bytes),
            Entry::Sparse(size) => encoder.value("sparse", size)?,
            Entry::Many(count) => encoder.value("many", count)?,
            Entry::Special(special) => encoder.value("special", special)?,
            Entry::Link(target) => encoder.bytes("link", target.as_bytes()),
        }
    }
    Ok(())
}

/// Which runtime a column has, and how it is driven, as part of a digest.
///
/// # Errors
/// If a value cannot be encoded.
pub(crate) fn runtime_part(column: &Column, sources: &Encoder, sha256: &str) -> Result<Encoder> {
    let mut part = Encoder::part();
    part.value("column", &column.to_string())?;
    part.value("runtime-sha256", &sha256)?;
    encode_adapter(column, sources, &mut part)?;
    encode_surrounding(column, &mut part)?;
    Ok(part)
}

/// How the runtime is driven, and our sources that drive it.
fn encode_adapter(column: &Column, sources: &Encoder, encoder: &mut Encoder) -> Result<()> {
    let adapter = &column.mode.adapter;
    encoder.value("adapter", adapter)?;
    if let Adapter::Host(_) = adapter {
        encoder.value("contract", &CONTRACT)?;
    }
    if matches!(adapter, Adapter::Host(_)) || column.mode.mentions("folder") || column.mode.mentions("built") {
        encoder.append(sources);
    }
    Ok(())
}

/// What the column's surrounding denies. Of a column on the machine as it is, nothing is encoded.
fn encode_surrounding(column: &Column, encoder: &mut Encoder) -> Result<()> {
    match &column.surrounded {
        Some(surrounded) => Ok(encoder.value("surrounding", &surrounded.surrounding.restriction)?),
        None => Ok(()),
    }
}

/// The inputs that a case gives its guest, and what is checked afterwards, named as in `cases/README.md`.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Given<'c> {
    guest: &'c str,
    args: &'c [String],
    env: &'c [(String, String)],
    #[serde(skip_serializing_if = "is_default")]
    host_env: &'c [(String, String)],
    dirs: Vec<Dir<'c>>,
    outside: &'c BTreeMap<String, String>,
    #[serde(skip_serializing_if = "is_default")]
    stdin_kind: StdinKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    stdout_kind: Option<&'c OutputKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stderr_kind: Option<&'c OutputKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'c Before>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'c After>,
    step: Vec<GivenStep>,
    limits: Limits,
    #[serde(skip_serializing_if = "is_default")]
    clock: Clock,
    #[serde(skip_serializing_if = "is_default")]
    random: Random,
    exports: &'c [Call],
    alone: bool,
    looked_at: LookedAt<'c>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Dir<'c> {
    guest: &'c str,
    fixture: &'c str,
    read_only: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum GivenStep {
    /// In hexadecimal, like all bytes here.
    Write(String),
    WaitMs(u128),
    Read(String),
    Close,
}

/// What the harness looks at after the guest has ended. The findings themselves are judged again each time.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct LookedAt<'c> {
    files: Vec<&'c String>,
    outside: Vec<&'c String>,
    /// Whether the guest is run a second time.
    again: bool,
    /// Whether the rest of stdin is read.
    #[serde(skip_serializing_if = "is_default")]
    stdin_rest: bool,
    /// Whether the flags of its descriptors are compared with those before.
    #[serde(skip_serializing_if = "is_default")]
    changed_flags: bool,
}

fn unless_default<T: Default + PartialEq>(value: &T) -> Option<&T> {
    Some(value).filter(|value| !is_default(*value))
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Every field of a case is listed, so that adding a field requires deciding whether an outcome depends on it.
fn encode_case(case: &Case, encoder: &mut Encoder) -> Result<()> {
    let Case {
        guest,
        args,
        env,
        host_env,
        dirs,
        outside,
        stdin,
        stdin_kind,
        stdout_kind,
        stderr_kind,
        before,
        after,
        steps,
        limits,
        clock,
        random,
        exports,
        alone,
        expect,
        // The column affects it too.
        deadline: _,
        // Descriptions of the case.
        id: _,
        area: _,
        location: _,
        why: _,
        doc: _,
        // Conditions for running it at all. They are evaluated again each time.
        named_needs: _,
        go: _,
        // How the outcome is judged.
        tier: _,
        promise: _,
        native: _,
        got_out: _,
        found_out: _,
        placement: _,
    } = case;
    let given = Given {
        guest,
        args,
        env,
        host_env,
        dirs: dirs.iter().map(dir).collect(),
        outside,
        stdin_kind: *stdin_kind,
        stdout_kind: unless_default(stdout_kind),
        stderr_kind: unless_default(stderr_kind),
        before: unless_default(before),
        after: unless_default(after),
        step: steps.iter().map(step).collect(),
        limits: *limits,
        clock: *clock,
        random: *random,
        exports,
        alone: *alone,
        looked_at: LookedAt {
            files: expect.files.keys().collect(),
            outside: expect.outside.keys().collect(),
            again: expect.again.is_some(),
            stdin_rest: expect.stdin_rest.is_some(),
            changed_flags: expect.changed_flags.is_some(),
        },
    };
    encoder.value("case", &given)?;
    encoder.bytes("stdin", stdin);
    Ok(())
}

fn dir(preopen: &Preopen) -> Dir<'_> {
    let Preopen { guest, fixture, read_only } = preopen;
    Dir { guest, fixture, read_only: *read_only }
}

fn step(step: &Step) -> GivenStep {
    match step {
        Step::Write(bytes) => GivenStep::Write(hex_of(bytes)),
        Step::Wait(duration) => GivenStep::WaitMs(duration.as_millis()),
        Step::Read(bytes) => GivenStep::Read(hex_of(bytes)),
        Step::Close => GivenStep::Close,
    }
}

#[cfg(test)]
mod tests;
