//! A folder of records with a `run.json` that lists what was to be run: a whole run, or one machine's part of it.
//! Several such folders can be merged into one document.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail, ensure};
use fs_err as fs;
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};

use crate::atomic_write::{write_whole, write_whole_by};
use crate::partition::Partition;
use crate::records;
use matrix_model::digest::Encoder;
use matrix_model::names::CellName;
use matrix_model::record::{Receipt, Record, SCHEMA};
use matrix_model::results::Results;
use matrix_model::results::day::Finished;

/// The file's name in the folder of records.
const FILE: &str = "run.json";

/// The contents of `run.json`: what was to be run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Shard {
    /// [`SCHEMA`].
    pub schema: String,
    /// Which part of the run it is; `None` if it is the whole run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<Partition>,
    /// The sha256 of the names of all cells of the whole run.
    pub whole: String,
    /// The names of this part's cells, in the run's order.
    pub cells: Vec<String>,
    /// The run without its records; `finished` is [`Finished::NOT_YET`] until the run has ended.
    pub run: Results,
}

/// A run that is to be resumed.
#[derive(Debug)]
pub enum Resumed {
    /// It was interrupted, and began at this time.
    Interrupted(SystemTime),
    /// It came to its end: nothing is left to run. These are its results without their records.
    Finished(Box<Results>),
}

/// A digest of the names of a run's cells, in their order.
fn digest_of(cells: &[String]) -> String {
    let mut encoder = Encoder::new("cells of a run", 1);
    cells.iter().for_each(|cell| encoder.bytes("cell", cell.as_bytes()));
    encoder.finish()
}

impl Shard {
    /// A run, or a part of it, that is about to begin. `all` has the names of the whole run's cells.
    pub fn new(run: Results, all: &[String], partition: Option<Partition>) -> Shard {
        let meant = |(place, name): &(usize, &String)| partition.is_none_or(|part| part.takes(*place, name));
        let cells = all.iter().enumerate().filter(meant).map(|(_, name)| name.clone()).collect();
        Shard { schema: SCHEMA.to_owned(), partition, whole: digest_of(all), cells, run }
    }

    /// Writes it into a folder of records, whole or not at all.
    ///
    /// # Errors
    /// The error names the path.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        write_whole(&folder.join(FILE), &serde_json::to_vec(self)?)
    }

    /// Whether a folder holds the records of a run, in any version.
    pub fn is_in(folder: &Path) -> bool {
        #[derive(Deserialize)]
        struct Mark {
            #[serde(rename = "whole")]
            _whole: String,
        }
        fs::read(folder.join(FILE)).is_ok_and(|bytes| serde_json::from_slice::<Mark>(&bytes).is_ok())
    }

    /// Reads the file of a folder.
    ///
    /// # Errors
    /// If there is none, or this version cannot read it. The error names the path.
    pub fn read(folder: &Path) -> Result<Shard> {
        let path = folder.join(FILE);
        let at = || path.display().to_string();
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                bail!("{}: not there; `wasip1-matrix run --records {}` makes it", at(), folder.display())
            }
            Err(error) => return Err(error).with_context(at),
        };
        #[derive(Deserialize)]
        struct Head {
            schema: String,
        }
        let head: Head = serde_json::from_slice(&bytes).with_context(at)?;
        ensure!(head.schema == SCHEMA, "{}: schema {}, this program reads {SCHEMA}; run it again", at(), head.schema);
        serde_json::from_slice(&bytes).with_context(at)
    }

    /// What the run in the folder has left to do, if it is the same run.
    ///
    /// # Errors
    /// If there is none, or it was of other cells.
    pub fn resumed(&self, folder: &Path) -> Result<Resumed> {
        let path = folder.join(FILE);
        if !path.exists() {
            bail!("--resume: nothing was run into {} yet; run without it", folder.display());
        }
        let was = Shard::read(folder)?;
        ensure!(
            (&was.whole, &was.cells) == (&self.whole, &self.cells),
            "--resume: the last run was of other cells; give the same words and options as then"
        );
        Ok(match was.run.finished == Finished::NOT_YET {
            true => Resumed::Interrupted(fs::metadata(&path)?.modified()?),
            false => Resumed::Finished(Box::new(was.run)),
        })
    }
}

