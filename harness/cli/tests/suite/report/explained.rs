//! What host call made a cell other than expected, on its page; and the causes, on the runtime's.

use matrix_model::beside_record::BesideRecord;
use matrix_model::explanation::{Beside, Explained, Lines, Pattern};
use matrix_model::record::Record;
use matrix_model::results::Results;
use matrix_model::verdict::{Failure, Verdict};
use matrix_store::records;
use matrix_store::sidecar;

use super::{cells, pages, sample};

const CAUSE: &str = "It answers path_rename with badf, and not with success.";

/// The small results, with an explanation of each cell that is not as expected.
pub fn explained() -> Results {
    let mut results = sample::small();
    for record in &mut results.records {
        let (Verdict::Fail { failure } | Verdict::Known { failure }) = record.verdict else { continue };
        record.key = Some(format!("key of {}", record.cell));
        let explained = of(record, failure);
        results.explanations.push(explained);
    }
    results
}

fn of(record: &Record, failure: Failure) -> Explained {
    let call = |errno: &str| format!("path_rename(fd=3, \"</code><script>{}\", fd=3, \"b\") = {errno}", record.case);
    Explained {
        form: Explained::FORM,
        cell: record.cell.clone(),
        column: record.column.clone(),
        case: record.case.clone(),
        key: record.key.clone().expect("a record that is explained has a key"),
        failure,
        sentence: format!("{} answered path_rename(\"<a>\u{202e}\") with 8 badf.", record.column),
        pattern: Some(Pattern::Errno),
        cause: Some(CAUSE.to_owned()),
        function: Some("path_rename".to_owned()),
        answers: None,
        call: Some(call("8 badf")),
        reference: Some(Beside { column: "first@1.0.0".to_owned(), verdict: Verdict::Pass }),
        excerpt: vec![
            Lines::Both("fd_prestat_get(fd=3) = 0".to_owned()),
            Lines::Differ { own: call("8 badf"), reference: call("0") },
            Lines::Own("proc_exit(rval=1)".to_owned()),
            Lines::Reference("proc_exit(rval=0)".to_owned()),
        ],
    }
}

#[test]
fn a_cell_shows_the_call_and_the_cells_of_its_cause() {
    let results = explained();
    let count = results.explanations.len();
    let pages = pages(&results);
    let section = cells::section(&pages, "second@2.0.0", "fs/known");
    assert!(section.contains("<h4>Cause</h4>"), "{section}");
    assert!(section.contains("second@2.0.0 answered path_rename(&quot;&lt;a&gt;"), "{section}");
    assert!(section.contains(&format!("{count} cells</a> of 2 cases have this cause: {CAUSE}")), "{section}");
    assert!(section.contains("#second@2.0.0\">fs/fail</a>") || section.contains(">fs/fail</a>"), "{section}");
    assert!(section.contains("<tr class=\"apart\"><td>≠</td><td><code>path_rename("), "{section}");
    assert!(section.contains("<tr><td>=</td>"), "what is alike is not marked");
    assert!(!section.contains("<script>") && !section.contains('\u{202e}'), "{section}");
    let runtime = &pages["runtime/second.html"];
    assert!(runtime.contains("<h2 id=\"causes\">Host calls at fault</h2>") && runtime.contains(CAUSE), "{runtime}");
    let listed =
        format!("<p class=\"also\">{count} cells, by <a href=\"../function/path_rename.html\">path_rename</a>.</p>");
    assert!(runtime.contains(&listed), "{runtime}");
    let page = &pages["case/fs/rename/pass.html"];
    assert!(!page.contains("<h4>Cause</h4>"), "nothing is to be explained");
}

#[test]
fn an_explanation_is_shown_for_no_other_outcome() {
    let shown = |change: &dyn Fn(&mut Results)| {
        let mut results = explained();
        change(&mut results);
        pages(&results).values().any(|page| page.contains("<h4>Cause</h4>"))
    };
    assert!(shown(&|_| {}));
    assert!(!shown(&|results| results.records.iter_mut().for_each(|record| record.key = Some("another".to_owned()))));
    assert!(!shown(&|results| results
        .explanations
        .iter_mut()
        .for_each(|explained| explained.form = Explained::FORM + 1)));
    assert!(!shown(&|results| results.explanations.iter_mut().for_each(|one| one.failure = Failure::Timeout)));
    assert!(!shown(&|results| {
        for record in &mut results.records {
            let mut known = sample::known();
            known.withheld = true;
            record.divergence = Some(known);
        }
    }));
}

#[test]
fn what_has_no_cause_in_common_is_listed_by_itself() {
    let mut results = explained();
    let all = results.explanations.len();
    results.explanations.truncate(2);
    for explained in &mut results.explanations {
        (explained.cause, explained.function, explained.call, explained.excerpt) = (None, None, None, Vec::new());
        explained.sentence = "The harness cannot tell: there is no other column.".to_owned();
    }
    let pages = pages(&results);
    let runtime = &pages["runtime/second.html"];
    assert!(
        runtime.contains("No host call is at fault") && runtime.contains("<p class=\"also\">2 cells.</p>"),
        "{runtime}"
    );
    assert!(runtime.contains(&format!("{} more cells deviate and are not explained here", all - 2)), "{runtime}");
    let told =
        pages.values().filter(|page| page.contains("The harness cannot tell: there is no other column.")).count();
    assert!(told > 0, "the reason is said");
}

#[test]
fn what_is_kept_is_read_for_its_record_alone() {
    let folder = tempfile::TempDir::new().unwrap();
    let results = explained();
    let explained = &results.explanations[0];
    let record = results.records.iter().find(|record| record.cell == explained.cell).unwrap();
    assert_eq!(sidecar::read_of::<Explained>(folder.path(), record).unwrap(), None);
    sidecar::write(folder.path(), explained).unwrap();
    assert_eq!(sidecar::read_of::<Explained>(folder.path(), record).unwrap().as_ref(), Some(explained));
    let other = Record { key: Some("another".to_owned()), ..record.clone() };
    assert_eq!(sidecar::read_of::<Explained>(folder.path(), &other).unwrap(), None);
    let path = records::path(folder.path(), &record.cell);
    std::fs::write(&path, format!("{{\"form\": {}, \"of\": \"another time\"}}", Explained::FORM + 1)).unwrap();
    assert_eq!(sidecar::read_of::<Explained>(folder.path(), record).unwrap(), None);
    std::fs::write(&path, "{").unwrap();
    let error = sidecar::read_of::<Explained>(folder.path(), record).unwrap_err().to_string();
    assert!(error.contains(&path.display().to_string()), "{error}");
}
