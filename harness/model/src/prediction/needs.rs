//! Whether a runtime was measured to have what a module needs to start.

use serde::Serialize;

use crate::answer::Answer;
use crate::explanation::Pattern;
use crate::extract::{Extract, ExtractedCase, Needs};

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

/// What guests show of the needs that a column meets.
pub struct Measured<'e> {
    extract: &'e Extract,
    column: usize,
    /// The guest whose cells take no part.
    without: Option<&'e str>,
}

/// What a module needs and these columns were not measured to have.
pub fn unmet(needs: &Needs, extract: &Extract, columns: &[usize]) -> Vec<Unmet> {
    columns.iter().flat_map(|column| Measured::of(extract, *column).unmet(needs)).collect()
}

impl<'e> Measured<'e> {
    /// What all guests show of a column.
    pub fn of(extract: &'e Extract, column: usize) -> Measured<'e> {
        Measured { extract, column, without: None }
    }

    /// What all guests but one show of it.
    pub fn without(self, guest: &'e str) -> Measured<'e> {
        Measured { without: Some(guest), ..self }
    }

    /// What a module needs and the column was not measured to have.
    pub fn unmet(&self, needs: &Needs) -> Vec<Unmet> {
        let column = &self.extract.columns[self.column].column;
        let told = |kind, need: &String, had| Unmet { column: column.clone(), kind, name: need.clone(), had };
        let imports = needs.imports.iter().map(|need| told(Kind::Import, need, self.import(need)));
        let proposals = needs.proposals.iter().map(|need| told(Kind::Proposal, need, self.proposal(need)));
        imports.chain(proposals).filter(|need| !matches!(need.had, Had::Yes(_))).collect()
    }

    /// Whether the column was measured to lack something that a module needs, so that it does not start there.
    pub fn lacks(&self, needs: &Needs) -> bool {
        self.unmet(needs).iter().any(Unmet::is_lacking)
    }

    /// Whether the column has an imported function, named as in [`Needs::imports`].
    pub fn import(&self, name: &str) -> Had {
        let lacks = |(_, case): &(usize, &ExtractedCase)| missing_import(self.extract, case, self.column) == Some(name);
        match self.cases().find(lacks) {
            Some((case, _)) => Had::No(self.extract.cell(self.column, case)),
            None => self.works_with(|needs| needs.imports.contains(name)),
        }
    }

    /// Whether the column has a proposal.
    pub fn proposal(&self, name: &str) -> Had {
        self.works_with(|needs| needs.proposals.contains(name))
    }

    /// The cases whose cells take part, with their places.
    fn cases(&self) -> impl Iterator<Item = (usize, &'e ExtractedCase)> {
        self.extract.cases.iter().enumerate().filter(|(_, case)| self.without != Some(case.guest.as_str()))
    }

    fn works_with(&self, has: impl Fn(&Needs) -> bool) -> Had {
        let shows = |case: &ExtractedCase| {
            case.answer(self.column) == Answer::Works && self.extract.guests.get(&case.guest).is_some_and(&has)
        };
        let works = self.cases().find(|(_, case)| shows(case));
        works.map_or(Had::Unknown, |(case, _)| Had::Yes(self.extract.cell(self.column, case)))
    }
}

/// The import that a case's guest was found to miss in a column.
pub(super) fn missing_import<'e>(extract: &'e Extract, case: &ExtractedCase, column: usize) -> Option<&'e str> {
    let cause = &extract.causes[case.otherwise_in(column)?.cause?];
    cause.function.as_deref().filter(|_| cause.pattern == Some(Pattern::MissingImport))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::Cause;
    use crate::extract::tests::extract;

    #[test]
    fn what_a_guest_works_with_is_there() {
        let mut extract = extract(&[("a/1", &[], &[], ".s"), ("a/2", &[], &[], ".-")]);
        let [newer, older] = [0, 1];
        let import = |extract: &Extract, column, name| Measured::of(extract, column).import(name);
        assert_eq!(import(&extract, newer, "fd_write"), Had::Yes("r@2.0.0/a/1".to_owned()));
        let proposal = Measured::of(&extract, newer).proposal("sign-extension");
        assert_eq!(proposal, Had::Yes("r@2.0.0/a/1".to_owned()));
        let unknown = [(older, "fd_write"), (newer, "fd_read")].map(|(column, name)| import(&extract, column, name));
        assert_eq!(unknown, [Had::Unknown, Had::Unknown]);
        extract.causes[0] = Cause {
            words: "It does not provide it.".to_owned(),
            url: None,
            function: Some("fd_write".to_owned()),
            pattern: Some(Pattern::MissingImport),
        };
        assert_eq!(import(&extract, older, "fd_write"), Had::No("r@1.0.0/a/1".to_owned()));
        let needs = Needs { imports: ["fd_write".to_owned()].into(), proposals: ["simd".to_owned()].into() };
        let unmet = unmet(&needs, &extract, &[newer, older]);
        let told: Vec<_> = unmet.iter().map(|need| (need.name.as_str(), need.is_lacking())).collect();
        assert_eq!(told, [("simd", false), ("fd_write", true), ("simd", false)]);
        assert!(Measured::of(&extract, older).lacks(&needs) && !Measured::of(&extract, newer).lacks(&needs));
        assert!(!Measured::of(&extract, older).without("g").lacks(&needs), "no other guest shows it");
    }
}
