//! The page of a case: a place for each of its cells, and all that is to be said of them.

use matrix_model::case::Tier;
use matrix_model::promise::Promise;
use matrix_model::record::Known;
use matrix_model::results::Results;
use matrix_model::verdict::{Failure, Verdict};

use super::{Pages, all, pages, sample};

/// What is said of a cell, on the page of its case.
pub fn section(pages: &Pages, column: &str, case: &str) -> String {
    let page = &pages[&format!("case/{case}.html")];
    let place = format!(" id=\"{column}\"");
    let found = page.split("<article class=\"cell\">").find(|section| section.contains(&place));
    let found = found.unwrap_or_else(|| panic!("no {column} in {page}"));
    found[..found.find("</article>").unwrap()].to_owned()
}

#[test]
fn a_race_that_did_not_show_says_so_and_reports_nothing_upstream() {
    let mut results = sample::small();
    for record in results.records.iter_mut().filter(|record| record.case == "fs/known") {
        record.differences.clear();
        if let Some(known) = &mut record.divergence {
            known.sometimes = true;
        }
    }
    let known = section(&pages(&results), "second@2.0.0", "fs/known");
    for part in ["crashes, traps or hangs, sometimes", "sometimes the guest exited", "in this run it did as expected"] {
        assert!(known.contains(part), "{part} in {known}");
    }
    assert!(!known.contains("Text for an issue upstream"), "{known}");
}

/// A case that rests on the runtimes' own promise binds those that make it, and the reference, which needs none.
#[test]
fn a_promise_of_the_runtimes_own_is_named() {
    let mut results = sample::small();
    for column in results.columns.iter_mut().filter(|column| column.runtime == "second") {
        column.promises.insert(Promise::Sandbox, "https://second.example/security".to_owned());
    }
    let case = results.cases.iter_mut().find(|case| case.id == "fs/known").expect("a case");
    (case.tier, case.promise) = (Tier::Must, Some(Promise::Sandbox));
    let case = case.clone();
    for column in &results.columns {
        let bound = column.runtime == "second" || column.reference;
        assert_eq!(case.tier_in(column), if bound { Tier::Must } else { Tier::Should }, "{}", column.column);
    }
    assert!(results.columns.iter().any(|column| case.tier_in(column) == Tier::Should), "some make no promise");
    let page = &pages(&results)["case/fs/known.html"];
    let said = "that a guest gets at no file of the host besides those that it is given: \
                <a href=\"https://second.example/security\" rel=\"noopener noreferrer\">Second</a>. For the others";
    assert!(page.contains(said), "{page}");
}

#[test]
fn a_cell_explains_itself() {
    let pages = pages(&sample::small());
    let fail = section(&pages, "second@2.0.0", "fs/fail");
    assert!(
        fail.contains("Second did not do what the case expects: its output differs. Nobody has recorded this yet."),
        "{fail}"
    );
    let stale = section(&pages, "second@2.0.0", "fs/stale");
    assert!(
        stale.contains("the record is out of date. Delete the record at runtimes/second/divergences.toml:3."),
        "{stale}"
    );
    let unsupported = section(&pages, "second@2.0.0", "fs/unsupported");
    assert!(unsupported.contains("cannot stop the guest by fuel (fuel)"), "{unsupported}");
    let known = section(&pages, "second@2.0.0", "fs/known");
    for part in [
        "It strips the leading / of the guest&#39;s name",
        "<dt>Fault</dt><dd>the runtime’s</dd>",
        "<a href=\"https://github.com/example/runtime/issues/7\" rel=\"noopener noreferrer\">",
        "env -i &quot;HOME=$SANDBOX/home&quot; \\\n    PATH=/usr/bin \\\n    &quot;$STORE/second/2.0.0/second&quot; run",
        "&quot;--dir=$SANDBOX/dirs/0:/data&quot;",
        "&#39;it&#39;\\&#39;&#39;s; $(here)&#39;",
        "wasip1-matrix run --exact second@1.10.0/fs/known second@2.0.0/fs/known second@2.0.0+go1.21.13/fs/known",
        "wasip1-matrix bundle second@2.0.0/fs/known --out cell.tar.gz",
        "<td>41 ms</td><td>38 ms</td><td>34.0 MiB</td>",
        "Text for an issue upstream",
        "Otherwise in: 1.9.0 (works), 2.0.0 jit (differs: crashes, traps or hangs)",
    ] {
        assert!(known.contains(part), "{part} in {known}");
    }
    assert!(
        pages["case/fs/known.html"].contains("<time datetime=\"2026-09-21T14:13:20Z\">2026-09-21 14:13 UTC</time>")
    );
}

