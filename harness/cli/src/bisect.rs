//! `bisect`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use matrix_model::case::{Case, Tier};
use matrix_model::judge;
use matrix_model::plural::counted;
use matrix_model::record::Record;
use matrix_model::runtime::Runtime;
use matrix_model::verdict::Behaviour;
use matrix_provision::discover;
use matrix_provision::install;
use matrix_provision::lock::Lock;
use matrix_run::bisect::{self, BadRange, Border, Found, Measured, Which, in_words};
use matrix_store::scratch::{self, Scratch};
use semver::Version;

use super::Project;
use super::choice::known;
use super::progress::show;
use super::trial::Trial;

const AFTER: &str = "\
Versions are installed into a folder that is removed afterwards, and so are their records. It prints the range of versions \
in which the case is not as expected, as a divergence states it. Both ends of the range were run.

  wasip1-matrix bisect wazero --case dir/read/renamed-while-open --good 1.12.0 --bad 1.0.0
  wasip1-matrix bisect wazero --case fs/open/rdwr --good 1.12.0 --bad 1.13.0-dev=./wazero";

#[derive(Args)]
#[command(after_help = AFTER)]
pub struct Bisect {
    /// The runtime, by id: wazero
    #[arg(value_name = "RUNTIME")]
    runtime: String,
    /// The case, by id: dir/read/renamed-while-open
    #[arg(long, value_name = "ID")]
    case: String,
    /// A version in which the case passes, older or newer than the bad one; or a build by its path, as for `run`: ./wazero,
    /// 1.13.0-dev=./wazero
    #[arg(long, value_name = "VERSION")]
    good: End,
    /// A version in which it does not, or a build by its path
    #[arg(long, value_name = "VERSION")]
    bad: End,
    /// The mode [default: the runtime's default mode]
    #[arg(long, value_name = "MODE")]
    mode: Option<String>,
    /// Run every version between the two, to find a case that changed more than once
    #[arg(long)]
    every: bool,
}

/// A version at one end, as the user names it.
#[derive(Debug, Clone)]
enum End {
    Release(Version),
    /// A build, and the version that it stands for if the user names one.
    Build(Option<Version>, PathBuf),
}

impl FromStr for End {
    type Err = semver::Error;

    fn from_str(text: &str) -> Result<End, semver::Error> {
        match text.split_once('=') {
            Some((version, path)) => Ok(End::Build(Some(Version::parse(version)?), path.into())),
            None if text.contains('/') => Ok(End::Build(None, text.into())),
            None => Ok(End::Release(Version::parse(text)?)),
        }
    }
}

/// A version that can be run.
#[derive(Debug, Clone)]
struct Candidate {
    version: Version,
    /// The executable, if it is a build of the user's own.
    build: Option<PathBuf>,
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.build {
            Some(path) => write!(f, "{}={}", self.version, path.display()),
            None => self.version.fmt(f),
        }
    }
}

/// What every version is judged with.
struct Search<'p> {
    trial: Trial<'p>,
    runtime: &'p Runtime,
    case: &'p Case,
    mode: Option<&'p str>,
    lock: Lock,
}

