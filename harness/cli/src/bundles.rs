//! The bundles that the pages link to: one archive for each case, with the cells that deviate.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use anyhow::Result;
use fs_err as fs;
use matrix_model::matrix::{Cell, Filter, cells, name};
use matrix_model::record::Record;
use matrix_model::results::Results;
use matrix_model::runtime::Adapter;
use matrix_provision::discover;
use matrix_provision::provisioner::Provisioner;
use matrix_provision::toolchain::releases;
use matrix_report::pages;
use matrix_run::bundle::{self, archive};
use rayon::prelude::*;

use super::Project;
use super::progress::{Progress, notify};

/// Packs the red and known cells of each runtime's default column into `out`, and gives their names.
///
/// A cell has no bundle if it runs in a program of this project, or is withheld. If a cell cannot be packed for another
/// reason, that is printed on stderr.
///
/// # Errors
/// If a folder or an archive cannot be written.
pub fn pack_all(project: &Project, results: &Results, go: &[String], out: &Path) -> Result<BTreeSet<String>> {
    let Project { suite, places, .. } = project;
    let folder = out.join(pages::BUNDLES);
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error.into());
        }
        _ => {}
    }
    let columns = discover::find(&suite.runtimes, &releases(go, &places.root)?, places);
    let records: BTreeMap<_, _> = results.records.iter().map(|record| (record.cell.as_str(), record)).collect();
    let mut wanted: BTreeMap<&str, Vec<(Cell, &Record)>> = BTreeMap::new();
    let mut all = cells(&columns, &suite.cases, &Filter::default());
    all.retain(|cell| {
        let column = &columns[cell.column];
        column.primary && !column.runtime.is_reference() && !matches!(column.mode.adapter, Adapter::Host(_))
    });
    for cell in &all {
        let record = records.get(name(&columns[cell.column], cell.case).as_str()).copied();
        let is_told = |record: &&Record| {
            record.verdict.is_worth_another_run() && record.outcome.is_some() && !record.is_withheld()
        };
        if let Some(record) = record.filter(is_told) {
            wanted.entry(&cell.case.id).or_default().push((*cell, record));
        }
    }
    let chosen: BTreeSet<_> = wanted.values().flatten().map(|(cell, _)| cell.column).collect();
    let provisioner = Provisioner::new(suite, places.clone(), columns, chosen.iter().copied(), notify());
    provisioner.build_guests(chosen)?;
    let is_open = |cell: &Cell| bundle::is_open(&provisioner.columns()[cell.column], cell.case);
    let progress = Progress::new(wanted.len() as u64, "bundles");
    let packed = wanted.into_par_iter().map(|(case, cells)| {
        let staging = tempfile::tempdir()?;
        let (mut folders, mut names) = (Vec::new(), Vec::new());
        for (cell, record) in cells.into_iter().filter(|(cell, _)| is_open(cell)) {
            let at = staging.path().join(folders.len().to_string());
            match bundle::pack(&provisioner, &cell, record, &at) {
                Ok(()) => {
                    folders.push((record.column.clone(), at));
                    names.push(record.cell.clone());
                }
                Err(error) => progress.aside(&format!("no bundle: {error:#}")),
            }
        }
        if !folders.is_empty() {
            archive(&folders, &out.join(pages::bundle_file(case)))?;
        }
        progress.step(None);
        Ok(names)
    });
    let packed: Vec<Vec<String>> = packed.collect::<Result<_>>()?;
    progress.finish();
    Ok(packed.into_iter().flatten().collect())
}
