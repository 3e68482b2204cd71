//! How good predictions are. Each cell of each guest is predicted from the cells of all other cases, and then looked at.
//! Programs of other people are predicted from all cells, and then looked at in the columns in which they were compared
//! with the same program on Linux.
//!
//! A cell counts as predicted if its guest is predicted not to start, by the cells of all other guests, or if it starts and
//! a prediction names a function that the case calls, under the case's kind of preopens. A cell's own answer takes no part in
//! predicting it. A program counts as predicted if it is predicted not to start, or if a prediction names a function that is
//! in it, under the kind of its preopens.

use std::collections::BTreeSet;

use serde::Serialize;

use super::needs::Measured;
use super::{Evidence, Preopens, Sureness, predictions, telling};
use crate::compared_programs::ComparedPrograms;
use crate::extract::{Extract, ExtractedCase, Needs};

/// How many cells, or programs in a column, were predicted, and how many of them differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Accuracy {
    /// The cells that were judged.
    pub judged: usize,
    /// The cells that were predicted to differ.
    pub predicted: usize,
    /// The cells that differ.
    pub differ: usize,
    /// The cells that are both.
    pub right: usize,
}

impl Accuracy {
    /// The share of predicted cells that differ; none if none was predicted.
    pub fn precision(&self) -> Option<f64> {
        (self.predicted > 0).then(|| self.right as f64 / self.predicted as f64)
    }

    /// The share of differing cells that were predicted; none if none differs.
    pub fn recall(&self) -> Option<f64> {
        (self.differ > 0).then(|| self.right as f64 / self.differ as f64)
    }

    /// The sum of both.
    pub fn plus(self, other: Accuracy) -> Accuracy {
        Accuracy {
            judged: self.judged + other.judged,
            predicted: self.predicted + other.predicted,
            differ: self.differ + other.differ,
            right: self.right + other.right,
        }
    }

    /// The same with one cell more.
    fn with(self, is_predicted: bool, differs: bool) -> Accuracy {
        self.plus(Accuracy {
            judged: 1,
            predicted: usize::from(is_predicted),
            differ: usize::from(differs),
            right: usize::from(is_predicted && differs),
        })
    }
}

/// How good the predictions of a column are that are at least so probable.
pub fn of(extract: &Extract, column: usize, least: Sureness) -> Accuracy {
    let (telling, unstarted) = (telling(extract), predicted_unstarted(extract, column));
    let evidence = Evidence::of(extract, column, &telling);
    let is_function_predicted = |case: &ExtractedCase| {
        let functions = case.functions();
        let told = functions.intersection(&telling).filter_map(|function| evidence.without(case, column, *function));
        told.max().is_some_and(|sureness| sureness >= least)
    };
    let is_predicted = |case: &ExtractedCase| {
        unstarted.contains(case.guest.as_str()) || (case.tells_in(column) && is_function_predicted(case))
    };
    judged(extract, column).fold(Accuracy::default(), |accuracy, case| {
        accuracy.with(is_predicted(case), case.answer(column).is_otherwise())
    })
}

/// How good the predictions are that a guest does not start in a column.
pub fn of_starts(extract: &Extract, column: usize) -> Accuracy {
    let unstarted = predicted_unstarted(extract, column);
    judged(extract, column).fold(Accuracy::default(), |accuracy, case| {
        accuracy.with(unstarted.contains(case.guest.as_str()), case.is_unstarted_in(column))
    })
}

/// How good the predictions about programs are that are at least so probable, in a column.
pub fn of_programs(programs: &ComparedPrograms, extract: &Extract, column: usize, least: Sureness) -> Accuracy {
    let name = &extract.columns[column].column;
    let measured = Measured::of(extract, column);
    programs.programs.iter().enumerate().fold(Accuracy::default(), |accuracy, (place, program)| {
        let Some(differs) = program.differs_in(name) else { return accuracy };
        let preopens = Preopens::of(&program.preopens);
        let predicted = predictions(&programs.functions_of(place), extract, &[column]);
        let is_predicted = |one: &super::Prediction| one.preopens == preopens && one.sureness >= least;
        accuracy.with(measured.lacks(&program.needs) || predicted.iter().any(is_predicted), differs)
    })
}

/// The cases that were judged in a column.
fn judged(extract: &Extract, column: usize) -> impl Iterator<Item = &ExtractedCase> {
    extract.cases.iter().filter(move |case| case.answer(column).is_judged())
}

