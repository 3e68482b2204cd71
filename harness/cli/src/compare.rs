//! `compare`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use matrix_load::save::save;
use matrix_model::case::Case;
use matrix_model::compared::{Compared, NotRun};
use matrix_model::fixture::Fixtures;
use matrix_model::matrix::Column;
use matrix_model::names::CaseId;
use matrix_model::observation::Ignored;
use matrix_model::plural::counted;
use matrix_model::suite::GuestSource;
use matrix_provision::app::App;
use matrix_provision::discover;
use matrix_provision::provisioner::Provisioner;
use matrix_report::compared::{annotations, junit, page, terminal};
use matrix_run::compare::{Comparison, Event, Request, compare};
use matrix_run::cpu_slots::processors;
use matrix_run::traced_run::TracedRuns;
use matrix_store::scratch::Scratch;

use super::choice::{WORDS, columns_of, installed};
use super::inputs::ProgramInputs;
use super::outputs::{Quiet, is_github, say};
use super::progress::{Progress, notify, remove_on_interrupt};
use super::{Project, bounds};

/// The folder of the state folder in which programs are compared.
const FOLDER: &str = "compare";

const AFTER: &str = "\
A Go package is built twice, for wasip1 and for this machine. The second one is the reference: it runs where it sees \
nothing but its folders, as under a runtime. A module has no such program beside it, so the largest group of columns \
that agree is the reference, or the column that --reference names.

  wasip1-matrix compare ./cmd/app -- --verbose input.txt
  wasip1-matrix compare app.wasm --dir testdata::/data --env LANG=C --stdin words.txt
  wasip1-matrix compare app.wasm --runtime wazero,wasmtime,node@22.23.3 --ignore '[0-9.]+ms'
  wasip1-matrix compare ./cmd/app --runtime all --repeat 3 --html compared.html --junit compared.xml
  wasip1-matrix compare ./cmd/app --save suite/first

Compared are the exit code (its low byte), stdout, stderr and all that is left in the folders, byte for byte, but not \
times and permissions. If a runtime stops the program, its own words on stderr are not compared. Each runtime gets its own \
copy of each folder, so yours are never changed, except with --in-place.

If columns differ, the program runs once more with its host calls traced, and the first call that matters is shown, \
with the cells of the matrix that deviate for the same cause.

It exits with 0 if all agree with the reference, and with 1 if some differ.";

/// Runs a program in many columns.
#[derive(Args)]
#[command(after_help = format!("{AFTER}\n\n{WORDS}"))]
pub struct Compare {
    /// A module of any toolchain, or a Go package: ./cmd/app
    #[arg(value_name = "APP")]
    app: String,
    /// The runtimes to run it under [default: each that is installed, at its newest version]
    #[arg(long, value_name = "RUNTIME,…", value_delimiter = ',')]
    runtime: Vec<String>,
    /// The column that the others are compared with [default: the same Go package on this machine]
    #[arg(long, value_name = "COLUMN")]
    reference: Option<String>,
    #[command(flatten)]
    inputs: ProgramInputs,
    /// Run it so often in each column, and tell what varies by itself
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = bounds::runs())]
    repeat: u32,
    /// Ignore what matches this regular expression, in outputs and in files, such as a time; may be repeated
    #[arg(long, value_name = "REGEX")]
    ignore: Vec<String>,
    /// How many runtimes compute at once [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = bounds::jobs())]
    jobs: Option<usize>,
    /// Give the one runtime that --runtime names the folders themselves, and let it change them
    #[arg(long, requires_all = ["runtime", "dir"])]
    in_place: bool,
    /// Write the program with these inputs as the case NAME into the suite in this folder, which may be a new one. It
    /// expects what the reference did
    #[arg(long, value_name = "DIR/NAME", conflicts_with_all = ["ignore", "in_place"])]
    save: Option<PathBuf>,
    /// How many calls of a traced run to record one by one
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = bounds::calls())]
    calls: u32,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
    /// Write the answer to this file, as a page that needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the answer to this file, as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// Which columns the program runs in.
struct Chosen {
    columns: Vec<usize>,
    reference: Option<usize>,
    in_place: Option<usize>,
    /// The runtimes that would be run if they were here.
    absent: Vec<NotRun>,
}

