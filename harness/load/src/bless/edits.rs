//! Decides which entries of which files to write, change or remove, so that red cells are accounted for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;
use fs_err as fs;

use super::document::{DivergenceFile, written};
use super::entry::{alike, entry, joined, overlap};
use super::{Entry, Statement};
use crate::outside;
use matrix_model::case::Case;
use matrix_model::divergence::Divergence;
use matrix_model::judge;
use matrix_model::matrix::{Cell, Column};
use matrix_model::names::topic;
use matrix_model::runtime::Runtime;
use matrix_model::verdict::Verdict;
use matrix_store::atomic_write::write_whole;
use matrix_store::dirs::Places;
use matrix_store::latest_records::{self, RecordedCell};

/// What to do about a case that the reference fails in.
const CORRECT: &str = "correct the expectation, or say in the case with `native = \"…\"` why Linux deviates";

/// Changes to divergences that are not written yet.
pub struct Edits<'s> {
    columns: &'s [Column<'s>],
    places: &'s Places,
    /// The folder outside the project whose files are edited instead of the project's own.
    outside: Option<&'s Path>,
    documents: BTreeMap<PathBuf, DivergenceFile>,
    /// The changes, one for each entry.
    pub changes: Vec<Change>,
    /// The cells for which nothing is written, each with the reason.
    pub refused: Vec<(String, String)>,
}

/// One entry that is written, changed or removed.
#[derive(Debug, Clone)]
pub struct Change {
    /// The cells it accounts for.
    pub cells: Vec<String>,
    /// The file.
    pub path: PathBuf,
    /// The old text of the entry; empty if the entry is new.
    pub before: String,
    /// The new text of the entry; empty if the entry is removed.
    pub after: String,
}

/// Cells that one entry accounts for.
struct Group<'s> {
    runtime: &'s Runtime,
    case: &'s Case,
    entry: Entry,
    /// The columns, by index, and the cells' names.
    cells: Vec<(usize, String)>,
}

