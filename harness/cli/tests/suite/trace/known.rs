//! Known divergences of the two runtimes that any machine has: what is told of them, and that the call alone, in a
//! module that Go has no part in, differs still.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use matrix_model::beside_record::BesideRecord;
use matrix_model::matrix::Cell;
use matrix_model::outcome::{Exit, Outcome};
use matrix_model::suite::Suite;
use matrix_provision::discover;
use matrix_run::explain::{Side, explain};
use matrix_run::explain_all::Maker;
use matrix_run::probe;
use matrix_run::reproduction;
use matrix_run::schedule::{Schedule, ScheduleOptions};
use matrix_run::traced_run::TracedRuns;
use matrix_store::dirs::Places;
use matrix_store::latest_records::RecordedCell;
use wasip1_trace::repro;

use super::{provisioner, root};

/// A cell that is known to differ, the runtime that it is compared with, and what the call alone says. Where a runtime was
/// mended, another is to be named here.
const DIVERGENCES: [(&str, &str, &str, &str); 3] = [
    ("wazero", "dir/rename/across-preopens", "node", "path_rename: errno 52"),
    ("wazero", "dir/make/under-a-file", "node", "path_create_directory: errno 44"),
    ("node", "link/symbolic/target-of-128-bytes", "wazero", "path_readlink: errno 42"),
];

/// Gives a schedule with both runtimes, whose records go to a folder of their own, and the columns by id.
fn with_both(act: impl FnOnce(&Suite, &Schedule, &BTreeMap<&str, usize>) -> Result<()>) {
    let suite = matrix_load::suite(&root(), None, &probe::names()).expect("the project's files");
    let records = tempfile::TempDir::new().expect("a temporary folder");
    let places = Places::of(&root(), std::env::var_os("WASIP1_MATRIX_OFFLINE").is_some()).expect("folders");
    let places = Places { records: records.path().to_owned(), ..places };
    let columns = discover::find(&suite.runtimes, &[], &places);
    let named = ["node", "wazero"].map(|id| (id, *probe::named(&columns, id, false).first().expect(id)));
    let provisioner = provisioner(&suite, places, columns, &named.map(|(_, index)| index));
    let schedule = Schedule::new(provisioner, ScheduleOptions::default());
    act(&suite, &schedule, &named.into()).unwrap_or_else(|error| panic!("{error:#}"));
}

