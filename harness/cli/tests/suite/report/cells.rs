//! The page of a case: a place for each of its cells, and all that is to be said of them.

use matrix_model::case::Tier;
use matrix_model::connection::{OutputKind, StdinKind};
use matrix_model::promise::Promise;
use matrix_model::record::{Invocation, Known};
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

/// The row of a cell in the table of all cells, on the page of its case.
fn row(pages: &Pages, column: &str, case: &str) -> String {
    let page = &pages[&format!("case/{case}.html")];
    let (own, link) = (format!("<tr id=\"{column}\">"), format!("href=\"#{column}\""));
    let table = &page[page.find("<table class=\"columns\">").unwrap()..page.find("id=\"observed\"").unwrap()];
    let found = table.lines().find(|row| row.contains(&own) || row.contains(&link));
    found.unwrap_or_else(|| panic!("no {column} in {table}")).to_owned()
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
        "Text for an issue upstream",
        "Otherwise in: 1.9.0 (works), 2.0.0 jit (differs: crashes, traps or hangs)",
    ] {
        assert!(known.contains(part), "{part} in {known}");
    }
    let known = row(&pages, "second@2.0.0", "fs/known");
    assert!(known.contains("<td>41 ms</td><td>38 ms</td><td>34.0 MiB</td>"), "{known}");
    assert!(
        pages["case/fs/known.html"].contains("<time datetime=\"2026-09-21T14:13:20Z\">2026-09-21 14:13 UTC</time>")
    );
}

#[test]
fn a_result_of_an_earlier_run_has_its_date() {
    let mut results = sample::small();
    assert!(!row(&pages(&results), "second@2.0.0", "fs/known").contains(" UTC</td>"));
    results.records.iter_mut().filter(|record| record.column == "second@2.0.0").for_each(|record| record.reused = true);
    let pages = pages(&results);
    assert!(row(&pages, "second@2.0.0", "fs/known").ends_with(" UTC</td></tr>"));
    assert!(row(&pages, "second@1.9.0", "fs/known").ends_with("<td></td></tr>"), "it was run in this one");
}

/// The page of a host's runtime has the command of most of its cells. A case's page has it only if it is another.
#[test]
fn the_usual_command_of_a_host_is_told_once() {
    let mut results = sample::small();
    let request = serde_json::json!({ "cache": "$STORE/cache" });
    let invocation = |argv: &str| Invocation {
        argv: vec![argv.to_owned()],
        environment: Vec::new(),
        stdin: StdinKind::Pipe,
        stdout: OutputKind::Pipe,
        stderr: OutputKind::Pipe,
        request: Some(request.clone()),
    };
    for record in results.records.iter_mut().filter(|record| record.runtime == "second" && record.invocation.is_some())
    {
        record.invocation = Some(invocation(if record.case == "fs/pass" { "other-host" } else { "usual-host" }));
    }
    let pages = pages(&results);
    assert!(pages["runtime/second.html"].contains("<pre class=\"command\">env -i usual-host</pre>"));
    let passes = &pages["case/fs/rename/pass.html"];
    assert!(passes.contains("<a href=\"../../../runtime/second.html#commands\">Second</a>"), "{passes}");
    assert!(!passes.contains("usual-host"), "{passes}");
    assert!(pages["case/fs/known.html"].contains("env -i usual-host"), "a cell that differs shows its own");
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
    for part in ["crashes, traps or hangs", "How is withheld", "the runtime&#39;s developers are to know it first"] {
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
    let pass = row(&pages, "second@1.9.0", "fs/rename/pass");
    assert!(pass.contains("<th scope=\"row\">1.9.0</th><td class=\"works\">works"), "{pass}");
    let missing = section(&pages, "first@1.0.0", "fs/fail");
    assert!(missing.contains("How to get it: apt-get install &lt;first&gt;"), "{missing}");
    let page = &pages["case/fs/rename/pass.html"];
    let rows = all(page, r#"<tr id="second@([^"]+)">"#);
    assert_eq!(rows, ["1.9.0", "1.10.0", "2.0.0", "2.0.0+go1.21.13", "2.0.0+jit"]);
    assert!(!page.contains("<h2 class=\"title\" id=\"cells\">The cells</h2>"), "{page}");
}

#[test]
fn values_stand_side_by_side_where_nothing_is_judged() {
    let pages = pages(&sample::small());
    let page = &pages["case/fs/observed.html"];
    let side = &page[page.find("id=\"observed\"").unwrap()..page.find("id=\"case\"").unwrap()];
    assert!(side.contains("<pre>character device &lt;tty&gt;\\n</pre>"), "{side}");
    assert!(side.contains("<a href=\"#second@1.9.0\">Second</a>, all 5 columns<"), "{side}");
}

#[test]
fn what_differs_is_not_said_once_for_all() {
    let id = "second@2.0.0/fs/stale";
    let row = |results: &Results| row(&pages(results), "second@2.0.0", "fs/stale");
    let mut results = sample::small();
    let plain = row(&results);
    assert!(plain.contains("<small>guest built by go1.27.1</small>") && !plain.contains("sha256"), "{plain}");
    let of_cell = |results: &Results| results.records.iter().position(|record| record.cell == id).unwrap();
    let index = of_cell(&results);
    results.records[index].receipt.as_mut().unwrap().runtime_sha256 = "e4".repeat(32);
    assert!(row(&results).contains(&format!("sha256 <code class=\"hash\">{}</code>", "e4".repeat(32))));
    results.records[index].receipt.as_mut().unwrap().platform = "plan9/mips".to_owned();
    assert!(row(&results).contains("<small>on plan9/mips</small>"));
    // Two guests of one Go version: then each cell has to say which it ran.
    results.records[index].receipt.as_mut().unwrap().guest_sha256 = "b7".repeat(32);
    assert!(row(&results).contains("guest built by go1.27.1, sha256 <code class=\"hash\">b7b7"));
    results.records.retain(|record| record.go.is_none());
    results.columns.retain(|column| column.go.is_none());
    let index = of_cell(&results);
    results.records[index].receipt.as_mut().unwrap().guest_sha256 = "a9".repeat(32);
    assert!(!row(&results).contains("guest built"), "said with the case");
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
