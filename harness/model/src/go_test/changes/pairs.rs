//! Which columns of two results are compared.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::go_test::by_column::ColumnTests;
use crate::runtime::DEFAULT_MODE;

/// Which columns to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Between {
    /// Each column with the older one of the same name, or else with that of the nearest earlier version of the same runtime
    /// in the same mode.
    All,
    /// This older column with each column of its runtime, or with the only one that there is.
    Old(String),
    /// These two.
    Named {
        /// The older column.
        old: String,
        /// The newer column.
        new: String,
    },
}

/// Two columns that are compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ColumnPair {
    /// The older column.
    pub old: String,
    /// The newer column.
    pub new: String,
    /// Why these two.
    pub because: Because,
    /// What differs besides: its name, the old value and the new value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<(String, String, String)>,
}

/// Why two columns are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// They have the same name.
    SameName,
    /// The older results do not have this version. The older column is of the nearest earlier one.
    EarlierVersion,
    /// The user named them.
    Named,
}

impl Between {
    /// The pairs to compare, in the order of the newer columns.
    pub(super) fn pairs(&self, old: &[ColumnTests], new: &[ColumnTests]) -> Result<Vec<ColumnPair>, String> {
        let (old, new) = (of_runtimes(old), of_runtimes(new));
        let pairs: Vec<_> = match self {
            Between::Named { old: before, new: now } => {
                vec![pair(named(&old, before)?, named(&new, now)?, Because::Named)]
            }
            Between::Old(before) => {
                let before = named(&old, before)?;
                let is_meant = |part: &&&ColumnTests| new.len() == 1 || part.column.runtime == before.column.runtime;
                let theirs = new.iter().filter(is_meant);
                theirs.map(|part| pair(before, part, Because::Named)).collect()
            }
            Between::All => new.iter().filter_map(|now| counterpart(&old, now)).collect(),
        };
        match pairs.is_empty() {
            false => Ok(pairs),
            true => Err(format!(
                "{} cannot be compared with {}: no column has the same name, or the same runtime and mode in an earlier \
                 version",
                listed(&new),
                listed(&old)
            )),
        }
    }

    /// The names of columns that are in no pair.
    pub(super) fn left(&self, parts: &[ColumnTests], is_compared: impl Fn(&str) -> bool) -> Vec<String> {
        if matches!(self, Between::Named { .. }) {
            return Vec::new();
        }
        let names = of_runtimes(parts).into_iter().map(|part| &part.column.name);
        names.filter(|name| !is_compared(name)).cloned().collect()
    }
}

/// The column of this name, or the runtime's newest one in its default mode, or its only one.
fn named<'p>(parts: &[&'p ColumnTests], name: &str) -> Result<&'p ColumnTests, String> {
    let theirs = || parts.iter().copied().filter(|part| part.column.runtime == name);
    let defaults = theirs().filter(|part| part.column.mode == DEFAULT_MODE);
    let newest = defaults.max_by(|a, b| a.column.version.cmp(&b.column.version));
    let only = || theirs().next().filter(|_| theirs().count() == 1);
    let exact = parts.iter().copied().find(|part| part.column.name == name);
    exact.or(newest).or_else(only).ok_or_else(|| format!("there is no column `{name}`; there are: {}", listed(parts)))
}

/// The pair of a newer column, if there is an older one to compare it with.
fn counterpart(old: &[&ColumnTests], now: &ColumnTests) -> Option<ColumnPair> {
    let is_before = |part: &&&ColumnTests| {
        (&part.column.runtime, &part.column.mode) == (&now.column.runtime, &now.column.mode)
            && part.column.version < now.column.version
    };
    let same = old.iter().find(|part| part.column.name == now.column.name);
    let earlier = || old.iter().filter(is_before).max_by(|a, b| a.column.version.cmp(&b.column.version));
    same.map(|part| pair(part, now, Because::SameName))
        .or_else(|| earlier().map(|part| pair(part, now, Because::EarlierVersion)))
}

fn pair(old: &ColumnTests, new: &ColumnTests, because: Because) -> ColumnPair {
    let values = |part: &ColumnTests| [part.go.clone(), part.flags.join(" ")];
    let both = ["Go", "flags"].into_iter().zip(values(old).into_iter().zip(values(new)));
    let changed = both.filter(|(_, (was, is))| was != is).map(|(what, (was, is))| (what.to_owned(), was, is));
    ColumnPair { old: old.column.name.clone(), new: new.column.name.clone(), because, changed: changed.collect() }
}

fn of_runtimes(parts: &[ColumnTests]) -> Vec<&ColumnTests> {
    parts.iter().filter(|part| !part.column.is_native()).collect()
}

fn listed(parts: &[&ColumnTests]) -> String {
    match parts {
        [] => "no column".to_owned(),
        _ => parts.iter().map(|part| part.column.name.as_str()).collect::<Vec<_>>().join(", "),
    }
}
