//! What changed since an older run, on the pages.

use matrix_model::results::Results;
use matrix_model::results::day::Finished;
use matrix_model::verdict::{Failure, Verdict};
use matrix_report::changes::{Between, Changes, CondensedResults};
use matrix_report::pages::{self, Beside};
use tempfile::TempDir;

use super::{Pages, all, assets, read, sample};

/// What changed from one run to another.
pub fn changes(old: &Results, new: &Results) -> Changes {
    let [old, new] = [(old, "<old>.json"), (new, "new.json")].map(|(of, file)| CondensedResults::of(of, file).unwrap());
    Changes::between(&old, &new, &Between::All).unwrap()
}

fn since(old: &Results, new: &Results) -> Pages {
    let out = TempDir::new().unwrap();
    let changes = changes(old, new);
    pages::write(
        new,
        &assets(),
        &sample::sources(),
        &Beside { since: Some(&changes), ..Beside::default() },
        out.path(),
    )
    .unwrap();
    read(out.path())
}

/// The small results as they were before one cell was mended and one broke; and a case came since.
fn before() -> Results {
    let mut old = sample::small();
    old.finished = Finished::At(1_790_000_000 - 86_400);
    old.cases.retain(|case| case.id != "fs/unsupported");
    old.records.retain(|record| record.case != "fs/unsupported");
    for record in &mut old.records {
        match record.cell.as_str() {
            "second@2.0.0/fs/rename/pass" => {
                record.verdict = Verdict::Fail { failure: Failure::WrongOutput };
                record.differences = vec![sample::difference()];
                sample::wrote_something_else(record);
            }
            "second@2.0.0/fs/fail" => {
                record.verdict = Verdict::Pass;
                sample::wrote_something_else(record);
            }
            _ => {}
        }
    }
    old
}

#[test]
fn what_changed_has_a_page_and_a_mark() {
    let pages = since(&before(), &sample::small());
    let page = &pages["since.html"];
    assert_eq!(all(page, r#"<h2 id="[^"]+">([^<]+)</h2>"#), ["1 newly broken", "1 fixed"]);
    assert!(page.contains("<a href=\"case/fs/fail.html#second@2.0.0\">second@2.0.0/fs/fail</a>"), "{page}");
    assert!(page.contains("<code>stdout: &lt;b&gt;no&lt;/b&gt;\\n</code>"), "what was observed: {page}");
    assert!(
        page.contains("<code>&lt;old&gt;.json</code>") && page.contains("2026-09-20 14:13 UTC</time></h1>"),
        "{page}"
    );
    assert!(page.contains("<h2>Cases added</h2>") && page.contains("<code>fs/unsupported</code>"), "{page}");
    let index = &pages["index.html"];
    assert!(index.contains("<input id=\"since\" type=\"checkbox\"> changed since 2026-09-20 14:13 UTC</label>"));
    assert!(index.contains("<a href=\"since.html\">2 cells have changed since 2026-09-20 14:13 UTC</a>"));
    let marked = all(index, r#"<td(?: class="(?:\w|-)+")? data-c>(?:<a href="[^"]+">)?(\w+)"#);
    assert_eq!(marked, ["wrong", "works"]);
}

#[test]
fn without_an_older_run_nothing_is_said_of_one() {
    let pages = super::pages(&sample::small());
    assert!(!pages.contains_key("since.html"));
    for (file, page) in pages {
        assert!(!page.contains(" data-c>") && !page.contains("id=\"since\"") && !page.contains("since.html"), "{file}");
    }
}

#[test]
fn nothing_changed_is_said_too() {
    let pages = since(&sample::small(), &sample::small());
    assert!(pages["since.html"].contains("No cell that both runs have changed."));
    assert!(pages["index.html"].contains("0 cells have changed since"));
}
