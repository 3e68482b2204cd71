//! Whether a runtime was measured to have what a module needs to start.

use serde::Serialize;

use crate::answer::Answer;
use crate::explanation::Pattern;
use crate::extract::{Extract, Needs};

/// What was measured of one need in a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", content = "cell", rename_all = "kebab-case")]
pub enum Had {
    /// It has it: a guest with that need works in this cell.
    Yes(String),
    /// It has not: a guest with that need did not start in this cell.
    No(String),
    /// No guest with that need was run there, or none of them works.
    Unknown,
}

/// What a need is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An import.
    Import,
    /// A proposal.
    Proposal,
}

/// Something that a module needs and that a column was not measured to have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Unmet {
    /// The column's name.
    pub column: String,
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What was measured.
    #[serde(flatten)]
    pub had: Had,
}

impl Unmet {
    /// Whether it was measured that the column lacks it. Such a module does not start there.
    pub fn is_lacking(&self) -> bool {
        matches!(self.had, Had::No(_))
    }
}

/// What a module needs and these columns were not measured to have.
pub fn unmet(needs: &Needs, extract: &Extract, columns: &[usize]) -> Vec<Unmet> {
    let of = |column: usize| {
        let name = &extract.columns[column].column;
        let told = move |kind, need: &String, had| Unmet { column: name.clone(), kind, name: need.clone(), had };
        let imports = needs.imports.iter().map(move |need| told(Kind::Import, need, import(extract, column, need)));
        let proposals = needs.proposals.iter();
        let proposals = proposals.map(move |need| told(Kind::Proposal, need, proposal(extract, column, need)));
        imports.chain(proposals).filter(|need| !matches!(need.had, Had::Yes(_)))
    };
    columns.iter().copied().flat_map(of).collect()
}

/// Whether a column has an imported function, named as in [`Needs::imports`].
pub fn import(extract: &Extract, column: usize, name: &str) -> Had {
    let is_missing = |cause: usize| {
        let cause = &extract.causes[cause];
        cause.pattern == Some(Pattern::MissingImport) && cause.function.as_deref() == Some(name)
    };
    let missing = extract
        .cases
        .iter()
        .position(|case| case.otherwise_in(column).and_then(|cells| cells.cause).is_some_and(is_missing));
    match missing {
        Some(case) => Had::No(extract.cell(column, case)),
        None => works_with(extract, column, |needs| needs.imports.contains(name)),
    }
}

/// Whether a column has a proposal.
pub fn proposal(extract: &Extract, column: usize, name: &str) -> Had {
    works_with(extract, column, |needs| needs.proposals.contains(name))
}

fn works_with(extract: &Extract, column: usize, has: impl Fn(&Needs) -> bool) -> Had {
    let works = extract
        .cases
        .iter()
        .position(|case| case.answer(column) == Answer::Works && extract.guests.get(&case.guest).is_some_and(&has));
    works.map_or(Had::Unknown, |case| Had::Yes(extract.cell(column, case)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::Cause;
    use crate::extract::tests::extract;

    #[test]
    fn what_a_guest_works_with_is_there() {
        let mut extract = extract(&[("a/1", &[], &[], ".s"), ("a/2", &[], &[], ".-")]);
        assert_eq!(import(&extract, 0, "fd_write"), Had::Yes("r@2.0.0/a/1".to_owned()));
        assert_eq!(proposal(&extract, 0, "sign-extension"), Had::Yes("r@2.0.0/a/1".to_owned()));
        assert_eq!((import(&extract, 1, "fd_write"), import(&extract, 0, "fd_read")), (Had::Unknown, Had::Unknown));
        extract.causes[0] = Cause {
            words: "It does not provide it.".to_owned(),
            url: None,
            function: Some("fd_write".to_owned()),
            pattern: Some(Pattern::MissingImport),
        };
        assert_eq!(import(&extract, 1, "fd_write"), Had::No("r@1.0.0/a/1".to_owned()));
        let needs = Needs { imports: ["fd_write".to_owned()].into(), proposals: ["simd".to_owned()].into() };
        let unmet = unmet(&needs, &extract, &[0, 1]);
        let told: Vec<_> = unmet.iter().map(|need| (need.name.as_str(), need.is_lacking())).collect();
        assert_eq!(told, [("simd", false), ("fd_write", true), ("simd", false)]);
    }
}
