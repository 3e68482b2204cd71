//! The host calls that made cells deviate, where explanations were made. Cells of a runtime that deviate for the same
//! reason share a cause.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sha2::{Digest, Sha256};

use matrix_model::answer::Answer;
use matrix_model::beside_record::BesideRecord;
use matrix_model::explanation::{Explained, Lines, explainable};
use matrix_model::results::Results;
use wasip1_trace::interface::PREVIEW1;

use super::address;
use super::on_record::{CaseInColumns, members};
use crate::pages::grid::Board;

/// How many other cells of its cause a cell links to.
const FEW: usize = 5;

/// How many bytes of a digest identify a cause.
const DIGITS: usize = 6;

/// The explanations of a run, by cell and by cause.
pub struct Causes<'r> {
    /// By column and case.
    told: BTreeMap<(usize, usize), &'r Explained>,
    /// The cells of each cause, by the runtime's id and the cause in words.
    cells: BTreeMap<(&'r str, &'r str), Vec<(usize, usize)>>,
}

/// A cause on its runtime's page.
#[derive(Serialize)]
pub struct Cause {
    id: String,
    words: String,
    /// The page of the function at fault, and its name.
    function: Option<(String, String)>,
    cells: usize,
    cases: Vec<CaseInColumns>,
}

/// All causes of a runtime.
#[derive(Serialize)]
pub(crate) struct Listed {
    causes: Vec<Cause>,
    /// The cells that share no cause with others; each says why.
    loose: Vec<CaseInColumns>,
    /// How many those are.
    loose_cells: usize,
    /// How many cells deviate and have no explanation.
    unexplained: usize,
}

/// An explanation of cells of a section.
#[derive(Serialize)]
pub(crate) struct Account {
    /// The columns that it explains, unless it explains all of the section.
    columns: Vec<String>,
    sentence: String,
    own: String,
    /// The column that it was compared with, and whether the case works there.
    reference: Option<(String, &'static str)>,
    lines: Vec<Pair>,
    cause: Option<Common>,
}

/// Two calls side by side.
#[derive(Serialize)]
struct Pair {
    sign: char,
    own: String,
    reference: String,
}

/// What a cell has in common with others.
#[derive(Serialize)]
struct Common {
    words: String,
    href: String,
    cells: usize,
    cases: usize,
    few: Vec<(String, String)>,
}

impl<'r> Causes<'r> {
    /// Takes the explanations that explain a record of the results.
    pub fn of(board: &Board<'r>, results: &'r Results) -> Causes<'r> {
        let mut explanations: BTreeMap<(&str, &str), &Explained> = BTreeMap::new();
        for explained in &results.explanations {
            explanations.insert((&explained.column, &explained.case), explained);
        }
        let (mut told, mut cells) = (BTreeMap::new(), BTreeMap::<_, Vec<_>>::new());
        for column in 0..board.columns.len() {
            for case in 0..board.cases.len() {
                let Some(record) = board.shown(column, case) else { continue };
                let found = explanations.get(&(record.column.as_str(), record.case.as_str()));
                let Some(explained) = found.filter(|explained| explained.belongs_to(record)) else { continue };
                told.insert((column, case), *explained);
                if let Some(cause) = &explained.cause {
                    let key = (board.columns[column].runtime.as_str(), cause.as_str());
                    cells.entry(key).or_default().push((column, case));
                }
            }
        }
        Causes { told, cells }
    }

    /// The causes of a runtime, given its columns; the one with the most cells first. None if none of its cells is
    /// explained.
    pub fn listed(&self, board: &Board, columns: &[usize]) -> Option<Listed> {
        let first = *columns.first()?;
        let runtime = board.columns[first].runtime.as_str();
        let mine = |cell: &&(usize, usize)| columns.contains(&cell.0);
        let of_runtime = || self.told.keys().filter(mine);
        of_runtime().next()?;
        let mut causes: Vec<_> = (self.cells.iter())
            .filter(|((of, _), _)| *of == runtime)
            .map(|((_, words), cells)| Cause {
                id: id(words),
                words: (*words).to_owned(),
                function: self.function(cells),
                cells: cells.len(),
                cases: members(board, cells),
            })
            .collect();
        causes.sort_by_key(|cause| std::cmp::Reverse((cause.cells, cause.cases.len())));
        let loose: Vec<_> = of_runtime().filter(|cell| self.told[*cell].cause.is_none()).copied().collect();
        let all = columns.iter().flat_map(|column| (0..board.cases.len()).map(move |case| (*column, case)));
        let is_unexplained = |(column, case): &(usize, usize)| {
            let record = board.shown(*column, *case);
            record.is_some_and(|record| explainable(record).is_some()) && !self.told.contains_key(&(*column, *case))
        };
        Some(Listed {
            causes,
            loose_cells: loose.len(),
            loose: members(board, &loose),
            unexplained: all.filter(is_unexplained).count(),
        })
    }