#[test]
fn the_probe_of_the_case_is_shown() {
    let pages = pages(&sample::small());
    let page = &pages["case/fs/known.html"];
    assert!(page.contains("<code>go-guests/fs/main.go:9</code>"), "{page}");
    assert!(page.contains("<pre>// rename &lt;moves&gt; a file.\nfunc rename(args []string) error {\n"), "{page}");
}

#[test]
fn a_withheld_cell_tells_its_verdict_and_not_how() {
    let mut results = sample::small();
    for record in results.records.iter_mut().filter(|record| record.case == "fs/known" && record.divergence.is_some()) {
        *record = record.clone().withheld();
    }
    let pages = pages(&results);
    let known = section(&pages, "second@2.0.0", "fs/known");
    for part in [
        "crashes, traps or hangs",
        "How is withheld",
        "the runtime&#39;s developers are to know it first",
        "second version 2.0.0",
    ] {
        assert!(known.contains(part), "{part}: {known}");
    }
    for part in [
        "strips the leading",
        "env -i",
        "cargo test",
        "<h4>Observed",
        "<h4>Differences",
        "of processor",
        "bundle",
        "issue upstream",
    ] {
        assert!(!known.contains(part), "{part}: {known}");
    }
    for (file, page) in &pages {
        assert!(
            !page.contains("strips the leading") || file == "case/fs/stale.html" || file.starts_with("runtime/"),
            "{file}"
        );
    }
    let of_case = &pages["case/fs/known.html"];
    assert!(!of_case.contains("Bad file number"), "{of_case}");
}

#[test]
fn the_same_is_said_once() {
    let pages = pages(&sample::small());
    let alike = section(&pages, "second@1.10.0", "fs/known");
    assert!(alike.contains("<h4>Command under 2.0.0</h4>"), "the primary column’s");
    assert!(alike.contains("<a href=\"../../runtime/second.html#second@1.10.0\">1.10.0</a>"), "{alike}");
    assert!(alike.contains("<code>5b5b5b5b5b5b…</code>"));
    for column in ["second@2.0.0", "second@2.0.0+go1.21.13"] {
        assert_eq!(section(&pages, column, "fs/known"), alike);
    }
    let other = section(&pages, "second@2.0.0+jit", "fs/known");
    assert_ne!(other, alike, "its record speaks of a mode");
    assert!(other.contains("<dt>Modes</dt><dd><code>jit</code></dd>"), "{other}");
}

