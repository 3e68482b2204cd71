//! The README's matrix is the one of the committed results, not a hand-made copy.

use std::fs;
use std::path::Path;

use wasip1_matrix::results::Results;
use wasip1_matrix::summary;

#[test]
fn the_matrix_in_the_readme_is_that_of_the_committed_results() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let results = Results::read(&root.join("reports/results.json.gz")).unwrap();
    assert!(!results.records.is_empty());
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let wanted = summary::replaced(&readme, &summary::markdown(&results)).expect("the README has both marks");
    assert!(readme == wanted, "README.md is not up to date; run `cargo run -- summary --into README.md`");
}
