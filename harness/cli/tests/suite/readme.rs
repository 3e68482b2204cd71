//! The matrices in the documents are those of the committed results, not hand-made copies.

use std::fs;
use std::path::Path;

use matrix_report::summary;
use matrix_store::results_files;

/// How many runtimes a reader takes in at a glance.
const GLANCE: usize = 8;

#[test]
fn the_matrices_in_the_documents_are_those_of_the_committed_results() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let results = results_files::read(&root.join("reports/results")).unwrap();
    assert!(!results.records.is_empty());
    for name in ["README.md", "reports/MATRIX.md"] {
        let document = fs::read_to_string(root.join(name)).unwrap();
        let wanted = summary::update(&document, &results).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        assert!(document == wanted, "{name} is not up to date; run `make summary`");
    }
}

#[test]
fn the_readmes_matrix_is_taken_in_at_a_glance() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let (_, matrix) = readme.split_once("<!-- matrix: begin").expect("the README has a matrix");
    let head = matrix.lines().find(|line| line.starts_with("| | ")).expect("the matrix has a head");
    let runtimes = head.matches("<br>").count();
    assert!((1..=GLANCE).contains(&runtimes), "{runtimes} runtimes: {head}");
}