/// Merges the folders of a run's parts into one document and writes it. Returns the document without its records, and
/// the number of records. Only one record is in memory at a time.
///
/// # Errors
/// If a folder belongs to another run, or its run did not end; if a part or a record is missing or appears twice; if
/// the records of one column have two versions, two versions of Go, or two builds of the same guest.
pub fn merge(folders: &[PathBuf], into: &Path) -> Result<(Results, usize)> {
    let mut shards = Vec::new();
    for folder in folders {
        let shard = Shard::read(folder)?;
        let name = folder.display();
        ensure!(
            shard.run.finished != Finished::NOT_YET,
            "{name}: the run did not come to its end; `run --resume` there completes it"
        );
        shards.push((folder, shard));
    }
    let Some((first, head)) = shards.first() else { bail!("nothing to merge: name the folders of the parts") };
    for (folder, shard) in &shards[1..] {
        same_run(first, head, folder, shard)?;
    }
    whole(&shards)?;
    let mut places = HashMap::new();
    for (folder, shard) in &shards {
        for cell in &shard.cells {
            if let Some(other) = places.insert(cell.as_str(), *folder) {
                bail!("{cell}: in {} and again in {}", other.display(), folder.display());
            }
        }
    }
    let gos: BTreeSet<_> = shards.iter().flat_map(|(_, shard)| &shard.run.go).cloned().collect();
    let run = Results {
        // A part knows only the Go that built guests for its own cells. One without cells knows none.
        go: gos.into_iter().collect(),
        finished: shards.iter().fold(Finished::NOT_YET, |last, (_, shard)| last.or_later(shard.run.finished.clone())),
        records: Vec::new(),
        ..head.run.clone()
    };
    let mut cells: Vec<_> = places.into_iter().collect();
    let columns: HashMap<_, _> =
        run.columns.iter().enumerate().map(|(place, column)| (column.column.as_str(), place)).collect();
    cells.sort_by_key(|(cell, _)| {
        let name = cell.parse::<CellName>().ok();
        let column = name.as_ref().and_then(|name| columns.get(name.column.to_string().as_str()).copied());
        (column, name.map(|name| name.case.to_string()))
    });
    let mut versions = Versions::default();
    let count = cells.len();
    let mut failed = None;
    let records = cells.iter().map(|(cell, folder)| {
        let record = records::read(folder, cell).with_context(|| format!("{cell}: its record is missing"))?;
        ensure!(record.cell == **cell, "{}: the record of {}", records::path(folder, cell).display(), record.cell);
        versions.check(&record, &run)?;
        Ok(record)
    });
    let records = records.map(|record| record.map_err(|error| failed.get_or_insert(error).to_string()));
    let document = StreamedResults { run: &run, records: Sequence(RefCell::new(records)) };
    let written = write_whole_by(into, |file| Ok(serde_json::to_writer(file, &document)?));
    match failed {
        Some(error) => Err(error),
        None => Ok(written.map(|()| (run.clone(), count))?),
    }
}

fn same_run(first: &Path, head: &Shard, folder: &Path, shard: &Shard) -> Result<()> {
    let (a, b) = (&head.run, &shard.run);
    let differs = [
        ("the cells of the whole run", head.whole != shard.whole),
        ("the platform", a.platform != b.platform),
        ("the columns", a.columns != b.columns),
        ("the suites", a.suite != b.suite),
        ("the cases", a.cases != b.cases),
    ];
    for (what, differs) in differs {
        ensure!(!differs, "{} and {} are not of one run: {what} differ", first.display(), folder.display());
    }
    Ok(())
}

/// Checks that all parts are present.
fn whole(shards: &[(&PathBuf, Shard)]) -> Result<()> {
    let mut parts = BTreeMap::new();
    for (folder, shard) in shards {
        let folder = folder.display();
        let Some(partition) = shard.partition else {
            ensure!(shards.len() == 1, "{folder}: a whole run, and no part of the others");
            return Ok(());
        };
        let other = parts.insert(partition.part, (partition, folder.to_string()));
        if let Some((_, other)) = other {
            bail!("{other} and {folder} are both {partition}");
        }
    }
    let Some((one, _)) = parts.values().next() else { return Ok(()) };
    for (partition, folder) in parts.values() {
        ensure!(one.is_beside(partition), "{folder}: {partition}, and the others are parts like {one}");
    }
    for part in 1..=one.of {
        ensure!(parts.contains_key(&part), "part {part} of {} is missing", one.of);
    }
    Ok(())
}

/// What all records of a column, and of a guest, must have in common.
#[derive(Default)]
struct Versions {
    reported: HashMap<String, (String, String)>,
    gos: HashMap<String, (String, String)>,
    guests: HashMap<(String, String), (String, String)>,
}

impl Versions {
    /// The digest of the runtime's executable is not compared, because two machines compile the same version into two
    /// different files.
    fn check(&mut self, record: &Record, run: &Results) -> Result<()> {
        let Some(Receipt { reported_version, go, guest_sha256, .. }) = &record.receipt else { return Ok(()) };
        let cell = || (record.cell.clone(), reported_version.clone());
        let (other, reported) = self.reported.entry(record.column.clone()).or_insert_with(cell);
        ensure!(reported == reported_version, "{} is of {reported_version}, {other} of {reported}", record.cell);
        // A module that was there already was built by nobody here.
        if !go.is_empty() {
            let cell = || (record.cell.clone(), go.clone());
            let (other, built_by) = self.gos.entry(record.column.clone()).or_insert_with(cell);
            ensure!(built_by == go, "{}: its guest is built by {go}, and that of {other} by {built_by}", record.cell);
        }
        let index = run.cases.binary_search_by(|case| case.id.cmp(&record.case));
        let case = index.map(|index| &run.cases[index]);
        let Ok(case) = case else { bail!("{}: no such case in the run", record.cell) };
        let key = (record.column.clone(), case.guest.clone());
        let cell = || (record.cell.clone(), guest_sha256.clone());
        let (other, guest) = self.guests.entry(key).or_insert_with(cell);
        ensure!(guest == guest_sha256, "{} and {other} ran two builds of the guest {}", record.cell, case.guest);
        Ok(())
    }
}

/// A document in the form of [`Results`], with records that arrive one at a time.
struct StreamedResults<'r, I> {
    run: &'r Results,
    records: Sequence<I>,
}

impl<I: Iterator<Item = Result<Record, String>>> Serialize for StreamedResults<'_, I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let head = serde_json::to_value(self.run).map_err(S::Error::custom)?;
        let head = head.as_object().ok_or_else(|| S::Error::custom("results are no object"))?;
        let mut map = serializer.serialize_map(Some(head.len()))?;
        for (name, value) in head.iter().filter(|(name, _)| *name != "records") {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("records", &self.records)?;
        map.end()
    }
}

/// Values that are written as they arrive, once.
struct Sequence<I>(RefCell<I>);

impl<I: Iterator<Item = Result<Record, String>>> Serialize for Sequence<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(None)?;
        for record in self.0.borrow_mut().by_ref() {
            sequence.serialize_element(&record.map_err(S::Error::custom)?)?;
        }
        sequence.end()
    }
}
