//! Published advisories about hosts of preview 1, and whether the cases would have caught what they are about.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::case::Location;
use crate::names::ColumnName;
use crate::results::day::Day;

/// The version of the form in which what was seen is kept.
pub const FORM: u32 = 1;

/// Where the project publishes what was seen, below its root.
pub const COMMITTED: &str = "reports/advisories.json";

/// One `[[advisory]]` of `runtimes/advisories.toml`.
#[derive(Debug, Clone)]
pub struct Advisory {
    /// Where it is written.
    pub location: Location,
    /// What is published.
    pub published: Published,
    /// How it is seen here.
    pub shown: Shown,
}

/// What its publisher says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Published {
    /// Its id: `RUSTSEC-2026-0269`, `wazero#2321`.
    pub id: String,
    /// Its address.
    pub url: String,
    /// What it is about, in one sentence.
    pub about: String,
    /// The software and its affected versions.
    pub affected: String,
    /// The first versions that are mended.
    pub mended: String,
}

/// How an advisory is seen.
#[derive(Debug, Clone)]
pub enum Shown {
    /// A case is not as expected in some columns, and as expected in others.
    By {
        /// The case's id.
        case: String,
        /// The columns with an affected version, in which it shows.
        red: Vec<ColumnName>,
        /// The columns in which it does not: a mended version, or the same one where it does no harm.
        green: Vec<ColumnName>,
    },
    /// It cannot be seen; one sentence says why.
    Not(String),
}

/// What a run of all advisories has seen: what is published of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Seen {
    /// The version of the form.
    pub form: u32,
    /// The day of the run, in UTC.
    pub day: Day,
    /// Operating system and architecture.
    pub platform: String,
    /// What was seen of each advisory, in the order of the file.
    pub advisories: Vec<SeenAdvisory>,
}

/// What was seen of one advisory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SeenAdvisory {
    /// What is published.
    #[serde(flatten)]
    pub published: Published,
    /// Why it cannot be seen, if it cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unseen: Option<String>,
    /// The case that shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The case in each column.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<SeenColumn>,
}

/// A case in a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SeenColumn {
    /// The column's name.
    pub column: String,
    /// What the file says.
    pub declared: Answered,
    /// What was seen.
    pub seen: Answered,
    /// What differs from what the case expects, in one line; why nothing was seen; or nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub told: String,
}

/// What a column does with a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answered {
    /// Not what the case expects.
    Red,
    /// What the case expects.
    Green,
    /// It was not run or not judged.
    NotSeen,
}

impl Answered {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Answered::Red => "red",
            Answered::Green => "green",
            Answered::NotSeen => "not seen",
        }
    }
}

/// Whether the cases would have caught what an advisory is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caught {
    /// Each column is as the file says.
    Yes,
    /// At least one column is not.
    No,
    /// Nobody could see it here.
    CannotBeSeen,
}

impl SeenAdvisory {
    /// Whether the cases would have caught it.
    pub fn caught(&self) -> Caught {
        match &self.unseen {
            Some(_) => Caught::CannotBeSeen,
            None if self.columns.iter().all(|column| column.seen == column.declared) => Caught::Yes,
            None => Caught::No,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_advisory_is_caught_only_if_every_column_is_as_declared() {
        let published = Published {
            id: "A-1".to_owned(),
            url: "https://example.org".to_owned(),
            about: "a".to_owned(),
            affected: "<2".to_owned(),
            mended: "2".to_owned(),
        };
        let column = |declared, seen| SeenColumn { column: "a@1.0.0".to_owned(), declared, seen, told: String::new() };
        let with = |unseen: Option<&str>, columns| SeenAdvisory {
            published: published.clone(),
            unseen: unseen.map(str::to_owned),
            case: None,
            columns,
        };
        let (red, green) = (Answered::Red, Answered::Green);
        assert_eq!(with(None, vec![column(red, red), column(green, green)]).caught(), Caught::Yes);
        assert_eq!(with(None, vec![column(red, red), column(green, red)]).caught(), Caught::No);
        assert_eq!(with(None, vec![column(red, Answered::NotSeen)]).caught(), Caught::No);
        assert_eq!(with(Some("why"), Vec::new()).caught(), Caught::CannotBeSeen);
    }
}
