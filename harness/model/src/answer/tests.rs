use super::*;
use crate::case::Location;
use crate::difference::{DiffLine, Difference, Side};
use crate::divergence::Fault;
use crate::expectation::Aspect;
use crate::outcome::Exit;
use crate::record::{Known, SCHEMA};
use crate::recorded_outcome::{Excerpt, Observed, ObservedFile, There};

fn case(expected: &[(&str, &str)]) -> CaseFacts {
    let line = |(label, value): &(&str, &str)| ((*label).to_owned(), (*value).to_owned());
    CaseFacts {
        id: "fs/a".to_owned(),
        area: "fs".to_owned(),
        why: String::new(),
        doc: String::new(),
        tier: Tier::Must,
        guest: "file".to_owned(),
        location: Location { file: String::new(), line: 1 },
        inputs: Vec::new(),
        expected: expected.iter().map(line).collect(),
        native: None,
        promise: None,
        got_out: None,
        found_out: None,
    }
}

const ENDS_WELL: &[(&str, &str)] = &[("end", "exit 0"), ("stdout", "exactly \"inside\\nrefused\\n\"")];

/// A cell that ended so and wrote this.
fn ran(verdict: Verdict, exit: Exit, stdout: &str) -> Record {
    Record {
        schema: SCHEMA.to_owned(),
        cell: "a@1.0.0/fs/a".to_owned(),
        runtime: "a".to_owned(),
        version: "1.0.0".to_owned(),
        mode: None,
        go: None,
        surrounding: None,
        column: "a@1.0.0".to_owned(),
        reference: false,
        case: "fs/a".to_owned(),
        verdict,
        differences: Vec::new(),
        checks: Vec::new(),
        divergence: None,
        receipt: None,
        executable_sha256: None,
        key: None,
        measured: None,
        reused: false,
        invocation: None,
        outcome: Some(Observed {
            exit,
            stdout: Excerpt::of(stdout.as_bytes()),
            stderr: Excerpt::of(b""),
            files: Vec::new(),
            returns: Vec::new(),
            again: None,
            stdin_rest: None,
            changed_flags: None,
            member: None,
            leaked: Vec::new(),
        }),
    }
}

const WELL: Exit = Exit::Code { code: 0, whole: true };

fn known(failure: Failure) -> Verdict {
    Verdict::Known { failure }
}

fn trap() -> Exit {
    Exit::Trap { reason: "unreachable".to_owned() }
}

fn entry(sometimes: bool) -> Known {
    Known {
        fault: Fault::Runtime,
        reason: "A sentence that must not matter: it got out.".to_owned(),
        url: "unreported".to_owned(),
        versions: "*".to_owned(),
        modes: None,
        surroundings: None,
        sometimes,
        withheld: false,
        location: Location { file: String::new(), line: 1 },
        outside: false,
    }
}

/// A difference of stdout by lines, each with its sign before it.
fn lines(lines: &[&str]) -> Difference {
    let line = |line: &&str| DiffLine {
        side: match &line[..1] {
            "-" => Side::Expected,
            "+" => Side::Observed,
            _ => Side::Both,
        },
        text: format!("{}\\n", &line[1..]),
    };
    Difference {
        of: Aspect::Stdout,
        expected: String::new(),
        observed: String::new(),
        diff: lines.iter().map(line).collect(),
    }
}

fn of_path(of: Aspect) -> Difference {
    Difference { of, expected: String::new(), observed: String::new(), diff: Vec::new() }
}

fn only(record: &Record, case: &CaseFacts) -> Answer {
    answer(record, case, &Starting::of([(record, case)].into_iter()))
}

const fn differs(how: Severity) -> Answer {
    Answer::Differs { how, sometimes: false }
}

#[test]
fn what_is_recorded_makes_no_difference() {
    let case = case(ENDS_WELL);
    for verdict in [Verdict::Fail { failure: Failure::WrongFiles }, known(Failure::WrongFiles)] {
        assert_eq!(only(&ran(verdict, WELL, ""), &case), differs(Severity::WrongResult));
    }
    for verdict in [Verdict::Pass, Verdict::Stale] {
        assert_eq!(only(&ran(verdict, WELL, ""), &case), Answer::Works);
    }
}

#[test]
fn what_was_not_judged_says_why() {
    let case = case(&[]);
    let need = Need::Capability(crate::capability::Capability::Fuel);
    for (verdict, expected) in [
        (Verdict::Observed, Answer::LeftOpen),
        (Verdict::Unsupported { needs: need }, Answer::CannotBeExpressed),
        (Verdict::Unsupported { needs: Need::Go(">=1.24".to_owned()) }, Answer::NotRun),
        (Verdict::Unavailable { hint: String::new() }, Answer::NotRun),
        (Verdict::HarnessError { message: String::new() }, Answer::NotRun),
    ] {
        assert_eq!(only(&ran(verdict, WELL, ""), &case), expected);
    }
}

