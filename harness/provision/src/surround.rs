//! Columns in other surroundings than the machine as it is.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use matrix_model::matrix::{Column, Place};
use matrix_model::suite::Suite;
use matrix_model::surrounding::{Surrounded, Surrounding};
use matrix_store::dirs::Places;
use matrix_supervise::{Beside, Outputs, Spec, Stdin};

/// How long a launcher may take to make a surrounding.
const DEADLINE: Duration = Duration::from_secs(20);

/// What is known of one launcher.
pub struct Surroundings<'s> {
    suite: &'s Suite,
    /// This project's own command.
    launcher: PathBuf,
}

impl<'s> Surroundings<'s> {
    /// The surroundings of a suite, made by this program.
    pub fn new(suite: &'s Suite, launcher: PathBuf) -> Surroundings<'s> {
        Surroundings { suite, launcher }
    }

    /// The columns in surroundings that go with these columns: those for which a surrounding is known to matter, those in the
    /// surroundings that are `asked` for by name, and those that have records. With them come the reference's, which decide
    /// what can be expected in a surrounding. If this machine cannot make a surrounding, its columns are missing and say why.
    ///
    /// # Errors
    /// If a surrounding that is asked for is none.
    pub fn columns(&self, columns: &[Column<'s>], asked: &[String], places: &Places) -> Result<Vec<Column<'s>>> {
        let all = &self.suite.surroundings;
        for name in asked {
            if !all.iter().any(|surrounding| surrounding.name == *name) {
                let names: Vec<_> = all.iter().map(|surrounding| surrounding.name.as_str()).collect();
                bail!("there is no surrounding `{name}`; there are {}", names.join(", "));
            }
        }
        let mut surrounded = Vec::new();
        for surrounding in all {
            let is_asked = asked.contains(&surrounding.name);
            let of = |column: &Column<'s>| self.within(surrounding, column);
            let own: Vec<_> = columns.iter().filter(|column| !column.runtime.is_reference()).map(of).collect();
            let is_meant = |column: &Column| {
                is_asked
                    || column.surrounded.as_ref().is_some_and(|it| it.by_default && !column.is_missing())
                    || places.records.join(column.to_string()).is_dir()
            };
            let own: Vec<_> = own.into_iter().filter(|column| is_meant(column)).collect();
            let references: Vec<_> = columns.iter().filter(|column| column.runtime.is_reference()).map(of).collect();
            if is_asked || !own.is_empty() || references.iter().any(is_meant) {
                surrounded.extend(own.into_iter().chain(references));
            }
        }
        self.try_each(&mut surrounded);
        Ok(surrounded)
    }

    /// The same column in a surrounding.
    fn within(&self, surrounding: &'s Surrounding, column: &Column<'s>) -> Column<'s> {
        let by_default = surrounding.matters_for(&column.runtime.id, &column.version) && !column.local;
        let of_primary = column.primary;
        let launcher = self.launcher.clone();
        let surrounded = Some(Surrounded { surrounding, launcher, by_default, of_primary });
        Column { surrounded, primary: false, ..column.clone() }
    }

    /// Makes each surrounding of these columns once, and marks the columns whose surrounding cannot be made.
    fn try_each(&self, columns: &mut [Column]) {
        let mut cannot: BTreeMap<String, Option<String>> = BTreeMap::new();
        for column in columns {
            let Some(surrounded) = &column.surrounded else { continue };
            let surrounding = surrounded.surrounding;
            let why = cannot
                .entry(surrounding.name.clone())
                .or_insert_with(|| self.make(surrounding).err().map(|error| format!("{error:#}")));
            if let (Some(why), false) = (why, column.is_missing()) {
                column.place = Place::Missing(format!("not possible here: {why}"));
            }
        }
    }

    /// Makes a surrounding for a program that does nothing.
    ///
    /// # Errors
    /// If this machine cannot make it.
    pub fn make(&self, surrounding: &Surrounding) -> Result<()> {
        let folder = tempfile::tempdir().context("a temporary folder")?;
        let disk = folder.path().join("disk");
        fs::create_dir(&disk).with_context(|| disk.display().to_string())?;
        let mut argv = self.launcher_words(surrounding, &disk);
        argv.push("true".into());
        let ended = matrix_supervise::run(&Spec {
            argv,
            environment: Vec::new(),
            cwd: folder.path().to_owned(),
            stdin: Stdin::Null,
            deadline: DEADLINE,
            output_limit: 1 << 20,
            outputs: Outputs::default(),
            beside: Beside::default(),
            ends_on_quit: false,
        })
        .with_context(|| format!("cannot start {}", self.launcher.display()))?;
        match ended.status.success() {
            true => Ok(()),
            false => bail!("{}", String::from_utf8_lossy(&ended.stderr).trim_end()),
        }
    }

    fn launcher_words(&self, surrounding: &Surrounding, disk: &Path) -> Vec<OsString> {
        let launcher = self.launcher.clone();
        let surrounded = Surrounded { surrounding, launcher, by_default: false, of_primary: false };
        surrounded.launched(disk, Vec::new()).into_iter().map(OsString::from).collect()
    }
}
