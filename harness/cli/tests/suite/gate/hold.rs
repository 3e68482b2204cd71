//! `gate`: what stops a candidate and what does not.

use matrix_model::results::Results;
use matrix_model::verdict::{Failure, Verdict};
use matrix_report::changes::{Between, Changes, CondensedResults};
use matrix_report::gate::{Gate, Policy, annotations, show};

use super::changes::{fail, known_as, run, unsupported};

fn try_hold(old: &Results, new: &Results, policy: &Policy) -> anyhow::Result<Gate> {
    let read = |results, name| CondensedResults::of(results, name).expect("sound results");
    let between = Between::Named { old: "wazero".to_owned(), new: "wazero".to_owned() };
    let changes = Changes::between(&read(old, "old.json"), &read(new, "new.json"), &between);
    Gate::hold(changes.expect("two columns"), policy)
}

fn hold(old: &Results, new: &Results, policy: &Policy) -> Gate {
    try_hold(old, new, policy).expect("a baseline that judged")
}

/// The gate for one cell that was and is so.
fn of_one(old: Verdict, new: Verdict, policy: &Policy) -> Gate {
    hold(&run("1.12.0", &[("a/b", old)]), &run("1.13.0", &[("a/b", new)]), policy)
}

#[test]
fn only_what_the_baseline_does_better_stops_a_candidate() {
    use Failure::{Trap, WrongOutput};
    let flaky = || Verdict::Flaky { red: 2, attempts: 3, failure: Some(Trap) };
    let error = Verdict::HarnessError { message: "its compiler did not end within 60 s".to_owned() };
    let table = [
        (Verdict::Pass, fail(Trap), true),
        (Verdict::Pass, error.clone(), true),
        (known_as(Trap), error, true),
        (Verdict::Pass, unsupported(), true),
        (known_as(Trap), unsupported(), true),
        // A fix is green although an entry says otherwise.
        (known_as(Trap), Verdict::Stale, false),
        (fail(Trap), Verdict::Pass, false),
        // Broken on both sides is told and green, also if it is broken otherwise.
        (fail(Trap), fail(Trap), false),
        (known_as(Trap), fail(WrongOutput), false),
        (Verdict::Pass, flaky(), false),
        (Verdict::Pass, Verdict::Pass, false),
    ];
    for (old, new, is_red) in table {
        let gate = of_one(old.clone(), new.clone(), &Policy::default());
        assert_eq!(gate.is_red(), is_red, "{old} → {new}");
        let word = if is_red { "red: " } else { "green: " };
        assert!(show::terminal(&gate).lines().last().is_some_and(|line| line.starts_with(word)), "{old} → {new}");
    }
    let strict = Policy { flaky: true, ..Policy::default() };
    assert!(of_one(Verdict::Pass, flaky(), &strict).is_red());
}

#[test]
fn a_case_may_be_lost_only_if_it_is_named() {
    let policy = |case: &str| Policy { may_lose: [case.to_owned()].into(), flaky: false };
    assert!(of_one(Verdict::Pass, unsupported(), &policy("a/other")).is_red());
    let gate = of_one(Verdict::Pass, unsupported(), &policy("a/b"));
    assert!(!gate.is_red());
    assert!(
        show::terminal(&gate).contains("  a/b  pass → unsupported, which is allowed\n"),
        "{}",
        show::terminal(&gate)
    );
    // What may be lost must still not break.
    assert!(of_one(Verdict::Pass, fail(Failure::Trap), &policy("a/b")).is_red());
}

#[test]
fn a_case_that_changed_is_told_and_stops_nothing() {
    let old = run("1.12.0", &[("a/b", Verdict::Pass)]);
    let mut new = run("1.13.0", &[("a/b", fail(Failure::Trap))]);
    assert!(hold(&old, &new, &Policy::default()).is_red());
    new.cases[0].expected[0].1 = "exit 1".to_owned();
    let gate = hold(&old, &new, &Policy::default());
    assert!(!gate.is_red());
    assert!(show::terminal(&gate).contains("the case itself has changed"), "{}", show::terminal(&gate));
    assert!(
        show::terminal(&gate).contains("1 of a case that has changed since the baseline"),
        "{}",
        show::terminal(&gate)
    );
}

#[test]
fn a_fix_is_said_first() {
    let old = run("1.12.0", &[("a/broke", Verdict::Pass), ("a/mended", fail(Failure::Trap))]);
    let new = run("1.13.0", &[("a/broke", fail(Failure::Trap)), ("a/mended", Verdict::Pass)]);
    let gate = hold(&old, &new, &Policy::default());
    for text in [show::terminal(&gate), show::markdown(&gate)] {
        assert!(text.find("a/mended").expect("the fix") < text.find("a/broke").expect("the break"), "{text}");
    }
    let quiet = show::markdown(&hold(&new, &new, &Policy::default()));
    assert!(quiet.lines().count() <= 20 && quiet.contains("green: 2 unchanged"), "{quiet}");
}

