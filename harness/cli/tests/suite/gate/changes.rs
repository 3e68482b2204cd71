//! `diff`: each kind of change, which columns are compared, and how it is told.

use std::ffi::OsString;
use std::time::Duration;

use matrix_model::capability::Capability;
use matrix_model::case::Tier;
use matrix_model::expectation::Aspect;
use matrix_model::record::Record;
use matrix_model::results::{ColumnFacts, Results};
use matrix_model::verdict::{Failure, Need, Verdict};
use matrix_report::changes::{Between, Changes, CondensedResults, Kind, show};
use matrix_supervise::{Beside, Outputs, Spec, Stdin};
use serde_json::Value;

use super::surroundings::Files;
use crate::report::large;
use crate::report::sample::{HOSTILE, case, column, difference, further, idle, known, ran, results};

/// A run of one runtime at a version, with these verdicts.
pub(crate) fn run(version: &str, verdicts: &[(&str, Verdict)]) -> Results {
    let facts = column("wazero", "wazero", version);
    of_column(&facts, verdicts)
}

fn of_column(facts: &ColumnFacts, verdicts: &[(&str, Verdict)]) -> Results {
    let records = verdicts.iter().map(|(id, verdict)| record(facts, id, verdict)).collect();
    let cases = verdicts.iter().map(|(id, _)| case(id, Tier::Must)).collect();
    results(vec![facts.clone()], cases, records)
}

fn record(facts: &ColumnFacts, id: &str, verdict: &Verdict) -> Record {
    let mut record = match verdict {
        Verdict::Unsupported { .. } | Verdict::HarnessError { .. } => return idle(facts, id, verdict.clone()),
        // Another verdict comes from another output.
        _ if verdict.is_as_expected() => ran(facts, id, verdict.clone(), 0, b"renamed\n"),
        _ => ran(facts, id, verdict.clone(), 0, verdict.with_failure().as_bytes()),
    };
    if verdict.failure().is_some() {
        record.differences.push(difference());
    }
    if matches!(verdict, Verdict::Known { .. }) {
        record.divergence = Some(known());
    }
    record
}

pub(crate) fn fail(failure: Failure) -> Verdict {
    Verdict::Fail { failure }
}

pub(crate) fn known_as(failure: Failure) -> Verdict {
    Verdict::Known { failure }
}

pub(crate) fn unsupported() -> Verdict {
    Verdict::Unsupported { needs: Need::Capability(Capability::Fuel) }
}

fn error() -> Verdict {
    Verdict::HarnessError { message: "no space left on device".to_owned() }
}

fn compare(old: &Results, new: &Results) -> Changes {
    let files = Files::new();
    let (old, new) = (files.write("old.json", old), files.write("new.json", new));
    Changes::between(&CondensedResults::read(&old).unwrap(), &CondensedResults::read(&new).unwrap(), &Between::All)
        .unwrap()
}

#[test]
fn every_change_has_its_kind() {
    use Failure::{Trap, WrongOutput};
    let table = [
        (Verdict::Pass, fail(Trap), Some(Kind::NewlyBroken)),
        (Verdict::Pass, known_as(Trap), Some(Kind::NewlyBroken)),
        (Verdict::Stale, fail(Trap), Some(Kind::NewlyBroken)),
        (Verdict::Pass, error(), Some(Kind::NewlyBroken)),
        (known_as(Trap), error(), Some(Kind::NewlyBroken)),
        (fail(Trap), Verdict::Pass, Some(Kind::Fixed)),
        // What is mended is mended, although the entry about it is to go.
        (known_as(Trap), Verdict::Stale, Some(Kind::Fixed)),
        (error(), Verdict::Pass, Some(Kind::Fixed)),
        (known_as(Trap), known_as(WrongOutput), Some(Kind::BrokenOtherwise)),
        (known_as(Trap), fail(Trap), Some(Kind::BrokenOtherwise)),
        (fail(Trap), known_as(Trap), None),
        (Verdict::Pass, Verdict::Stale, None),
        (Verdict::Pass, unsupported(), Some(Kind::NoLongerJudged)),
        (unsupported(), fail(Trap), Some(Kind::NewlyJudged)),
        (unsupported(), unsupported(), None),
        (Verdict::Pass, Verdict::Pass, None),
    ];
    for (old, new, kind) in table {
        let changes = compare(&run("1.0.0", &[("a/b", old.clone())]), &run("1.0.0", &[("a/b", new.clone())]));
        assert_eq!(changes.cells.first().map(|change| change.kind), kind, "{old} → {new}");
        assert_eq!(changes.unchanged, usize::from(kind.is_none()));
        assert_eq!(changes.is_red(), kind == Some(Kind::NewlyBroken), "{old} → {new}");
    }
}

