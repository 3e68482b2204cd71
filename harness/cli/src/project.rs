//! The project that a command works on, and the options that say which one it is.

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use clap::builder::FalseyValueParser;
use matrix_load::{Diagnostic, Rejected, own};
use matrix_model::matrix::Column;
use matrix_model::suite::Suite;
use matrix_provision::discover;
use matrix_provision::surround::Surroundings;
use matrix_run::probe;
use matrix_store::dirs::{self, Places};
use matrix_store::folder_lock::FolderLock;
use matrix_store::laid_out::LaidOut;
use matrix_store::results_files::COMMITTED;

use super::built_in;

/// The options that every command has.
#[derive(Args)]
pub(crate) struct ProjectOptions {
    /// The project's folder [default: this folder or the nearest one above it that holds cases/ and runtimes/; if there
    /// is none, the project that this command brings, which it lays out in the store]
    #[arg(long, global = true, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Take the runtimes from this folder instead of the project's runtimes/
    #[arg(long, global = true, value_name = "DIR")]
    runtimes: Option<PathBuf>,
    /// Take expectations of your own from this folder: DIR/wazero.toml has divergences of wazero, which apply in place of
    /// the project's own for the same cells. `bless` writes there
    #[arg(long, global = true, value_name = "DIR")]
    divergences: Option<PathBuf>,
    /// Work on the cases of your own in this folder instead of the project's: DIR/cases, DIR/divergences. `new` writes such
    /// a suite
    #[arg(long, global = true, value_name = "DIR")]
    suite: Option<PathBuf>,
    /// Fetch nothing: use only what is installed, stored or cached
    #[arg(long, global = true, env = "WASIP1_MATRIX_OFFLINE", value_parser = FalseyValueParser::new())]
    offline: bool,
    /// Keep the records in this folder, and read them there, instead of the project's own: target/ of a checkout,
    /// .wasip1-matrix/ of a suite, else a folder of the store
    #[arg(long, global = true, value_name = "DIR")]
    records: Option<PathBuf>,
}

/// The project a command works on.
pub(crate) struct Project {
    pub(crate) suite: Suite,
    pub(crate) places: Places,
    /// The folder of the runtimes, if it is not the project's own.
    pub(crate) runtimes: Option<PathBuf>,
    /// The folder of divergences outside the project, if there is one.
    pub(crate) divergences: Option<PathBuf>,
    /// The project's files in the store, if there is no checkout. They stay as long as this command uses them.
    pub(crate) laid_out: Option<LaidOut>,
}

/// What a project is read from.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'f> {
    /// The project's root.
    root: &'f Path,
    /// The folder of the runtimes, if it is not the project's own.
    runtimes: Option<&'f Path>,
    /// The folder of divergences outside the project, if there is one.
    divergences: Option<&'f Path>,
    /// The folder of the suite, if it is not the project's.
    suite: Option<&'f Path>,
}

impl Project {
    /// Reads the project's files. Returns the warnings too.
    pub(crate) fn load(sources: Sources) -> Result<(Suite, Vec<Diagnostic>), Rejected> {
        let Sources { root, runtimes, divergences, suite } = sources;
        if let Some(folder) = suite {
            return own::suite(folder, root, runtimes, &probe::names());
        }
        let mut suite = matrix_load::suite(root, runtimes, &probe::names())?;
        let warnings = match divergences {
            Some(folder) => matrix_load::outside::add(&mut suite, folder)?,
            None => Vec::new(),
        };
        Ok((suite, warnings))
    }

    /// What it was read from.
    pub(crate) fn sources(&self) -> Sources<'_> {
        let (root, runtimes) = (self.places.root.as_path(), self.runtimes.as_deref());
        match self.own_suite() {
            Some(folder) => Sources { root, runtimes, divergences: None, suite: Some(folder) },
            None => Sources { root, runtimes, divergences: self.divergences.as_deref(), suite: None },
        }
    }

    /// The folder of the suite, if it is not the project's.
    pub(crate) fn own_suite(&self) -> Option<&Path> {
        self.suite.is_own().then_some(&*self.suite.root)
    }

    /// What the results are called that the project publishes; none if the suite is not the project's.
    pub(crate) fn committed(&self) -> Option<PathBuf> {
        (!self.suite.is_own()).then(|| self.places.root.join(COMMITTED))
    }

    /// The surroundings that this command can make.
    ///
    /// # Errors
    /// If the system does not say where this command is.
    pub(crate) fn surroundings(&self) -> Result<Surroundings<'_>> {
        let launcher = env::current_exe().context("this command's own path")?;
        Ok(Surroundings::new(&self.suite, launcher))
    }

    /// The columns that are here, and those in other surroundings: where they are known to matter, and those `asked` for.
    ///
    /// # Errors
    /// If a surrounding that is asked for is none.
    pub(crate) fn columns(&self, gos: &[String], asked: &[String]) -> Result<Vec<Column<'_>>> {
        let mut columns = discover::find(&self.suite.runtimes, gos, &self.places);
        columns.extend(self.surroundings()?.columns(&columns, asked, &self.places)?);
        Ok(columns)
    }

    /// Checks that the project's own files may be changed. `instead` says what to do in a folder that is in no checkout.
    ///
    /// # Errors
    /// If the project is the one that this command brings.
    pub(crate) fn needs_checkout(&self, what: &str, instead: &str) -> Result<()> {
        ensure!(self.laid_out.is_none(), "{what}, and no checkout of the project is here: {instead}");
        Ok(())
    }

    /// Takes the folder of records for this command, which writes into it.
    ///
    /// # Errors
    /// If another command is writing into it.
    pub(crate) fn hold_records(&self) -> Result<FolderLock> {
        FolderLock::take(&self.places.records, "name another folder with --records")
    }
}

