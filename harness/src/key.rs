//! What a cell's outcome rests on, as one digest. A record that carries today's key tells what a run of today would
//! be told: the same runtime, driven the same way, was given the same guest and the same inputs.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result};
use host_contract::CONTRACT;
use sha2::{Digest, Sha256};

use crate::case::{Case, Location};
use crate::digest;
use crate::fixture::{Entry, Fixture, Fixtures};
use crate::host_sources;
use crate::matrix::Column;
use crate::record::{Receipt, SCHEMA};
use crate::runtime::Adapter;

/// The key of a case in a column that has this receipt.
///
/// Divergences are no part of it: what happened is judged anew. Neither is where the case stands in its file.
///
/// # Errors
/// If a fixture, or a source of the column's host, cannot be read.
pub fn key(column: &Column, case: &Case, receipt: &Receipt, fixtures: &Fixtures) -> Result<String> {
    let mut hasher = Sha256::new();
    let Receipt { reported_version, runtime_sha256, go, guest_sha256, platform, .. } = receipt;
    for fact in [SCHEMA, reported_version, runtime_sha256, go, guest_sha256, platform, &column.to_string()] {
        hasher.update(fact);
        hasher.update([0]);
    }
    hasher.update(format!("{:?}", column.mode));
    if let Adapter::Host(_) = column.mode.adapter {
        hasher.update(CONTRACT.to_string());
        host_sources::digest(&column.runtime.folder, &mut hasher)?;
    }
    let location = Location { file: String::new(), line: 0 };
    hasher.update(format!("{:?}", Case { location, ..case.clone() }));
    for name in case.fixtures().collect::<BTreeSet<_>>() {
        hasher.update(name);
        let fixture = fixtures.get(name).with_context(|| format!("there is no fixture `{name}`"))?;
        digest_fixture(fixture, &mut hasher)?;
    }
    Ok(digest::hex(hasher))
}

/// Adds the files and links of a fixture: the path of each, and its bytes or its target.
fn digest_fixture(fixture: &Fixture, hasher: &mut Sha256) -> Result<()> {
    for (path, entry) in &fixture.entries {
        let bytes = match entry {
            Entry::Folder => continue,
            Entry::Copy(file) => fs::read(file).with_context(|| file.display().to_string())?,
            Entry::File(bytes) => bytes.clone(),
            Entry::Link(target) => target.clone().into_bytes(),
        };
        hasher.update(path.as_os_str().as_encoded_bytes());
        hasher.update(bytes);
    }
    Ok(())
}