#[test]
fn a_race_differs_sometimes_whether_it_shows_or_not() {
    let case = case(ENDS_WELL);
    let mut record = ran(known(Failure::Timeout), Exit::Timeout, "");
    record.divergence = Some(entry(true));
    let sometimes = Answer::Differs { how: Severity::Breaks, sometimes: true };
    assert_eq!(only(&record, &case), sometimes);
    record.outcome = ran(Verdict::Pass, WELL, "inside\nrefused\n").outcome;
    assert_eq!(only(&record, &case), sometimes);
    let flaky = Verdict::Flaky { red: 1, attempts: 2, failure: Some(Failure::Timeout) };
    assert_eq!(only(&ran(flaky, Exit::Timeout, ""), &case), sometimes);
}

#[test]
fn a_program_that_broke_off_is_told_from_one_with_another_result() {
    let case_of = |end: &str| case(&[("end", end)]);
    let code = |code| Exit::Code { code, whole: true };
    let not_compiled = Exit::NotCompiled { message: "exit 1".to_owned(), at_deadline: false };
    for (failure, exit, end, how) in [
        (Failure::Trap, trap(), "exit 0", Severity::Breaks),
        (Failure::Crash, Exit::Signal { signal: 11 }, "exit 0", Severity::Breaks),
        (Failure::Timeout, Exit::Timeout, "exit 0", Severity::Breaks),
        (Failure::WrongExit, code(2), "exit 0", Severity::Breaks),
        (Failure::WrongExit, code(1), "exit 3", Severity::WrongResult),
        (Failure::WrongExit, trap(), "exit 3", Severity::Breaks),
        (Failure::WrongFiles, code(0), "exit 0", Severity::WrongResult),
        (Failure::WrongOutput, code(0), "exit 0", Severity::WrongResult),
        (Failure::MissingImport, Exit::MissingImport { import: String::new() }, "exit 0", Severity::DoesNotStart),
        (Failure::NotCompiled, not_compiled, "exit 0", Severity::DoesNotStart),
    ] {
        assert_eq!(only(&ran(known(failure), exit, "a\n"), &case_of(end)), differs(how), "{failure} {end}");
    }
}

#[test]
fn another_error_of_the_same_operation_is_a_detail() {
    let case = case(ENDS_WELL);
    let how = |differences: Vec<Difference>| {
        let mut record = ran(known(Failure::WrongOutput), WELL, "a\n");
        record.differences = differences;
        only(&record, &case)
    };
    for detail in [
        lines(&["-mkdir: error: ErrExist", "+mkdir: error: EBADF"]),
        lines(&[" list: a", "-stat: fs.ErrNotExist", "-lstat: fs.ErrNotExist", "+stat: refused", "+lstat: refused"]),
        of_path(Aspect::Stderr),
    ] {
        assert_eq!(how(vec![detail.clone()]), differs(Severity::Detail), "{detail:?}");
        let with_file = vec![detail, of_path(Aspect::File("/a".to_owned()))];
        assert_eq!(how(with_file), differs(Severity::WrongResult));
    }
    for result in [
        lines(&["-mkdir: done", "+mkdir: error: EBADF"]),
        lines(&["-mkdir: error: EBADF", "+mkdir: done"]),
        lines(&["-mkdir: error: EBADF", "+rmdir: error: EBADF"]),
        lines(&["-mkdir: error: EBADF"]),
        lines(&["+mkdir: error: EBADF"]),
        lines(&["-read: \"el\" done", "+read: \"\" refused"]),
        lines(&[]),
    ] {
        assert_eq!(how(vec![result.clone()]), differs(Severity::WrongResult), "{result:?}");
    }
}

#[test]
fn a_program_does_not_start_if_it_breaks_before_its_first_output_in_every_case() {
    let facts: Vec<_> = ["fs/a", "fs/b", "fs/c", "fs/d"]
        .map(|id| CaseFacts { id: id.to_owned(), ..case(ENDS_WELL) })
        .into_iter()
        .collect();
    let answers = |records: &[Record]| {
        let starting = Starting::of(records.iter().zip(&facts));
        records.iter().zip(&facts).map(|(record, case)| answer(record, case, &starting)).collect::<Vec<_>>()
    };
    let silent = || ran(known(Failure::Trap), trap(), "");
    assert_eq!(answers(&[silent(), silent(), silent()]), [differs(Severity::DoesNotStart); 3]);
    assert_eq!(answers(&[silent(), silent()]), [differs(Severity::Breaks); 2], "two are too few");
    let wrote = ran(known(Failure::Trap), trap(), "inside\n");
    assert_eq!(answers(&[silent(), silent(), silent(), wrote]), [differs(Severity::Breaks); 4]);
    let passes = ran(Verdict::Pass, WELL, "");
    assert_eq!(answers(&[silent(), silent(), silent(), passes])[0], differs(Severity::Breaks));
    let broke_off = ran(known(Failure::WrongExit), Exit::Code { code: 1, whole: true }, "");
    assert_eq!(answers(&[silent(), silent(), silent(), broke_off]), [differs(Severity::DoesNotStart); 4]);
}