/// The guests that do not start in a column by the cells of all other guests.
fn predicted_unstarted(extract: &Extract, column: usize) -> BTreeSet<&str> {
    let lacks = |(guest, needs): &(&String, &Needs)| Measured::of(extract, column).without(guest).lacks(needs);
    extract.guests.iter().filter(lacks).map(|(guest, _)| guest.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compared_programs::{ComparedProgram, LinkedFunction};
    use crate::explanation::Pattern;
    use crate::extract::tests::{Row, extract};

    #[test]
    fn a_cell_does_not_predict_itself() {
        let own: [Row; 4] = [
            ("a/1", &["/"], &[0], "w."),
            ("b/1", &["/"], &[1], "w."),
            ("b/2", &["/"], &[1], "w."),
            ("b/3", &["/"], &[1], ".."),
        ];
        let others: [Row; 20] = [("o/1", &[], &[], ".."); 20];
        let cases = [&own[..], &others].concat();
        let accuracy = of(&extract(&cases), 0, Sureness::Possible);
        // Of the two that tell of os.Link and differ, each predicts the other, and both predict the one that works.
        assert_eq!(accuracy, Accuracy { judged: 24, predicted: 3, differ: 3, right: 2 });
        assert_eq!(accuracy.precision().zip(accuracy.recall()), Some((2.0 / 3.0, 2.0 / 3.0)));
        assert_eq!(of(&extract(&cases), 1, Sureness::Rare).precision(), None);
    }

    /// Cases of two guests that need `fd_write`, which the first column lacks, and cases of a third guest.
    fn lacking() -> Extract {
        let cases: [Row; 5] = [
            ("a/1", &["/"], &[0], "s."),
            ("a/2", &["/"], &[0], "s."),
            ("b/1", &["/"], &[0], "s."),
            ("c/1", &["/"], &[1], "b."),
            ("c/2", &["/"], &[1], "b."),
        ];
        let others: [Row; 20] = [("o/1", &[], &[], ".."); 20];
        let mut extract = extract(&[&cases[..], &others].concat());
        for (place, guest) in [(2, "other"), (3, "third"), (4, "third")] {
            extract.cases[place].guest = guest.to_owned();
        }
        extract.cases[5..].iter_mut().for_each(|case| case.guest = "third".to_owned());
        extract.causes[0].pattern = Some(Pattern::MissingImport);
        extract.causes[0].function = Some("fd_write".to_owned());
        extract.guests.insert("other".to_owned(), extract.guests["g"].clone());
        extract.guests.insert("third".to_owned(), Needs::default());
        // What differs in the third guest has no known cause.
        extract.cases[3..5].iter_mut().flat_map(|case| &mut case.otherwise).for_each(|cells| cells.cause = None);
        extract
    }

    #[test]
    fn that_a_guest_does_not_start_is_predicted_by_other_guests_alone() {
        let mut extract = lacking();
        assert_eq!(of_starts(&extract, 0), Accuracy { judged: 25, predicted: 3, differ: 3, right: 3 });
        // Each of the two cells that differ in a function predicts the other.
        assert_eq!(of(&extract, 0, Sureness::Possible), Accuracy { judged: 25, predicted: 5, differ: 5, right: 5 });
        assert_eq!(of_starts(&extract, 1), Accuracy { judged: 25, ..Accuracy::default() });
        extract.guests.insert("other".to_owned(), Needs::default());
        extract.cases[2].answers = "..".to_owned();
        extract.cases[2].otherwise.clear();
        // Only the guest itself shows it now, and its cells say nothing of what it would call.
        assert_eq!(of_starts(&extract, 0), Accuracy { judged: 25, predicted: 0, differ: 2, right: 0 });
        assert_eq!(of(&extract, 0, Sureness::Possible), Accuracy { judged: 25, predicted: 2, differ: 4, right: 2 });
    }

    #[test]
    fn programs_are_predicted_by_their_functions_and_by_what_they_need() {
        let extract = lacking();
        let program = |differs: &[&str], agrees: &[&str], preopens: &[&str], needs: &Needs| ComparedProgram {
            package: "example.org/p".to_owned(),
            preopens: preopens.iter().map(|path| (*path).to_owned()).collect(),
            needs: needs.clone(),
            differs: differs.iter().map(|name| (*name).to_owned()).collect(),
            agrees: agrees.iter().map(|name| (*name).to_owned()).collect(),
        };
        let (here, needy, plain) = (["r@2.0.0"], &extract.guests["g"], &Needs::default());
        let programs = ComparedPrograms {
            go: "go1.26.8".to_owned(),
            platform: "linux/x86_64".to_owned(),
            programs: vec![
                program(&here, &[], &[], needy),
                program(&[], &here, &["/"], plain),
                program(&here, &[], &["/data"], plain),
                program(&[], &["r@1.0.0"], &["/"], plain),
            ],
            functions: vec![LinkedFunction { name: "os.Link".to_owned(), programs: vec![1, 2, 3] }],
        };
        // The third one has the function, under other preopens than the cells. The fourth was not run there.
        let accuracy = of_programs(&programs, &extract, 0, Sureness::Possible);
        assert_eq!(accuracy, Accuracy { judged: 3, predicted: 2, differ: 2, right: 1 });
        assert_eq!(of_programs(&programs, &extract, 1, Sureness::Rare), Accuracy { judged: 1, ..Accuracy::default() });
    }
}
