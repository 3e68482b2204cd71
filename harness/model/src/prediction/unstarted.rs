//! Guests that do not start in a column although it was not measured to lack anything that they need. What such a guest
//! has that others have not is not known, so nothing can be predicted of another module. That it happens can be said.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::needs::missing_import;
use crate::extract::{Cause, Extract};

/// The guests that do not start in a column for no reason that can be seen in a module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Unstarted {
    /// The column's name.
    pub column: String,
    /// The guests.
    pub guests: BTreeSet<String>,
    /// How many guests were judged there.
    pub judged: usize,
    /// A cell of the most frequent cause.
    pub cell: String,
    /// The most frequent cause; none if nothing is on record.
    pub cause: Option<Cause>,
}

/// The columns among these in which guests do not start for no reason that can be seen in a module.
pub fn unstarted(extract: &Extract, columns: &[usize]) -> Vec<Unstarted> {
    columns.iter().filter_map(|column| of(extract, *column)).collect()
}

fn of(extract: &Extract, column: usize) -> Option<Unstarted> {
    let judged: BTreeSet<_> =
        extract.cases.iter().filter(|case| case.answer(column).is_judged()).map(|case| &case.guest).collect();
    let (mut guests, mut causes): (BTreeSet<String>, BTreeMap<Option<usize>, Vec<usize>>) = Default::default();
    for (place, case) in extract.cases.iter().enumerate() {
        if case.is_unstarted_in(column) && missing_import(extract, case, column).is_none() {
            guests.insert(case.guest.clone());
            causes.entry(case.otherwise_in(column).and_then(|cells| cells.cause)).or_default().push(place);
        }
    }
    let (cause, cells) = causes.into_iter().max_by_key(|(_, cells)| cells.len())?;
    Some(Unstarted {
        column: extract.columns[column].column.clone(),
        guests,
        judged: judged.len(),
        cell: extract.cell(column, *cells.first()?),
        cause: cause.map(|place| extract.causes[place].clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::Pattern;
    use crate::extract::tests::extract;

    #[test]
    fn a_guest_that_does_not_start_is_told_of_unless_an_import_is_missing() {
        let mut extract = extract(&[("a/1", &[], &[], ".s"), ("a/2", &[], &[], "b-"), ("b/1", &[], &[], "..")]);
        extract.cases[2].guest = "other".to_owned();
        let told = unstarted(&extract, &[0, 1]);
        let [one] = &told[..] else { panic!("{told:#?}") };
        assert_eq!((one.column.as_str(), one.cell.as_str(), one.judged), ("r@1.0.0", "r@1.0.0/a/1", 2));
        assert_eq!(one.guests, ["g".to_owned()].into());
        assert_eq!(one.cause.as_ref().map(|cause| cause.words.as_str()), Some("It refuses."));
        extract.causes[0].pattern = Some(Pattern::MissingImport);
        extract.causes[0].function = Some("sock_accept".to_owned());
        assert_eq!(unstarted(&extract, &[0, 1]), []);
    }
}
