//! What two runtimes answered to one call, as data and in the words of a cause. The words are written and read here
//! alone: explanations that were published before they carried the data have only the words.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What stands between the function and the two answers.
const BETWEEN: [&str; 2] = [" with ", ", and not with "];

/// The words that causes of today have in place of earlier ones.
const EARLIER: [(&str, &str); 2] =
    [("It names preopens otherwise.", OTHER_PREOPEN_NAMES), (" otherwise: ", DIFFERENTLY)];

/// Stands between the function that is answered with the same errno and what differs in the answers.
const DIFFERENTLY: &str = " differently: ";

/// The cause if preopens have other names.
pub const OTHER_PREOPEN_NAMES: &str = "It gives preopens other names.";

/// The errnos that two runtimes answered one call with, by their names. `success` stands for none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Answers {
    /// The runtime's own.
    pub own: String,
    /// That of the runtime it was compared with.
    pub reference: String,
}

impl Answers {
    /// The cause in words: a function is answered with one errno, and not with another.
    pub fn cause(&self, function: &str) -> String {
        let [with, instead] = BETWEEN;
        format!("{}{with}{}{instead}{}.", answers(function), self.own, self.reference)
    }

    /// Reads the words of [`Answers::cause`]; `None` if they are those of another cause.
    pub(super) fn of_cause(cause: &str, function: &str) -> Option<Answers> {
        let [with, instead] = BETWEEN;
        let told = cause.strip_prefix(&answers(function))?.strip_prefix(with)?.strip_suffix('.')?;
        let (own, reference) = told.split_once(instead)?;
        Some(Answers { own: own.to_owned(), reference: reference.to_owned() })
    }
}

/// The cause if two answers have the same errno, and these parts of them differ.
pub fn differing(function: &str, parts: &[String]) -> String {
    format!("{}{DIFFERENTLY}{}.", answers(function), parts.join(", "))
}

/// Whether two causes are one. The words of one of them may be earlier ones.
pub fn is_same_cause(one: &str, other: &str) -> bool {
    today(one) == today(other)
}

/// A cause in the words of today.
fn today(cause: &str) -> String {
    EARLIER.iter().fold(cause.to_owned(), |cause, (earlier, today)| cause.replacen(earlier, today, 1))
}

fn answers(function: &str) -> String {
    format!("It answers {function}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for (own, reference) in [("notdir", "noent"), ("success", "notcapable"), ("77", "success")] {
            let answers = Answers { own: own.to_owned(), reference: reference.to_owned() };
            let cause = answers.cause("path_open");
            assert_eq!(Answers::of_cause(&cause, "path_open").as_ref(), Some(&answers), "{cause}");
            assert_eq!(Answers::of_cause(&cause, "path_ope"), None, "{cause}");
        }
        let published = "It answers path_open with notdir, and not with noent.";
        assert_eq!(Answers::of_cause(published, "path_open").map(|answers| answers.own).as_deref(), Some("notdir"));
        let another = differing("path_open", &["filetype is unknown, and not directory".to_owned()]);
        assert_eq!(Answers::of_cause(&another, "path_open"), None);
    }

    #[test]
    fn a_cause_in_earlier_words_is_the_same() {
        let today = differing("fd_read", &["other bytes".to_owned()]);
        assert!(is_same_cause("It answers fd_read otherwise: other bytes.", &today));
        assert!(is_same_cause(&today, &today));
        assert!(is_same_cause("It names preopens otherwise.", OTHER_PREOPEN_NAMES));
        assert!(!is_same_cause("It answers fd_read otherwise: another size.", &today));
    }
}
