//! What is on the page: results arranged as areas, rows and cells, in an order of their own.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use serde::Serialize;

use crate::case::Tier;
use crate::outcome::Exit;
use crate::record::Record;
use crate::results::{CaseFacts, ColumnFacts, Results};
use crate::verdict::Colour;

use super::anchor::{Source, id};
use super::column_card::ColumnCard;
use super::escape;
use super::explanation::{self, Explanation};
use super::group::{self, Group};
use super::mark::{LEGEND, Mark};
use super::shared::Shared;
use crate::moment::Moment;

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
    runtimes: usize,
    cases: usize,
    cells: usize,
    pub columns: Vec<ColumnCard>,
    legend: Vec<Legend>,
    red: Vec<Red>,
    red_unfolded: bool,
    areas: Vec<Area>,
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
    #[serde(flatten)]
    mark: Mark,
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
    /// The guest's sha256 and what built it, where all cells ran the same.
    built: Option<(String, String)>,
    location: String,
    inputs: Vec<(String, String)>,
    expected: Vec<(String, String)>,
    /// The hosts' request, as far as it is the same for all.
    request: Option<String>,
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
    #[serde(flatten)]
    mark: Mark,
    value: Option<String>,
    explanation: Explanation,
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

        let cards = columns.iter().map(|column| ColumnCard::of(column, &results.records));
        let cards: Vec<_> = cards.collect();
        let mut areas: Vec<Area> = Vec::new();
        for (index, case) in cases.iter().enumerate() {
            let row = row(index, case, &columns, &cards, &records)?;
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
            go: results.go.join(", "),
            platform: results.platform.clone(),
            finished: Moment::of(results.finished),
            runtimes: columns.iter().map(|column| &column.runtime).collect::<BTreeSet<_>>().len(),
            cases: cases.len(),
            cells: results.records.len(),
            legend: legend.into(),
            red_unfolded: red.len() <= UNFOLDED,
            red,
            areas,
            columns: cards,
        })
    }
}

/// Column and case.
type Key<'r> = (&'r str, &'r str);

fn key<'r>(column: &'r ColumnFacts, case: &'r CaseFacts) -> Key<'r> {
    (&column.column, &case.id)
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
                bail!("the results have {}/{} twice", column.column, case.id);
            }
        }
    }
    for record in &results.records {
        match places.get_mut(&(record.column.as_str(), record.case.as_str())) {
            None => bail!("the results have a record {} and no such case or column", record.cell),
            Some(Some(_)) => bail!("the results have two records of {}", record.cell),
            Some(place) => *place = Some(record),
        }
    }
    Ok(places.into_iter().filter_map(|(key, record)| Some((key, record?))).collect())
}

fn row(
    index: usize,
    case: &CaseFacts,
    columns: &[&ColumnFacts],
    cards: &[ColumnCard],
    records: &BTreeMap<Key, &Record>,
) -> Result<Row> {
    let of_case: Vec<_> = columns.iter().map(|column| records.get(&key(column, case)).copied()).collect();
    let run: Vec<_> = of_case.iter().flatten().copied().collect();
    let shared = Shared::of(&run);
    let mut cells = Vec::new();
    for (number, (record, card)) in of_case.iter().zip(cards).enumerate() {
        let found = record.map(|record| Found::of(record, card, &shared, case.tier)).transpose()?;
        cells.push(CellView { place: format!("r{index}c{number}"), column: number, found });
    }
    let beside = of_case.iter().zip(columns).filter_map(|(record, column)| Some(((*record)?, *column)));
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
        request: explanation::request(&shared.request)?,
        cells,
        groups: group::alike(beside)?,
        built: shared.guest,
    })
}

impl Found {
    fn of(record: &Record, card: &ColumnCard, shared: &Shared, tier: Tier) -> Result<Found> {
        Ok(Found {
            id: id("cell", &record.cell),
            mark: Mark::of(&record.verdict),
            value: if tier == Tier::Observe { value(record)? } else { None },
            explanation: Explanation::of(record, card, shared)?,
        })
    }
}

/// What was observed, in the few characters a cell has room for.
fn value(record: &Record) -> Result<Option<String>> {
    let Some(outcome) = &record.outcome else { return Ok(None) };
    let text = match &outcome.exit {
        Exit::Code { code: 0, .. } if outcome.stdout.len > 0 => {
            let bytes = explanation::bytes_of(&outcome.stdout, &record.cell)?;
            // The end of the last line says nothing where there is so little room.
            escape::bytes(bytes.strip_suffix(b"\n").unwrap_or(&bytes), false)
        }
        exit => exit.to_string(),
    };
    Ok(Some(escape::short(&text, VALUE)))
}

impl Red {
    fn of(record: &Record) -> Red {
        Red { href: id("cell", &record.cell), cell: record.cell.clone(), mark: Mark::of(&record.verdict) }
    }
}
