//! Which column of one run is compared with which column of another.

use anyhow::{Result, bail};
use serde::Serialize;

use super::CondensedResults;
use matrix_model::results::ColumnFacts;

/// Which columns to compare.
#[derive(Debug, Clone)]
pub enum Between {
    /// Columns of the same name. Where a runtime's default version changed, the old one with the new one. A build named
    /// by its path, with the default version.
    All,
    /// These two.
    Named {
        /// The column of the older run.
        old: String,
        /// The column of the newer run.
        new: String,
    },
}

/// Two columns that are compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Pair {
    /// The column of the older run.
    pub old: String,
    /// The column of the newer run.
    pub new: String,
    /// Why these two.
    pub because: Because,
    /// Whether they belong to the reference rather than a runtime.
    pub reference: bool,
    /// What differs between the runs: its name, the old value and the new value.
    pub changed: Vec<(String, String, String)>,
}

/// Why two columns are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// They have the same name.
    SameName,
    /// The runtime's default version changed.
    DefaultVersion,
    /// The newer one is a build named by its path, and the older run has no such build.
    LocalBuild,
    /// The user named them.
    Named,
}

impl Between {
    /// The pairs to compare, in the newer run's order.
    ///
    /// # Errors
    /// If a named column does not exist, or there is nothing to compare.
    pub fn pairs(&self, old: &CondensedResults, new: &CondensedResults) -> Result<Vec<Pair>> {
        let mut pairs = Vec::new();
        match self {
            Between::Named { old: before, new: now } => {
                pairs.push(pair(old, new, old.column(before)?, new.column(now)?, Because::Named));
            }
            Between::All => {
                for facts in &new.columns {
                    if let Some(same) = old.columns.iter().find(|before| before.column == facts.column) {
                        pairs.push(pair(old, new, same, facts, Because::SameName));
                    }
                    if let Some(before) = predecessor(old, new, facts) {
                        pairs.push(pair(old, new, before, facts, Because::DefaultVersion));
                    }
                    if let Some(before) = default_of_local(old, facts) {
                        pairs.push(pair(old, new, before, facts, Because::LocalBuild));
                    }
                }
            }
        }
        match pairs.is_empty() {
            false => Ok(pairs),
            true => bail!(
                "{} and {} have no column in common; name two with --old-column and --new-column",
                old.run.file,
                new.run.file
            ),
        }
    }

    /// The columns of the newer run that have no counterpart.
    pub(crate) fn is_added(&self, pairs: &[Pair], new: &CondensedResults) -> Vec<String> {
        self.left(new, |column| pairs.iter().any(|pair| pair.new == column))
    }

    /// The columns of the older run that have no counterpart.
    pub(crate) fn is_removed(&self, pairs: &[Pair], old: &CondensedResults) -> Vec<String> {
        self.left(old, |column| pairs.iter().any(|pair| pair.old == column))
    }

    fn left(&self, document: &CondensedResults, is_compared: impl Fn(&str) -> bool) -> Vec<String> {
        match self {
            Between::Named { .. } => Vec::new(),
            Between::All => {
                let names = document.columns.iter().map(|facts| &facts.column);
                names.filter(|name| !is_compared(name)).cloned().collect()
            }
        }
    }
}

/// The column that a column of a runtime's default version replaces: the one with the same mode and Go at the former
/// default version. None if the default version is the same.
fn predecessor<'d>(old: &'d CondensedResults, new: &CondensedResults, facts: &ColumnFacts) -> Option<&'d ColumnFacts> {
    let default = |document: &'_ CondensedResults| {
        let stands = document.columns.iter().find(|other| other.primary && other.runtime == facts.runtime);
        stands.map(|other| other.version.clone())
    };
    let (before, now) = (default(old)?, default(new)?);
    if before == now || facts.version != now {
        return None;
    }
    old.columns.iter().find(|other| {
        other.runtime == facts.runtime
            && other.version == before
            && (&other.mode, &other.go, &other.surrounding) == (&facts.mode, &facts.go, &facts.surrounding)
    })
}

/// The column of the default version that a build named by its path is compared with, if the older run has no such
/// build.
fn default_of_local<'d>(old: &'d CondensedResults, facts: &ColumnFacts) -> Option<&'d ColumnFacts> {
    if !facts.local || old.columns.iter().any(|other| other.column == facts.column) {
        return None;
    }
    old.columns.iter().find(|other| other.primary && other.runtime == facts.runtime)
}

fn pair(
    old: &CondensedResults,
    new: &CondensedResults,
    before: &ColumnFacts,
    now: &ColumnFacts,
    because: Because,
) -> Pair {
    let receipts = (old.receipt(&before.column), new.receipt(&now.column));
    let mut changed = Vec::new();
    let mut compare = |what: &str, was: &str, is: &str| {
        if was != is {
            changed.push((what.to_owned(), was.to_owned(), is.to_owned()));
        }
    };
    compare("version", &before.version, &now.version);
    if let (Some(was), Some(is)) = receipts {
        compare("reported version", &was.reported_version, &is.reported_version);
        let (was_installed, is_installed) = (&was.runtime_sha256, &is.runtime_sha256);
        match (old.executable_sha256(&before.column), new.executable_sha256(&now.column)) {
            (Some(was), Some(is)) => {
                compare("sha256 of the executable", was, is);
                if was != was_installed && is != is_installed {
                    compare("digest of the installation", was_installed, is_installed);
                }
            }
            // The one is of an installation, maybe, and the other of an executable.
            _ if before.local != now.local => {}
            _ => compare("digest", was_installed, is_installed),
        }
        compare("Go", &was.go, &is.go);
        compare("platform", &was.platform, &is.platform);
    }
    Pair {
        old: before.column.clone(),
        new: now.column.clone(),
        because,
        reference: before.reference || now.reference,
        changed,
    }
}
