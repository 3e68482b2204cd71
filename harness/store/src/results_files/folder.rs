//! Results as a folder: `run.json` says what was run, and each column has a file of its own, so a new run of one column
//! changes two files. Two runs with the same outcome write the same bytes. Times and memory are therefore kept apart,
//! in `measurements.json.gz`, which may be missing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use fs_err as fs;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::reading::{parsed, text_of};
use crate::atomic_write::write_whole;
use crate::folder_lock::wait_for;
use crate::shard::Shard;
use matrix_model::call_counts::Called;
use matrix_model::digest::sha256;
use matrix_model::explanation::Explained;
use matrix_model::names::column_of;
use matrix_model::plural::counted;
use matrix_model::record::Record;
use matrix_model::results::day::Finished;
use matrix_model::results::measured::{Measurements, OfColumn};
use matrix_model::results::schema_version::readable_schema;
use matrix_model::results::{CaseFacts, ColumnFacts, Results, SCHEMA};

/// The file that says what was run.
const RUN: &str = "run.json";

/// The file with the measurements.
const MEASUREMENTS: &str = "measurements.json.gz";

/// The ending of the name of a column's file.
const ENDING: &str = ".json.gz";

/// `run.json`: results without their records.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct RunFile {
    /// The schema's version.
    #[serde(deserialize_with = "readable_schema")]
    pub schema: String,
    /// The last day on which a cell was run.
    pub finished: Finished,
    /// The Go versions that built the guests.
    pub go: Vec<String>,
    /// Operating system and architecture.
    pub platform: String,
    /// The machine, in words: kernel, processors, memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// The project's commit that was checked out, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The name of the suite's folder, if the cases are not the project's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<String>,
    /// How many records the file of each column has. A column that is not here has no file.
    pub cells: BTreeMap<String, usize>,
    /// The columns, by runtime.
    pub columns: Vec<ColumnFacts>,
    /// The cases, by id.
    pub cases: Vec<CaseFacts>,
}

/// The file of a column, `<column>.json.gz`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ColumnFile {
    /// The column's name.
    pub column: String,
    /// Its records by case, without what was measured.
    pub records: Vec<Record>,
    /// What made cells other than expected, where that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub explanations: Vec<Explained>,
    /// What guests called and were answered, where that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub called: Vec<Called>,
}

/// Whether a folder holds results, in any version.
pub fn is_in(folder: &Path) -> bool {
    #[derive(Deserialize)]
    struct Mark {
        #[serde(rename = "columns")]
        _columns: IgnoredAny,
    }
    fs::read(folder.join(RUN)).is_ok_and(|text| serde_json::from_slice::<Mark>(&text).is_ok())
}

/// Reads a folder and passes each record to `keep` as it is read. The returned results have no records.
///
/// # Errors
/// If a file is missing, truncated or not of the expected shape. The error names the path.
pub(super) fn read_each(folder: &Path, keep: &mut dyn FnMut(Record)) -> Result<Results> {
    let run: RunFile = read_run(folder)?;
    let measurements = read_measurements(folder)?;
    let mut results = Results {
        schema: run.schema,
        finished: measurements.as_ref().map_or(run.finished, |measurements| measurements.finished.clone()),
        go: run.go,
        platform: run.platform,
        machine: run.machine,
        commit: run.commit,
        suite: run.suite,
        columns: run.columns,
        cases: run.cases,
        records: Vec::new(),
        explanations: Vec::new(),
        called: Vec::new(),
    };
    let measured = |column: &str| measurements.as_ref().and_then(|measurements| measurements.columns.get(column));
    let wanted: Vec<_> = results.columns.iter().filter_map(|facts| run.cells.get_key_value(&facts.column)).collect();
    ensure!(
        wanted.len() == run.cells.len(),
        "{}: not a results file: /cells: a column that is not among `columns`, or one that is there twice",
        folder.join(RUN).display()
    );
    // Limits memory: only as many columns are held at once as can be read in parallel.
    for some in wanted.chunks(rayon::current_num_threads()) {
        let read = some.par_iter().map(|(column, cells)| read_column(folder, column, **cells, measured(column)));
        for column in read.collect::<Result<Vec<_>>>()? {
            column.records.into_iter().for_each(&mut *keep);
            results.explanations.extend(column.explanations);
            results.called.extend(column.called);
        }
    }
    Ok(results)
}