impl Compare {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let (input, ignored) = (self.inputs.read()?, Ignored::parse(&self.ignore).context("--ignore")?);
        let mut columns = discover::find(&project.suite.runtimes, &[], &project.places);
        let mut chosen = self.choose(project, &mut columns)?;
        let scratch = Scratch::beside_others(&project.places, FOLDER)?;
        matrix_supervise::end_children_on_interrupt()?;
        remove_on_interrupt(vec![scratch.folder().to_owned()]);
        let notify = notify();
        let app = App::of(&self.app, &scratch.folder().join("app"), &project.places, &*notify)?;
        if app.built.is_some() {
            chosen.columns.extend(columns.iter().position(|column| column.runtime.is_reference()));
        }
        ensure!(
            self.in_place <= (chosen.reference.is_some() || app.built.is_some()),
            "--in-place: one runtime has nothing to be compared with; give a Go package, or name a column by --reference"
        );
        let provisioner =
            Provisioner::new(&project.suite, project.places.clone(), columns, chosen.columns.iter().copied(), notify)
                .compile_into(TracedRuns::compiled(&project.places))
                .trusting_caches();
        let request = Request {
            input,
            columns: chosen.columns,
            reference: chosen.reference,
            runs: self.repeat,
            jobs: self.jobs.unwrap_or_else(processors),
            ignored,
            in_place: chosen.in_place,
            calls: self.calls,
        };
        // JSON on stdout is for a program.
        let quiet = (!self.json).then(Quiet::begin);
        let progress = OnceLock::new();
        let compared = compare(&provisioner, &app, &request, scratch.folder(), &|event| show(&progress, &event));
        progress.get().into_iter().for_each(Progress::finish);
        let Comparison { mut compared, case } = compared?;
        compared.not_run.extend(chosen.absent);
        self.tell(project, &compared, quiet)?;
        if let Some(place) = &self.save {
            self.save(place, case, &app)?;
        }
        Ok(match (compared.has_failed(), compared.differs()) {
            (true, _) => ExitCode::from(2),
            (false, true) => ExitCode::from(1),
            (false, false) => ExitCode::SUCCESS,
        })
    }

    /// Finds the columns that are meant. All that are named must be here.
    fn choose<'p>(&self, project: &'p Project, columns: &mut Vec<Column<'p>>) -> Result<Chosen> {
        let (mut chosen, mut absent) = match self.runtime.is_empty() {
            true => installed(project, columns),
            false => (columns_of(project, columns, &self.runtime)?, Vec::new()),
        };
        absent.sort_by(|a: &NotRun, b: &NotRun| a.column.cmp(&b.column));
        let in_place = match (self.in_place, &chosen[..]) {
            (false, _) => None,
            (true, [one]) => Some(*one),
            (true, several) => {
                bail!(
                    "--in-place: {} would change the same folders; name one runtime",
                    counted(several.len(), "runtime")
                )
            }
        };
        let reference = match &self.reference {
            None => None,
            Some(name) => match columns_of(project, columns, std::slice::from_ref(name)).context("--reference")?[..] {
                [one] => Some(one),
                _ => bail!("--reference {name}: means several columns; name one"),
            },
        };
        chosen.extend(reference.filter(|reference| !chosen.contains(reference)));
        Ok(Chosen { columns: chosen, reference, in_place, absent })
    }

    /// Writes the case into a suite.
    fn save(&self, place: &Path, case: Option<(Case, Fixtures)>, app: &App) -> Result<()> {
        let (mut case, fixtures) = case.context(
            "--save: no case can expect what the reference did: it did not end by itself, its runs differ, or it left \
             something that is no file, folder or link",
        )?;
        let named = place.file_name().and_then(OsStr::to_str).filter(|_| place.components().count() > 1);
        let name = named.with_context(|| format!("--save {}: give a folder and a name: DIR/NAME", place.display()))?;
        let suite = place.parent().unwrap_or(place);
        let own_name = |index: usize| format!("{name}-{index}");
        let of_dirs = case.dirs.iter().enumerate();
        let fixtures: Fixtures =
            of_dirs.map(|(index, dir)| (own_name(index), fixtures[&dir.fixture].clone())).collect();
        for (index, dir) in case.dirs.iter_mut().enumerate() {
            dir.fixture = own_name(index);
        }
        case.area = area(&case.guest);
        case.id = CaseId::new(&case.area, name).to_string();
        let guest = match Path::new(&self.app).is_dir() {
            true => GuestSource::Package(PathBuf::from(&self.app)),
            false => GuestSource::Module(app.module.module.clone()),
        };
        let saved = save(suite, &case, &fixtures, &guest).context("--save")?;
        eprintln!(
            "saved as {} in {}; run it with: wasip1-matrix run --suite {}",
            case.id,
            saved.file.display(),
            suite.display()
        );
        Ok(())
    }

    fn tell(&self, project: &Project, compared: &Compared, quiet: Option<Quiet>) -> Result<()> {
        match self.json {
            true => say(&format!("{}\n", serde_json::to_string_pretty(compared)?)),
            false => say(&terminal::text(compared)),
        }
        drop(quiet);
        if is_github() && !self.json {
            say(&annotations::of(compared));
        }
        if let Some(path) = &self.html {
            page::write(compared, &project.places.root.join("reports"), path).context("--html")?;
        }
        if let Some(path) = &self.junit {
            junit::write(compared, path).context("--junit")?;
        }
        Ok(())
    }
}

/// The area for a program's cases: its name, as far as an area may be called so.
fn area(program: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    program.chars().map(plain).collect()
}

/// Shows what happens meanwhile, on stderr: the answer comes at the end.
fn show(progress: &OnceLock<Progress>, event: &Event) {
    if let Event::Began(count) = event {
        progress.get_or_init(|| Progress::new(*count as u64, "columns"));
    }
    let Some(progress) = progress.get() else { return };
    match event {
        Event::Began(_) => {}
        Event::Ended { column, exit, usage } => {
            let exit = matrix_model::escape::short(&matrix_model::escape::visible(&exit.to_string()), 100);
            progress.aside(&format!("{column}: {exit}, {:.2} s", usage.wall.as_secs_f64()));
        }
        Event::Done => progress.step(None),
        Event::Tracing(groups) => {
            progress
                .aside(&format!("tracing host calls, because of {} of columns", counted(*groups, "differing group")));
        }
    }
}
