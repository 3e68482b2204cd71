//! What is on the page: results arranged as areas, rows and cells, in an order of their own.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde::Serialize;

use crate::capability::Capability;
use crate::case::Tier;
use crate::outcome::Exit;
use crate::record::Record;
use crate::results::{CaseFacts, ColumnFacts, Results};
use crate::verdict::{Colour, Verdict};

use super::anchor::{Source, id};
use super::escape;
use super::explanation::{self, Explanation};
use super::moment::Moment;

/// How many characters of an observed value fit into a cell.
const VALUE: usize = 28;

/// Beyond so many, the list of red cells starts folded.
const UNFOLDED: usize = 12;

/// The whole page.
#[derive(Serialize)]
pub struct Page {
    go: String,
    platform: String,
    finished: Moment,
    cases: usize,
    cells: usize,
    pub columns: Vec<ColumnView>,
    legend: Vec<Legend>,
    red: Vec<Red>,
    red_unfolded: bool,
    areas: Vec<Area>,
}

/// A column's head and what is to be known of it.
#[derive(Serialize)]
pub struct ColumnView {
    id: String,
    name: String,
    version: String,
    url: Source,
    available: bool,
    hint: String,
    lacks: Vec<Lack>,
    reported: Option<String>,
    sha256: Option<String>,
}

#[derive(Serialize)]
struct Lack {
    name: String,
    means: Option<&'static str>,
}

/// A verdict, what it means and how often it was given.
#[derive(Serialize)]
struct Legend {
    word: &'static str,
    glyph: &'static str,
    means: &'static str,
    count: usize,
}

/// A cell that is news.
#[derive(Serialize)]
struct Red {
    href: String,
    cell: String,
    word: &'static str,
    glyph: &'static str,
    failure: Option<String>,
}

#[derive(Serialize)]
struct Area {
    id: String,
    name: String,
    rows: Vec<Row>,
}

/// A case: a row of the matrix and a panel.
#[derive(Serialize)]
struct Row {
    id: String,
    place: String,
    /// The id without its area.
    name: String,
    full_name: String,
    tier: Tier,
    why: String,
    source: Source,
    guest: String,
    location: String,
    inputs: Vec<(String, String)>,
    expected: Vec<(String, String)>,
    cells: Vec<CellView>,
    groups: Vec<Group>,
}

#[derive(Serialize)]
struct CellView {
    /// Where in the matrix it is; what its explanation leads back to.
    place: String,
    column: usize,
    /// None where the run had no such cell.
    found: Option<Found>,
}

#[derive(Serialize)]
struct Found {
    id: String,
    name: String,
    word: &'static str,
    glyph: &'static str,
    failure: Option<String>,
    value: Option<String>,
    explanation: Explanation,
}

/// The columns in which a case had one and the same end.
#[derive(Serialize, PartialEq)]
struct Group {
    word: &'static str,
    glyph: &'static str,
    failure: Option<String>,
    detail: Option<String>,
    columns: Vec<Member>,
}

#[derive(Serialize, PartialEq)]
struct Member {
    href: String,
    name: String,
    version: String,
}

/// The verdicts in the order of the legend.
const LEGEND: [(&str, &str, &str); 8] = [
    ("pass", "✓", "The runtime did exactly what the case expects."),
    ("fail", "✗", "It did something else, and nobody has recorded it yet."),
    ("known", "≠", "It did something else, in exactly the way that is on record, with a reason and a link."),
    ("stale", "↻", "It is on record as diverging and now does as expected: the record is out of date."),
    ("observed", "○", "The specification leaves it open. Shown side by side, never judged."),
    ("unsupported", "–", "Not run: the way this runtime is driven cannot express what the case needs."),
    ("unavailable", "∅", "Not run: the runtime was not installed."),
    ("harness-error", "!", "The harness itself went wrong; nothing is known of the runtime."),
];

/// The sign that goes with a verdict's word.
fn glyph(word: &str) -> &'static str {
    LEGEND.iter().find(|(known, ..)| *known == word).map_or("?", |(_, glyph, _)| glyph)
}

impl Page {
    /// Arranges results: columns by name, cases by area and name, whatever order they came in.
    ///
    /// # Errors
    /// If a record belongs to no row or no column, or two to the same: it would silently not be seen.
    pub fn of(results: &Results) -> Result<Page> {
        let mut columns: Vec<_> = results.columns.iter().collect();
        columns.sort_by_key(|column| (column.name.to_lowercase(), column.runtime.clone()));
        let mut cases: Vec<_> = results.cases.iter().collect();
        cases.sort_by_key(|case| (&case.area, &case.id));
        let records = placed(results, &columns, &cases)?;

        let mut areas: Vec<Area> = Vec::new();
        for (index, case) in cases.iter().enumerate() {
            let row = row(index, case, &columns, &records)?;
            match areas.last_mut().filter(|area| area.name == case.area) {
                Some(area) => area.rows.push(row),
                None => areas.push(Area { id: id("area", &case.area), name: case.area.clone(), rows: vec![row] }),
            }
        }
        let tally = results.tally();
        let legend = LEGEND.map(|(word, glyph, means)| Legend {
            word,
            glyph,
            means,
            count: tally.get(word).copied().unwrap_or(0),
        });
        let red: Vec<_> = columns
            .iter()
            .flat_map(|column| cases.iter().filter_map(|case| records.get(&key(column, case)).copied()))
            .filter(|record| record.verdict.colour() == Colour::Red)
            .map(Red::of)
            .collect();
        Ok(Page {
            go: results.go.clone(),
            platform: results.platform.clone(),
            finished: Moment::of(results.finished),
            cases: cases.len(),
            cells: results.records.len(),
            legend: legend.into(),
            red_unfolded: red.len() <= UNFOLDED,
            red,
            areas,
            columns: columns.into_iter().map(|column| ColumnView::of(column, &results.records)).collect(),
        })
    }
}

