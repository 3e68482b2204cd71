//! The extract of results: all that is needed to say of a program where it will differ, and nothing else. It has no
//! records. For each case it keeps which functions of Go's library the case tells of, what the answer is in each column,
//! and why it is not as expected. `reports/README.md` describes the file.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Severity};
use crate::explanation::Pattern;

/// The version of the form.
pub const FORM: u32 = 1;

/// An extract of results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Extract {
    /// The version of its form, [`FORM`].
    pub form: u32,
    /// The Go versions that built the guests.
    pub go: Vec<String>,
    /// Operating system and architecture.
    pub platform: String,
    /// What each guest needs of a runtime, by its name.
    pub guests: BTreeMap<String, Needs>,
    /// The columns of runtimes, without the reference.
    pub columns: Vec<ExtractedColumn>,
    /// The functions of Go's library, as the linker names them. Others name one by its place here.
    pub functions: Vec<String>,
    /// The causes. Others name one by its place here.
    pub causes: Vec<Cause>,
    /// The cases.
    pub cases: Vec<ExtractedCase>,
}

/// What a guest needs of a runtime to start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Needs {
    /// The functions that it imports, as `module.name` if the module is not preview 1.
    pub imports: BTreeSet<String>,
    /// The proposals that it uses.
    pub proposals: BTreeSet<String>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ExtractedColumn {
    /// Its name.
    pub column: String,
    /// The runtime's id.
    pub runtime: String,
    /// The runtime's name.
    pub name: String,
    /// Whether it stands for its runtime: the default version in the default mode.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub primary: bool,
}

/// Why cells are not as expected.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cause {
    /// In words: the cause that a traced run found, or else the reason that is on record.
    pub words: String,
    /// The upstream issue, if the divergence has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The function of preview 1 that it lies in, if a traced run found it, or the import that is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The pattern that a traced run found, or that of a missing import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern>,
}

/// A case, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ExtractedCase {
    /// The case's id.
    pub id: String,
    /// The guest.
    pub guest: String,
    /// The guest paths of its preopens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preopens: Vec<String>,
    /// What the guest does, in order.
    pub operations: Vec<Operation>,
    /// The answer in each column, one letter each, in the order of the columns. See [`letter`].
    pub answers: String,
    /// The cells that are not as expected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub otherwise: Vec<Otherwise>,
}

/// A probe of a guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Operation {
    /// The argument that selects it.
    pub name: String,
    /// The functions of Go's library that it calls, also through a function of the guest, by their places.
    pub functions: Vec<usize>,
}

/// Cells of a case that are not as expected for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Otherwise {
    /// The places of their columns.
    pub columns: Vec<usize>,
    /// The place of the cause; none if nothing is on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<usize>,
    /// The place of the operation whose line is the first that differs; none if no line is any operation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<usize>,
}

impl Extract {
    /// The name of a cell.
    pub fn cell(&self, column: usize, case: usize) -> String {
        format!("{}/{}", self.columns[column].column, self.cases[case].id)
    }

    /// The places of the columns that a word means: a runtime's id for its default column, `id@` for all columns of a
    /// runtime, `id+mode` for its default version in that mode, `+mode` for each column in it, the whole name of one column,
    /// `all` for each.
    pub fn named(&self, word: &str) -> Vec<usize> {
        let places = |means: &dyn Fn(&ExtractedColumn) -> bool| -> Vec<usize> {
            (0..self.columns.len()).filter(|place| means(&self.columns[*place])).collect()
        };
        let has_mode = |column: &ExtractedColumn, mode: &str| column.column.ends_with(&format!("+{mode}"));
        let exact = places(&|column| word == "all" || word == column.column);
        if !exact.is_empty() {
            return exact;
        }
        match (word.strip_suffix('@'), word.split_once('+')) {
            (Some(runtime), _) => places(&|column| column.runtime == runtime),
            (None, Some(("", mode))) => places(&|column| has_mode(column, mode)),
            (None, Some((runtime, mode))) => {
                let default = self.columns.iter().find(|column| column.primary && column.runtime == runtime);
                let wanted = default.map(|column| format!("{}+{mode}", column.column));
                places(&|column| Some(&column.column) == wanted.as_ref())
            }
            (None, None) => places(&|column| column.primary && column.runtime == word),
        }
    }

    /// Whether a column was run and judged at all.
    pub fn is_judged(&self, column: usize) -> bool {
        self.cases.iter().any(|case| case.answer(column).is_judged())
    }
}

impl ExtractedCase {
    /// The answer in a column. Of a guest that got out, how far it got is left out.
    pub fn answer(&self, column: usize) -> Answer {
        self.answers.as_bytes().get(column).and_then(|letter| answer(*letter)).unwrap_or(Answer::NotRun)
    }

    /// Whether its guest was run in a column, started and was judged. Only then does the cell tell of functions: a guest
    /// that does not start has called none.
    pub fn tells_in(&self, column: usize) -> bool {
        self.answer(column).is_judged() && !self.is_unstarted_in(column)
    }

    /// Whether its guest does not start in a column.
    pub fn is_unstarted_in(&self, column: usize) -> bool {
        matches!(self.answer(column), Answer::Differs { how: Severity::DoesNotStart, .. })
    }

