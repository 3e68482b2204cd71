//! Cells come to the same, traced and untraced.

use std::fs;

use anyhow::Context;
use matrix_run::module_input::ModuleInput;
use matrix_run::probe;
use matrix_run::traced_run::{TracedRuns, difference};
use wasip1_trace::asks_first;

use super::{root, with_wazero};

/// Cases of each kind of host call; none that differs from run to run by itself.
const CASES: [&str; 5] = ["args/one", "exit/code-125", "stdio/", "preopen/", "clock/"];

#[test]
fn cells_come_to_the_same() {
    let suite = matrix_load::suite(&root(), None, &probe::names()).expect("the project's files");
    with_wazero(&suite, |provisioner, column| {
        let traces = TracedRuns::new(provisioner, 10_000);
        let mut seen = 0;
        for word in CASES {
            let is_meant = |case: &&matrix_model::case::Case| {
                let plain = case.steps.is_empty() && case.named_needs.is_empty() && !case.alone && case.go.is_none();
                case.id.starts_with(word) && plain
            };
            for case in suite.cases.iter().filter(is_meant).take(1) {
                if provisioner.skip_reason(column, case)?.is_some() {
                    continue;
                }
                let untraced = traces.cell_untraced(column, case)?;
                let traced = traces.cell(column, case)?;
                assert!(!traced.trace.calls.is_empty(), "{}", case.id);
                assert_eq!(traced.trace.broken, 0, "{}", case.id);
                let tells = traces.tells_of_its_own_file(column, case, &untraced, &traced.outcome)?;
                assert!(!tells, "{}: a difference would be put down to a file that it does not speak of", case.id);
                if let Some(how) = difference(case, &untraced, &traced.outcome) {
                    let again = traces.cell_untraced(column, case)?;
                    assert!(difference(case, &untraced, &again).is_some(), "{}: {how}", case.id);
                } else {
                    assert!(!traces.moves(column, case, &untraced)?, "{}: any difference would be excused", case.id);
                }
                seen += 1;
            }
        }
        assert_eq!(seen, CASES.len(), "a word that no case begins with, or that lacks something");
        Ok(())
    });
}

/// What tells whether a cell can be traced to the same at all: one call more, before all others, and nothing else.
#[test]
fn a_guest_can_be_made_to_ask_first() {
    let suite = matrix_load::suite(&root(), None, &probe::names()).expect("the project's files");
    with_wazero(&suite, |provisioner, column| {
        let guest = &provisioner.guests(column)?.named("args")?.module;
        let folder = tempfile::TempDir::new()?;
        let asking = folder.path().join("args.wasm");
        fs::write(&asking, asks_first(&fs::read(guest)?)?.context("it never asks")?)?;
        let traces = TracedRuns::new(provisioner, 10_000);
        let input = ModuleInput { args: vec!["count".to_owned()], ..ModuleInput::default() };
        let called = |module| -> anyhow::Result<Vec<String>> {
            let seen = traces.module(column, module, &input)?;
            assert_eq!(*seen.outcome.stdout, *b"1\n");
            // How often Go's scheduler looks at the clock is a matter of time.
            let functions = seen.trace.calls.into_iter().map(|call| call.function);
            Ok(functions.filter(|function| function != "clock_time_get").collect())
        };
        let (before, mut after) = (called(guest)?, called(&asking)?);
        assert_eq!(after.remove(0), "fd_fdstat_get");
        assert_eq!(before, after);
        Ok(())
    });
}
