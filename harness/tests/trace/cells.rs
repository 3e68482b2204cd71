//! Cells come to the same, traced and untraced.

use wasip1_matrix::load::Suite;
use wasip1_matrix::matrix::Cell;
use wasip1_matrix::trace::{Traces, difference};

use super::{root, with_wazero};

/// Cases of each kind of host call; none that differs from run to run by itself.
const CASES: [&str; 5] = ["args/one", "exit/code-125", "stdio/", "preopen/", "clock/"];

#[test]
fn cells_come_to_the_same() {
    let suite = Suite::load(&root(), None).expect("the project's files");
    with_wazero(&suite, |session, column| {
        let traces = Traces::new(session, 10_000);
        let mut seen = 0;
        for word in CASES {
            let is_meant = |case: &&wasip1_matrix::case::Case| {
                let plain = case.steps.is_empty() && case.named_needs.is_empty() && !case.alone && case.go.is_none();
                case.id.starts_with(word) && plain
            };
            for case in suite.cases.iter().filter(is_meant).take(1) {
                if session.foregone(&Cell { column, case }).is_some() {
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
                }
                seen += 1;
            }
        }
        assert_eq!(seen, CASES.len(), "a word that no case begins with, or that lacks something");
        Ok(())
    });
}
