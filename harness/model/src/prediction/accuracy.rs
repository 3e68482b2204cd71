//! How good predictions are: each cell of each guest is predicted from the cells of all other cases, and then looked at.
//!
//! A cell counts as predicted if a prediction names a function that the case calls, under the case's kind of preopens. A
//! cell's own answer takes no part in predicting it.

use serde::Serialize;

use super::{Evidence, Sureness, telling};
use crate::extract::Extract;

/// How many cells were predicted, and how many of them differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Accuracy {
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
            predicted: self.predicted + other.predicted,
            differ: self.differ + other.differ,
            right: self.right + other.right,
        }
    }
}

/// How good the predictions of a column are that are at least so probable.
pub fn of(extract: &Extract, column: usize, least: Sureness) -> Accuracy {
    let telling = telling(extract);
    let evidence = Evidence::of(extract, column, &telling);
    let mut accuracy = Accuracy::default();
    for case in extract.cases.iter().filter(|case| case.answer(column).is_judged()) {
        let functions = case.functions();
        let told = functions.intersection(&telling).filter_map(|function| evidence.without(case, column, *function));
        let is_predicted = told.max().is_some_and(|sureness| sureness >= least);
        let differs = case.answer(column).is_otherwise();
        accuracy = accuracy.plus(Accuracy {
            predicted: usize::from(is_predicted),
            differ: usize::from(differs),
            right: usize::from(is_predicted && differs),
        });
    }
    accuracy
}

#[cfg(test)]
mod tests {
    use super::*;
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
        assert_eq!(accuracy, Accuracy { predicted: 3, differ: 3, right: 2 });
        assert_eq!(accuracy.precision().zip(accuracy.recall()), Some((2.0 / 3.0, 2.0 / 3.0)));
        assert_eq!(of(&extract(&cases), 1, Sureness::Rare).precision(), None);
    }
}
