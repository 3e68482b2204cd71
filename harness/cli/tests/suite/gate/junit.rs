//! Results as JUnit XML: well-formed whatever guests print, built as CI servers' schema asks, and honest.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::{env, fs};

use matrix_model::difference::Difference;
use matrix_model::expectation::Aspect;
use matrix_model::record::Record;
use matrix_model::recorded_outcome::Excerpt;
use matrix_model::results::Results;
use matrix_model::verdict::{Failure, Verdict};
use matrix_report::junit;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus};
use regex::Regex;

use super::surroundings::Files;
use crate::report::large;
use crate::report::sample::{self, HOSTILE, difference};

fn xml(results: &Results) -> String {
    junit::xml(results, |_| false).unwrap_or_else(|error| panic!("{error:#}"))
}

/// Read by another than the one who wrote it.
fn read(xml: &str) -> Report {
    Report::deserialize_from_str(xml).unwrap_or_else(|error| panic!("{error}\n{xml}"))
}

fn test_case<'r>(report: &'r Report, column: &str, case: &str) -> &'r TestCase {
    let suite = report.test_suites.iter().find(|suite| suite.name.as_str() == column).expect("a suite a column");
    suite.test_cases.iter().find(|found| found.name.as_str() == case).expect("a test case a cell")
}

#[test]
fn every_verdict_is_told_as_what_it_is() {
    let results = sample::small();
    let report = read(&xml(&results));
    assert_eq!(report.tests, results.records.len());
    let of = |case: &str| test_case(&report, "second@2.0.0", case);
    let said = |case: &str| of(case).system_out.as_ref().map_or("", |text| text.as_str());
    let passes = |case: &str| matches!(of(case).status, TestCaseStatus::Success { .. });

    assert!(passes("fs/rename/pass"));
    assert_eq!(said("fs/rename/pass"), "");
    assert!(passes("fs/known"));
    assert!(
        said("fs/known").contains("verdict: known (wrong-exit)\nrecorded: It strips the leading /"),
        "{}",
        said("fs/known")
    );
    assert!(
        said("fs/known").contains("\nfault: runtime, versions >=0.14, https://github.com/example/runtime/issues/7\n")
    );
    assert!(passes("fs/observed"));
    assert!(said("fs/observed").contains("\nstdout: \"character device <tty>\\n\"\n"), "{}", said("fs/observed"));
    let TestCaseStatus::Skipped { message, .. } = &of("fs/unsupported").status else { panic!("unsupported") };
    assert_eq!(message.as_deref(), Some("unsupported (fuel)"));
    let TestCaseStatus::NonSuccess { kind, message, ty, description, .. } = &of("fs/fail").status else {
        panic!("fail")
    };
    assert_eq!((*kind, ty.as_deref()), (NonSuccessKind::Failure, Some("wrong-output")));
    assert_eq!(message.as_deref(), Some("fail (wrong-output): stdout: <b>no</b>\\n"));
    assert!(description.as_ref().unwrap().contains("  - renamed\\n\n  + <b>no</b>\\n"));
    let TestCaseStatus::NonSuccess { kind, ty, .. } = &of("fs/stale").status else { panic!("stale") };
    assert_eq!((*kind, ty.as_deref()), (NonSuccessKind::Failure, Some("stale")));
    let TestCaseStatus::NonSuccess { kind, ty, .. } = &of("fs/error").status else { panic!("error") };
    assert_eq!((*kind, ty.as_deref()), (NonSuccessKind::Error, Some("harness-error")));
    assert!(matches!(test_case(&report, "first@1.0.0", "fs/fail").status, TestCaseStatus::Skipped { .. }));

    let required = read(&junit::xml(&results, |record| record.runtime == "first").unwrap());
    let TestCaseStatus::NonSuccess { kind, message, .. } = &test_case(&required, "first@1.0.0", "fs/fail").status
    else {
        panic!("what is required and missing is no skip")
    };
    assert_eq!(*kind, NonSuccessKind::Error);
    assert_eq!(message.as_deref(), Some("first@1.0.0 is required and not installed: apt-get install <first>"));
}

/// Every text of a record and of its facts is one that wishes the document ill.
fn hostile() -> Results {
    let every: String = (0..=0x2ff).chain(0xfff0..=0x1_0010).filter_map(char::from_u32).collect();
    let text = format!("{HOSTILE}]]>&amp;<![CDATA[ \u{fffe}\u{ffff}{every}");
    let mut results = sample::small();
    for facts in &mut results.columns {
        facts.mode = Some(text.clone());
    }
    for record in &mut results.records {
        hostile_record(record, &text);
    }
    results
}

