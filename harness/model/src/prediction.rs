//! What will differ where, said of a program before anything runs.
//!
//! A prediction is about a function of Go's library in a column, under one kind of preopens. It rests on the cells of
//! cases that tell of the function: how many of them were judged there, and how many differ. So there is none without a
//! cell that differs. The linker keeps a function that can be reached. Whether the program calls it is not known.
//!
//! A guest that does not start calls no function, so its cells are no evidence for one. They tell of the start alone:
//! [`needs`] and [`unstarted`].

pub mod accuracy;
pub mod needs;
pub mod unstarted;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::answer::Answer;
use crate::extract::{Cause, Extract, ExtractedCase};

/// The kind of a program's preopens, where one function may do differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preopens {
    /// There are none.
    None,
    /// There is one, `/`.
    Root,
    /// There is one of another name.
    Elsewhere,
}

/// How probable it is that a call differs, by the share of cells that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sureness {
    /// Less than a tenth of the cells.
    Rare,
    /// At least a tenth.
    Possible,
    /// At least a half, and three cells or more.
    Likely,
}

/// Fewer cells make nothing likely.
const FEW: usize = 3;

/// One in so many cases may name a function. What more of them name is what guests print with.
const NAMED_BY_MOST: usize = 5;

/// A function that differs in a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Prediction {
    /// The column's name.
    pub column: String,
    /// The function: `os.Rename`.
    pub function: String,
    /// Under which preopens.
    pub preopens: Preopens,
    /// How probable it is.
    pub sureness: Sureness,
    /// How many cells were judged.
    pub judged: usize,
    /// The cells that differ, the worst first.
    pub cells: Vec<String>,
    /// The answer of the first of them.
    #[serde(flatten)]
    pub answer: Answer,
    /// Why most of them differ; none if nothing is on record.
    pub cause: Option<Cause>,
}

/// The cells of a column that tell of a function under one kind of preopens.
#[derive(Debug, Default)]
struct Cells {
    judged: usize,
    /// The places of the cases that differ.
    differ: Vec<usize>,
}

/// The cells of a column by function and kind of preopens.
struct Evidence(BTreeMap<(usize, Preopens), Cells>);

impl Preopens {
    /// The kind of preopens with these guest paths.
    fn of(paths: &[String]) -> Preopens {
        match paths {
            [] => Preopens::None,
            [root] if root == "/" => Preopens::Root,
            _ => Preopens::Elsewhere,
        }
    }

    /// In words, at the end of a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Preopens::None => "without a preopen",
            Preopens::Root => "under the preopen `/`",
            Preopens::Elsewhere => "under a preopen other than `/`",
        }
    }
}

impl Sureness {
    /// All of them, from the highest to the lowest.
    pub const ALL: [Sureness; 3] = [Sureness::Likely, Sureness::Possible, Sureness::Rare];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Sureness::Likely => "likely",
            Sureness::Possible => "possible",
            Sureness::Rare => "rare",
        }
    }

    /// What so many cells say; `None` if none differs.
    fn of(differ: usize, judged: usize) -> Option<Sureness> {
        match differ {
            0 => None,
            differ if differ >= FEW && differ * 2 >= judged => Some(Sureness::Likely),
            differ if differ * 10 >= judged => Some(Sureness::Possible),
            _ => Some(Sureness::Rare),
        }
    }
}

impl Evidence {
    fn of(extract: &Extract, column: usize, telling: &BTreeSet<usize>) -> Evidence {
        let mut cells: BTreeMap<_, Cells> = BTreeMap::new();
        for (place, case) in extract.cases.iter().enumerate() {
            if !case.tells_in(column) {
                continue;
            }
            let preopens = Preopens::of(&case.preopens);
            for function in case.functions().intersection(telling) {
                cells.entry((*function, preopens)).or_default().judged += 1;
            }
            for function in at_fault(case, column).intersection(telling) {
                cells.entry((*function, preopens)).or_default().differ.push(place);
            }
        }
        Evidence(cells)
    }

    /// What the cells of all other cases say of a function that a case tells of in this column.
    fn without(&self, case: &ExtractedCase, column: usize, function: usize) -> Option<Sureness> {
        let cells = self.0.get(&(function, Preopens::of(&case.preopens)))?;
        let differs = at_fault(case, column).contains(&function);
        Sureness::of(cells.differ.len() - usize::from(differs), cells.judged - 1)
    }
}

/// The functions that a cell's difference may come from; none if it is as expected.
fn at_fault(case: &ExtractedCase, column: usize) -> BTreeSet<usize> {
    let cells = case.otherwise_in(column).filter(|_| case.answer(column).is_otherwise());
    cells.map(|cells| case.at_fault(cells)).unwrap_or_default()
}

/// The functions that cases tell of, without those that so many cases name that a difference says nothing of them.
fn telling(extract: &Extract) -> BTreeSet<usize> {
    let mut named: BTreeMap<usize, usize> = BTreeMap::new();
    for function in extract.cases.iter().flat_map(ExtractedCase::functions) {
        *named.entry(function).or_default() += 1;
    }
    let most = extract.cases.len() / NAMED_BY_MOST;
    named.into_iter().filter(|(_, cases)| *cases <= most.max(1)).map(|(function, _)| function).collect()
}