/// A case whose guest can get out and write `secret` then.
fn walled() -> CaseFacts {
    CaseFacts { got_out: Some("^inside\\nsecret\\n$".to_owned()), ..case(ENDS_WELL) }
}

const fn out(reach: Reach) -> Answer {
    Answer::GotOut { reach: Some(reach), sometimes: false }
}

#[test]
fn a_guest_got_out_only_where_something_outside_shows() {
    let wrote = |stdout: &str| only(&ran(known(Failure::WrongOutput), WELL, stdout), &walled());
    assert_eq!(wrote("inside\nsecret\n"), out(Reach::Read));
    let plain = differs(Severity::WrongResult);
    // It was refused what is its own, or could do something else that it should not; nothing outside shows.
    for stdout in ["refused\nrefused\n", "inside\ninside\n", "inside\nwritten\n", "secret\n", ""] {
        assert_eq!(wrote(stdout), plain, "{stdout:?}");
    }
    let no_pattern = only(&ran(known(Failure::WrongOutput), WELL, "inside\nsecret\n"), &case(ENDS_WELL));
    assert_eq!(no_pattern, plain, "what the case does not describe shows nothing");
    let mut changed = ran(known(Failure::WrongFiles), WELL, "inside\nremoved\n");
    changed.differences = vec![of_path(Aspect::Outside("secret/secret.txt".to_owned()))];
    assert_eq!(only(&changed, &case(ENDS_WELL)), out(Reach::Changed), "the harness looked itself");
    let telling = CaseFacts { found_out: Some("^inside\\nstat: ".to_owned()), ..case(ENDS_WELL) };
    let told = ran(known(Failure::WrongOutput), WELL, "inside\nstat: done, but gone\n");
    assert_eq!(only(&told, &telling), out(Reach::FoundOut));
    let mut untried = ran(known(Failure::ControlFailed), WELL, "inside\nsecret\n");
    untried.differences = vec![of_path(Aspect::Control)];
    assert_eq!(only(&untried, &walled()), plain, "without its control, what it wrote shows nothing");
    let passes = ran(Verdict::Pass, WELL, "inside\nsecret\n");
    assert_eq!(only(&passes, &walled()), Answer::Works);
}

#[test]
fn a_guest_that_only_says_so_did_not_get_out() {
    let linked = CaseFacts { got_out: Some("^inside\\nlinked\\n$".to_owned()), ..case(ENDS_WELL) };
    let mut record = ran(known(Failure::WrongOutput), WELL, "inside\nlinked\n");
    let there = |is: There| vec![ObservedFile { path: "/mine.txt".to_owned(), outside: false, is }];
    if let Some(outcome) = &mut record.outcome {
        outcome.files = there(There::Nothing);
    }
    assert_eq!(only(&record, &linked), differs(Severity::WrongResult), "nothing was taken");
    record.differences = vec![of_path(Aspect::File("/mine.txt".to_owned()))];
    if let Some(outcome) = &mut record.outcome {
        outcome.files = there(There::File(Excerpt::of(b"secret\n")));
    }
    assert_eq!(only(&record, &linked), out(Reach::Read));
}

#[test]
fn a_withheld_cell_is_withheld_because_the_guest_got_out() {
    let withheld = |verdict: Verdict| {
        let record = Record { divergence: Some(entry(false)), ..ran(verdict, WELL, "") };
        record.withheld()
    };
    assert_eq!(
        only(&withheld(known(Failure::WrongOutput)), &walled()),
        Answer::GotOut { reach: None, sometimes: false }
    );
    assert_eq!(only(&withheld(known(Failure::WrongOutput)), &case(ENDS_WELL)), differs(Severity::WrongResult));
    let another = withheld(Verdict::Fail { failure: Failure::WrongOutput });
    assert_eq!(only(&another, &walled()), differs(Severity::WrongResult), "it may be something else");
}

#[test]
fn answers_can_be_told_apart() {
    let count = |of: fn(&AnswerKind) -> String| {
        AnswerKind::ALL.iter().map(|kind| of(kind)).collect::<std::collections::BTreeSet<_>>().len()
    };
    let all = AnswerKind::ALL.len();
    let by: [fn(&AnswerKind) -> String; 4] = [
        |kind| kind.word.to_owned(),
        |kind| kind.name.to_owned(),
        |kind| kind.sign.to_owned(),
        |kind| kind.gravity.to_string(),
    ];
    assert_eq!(by.map(count), [all; 4]);
}