    /// What is known of a column in which it is not as expected.
    pub fn otherwise_in(&self, column: usize) -> Option<&Otherwise> {
        self.otherwise.iter().find(|cells| cells.columns.contains(&column))
    }

    /// The functions that it tells of, by their places.
    pub fn functions(&self) -> BTreeSet<usize> {
        self.operations.iter().flat_map(|operation| operation.functions.iter().copied()).collect()
    }

    /// The functions that the difference in a column may come from: those of the operation whose line differs, or else
    /// all.
    pub fn at_fault(&self, cells: &Otherwise) -> BTreeSet<usize> {
        match cells.operation.and_then(|operation| self.operations.get(operation)) {
            Some(operation) => operation.functions.iter().copied().collect(),
            None => self.functions(),
        }
    }
}

/// The letters of all answers. A capital letter says that the cell is as expected now and then.
const LETTERS: [(u8, Answer); 12] = [
    (b'.', Answer::Works),
    (b'd', Answer::Differs { how: Severity::Detail, sometimes: false }),
    (b'D', Answer::Differs { how: Severity::Detail, sometimes: true }),
    (b'w', Answer::Differs { how: Severity::WrongResult, sometimes: false }),
    (b'W', Answer::Differs { how: Severity::WrongResult, sometimes: true }),
    (b'b', Answer::Differs { how: Severity::Breaks, sometimes: false }),
    (b'B', Answer::Differs { how: Severity::Breaks, sometimes: true }),
    (b's', Answer::Differs { how: Severity::DoesNotStart, sometimes: false }),
    (b'S', Answer::Differs { how: Severity::DoesNotStart, sometimes: true }),
    (b'o', Answer::GotOut { reach: None, sometimes: false }),
    (b'O', Answer::GotOut { reach: None, sometimes: true }),
    (b'?', Answer::LeftOpen),
];

/// Stands for cells that were not run, or that the adapter cannot express.
const NOTHING: u8 = b'-';

/// The letter of an answer.
pub fn letter(answer: Answer) -> char {
    let told = match answer {
        Answer::GotOut { sometimes, .. } => Answer::GotOut { reach: None, sometimes },
        other => other,
    };
    char::from(LETTERS.iter().find(|(_, known)| *known == told).map_or(NOTHING, |(letter, _)| *letter))
}

fn answer(letter: u8) -> Option<Answer> {
    LETTERS.iter().find(|(known, _)| *known == letter).map(|(_, answer)| *answer)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::answer::Reach;

    /// A case of one operation: the id, the preopens, the functions, the answers.
    pub type Row<'a> = (&'a str, &'a [&'a str], &'a [usize], &'a str);

    /// Two columns of one runtime, and cases.
    pub fn extract(cases: &[Row]) -> Extract {
        let measured = |column: &str, primary| ExtractedColumn {
            column: column.to_owned(),
            runtime: "r".to_owned(),
            name: "R".to_owned(),
            primary,
        };
        let told = |(id, preopens, functions, answers): &Row| ExtractedCase {
            id: (*id).to_owned(),
            guest: "g".to_owned(),
            preopens: preopens.iter().map(|path| (*path).to_owned()).collect(),
            operations: vec![Operation { name: "op".to_owned(), functions: functions.to_vec() }],
            answers: (*answers).to_owned(),
            otherwise: vec![Otherwise {
                columns: answers
                    .bytes()
                    .enumerate()
                    .filter(|(_, letter)| letter.is_ascii_alphabetic())
                    .map(|(at, _)| at)
                    .collect(),
                cause: Some(0),
                operation: None,
            }],
        };
        let needs = Needs { imports: ["fd_write".to_owned()].into(), proposals: ["sign-extension".to_owned()].into() };
        Extract {
            form: FORM,
            go: vec!["go1.26.8".to_owned()],
            platform: "linux/x86_64".to_owned(),
            guests: [("g".to_owned(), needs)].into(),
            columns: vec![measured("r@2.0.0", true), measured("r@1.0.0", false)],
            functions: ["os.Rename", "os.Link", "strings.Join"].map(str::to_owned).to_vec(),
            causes: vec![Cause { words: "It refuses.".to_owned(), url: None, function: None, pattern: None }],
            cases: cases.iter().map(told).collect(),
        }
    }

    #[test]
    fn each_answer_that_says_something_has_a_letter() {
        for (known, told) in LETTERS {
            assert_eq!((letter(told), answer(known)), (char::from(known), Some(told)));
        }
        let reach = Some(Reach::Read);
        assert_eq!(letter(Answer::GotOut { reach, sometimes: true }), 'O');
        assert_eq!((letter(Answer::NotRun), letter(Answer::CannotBeExpressed)), ('-', '-'));
    }

    #[test]
    fn a_word_means_columns() {
        let extract = extract(&[]);
        assert_eq!((extract.named("r"), extract.named("r@"), extract.named("all")), (vec![0], vec![0, 1], vec![0, 1]));
        let mut moded = extract.clone();
        moded.columns[1].column = "r@2.0.0+fast".to_owned();
        assert_eq!((moded.named("r+fast"), moded.named("+fast"), moded.named("r+slow")), (vec![1], vec![1], vec![]));
        assert_eq!((extract.named("r@1.0.0"), extract.named("r@3.0.0"), extract.named("q")), (vec![1], vec![], vec![]));
    }
}
