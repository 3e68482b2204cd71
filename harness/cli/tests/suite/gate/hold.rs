//! `gate`: what stops a candidate and what does not.

use matrix_model::results::Results;
use matrix_model::verdict::{Failure, Verdict};
use matrix_report::changes::{Between, Changes, CondensedResults};
use matrix_report::gate::{Gate, Policy, show};

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
