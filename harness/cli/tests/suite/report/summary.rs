//! The matrix in Markdown: which way round it stands, which columns are in it, and the short one.

use matrix_report::summary::{BEGIN, END, markdown, short, update};

use super::{large, sample};

#[test]
fn few_runtimes_stand_beside_each_other() {
    let text = markdown(&sample::small());
    assert!(text.starts_with("8 cases under 1 runtime and 4 further versions and modes of them, guests"), "{text}");
    assert!(
        text.contains(
            "\n| | second<br>2.0.0 |\n|---|---|\n| fs | 2&nbsp;✓ 1&nbsp;≠ 1&nbsp;✗ 1&nbsp;– 1&nbsp;∅ 1&nbsp;○ |\n"
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
    assert!(text.starts_with("8 cases under 1 runtime and 4 further versions and modes of them, guests"), "{text}");
    assert!(text.contains("\n| | linux<br>1.27.1<br>*reference* | second<br>2.0.0 |\n"), "{text}");
    assert!(text.contains("\nThe reference column is not a runtime: "), "{text}");
}

#[test]
fn a_mode_stands_for_a_runtime_whose_primary_column_was_not_run() {
    let mut results = sample::small();
    let primary = results.columns.iter().find(|column| column.primary && column.available).unwrap().column.clone();
    results.records.retain(|record| record.column != primary);
    let text = markdown(&results);
    assert!(text.starts_with("8 cases under 1 runtime and 3 further versions and modes of them, guests"), "{text}");
    let head = text.lines().find(|line| line.starts_with("| | ")).unwrap();
    assert!(head.starts_with("| | second<br>") && head != "| | second<br>2.0.0 |", "{head}");
    assert!(text.contains("\n| fs | "), "{text}");
}

fn second() -> Vec<String> {
    vec!["second".to_owned()]
}

#[test]
fn the_short_matrix_has_one_figure_a_cell() {
    let text = short(&sample::with_reference(), &second()).unwrap();
    assert!(text.starts_with("8 cases under 1 runtime and 4 further versions and modes of them, guests"), "{text}");
    // Two work and two differ. The one observed, the unsupported one and the one where the harness failed count not.
    assert!(text.contains("\n| | second<br>2.0.0 |\n|---|---|\n| fs | 2/4 |\n"), "{text}");
    assert!(!text.contains("*reference*") && !text.contains("Not installed"), "{text}");
}

#[test]
fn an_area_that_passes_and_one_that_is_not_judged_have_a_sign_each() {
    let mut results = sample::small();
    results.records.retain(|record| record.verdict.word() == "pass");
    let text = short(&results, &second()).unwrap();
    assert!(text.contains("\n| fs | ✓ |\n"), "{text}");
    let mut results = sample::small();
    results.records.retain(|record| record.verdict.word() == "unsupported");
    let text = short(&results, &second()).unwrap();
    assert!(text.contains("\n| fs | – |\n"), "{text}");
}

#[test]
fn a_runtime_that_the_results_lack_is_named() {
    let error = short(&sample::small(), &["third".to_owned()]).unwrap_err().to_string();
    assert_eq!(error, "the results have no runtime `third`; they have: first, second");
}

#[test]
fn a_documents_mark_says_which_matrix_it_holds() {
    let results = sample::small();
    let full = update(&format!("before\n{BEGIN}\nold\n{END}\nafter\n"), &results).unwrap();
    assert_eq!(full, format!("before\n{BEGIN}\n{}{END}\nafter\n", markdown(&results)));
    let mark = BEGIN.replace("summary`", "summary --only second`");
    let few = update(&format!("{mark}\n{END}\n"), &results).unwrap();
    assert_eq!(few, format!("{mark}\n{}{END}\n", short(&results, &second()).unwrap()));
    for lacking in ["", BEGIN, END] {
        let error = format!("{:#}", update(lacking, &results).unwrap_err());
        assert!(error.starts_with("lacks a mark; put `<!-- matrix: begin"), "{error}");
    }
}
