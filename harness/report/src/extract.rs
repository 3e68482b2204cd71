//! Makes the extract of results: what predictions about programs rest on.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use matrix_model::answer::{self, Answer};
use matrix_model::beside_record::BesideRecord;
use matrix_model::case::Case;
use matrix_model::expectation::ExpectedExit;
use matrix_model::explanation::{Explained, Pattern};
use matrix_model::extract::{
    Cause, Extract, ExtractedCase, ExtractedColumn, FORM, Needs, Operation, Otherwise, letter,
};
use matrix_model::outcome::Exit;
use matrix_model::record::Record;
use matrix_model::results::{CaseFacts, ColumnFacts, Results};
use matrix_model::suite::Suite;
use wasip1_trace::facts::{Facts, Import};

use crate::pages::Sources;

/// What stands in a divergence in the place of an address.
const UNREPORTED: &str = "unreported";

/// Things in the order in which they were first named, each once. A thing is known by its place.
struct Distinct<T>(Vec<T>);

impl<T: PartialEq> Distinct<T> {
    fn place(&mut self, one: T) -> usize {
        match self.0.iter().position(|known| *known == one) {
            Some(place) => place,
            None => {
                self.0.push(one);
                self.0.len() - 1
            }
        }
    }
}

/// What the cells of a results document are looked up in.
struct Cells<'r> {
    /// The records with their answers, by column and case.
    records: HashMap<(&'r str, &'r str), (&'r Record, Answer)>,
    /// The explanations, by cell.
    explanations: HashMap<&'r str, &'r Explained>,
    /// The columns' names, in order.
    columns: Vec<&'r str>,
    /// What is in each guest, by its name.
    modules: &'r BTreeMap<String, Facts>,
}

/// The extract of these results. `sources` says what the guests' probes call, and `modules` what is in each guest; a
/// function that a probe names and the guest does not contain is left out. So are cases that the suite no longer has.
pub fn of(results: &Results, suite: &Suite, sources: &Sources, modules: &BTreeMap<String, Facts>) -> Extract {
    // A column in a surrounding runs some areas only: what it was not asked is not known.
    let is_whole = |column: &&ColumnFacts| !column.reference && column.surrounding.is_none();
    let columns: Vec<_> = results.columns.iter().filter(is_whole).collect();
    let cells = Cells {
        records: (results.records.iter().zip(answer::answers(results)))
            .map(|(record, answer)| ((record.column.as_str(), record.case.as_str()), (record, answer)))
            .collect(),
        explanations: results.explanations.iter().map(|explained| (explained.cell.as_str(), explained)).collect(),
        columns: columns.iter().map(|column| column.column.as_str()).collect(),
        modules,
    };
    let of_suite: HashMap<_, _> = suite.cases.iter().map(|case| (case.id.as_str(), case)).collect();
    let (mut functions, mut causes) = (BTreeSet::new(), Distinct(Vec::new()));
    let known = || results.cases.iter().filter_map(|facts| Some((facts, *of_suite.get(facts.id.as_str())?)));
    let operations: Vec<_> = known().map(|(facts, _)| operations(facts, sources, modules)).collect();
    functions.extend(operations.iter().flatten().flat_map(|(_, functions)| functions.iter().cloned()));
    let functions: Vec<_> = functions.into_iter().collect();
    let cases = known().zip(&operations);
    let cases = cases.map(|((_, case), operations)| told(case, operations, &functions, &cells, &mut causes)).collect();
    Extract {
        form: FORM,
        go: results.go.clone(),
        platform: results.platform.clone(),
        guests: (modules.iter())
            .filter(|(guest, _)| starts(suite, guest))
            .map(|(guest, facts)| (guest.clone(), needs(facts)))
            .collect(),
        columns: (columns.iter())
            .map(|column| ExtractedColumn {
                column: column.column.clone(),
                runtime: column.runtime.clone(),
                name: column.name.clone(),
                primary: column.primary,
            })
            .collect(),
        functions,
        causes: causes.0,
        cases,
    }
}

/// Whether a guest is expected to start in any case. That one does as expected says nothing of what it needs if it is
/// expected not to start.
fn starts(suite: &Suite, guest: &str) -> bool {
    let fails = |case: &&Case| matches!(case.expect.exit, ExpectedExit::MissingImport(_) | ExpectedExit::Failed);
    suite.cases.iter().filter(|case| case.guest == guest).any(|case| !fails(&case))
}

