//! The compatibility page: that it shows everything, in order, and survives what guests print.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs};

use matrix_model::answer::AnswerKind;
use matrix_model::results::Results;
use matrix_report::go_test::published::{PUBLISHED, PublishedTests};
use matrix_report::pages::{self, Beside, Sources};
use regex::Regex;
use tempfile::TempDir;

use crate::go_test;

mod answers;
mod cells;
mod explained;
pub mod large;
mod published;
mod returned;
pub mod sample;
mod since;
mod summary;
mod versions;

fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports")
}

/// All pages by file.
type Pages = BTreeMap<String, String>;

fn pages(results: &Results) -> Pages {
    let out = TempDir::new().unwrap();
    let published = |set| PublishedTests { set, report: go_test::sample::report(""), lists: Vec::new() };
    let tests: Vec<_> = PUBLISHED.iter().map(published).collect();
    let beside = Beside { tests: &tests, ..Beside::default() };
    let path = pages::write(results, &assets(), &sample::sources(), &beside, out.path())
        .unwrap_or_else(|error| panic!("{error:#}"));
    assert_eq!(path, out.path().join("index.html"));
    read(out.path())
}

/// The style sheet that all pages share.
fn style() -> String {
    let out = TempDir::new().unwrap();
    pages::write(&sample::small(), &assets(), &sample::sources(), &Beside::default(), out.path()).unwrap();
    fs::read_to_string(out.path().join("style.css")).unwrap()
}

fn read(folder: &Path) -> Pages {
    let list = fs::read_to_string(folder.join("pages.txt")).unwrap();
    let (files, others): (Vec<_>, Vec<_>) = list.lines().partition(|file| file.ends_with(".html"));
    assert_eq!(others, ["page.js", "style.css"], "what all pages share is listed, too");
    let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
    let pages: Pages = files.into_iter().map(|file| (file.to_owned(), text(file))).collect();
    assert!(pages.len() > 3, "{list}");
    pages
}

/// All a pattern's first group finds, in order.
fn all<'p>(page: &'p str, pattern: &str) -> Vec<&'p str> {
    let pattern = Regex::new(pattern).unwrap();
    pattern.captures_iter(page).map(|found| found.get(1).unwrap().as_str()).collect()
}

/// The page without its style and script, which change often and say nothing of what is shown.
fn said(page: &str) -> String {
    let page = Regex::new("(?s)<(style|script)>.*?</(?:style|script)>").unwrap().replace_all(page, "<$1></$1>");
    Regex::new("'sha256-[^']+'").unwrap().replace_all(&page, "'sha256-…'").into_owned()
}

