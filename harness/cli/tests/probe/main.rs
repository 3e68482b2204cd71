//! `cargo test`: the contract probe in every runtime's default column that is here, and the probe itself against fake
//! adapters. With `WASIP1_MATRIX_ALL` set, in every version and mode that is here.

mod adapters;
mod fake;

#[path = "../support/command.rs"]
mod command;
#[path = "../support/project.rs"]
mod project;

use std::env;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use libtest_mimic::{Arguments, Failed, Trial};
use matrix_model::matrix::Column;
use matrix_model::suite::Suite;
use matrix_provision::discover;
use matrix_provision::notice::Notice;
use matrix_provision::provisioner::Provisioner;
use matrix_run::probe::{self, Probe};
use matrix_store::dirs::Places;

fn main() -> ExitCode {
    fake::play_if_asked();
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<ExitCode> {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    // Trials outlive this function's borrows; the suite lives as long as the process anyway.
    let suite: &'static Suite = Box::leak(Box::new(matrix_load::suite(&root, None, &probe::names())?));
    let places = Places::of(&root, env::var_os("WASIP1_MATRIX_OFFLINE").is_some())?;
    let columns = discover::find(&suite.runtimes, &[], &places);
    let all = env::var_os("WASIP1_MATRIX_ALL").is_some();
    let meant = |index: &usize| columns[*index].primary || (all && !columns[*index].is_missing());
    let chosen: Vec<usize> = (0..columns.len()).filter(meant).collect();
    let named = |index: &usize| {
        let name = columns[*index].to_string();
        let is = |word: &String| if arguments.exact { name == *word } else { name.contains(word.as_str()) };
        let here = !columns[*index].is_missing() && probe::exempt(&columns[*index]).is_none();
        here && arguments.filter.iter().all(is) && !arguments.skip.iter().any(is)
    };
    // What no trial asks for is not built.
    let to_build: Vec<usize> = chosen.iter().copied().filter(|index| !arguments.list && named(index)).collect();
    let notify = Arc::new(|notice: &Notice| eprintln!("{notice}"));
    let provisioner = Provisioner::new(suite, places, columns, to_build, notify);
    let provisioner: &'static Provisioner = Box::leak(Box::new(provisioner));
    let probe: &'static Probe = Box::leak(Box::new(Probe::new(provisioner)?));
    let mut trials = adapters::trials();
    trials.extend(chosen.into_iter().map(|index| trial(&provisioner.columns()[index], probe, index)));
    let conclusion = libtest_mimic::run(&arguments, trials);
    Ok(if conclusion.has_failed() { ExitCode::from(101) } else { ExitCode::SUCCESS })
}

fn trial(column: &Column, probe: &'static Probe, index: usize) -> Trial {
    // The probe's guests are modules, which nothing native can run.
    let kind = match (column.is_missing(), column.runtime.is_reference()) {
        (true, _) => "unavailable",
        (_, true) => "not probed: the reference runs no modules",
        _ => "",
    };
    let judge = move || {
        let findings = probe.column(index)?;
        let red: Vec<_> = findings.iter().filter(|finding| finding.standing.is_red()).collect();
        match red[..] {
            [] => Ok(()),
            _ => Err(Failed::from(red.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))),
        }
    };
    Trial::test(column.to_string(), judge).with_kind(kind).with_ignored_flag(!kind.is_empty())
}
