//! The page of a case: its facts, a table of its cells, and a section for each cell that does not simply pass.

use std::collections::BTreeSet;

use anyhow::Result;
use serde::Serialize;

use matrix_model::case::Tier;
use matrix_model::record::{Record, builder};
use matrix_model::results::CaseFacts;
use matrix_model::verdict::Verdict;

use super::address::{self, Source, id};
use super::alike::{Alike, Others};
use super::cause::{Account, Causes};
use super::command;
use super::evidence::{Evidence, Run, Witness};
use super::explanation::Explanation;
use super::group::{self, Group};
use super::mark::Mark;
use super::portability::Portability;
use super::runtime_page::Identity;
use super::shared::CommonFacts;
use super::sources::{Probe, Sources, Used};
use super::topic::Topic;
use super::upstream;
use super::usual_command::HostCommand;
use crate::pages::grid::Board;

/// What the page of a case is made from, besides the case itself.
pub(crate) struct Material<'m> {
    /// The results, put in order.
    pub board: &'m Board<'m>,
    /// The cells that failed, by how they failed.
    pub alike: &'m Alike,
    /// The cells that have a bundle.
    pub bundled: &'m BTreeSet<String>,
    /// What each column's runtime is.
    pub identities: &'m [Option<Identity>],
    /// What drives each column's host.
    pub usual: &'m [Option<HostCommand>],
    /// The platform of the whole run, and the suite if it is not the project's.
    pub run: (&'m str, Option<&'m str>),
    /// The guests' sources.
    pub sources: &'m Sources,
    /// The probes of each case.
    pub uses: &'m [Used],
    /// The functions that have a page.
    pub topics: &'m [Topic],
    /// The host calls that made cells deviate.
    pub causes: &'m Causes<'m>,
}

/// Everything behind a row of the matrix.
#[derive(Serialize)]
pub(crate) struct CasePage {
    name: String,
    area: Link,
    before: Option<Link>,
    after: Option<Link>,
    tier: Tier,
    portability: Portability,
    promise: Option<RuntimesPromise>,
    why: String,
    source: Source,
    guest: String,
    files: Vec<String>,
    probes: Vec<Probe>,
    /// Whether the guests' sources could be read when the page was made.
    sources_are_read: bool,
    topics: Vec<Link>,
    /// The Go versions that built the guest, each with the guest's sha256.
    built: Vec<(String, String)>,
    location: String,
    inputs: Vec<(String, String)>,
    expected: Vec<(String, String)>,
    native: Option<String>,
    /// The part of the hosts' requests that is the same for all.
    request: Option<String>,
    groups: Vec<Group>,
    runtimes: Vec<Runtime>,
    /// Whether results of an earlier run are among them.
    has_earlier: bool,
    /// What there is to explain.
    sections: Vec<Section>,
    /// The cells that simply pass, if their command is not the usual one. The table says all else of them.
    plain: Vec<Section>,
    /// The runtimes with cells that simply pass and were run by the usual command.
    usual: Vec<Link>,
}

/// A link to another page, from the folder of all pages.
#[derive(Serialize)]
struct Link {
    href: String,
    name: String,
}

/// The promise of the runtimes' own that a case rests on.
#[derive(Serialize)]
struct RuntimesPromise {
    /// What is promised, after "promise that".
    that: &'static str,
    /// The runtimes that promise it, each with the address of its document.
    made: Vec<Link>,
}

impl RuntimesPromise {
    /// Returns `None` if the case's source promises it for all.
    fn of(board: &Board, facts: &CaseFacts) -> Option<RuntimesPromise> {
        let promise = facts.promise?;
        let made = board.runtimes().into_iter().filter_map(|columns| {
            let column = board.columns[*columns.first()?];
            let document = column.promises.get(&promise)?;
            Some(Link { href: document.clone(), name: column.name.clone() })
        });
        Some(RuntimesPromise { that: promise.sentence(), made: made.collect() })
    }
}

