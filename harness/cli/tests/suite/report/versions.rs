//! The page of a runtime: its columns side by side, what changed between them, what is on record.

use super::{Pages, all, large, pages, sample};

fn runtime(pages: &Pages) -> &str {
    &pages["runtime/second.html"]
}

/// The part of a page from a heading to the next of its kind.
fn part<'p>(page: &'p str, id: &str) -> &'p str {
    let begin = page.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no {id}"));
    let rest = &page[begin..];
    &rest[..rest.find("<h2").unwrap_or(rest.len())]
}

#[test]
fn columns_stand_from_old_to_new_and_then_by_mode() {
    let pages = pages(&sample::small());
    for table in ["differing", "all"] {
        let labels = all(part(runtime(&pages), table), r#"<th scope="col" data-at="second@([^"]+)""#);
        assert_eq!(labels, ["1.9.0", "1.10.0", "2.0.0", "2.0.0+go1.21.13", "2.0.0+jit"], "{table}");
    }
    assert!(!pages["runtime/first.html"].contains("id=\"differing\""), "a single column has nothing beside it");
}

#[test]
fn what_differs_comes_first() {
    let pages = pages(&sample::small());
    let differing = part(runtime(&pages), "differing");
    assert!(differing.contains("3 of 8 cases do not have the same result in all columns"), "{differing}");
    let rows = |part| all(part, r#"<th scope="row"><a href="[^"]+">([^<]+)</a>"#);
    assert_eq!(rows(differing), ["fs/error", "fs/fail", "fs/known"]);
    assert_eq!(rows(part(runtime(&pages), "all")).len(), 8);
    let known = differing.split("<tr>").find(|row| row.contains(">fs/known<")).unwrap();
    assert!(known.contains("<td>works<td"), "in the oldest");
    assert_eq!(all(known, r#"<td class="([^"]+)">"#), ["breaks", "breaks", "breaks", "breaks"]);
}

#[test]
fn what_changed_is_told_from_version_to_version() {
    let pages = pages(&sample::small());
    let changes = part(runtime(&pages), "changes");
    assert_eq!(all(changes, "<h3>([^<]+)</h3>"), ["1.9.0 → 1.10.0", "1.10.0 → 2.0.0"]);
    let sections: Vec<_> = changes.split("<section class=\"change\">").skip(1).collect();
    assert!(sections[0].contains("<summary>1 no longer work</summary>"), "{}", sections[0]);
    assert!(sections[0].contains("<a href=\"../case/fs/known.html#second@1.10.0\">fs/known</a>"), "{}", sections[0]);
    assert!(!sections[0].contains("fixed"));
    // As expected with a record that is out of date is as expected.
    assert!(sections[1].contains("<summary>1 no longer work</summary>"), "{}", sections[1]);
    assert!(!sections[1].contains(">fs/error</a>") && sections[1].contains(">fs/fail</a>"), "{}", sections[1]);
}

#[test]
fn a_reason_stands_once_with_all_its_cells() {
    let pages = pages(&sample::small());
    let recorded = part(runtime(&pages), "recorded");
    assert_eq!(recorded.matches("<article").count(), 3, "{recorded}");
    assert!(
        recorded.contains(
            "<a href=\"../case/fs/known.html#second@1.10.0\">fs/known</a> <small>1.10.0, 2.0.0, 2.0.0 go1.21.13</small>"
        ),
        "{recorded}"
    );
    assert!(recorded.contains("modes <code>jit</code>"));
    assert!(recorded.contains("<a href=\"https://github.com/example/runtime/issues/7\" rel=\"noopener noreferrer\">"));
}

#[test]
fn time_and_memory_are_told_by_column() {
    let pages = pages(&sample::small());
    let cost = part(runtime(&pages), "cost");
    let rows = all(cost, r#"<tr><th scope="row">([^<]+)</th>"#);
    assert_eq!(rows, ["1.9.0", "1.10.0", "2.0.0", "2.0.0 go1.21.13", "2.0.0 jit"], "those that ran");
    assert!(cost.contains("<td>41 ms</td>") && cost.contains("<td>34.0 MiB</td>"), "{cost}");
}

#[test]
fn a_runtime_has_a_line_for_each_column() {
    let pages = pages(&sample::small());
    let card = runtime(&pages);
    let versions = all(card, r#"<tr id="second@([^"]+)"><th scope="row">"#);
    assert_eq!(versions, ["1.5.0", "1.9.0", "1.10.0", "2.0.0", "2.0.0+go1.21.13", "2.0.0+jit"]);
    for part in [
        "<dt>Lacks</dt><dd><code>fuel</code>: cannot stop the guest by fuel; <code>reactor</code>: cannot call the guest&#39;s exports.",
        "<td>jit</td>",
        "<td>1.21.13</td>",
        "<td><code>second version 2.0.0</code></td>",
        "3f3f\">3f3f3f3f3f3f…</code>",
        "<td colspan=\"2\">not installed. How to get it: `wasip1-matrix install second@1.5.0`</td>",
        "aria-hidden=\"true\">✓</i> 6 works</span>",
    ] {
        assert!(card.contains(part), "{part} in {card}");
    }
    let missing = &pages["runtime/first.html"];
    assert!(missing.contains("not installed. How to get it: apt-get install &lt;first&gt;</td>"), "{missing}");
}

#[test]
fn only_what_one_column_lacks_alone_stands_with_it() {
    let mut results = sample::small();
    let jit = results.columns.iter_mut().find(|column| column.mode.is_some()).unwrap();
    jit.lacks = vec!["reactor".to_owned(), "tcp-listener".to_owned()];
    let pages = pages(&results);
    let card = runtime(&pages);
    assert!(card.contains("<dt>Lacks</dt><dd><code>reactor</code>: cannot"), "{card}");
    let rows: Vec<_> = card.split("<tr id=").collect();
    assert!(rows[6].contains("<td><code>tcp-listener</code></td>") && rows[1].contains("<td><code>fuel</code></td>"));
}

#[test]
fn many_columns_show_signs_and_keep_their_words() {
    let pages = pages(&large::large(60, large::Breadth::Real));
    let index = &pages["index.html"];
    assert!(index.contains("<div class=\"pane dense\"") && index.contains(".pane{--columns:19}"));
    assert!(index.contains("<b class=\"wrong\">≠</b> wrong result</span>"), "the signs are explained where they stand");
    assert!(index.contains("\">crashes or hangs</a>"));
    let node = &pages["runtime/node.js.html"];
    assert!(node.contains("<div class=\"pane\"") && node.contains(".pane{--columns:4}"), "few have room for words");
}
