//! What pages say of a cell: what the runtime does, and how several cells add up.

use matrix_model::answer::{Answer, Reach, Severity, answers};
use matrix_model::capability::Capability;
use matrix_model::case::Tier;
use matrix_model::record::{Known, Record};
use matrix_model::recorded_outcome::Excerpt;
use matrix_model::results::Results;
use matrix_model::verdict::{Failure, Need, Verdict};

use super::{Pages, all, cells, pages, sample};

/// Three runtimes and six cases, in all of which the third works.
fn three() -> Results {
    let columns = ["a", "b", "c"].map(|name| sample::column(name, name, "1.0.0"));
    let ids = ["fs/works", "fs/one", "fs/two", "fs/lacks", "fs/should", "out/got"];
    let mut cases: Vec<_> = ids.map(|id| sample::case(id, Tier::Must)).into();
    cases[4].tier = Tier::Should;
    cases[5].got_out = Some("^secret\\n$".to_owned());
    let known = |record: Record, reason: &str| Record {
        divergence: Some(Known { reason: reason.to_owned(), ..sample::known() }),
        ..record
    };
    let mut records = Vec::new();
    for (column, id) in columns.iter().flat_map(|column| ids.map(|id| (column, id))) {
        let wrong = Verdict::Known { failure: Failure::WrongOutput };
        records.push(match (column.runtime.as_str(), id) {
            ("a", "fs/lacks") => {
                let needs = Need::Capability(Capability::Fuel);
                sample::idle(column, id, Verdict::Unsupported { needs })
            }
            ("a", "fs/one" | "fs/two" | "fs/should") => known(sample::ran(column, id, wrong, 0, b"x\n"), "One bug."),
            ("b", "fs/two") => known(sample::ran(column, id, wrong, 0, b"x\n"), "Another bug."),
            ("b", "out/got") => {
                let mut record = known(sample::ran(column, id, wrong, 0, b"secret\n"), "It follows links.");
                if let Some(outcome) = &mut record.outcome {
                    outcome.files.clear();
                }
                record
            }
            _ => sample::ran(column, id, Verdict::Pass, 0, b"renamed\n"),
        });
    }
    sample::results(columns.into(), cases, records)
}

/// The cells of a row of the table of areas, from its head on.
fn row<'p>(pages: &'p Pages, head: &str) -> Vec<&'p str> {
    let overview = pages["index.html"].split("<table class=\"cells overview\">").nth(1).unwrap();
    let table = overview.split("</table>").next().unwrap();
    let row = table.split("<tr").find(|row| row.contains(head)).unwrap_or_else(|| panic!("no {head} in {table}"));
    let cells = row.split("</tr>").next().unwrap().split("<td").skip(1);
    cells.map(|cell| cell.split("</td>").next().unwrap()).collect()
}

#[test]
fn what_differs_from_a_promise_is_red_whether_or_not_it_is_on_record() {
    let page = &pages(&three())["case/fs/one.html"];
    assert!(page.contains("<span class=\"mark wrong\"><i aria-hidden=\"true\">≠</i> differs: wrong result or lost data</span> <small class=\"badge\">on record</small>"), "{page}");
    let should = &pages(&three())["case/fs/should.html"];
    assert!(should.contains("<span class=\"mark wrong should\">"), "what is only assumed is not red: {should}");
    for (file, page) in pages(&three()) {
        for verdict in ["known", "pass", "unsupported"] {
            assert!(
                !page.contains(&format!("</i> {verdict}")) && !page.contains(&format!(">{verdict}<")),
                "{file}: {verdict}"
            );
        }
    }
}

#[test]
fn an_area_shows_how_many_of_its_cases_work() {
    let pages = pages(&three());
    let cells = row(&pages, ">fs</a>");
    // The case that cannot be expressed counts neither way, and hides nothing. What nobody promised counts like the rest.
    assert_eq!(cells[0], " class=\"share wrong\">1/4 <span>wrong result: 3</span>", "{cells:?}");
    assert_eq!(cells[1], " class=\"share wrong\">4/5 <span>wrong result: 1</span>");
    assert_eq!(cells[2], " class=\"share works\">5/5");
    assert!(row(&pages, ">out</a>")[1].starts_with(" class=\"share got-out\">0/1"), "{:?}", row(&pages, ">out</a>"));
    let small = super::pages(&sample::small());
    assert_eq!(row(&small, ">fs</a>").len(), 1, "a runtime that is not installed has no column");
    let missing =
        "Not installed, and so without a column: <a href=\"runtime/first.html\">first &amp; only</a> 1.0.0.</p>";
    assert!(small["index.html"].contains(missing), "{}", small["index.html"]);
}

#[test]
fn the_front_rows_say_who_let_a_guest_out_and_add_up() {
    let pages = pages(&three());
    let leaving = row(&pages, "Can the guest leave its folder?");
    assert_eq!(leaving[0], " class=\"share wide works\">no <span>kept in at 1 attempt</span>");
    assert_eq!(leaving[1], " class=\"share wide got-out\">reads 1 <span>of 1 attempt</span>");
    assert_eq!(row(&pages, "All cases")[0], " class=\"share wrong\">2/5 <span>wrong result: 3</span>");
    let causes = row(&pages, "Cases that differ, and causes");
    let figures: Vec<_> = causes.iter().map(|cell| all(cell, r"[>](\d+)<").join(" ")).collect();
    assert_eq!(figures, ["3 1", "2 2", "0 0"], "one reason is one cause");
    assert!(pages["index.html"].contains("3 differ somewhere for 2 causes</small>"), "of the area fs");
    let section = cells::section(&pages, "b@1.0.0", "out/got");
    assert!(section.contains("got out: read what is outside"), "{section}");
}

