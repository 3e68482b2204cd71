//! What the project publishes of Go's own standard library, and the cases of the matrix that show the same.

use std::fs;
use std::path::{Path, PathBuf};

use matrix_load::shown_by::{FILE, shown_by};
use matrix_model::extract::Extract;
use matrix_model::go_test::TestReport;
use matrix_model::go_test::by_column::joined;
use matrix_model::go_test::shown_by::Entry;
use matrix_run::probe;
use matrix_store::{extract_file, test_parts};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the project's root")
}

/// What is published, the entries about it, and what the matrix knows.
fn published() -> (TestReport, Vec<Entry>, Extract) {
    let root = root();
    let suite = matrix_load::suite(&root, None, &probe::names()).unwrap_or_else(|rejected| panic!("{rejected}"));
    let entries = shown_by(&root, &suite.cases, &suite.runtimes).unwrap_or_else(|rejected| panic!("{rejected}"));
    let (names, parts) = test_parts::read(&root.join(test_parts::STD)).expect("what is published");
    let path = root.join(extract_file::COMMITTED);
    let extract = extract_file::parse(&fs::read_to_string(&path).expect("an extract"), &path).expect("an extract");
    (joined(&names, &parts, &[]), entries, extract)
}

#[test]
fn each_test_that_a_runtime_fails_is_shown_by_a_case_or_says_why_not() {
    let (mut std, entries, extract) = published();
    let left: Vec<_> = std.match_cases(&entries, &extract).iter().map(|left| format!("  {left}")).collect();
    assert!(
        left.is_empty(),
        "no case is known to show these tests. For each, add an entry to {FILE} with a case that is not as expected in that \
         column, or with `cases = []` and why no case shows it:\n{}",
        left.join("\n")
    );
    let shown: usize = std.packages.iter().map(|package| package.cases.len()).sum();
    assert!(shown > 100, "only {shown} tests are matched");
}

#[test]
fn each_entry_is_about_a_test_that_is_published() {
    let (mut std, entries, extract) = published();
    for entry in entries {
        let location = entry.location.to_string();
        std.match_cases(&[entry], &extract);
        let mut shown = std.packages.iter().flat_map(|package| &package.cases);
        assert!(shown.any(|shown| shown.why.is_some()), "{location}: no test matches this entry any more; delete it");
    }
}

/// A path of the machine that ran the tests tells readers nothing, and makes the files differ between machines.
#[test]
fn what_is_published_names_no_folder_of_the_harness() {
    for folder in ["reports/std", "reports/modules"] {
        for entry in fs::read_dir(root().join(folder)).expect(folder) {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                let text = fs::read_to_string(&path).expect("text");
                let found =
                    text.find("target/wasip1-matrix/").map(|at| text[at..].chars().take(80).collect::<String>());
                assert_eq!(found, None, "{}", path.display());
            }
        }
    }
}
