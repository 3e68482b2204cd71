//! The columns of one runtime: side by side, sharing what is the same, and on its card.

use super::{all, body, element, large, page, sample};

#[test]
fn columns_stand_from_old_to_new_and_then_by_mode() {
    let page = page(&sample::small());
    let section = element(&page, "versions/second", "</section>");
    let labels = all(section, r##"<th scope="col"><div><a href="#column/second@([^"]+)">"##);
    // Once for the cases that differ, once for all.
    assert_eq!(labels, ["1.9.0", "1.10.0", "2.0.0", "2.0.0+go1.21.13", "2.0.0+jit"].repeat(2));
    assert!(!section.contains("1.5.0"), "what is not installed has no cells");
    assert!(!page.contains("id=\"versions/first\""), "and a single column nothing beside it");
}

#[test]
fn what_differs_comes_first() {
    let page = page(&sample::small());
    let section = element(&page, "versions/second", "</section>");
    assert!(section.contains("<small>4 of 8 cases differ between its 5 columns</small>"), "{section}");
    let (differing, whole) = section.split_once("<details").unwrap();
    let rows = |part| all(part, r##"<th scope="row"><a href="#[^"]+">([^<]+)</a>"##).into_iter();
    assert_eq!(rows(differing).collect::<Vec<_>>(), ["fs/error", "fs/fail", "fs/known", "fs/stale"]);
    assert_eq!(rows(whole).len(), 8);
    assert!(whole.starts_with(" class=\"title\">"), "folded");
    let known = differing.split("<tr>").find(|row| row.contains(">fs/known<")).unwrap();
    assert_eq!(all(known, r#"<td class="([^"]+)">"#), ["pass", "known", "known", "known", "known"]);
}

#[test]
fn a_head_of_the_matrix_leads_to_the_further_columns() {
    let page = page(&sample::small());
    let matrix = element(&page, "matrix", "</thead>");
    assert!(
        matrix.contains("<a class=\"further\" href=\"#versions/second\"><small>and 4 more</small></a>"),
        "{matrix}"
    );
    assert_eq!(matrix.matches("further").count(), 1);
}

#[test]
fn the_same_is_said_once() {
    let page = page(&sample::small());
    let alike = body(&page, "cell/second@1.10.0/fs/known");
    assert!(alike.contains("The same in 3 columns: 1.10.0, 2.0.0, 2.0.0 go1.21.13."), "{alike}");
    assert!(alike.contains("<h4>Command under 2.0.0</h4>"), "the primary column’s");
    assert!(alike.contains("sha256 <a href=\"#column/second@1.10.0\">5b5b5b5b5b5b…</a>"));
    for column in ["2.0.0", "2.0.0+go1.21.13"] {
        assert_eq!(body(&page, &format!("cell/second@{column}/fs/known")), alike);
    }
    let other = body(&page, "cell/second@2.0.0+jit/fs/known");
    assert!(!other.contains("The same in"), "its record speaks of a mode");
    assert!(other.contains("<dt>Modes</dt><dd><code>jit</code></dd>"), "{other}");
}

#[test]
fn a_cell_that_passes_leads_to_its_case() {
    let page = page(&sample::small());
    let link = |cell: &str| format!("<a id=\"cell/{cell}/fs/rename/pass\" href=\"#case/fs/rename/pass\">");
    for cell in ["second@2.0.0", "second@1.9.0", "second@2.0.0+jit"] {
        assert!(page.contains(&link(cell)), "{cell}");
    }
    let case = element(&page, "case/fs/rename/pass", "</article>");
    assert!(case.contains("Second, all 5 columns"), "{case}");
    let missing = "<a id=\"cell/first@1.0.0/fs/fail\" href=\"#runtime/first\">";
    assert!(page.contains(missing), "there it says how to get it");
}

#[test]
fn a_pass_with_something_to_tell_tells_it() {
    let mut results = sample::small();
    let record = results.records.iter_mut().find(|record| record.cell == "second@1.9.0/fs/rename/pass").unwrap();
    record.divergence = Some(sample::known());
    let page = page(&results);
    let told = body(&page, "cell/second@1.9.0/fs/rename/pass");
    assert!(told.contains("✓</i> pass</span>") && told.contains("<h4>On record</h4>"), "{told}");
}

#[test]
fn a_card_has_a_line_for_each_column() {
    let page = page(&sample::small());
    let card = element(&page, "runtime/second", "</section>");
    let versions = all(card, r#"<tr id="column/second@([^"]+)"><th scope="row">"#);
    assert_eq!(versions, ["1.5.0", "1.9.0", "1.10.0", "2.0.0", "2.0.0+go1.21.13", "2.0.0+jit"]);
    for part in [
        "<dt>Lacks</dt><dd><code>fuel</code>, <code>reactor</code></dd>",
        "<td>jit</td>",
        "<td>1.21.13</td>",
        "<td><code>second version 2.0.0</code></td>",
        "3f3f\">3f3f3f3f3f3f…</code>",
        "<td colspan=\"2\">not installed. How to get it: `wasip1-matrix install second@1.5.0`</td>",
        "aria-hidden=\"true\">✓</i> 6 pass</span>",
    ] {
        assert!(card.contains(part), "{part} in {card}");
    }
    let missing = element(&page, "runtime/first", "</section>");
    assert!(missing.contains("not installed. How to get it: apt-get install &lt;first&gt;</td>"), "{missing}");
    assert!(page.contains("<dt><code>fuel</code></dt><dd>cannot stop the guest by fuel</dd>"));
}

#[test]
fn only_what_one_column_lacks_alone_stands_with_it() {
    let mut results = sample::small();
    let jit = results.columns.iter_mut().find(|column| column.mode.is_some()).unwrap();
    jit.lacks = vec!["reactor".to_owned(), "tcp-listener".to_owned()];
    let page = page(&results);
    let card = element(&page, "runtime/second", "</section>");
    assert!(card.contains("<dt>Lacks</dt><dd><code>reactor</code></dd>"), "{card}");
    let rows: Vec<_> = card.split("<tr id=").collect();
    assert!(rows[6].contains("<td><code>tcp-listener</code></td>") && rows[1].contains("<td><code>fuel</code></td>"));
}

#[test]
fn many_columns_show_signs_and_keep_their_words() {
    let page = page(&large::large());
    let matrix = element(&page, "matrix", "</table>");
    assert!(matrix.contains("<div class=\"pane of-20 dense\""));
    assert!(matrix.contains("<b class=\"known\">≠</b> known</span>"), "the signs are explained where they stand");
    assert!(matrix.contains("title=\"known: wrong-exit\">known <small>wrong-exit</small>"));
    let node = element(&page, "versions/node.js", "</section>");
    assert!(node.contains("<div class=\"pane of-4\""), "few columns have room for words");
}