impl<'s> Edits<'s> {
    /// Starts without any changes to the divergences of these columns' runtimes: to those in a folder outside the project
    /// if one is given, and to the project's own otherwise.
    pub fn new(columns: &'s [Column<'s>], places: &'s Places, outside: Option<&'s Path>) -> Edits<'s> {
        Edits { columns, places, outside, documents: BTreeMap::new(), changes: Vec::new(), refused: Vec::new() }
    }

    /// Removes the entries that are no longer true, as stale cells show.
    ///
    /// # Errors
    /// If a file or a record cannot be read.
    pub fn forget(&mut self, stale: &[&RecordedCell<'s>]) -> Result<()> {
        let mut entries: Vec<(&Divergence, &Case, &Runtime, Vec<String>)> = Vec::new();
        for run in stale {
            let column = &self.columns[run.cell.column];
            if column.runtime.is_reference() {
                let reason = "native Linux does as expected; delete `native` from the case".to_owned();
                self.refused.push((run.record.cell.clone(), reason));
            }
            for divergence in judge::spoken_of(column, &run.cell.case.id) {
                match entries.iter_mut().find(|(known, ..)| std::ptr::eq(*known, divergence)) {
                    Some((.., cells)) => cells.push(run.record.cell.clone()),
                    None => {
                        let cells = vec![run.record.cell.clone()];
                        entries.push((divergence, run.cell.case, column.runtime, cells));
                    }
                }
            }
        }
        for (divergence, case, runtime, cells) in entries {
            if !self.edits(divergence) {
                let reason = format!(
                    "its entry ({}) is the project's own; `bless` without --divergences removes it",
                    divergence.location
                );
                self.refused.extend(cells.into_iter().map(|cell| (cell, reason.clone())));
                continue;
            }
            let spoken = self.spoken_of_by(runtime, divergence);
            let runs = self.runs(&spoken, case)?;
            let gone = |column: &&usize| {
                runs.iter().any(|run| run.cell.column == **column && run.record.verdict == Verdict::Stale)
            };
            let (gone, left): (Vec<usize>, Vec<usize>) = spoken.iter().partition(gone);
            match self.narrowed(runtime, divergence, &gone, &left) {
                _ if left.is_empty() => self.take_out(divergence, runtime, cells)?,
                Some(modes) => self.narrow(divergence, runtime, &modes, cells)?,
                None => {
                    let reason = format!(
                        "its entry ({}) also speaks of {}, where it may still be true; run that, or narrow `versions`",
                        divergence.location, self.columns[left[0]]
                    );
                    self.refused.extend(cells.into_iter().map(|cell| (cell, reason.clone())));
                }
            }
        }
        Ok(())
    }

    /// Writes the observations in red cells into entries.
    ///
    /// # Errors
    /// If a file or a record cannot be read.
    pub fn record(&mut self, failed: &[&RecordedCell<'s>], statement: &Statement) -> Result<()> {
        for group in self.groups(failed, statement)? {
            if let Err(reason) = self.settle(&group)? {
                self.refused.extend(group.cells.into_iter().map(|(_, cell)| (cell, reason.clone())));
            }
        }
        Ok(())
    }

    fn groups(&mut self, failed: &[&RecordedCell<'s>], statement: &Statement) -> Result<Vec<Group<'s>>> {
        let mut groups: Vec<Group> = Vec::new();
        for run in failed {
            let column = &self.columns[run.cell.column];
            let cell = (run.cell.column, run.record.cell.clone());
            if let Some(reason) = self.the_case_may_be_wrong(run)? {
                self.refused.push((cell.1, reason));
                continue;
            }
            let entry = match entry(run, column, statement) {
                Ok(entry) => entry,
                Err(reason) => {
                    self.refused.push((cell.1, reason));
                    continue;
                }
            };
            let same = |group: &&mut Group| {
                group.runtime.id == column.runtime.id
                    && (&group.entry.case, &group.entry.versions) == (&entry.case, &entry.versions)
            };
            let mut others: Vec<_> = groups.iter_mut().filter(same).collect();
            if let Some(group) = others.iter_mut().find(|group| group.entry.instead == entry.instead) {
                group.entry.modes = joined(column.runtime, group.entry.modes.as_ref(), entry.modes.as_ref());
                group.cells.push(cell);
            } else if let Some(group) = others.iter().find(|group| overlap(&group.entry.modes, &entry.modes)) {
                let other = &group.cells[0].1;
                let reason = format!("it does otherwise than {other}; give the two narrower --versions or --modes");
                self.refused.push((cell.1, reason));
            } else {
                let runtime = column.runtime;
                groups.push(Group { runtime, case: run.cell.case, entry, cells: vec![cell] });
            }
        }
        for group in &mut groups {
            let modes = group.entry.modes.take();
            group.entry.modes = modes.filter(|modes| modes.len() < group.runtime.modes.len());
        }
        Ok(groups)
    }

    /// Why no entry can settle a cell, because the reference fails in its case too: the expectation may be what is wrong.
    /// Once that is corrected, an entry would state what is expected, and the project's files would not load.
    fn the_case_may_be_wrong(&self, run: &RecordedCell<'s>) -> Result<Option<String>> {
        let own = &self.columns[run.cell.column];
        if own.runtime.is_reference() {
            return Ok(Some(format!("the reference has no divergences; {CORRECT}")));
        }
        let is_reference = |(_, column): &(usize, &Column)| column.runtime.is_reference() && column.go == own.go;
        let references: Vec<_> = self.columns.iter().enumerate().filter(is_reference).map(|(index, _)| index).collect();
        let runs = self.runs(&references, run.cell.case)?;
        let failed = runs.iter().find(|run| matches!(run.record.verdict, Verdict::Fail { .. }));
        Ok(failed.map(|run| format!("{} fails too, so the case itself may be wrong; {CORRECT}", run.record.cell)))
    }

    /// Writes a group's entry. Returns the reason if it cannot be written.
    fn settle(&mut self, group: &Group<'s>) -> Result<Result<(), String>> {
        let Group { runtime, case, entry, cells } = group;
        let covers = |column: &Column| {
            let in_mode = entry.modes.as_ref().is_none_or(|modes| modes.iter().any(|mode| mode == column.mode.name()));
            entry.versions.matches(&column.version) && in_mode
        };
        let covered = self.columns_of(runtime, &covers);
        let passes = |run: &&RecordedCell| run.record.is_as_expected() && !entry.sometimes;
        if let Some(run) = self.runs(&covered, case)?.iter().find(passes) {
            let cell = &run.record.cell;
            return Ok(Err(format!("the entry would hold for {cell} too, which passes; give narrower --versions")));
        }
        // Collect all steps before changing anything, because one of them may be impossible.
        let mut steps = Vec::new();
        let speaking = |divergence: &&Divergence| {
            let speaks = |column: &Column| {
                divergence.speaks_of(&case.id, &column.version, column.mode.name(), column.surrounding())
            };
            cells.iter().any(|(column, _)| speaks(&self.columns[*column]))
        };
        for divergence in runtime.divergences.iter().filter(|entry| self.edits(entry)).filter(speaking) {
            let spoken = self.spoken_of_by(runtime, divergence);
            let (gone, left): (Vec<usize>, Vec<usize>) = spoken.iter().partition(|column| covered.contains(column));
            match self.narrowed(runtime, divergence, &gone, &left) {
                _ if left.is_empty() => steps.push((divergence, None)),
                Some(modes) => steps.push((divergence, Some(modes))),
                None => {
                    let (place, other) = (&divergence.location, &self.columns[left[0]]);
                    return Ok(Err(format!(
                        "an entry that says otherwise ({place}) also speaks of {other}; narrow its `versions`, or give \
                         --versions that cover both"
                    )));
                }
            }
        }
        let names: Vec<_> = cells.iter().map(|(_, cell)| cell.clone()).collect();
        let mut replaced = false;
        for (divergence, modes) in steps {
            match modes {
                Some(modes) => self.narrow(divergence, runtime, &modes, Vec::new())?,
                None if replaced => self.take_out(divergence, runtime, Vec::new())?,
                None => {
                    let path = self.path_of(divergence, runtime);
                    let document = self.document(&path, runtime)?;
                    let before = document.text(divergence)?;
                    document.replace(divergence, entry)?;
                    self.changes.push(Change { cells: names.clone(), path, before, after: written(entry) });
                    replaced = true;
                }
            }
        }
        if replaced {
            return Ok(Ok(()));
        }
        let is_alike = |divergence: &&Divergence| self.edits(divergence) && alike(divergence, entry, case);
        let alike = runtime.divergences.iter().find(is_alike);
        if let Some(divergence) = alike {
            let own = divergence.modes.as_ref().map(|modes| modes.iter().cloned().collect());
            let modes = joined(runtime, own.as_ref(), entry.modes.as_ref());
            let all = modes.as_ref().is_none_or(|modes| modes.len() == runtime.modes.len());
            let modes = if all { None } else { modes };
            let path = self.path_of(divergence, runtime);
            let document = self.document(&path, runtime)?;
            let before = document.text(divergence)?;
            document.set_modes(divergence, modes.as_deref())?;
            let after = written(&Entry { modes, ..entry.clone() });
            self.changes.push(Change { cells: names, path, before, after });
            return Ok(Ok(()));
        }
        let path = self.path_for(case, runtime);
        self.document(&path, runtime)?.insert(entry);
        self.changes.push(Change { cells: names, path, before: String::new(), after: written(entry) });
        Ok(Ok(()))
    }

    /// The modes in which an entry still holds if it no longer holds in the columns `gone`; `None` if modes cannot
    /// separate them from the columns `left`.
    fn narrowed(
        &self,
        runtime: &Runtime,
        divergence: &Divergence,
        gone: &[usize],
        left: &[usize],
    ) -> Option<Vec<String>> {
        let modes = |columns: &[usize]| -> BTreeSet<_> {
            columns.iter().map(|column| self.columns[*column].mode.name().to_owned()).collect()
        };
        let (gone, left) = (modes(gone), modes(left));
        let holds = |mode: &String| divergence.modes.as_ref().is_none_or(|modes| modes.contains(mode));
        let names = runtime.modes.iter().map(|mode| mode.name().to_owned());
        gone.is_disjoint(&left).then(|| names.filter(|mode| holds(mode) && !gone.contains(mode)).collect())
    }

    fn take_out(&mut self, divergence: &Divergence, runtime: &Runtime, cells: Vec<String>) -> Result<()> {
        let path = self.path_of(divergence, runtime);
        let document = self.document(&path, runtime)?;
        let before = document.text(divergence)?;
        document.remove(divergence)?;
        self.changes.push(Change { cells, path, before, after: String::new() });
        Ok(())
    }

    fn narrow(
        &mut self,
        divergence: &Divergence,
        runtime: &Runtime,
        modes: &[String],
        cells: Vec<String>,
    ) -> Result<()> {
        let path = self.path_of(divergence, runtime);
        let document = self.document(&path, runtime)?;
        let before = document.text(divergence)?;
        document.set_modes(divergence, Some(modes))?;
        let narrowed = Divergence { modes: Some(modes.iter().cloned().collect()), ..divergence.clone() };
        let after = document.text(&narrowed)?;
        self.changes.push(Change { cells, path, before, after });
        Ok(())
    }

    /// The columns on this machine, by index, that an entry applies to.
    fn spoken_of_by(&self, runtime: &Runtime, divergence: &Divergence) -> Vec<usize> {
        let speaks = |column: &Column| {
            divergence.speaks_of(&divergence.case, &column.version, column.mode.name(), column.surrounding())
        };
        self.columns_of(runtime, &speaks)
    }

    fn columns_of(&self, runtime: &Runtime, is: &dyn Fn(&Column) -> bool) -> Vec<usize> {
        let of = |(_, column): &(usize, &Column)| column.runtime.id == runtime.id && !column.is_missing() && is(column);
        self.columns.iter().enumerate().filter(of).map(|(index, _)| index).collect()
    }

    fn runs(&self, columns: &[usize], case: &'s Case) -> Result<Vec<RecordedCell<'s>>> {
        let cells: Vec<_> = columns.iter().map(|column| Cell { column: *column, case }).collect();
        Ok(latest_records::latest(self.columns, &cells, self.places)?)
    }

    /// Whether an entry is among those that are edited.
    fn edits(&self, divergence: &Divergence) -> bool {
        divergence.outside == self.outside.is_some()
    }

    fn path_of(&self, divergence: &Divergence, runtime: &Runtime) -> PathBuf {
        match self.outside {
            Some(folder) => outside::file(folder, &runtime.id),
            None => self.places.root.join(&divergence.location.file),
        }
    }

    /// The file for a new entry of a case.
    fn path_for(&self, case: &Case, runtime: &Runtime) -> PathBuf {
        if let Some(folder) = self.outside {
            return outside::file(folder, &runtime.id);
        }
        let one = runtime.folder.join("divergences.toml");
        let in_one =
            runtime.divergences.iter().any(|known| known.case == case.id && self.path_of(known, runtime) == one);
        match in_one {
            true => one,
            false => runtime.folder.join("divergences").join(format!("{}.toml", topic(&case.area))),
        }
    }

    fn document(&mut self, path: &Path, runtime: &Runtime) -> Result<&mut DivergenceFile> {
        if !self.documents.contains_key(path) {
            let is_of_area = self.outside.is_none() && path.parent() != Some(runtime.folder.as_path());
            let area = path.file_stem().filter(|_| is_of_area);
            let of = area.map_or_else(String::new, |area| format!(" in {}", area.to_string_lossy()));
            let whose = if self.outside.is_some() { " of wasip1-matrix" } else { "" };
            let head = format!(
                "# What {} is known to do otherwise{of}; the format stands in runtimes/README.md{whose}.",
                runtime.id
            );
            self.documents.insert(path.to_owned(), DivergenceFile::open(path, &head)?);
        }
        Ok(self.documents.get_mut(path).expect("it was just put there"))
    }

    /// Writes every file as a whole.
    ///
    /// # Errors
    /// The error names the path.
    pub fn write(&self) -> Result<()> {
        self.documents.values().try_for_each(|document| put(document, document.after().as_deref()))
    }

    /// Restores the original files.
    ///
    /// # Errors
    /// The error names the path.
    pub fn restore(&self) -> Result<()> {
        self.documents.values().try_for_each(|document| put(document, document.before.as_deref()))
    }
}

fn put(document: &DivergenceFile, text: Option<&str>) -> Result<()> {
    match text {
        Some(text) => Ok(write_whole(&document.path, text.as_bytes())?),
        None if document.path.exists() => Ok(fs::remove_file(&document.path)?),
        None => Ok(()),
    }
}