/// Runtime, version and case.
type Key<'r> = (&'r str, &'r str, &'r str);

fn key<'r>(column: &'r ColumnFacts, case: &'r CaseFacts) -> Key<'r> {
    (&column.runtime, &column.version, &case.id)
}

/// The records by where they belong.
fn placed<'r>(
    results: &'r Results,
    columns: &[&'r ColumnFacts],
    cases: &[&'r CaseFacts],
) -> Result<BTreeMap<Key<'r>, &'r Record>> {
    let mut places = BTreeMap::new();
    for column in columns {
        for case in cases {
            if places.insert(key(column, case), None).is_some() {
                bail!("the results have {}@{}/{} twice", column.runtime, column.version, case.id);
            }
        }
    }
    for record in &results.records {
        match places.get_mut(&(record.runtime.as_str(), record.version.as_str(), record.case.as_str())) {
            None => bail!("the results have a record {} and no such case or column", record.cell),
            Some(Some(_)) => bail!("the results have two records of {}", record.cell),
            Some(place) => *place = Some(record),
        }
    }
    Ok(places.into_iter().filter_map(|(key, record)| Some((key, record?))).collect())
}

fn row(index: usize, case: &CaseFacts, columns: &[&ColumnFacts], records: &BTreeMap<Key, &Record>) -> Result<Row> {
    let mut cells = Vec::new();
    let mut groups: Vec<Group> = Vec::new();
    for (number, column) in columns.iter().enumerate() {
        let record = records.get(&key(column, case)).copied();
        if let Some(record) = record {
            gather(&mut groups, record, column)?;
        }
        let found = record.map(|record| Found::of(record, column, case.tier)).transpose()?;
        cells.push(CellView { place: format!("r{index}c{number}"), column: number, found });
    }
    Ok(Row {
        id: id("case", &case.id),
        place: format!("r{index}"),
        name: case.id.strip_prefix(&format!("{}/", case.area)).unwrap_or(&case.id).to_owned(),
        full_name: case.id.clone(),
        tier: case.tier,
        why: case.why.clone(),
        source: Source::of(&case.doc),
        guest: case.guest.clone(),
        location: case.location.to_string(),
        inputs: case.inputs.clone(),
        expected: case.expected.clone(),
        cells,
        groups,
    })
}

/// Adds a cell to those that ended like it.
fn gather(groups: &mut Vec<Group>, record: &Record, column: &ColumnFacts) -> Result<()> {
    let word = record.verdict.word();
    let detail = match &record.verdict {
        Verdict::Fail { .. } | Verdict::Known { .. } | Verdict::Observed => explanation::in_short(record)?,
        Verdict::Unsupported { capability } => Some(capability.to_string()),
        Verdict::Pass | Verdict::Stale | Verdict::Unavailable { .. } | Verdict::HarnessError { .. } => None,
    };
    let failure = record.verdict.failure().map(|failure| failure.to_string());
    let member = Member { href: id("cell", &record.cell), name: column.name.clone(), version: column.version.clone() };
    let same = |group: &&mut Group| (group.word, &group.failure, &group.detail) == (word, &failure, &detail);
    match groups.iter_mut().find(same) {
        Some(group) => group.columns.push(member),
        None => groups.push(Group { word, glyph: glyph(word), failure, detail, columns: vec![member] }),
    }
    Ok(())
}

impl Found {
    fn of(record: &Record, column: &ColumnFacts, tier: Tier) -> Result<Found> {
        let word = record.verdict.word();
        let value = match (&record.outcome, tier) {
            (Some(outcome), Tier::Observe) => Some(match &outcome.exit {
                Exit::Code { code: 0, .. } if outcome.stdout.len > 0 => {
                    let bytes = explanation::bytes_of(&outcome.stdout, &record.cell)?;
                    // The end of the last line says nothing where there is room for a few characters.
                    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
                    escape::short(&escape::bytes(line, false), VALUE)
                }
                exit => escape::short(&exit.to_string(), VALUE),
            }),
            _ => None,
        };
        Ok(Found {
            id: id("cell", &record.cell),
            name: record.cell.clone(),
            word,
            glyph: glyph(word),
            failure: record.verdict.failure().map(|failure| failure.to_string()),
            value,
            explanation: Explanation::of(record, column)?,
        })
    }
}

impl Red {
    fn of(record: &Record) -> Red {
        let word = record.verdict.word();
        let failure = record.verdict.failure().map(|failure| failure.to_string());
        Red { href: id("cell", &record.cell), cell: record.cell.clone(), word, glyph: glyph(word), failure }
    }
}

impl ColumnView {
    fn of(column: &ColumnFacts, records: &[Record]) -> ColumnView {
        let receipt = records
            .iter()
            .filter(|record| record.runtime == column.runtime && record.version == column.version)
            .find_map(|record| record.receipt.as_ref());
        let lack = |name: &String| Lack {
            name: name.clone(),
            means: Capability::ALL.iter().find(|known| known.to_string() == *name).map(|known| known.sentence()),
        };
        ColumnView {
            id: id("runtime", &format!("{}@{}", column.runtime, column.version)),
            name: column.name.clone(),
            version: column.version.clone(),
            url: Source::of(&column.url),
            available: column.available,
            hint: column.hint.clone(),
            lacks: column.lacks.iter().map(lack).collect(),
            reported: receipt.map(|receipt| receipt.reported_version.clone()),
            sha256: receipt.map(|receipt| receipt.runtime_sha256.clone()),
        }
    }
}
