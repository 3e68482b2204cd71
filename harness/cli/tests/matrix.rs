//! `cargo test`: the whole matrix, one trial for each cell.
//!
//! Words after `--` select cells: a cell is selected if its name, with or without its version, contains every word.
//! `WASIP1_MATRIX_ALL=1` takes every installed version and mode, not only each runtime's default one.
//! `WASIP1_MATRIX_GO=1.24` builds the guests with that Go.
//!
//! Under `cargo nextest` each cell is a process of its own, which finds the guests and the hosts built; its records are
//! the same, and `wasip1-matrix report --changed` makes the page of them.

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, bail};
use libtest_mimic::{Arguments, Failed, Trial};
use matrix_model::matrix::{Breadth, Cell, Filter, cells};
use matrix_model::record::Record;
use matrix_model::skip_reason::before_guests;
use matrix_model::suite::Suite;
use matrix_model::text::{self, Replay};
use matrix_model::verdict::{Colour, Need, Verdict};
use matrix_provision::discover;
use matrix_provision::host_builder;
use matrix_provision::notice::Notice;
use matrix_provision::provisioner::Provisioner;
use matrix_provision::surround::Surroundings;
use matrix_provision::toolchain::releases;
use matrix_run::cpu_slots::processors;
use matrix_run::probe;
use matrix_run::schedule::{Schedule, ScheduleOptions};
use matrix_store::dirs::Places;
use matrix_store::folder_lock::FolderLock;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<ExitCode> {
    let (mut filter, mut arguments) = split(env::args());
    let jobs = arguments.test_threads.unwrap_or_else(processors);
    // Twice as many threads as cells that may compute: those that wait must not keep a processor idle.
    arguments.test_threads.get_or_insert(2 * jobs);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    // Trials outlive this function's borrows; the suite lives as long as the process anyway.
    let suite: &'static Suite = Box::leak(Box::new(matrix_load::suite(&root, None, &probe::names())?));
    let places = Places::of(&root, env::var_os("WASIP1_MATRIX_OFFLINE").is_some())?;
    let required = named("WASIP1_MATRIX_REQUIRE");
    filter.columns = required.iter().filter(|id| id.contains('@')).cloned().collect();
    filter.breadth = if env::var_os("WASIP1_MATRIX_ALL").is_some() { Breadth::All } else { Breadth::Primary };
    let gos = releases(&named("WASIP1_MATRIX_GO"), &root)?;
    let mut columns = discover::find(&suite.runtimes, &gos, &places);
    let surroundings = Surroundings::new(suite, env!("CARGO_BIN_EXE_wasip1-matrix").into());
    columns.extend(surroundings.columns(&columns, &suite.surroundings_in(&filter.words), &places)?);
    let mut cells = cells(&columns, &suite.cases, &filter);
    if cells.is_empty() && !arguments.list && env::var_os("NEXTEST").is_some() {
        // It takes the exit code for the cell's: a name that means none must not pass.
        bail!("no cell is called {}", filter.words.join(" "));
    }
    // Cells whose runtime is there already come first, those that must run alone last.
    cells.sort_by_key(|cell| (cell.case.alone, host_builder::turn(&columns[cell.column]), cell.column, &cell.case.id));
    // Under `cargo nextest` this process is one of many, each with a cell of its own.
    let instead = "end it";
    let _held = (!arguments.list).then(|| FolderLock::take_together(&places.records, instead)).transpose()?;
    let needed: Vec<_> = cells.iter().filter(|_| !arguments.list).map(|cell| cell.column).collect();
    let notify = Arc::new(|notice: &Notice| eprintln!("{notice}"));
    let provisioner = Provisioner::new(suite, places, columns, needed.iter().copied(), notify);
    // If no guest builds, no cell may look judged. If some do, the cells of the others are errors.
    provisioner.build_guests(needed)?;
    let schedule = Schedule::new(provisioner, ScheduleOptions { jobs, ..ScheduleOptions::default() });
    let schedule: &'static Schedule = Box::leak(Box::new(schedule));
    let provisioner = schedule.provisioner();
    let trials = cells.into_iter().map(|cell| trial(schedule, cell, &required, arguments.list));
    let trials = trials.collect::<Result<_>>()?;
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list && provisioner.compiled().fresh() > 0 {
        let compiles = provisioner.compiled().fresh();
        println!("{compiles} guests compiled ahead of their cells; the next run finds them in the cache");
    }
    Ok(if conclusion.has_failed() { ExitCode::from(101) } else { ExitCode::SUCCESS })
}

fn trial(schedule: &'static Schedule, cell: Cell<'static>, required: &[String], list: bool) -> Result<Trial> {
    let (name, column) = (schedule.name(&cell), schedule.column(&cell));
    let reason = match list {
        true => before_guests(column, cell.case),
        false => schedule.provisioner().skip_reason(cell.column, cell.case)?,
    };
    let skipped = reason.map(Verdict::from);
    let kind = skipped.as_ref().map_or("", Verdict::word);
    let missing = matches!(skipped, Some(Verdict::Unavailable { .. }));
    let red = missing && (required.contains(&column.runtime.id) || required.contains(&column.to_string()));
    if skipped.is_some()
        && !list
        && let Err(error) = schedule.judge(&cell)
    {
        eprintln!("{error}");
    }
    let ignored = skipped.is_some() && !red;
    Ok(Trial::test(name, move || judge(schedule, &cell)).with_kind(kind).with_ignored_flag(ignored))
}

fn judge(schedule: &Schedule, cell: &Cell) -> Result<(), Failed> {
    let record = schedule.judge(cell)?;
    let told = |record: &Record| {
        let places = schedule.provisioner().places();
        let sandbox = places.sandbox(&record.cell);
        let Places { state, store, root, .. } = places;
        text::cell(record, cell.case, &Replay { sandbox: &sandbox, state, store, root, suite: None })
    };
    match (&record.verdict, record.verdict.colour()) {
        // That it cannot be judged is known only now, and says nothing about the runtime.
        (Verdict::Unsupported { needs: Need::NativelyIn(_) }, _) => Ok(()),
        // Asked for by `--ignored`, or required: not judged is not passed.
        (Verdict::Unsupported { .. } | Verdict::Unavailable { .. }, _) | (_, Colour::Red) => Err(told(&record).into()),
        _ => Ok(()),
    }
}

/// A cell's name as it is listed, without the kind that a cell which is not run has before it.
fn plain(word: &str) -> &str {
    match word.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        Some((_, name)) => name,
        None => word,
    }
}

/// The names in a variable, separated by commas.
fn named(variable: &str) -> Vec<String> {
    let names = env::var(variable).unwrap_or_else(|_| String::new());
    names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Takes the words, `--skip` and `--exact` out of the arguments: they mean more here than in a test binary.
fn split(args: impl Iterator<Item = String>) -> (Filter, Arguments) {
    const WITH_VALUE: [&str; 5] = ["--test-threads", "--logfile", "--format", "--color", "-Z"];
    let mut filter = Filter::default();
    let mut rest = Vec::new();
    let mut args = args;
    rest.extend(args.next());
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--exact" => filter.exact = true,
            "--skip" => filter.skip.extend(args.next()),
            _ if WITH_VALUE.contains(&arg.as_str()) => {
                rest.push(arg);
                rest.extend(args.next());
            }
            _ if arg.starts_with("--skip=") => filter.skip.push(arg["--skip=".len()..].to_owned()),
            _ if arg.starts_with('-') => rest.push(arg),
            _ => filter.words.push(plain(&arg).to_owned()),
        }
    }
    (filter, Arguments::from_iter(rest.into_iter().map(PathBuf::from)))
}
