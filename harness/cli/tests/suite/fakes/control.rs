//! Controls and checks: a case is judged by the lines of its own promise.

use crate::fake::Fake;

fn entry(case: &str, instead: &str) -> String {
    format!(
        "[[divergence]]\ncase = \"t/{case}\"\nversions = \"*\"\nfault = \"runtime\"\nreason = \"a reason\"\n\
         url = \"https://example.org/its-own-document\"\n{instead}\n"
    )
}

#[test]
fn a_control_that_fails_is_no_escape_and_hides_none() {
    let walled = "control = \"inside\\n\"\nexpect.stdout = \"inside\\nrefused\\n\"\ndirs = { \"/data\" = \"given\" }\n\
                  outside = { secret = \"secret\" }\nexpect.outside = { \"secret/a.txt\" = \"kept\" }";
    let entries = [
        entry("recorded", "instead.stdout = \"refused\\nrefused\\n\""),
        entry("recorded-as-got-out", "instead.stdout = \"refused\\nsecret\\n\""),
        entry(
            "recorded-as-changed",
            "instead = { stdout = \"refused\\nrefused\\n\", outside = { \"secret/a.txt\" = \"new\" } }",
        ),
    ];
    let run = Fake::command()
        .divergences(&entries.concat())
        .fixture("given/a.txt", "given")
        .fixture("secret/a.txt", "kept")
        .case("walled", "printf 'inside\\nrefused\\n'", walled)
        .case("untried", "printf 'refused\\nrefused\\n'", walled)
        .case("nothing-follows", "printf 'refused\\n'", walled)
        .case("got-out", "printf 'inside\\nsecret\\n'", walled)
        .case("got-out-without-its-own", "printf 'refused\\nsecret\\n'", walled)
        .case("changed", "printf 'refused\\nrefused\\n'; printf new > $dir/../secret/a.txt", walled)
        .case("ends-badly", "printf 'refused\\nrefused\\n'; exit 3", walled)
        .case("recorded", "printf 'refused\\nrefused\\n'", walled)
        .case("recorded-as-got-out", "printf 'refused\\nsecret\\n'", walled)
        .case("recorded-as-changed", "printf 'refused\\nrefused\\n'; printf new > $dir/../secret/a.txt", walled)
        .run();
    run.assert_verdicts(&[
        ("walled", "pass"),
        ("untried", "fail (control-failed)"),
        ("nothing-follows", "fail (control-failed)"),
        ("got-out", "fail (wrong-output)"),
        ("got-out-without-its-own", "fail (wrong-output)"),
        ("changed", "fail (wrong-output)"),
        ("ends-badly", "fail (wrong-exit)"),
        ("recorded", "known (control-failed)"),
        ("recorded-as-got-out", "known (wrong-output)"),
        ("recorded-as-changed", "known (wrong-output)"),
    ]);
}

#[test]
fn set_up_that_fails_leaves_the_promise_untried_whatever_follows() {
    let made = "control = \"mkdir: done\\n\"\nexpect.stdout = \"mkdir: done\\nrename: done\\n\"";
    let run = Fake::command()
        .case("made", "printf 'mkdir: done\\nrename: done\\n'", made)
        .case("not-made", "printf 'mkdir: error\\nrename: error\\n'", made)
        .case("not-renamed", "printf 'mkdir: done\\nrename: error\\n'", made)
        .run();
    run.assert_verdicts(&[
        ("made", "pass"),
        ("not-made", "fail (control-failed)"),
        ("not-renamed", "fail (wrong-output)"),
    ]);
}

#[test]
fn a_check_fails_where_its_own_case_passes_and_is_set_aside_where_that_is_on_record() {
    let listing = "expect.stdout = \"list: a\\n\"";
    let made =
        |judge: &str| format!("expect.stdout = \"make: done\\nlist: a\\n\"\nchecks = {{ \"list:\" = \"t/{judge}\" }}");
    let entries = [
        entry("lists-nothing", "instead.stdout = \"list: error\\n\""),
        entry("recorded-beside", "instead.stdout = \"make: done\\nlist: error\\n\""),
    ];
    let fails = "printf 'make: done\\nlist: error\\n'";
    let run = Fake::command()
        .divergences(&entries.concat())
        .case("lists", "printf 'list: a\\n'", listing)
        .case("lists-nothing", "printf 'list: error\\n'", listing)
        .case("as-expected", "printf 'make: done\\nlist: a\\n'", &made("lists-nothing"))
        .case("set-aside", fails, &made("lists-nothing"))
        .case("evidence", fails, &made("lists"))
        .case("not-made", "printf 'make: error\\nlist: error\\n'", &made("lists-nothing"))
        .case("recorded-beside", fails, &made("lists-nothing"))
        .run();
    run.assert_verdicts(&[
        ("lists", "pass"),
        ("lists-nothing", "known (wrong-output)"),
        ("as-expected", "pass"),
        ("set-aside", "pass"),
        ("evidence", "fail (wrong-output)"),
        ("not-made", "fail (wrong-output)"),
        ("recorded-beside", "stale"),
    ]);
    let beside = |case: &str| run.record(case).checks.iter().map(|one| one.observed.clone()).collect::<Vec<_>>();
    assert_eq!(beside("set-aside"), [r#""list: error\n""#]);
    assert!(beside("as-expected").is_empty() && beside("evidence").is_empty() && beside("not-made").is_empty());
    assert!(run.record("set-aside").differences.is_empty());
}

#[test]
fn the_reference_sets_no_check_aside() {
    let fake = Fake::reference()
        .case("lists", "printf 'list: error\\n'", "native = \"It cannot.\"\nexpect.stdout = \"list: a\\n\"")
        .case(
            "makes",
            "printf 'make: done\\nlist: error\\n'",
            "expect.stdout = \"make: done\\nlist: a\\n\"\nchecks = { \"list:\" = \"t/lists\" }",
        );
    fake.run().assert_verdicts(&[("lists", "known (wrong-output)"), ("makes", "fail (wrong-output)")]);
}