/// Results that a command reads, which stay where they are meanwhile.
pub(crate) struct ResultsToRead {
    pub(crate) path: PathBuf,
    _laid_out: Option<LaidOut>,
}

impl ProjectOptions {
    /// Reads the project that is meant.
    ///
    /// # Errors
    /// If there is none, its files have problems, or an option names a folder that is not there.
    pub(crate) fn project(&self) -> Result<Project> {
        let (root, laid_out) = self.root()?;
        let runtimes = self.folder_of_runtimes()?;
        ensure!(
            self.suite.is_none() || self.divergences.is_none(),
            "--divergences: a suite has its own, in its folder divergences/; leave out one of the two options"
        );
        let own = match &self.suite {
            Some(folder) => Some(folder.canonicalize().with_context(|| format!("--suite {}", folder.display()))?),
            None => None,
        };
        let mut places = self.places(&root, laid_out.as_ref())?;
        if let Some(folder) = &own {
            places = places.of_suite(folder)?;
        }
        if let Some(records) = &self.records {
            places.records =
                std::path::absolute(records).with_context(|| format!("--records {}", records.display()))?;
        }
        let (suite, warnings) = Project::load(Sources {
            root: &root,
            runtimes: runtimes.as_deref(),
            divergences: self.divergences.as_deref(),
            suite: own.as_deref(),
        })?;
        warnings.iter().for_each(|warning| eprintln!("{warning}\n"));
        let divergences = own.map(|folder| own::divergences(&folder)).or_else(|| self.divergences.clone());
        Ok(Project { suite, places, runtimes, divergences, laid_out })
    }

    /// Reads the runtimes of the project that is meant, or only those of the named ids, for a program that is in no case.
    ///
    /// # Errors
    /// As [`ProjectOptions::project`].
    pub(crate) fn runtimes(&self, named: Option<&BTreeSet<String>>) -> Result<Project> {
        let (root, laid_out) = self.root()?;
        let runtimes = self.folder_of_runtimes()?;
        let places = self.places(&root, laid_out.as_ref())?;
        let suite = matrix_load::runtimes_alone(&root, runtimes.as_deref(), named, &probe::names())?;
        Ok(Project { suite, places, runtimes, divergences: None, laid_out })
    }

    fn folder_of_runtimes(&self) -> Result<Option<PathBuf>> {
        let canonical =
            |folder: &PathBuf| folder.canonicalize().with_context(|| format!("--runtimes {}", folder.display()));
        self.runtimes.as_ref().map(canonical).transpose()
    }

    /// The folders for a project, without those of a suite of one's own.
    fn places(&self, root: &Path, laid_out: Option<&LaidOut>) -> Result<Places> {
        let places = match laid_out {
            Some(laid_out) => Places::with_target(root, &laid_out.target(), self.offline)?,
            None => Places::of(root, self.offline)?,
        };
        Ok(places)
    }

    /// The results that are named, or else those that the project publishes.
    pub(crate) fn results(&self, named: Option<&Path>) -> Result<ResultsToRead> {
        if let Some(path) = named {
            return Ok(ResultsToRead { path: path.to_owned(), _laid_out: None });
        }
        let (root, laid_out) = self.root()?;
        Ok(ResultsToRead { path: root.join(COMMITTED), _laid_out: laid_out })
    }

    /// The project's root: that of a checkout, or the one that this command brings.
    fn root(&self) -> Result<(PathBuf, Option<LaidOut>)> {
        if let Some(root) = &self.root {
            return Ok((root.canonicalize().with_context(|| format!("--root {}", root.display()))?, None));
        }
        let here = env::current_dir()?;
        if let Some(root) = Places::root_above(&here) {
            return Ok((root, None));
        }
        let files = built_in::files()
            .with_context(|| format!("{}: no folder here or above holds cases/ and runtimes/", here.display()))?;
        let laid_out = LaidOut::open(&dirs::store()?, &files)?;
        Ok((laid_out.root(), Some(laid_out)))
    }
}