/// What a module needs of a runtime to start.
pub fn needs(facts: &Facts) -> Needs {
    Needs { imports: facts.imports.iter().map(Import::named).collect(), proposals: facts.proposals.clone() }
}

/// The probes that a case runs, each with the functions that it calls and the guest contains.
fn operations(
    case: &CaseFacts,
    sources: &Sources,
    modules: &BTreeMap<String, Facts>,
) -> Vec<(String, BTreeSet<String>)> {
    let contained = modules.get(&case.guest).map(|facts| &facts.functions);
    let contains = |name: &String| contained.is_some_and(|functions| functions.contains(name));
    let mut operations = sources.symbols(case);
    operations.iter_mut().for_each(|(_, functions)| functions.retain(contains));
    operations
}

fn told(
    case: &Case,
    operations: &[(String, BTreeSet<String>)],
    functions: &[String],
    cells: &Cells,
    causes: &mut Distinct<Cause>,
) -> ExtractedCase {
    let mut answers = String::new();
    let mut otherwise: Vec<Otherwise> = Vec::new();
    for (column, name) in cells.columns.iter().enumerate() {
        let Some((record, answer)) = cells.records.get(&(*name, case.id.as_str())) else {
            answers.push(letter(Answer::NotRun));
            continue;
        };
        answers.push(letter(*answer));
        if !answer.is_otherwise() {
            continue;
        }
        let cause = cause(record, &case.guest, cells).map(|cause| causes.place(cause));
        let operation = operation(record, operations);
        match otherwise.iter_mut().find(|known| (known.cause, known.operation) == (cause, operation)) {
            Some(known) => known.columns.push(column),
            None => otherwise.push(Otherwise { columns: vec![column], cause, operation }),
        }
    }
    let place = |name: &String| functions.binary_search(name).ok();
    ExtractedCase {
        id: case.id.clone(),
        guest: case.guest.clone(),
        preopens: case.dirs.iter().map(|dir| dir.guest.clone()).collect(),
        operations: (operations.iter())
            .map(|(name, used)| Operation { name: name.clone(), functions: used.iter().filter_map(place).collect() })
            .collect(),
        answers,
        otherwise,
    }
}

/// Why a cell is not as expected: what a traced run found, or else what is on record. A missing import is known without
/// a traced run.
fn cause(record: &Record, guest: &str, cells: &Cells) -> Option<Cause> {
    let url = record.divergence.as_ref().map(|known| known.url.clone()).filter(|url| url != UNREPORTED);
    let explained = cells.explanations.get(record.cell.as_str()).filter(|explained| explained.belongs_to(record));
    let found = explained.and_then(|explained| {
        let words = explained.cause.clone()?;
        let (function, pattern) = (explained.function.clone(), explained.pattern);
        Some(Cause { words, url: url.clone(), function, pattern })
    });
    let on_record = || {
        let words = record.divergence.as_ref()?.reason.clone();
        Some(Cause { words, url: url.clone(), function: None, pattern: None })
    };
    let cause = found.or_else(on_record)?;
    Some(match missing_import(record, cells.modules.get(guest)) {
        Some(import) => Cause { function: Some(import), pattern: Some(Pattern::MissingImport), ..cause },
        None => cause,
    })
}

/// The import of a guest that a runtime did not start it for, named as in [`Needs::imports`]. Runtimes name it each in
/// their own way: with its module or without, and with `.` or `::` between the two.
fn missing_import(record: &Record, guest: Option<&Facts>) -> Option<String> {
    let Exit::MissingImport { import } = &record.outcome.as_ref()?.exit else { return None };
    let name = import.rsplit(['.', ':']).next()?;
    guest?.imports.iter().find(|imported| imported.name == name).map(Import::named)
}

/// The operation whose line is the first that differs. Guests begin a line with the probe's name.
fn operation(record: &Record, operations: &[(String, BTreeSet<String>)]) -> Option<usize> {
    let lines = record.differences.iter().flat_map(|difference| &difference.diff);
    let first = lines.into_iter().find(|line| line.side != matrix_model::difference::Side::Both)?;
    let (name, _) = first.text.split_once(':')?;
    operations.iter().position(|(known, _)| known == name)
}