/// A runtime's cells.
#[derive(Serialize)]
struct Runtime {
    name: String,
    href: String,
    reference: bool,
    cells: Vec<Cell>,
}

/// A cell in the table of all cells.
#[derive(Serialize)]
struct Cell {
    #[serde(flatten)]
    stop: Stop,
    /// Whether a section explains it.
    is_explained: bool,
    run: Option<Run>,
}

/// A cell's answer, with a link to the cell.
#[derive(Debug, Clone, Serialize)]
struct Stop {
    label: String,
    fragment: String,
    #[serde(flatten)]
    mark: Mark,
}

/// What there is to say about one cell, or about several cells of a runtime that are explained in the same words.
#[derive(Serialize)]
pub(crate) struct Section {
    name: String,
    /// The page of the runtime.
    href: String,
    /// The cells of this section.
    of: Vec<Stop>,
    explanation: Explanation,
    /// The host calls that made them deviate.
    accounts: Vec<Account>,
    evidence: Evidence,
    alike: Option<Others>,
    /// A text for an issue upstream.
    issue: Option<String>,
}

impl CasePage {
    /// Makes the page of a case.
    ///
    /// # Errors
    /// If a record is broken.
    pub fn of(material: &Material, case: usize) -> Result<CasePage> {
        let Material { board, sources, uses, .. } = material;
        let facts: &CaseFacts = board.cases[case];
        let records: Vec<_> = (0..board.columns.len()).filter_map(|column| board.record(column, case)).collect();
        let shared = CommonFacts::of(&records);
        let (mut runtimes, mut sections) = (Vec::new(), Vec::new());
        let (mut plain, mut usual) = (Vec::new(), Vec::new());
        for runtime in board.runtimes() {
            let columns: Vec<_> = runtime.into_iter().filter(|column| board.shown(*column, case).is_some()).collect();
            let Some(first) = columns.first() else { continue };
            let stops: Vec<_> = columns.iter().filter_map(|column| Stop::of(board, *column, case)).collect();
            let cells = columns.iter().zip(&stops).filter_map(|(column, stop)| {
                let witness = Witness::of(board, material.identities, *column, case)?;
                Some(Cell {
                    stop: stop.clone(),
                    is_explained: !is_plain(witness.record),
                    run: Run::of(&witness, &shared, material.run.0),
                })
            });
            runtimes.push(Runtime {
                name: board.columns[*first].name.clone(),
                href: board.runtime_file(*first),
                reference: board.columns[*first].reference,
                cells: cells.collect(),
            });
            for (way, section) in Section::all(material, case, &columns, &stops, &shared)? {
                match way {
                    Way::Explained => sections.push(section),
                    Way::Plain => plain.push(section),
                    Way::Usual => usual.push(Link { href: section.href, name: section.name }),
                }
            }
        }
        let link = |case: usize| Link { href: board.files[case].clone(), name: board.cases[case].id.clone() };
        let asked = material.topics.iter().filter(|topic| topic.cases.binary_search(&case).is_ok());
        Ok(CasePage {
            name: facts.id.clone(),
            area: Link { href: format!("index.html#{}", id("area", &facts.area)), name: facts.area.clone() },
            before: case.checked_sub(1).map(link),
            after: (case + 1 < board.cases.len()).then(|| link(case + 1)),
            tier: facts.tier,
            portability: Portability::of(board, case),
            promise: RuntimesPromise::of(board, facts),
            why: facts.why.clone(),
            source: Source::of(&facts.doc),
            guest: facts.guest.clone(),
            files: sources.files(&facts.guest),
            probes: uses[case].probes.clone(),
            sources_are_read: sources.are_read(),
            topics: asked.map(|topic| Link { href: topic.file(), name: topic.name.clone() }).collect(),
            location: facts.location.to_string(),
            inputs: facts.inputs.clone(),
            expected: facts.expected.clone(),
            native: facts.native.clone(),
            request: command::request(&shared.request)?,
            groups: group::alike(board, case)?,
            built: shared.guests.into_iter().map(|(go, sha256)| (builder(&go).to_owned(), sha256)).collect(),
            has_earlier: records.iter().any(|record| record.reused),
            runtimes,
            sections,
            plain,
            usual,
        })
    }
}