#[test]
fn a_runtime_in_which_no_attempt_can_be_expressed_was_not_left_out() {
    let mut lacking = three();
    for record in lacking.records.iter_mut().filter(|record| record.cell == "a@1.0.0/out/got") {
        let needs = Need::Capability(Capability::DirMap);
        *record = sample::idle(&lacking.columns[0], "out/got", Verdict::Unsupported { needs });
    }
    let front = pages(&lacking);
    let leaving = row(&front, "Can the guest leave its folder?");
    assert_eq!(leaving[0], " class=\"lacks\">cannot be expressed");
    assert_eq!(leaving[1], " class=\"share wide got-out\">reads 1 <span>of 1 attempt</span>");
}

#[test]
fn the_front_page_says_where_the_place_of_a_folder_matters() {
    let columns = ["a", "b", "c"].map(|name| sample::column(name, name, "1.0.0"));
    let ids = ["fs/one", "fs/two", "fs.data/one", "fs.data/two"];
    let wrong = Verdict::Known { failure: Failure::WrongOutput };
    let mut records = Vec::new();
    for (column, id) in columns.iter().flat_map(|column| ids.map(|id| (column, id))) {
        records.push(match (column.runtime.as_str(), id) {
            ("a", "fs.data/one") | ("b", "fs/two" | "fs.data/two") => {
                Record { divergence: Some(sample::known()), ..sample::ran(column, id, wrong.clone(), 0, b"x\n") }
            }
            ("c", _) => sample::idle(column, id, Verdict::Unsupported { needs: Need::Capability(Capability::DirMap) }),
            _ => sample::ran(column, id, Verdict::Pass, 0, b"renamed\n"),
        });
    }
    let results = sample::results(columns.into(), ids.map(|id| sample::case(id, Tier::Must)).into(), records);
    let front = pages(&results);
    let placement = row(&front, "Does it matter where a folder is?");
    assert_eq!(placement[0], " class=\"share wide wrong should\">yes <span>1 of 2 cases come to something else</span>");
    assert_eq!(placement[1], " class=\"share wide works\">no <span>2 cases</span>", "wrong at both places");
    assert_eq!(placement[2], " class=\"lacks\">cannot be expressed");
}

#[test]
fn the_legend_counts_what_the_table_shows() {
    let mut results = three();
    let further = sample::further(&results.columns[0], "0.9.0", None, None);
    results.records.push(sample::ran(&further, "fs/works", Verdict::Pass, 0, b"renamed\n"));
    results.columns.push(further);
    let index = &pages(&results)["index.html"];
    let counts = all(index, r"</span> <b>(\d+)</b></dt>");
    assert_eq!(counts, ["12", "0", "4", "0", "0", "1", "1", "0", "0"], "as many as three columns have cells");
}

#[test]
fn portable_is_what_works_wherever_it_can_be_expressed() {
    let marked = |results: &Results, mark: &str| {
        let page = pages(results).remove("index.html").unwrap();
        let rows = all(
            &page,
            &format!(r#"<th scope="row"><a href="[^"]+">([^<]+)</a>(?: <span[^>]+>\w+</span>)? <b{mark}</b>"#),
        );
        rows.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(marked(&three(), ">Go-portable"), ["lacks", "works"]);
    assert_eq!(marked(&three(), " class=\"except\">except a"), ["one", "should"]);
    assert_eq!(marked(&three(), " class=\"except\">except b"), ["got"]);
    let index = &pages(&three())["index.html"];
    assert!(index.contains("2 of 6. 3 more work in all but one: a 2, b 1.</p>"), "{index}");
    assert!(pages(&three())["case/fs/one.html"].contains("Go-portable except a</span>"));
    // A runtime that is not installed decides nothing, whatever its adapter lacks; nor does the reference.
    assert_eq!(marked(&sample::small(), ">Go-portable"), ["stale", "pass", "\\u{202e}x"]);
    assert_eq!(marked(&sample::with_reference(), ">Go-portable"), ["stale", "pass", "\\u{202e}x"]);
}

#[test]
fn results_tell_the_answer_of_each_cell() {
    let results = three();
    let all = answers(&results);
    assert_eq!(all.len(), results.records.len());
    let of = |cell: &str| all[results.records.iter().position(|record| record.cell == cell).unwrap()];
    assert_eq!(of("a@1.0.0/fs/one"), Answer::Differs { how: Severity::WrongResult, sometimes: false });
    assert_eq!(of("b@1.0.0/out/got"), Answer::GotOut { reach: Some(Reach::Read), sometimes: false });
    assert_eq!(of("a@1.0.0/fs/lacks"), Answer::CannotBeExpressed);
    let mut refused = results.clone();
    for record in refused.records.iter_mut().filter(|record| record.cell == "b@1.0.0/out/got") {
        record.outcome.as_mut().unwrap().stdout = Excerpt::of(b"refused\n");
    }
    let index = refused.records.iter().position(|record| record.cell == "b@1.0.0/out/got").unwrap();
    assert!(matches!(answers(&refused)[index], Answer::Differs { .. }), "refused too much is not out");
}