    fn function(&self, cells: &[(usize, usize)]) -> Option<(String, String)> {
        let name = self.told.get(cells.first()?)?.function.clone()?;
        // Only the functions of preview 1 are sure to have a page.
        let is_known = PREVIEW1.functions.contains_key(&name);
        is_known.then(|| (address::file("function", &name), name))
    }

    /// The explanations of the cells of a case in these columns; cells with the same cause together.
    pub fn accounts(&self, board: &Board, case: usize, columns: &[usize]) -> Vec<Account> {
        let mut alike: Vec<(&Explained, Vec<usize>)> = Vec::new();
        for column in columns {
            let Some(explained) = self.told.get(&(*column, case)).copied() else { continue };
            let same = |known: &&Explained| (&known.cause, known.pattern) == (&explained.cause, explained.pattern);
            match alike.iter_mut().find(|(known, _)| same(known)) {
                // The primary column's explanation stands for all, or else the last one's.
                Some((known, of)) => {
                    let speaks = !of.iter().any(|column| board.columns[*column].primary);
                    if speaks {
                        *known = explained;
                    }
                    of.push(*column);
                }
                None => alike.push((explained, vec![*column])),
            }
        }
        let account = |(explained, of): &(&Explained, Vec<usize>)| {
            let some = of.len() < columns.len();
            Account {
                columns: of.iter().filter(|_| some).map(|column| board.columns[*column].label()).collect(),
                sentence: explained.sentence.clone(),
                own: explained.column.clone(),
                reference: explained.reference.as_ref().map(|beside| {
                    let answer = if beside.verdict.is_as_expected() { Answer::Works.kind().word } else { "differs" };
                    (beside.column.clone(), answer)
                }),
                lines: explained.excerpt.iter().map(Pair::of).collect(),
                cause: explained.cause.as_deref().and_then(|words| self.common(board, case, of[0], words)),
            }
        };
        alike.iter().map(account).collect()
    }

    fn common(&self, board: &Board, case: usize, column: usize, words: &str) -> Option<Common> {
        let cells = self.cells.get(&(board.columns[column].runtime.as_str(), words))?;
        let mut seen = BTreeSet::from([case]);
        let others = cells.iter().filter(|(_, case)| seen.insert(*case));
        let few =
            others.take(FEW).map(|(column, case)| (board.cell_href(*column, *case), board.cases[*case].id.clone()));
        Some(Common {
            words: words.to_owned(),
            href: format!("{}#{}", board.runtime_file(column), id(words)),
            cells: cells.len(),
            few: few.collect(),
            cases: cells.iter().map(|(_, case)| case).collect::<BTreeSet<_>>().len(),
        })
    }
}

impl Pair {
    fn of(lines: &Lines) -> Pair {
        let (sign, own, reference) = match lines {
            Lines::Both(line) => ('=', line.as_str(), line.as_str()),
            Lines::Own(line) => ('<', line.as_str(), ""),
            Lines::Reference(line) => ('>', "", line.as_str()),
            Lines::Differ { own, reference } => ('≠', own.as_str(), reference.as_str()),
        };
        Pair { sign, own: own.to_owned(), reference: reference.to_owned() }
    }
}

/// The id of a cause on its runtime's page. It stays the same when other causes come and go.
fn id(words: &str) -> String {
    let digest: String = Sha256::digest(words).iter().take(DIGITS).map(|byte| format!("{byte:02x}")).collect();
    format!("cause/{digest}")
}