/// What is predicted of a program with these functions in these columns: by column, the most probable first.
pub fn predictions(functions: &BTreeSet<String>, extract: &Extract, columns: &[usize]) -> Vec<Prediction> {
    let has = |function: &usize| functions.contains(&extract.functions[*function]);
    let telling: BTreeSet<_> = telling(extract).into_iter().filter(has).collect();
    let mut all = Vec::new();
    for column in columns.iter().copied() {
        let evidence = Evidence::of(extract, column, &telling);
        let mut own: Vec<_> = (evidence.0.iter())
            .filter_map(|((function, preopens), cells)| prediction(extract, column, *function, *preopens, cells))
            .collect();
        own.sort_by_key(|one| (std::cmp::Reverse((one.sureness, one.cells.len())), one.function.clone(), one.preopens));
        all.extend(own);
    }
    all
}

fn prediction(
    extract: &Extract,
    column: usize,
    function: usize,
    preopens: Preopens,
    cells: &Cells,
) -> Option<Prediction> {
    let sureness = Sureness::of(cells.differ.len(), cells.judged)?;
    let mut causes: BTreeMap<usize, usize> = BTreeMap::new();
    let cause_of = |case: &usize| extract.cases[*case].otherwise_in(column)?.cause;
    for cause in cells.differ.iter().filter_map(cause_of) {
        *causes.entry(cause).or_default() += 1;
    }
    // Of two that are equally frequent, the one that was recorded first.
    let most =
        causes.iter().max_by_key(|(place, count)| (**count, std::cmp::Reverse(**place))).map(|(place, _)| *place);
    let mut differ = cells.differ.clone();
    // The cells of that cause are the ones to look at.
    differ.sort_by_key(|case| {
        (cause_of(case) != most, std::cmp::Reverse(extract.cases[*case].answer(column).kind().gravity))
    });
    Some(Prediction {
        column: extract.columns[column].column.clone(),
        function: extract.functions[function].clone(),
        preopens,
        sureness,
        judged: cells.judged,
        answer: extract.cases[*differ.first()?].answer(column),
        cells: differ.iter().map(|case| extract.cell(column, *case)).collect(),
        cause: most.map(|place| extract.causes[place].clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::tests::{Row, extract};

    fn names(functions: &[&str]) -> BTreeSet<String> {
        functions.iter().map(|name| (*name).to_owned()).collect()
    }

    /// These cases and so many that tell of nothing that none of their functions is named by most.
    fn among_others<'a>(cases: &[Row<'a>]) -> Vec<Row<'a>> {
        let others: [Row; 20] = [("o/1", &[], &[], ".."); 20];
        [cases, &others].concat()
    }

    #[test]
    fn a_function_differs_where_cells_that_tell_of_it_do() {
        let extract = extract(&among_others(&[
            ("a/1", &["/data"], &[0], "w."),
            ("a/2", &["/data"], &[0], "b."),
            ("a/3", &["/data"], &[0], "d."),
            ("a/4", &["/data"], &[0], ".."),
            ("b/1", &["/"], &[0, 1], ".."),
            ("b/2", &["/"], &[1], ".d"),
        ]));
        let predicted = predictions(&names(&["os.Rename", "fmt.Println"]), &extract, &[0, 1]);
        let [one] = &predicted[..] else { panic!("{predicted:#?}") };
        assert_eq!((one.column.as_str(), one.function.as_str()), ("r@2.0.0", "os.Rename"));
        assert_eq!((one.preopens, one.sureness, one.judged), (Preopens::Elsewhere, Sureness::Likely, 4));
        assert_eq!(one.cells, ["r@2.0.0/a/2", "r@2.0.0/a/1", "r@2.0.0/a/3"], "the worst first");
        assert_eq!(one.cause.as_ref().map(|cause| cause.words.as_str()), Some("It refuses."));
        let link = predictions(&names(&["os.Link"]), &extract, &[0, 1]);
        assert_eq!(
            link.iter().map(|one| (one.column.as_str(), one.sureness)).collect::<Vec<_>>(),
            [("r@1.0.0", Sureness::Possible)]
        );
        assert_eq!(predictions(&names(&[]), &extract, &[0, 1]), []);
    }

    #[test]
    fn a_guest_that_does_not_start_tells_of_no_function() {
        let cases = among_others(&[
            ("a/1", &["/"], &[0], "s."),
            ("a/2", &["/"], &[0], "sd"),
            ("a/3", &["/"], &[0], "S."),
            ("a/4", &["/"], &[0], "ws"),
        ]);
        let predicted = predictions(&names(&["os.Rename"]), &extract(&cases), &[0, 1]);
        let told: Vec<_> = predicted.iter().map(|one| (one.cells.join(" "), one.judged)).collect();
        assert_eq!(told, [("r@2.0.0/a/4".to_owned(), 1), ("r@1.0.0/a/2".to_owned(), 3)]);
    }

    #[test]
    fn what_most_cases_name_says_nothing() {
        let cases: [Row; 10] = [("a/1", &["/"], &[2], "w."); 10];
        assert_eq!(predictions(&names(&["strings.Join"]), &extract(&cases), &[0]), []);
        let among_others = extract(&among_others(&cases[..2]));
        assert_eq!(predictions(&names(&["strings.Join"]), &among_others, &[0]).len(), 1);
    }

    #[test]
    fn two_cells_make_nothing_likely() {
        let sureness =
            [(0, 5), (1, 1), (1, 11), (2, 4), (3, 6), (1, 10)].map(|(differ, judged)| Sureness::of(differ, judged));
        use Sureness::{Likely, Possible, Rare};
        assert_eq!(sureness, [None, Some(Possible), Some(Rare), Some(Possible), Some(Likely), Some(Possible)]);
    }
}