fn hostile_record(record: &mut Record, text: &str) {
    let of = text.to_owned();
    record.case = format!("{}{text}", record.case);
    record.cell = of.clone();
    if let Verdict::HarnessError { message } = &mut record.verdict {
        *message = of.clone();
    }
    if let Verdict::Unavailable { hint } = &mut record.verdict {
        *hint = of.clone();
    }
    if let Some(receipt) = &mut record.receipt {
        receipt.reported_version = of.clone();
    }
    if let Some(known) = &mut record.divergence {
        (known.reason, known.url) = (of.clone(), of.clone());
    }
    if let Some(outcome) = &mut record.outcome {
        outcome.stdout = Excerpt::of(&[b"\xff\xfe\x00\xed\xa0\x80", text.as_bytes()].concat());
        outcome.stderr = Excerpt::of(b"\x1b[31m\xc3(");
    }
    if record.verdict.failure().is_some() {
        record.differences =
            vec![Difference { of: Aspect::File(of.clone()), expected: of.clone(), observed: of, ..difference() }];
    }
}

#[test]
fn what_guests_print_leaves_it_well_formed() {
    let results = hostile();
    let xml = xml(&results);
    let forbidden = |c: char| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}');
    assert_eq!(xml.find(forbidden), None, "characters that no XML document may have");
    assert!(!xml.contains("<script") && !xml.contains("<b>") && !xml.contains("<![CDATA[ "));
    let report = read(&xml);
    assert_eq!(report.tests, results.records.len());
    let said =
        report.test_suites.iter().flat_map(|suite| &suite.test_cases).filter_map(|case| case.system_out.as_ref());
    assert!(said.clone().any(|said| said.contains("\\xff\\xfe\\0\\xed\\xa0\\x80")));
    assert!(said.clone().any(|said| said.contains("\\u{202e}txt")));
}

/// What the schema that Jenkins' xUnit plugin holds documents against allows: attributes and children, by element.
/// `make junit-schema` asks the schema itself.
#[test]
fn it_is_built_as_ci_servers_ask() {
    let allowed: BTreeMap<_, (&[&str], &[&str])> = BTreeMap::from([
        ("testsuites", (&["name", "time", "tests", "failures", "errors"][..], &["testsuite"][..])),
        (
            "testsuite",
            (
                &["name", "tests", "failures", "errors", "skipped", "time", "timestamp"],
                &["properties", "testcase", "system-out", "system-err"],
            ),
        ),
        ("properties", (&[], &["property"])),
        ("property", (&["name", "value"], &[])),
        (
            "testcase",
            (
                &["name", "classname", "time"],
                &["skipped", "error", "failure", "flakyFailure", "system-out", "system-err"],
            ),
        ),
        ("skipped", (&["type", "message"], &[])),
        ("error", (&["type", "message"], &[])),
        ("failure", (&["type", "message"], &[])),
        ("system-out", (&[], &[])),
    ]);
    let tag = Regex::new(r#"<(/?)([a-zA-Z-]+)((?: [a-zA-Z-]+="[^"<]*")*)(/?)>"#).unwrap();
    let attribute = Regex::new(r#" ([a-zA-Z-]+)=""#).unwrap();
    for results in [sample::small(), sample::with_reference(), hostile(), large::large(300, large::Breadth::Real)] {
        let xml = xml(&results);
        let mut open: Vec<&str> = Vec::new();
        let mut testcases = 0;
        for found in tag.captures_iter(&xml) {
            let name = found.get(2).unwrap().as_str();
            if &found[1] == "/" {
                assert_eq!(open.pop(), Some(name));
                continue;
            }
            let (attributes, _) = allowed.get(name).unwrap_or_else(|| panic!("<{name}>"));
            for attribute in attribute.captures_iter(&found[3]) {
                assert!(attributes.contains(&&attribute[1]), "<{name} {}>", &attribute[1]);
            }
            match open.last() {
                Some(parent) => assert!(allowed[parent].1.contains(&name), "<{name}> in <{parent}>"),
                None => assert_eq!(name, "testsuites"),
            }
            testcases += usize::from(name == "testcase");
            if &found[4] != "/" {
                open.push(name);
            }
        }
        assert_eq!((open.len(), testcases), (0, results.records.len()));
    }
}

#[test]
fn a_file_is_written_whole() {
    let files = Files::new();
    let path = files.path("some/where/junit.xml");
    junit::write(&hostile(), |_| false, &path).unwrap();
    read(&fs::read_to_string(&path).unwrap());
    // For `make junit-schema`.
    if let Some(folder) = env::var_os("WASIP1_MATRIX_JUNIT") {
        let folder = PathBuf::from(folder);
        let mut flaky = sample::small();
        flaky.records.retain(|record| record.verdict != Verdict::Fail { failure: Failure::WrongOutput });
        for (name, results) in
            [("hostile", hostile()), ("large", large::large(300, large::Breadth::Real)), ("few", flaky)]
        {
            junit::write(&results, |record| record.runtime == "first", &folder.join(format!("{name}.xml"))).unwrap();
        }
    }
}
