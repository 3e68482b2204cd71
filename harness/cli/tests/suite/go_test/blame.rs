//! Whose doing a failure is, over a fake runtime that lets a test pass or fail in each of its columns.

use std::path::Path;

use serde_json::Value;

use super::module::{Module, Said, verdicts};
use crate::fake::{Fake, holds};
use crate::project::Project;

const MODULE: &str = "package m\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) {}\n";

/// What a test binary writes for `go tool test2json` if its only test ends so.
fn script(end: &str, code: i32) -> String {
    let folder = "folder=${0%/*}\n[ \"$1\" = --version ] && { . \"$folder/version.sh\"; exit; }\n";
    format!(
        "{folder}printf '\\026=== RUN   TestA\\n    m_test.go:5: why\\n\\026--- {end}: TestA (0.00s)\\n\\026{end}\\n'; exit {code}\n"
    )
}

/// Two columns: the test fails in the first one, and passes in the other one.
fn two_columns() -> Project {
    let mode = "[mode.other]\nrun = [\"{exe}\", \"{folder}/other.sh\", \"{env...}\", \"{dirs...}\", \"{module}\", \"{args...}\"]\n";
    let fake = Fake::command().case("none", "", "").tables(mode);
    fake.script("fake", &script("FAIL", 1)).script("other", &script("PASS", 0)).written()
}

fn test(module: &Module, project: &Project, runtimes: &str) -> (Said, Value) {
    let store = project.path("store");
    let run = |arguments: &[&str]| {
        module.run_in(project.root(), arguments, &[("WASIP1_MATRIX_HOME", store.as_ref() as &Path)])
    };
    module.test_with(&["--runtime", runtimes, "--no-explain"], run)
}

#[test]
fn a_failure_in_one_of_several_columns_is_the_runtimes() {
    let (module, project) = (Module::new(&[("m_test.go", MODULE)]), two_columns());
    let (said, report) = test(&module, &project, "fake,fake+other");
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    assert_eq!(report["columns"], serde_json::json!(["fake@1.2.3", "fake@1.2.3+other"]));
    assert_eq!(verdicts(&report, "example.org/m"), ["TestA fails-in-runtime"]);
    assert!(report["packages"][0]["rows"][0]["columns"]["fake@1.2.3+other"].is_null(), "{report:#}");
}

#[test]
fn a_known_failure_is_of_a_range_of_versions_and_says_so() {
    let (module, project) = (Module::new(&[("m_test.go", MODULE)]), two_columns());
    for (versions, says, code, verdict) in [
        (">=1.2, <2", "why", 0, "TestA known"),
        (">=1.3", "why", 1, "TestA fails-in-runtime"),
        (">=1.2, <2", "another thing", 1, "TestA fails-in-runtime"),
    ] {
        let entry = format!(
            "[[failure]]\npackage = \"example.org/m\"\ntests = [\"TestA\"]\nruntimes = [\"fake\"]\nmodes = [\"default\"]\n\
             versions = \"{versions}\"\nsays = \"{says}\"\nreason = \"So it is.\"\nurl = \"unreported\"\n"
        );
        module.write("wasip1-known-failures.toml", &entry);
        let (said, report) = test(&module, &project, "fake,fake+other");
        assert_eq!(said.code, Some(code), "{}{}", said.out, said.err);
        assert_eq!(verdicts(&report, "example.org/m"), [verdict]);
    }
}

#[test]
fn a_failure_of_the_adapter_is_no_tests_and_no_runtimes() {
    // It has no script for the program, so it ends without a report.
    let project = Fake::host().case("none", "", "").written();
    let module = Module::new(&[("m_test.go", MODULE)]);
    let (said, report) = test(&module, &project, "fake");
    assert_eq!(said.code, Some(2), "{}{}", said.out, said.err);
    assert_eq!(verdicts(&report, "example.org/m"), ["- harness"]);
    holds(&said.out, &["the harness failed"]);
}