#[test]
fn the_same_output_is_unchanged_whatever_is_on_record() {
    let output = |verdict: Verdict| {
        let mut run = run("1.0.0", &[("a/b", verdict)]);
        run.records[0].outcome = ran(&run.columns[0], "a/b", Verdict::Pass, 0, b"the same\n").outcome;
        run
    };
    let (known, fail) = (output(known_as(Failure::WrongOutput)), output(fail(Failure::WrongOutput)));
    assert_eq!(compare(&known, &fail).unchanged, 1, "the range of the entry ends before this version");
    let mut asks = output(Verdict::Pass);
    asks.cases[0].expected[0].1 = "exit 1".to_owned();
    assert_eq!(compare(&asks, &fail).cells[0].kind, Kind::NewlyBroken, "another case has another promise");
    let flaky = output(Verdict::Flaky { red: 1, attempts: 2, failure: Some(Failure::Trap) });
    assert_eq!(compare(&output(Verdict::Pass), &flaky).cells[0].kind, Kind::NewlyFlaky);
}

#[test]
fn default_columns_are_compared_although_their_version_is_another() {
    let old = run("1.11.0", &[("a/b", Verdict::Pass)]);
    let mut new = run("1.12.0", &[("a/b", fail(Failure::Trap))]);
    // The old default version is still there, and a mode that was not.
    let before = ColumnFacts { primary: false, ..column("wazero", "wazero", "1.11.0") };
    let mode = further(&new.columns[0], "1.12.0", Some("interpreter"), None);
    new.records.extend([record(&before, "a/b", &Verdict::Pass), record(&mode, "a/b", &Verdict::Pass)]);
    new.columns.extend([before, mode]);
    let changes = compare(&old, &new);
    let pairs: Vec<_> = changes.compared.iter().map(|pair| (pair.old.as_str(), pair.new.as_str())).collect();
    assert_eq!(pairs, [("wazero@1.11.0", "wazero@1.12.0"), ("wazero@1.11.0", "wazero@1.11.0")]);
    assert_eq!(changes.columns_added, ["wazero@1.12.0+interpreter"]);
    assert!(changes.is_red());
    let told = show::terminal(&changes);
    assert!(
        told.contains(
            "\nwazero@1.11.0 → wazero@1.12.0: the default version changed, so these two are compared\n  version: 1.11.0 → 1.12.0\n"
        ),
        "{told}"
    );
    assert!(
        told.contains("\nnewly broken (1)\n  wazero@1.12.0/a/b  pass → fail (trap)\n      now, stdout: <b>no</b>\\n\n"),
        "{told}"
    );
}

#[test]
fn a_vendors_own_build_is_compared_with_the_default_version() {
    let old = run("1.12.0", &[("a/b", Verdict::Pass)]);
    let local = ColumnFacts {
        local: true,
        mode: None,
        primary: false,
        ..further(&old.columns[0], "1.13.0", Some("local"), None)
    };
    let new = of_column(&local, &[("a/b", fail(Failure::Trap))]);
    let changes = compare(&old, &new);
    assert_eq!(
        (changes.compared[0].old.as_str(), changes.compared[0].new.as_str()),
        ("wazero@1.12.0", "wazero@1.13.0+local")
    );
    assert!(changes.is_red());
    assert!(compare(&new, &new).cells.is_empty(), "the same build is compared with itself");
}

