//! What GitHub is told, and badges.

use std::fs;

use matrix_report::badge::Badge;
use matrix_report::github::{annotations, step_summary};
use matrix_report::summary::{self, short};

use super::surroundings::Files;
use crate::report::large;
use crate::report::sample;

#[test]
fn red_cells_are_errors_where_something_is_to_be_done() {
    let told =
        annotations(&sample::small(), &["third@1.0.0".to_owned()], |file| Some(format!("vendored/suite/{file}")));
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines[0], "::error title=required and not installed::third@1.0.0 is missing");
    let starts =
        |start: &str| assert!(told.lines().any(|line| format!("{line}\n").starts_with(start)), "{start}\n{told}");
    starts(
        "::error file=vendored/suite/cases/fs.toml,line=12,title=second@2.0.0/fs/fail%3A fail (wrong-output)::observed stdout: <b>no</b>\\n%0Aexpected stdout: renamed\\n\n",
    );
    // What is out of date is the record.
    starts(
        "::error file=vendored/suite/runtimes/second/divergences.toml,line=3,title=second@2.0.0/fs/stale%3A stale::as expected",
    );
    starts(
        "::error file=vendored/suite/cases/fs.toml,line=12,title=second@2.0.0/fs/error%3A harness-error::no <space> left",
    );
    assert!(lines.iter().all(|line| line.starts_with("::error ")), "{told}");
    let elsewhere = annotations(&sample::small(), &[], |_| None);
    assert!(elsewhere.contains("::error title=second@2.0.0/fs/fail%3A fail (wrong-output)::observed "), "{elsewhere}");
    assert!(!elsewhere.contains("file="), "{elsewhere}");
    let many = annotations(&large::large(300, large::Breadth::Real), &[], |_| None);
    assert_eq!(many.lines().count(), 10, "GitHub shows no more");
    assert!(many.lines().last().unwrap().contains(" more cells are red"), "{many}");
}

#[test]
fn a_summary_names_the_red_cells_and_shows_the_matrix() {
    let summary = step_summary(&sample::small(), &["third@1.0.0".to_owned()]);
    assert!(summary.starts_with("### wasip1-matrix: "), "{summary}");
    assert!(summary.contains("\n- `third@1.0.0` is required and not installed\n"), "{summary}");
    assert!(
        summary.contains("\n- `second@2.0.0/fs/fail` fail (wrong-output)\n  - `stdout: <b>no</b>\\n`\n"),
        "{summary}"
    );
    assert!(summary.contains("\n| | second<br>2.0.0 |\n"), "{summary}");
    assert!(step_summary(&large::large(300, large::Breadth::Real), &[]).len() < 1 << 20, "GitHub takes no more");
}

#[test]
fn the_matrix_is_printed_or_written_into_documents() {
    let files = Files::new();
    let results = sample::small();
    files.write("results.json", &results);
    let summary = |more: &[&str]| files.command(&[&["summary", "--from", "results.json"], more].concat());
    let full = summary(&[]);
    assert_eq!((full.code, full.out), (Some(0), summary::markdown(&results)), "{}", full.err);
    let few = summary(&["--only", "second"]);
    assert_eq!((few.code, few.out), (Some(0), short(&results, &["second".to_owned()]).unwrap()), "{}", few.err);
    let unknown = summary(&["--only", "third"]);
    let says = "--only: the results have no runtime `third`; they have: first, second\n";
    assert_eq!((unknown.code, unknown.err.as_str()), (Some(2), says));

    let document = format!("{}\n{}\n", summary::BEGIN, summary::END);
    for name in ["one.md", "two.md"] {
        fs::write(files.path(name), &document).unwrap();
    }
    let written = summary(&["--into", "one.md", "--into", "two.md"]);
    assert_eq!((written.code, written.out.as_str()), (Some(0), ""), "{}", written.err);
    for name in ["one.md", "two.md"] {
        assert_eq!(fs::read_to_string(files.path(name)).unwrap(), summary::update(&document, &results).unwrap());
    }
    fs::write(files.path("bare.md"), "no marks\n").unwrap();
    let bare = summary(&["--into", "bare.md"]);
    assert_eq!(bare.code, Some(2));
    assert!(bare.err.starts_with("bare.md: lacks a mark; put"), "{}", bare.err);
}

#[test]
fn a_badge_counts_and_says_whose_it_is() {
    let badge = Badge::of(&sample::small(), "second").unwrap();
    assert_eq!(
        badge.endpoint().to_string(),
        r#"{"schemaVersion":1,"label":"Go wasip1 · Second 2.0.0","message":"3 work, 2 differ","color":"critical"}"#
    );
    let jit = Badge::of(&sample::small(), "second@1.9.0").unwrap();
    assert_eq!(jit.endpoint()["color"], "informational");
    let mut results = sample::small();
    results.columns[0].name = "<script>&\"'\u{202e}".to_owned();
    let svg = Badge::of(&results, "second").unwrap().svg();
    assert!(svg.contains("Go wasip1 · &lt;script&gt;&amp;&quot;&#39;\\u{202e} 2.0.0"), "{svg}");
    assert!(!svg.contains("<script") && !svg.contains("href"), "{svg}");
    let missing = Badge::of(&sample::small(), "first").unwrap_err().to_string();
    assert!(missing.starts_with("nothing was run in first@1.0.0"), "{missing}");
}

#[test]
fn the_command_writes_both_forms() {
    let files = Files::new();
    files.write("results.json", &sample::small());
    let said = files.command(&["badge", "--from", "results.json", "second", "second@2.0.0+jit", "--out", "badges"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(fs::read_to_string(files.path("badges/second@2.0.0+jit.svg")).unwrap().starts_with("<svg "));
    assert!(fs::read_to_string(files.path("badges/second.json")).unwrap().contains("\"schemaVersion\": 1"));
    for (name, said) in
        [("third", "no column third in the results; there are second@2.0.0"), ("../x", "without a case")]
    {
        let bad = files.command(&["badge", "--from", "results.json", name]);
        assert_eq!(bad.code, Some(2));
        assert!(bad.err.contains(said), "{}", bad.err);
    }
}
