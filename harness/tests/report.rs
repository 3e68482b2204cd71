//! The compatibility page: that it shows everything, in order, and survives what guests print.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use assert_fs::TempDir;
use regex::Regex;
use wasip1_matrix::report;
use wasip1_matrix::results::Results;

#[path = "report/large.rs"]
mod large;
#[path = "report/sample.rs"]
mod sample;
#[path = "report/summary.rs"]
mod summary;
#[path = "report/versions.rs"]
mod versions;

fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../reports")
}

fn page(results: &Results) -> String {
    let out = TempDir::new().unwrap();
    let path = report::write(results, &assets(), out.path()).unwrap_or_else(|error| panic!("{error:#}"));
    assert_eq!(path, out.path().join("index.html"));
    fs::read_to_string(path).unwrap()
}

/// All a pattern's first group finds, in order.
fn all<'p>(page: &'p str, pattern: &str) -> Vec<&'p str> {
    let pattern = Regex::new(pattern).unwrap();
    pattern.captures_iter(page).map(|found| found.get(1).unwrap().as_str()).collect()
}

/// The element with an id, up to where its kind of element ends.
fn element<'p>(page: &'p str, id: &str, end: &str) -> &'p str {
    let begin = page.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no {id}"));
    &page[begin..begin + page[begin..].find(end).unwrap()]
}

/// All that shows with a cell's headline, apart from the facts of its case.
fn body(page: &str, id: &str) -> String {
    let at = page.find(&format!(" id=\"{id}\"")).unwrap_or_else(|| panic!("no {id}"));
    let (before, rest) = (&page[..at], &page[at..]);
    let head = before.rfind("<header class=\"head head-").unwrap_or_else(|| panic!("{id} has no headline"));
    let number = before[head..].trim_start_matches("<header class=\"head head-").trim_end_matches('"');
    let article = &rest[..rest.find("</article>").unwrap()];
    let bodies = article.split("<div class=\"body body-").filter(|body| body.starts_with(&format!("{number}\"")));
    bodies.collect()
}

