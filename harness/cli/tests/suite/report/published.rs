//! The tests that the project publishes: their pages, and that what is committed is what they are made of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use matrix_model::escape::html;
use matrix_report::go_test::page;
use matrix_report::go_test::published::{PUBLISHED, Published};
use matrix_store::test_parts;
use regex::Regex;

use super::{all, pages, sample};
use crate::fake::holds;
use crate::go_test;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The set of the modules.
fn modules() -> &'static Published {
    PUBLISHED.iter().find(|set| set.folder == test_parts::MODULES).expect("a set")
}

/// What Go has to fetch, by the module's path.
fn required() -> BTreeMap<String, String> {
    let text = text("examples/modules/go.mod");
    let pattern = Regex::new(r"(?m)^\t(\S+) (v\S+)").expect("a pattern");
    pattern.captures_iter(&text).map(|found| (found[1].to_owned(), found[2].to_owned())).collect()
}

fn escaped(text: &str) -> String {
    let mut escaped = Vec::new();
    html(text, &mut escaped).expect("memory takes all");
    String::from_utf8(escaped).expect("UTF-8")
}

#[test]
fn each_set_has_a_page_that_every_page_leads_to() {
    let pages = pages(&sample::small());
    for set in &PUBLISHED {
        let page = &pages[set.page];
        holds(page, &[set.title, "</nav>", "v1.2.3", "Packages", "fails here", "results.json"]);
        for command in set.repeat {
            holds(page, &[&escaped(command)]);
        }
        for (file, other) in &pages {
            let up = "../".repeat(file.matches('/').count());
            assert!(other.contains(&format!("href=\"{up}{}\"", set.page)), "{file} has no link to {}", set.page);
        }
    }
    let index = &pages["index.html"];
    holds(index, &["The tests of well-known modules</a>: 3 packages in 2 columns."]);
}

#[test]
fn a_package_is_a_row_that_says_how_many_tests_fail_and_whose_doing_that_is() {
    let pages = pages(&sample::small());
    let page = &pages[modules().page];
    let rows: Vec<_> = page.lines().filter(|line| line.starts_with("<tr><th scope=\"row\">")).collect();
    let cells = |package: &str| {
        let row = rows.iter().find(|row| row.contains(package)).unwrap_or_else(|| panic!("{package}"));
        all(row, r#"<td>(?:<span class="[^"]+">)?([^<]+)<"#).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(cells("example.org/m/fine"), ["1 passes", "✓ 1 passes", "✓ 1 passes"]);
    assert_eq!(cells("example.org/m/broken"), ["not run", "⊘ not built", "! harness"]);
    assert_eq!(
        cells("example.org/m/store"),
        [
            "1 of 2 fails",
            "✗ 1 of 7 fails everywhere, 1 fails natively, 1 fails as known, 1 unsteady",
            "✗ ends too early; 2 of 7 fail here, 1 not run, 1 fails everywhere, 1 fails natively",
        ]
    );
}

#[test]
fn a_package_is_not_run_in_a_column_that_has_nothing_of_it() {
    let mut report = go_test::sample::report("");
    let package = report.packages.iter_mut().find(|package| package.package == go_test::sample::STORE).expect("it");
    package.columns.remove(go_test::sample::COLUMNS[1]);
    for row in &mut package.rows {
        row.columns.remove(go_test::sample::COLUMNS[1]);
    }
    package.rows.retain(|row| !row.columns.is_empty());
    let html = page::html(&report, &[], &root().join("reports")).expect("a page");
    let row = |begins: &str| html.lines().find(|line| line.contains(begins)).unwrap_or_else(|| panic!("{begins}"));
    assert!(row("\">example.org/m/store</a>").ends_with("<td><span class=\"stop not-run\">∅ not run</span></td></tr>"));
    assert!(row("\">TestKnown</a>").ends_with("<td>∅ not run</td></tr>"), "{}", row("\">TestKnown</a>"));
}

#[test]
fn what_is_committed_is_whole() {
    for set in &PUBLISHED {
        let (names, parts) = test_parts::read(&root().join(set.folder)).unwrap_or_else(|error| panic!("{error:#}"));
        assert!(parts.iter().any(|part| part.column.is_native()), "{}: no native run", set.folder);
        for part in &parts {
            assert_eq!((&part.go, &part.flags), (&parts[0].go, &parts[0].flags), "{}", part.column.name);
            let unknown: Vec<_> =
                part.packages.keys().filter(|package| !names.packages.contains_key(*package)).collect();
            assert!(unknown.is_empty(), "{}: {unknown:?}", part.column.name);
        }
        let words = text("Makefile");
        assert!(words.contains(&format!("{} ", set.folder)), "no target of the Makefile makes {}", set.folder);
    }
}

#[test]
fn the_modules_are_those_of_the_list_at_the_versions_of_go_mod() {
    let (names, _) = test_parts::read(&root().join(modules().folder)).expect("what is committed");
    let listed: BTreeSet<_> = text("examples/modules/packages").lines().map(str::to_owned).collect();
    let shown: BTreeSet<_> = names.packages.keys().cloned().collect();
    assert_eq!(shown, listed, "`make modules` runs the list, and nothing else is in the results");
    let required = required();
    for package in &listed {
        let module = names.module_of(package).unwrap_or_else(|| panic!("{package} has no version"));
        assert_eq!(required.get(&module.path), Some(&module.version), "{}", module.path);
    }
    assert!(names.modules.len() >= 20, "{}", names.modules.len());
}
