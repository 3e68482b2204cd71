//! The README's matrix: which way round it stands, and which columns are in it.

use wasip1_matrix::summary::markdown;

use super::{large, sample};

#[test]
fn few_runtimes_stand_beside_each_other() {
    let text = markdown(&sample::small());
    assert!(text.starts_with("8 cases under 1 runtimes and 4 further versions and modes of them, guests"), "{text}");
    assert!(
        text.contains(
            "\n| | second<br>2.0.0 |\n|---|---|\n| fs | 1&nbsp;✓ 1&nbsp;≠ 2&nbsp;✗ 1&nbsp;○ 1&nbsp;– 1&nbsp;! |\n"
        ),
        "{text}"
    );
    assert!(text.ends_with("Not installed on the machine of this run: first.\n"), "{text}");
}

#[test]
fn many_runtimes_stand_below_each_other() {
    let results = large::large(300, large::Breadth::Real);
    let text = markdown(&results);
    let table: Vec<_> = text.lines().filter(|line| line.starts_with('|')).collect();
    assert!(table[0].starts_with("| | args | clock | env | exit | fs | "), "{}", table[0]);
    assert!(!table[0].contains('/'), "the parts of an area are one: {}", table[0]);
    let heads: Vec<_> = table[2..].iter().map(|row| row.split("<br>").next().unwrap()).collect();
    assert_eq!(heads.len(), 19, "the primary columns that were there");
    assert!(heads.is_sorted(), "{heads:?}");
    assert!(table.iter().all(|row| row.matches('|').count() == table[0].matches('|').count()), "{table:#?}");
    // Whatever order the results came in.
    let mut turned = results;
    turned.columns.reverse();
    turned.records.reverse();
    assert_eq!(markdown(&turned), text);
}

#[test]
fn the_reference_comes_first_and_is_no_runtime() {
    let text = markdown(&sample::with_reference());
    assert!(text.starts_with("8 cases under 1 runtimes and 4 further versions and modes of them, guests"), "{text}");
    assert!(text.contains("\n| | linux<br>1.27.1<br>*reference* | second<br>2.0.0 |\n"), "{text}");
    assert!(text.contains("\nThe reference is no runtime: "), "{text}");
}

#[test]
fn a_mode_stands_for_a_runtime_whose_primary_column_was_not_run() {
    let mut results = sample::small();
    let primary = results.columns.iter().find(|column| column.primary && column.available).unwrap().column.clone();
    results.records.retain(|record| record.column != primary);
    let text = markdown(&results);
    assert!(text.starts_with("8 cases under 1 runtimes and 3 further versions and modes of them, guests"), "{text}");
    let head = text.lines().find(|line| line.starts_with("| | ")).unwrap();
    assert!(head.starts_with("| | second<br>") && head != "| | second<br>2.0.0 |", "{head}");
    assert!(text.contains("\n| fs | "), "{text}");
}