impl Stop {
    fn of(board: &Board, column: usize, case: usize) -> Option<Stop> {
        let (record, answer) = (board.shown(column, case)?, board.answer(column, case)?);
        Some(Stop {
            label: board.columns[column].label(),
            fragment: address::fragment(&board.columns[column].column),
            mark: Mark::of(record, board.tier(column, case), answer),
        })
    }
}

/// Whether a cell simply passes, so that there is nothing to explain.
fn is_plain(record: &Record) -> bool {
    matches!(record.verdict, Verdict::Pass) && record.checks.is_empty()
}

/// Whether a cell was run by the usual command of its host.
fn is_usual(material: &Material, witness: &Witness, shared: &CommonFacts) -> Result<bool> {
    let usual = material.board.columns.iter().zip(material.usual);
    let usual =
        usual.filter(|(column, _)| column.column == witness.column.column).find_map(|(_, usual)| usual.as_ref());
    Ok(usual.is_some() && HostCommand::of(witness.record, shared)?.as_ref() == usual)
}

/// How the page tells of cells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By a section of their own.
    Explained,
    /// By their rows and their command: they simply pass.
    Plain,
    /// By their rows alone: they simply pass, and were run by the usual command.
    Usual,
}

impl Section {
    /// The sections of a runtime's cells, each with how it is told; `stops` are the marks of all of them.
    fn all(
        material: &Material,
        case: usize,
        columns: &[usize],
        stops: &[Stop],
        shared: &CommonFacts,
    ) -> Result<Vec<(Way, Section)>> {
        let board = material.board;
        let mut alike: Vec<(Explanation, Vec<usize>)> = Vec::new();
        for (index, column) in columns.iter().enumerate() {
            let (Some(record), Some(answer)) = (board.shown(*column, case), board.answer(*column, case)) else {
                continue;
            };
            let mark = Mark::of(record, board.tier(*column, case), answer);
            let explanation = Explanation::of(record, mark, &board.columns[*column].name)?;
            match alike.iter_mut().find(|(known, _)| *known == explanation) {
                Some((_, members)) => members.push(index),
                None => alike.push((explanation, vec![index])),
            }
        }
        let mut sections = Vec::new();
        for (explanation, members) in alike {
            let own: Vec<_> = members.iter().map(|index| columns[*index]).collect();
            let witnesses: Vec<_> =
                own.iter().filter_map(|column| Witness::of(board, material.identities, *column, case)).collect();
            let (of, others): (Vec<_>, Vec<_>) =
                stops.iter().enumerate().partition(|(index, _)| members.contains(index));
            let evidence = Evidence::of(&witnesses, shared, material.run.1, material.bundled)?;
            let labels: Vec<_> = others.iter().map(|(_, stop)| (stop.label.as_str(), stop.mark.word)).collect();
            let is_plain = witnesses.iter().all(|witness| is_plain(witness.record));
            let lead = Evidence::lead(&witnesses);
            let way = match (is_plain, lead) {
                (true, Some(lead)) if is_usual(material, lead, shared)? => Way::Usual,
                (true, _) => Way::Plain,
                (false, _) => Way::Explained,
            };
            let section = Section {
                name: board.columns[columns[0]].name.clone(),
                href: board.runtime_file(columns[0]),
                issue: upstream::text(board.cases[case], &explanation, &witnesses, &evidence, &labels, material.run.1),
                alike: material.alike.others(board, columns[members[0]], case),
                accounts: material.causes.accounts(board, case, &own),
                of: of.into_iter().map(|(_, stop)| stop.clone()).collect(),
                explanation,
                evidence,
            };
            sections.push((way, section));
        }
        Ok(sections)
    }
}