#[test]
fn every_verdict_is_a_sign_a_word_and_a_class() {
    let page = page(&sample::small());
    for (word, glyph) in [
        ("pass", "✓"),
        ("fail", "✗"),
        ("known", "≠"),
        ("stale", "↻"),
        ("observed", "○"),
        ("unsupported", "–"),
        ("unavailable", "∅"),
        ("harness-error", "!"),
    ] {
        let cell = Regex::new(&format!(r##"<td class="{word}"><a id="[^"]+" href="#[^"]+">{word}"##)).unwrap();
        assert!(cell.is_match(&page), "{word}");
        assert!(page.contains(&format!("td.{word}>a::before{{content:\"{glyph}")), "{word}");
        assert!(page.contains(&format!("<i aria-hidden=\"true\">{glyph}</i> {word}</span>")), "{word}");
    }
    assert!(page.contains("<td class=\"not-run\"><span>not run</span></td>"));
    assert!(page.contains("\">fail <small>wrong-output</small>"));
    assert!(page.contains("\">known <small>wrong-exit</small>"));
    assert!(page.contains("\">observed <code>character device &lt;tty&gt;</code>"));
}

#[test]
fn rows_and_columns_are_in_order() {
    let page = page(&sample::small());
    let heads = all(&page, r##"<th scope="col"><div><a href="#[^"]+">([^<]+) <small>\d[^<]+</small>"##);
    assert_eq!(heads, ["first &amp; only", "Second"]);
    let areas = all(&page, r##"<th scope="rowgroup" colspan="3"><span>([^<]+)</span>"##);
    assert_eq!(areas[..2], ["fs", "fs/rename"]);
    assert_eq!(areas.len(), 3);
    let rows = all(&page, r##"<th scope="row"><a id="r\d+" href="#[^"]+">([^<]+)</a>"##);
    assert_eq!(rows[..8], ["error", "fail", "known", "observed", "stale", "unsupported", "pass", "\\u{202e}x"]);
}

#[test]
fn every_link_has_one_target() {
    for results in [sample::small(), large::large()] {
        let page = page(&results);
        let ids = all(&page, r#" id="([^"]*)""#);
        let distinct: BTreeSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), distinct.len(), "an id is there twice");
        for id in &ids {
            assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-./@_+".contains(&byte)), "{id}");
        }
        for link in all(&page, r##"href="#([^"]*)""##) {
            assert!(distinct.contains(&link), "{link} leads nowhere");
        }
        let cells = ids.iter().filter(|id| id.starts_with("cell/"));
        assert_eq!(cells.count(), results.records.len(), "each cell has its own place");
    }
}

#[test]
fn what_guests_print_stays_text() {
    let page = page(&sample::small());
    assert!(!page.contains("<script"), "no script is on the page, its own or another's");
    for raw in ["<img", "<b>no", "</pre><b>", "<60>", "onerror=alert(3)>", "\u{202e}", "\u{1b}", "\0"] {
        assert!(!page.contains(raw), "{raw:?}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;]]&gt;&quot;&#39;\\u{202e}txt.\\u{1b}[31m\\0 {{ page.go }}\\n\n&lt;/style&gt;&lt;/pre&gt;\\n</pre>"));
    assert!(page.contains("<pre>ok\\xff\\xfe\\n</pre>and 8995 more bytes; sha256 of all"));
    assert!(page.contains("<ins>+ &lt;b&gt;no&lt;/b&gt;\\n</ins>"));
    assert!(page.contains("sleep\\0&lt;60&gt;"));
    assert_eq!(page.matches("</style>").count(), 1);
    assert_eq!(page.matches("</article>").count(), page.matches("<article").count());
}

#[test]
fn only_https_and_the_page_itself_are_linked() {
    let page = page(&sample::small());
    for link in all(&page, r#"href="([^"]*)""#) {
        assert!(link.starts_with('#') || link.starts_with("https://") || link == "results.json", "{link}");
    }
    assert!(page.contains("<dd>javascript:alert(4)</dd>"), "the source is still told");
    assert!(page.contains("<dd>javascript:alert(2)</dd>"));
    assert!(!page.contains(" src=\"") && !page.contains("url(") && !page.contains("@import"), "nothing is fetched");
    let policy = "default-src &#39;none&#39;; style-src &#39;sha256-";
    assert!(page.replace('\'', "&#39;").contains(policy));
    assert!(!Regex::new(r#"<[^>]+ style=""#).unwrap().is_match(&page), "the policy would refuse it");
}

#[test]
fn a_cell_explains_itself() {
    let page = page(&sample::small());
    let fail = body(&page, "cell/second@2.0.0/fs/fail");
    assert!(
        fail.contains("Second did not do what the case expects: its output differs. Nobody has recorded this yet."),
        "{fail}"
    );
    let stale = body(&page, "cell/second@2.0.0/fs/stale");
    assert!(stale.contains("The record at runtimes/second/divergences.toml:3 is out of date"), "{stale}");
    let unsupported = body(&page, "cell/second@2.0.0/fs/unsupported");
    assert!(unsupported.contains("cannot stop the guest by fuel (fuel)"), "{unsupported}");
    let known = body(&page, "cell/second@2.0.0/fs/known");
    for part in [
        "It strips the leading / of the guest&#39;s name",
        "<dt>Fault</dt><dd>the runtime’s</dd>",
        "<a href=\"https://github.com/example/runtime/issues/7\" rel=\"noopener noreferrer\">",
        "env -i &quot;HOME=$SANDBOX/home&quot; \\\n    PATH=/usr/bin \\\n    &quot;$STORE/second/2.0.0/second&quot; run",
        "&quot;--dir=$SANDBOX/dirs/0:/data&quot;",
        "&#39;it&#39;\\&#39;&#39;s; $(here)&#39;",
        "cargo test -- --exact second@1.10.0/fs/known second@2.0.0/fs/known second@2.0.0+go1.21.13/fs/known",
        "41 ms, 38 ms of processor, 34.0 MiB at most</dd>",
    ] {
        assert!(known.contains(part), "{part}");
    }
    assert!(page.contains("<time datetime=\"2026-09-21T14:13:20Z\">2026-09-21 14:13 UTC</time>"));
}

#[test]
fn a_withheld_cell_tells_its_verdict_and_not_how() {
    let mut results = sample::small();
    for record in results.records.iter_mut().filter(|record| record.case == "fs/known" && record.divergence.is_some()) {
        *record = record.clone().withheld();
    }
    let page = page(&results);
    let known = body(&page, "cell/second@2.0.0/fs/known");
    for part in
        ["wrong-exit", "How is withheld", "reported to the runtime&#39;s developers first", "second version 2.0.0"]
    {
        assert!(known.contains(part), "{part}: {known}");
    }
    for part in ["strips the leading", "env -i", "cargo test", "<h4>Observed", "<h4>Differences", "of processor"] {
        assert!(!known.contains(part), "{part}: {known}");
    }
}

#[test]
fn the_reference_stands_first_and_counts_as_no_runtime() {
    let without = page(&sample::small());
    let page = page(&sample::with_reference());
    let heads = all(&page, r##"<th scope="col"><div><a href="#[^"]+">([^<]+) <small>\d[^<]+</small>"##);
    assert_eq!(heads, ["native", "first &amp; only", "Second"]);
    assert!(page.contains("native <small>1.27.1</small> <small>reference</small>"));
    let cards = all(&page, r##"<section class="card" id="([^"]+)">"##);
    assert_eq!(cards[0], "runtime/linux");
    for counted in [r"run under (\d+) runtimes", r"<dt>Runtimes</dt><dd>(\d+)</dd>", r"</i> pass</span> <b>(\d+)</b>"] {
        assert_eq!(all(&page, counted), all(&without, counted), "{counted}");
    }
    for (id, sentence) in [
        ("fs/fail", "either the expectation is wrong, or the case has to say why Linux does otherwise"),
        ("fs/known", "The case says why."),
        ("fs/stale", "What it says is out of date and is to be deleted."),
    ] {
        let body = body(&page, &format!("cell/linux@1.27.1/{id}"));
        assert!(body.contains(sentence), "{body}");
    }
    assert!(page.contains("<dt>Native Linux</dt><dd>does otherwise: Linux &lt;once&gt; renamed otherwise.</dd>"));
}

#[test]
fn what_differs_is_not_said_once_for_all() {
    let id = "cell/second@2.0.0/fs/stale";
    let receipts = |results: &Results| {
        let body = body(&page(results), id);
        body[body.find("<h4>Receipt</h4>").unwrap()..].to_owned()
    };
    let mut results = sample::small();
    let plain = receipts(&results);
    assert!(plain.contains("sha256 <a href=\"#column/second@2.0.0\">3f3f3f3f3f3f…</a>; guest built by go1.27.1; 41"));
    let of_cell = |results: &Results| results.records.iter().position(|record| record.cell == id[5..]).unwrap();
    let index = of_cell(&results);
    results.records[index].receipt.as_mut().unwrap().runtime_sha256 = "e4".repeat(32);
    assert!(receipts(&results).contains(&format!("sha256 <code class=\"hash\">{}</code>;", "e4".repeat(32))));
    results.records[index].receipt.as_mut().unwrap().platform = "plan9/mips".to_owned();
    assert!(receipts(&results).contains("</code>, on plan9/mips; guest"));
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
fn the_same_results_make_the_same_page() {
    let results = sample::small();
    let again: Results = serde_json::from_slice(&serde_json::to_vec(&results).unwrap()).unwrap();
    assert_eq!(page(&results), page(&again));
}

#[test]
fn the_whole_matrix_stays_light() {
    let large = large::large();
    assert!(large.columns.len() > 40 && large.records.len() > 12_000, "{} cells", large.records.len());
    // To look at it: the folder to write it to.
    if let Some(folder) = env::var_os("WASIP1_MATRIX_PAGE") {
        report::write(&large, &assets(), Path::new(&folder)).unwrap();
    }
    let page = page(&large);
    assert!(page.len() < 8_000_000, "{} bytes", page.len());
}

#[test]
fn nothing_is_dropped_in_silence() {
    let out = TempDir::new().unwrap();
    let refused = |results: &Results| format!("{:#}", report::write(results, &assets(), out.path()).unwrap_err());
    let mut results = sample::small();
    results.records.push(results.records[0].clone());
    assert_eq!(refused(&results), "the results have two records of second@2.0.0/fs/observed");
    let mut results = sample::small();
    results.records[0].case = "fs/other".to_owned();
    assert_eq!(refused(&results), "the results have a record second@2.0.0/fs/observed and no such case or column");
}

#[test]
fn a_broken_template_is_named_with_its_line() {
    let assets = TempDir::new().unwrap();
    let copy = |from: &str| {
        fs::create_dir_all(assets.path().join(from)).unwrap();
        for entry in fs::read_dir(self::assets().join(from)).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, assets.path().join(from).join(path.file_name().unwrap())).unwrap();
        }
    };
    copy("templates");
    copy("static");
    let cell = assets.path().join("templates/cell.html");
    for broken in ["{# one #}\n\n{% if it %}{% endfor %}", "{# one #}\n\n{{ no_such_thing }}"] {
        fs::write(&cell, broken).unwrap();
        let error = report::write(&sample::small(), assets.path(), assets.path()).unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains("cell.html:3"), "{error}");
    }
}

/// `WASIP1_MATRIX_BLESS=1 cargo test -p wasip1-matrix --test report` writes the file anew.
#[test]
fn the_small_page_is_as_it_was() {
    let page = page(&sample::small());
    // The style changes often and says nothing about what is shown.
    let page = Regex::new("(?s)<style>.*</style>").unwrap().replace(&page, "<style></style>");
    let page = Regex::new("'sha256-[^']+'").unwrap().replace(&page, "'sha256-…'");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/report.html");
    if env::var_os("WASIP1_MATRIX_BLESS").is_some() {
        fs::write(&golden, page.as_bytes()).unwrap();
    }
    let expected = fs::read_to_string(&golden).unwrap();
    let differs = page.lines().zip(expected.lines()).enumerate().find(|(_, (page, expected))| page != expected);
    assert!(page == expected, "first differs, by line: {differs:#?}");
}