#[test]
fn a_baseline_that_judged_nothing_is_refused() {
    let error = Verdict::HarnessError { message: "no space left on device".to_owned() };
    let new = run("1.13.0", &[("a/b", fail(Failure::Trap))]);
    for nothing in [unsupported(), error] {
        let old = run("1.12.0", &[("a/b", nothing)]);
        let refused = try_hold(&old, &new, &Policy::default()).expect_err("everything would be green");
        assert!(refused.to_string().starts_with("old.json: none of the cells is judged there"), "{refused}");
    }
    // Beside a cell that is judged, one that was not stops nothing.
    let old = run("1.12.0", &[("a/b", unsupported()), ("a/judged", Verdict::Pass)]);
    let new = run("1.13.0", &[("a/b", fail(Failure::Trap)), ("a/judged", Verdict::Pass)]);
    assert!(!hold(&old, &new, &Policy::default()).is_red());
}

/// Many cells of each kind that a candidate may change.
fn everything_changes(stops: bool) -> (Results, Results) {
    use Failure::{Trap, WrongOutput};
    let flaky = Verdict::Flaky { red: 2, attempts: 3, failure: Some(Trap) };
    let mut kinds = vec![
        ("fixed", fail(Trap), Verdict::Pass),
        ("flaky", Verdict::Pass, flaky),
        ("otherwise", known_as(Trap), fail(WrongOutput)),
        ("judged", unsupported(), fail(Trap)),
    ];
    if stops {
        kinds.extend([("broke", Verdict::Pass, fail(Trap)), ("lost", Verdict::Pass, unsupported())]);
    }
    let all = |is_new: bool| {
        let of_kind = |(kind, old, new): &(&str, Verdict, Verdict)| {
            let verdict = if is_new { new.clone() } else { old.clone() };
            (0..300).map(|number| (format!("a/{kind}-{number:03}"), verdict.clone())).collect::<Vec<_>>()
        };
        kinds.iter().flat_map(of_kind).collect::<Vec<_>>()
    };
    let of_version = |version: &str, all: Vec<(String, Verdict)>| {
        run(version, &all.iter().map(|(id, verdict)| (id.as_str(), verdict.clone())).collect::<Vec<_>>())
    };
    (of_version("1.12.0", all(false)), of_version("1.13.0", all(true)))
}

#[test]
fn a_summary_has_few_lines_if_nothing_stops_the_candidate() {
    let (old, new) = everything_changes(false);
    let gate = hold(&old, &new, &Policy::default());
    let told = show::markdown(&gate);
    assert!(!gate.is_red() && told.lines().count() <= 20, "{told}");
    assert!(told.contains("\n- fixed: `a/fixed-000`, `a/fixed-001`, ") && told.contains(" and 290 more\n"), "{told}");
    // What does stop it is told with what was observed, in a text that is not too long for a comment.
    let (old, new) = everything_changes(true);
    let told = show::markdown(&hold(&old, &new, &Policy::default()));
    assert!(told.contains("<details open><summary>newly broken: 300</summary>"), "{told}");
    assert!(told.contains("\n  - `now, stdout: <b>no</b>\\n`\n  - `expected, stdout: renamed\\n`\n"), "{told}");
    assert!(told.len() < 65_536, "{} bytes are more than a forge takes", told.len());
    assert_eq!(told.matches("<details").count(), told.matches("</details>").count());
}

#[test]
fn each_cell_that_stops_a_candidate_is_an_annotation() {
    let lost = of_one(Verdict::Pass, unsupported(), &Policy::default());
    let told = annotations::of(&lost);
    assert_eq!(
        told,
        "::error title=a/b no longer judged in wazero@1.13.0::baseline wazero@1.12.0: pass%0A\
         candidate wazero@1.13.0: unsupported (fuel)\n"
    );
    let broke = annotations::of(&of_one(Verdict::Pass, fail(Failure::Trap), &Policy::default()));
    assert_eq!(
        broke,
        "::error title=a/b newly broken in wazero@1.13.0::baseline wazero@1.12.0: pass%0A\
         candidate wazero@1.13.0: fail (trap)%0Aexpected stdout: renamed\\n%0Aobserved stdout: <b>no</b>\\n\n"
    );
    let fixed = of_one(fail(Failure::Trap), Verdict::Pass, &Policy::default());
    assert_eq!(annotations::of(&fixed), "", "nothing is to be mended");
    let (old, new) = everything_changes(true);
    let many = annotations::of(&hold(&old, &new, &Policy::default()));
    assert_eq!(many.lines().count(), 10, "GitHub shows no more");
    assert!(many.ends_with("::591 more cells stop the candidate; the log has them\n"), "{many}");
}
