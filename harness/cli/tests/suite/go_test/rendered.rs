//! The answer as JUnit, as a page, as annotations, and in a job's summary.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use matrix_model::go_test::{TestEnd, TestReport};
use matrix_report::go_test::terminal::{Tone, lines};
use matrix_report::go_test::{annotations, junit, page, step_summary};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus};
use regex::Regex;

use super::sample::{COLUMNS, STORE, large, report};
use crate::fake::holds;

fn html(report: &TestReport) -> String {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports");
    page::html(report, &[], &assets).unwrap_or_else(|error| panic!("{error:#}"))
}

fn case<'d>(document: &'d Report, column: &str, test: &str) -> Option<&'d TestCase> {
    let name = format!("{STORE} under {column}");
    let suite = document.test_suites.iter().find(|suite| suite.name.as_str() == name).expect("a suite");
    suite.test_cases.iter().find(|case| case.name.as_str() == test)
}

#[test]
fn junit_has_a_suite_for_each_package_and_column() {
    let xml = junit::xml(&report("")).expect("XML");
    let document = Report::deserialize_from_str(&xml).unwrap_or_else(|error| panic!("{error}\n{xml}"));
    let names: Vec<_> = document.test_suites.iter().map(|suite| suite.name.as_str().to_owned()).collect();
    assert_eq!(names.len(), 3 * COLUMNS.len() + 2, "{names:?}");
    let status = |column: usize, test: &str| &case(&document, COLUMNS[column], test).expect(test).status;
    let failure = |column: usize, test: &str| {
        let TestCaseStatus::NonSuccess { kind, message, ty, description, .. } = status(column, test) else {
            panic!("{test} fails")
        };
        assert_eq!(*kind, NonSuccessKind::Failure, "{test}");
        let text = |part: &Option<quick_junit::XmlString>| part.as_ref().map(|part| part.as_str().to_owned());
        (text(ty).unwrap_or_default(), text(message).unwrap_or_default(), text(description).unwrap_or_default())
    };
    let (kind, message, text) = failure(0, "TestFails/sub");
    assert_eq!((&*kind, &*message), ("fails-natively", "fails natively, too: store_test.go:17: as it should"));
    assert!(text.contains("store_test.go:17: as it should"), "{text}");
    let (_, _, text) = failure(1, "TestRuntime");
    holds(&text, &["path_link gave", "The matrix does not know this cause yet."]);
    assert_eq!(failure(1, "TestPasses").0, "not-reached");
    assert!(matches!(status(0, "TestPasses"), TestCaseStatus::Success { .. }));
    let known = case(&document, COLUMNS[0], "TestKnown").expect("a known failure");
    assert!(matches!(known.status, TestCaseStatus::Success { .. }), "as in the XML of results");
    holds(known.system_out.as_ref().expect("a reason").as_str(), &["verdict: known: Its <preopens> lose a slash."]);
    let TestCaseStatus::Skipped { message, .. } = status(1, "TestSkipped") else { panic!("it is skipped") };
    holds(message.as_ref().expect("why"), &["because of a runtime", "with GOWASIRUNTIME=unknown, it fails"]);
    let TestCaseStatus::Success { flaky_runs } = status(0, "TestUnsteady") else { panic!("it is not red") };
    assert_eq!(flaky_runs.len(), 1);
    assert!(case(&document, COLUMNS[0], "TestFails").is_none(), "its subtest says all");
    assert_eq!((document.failures, document.errors), (10, 2), "{xml}");
    assert!(!xml.contains("<script") && !xml.contains('\u{202e}'), "{xml}");
}

#[test]
fn a_page_needs_nothing_else_and_its_links_lead_somewhere() {
    let html = html(&report(""));
    holds(
        &html,
        &[
            "Content-Security-Policy",
            "default-src 'none'",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
            "✗ fails here",
            "path_link() = success",
            "with GOWASIRUNTIME=unknown, it fails under b@2.0.0",
            "Shown by <code>fs/known</code> under b@2.0.0. Both make &lt;a&gt; link.",
            "Known failures that are none any more",
            "not installed: take &lt;it&gt;",
        ],
    );
    for bad in ["<script", "href=\"http", "src=", "style=\"", "\u{202e}"] {
        assert!(!html.contains(bad), "{bad}");
    }
    let ids: BTreeMap<String, usize> = Regex::new("id=\"([^\"]+)\"").expect("a pattern").captures_iter(&html).fold(
        BTreeMap::new(),
        |mut ids, found| {
            *ids.entry(found[1].to_owned()).or_default() += 1;
            ids
        },
    );
    assert!(ids.values().all(|count| *count == 1), "{ids:?}");
    let links: Vec<_> = Regex::new("href=\"#([^\"]+)\"")
        .expect("a pattern")
        .captures_iter(&html)
        .map(|found| found[1].to_owned())
        .collect();
    assert!(links.len() > 15, "{links:?}");
    assert_eq!(links.iter().filter(|link| !ids.contains_key(*link)).collect::<Vec<_>>(), Vec::<&String>::new());
    let fine = html.lines().filter(|line| line.contains("example.org/m/fine")).count();
    assert_eq!(fine, 1, "a package that is fine is one line");
}