/// The two cells of a divergence, and the call that explains it in a module of its own.
fn alone<'s>(
    suite: &'s Suite,
    schedule: &Schedule,
    traces: &TracedRuns,
    columns: &BTreeMap<&str, usize>,
    (own, case, with, _): (&str, &str, &str, &str),
) -> Result<([Cell<'s>; 2], String)> {
    let case = suite.cases.iter().find(|known| known.id == case).context("no such case")?;
    let cells = [columns[own], columns[with]].map(|column| Cell { column, case });
    let names = cells.map(|cell| schedule.column(&cell).to_string());
    let seen = [traces.cell(cells[0].column, case)?, traces.cell(cells[1].column, case)?];
    let explanation = explain(Side { name: &names[0], seen: &seen[0] }, Side { name: &names[1], seen: &seen[1] });
    let index = explanation.at.with_context(|| explanation.sentence.clone())?;
    Ok((cells, repro(&seen[0].trace.calls, index).map_err(anyhow::Error::msg)?))
}

/// What a module says of its last call.
fn last_line(traces: &TracedRuns, cell: &Cell, text: &str) -> Result<String> {
    let Outcome { stdout, .. } = traces.alone(cell.column, cell.case, text)?;
    Ok(String::from_utf8(stdout.to_vec())?.lines().last().unwrap_or("").to_owned())
}

#[test]
fn a_call_alone_differs_as_it_did() {
    with_both(|suite, schedule, columns| {
        let traces = TracedRuns::new(schedule.provisioner(), 10_000);
        let differs = |one: (&str, &str, &str, &str)| -> Result<()> {
            let (cells, text) = alone(suite, schedule, &traces, columns, one)?;
            let (own, other) = (last_line(&traces, &cells[0], &text)?, last_line(&traces, &cells[1], &text)?);
            ensure!(own.starts_with(one.3) && own != other, "{own:?}, and {other:?} beside it\n{text}");
            Ok(())
        };
        let told =
            |one: (&str, &str, &str, &str)| differs(one).err().map(|error| format!("{}/{}: {error:#}", one.0, one.1));
        let failures: Vec<_> = DIVERGENCES.into_iter().filter_map(told).collect();
        ensure!(failures.is_empty(), "{}", failures.join("\n"));
        Ok(())
    });
}

/// The commands that are shown for a call alone are those of somebody who has the runtime and this project's checkout.
/// A shell runs them in an empty folder with the module in it.
#[test]
fn the_commands_for_a_call_alone_do_what_the_text_says() {
    with_both(|suite, schedule, columns| {
        let provisioner = schedule.provisioner();
        let traces = TracedRuns::new(provisioner, 10_000);
        for one in DIVERGENCES {
            let (cells, text) = alone(suite, schedule, &traces, columns, one)?;
            for cell in cells {
                let script = reproduction::of_text(provisioner, &traces, cell.column, cell.case, ("call.wat", &text))?;
                let script = script.map_err(anyhow::Error::msg)?;
                let folder = tempfile::TempDir::new()?;
                fs::write(folder.path().join("call.wat"), &text)?;
                // What the first command would make, for a machine without that program.
                fs::write(folder.path().join("call.wasm"), wat::parse_str(&text)?)?;
                let script = script.trim_start_matches("wasm-tools parse call.wat -o call.wasm\n");
                let runtimes = root().join("runtimes").canonicalize()?.display().to_string();
                let script = script.replace("/path/to/wasip1-matrix/runtimes", &runtimes);
                let programs = provisioner.ready(cell.column)?.installed.exe.parent().context("a folder")?.to_owned();
                let ended = Command::new("/bin/sh")
                    .args(["-c", &script])
                    .current_dir(folder.path())
                    .env_clear()
                    .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
                    .output()?;
                let printed = String::from_utf8(ended.stdout)?;
                let wanted = last_line(&traces, &cell, &text)?;
                ensure!(
                    printed.lines().any(|line| line == wanted),
                    "{}: {wanted:?} is not in {printed}{}\n{script}",
                    schedule.name(&cell),
                    String::from_utf8_lossy(&ended.stderr)
                );
            }
        }
        Ok(())
    });
}

#[test]
fn a_known_cell_is_explained_by_its_call() {
    with_both(|suite, schedule, columns| {
        let case = suite.cases.iter().find(|known| known.id == DIVERGENCES[0].1).context("no such case")?;
        let cell = Cell { column: columns["wazero"], case };
        let run = RecordedCell { cell, record: schedule.judge(&cell)? };
        let explained = Maker::new(schedule, 10_000, std::slice::from_ref(&run)).explain(&run)?;
        ensure!(explained.belongs_to(&run.record), "{explained:?}");
        ensure!(explained.function.as_deref() == Some("path_rename"), "{explained:?}");
        ensure!(explained.sentence.contains("with 52 nosys"), "{}", explained.sentence);
        let beside = explained.reference.as_ref().context("nothing beside it")?;
        ensure!(beside.column.starts_with("node@") && !explained.excerpt.is_empty(), "{explained:?}");
        let kept = serde_json::to_string(&explained)?;
        ensure!(!kept.contains(&root().display().to_string()), "{kept}");

        let mut ended_otherwise = run.clone();
        let outcome = ended_otherwise.record.outcome.as_mut().context("it was run")?;
        outcome.exit = Exit::Trap { reason: "unreachable".to_owned() };
        let runs = [ended_otherwise];
        let explained = Maker::new(schedule, 10_000, &runs).explain(&runs[0])?;
        ensure!(explained.function.is_none() && explained.cause.is_none(), "{explained:?}");
        ensure!(explained.sentence.contains("ended otherwise: exit"), "{}", explained.sentence);
        Ok(())
    });
}