/// Reads the explanations of the columns that are wanted.
///
/// # Errors
/// As [`read_each`].
pub(super) fn explanations(folder: &Path, wanted: &(dyn Fn(&str) -> bool + Sync)) -> Result<Vec<Explained>> {
    let run = read_run(folder)?;
    let wanted: Vec<_> = run.cells.iter().filter(|(column, _)| wanted(column)).collect();
    let read = wanted.par_iter().map(|(column, cells)| read_column(folder, column, **cells, None));
    let columns = read.collect::<Result<Vec<_>>>()?;
    Ok(columns.into_iter().flat_map(|column| column.explanations).collect())
}

fn read_run(folder: &Path) -> Result<RunFile> {
    let path = folder.join(RUN);
    if Shard::is_in(folder) {
        bail!(
            "{}: the records of a run and no results; `wasip1-matrix merge {} --into results.json` makes results of them",
            folder.display(),
            folder.display()
        );
    }
    match fs::read(&path) {
        Ok(text) => parsed(&path, &text),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("{}: no folder of results: there is no {RUN} in it", folder.display())
        }
        Err(error) => Err(error.into()),
    }
}

fn read_measurements(folder: &Path) -> Result<Option<Measurements>> {
    let path = folder.join(MEASUREMENTS);
    match text_of(&path) {
        Ok(text) => parsed(&path, &text).map(Some),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

fn read_column(folder: &Path, column: &str, cells: usize, measured: Option<&OfColumn>) -> Result<ColumnFile> {
    let path = path_of(folder, column)?;
    let text = text_of(&path).with_context(|| {
        format!("{}: the file of a column that {RUN} names; copy the whole folder again", path.display())
    })?;
    let mut file: ColumnFile = parsed(&path, &text)?;
    let at = path.display();
    ensure!(file.column == column, "{at}: not a results file: /column: {}, and not {column}", file.column);
    ensure!(
        file.records.len() == cells,
        "{at}: {}, and {RUN} says {cells}; both must be of one run",
        counted(file.records.len(), "record")
    );
    if let Some(stray) = file.records.iter().find(|record| record.column != column) {
        bail!("{at}: not a results file: a record of {}", stray.cell);
    }
    if let Some(measured) = measured.filter(|measured| measured.sha256 == sha256(&text)) {
        measured.put(&mut file.records);
    }
    Ok(file)
}

/// Makes a folder hold exactly these results. A file whose content stays the same is not touched.
///
/// # Errors
/// If the folder exists and holds anything other than results, if a column's name cannot be a file name, or if a file
/// cannot be written. The error names the path.
pub(super) fn write(results: &Results, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    // The files of two commands would be of two runs.
    let _held = wait_for(folder)?;
    let before = columns_before(folder)?;
    let mut by_column: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in &results.records {
        by_column.entry(&record.column).or_default().push(record);
    }
    let explanations = grouped(&results.explanations, |explained| &explained.cell);
    let called = grouped(&results.called, |called| &called.cell);
    let written = by_column.par_iter().map(|(column, records)| {
        let mut file = ColumnFile {
            column: (*column).to_owned(),
            records: records.iter().map(|record| (*record).clone()).collect(),
            explanations: explanations.get(column).cloned().unwrap_or_default(),
            called: called.get(column).cloned().unwrap_or_default(),
        };
        Ok(((*column).to_owned(), write_column(&mut file, &path_of(folder, column)?)?))
    });
    let columns: BTreeMap<_, _> = written.collect::<Result<_>>()?;
    let cells = by_column.iter().map(|(column, records)| ((*column).to_owned(), records.len())).collect();
    write_changed(&folder.join(RUN), &run_file(results, cells)?)?;
    let gone = before.iter().filter(|column| !by_column.contains_key(column.as_str()));
    for path in gone.map(|column| path_of(folder, column)) {
        remove(&path?)?;
    }
    if columns.values().all(|of_column| of_column.cases.is_empty()) {
        return remove(&folder.join(MEASUREMENTS));
    }
    let measurements = Measurements { schema: SCHEMA.to_owned(), finished: results.finished.clone(), columns };
    write_packed(&folder.join(MEASUREMENTS), &serde_json::to_vec(&measurements)?)
}

/// The columns of the results that are already in a folder.
fn columns_before(folder: &Path) -> Result<BTreeSet<String>> {
    let is_empty = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == ErrorKind::NotFound => true,
        Err(error) => return Err(error.into()),
    };
    if is_empty {
        return Ok(BTreeSet::new());
    }
    let run = read_run(folder).context("results are written into a folder of results, or into a new one")?;
    Ok(run.cells.into_keys().collect())
}

/// The text of `run.json`.
fn run_file(results: &Results, cells: BTreeMap<String, usize>) -> Result<Vec<u8>> {
    let mut columns = results.columns.clone();
    for facts in &mut columns {
        facts.days = results.days_of(facts);
    }
    let last = columns.iter().filter_map(|facts| facts.days.as_ref()).map(|days| &days.last).max();
    let run = RunFile {
        schema: results.schema.clone(),
        finished: Finished::On(last.cloned().unwrap_or_else(|| results.finished.day())),
        go: results.go.clone(),
        platform: results.platform.clone(),
        machine: results.machine.clone(),
        commit: results.commit.clone(),
        suite: results.suite.clone(),
        cells,
        columns,
        cases: results.cases.clone(),
    };
    let mut text = serde_json::to_vec_pretty(&run)?;
    text.push(b'\n');
    Ok(text)
}

/// Writes the file of a column and returns the measurements of its cells.
fn write_column(file: &mut ColumnFile, path: &Path) -> Result<OfColumn> {
    file.records.sort_by(|a, b| a.case.cmp(&b.case));
    file.explanations.sort_by(|a, b| a.case.cmp(&b.case));
    file.called.sort_by(|a, b| a.cell.cmp(&b.cell));
    let measured = OfColumn::take(&mut file.records);
    let text = serde_json::to_vec(file)?;
    write_packed(path, &text)?;
    Ok(OfColumn { sha256: sha256(&text), ..measured })
}

/// Groups values by the column of their cell.
fn grouped<T: Clone>(values: &[T], cell: impl Fn(&T) -> &String) -> HashMap<&str, Vec<T>> {
    let mut grouped: HashMap<&str, Vec<T>> = HashMap::new();
    for value in values {
        grouped.entry(column_of(cell(value))).or_default().push(value.clone());
    }
    grouped
}

/// The path of a column's file in a folder.
fn path_of(folder: &Path, column: &str) -> Result<PathBuf> {
    let file = format!("{column}{ENDING}");
    let is_plain = !column.is_empty() && !column.starts_with('.') && !column.contains(['/', '\\', '\0']);
    ensure!(is_plain && file != MEASUREMENTS, "{}: {column:?} is no name for a column's file", folder.display());
    Ok(folder.join(file))
}

fn write_changed(path: &Path, bytes: &[u8]) -> Result<()> {
    match fs::read(path) {
        Ok(before) if before == bytes => Ok(()),
        _ => Ok(write_whole(path, bytes)?),
    }
}

/// Writes a text compressed. A file that already holds this text is not rewritten, because another version of the
/// compressor may produce different bytes.
fn write_packed(path: &Path, text: &[u8]) -> Result<()> {
    match text_of(path) {
        Ok(before) if before == text => Ok(()),
        _ => Ok(write_whole(path, &packed(text)?)?),
    }
}

/// Compresses a text without a name or a time, so the same text gives the same bytes.
pub(super) fn packed(text: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(text)?;
    packed.finish()
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