#[test]
fn every_answer_is_a_sign_words_and_a_class() {
    let pages = pages(&sample::small());
    let index = &pages["index.html"];
    let style = style();
    for (class, words, glyph) in [
        ("wrong", "wrong result", "≠"),
        ("breaks", "crashes or hangs", "✗"),
        ("open", "left open", "○"),
        ("lacks", "cannot be expressed", "–"),
        ("not-run", "not run", "∅"),
    ] {
        let cell = Regex::new(&format!(r#"<td class="{class}">(?:<a href="[^"]+">)?{words}"#)).unwrap();
        assert!(pages.values().any(|page| cell.is_match(page)), "{class}");
        let sign = format!(":is(.cells,.columns) td.{class}::before{{content:\"{glyph}");
        assert!(style.contains(&sign), "{class}");
        let mark = format!("<span class=\"mark {class}\" data-answer=\"{class}\"><i aria-hidden=\"true\">{glyph}</i>");
        assert!(index.contains(&mark), "{class}");
    }
    assert!(index.contains("<td>works</tr>"), "{index}");
    let works = ":is(.cells tbody td:is(:not([class]),.works),.columns td.works)::before{content:\"✓";
    assert!(style.contains(works), "{style}");
    assert!(index.contains("↗</i> got out</span> <b>0</b>"), "the legend has a place for what is not there yet");
    assert!(
        pages["runtime/second.html"].contains("<td class=\"open\">left open <code>character device &lt;tty&gt;</code>")
    );
}

#[test]
fn every_answer_has_its_tint_by_day_and_by_night() {
    let style = fs::read_to_string(assets().join("static/style.css")).unwrap();
    for kind in AnswerKind::ALL {
        let mut tints = vec![kind.name.to_owned()];
        tints.extend(kind.is_otherwise().then(|| format!("{}-should", kind.name)));
        for variable in tints.iter().flat_map(|tint| [format!("--{tint}:"), format!("--{tint}-on:")]) {
            assert_eq!(style.matches(&variable).count(), 2, "{variable} of {}", kind.word);
        }
    }
}

#[test]
fn rows_and_columns_are_in_order() {
    let pages = pages(&sample::small());
    let index = &pages["index.html"];
    let heads = all(index, r#"<th scope="col" data-at="[^"]+" data-name="[^"]+"><div><a href="[^"]+">([^<]+)</a>"#);
    assert_eq!(heads, ["Second"]);
    let areas = all(index, r#"<summary><h3>([^<]+?) <small>"#);
    assert_eq!(areas[..2], ["fs", "fs/rename"]);
    assert_eq!(areas.len(), 3);
    let rows = all(index, r#"<tr data-t="\d+"><th scope="row"><a href="[^"]+">([^<]+)</a>"#);
    assert_eq!(rows[..8], ["error", "fail", "known", "observed", "stale", "unsupported", "pass", "\\u{202e}x"]);
}

#[test]
fn every_link_has_one_target() {
    let odd = Regex::new("[^a-zA-Z0-9_./@+-]").unwrap();
    let various =
        [sample::small(), sample::with_reference(), explained::explained(), large::large(60, large::Breadth::Real)];
    for results in various {
        let pages = pages(&results);
        let ids: BTreeMap<&str, BTreeSet<&str>> = pages
            .iter()
            .map(|(file, page)| {
                let ids = all(page, r#" id="([^"]*)""#);
                let distinct: BTreeSet<_> = ids.iter().copied().collect();
                assert_eq!(ids.len(), distinct.len(), "{file}: an id is there twice");
                (file.as_str(), distinct)
            })
            .collect();
        for (file, page) in &pages {
            for link in all(page, r#"href="([^"]*)""#).into_iter().filter(|link| !link.starts_with("https://")) {
                let (path, place) = link.split_once('#').unwrap_or((link, ""));
                let target = resolved(file, path);
                if ["results.json", "style.css"].contains(&target.as_str()) {
                    continue;
                }
                let ids = ids.get(target.as_str()).unwrap_or_else(|| panic!("{file}: {link}: no page {target}"));
                assert!(place.is_empty() || ids.contains(place), "{file}: {link}: no such place in {target}");
            }
        }
        for record in &results.records {
            if odd.is_match(&record.cell) || !results.columns.iter().any(|column| column.column == record.column) {
                continue;
            }
            let page = format!("case/{}.html", record.case);
            assert!(ids[page.as_str()].contains(record.column.as_str()), "{} has no place", record.cell);
        }
    }
}

/// The file that a link in another leads to.
fn resolved(file: &str, path: &str) -> String {
    if path.is_empty() {
        return file.to_owned();
    }
    let mut parts: Vec<_> = file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => assert!(parts.pop().is_some(), "{file}: {path} leads out"),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn what_guests_print_stays_text() {
    for (file, page) in pages(&explained::explained()) {
        assert!(file.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-./@_+~".contains(&byte)), "{file}");
        let text = said(&page);
        assert_eq!(page.matches("<script").count(), page.matches("</script>").count());
        assert!(page.matches("<script").count() <= 1, "{file}: its own script, and no other");
        for raw in ["<img", "<b>no", "</pre><b>", "<60>", "onerror=alert(3)>", "\u{202e}", "\u{1b}", "\0"] {
            assert!(!text.contains(raw), "{file}: {raw:?}");
        }
        assert_eq!(page.matches("<style").count(), page.matches("</style>").count());
        assert!(page.matches("<style").count() <= 1, "{file}: its own style, and no other");
        for element in ["article", "table", "details", "pre", "main", "dl"] {
            let begins = Regex::new(&format!("<{element}[ >]")).unwrap().find_iter(&text).count();
            assert_eq!(begins, text.matches(&format!("</{element}>")).count(), "{file}: {element}");
        }
    }
    let pages = pages(&sample::small());
    let fail = &pages["case/fs/fail.html"];
    assert!(fail.contains("&lt;script&gt;alert(1)&lt;/script&gt;]]&gt;&quot;&#39;\\u{202e}txt.\\u{1b}[31m\\0 {{ page.go }}\\n\n&lt;/style&gt;&lt;/pre&gt;\\n</pre>"));
    assert!(fail.contains("<ins>+ &lt;b&gt;no&lt;/b&gt;\\n</ins>"));
    assert!(fail.contains("sleep\\0&lt;60&gt;"));
    assert!(pages["case/fs/stale.html"].contains("<pre>ok\\xff\\xfe\\n</pre>and 8995 more bytes; sha256 of all"));
}

#[test]
fn only_https_and_the_pages_themselves_are_linked() {
    let pages = pages(&sample::small());
    let [styled, acting] = [r#"<[^>]+ style=""#, r#"<[^>]+ on\w+=""#].map(|pattern| Regex::new(pattern).unwrap());
    for (file, page) in &pages {
        for link in all(page, r#"href="([^"]*)""#) {
            let own = link.starts_with('#') || !resolved(file, link.split('#').next().unwrap()).is_empty();
            assert!(link.starts_with("https://") || own && !link.contains(':'), "{file}: {link}");
        }
        let root = "../".repeat(file.matches('/').count());
        let script = format!("<script src=\"{root}page.js\"></script>");
        assert_eq!(page.matches(" src=\"").count(), page.matches(&script).count(), "{file}: nothing else is fetched");
        assert!(!page.contains("url(") && !page.contains("@import"), "{file}: nothing else is fetched");
        let policy = "default-src 'none'; style-src 'self'";
        assert!(page.contains(policy) && page.contains("; base-uri 'none'; form-action 'none'\">"), "{file}");
        assert!(!styled.is_match(page), "{file}: the policy would refuse it");
        assert!(!acting.is_match(&said(page)), "{file}: the policy would refuse it");
        assert_eq!(page.contains("; script-src 'self'"), page.contains(&script), "{file}");
    }
    let hostile = pages.iter().find(|(file, _)| file.starts_with("case/z")).unwrap().1;
    assert!(hostile.contains("Source: javascript:alert(4)</p>"), "the source is still told");
    assert!(pages["case/fs/stale.html"].contains("<dd>javascript:alert(2)</dd>"));
}

#[test]
fn the_reference_stands_first_and_counts_as_no_runtime() {
    let without = pages(&sample::small());
    let pages = pages(&sample::with_reference());
    let index = &pages["index.html"];
    let heads = all(index, r#"<th scope="col" data-at="[^"]+" data-name="([^"]+)">"#);
    assert_eq!(heads, ["native", "Second"]);
    assert!(index.contains("native</a> <small>1.27.1</small> <small>reference</small>"));
    for counted in [r"run under (\d+) runtimes", r"<dt>Runtimes</dt><dd>(\d+)</dd>", r"</i> works</span> <b>(\d+)</b>"]
    {
        assert_eq!(all(index, counted), all(&without["index.html"], counted), "{counted}");
    }
    for (id, sentence) in [
        ("fs/fail", "either the expectation is wrong, or the case has to say why Linux deviates"),
        ("fs/known", "The case says why."),
        ("fs/stale", "Delete what the case says about it."),
    ] {
        let section = cells::section(&pages, "linux@1.27.1", id);
        assert!(section.contains(sentence), "{section}");
        assert!(!section.contains("issue upstream"), "Linux has no issue");
    }
    assert!(
        pages["case/fs/stale.html"]
            .contains("<dt>Native Linux</dt><dd>deviates: Linux &lt;once&gt; renamed otherwise.</dd>")
    );
}

#[test]
fn a_function_has_a_page_with_the_cases_that_tell_of_it() {
    let pages = pages(&sample::small());
    let rename = &pages["function/path_rename.html"];
    assert!(rename.contains("<dt>Go calls it for</dt><dd><code>os.Rename</code></dd>"), "{rename}");
    assert!(rename.contains("<code>fs</code>, which 8 cases run"), "{rename}");
    assert!(
        rename.contains("8 cases are about it; 3 of them work in every installed runtime that can express them."),
        "{rename}"
    );
    assert!(pages["go/os.Rename.html"].contains("href=\"../case/fs/known.html#second@2.0.0\">crashes or hangs"));
    assert!(pages["function/proc_raise.html"].contains("No case is about it"));
    let index = &pages["functions.html"];
    assert!(index.contains("<a href=\"function/sock_accept.html\">sock_accept</a> <small>no case</small></th><td class=\"not-run\">no case</td>"));
    assert!(index.contains("<a href=\"go/os.Rename.html\">os.Rename</a> <small>8</small>"), "{index}");
    let terms = all(&pages["index.html"], "<li>([^<]*)</li>\n</ol>");
    assert_eq!(terms, ["os.Rename path_rename"]);
}

#[test]
fn a_test_of_go_links_to_the_case_that_shows_the_same() {
    let link = "Shown by <a href=\"case/fs/known.html\">fs/known</a> under b@2.0.0.";
    assert!(pages(&sample::small())["std.html"].contains(link));
    let other = large::large(60, large::Breadth::Real);
    assert!(pages(&other)["std.html"].contains("Shown by <code>fs/known</code>"), "no page has it");
}

#[test]
fn the_same_results_make_the_same_pages() {
    let results = sample::small();
    let again: Results = serde_json::from_slice(&serde_json::to_vec(&results).unwrap()).unwrap();
    assert_eq!(pages(&results), pages(&again));
}

#[test]
fn what_is_no_longer_made_is_removed_and_nothing_else() {
    let out = TempDir::new().unwrap();
    let write = |results: &Results| {
        pages::write(results, &assets(), &Sources::default(), &Beside::default(), out.path()).unwrap()
    };
    fs::create_dir_all(out.path().join("case/fs")).unwrap();
    fs::write(out.path().join("case/fs/mine.html"), "mine").unwrap();
    write(&sample::small());
    assert!(out.path().join("case/fs/stale.html").exists());
    let mut results = sample::small();
    results.cases.retain(|case| case.id != "fs/stale");
    results.records.retain(|record| record.case != "fs/stale");
    write(&results);
    assert!(!out.path().join("case/fs/stale.html").exists());
    assert_eq!(fs::read_to_string(out.path().join("case/fs/mine.html")).unwrap(), "mine");
    assert!(!read(out.path()).contains_key("case/fs/mine.html"));
}

#[test]
fn the_front_page_stays_light() {
    // To look at them: the folder to write them to.
    let folder = env::var_os("WASIP1_MATRIX_PAGE").map(PathBuf::from);
    let temporary = TempDir::new().unwrap();
    let sizes = [(250, large::Breadth::Primary(30), 400_000), (926, large::Breadth::Real, 1_200_000)];
    // As many as there are by now take their time, and are made where somebody is to look at them.
    let made = if folder.is_some() { 2 } else { 1 };
    for (index, (cases, breadth, most)) in sizes.into_iter().take(made).enumerate() {
        let results = large::large(cases, breadth);
        let out = folder.as_deref().unwrap_or(temporary.path()).join(index.to_string());
        let changes = since::changes(&large::older(&results), &results);
        assert!(changes.cells.len() > 1, "the pages in a browser are to show what changed");
        let beside = Beside { since: Some(&changes), ..Beside::default() };
        pages::write(&results, &assets(), &sample::sources(), &beside, &out).unwrap();
        let size = fs::metadata(out.join("index.html")).unwrap().len();
        println!("{cases} cases, {} columns: {size} bytes", results.columns.len());
        assert!(size < most, "{cases} cases: {size} bytes");
    }
}

#[test]
fn a_hundred_columns_are_written_in_time() {
    let results = large::large(250, large::Breadth::Primary(100));
    assert_eq!(results.records.len(), 25_000);
    let out = TempDir::new().unwrap();
    // What counts is what it takes, not how long others let it wait. It starts no threads.
    let (begun, cpu) = (Instant::now(), processor());
    pages::write(&results, &assets(), &sample::sources(), &Beside::default(), out.path()).unwrap();
    let (took, cpu) = (begun.elapsed(), processor() - cpu);
    println!("25,000 cells: {took:?}, {cpu:?} of processor");
    assert!(cpu > Duration::ZERO, "nothing was measured");
    assert!(cpu < Duration::from_secs(10), "{cpu:?}");
}

/// Processor time of this thread until now: other tests run beside it in this process.
fn processor() -> Duration {
    let times = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux keeps a thread's times");
    let on_processor = times.split(' ').next().and_then(|nanoseconds| nanoseconds.parse().ok());
    Duration::from_nanos(on_processor.expect("the first is the time on a processor"))
}

#[test]
fn nothing_is_dropped_in_silence() {
    let out = TempDir::new().unwrap();
    let refused = |results: &Results| {
        format!(
            "{:#}",
            pages::write(results, &assets(), &Sources::default(), &Beside::default(), out.path()).unwrap_err()
        )
    };
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
    let refused = || {
        let error =
            pages::write(&sample::small(), assets.path(), &Sources::default(), &Beside::default(), assets.path())
                .unwrap_err();
        format!("{error:#}")
    };
    let cell = assets.path().join("templates/cell.html");
    for broken in ["{# one #}\n\n{% if it %}{% endfor %}", "{# one #}\n\n{{ no_such_thing }}"] {
        fs::write(&cell, broken).unwrap();
        let error = refused();
        assert!(error.contains("cell.html:3"), "{error}");
    }
    let script = assets.path().join("static/page.js");
    fs::write(&script, "// </SCRIPT>").unwrap();
    let error = refused();
    assert!(error.contains("page.js: `</script` or `<!--` would end it early"), "{error}");
}

/// `UPDATE_GOLDEN=1 cargo test -p wasip1-matrix --test suite report::` writes the files anew.
#[test]
fn the_small_pages_are_as_they_were() {
    let pages = pages(&sample::small());
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/report");
    for file in
        ["index.html", "case/fs/fail.html", "case/fs/known.html", "runtime/second.html", "function/path_rename.html"]
    {
        let page = said(&pages[file]);
        let path = golden.join(file.replace('/', "-"));
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(&golden).unwrap();
            fs::write(&path, page.as_bytes()).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap();
        let differs = page.lines().zip(expected.lines()).enumerate().find(|(_, (page, expected))| page != expected);
        assert!(page == expected, "{file}: first differs, by line: {differs:#?}");
    }
}