#[test]
fn large_answers_stay_usable() {
    let report = large();
    let begun = Instant::now();
    let html = html(&report);
    let summary = step_summary::markdown(&report);
    let xml = junit::xml(&report).expect("XML");
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    assert!(html.len() < 20 << 20, "{} bytes", html.len());
    assert!(html.contains("more lines") && xml.len() > html.len(), "the page has no whole dumps");
    assert!(summary.len() < 1 << 20, "GitHub takes no more than a megabyte: {}", summary.len());
    let told = annotations::of(&report, |_| None);
    assert_eq!(told.lines().count(), 10, "GitHub shows no more: {told}");
    holds(told.lines().last().expect("lines"), &["2511 more tests are red"]);
}

#[test]
fn a_red_test_is_an_error_at_its_own_line() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = "package store\n\nfunc TestHere(t *testing.T) {\n";
    fs::write(folder.path().join("store_test.go"), source).expect("a file");
    let path = folder.path().to_str().expect("UTF-8");
    let in_checkout = |file: &Path| Some(format!("store/{}", file.file_name()?.to_str()?));
    let told = annotations::of(&report(path), in_checkout);
    let lines: Vec<_> = told.lines().collect();
    assert!(lines.iter().all(|line| line.starts_with("::error ")), "{told}");
    assert_eq!(lines.len(), 9, "one for each red test, entry and column, and none for each column: {told}");
    let of = |test: &str| *lines.iter().find(|line| line.contains(test)).unwrap_or_else(|| panic!("{test}: {told}"));
    holds(
        of("TestFails/sub"),
        &["file=store/store_test.go,line=17,", "all 2 columns: fails natively, too%0Astore_test.go:17: as it should"],
    );
    holds(of("TestHere"), &["file=store/store_test.go,line=3,", "b@2.0.0: fails here and not natively"]);
    holds(of("m/broken"), &["file=store/a_test.go,line=3,", "does not build for wasip1"]);
    holds(of("none any more"), &["file=store/wasip1-known-failures.toml,line=7,", "delete the entry"]);
    holds(of("d@4.0.0"), &["its host does not build"]);
    assert!(!told.contains("TestKnown") && !told.contains("TestSkipped"), "{told}");
    assert!(!annotations::of(&report(path), |_| None).contains("file="), "what is not in the checkout has no place");
}

#[test]
fn a_summary_has_a_table_and_the_red_tests() {
    let summary = step_summary::markdown(&report(""));
    holds(
        &summary,
        &[
            "### wasip1-matrix test: 3 packages in 2 columns: ",
            "\n| | a&#64;1.0.0 | b&#64;2.0.0 |\n|---|---|---|\n",
            "\n| `example.org/m/store` | ✗ 2 red, 1 known | ✗ 6 red |\n",
            "\n- `example.org/m/store` `TestFails/sub`\n  - all 2 columns: fails natively, too\n",
            "    - `store_test.go:17: as it should`\n",
            "- stale: `/wasip1-known-failures.toml:7`: `TestPasses` passes under `a@1.0.0`\n",
            "- not run: `c@3.0.0`: not installed: take &lt;it&gt;\n",
        ],
    );
    assert!(summary.contains("- `<script>alert(1)"), "what a test wrote is code: {summary}");
}

#[test]
fn at_a_terminal_red_is_red_and_known_is_faint() {
    let report = report("");
    let lines = lines(&report, false);
    let tone = |text: &str| lines.iter().find(|line| line.text.contains(text)).unwrap_or_else(|| panic!("{text}")).tone;
    assert_eq!((tone("FAIL  example.org/m/store"), tone("TestFails/sub")), (Tone::Red, Tone::Red));
    assert_eq!((tone("TestKnown"), tone("skipped only here")), (Tone::Faint, Tone::Faint));
    assert_eq!((tone("ok    example.org/m/fine"), tone("because of a runtime")), (Tone::Plain, Tone::Plain));
    let text: String = lines.iter().map(|line| format!("{}\n", line.text)).collect();
    holds(
        &text,
        &["because of a runtime", "with GOWASIRUNTIME=unknown, it fails under b@2.0.0", "(cached)", "stale: "],
    );
    assert!(!text.contains('\u{202e}') && !text.contains('\u{1b}'), "{text}");
    let failed = report.packages.iter().flat_map(|package| package.columns.values());
    let failed: usize = failed.map(|run| run.count(TestEnd::Failed)).sum();
    holds(&text, &[&format!("{failed} failed")]);
}