#[test]
fn what_came_and_what_went_is_told_and_is_not_red() {
    let old = run("1.0.0", &[("a/goes", Verdict::Pass), ("a/stays", Verdict::Pass), ("a/not-run", Verdict::Pass)]);
    let mut new = run("1.0.0", &[("a/stays", Verdict::Pass), ("a/comes", fail(Failure::Trap))]);
    new.cases.push(case("a/not-run", Tier::Must));
    let other = column("wasmi", "Wasmi", "2.0.0");
    new.records.push(record(&other, "a/stays", &Verdict::Pass));
    new.columns.push(other);
    let changes = compare(&old, &new);
    assert_eq!(changes.cases_added, ["a/comes"]);
    assert_eq!(changes.cases_removed, ["a/goes"]);
    assert_eq!(changes.columns_added, ["wasmi@2.0.0"]);
    assert_eq!(changes.columns_removed, Vec::<String>::new());
    let cells: Vec<_> = changes.cells.iter().map(|change| (change.kind, change.case.as_str())).collect();
    assert_eq!(cells, [(Kind::NoLongerJudged, "a/not-run")]);
    assert!(!changes.is_red());
    let back = compare(&new, &old);
    assert_eq!(back.columns_removed, ["wasmi@2.0.0"]);
}

#[test]
fn a_case_that_asks_for_something_else_is_said_to() {
    let old = run("1.0.0", &[("a/b", Verdict::Pass)]);
    let mut new = run("1.0.0", &[("a/b", fail(Failure::WrongOutput))]);
    new.cases[0].location.line += 7;
    assert!(!compare(&old, &new).cells[0].case_changed, "it only stands elsewhere");
    new.cases[0].expected[0].1 = "exit 1".to_owned();
    let changes = compare(&old, &new);
    assert!(changes.cells[0].case_changed);
    assert!(show::terminal(&changes).contains("the case itself has changed"));
}

#[test]
fn the_command_compares_files_and_columns_of_one_file() {
    let files = Files::new();
    let mut both = run("1.12.0", &[("a/b", fail(Failure::Trap))]);
    let before = ColumnFacts { primary: false, ..column("wazero", "wazero", "1.11.0") };
    both.records.push(record(&before, "a/b", &Verdict::Pass));
    both.columns.push(before);
    files.write("both.json", &both);
    files.write("other.json", &run("1.12.0", &[("a/b", fail(Failure::Trap))]));

    let same = files.command(&["diff", "both.json", "other.json"]);
    assert_eq!(same.code, Some(0), "{}", same.err);
    assert!(same.out.ends_with("1 unchanged\n"), "{}", same.out);

    let columns = ["--old-column", "wazero@1.11.0", "--new-column", "wazero"];
    let red = files.command(&[&["diff", "both.json"][..], &columns].concat());
    assert_eq!(red.code, Some(1), "{}", red.err);
    assert!(red.out.contains("newly broken (1)"), "{}", red.out);

    let json = files.command(&[&["diff", "both.json", "--format", "json"][..], &columns].concat());
    let json: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["cells"][0]["kind"], "newly-broken");
    assert_eq!(json["cells"][0]["new"]["failure"], "trap");

    for (arguments, said) in [
        (vec!["diff", "both.json"], "NEW"),
        (vec!["diff", "both.json", "absent.json"], "absent.json"),
        (
            vec!["diff", "both.json", "--old-column", "wasmi", "--new-column", "wazero"],
            "both.json: no column wasmi in it; there are wazero@1.12.0, wazero@1.11.0",
        ),
    ] {
        let bad = files.command(&arguments);
        assert_eq!(bad.code, Some(2), "{arguments:?}");
        assert!(bad.err.contains(said), "{arguments:?}: {}", bad.err);
    }
}

#[test]
fn files_that_contradict_themselves_are_refused() {
    let files = Files::new();
    let good = run("1.0.0", &[("a/b", Verdict::Pass)]);
    files.write("good.json", &good);
    let mut twice = good.clone();
    twice.records.push(twice.records[0].clone());
    let mut no_column = good.clone();
    no_column.columns.clear();
    let mut no_case = good.clone();
    no_case.cases.clear();
    for (results, said) in [
        (twice, "bad.json: the cell wazero@1.0.0/a/b is there twice"),
        (no_column, "bad.json: there are records of wazero@1.0.0, and `columns` has no such column"),
        (no_case, "bad.json: there is a record of wazero@1.0.0/a/b, and `cases` has no such case"),
        (of_column(&column("wasmi", "Wasmi", "1.0.0"), &[("a/b", Verdict::Pass)]), "have no column in common"),
    ] {
        files.write("bad.json", &results);
        let bad = files.command(&["diff", "good.json", "bad.json"]);
        assert_eq!(bad.code, Some(2), "{}", bad.out);
        assert!(bad.err.contains(said), "{}", bad.err);
    }
}