#[test]
fn a_cell_that_passes_has_its_place_too() {
    let pages = pages(&sample::small());
    let pass = section(&pages, "second@1.9.0", "fs/rename/pass");
    assert!(
        pass.contains("Second did exactly what the case expects.") && pass.contains("<pre>renamed\\n</pre>"),
        "{pass}"
    );
    assert!(!pass.contains("cargo test") && !pass.contains("issue upstream"), "{pass}");
    let missing = section(&pages, "first@1.0.0", "fs/fail");
    assert!(missing.contains("How to get it: apt-get install &lt;first&gt;"), "{missing}");
    let grid = &pages["case/fs/rename/pass.html"];
    let stops = all(grid, r##"<a class="stop works" href="#second@([^"]+)">"##);
    assert!(stops.starts_with(&["1.9.0", "1.10.0", "2.0.0", "2.0.0+go1.21.13", "2.0.0+jit"]), "{stops:?}");
}

#[test]
fn values_stand_side_by_side_where_nothing_is_judged() {
    let pages = pages(&sample::small());
    let page = &pages["case/fs/observed.html"];
    let side = &page[page.find("id=\"observed\"").unwrap()..page.find("id=\"case\"").unwrap()];
    assert!(side.contains("<pre>character device &lt;tty&gt;\\n</pre>"), "{side}");
    assert!(side.contains("Second, all 5 columns:"), "{side}");
}

#[test]
fn what_differs_is_not_said_once_for_all() {
    let id = "second@2.0.0/fs/stale";
    let receipts = |results: &Results| {
        let section = section(&pages(results), "second@2.0.0", "fs/stale");
        section[section.find("<h4>Time and memory</h4>").unwrap()..].to_owned()
    };
    let mut results = sample::small();
    let plain = receipts(&results);
    assert!(plain.contains("<code>3f3f3f3f3f3f…</code>") && plain.contains("; guest built by go1.27.1<"), "{plain}");
    let of_cell = |results: &Results| results.records.iter().position(|record| record.cell == id).unwrap();
    let index = of_cell(&results);
    results.records[index].receipt.as_mut().unwrap().runtime_sha256 = "e4".repeat(32);
    assert!(receipts(&results).contains(&format!("<code class=\"hash\">{}</code>", "e4".repeat(32))));
    results.records[index].receipt.as_mut().unwrap().platform = "plan9/mips".to_owned();
    assert!(receipts(&results).contains(", on plan9/mips; guest"));
    // Two guests of one Go version: then each cell has to say which it ran.
    results.records[index].receipt.as_mut().unwrap().guest_sha256 = "b7".repeat(32);
    assert!(receipts(&results).contains("guest built by go1.27.1, sha256 <code class=\"hash\">b7b7"));
    results.records.retain(|record| record.go.is_none());
    results.columns.retain(|column| column.go.is_none());
    let index = of_cell(&results);
    results.records[index].receipt.as_mut().unwrap().guest_sha256 = "a9".repeat(32);
    assert!(!receipts(&results).contains("guest built"), "said with the case");
}

#[test]
fn cells_of_other_cases_that_failed_so_are_named() {
    let mut results = sample::small();
    let alike: Vec<_> = ["fs/stale", "fs/fail"].map(str::to_owned).into();
    for record in results.records.iter_mut().filter(|record| record.column.starts_with("second@2.0.0")) {
        if alike.contains(&record.case) && record.outcome.is_some() {
            record.verdict = Verdict::Fail { failure: Failure::WrongOutput };
            record.differences = vec![sample::difference()];
            record.divergence = None;
        }
    }
    let pages = pages(&results);
    let fail = section(&pages, "second@2.0.0", "fs/fail");
    let said = "3 cells of other cases failed in the same way, with <code>stdout: &lt;b&gt;no&lt;/b&gt;\\n</code>: \
                <a href=\"../../case/fs/stale.html#second@2.0.0\">fs/stale</a> <small>Second</small>.</p>";
    assert!(fail.contains(said), "{fail}");
    let known = section(&pages, "second@2.0.0", "fs/known");
    assert!(!known.contains("The same elsewhere"), "no other case fails so: {known}");
    for record in &mut results.records {
        if record.case == "fs/stale" && record.outcome.is_some() {
            record.divergence = Some(Known { withheld: true, ..sample::known() });
            *record = record.clone().withheld();
        }
    }
    let fail = section(&super::pages(&results), "second@2.0.0", "fs/fail");
    assert!(!fail.contains("The same elsewhere"), "what is withheld is not compared with: {fail}");
}