impl Bisect {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let suite = &project.suite;
        let runtime = known(&suite.runtimes, &self.runtime)?;
        let Some(case) = suite.cases.iter().find(|case| case.id == self.case) else {
            bail!("there is no case `{}`; `wasip1-matrix list` lists the cells", self.case);
        };
        if case.tier == Tier::Observe {
            bail!("{} is of tier observe and judges nothing: no version can be good or bad", case.id);
        }
        let (path, good_is_newer) = self.path(project, runtime)?;
        matrix_supervise::end_children_on_interrupt()?;
        let lock = Lock::read(&Lock::path_beside(&runtime.folder))?;
        let scratch = Scratch::open(&project.places)?;
        let folder = scratch.folder().to_owned();
        matrix_supervise::on_interrupt(move || drop(scratch::remove(&folder)));
        let trial = Trial { project, scratch };
        let search = Search { trial, runtime, case, mode: self.mode.as_deref(), lock };
        let which = if self.every { Which::Every } else { Which::Halving };
        let measured = bisect::search(&path, good_is_newer, which, |candidate| {
            // A version that does not start is neither good nor bad; the search goes on with its neighbours.
            let judged = search.judge(candidate);
            let (found, told) = judged.unwrap_or_else(|error| (Found::Neither, format!("{error:#}")));
            println!("{}@{candidate} {}: {told}", runtime.id, in_words(found));
            Ok(found)
        })?;
        tell(&path, &measured, case);
        Ok(ExitCode::SUCCESS)
    }

    /// The versions from one end to the other, oldest first, and whether the good end is the newer one. A build is newer
    /// than the release of its version.
    fn path(&self, project: &Project, runtime: &Runtime) -> Result<(Vec<Candidate>, bool)> {
        let releases = install::versions(runtime, &project.places, &show)?;
        let candidate = |version: &Version| Candidate { version: version.clone(), build: None };
        let mut path: Vec<_> = releases.iter().map(candidate).collect();
        let mut ends = Vec::new();
        for end in [&self.good, &self.bad] {
            ends.push(match end {
                End::Release(version) => {
                    let there = || releases.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                    ensure!(releases.contains(version), "there is no version {version}; there are {}", there());
                    candidate(version)
                }
                End::Build(version, build) => self.build(runtime, build, version.clone())?,
            });
        }
        for end in ends.iter().filter(|end| end.build.is_some()) {
            let place = path.partition_point(|other| other.version <= end.version);
            path.insert(place, end.clone());
        }
        let place = |end: &Candidate| {
            let is = |other: &Candidate| (&other.version, &other.build) == (&end.version, &end.build);
            path.iter().position(is).context("an end that is not among the versions")
        };
        let (good, bad) = (place(&ends[0])?, place(&ends[1])?);
        Ok((path[good.min(bad)..=good.max(bad)].to_vec(), good > bad))
    }

    fn build(&self, runtime: &Runtime, path: &Path, version: Option<Version>) -> Result<Candidate> {
        ensure!(self.mode.is_none(), "--mode: a build by its path is run in the default mode");
        let version = discover::local(runtime, path, version)?.version;
        Ok(Candidate { version, build: Some(path.to_owned()) })
    }
}

impl Search<'_> {
    /// Runs the case under a version. A release that is not in the store is installed into the scratch folder.
    fn judge(&self, candidate: &Candidate) -> Result<(Found, String)> {
        let (trial, runtime) = (&self.trial, self.runtime);
        let (column, places) = match &candidate.build {
            Some(path) => {
                let column = discover::local(runtime, path, Some(candidate.version.clone()))?;
                (column, trial.scratch.places(&trial.project.places))
            }
            None => trial.release(runtime, &candidate.version, self.mode, &self.lock)?,
        };
        let record = trial.judge(vec![column], places, self.case)?;
        Ok((found(&record), format!("{} {}", record.verdict, judge::in_one_line(&record)).trim_end().to_owned()))
    }
}

/// Tells where the case changed, and the ranges in which it is not as expected.
fn tell(path: &[Candidate], measured: &Measured, case: &Case) {
    let is_good = |place: usize| measured[place] == Some(Found::Good);
    println!();
    for Border { older, newer } in bisect::borders(measured) {
        let (how, otherwise) =
            if is_good(older) { ("does as expected", "does not") } else { ("does not do as expected", "does") };
        println!("{}: {} {how}, and {} {otherwise}", case.id, path[older], path[newer]);
        let between: Vec<_> = path[older + 1..newer].iter().map(ToString::to_string).collect();
        if !between.is_empty() {
            println!("between them, these cannot be judged: {}", between.join(", "));
        }
    }
    let versions: Vec<_> = path.iter().map(|candidate| candidate.version.clone()).collect();
    for range in bisect::bad_ranges(&versions, measured) {
        match range {
            Ok(BadRange { versions, run, of }) if run == of => println!("versions = \"{versions}\""),
            Ok(BadRange { versions, run, of }) => {
                let of = counted(of, "version");
                println!("versions = \"{versions}\"  # {run} of {of} in it run; --every runs all");
            }
            Err(good) => println!(
                "no range tells the build from the release {good}, which does as expected; name a version that the build \
                 stands for: 1.2.3-dev=./path"
            ),
        }
    }
}

fn found(record: &Record) -> Found {
    match record.verdict.kind().behaviour {
        Behaviour::AsExpected => Found::Good,
        Behaviour::NotAsExpected => Found::Bad,
        Behaviour::Varies | Behaviour::NotJudged | Behaviour::Unknown => Found::Neither,
    }
}