#[test]
fn a_comment_is_short_and_starts_nothing() {
    let old = large::large(300, large::Breadth::Real);
    let mut new = old.clone();
    for record in new.records.iter_mut().filter(|record| record.verdict == Verdict::Pass) {
        record.verdict = fail(Failure::WrongOutput);
        record.outcome = None;
        let of = format!("@everyone `{HOSTILE}` | <details>");
        record.differences = vec![matrix_model::difference::Difference { of: Aspect::File(of), ..difference() }];
    }
    let comment = show::markdown(&compare(&old, &new));
    assert!(comment.len() < 65_536, "{} bytes are more than a forge takes", comment.len());
    assert!(comment.starts_with("### wasip1-matrix: "), "{comment}");
    assert!(comment.find("| column | newly broken |").unwrap() < 200);
    assert!(comment.contains("\n<details open><summary>newly broken: "), "{comment}");
    assert!(comment.contains("more; run `wasip1-matrix diff` to see them all"));
    let folds = |line: &&str| line.starts_with("<details");
    assert_eq!(comment.lines().filter(folds).count(), comment.matches("\n</details>").count());
    for line in comment.lines().filter(|line| line.contains("@everyone")) {
        let is_code = ["now", "expected"].iter().any(|side| line.starts_with(&format!("  - `` {side}, @everyone `")));
        assert!(is_code && line.ends_with(" ``"), "{line}");
    }
    assert!(!comment.contains(['\u{202e}', '\u{1b}', '\0']));
}

#[test]
fn a_run_compared_with_itself_has_not_changed() {
    let results = large::large(300, large::Breadth::Real);
    let changes = compare(&results, &results);
    assert_eq!((changes.cells.len(), changes.unchanged), (0, results.records.len()));
    assert!(show::markdown(&changes).starts_with("### wasip1-matrix: nothing changed in "));
}

/// A run of so many records: the large one's, again and again under other columns' names.
fn many(count: usize) -> Results {
    let part = large::large(300, large::Breadth::Real);
    let mut all = Results { columns: Vec::new(), records: Vec::new(), ..part.clone() };
    for copy in 0.. {
        for facts in &part.columns {
            let (runtime, column) = (format!("{}-{copy}", facts.runtime), format!("{}-{copy}", facts.column));
            all.columns.push(ColumnFacts { runtime, column, ..facts.clone() });
        }
        for record in &part.records {
            if all.records.len() == count {
                return all;
            }
            let (runtime, column) = (format!("{}-{copy}", record.runtime), format!("{}-{copy}", record.column));
            let cell = format!("{column}/{}", record.case);
            all.records.push(Record { runtime, column, cell, ..record.clone() });
        }
    }
    all
}

#[test]
#[ignore = "two files of 100 MB; `-- --ignored --nocapture` tells what it takes to compare them"]
fn fifty_thousand_records_are_compared_in_bounded_memory() {
    let files = Files::new();
    let mut results = many(50_000);
    let old = files.write("old.json", &results);
    for record in results.records.iter_mut().step_by(1000) {
        record.verdict = fail(Failure::Trap);
        record.outcome = None;
    }
    let new = files.write("new.json", &results);
    drop(results);
    let size = std::fs::metadata(&old).unwrap().len() >> 20;
    for format in ["terminal", "markdown", "json"] {
        // Peak memory as the kernel counts it has this process's own in it; a limit has not.
        let words =
            ["/bin/sh", "-c", "ulimit -v 300000; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_wasip1-matrix"), "diff"];
        let argv = words.map(OsString::from).into_iter().chain([old.clone().into(), new.clone().into()]);
        let spec = Spec {
            argv: argv.chain(["--format".into(), format.into()]).collect(),
            environment: Vec::new(),
            cwd: files.path("."),
            stdin: Stdin::Null,
            deadline: Duration::from_secs(600),
            output_limit: 64 << 20,
            outputs: Outputs::default(),
            beside: Beside::default(),
            ends_on_quit: false,
        };
        let ended = matrix_supervise::run(&spec).unwrap();
        println!("{format}: two files of {size} MiB, {:.1} s of processor", ended.usage.cpu.as_secs_f64());
        assert_eq!(ended.status.code(), Some(1), "{}", String::from_utf8_lossy(&ended.stderr));
    }
}
