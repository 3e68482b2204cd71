//! `test --baseline` and `diff` over what `test --save` wrote, and `test --partition`.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::module::{Module, Said, verdicts};
use crate::fake::holds;

/// Tests that may fail under a runtime only: what fails natively, too, is not held against it.
fn tests(fails: &str, breaks: &str, skips: &str) -> String {
    format!(
        "package p\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nvar here = os.Getenv(\"GOWASIRUNTIME\") != \"\"\n\n\
         func TestFails(t *testing.T) {{\n\tif here && {fails} {{\n\t\tt.Fatal(\"as before\")\n\t}}\n}}\n\n\
         func TestBreaks(t *testing.T) {{\n\tif here && {breaks} {{\n\t\tt.Fatal(\"it breaks\")\n\t}}\n}}\n\n\
         func TestSkips(t *testing.T) {{\n\tif here && {skips} {{\n\t\tt.Skip(\"not any more\")\n\t}}\n}}\n"
    )
}

const OTHER: &str = "package q\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) {}\n";

fn diff(arguments: &[&Path], further: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wasip1-matrix"));
    let ended = command.arg("diff").args(arguments).args(further).output().expect("the command starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { code: ended.status.code(), out: text(&ended.stdout), err: text(&ended.stderr) }
}

#[test]
fn only_what_is_worse_than_an_earlier_run_is_red() {
    let module = Module::new(&[("p/p_test.go", &tests("true", "false", "false")), ("q/q_test.go", OTHER)]);
    let (last, new) = (module.path("last"), module.path("new"));
    let [last_name, new_name] = [&last, &new].map(|path| path.to_str().expect("UTF-8"));
    let (said, _) = module.test(&["./...", "--no-explain", "--save", last_name]);
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    let (said, report) = module.test(&["--no-explain", "--baseline", last_name]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert_eq!(verdicts(&report, "example.org/m/p"), ["TestFails no-worse"]);
    assert_eq!(report["packages"].as_array().map(Vec::len), Some(2), "those of the baseline: {report:#}");
    holds(
        &said.out,
        &["TestFails  wazero@", ": no worse than in the baseline\n", "held against the baseline: wazero@"],
    );

    module.write("p/p_test.go", &tests("false", "true", "true"));
    let (said, report) = module.test(&["./p", "--no-explain", "--baseline", last_name, "--save", new_name]);
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    assert_eq!(verdicts(&report, "example.org/m/p"), ["TestBreaks fails-here", "TestSkips lost"]);
    assert_eq!(report["baseline"]["packages-removed"], serde_json::json!(["example.org/m/q"]));
    holds(&said.out, &["\nfixed: wazero@", "  example.org/m/p TestFails  fails → passes\n"]);

    let told = diff(&[&last, &new], &[]);
    assert_eq!(told.code, Some(1), "{}{}", told.out, told.err);
    holds(
        &told.out,
        &[
            "\nnewly broken (1)\n",
            "example.org/m/p TestBreaks  passes → fails\n      now, p_test.go:18: it breaks\n",
            "\nno longer judged (1)\n",
            "example.org/m/p TestSkips  passes → is skipped\n",
            "\nfixed (1)\n",
            "\npackages removed (1)\n",
        ],
    );
    let json = diff(&[&last, &new], &["--format", "json"]);
    let changes: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(
        (changes["tests"][0]["kind"].as_str(), changes["tests"][0]["old"].as_str()),
        (Some("newly-broken"), Some("passed"))
    );
    holds(&diff(&[&last, &new], &["--format", "markdown"]).out, &["<details open><summary>newly broken: 1</summary>"]);
    let column = last.join(format!("{}.json", report["columns"][0].as_str().expect("a column")));
    assert_eq!(diff(&[&column, &last], &[]).code, Some(0), "a column's file with itself");
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports/results");
    let told = diff(&[&last, &results], &[]);
    assert_eq!(told.code, Some(2), "{}{}", told.out, told.err);
    holds(&told.err, &["last has results of tests, and ", "compare two of a kind"]);
}

#[test]
fn each_package_is_in_one_part() {
    let module = Module::new(&[("p/p_test.go", &OTHER.replace("package q", "package p")), ("q/q_test.go", OTHER)]);
    let packages = |part: &str| -> Vec<String> {
        let (said, report) = module.test(&["./...", "--partition", part]);
        assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
        let packages = report["packages"].as_array().expect("packages").iter();
        packages.map(|package| package["package"].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!([packages("slice:1/2"), packages("slice:2/2")], [["example.org/m/p"], ["example.org/m/q"]]);
}

#[test]
fn what_is_no_baseline_is_named() {
    let module = Module::new(&[("p/p_test.go", &OTHER.replace("package q", "package p"))]);
    for (arguments, said) in [
        (&["--baseline", "nosuch"][..], "--baseline nosuch: no results of tests; write a folder of an earlier"),
        (&["--baseline-column", "wazero"], "--baseline"),
        (&["--baseline", "committed", "--runtime", "wazero", "./p"], "no test is judged there that is run here"),
        (&["--partition", "3/2"], "`3/2` is no part: write slice:2/5 or hash:2/5"),
    ] {
        let found = module.run(arguments, &[]);
        assert_eq!(found.code, Some(2), "{arguments:?}: {}{}", found.out, found.err);
        holds(&found.err, &[said]);
    }
}
