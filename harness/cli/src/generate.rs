//! `generate`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use clap::builder::RangedU64ValueParser;
use matrix_generate::finding::{Finding, Findings, Standing};
use matrix_generate::search::{Event, Request, search};
use matrix_load::save::save;
use matrix_model::case::Case;
use matrix_model::compared::Known;
use matrix_model::escape::visible;
use matrix_model::fixture::Fixtures;
use matrix_model::matrix::Column;
use matrix_model::names::CaseId;
use matrix_model::plural::counted;
use matrix_model::suite::GuestSource;
use matrix_provision::discover;
use matrix_provision::provisioner::Provisioner;
use matrix_run::cpu_slots::processors;
use matrix_run::traced_run::TracedRuns;
use matrix_store::atomic_write::write_whole;
use matrix_store::scratch::Scratch;

use super::choice::{WORDS, columns_of, installed};
use super::outputs::Quiet;
use super::progress::{notify, remove_on_interrupt};
use super::{Project, bounds};

/// The folder of the state folder in which sequences are carried out.
const FOLDER: &str = "generate";

/// The file of a folder that keeps what was found.
const FINDINGS: &str = "findings.json";

/// The area of the cases that are proposed.
const PROPOSED: &str = "proposed";

/// How many operations a case has at most that is proposed.
const SHORT: usize = 8;

const AFTER: &str = "\
Each sequence is a dozen operations on files: opening, writing, renaming, linking, listing and so on. What they are done \
to is drawn from what exists, what existed, and what never did. A seed decides all, so the same seed makes the same \
sequences. The guest `replay` carries out hundreds of them in one process, each in a folder of its own, and the same \
program does so on native Linux. What it prints of each operation is compared line by line, and then what is left on the \
host.

  wasip1-matrix generate --runtime wazero,node --minutes 10
  wasip1-matrix generate --runtime all --sequences 20000 --seed 7 --json found.json
  wasip1-matrix generate --runtime wasmedge --minutes 60 --save found   # once more goes on
  wasip1-matrix generate --runtime wazero --reference wazero --sequences 2000

A difference is known by its operation and the two results. A new one is shrunk to few operations, is seen in three \
processes of its own, and is explained by the first host call that matters. If cells of the matrix deviate for the same \
cause, it is on record. If every column does it, and they are of several engines, Go's port or preview 1 may be the cause.

It exits with 1 if there is a finding that nothing is on record about.";

/// Searches runtimes for differences that no case has.
#[derive(Args)]
#[command(after_help = format!("{AFTER}\n\n{WORDS}"))]
pub struct Generate {
    /// The runtimes to search [default: each that is installed, at its newest version]
    #[arg(long, value_name = "RUNTIME,…", value_delimiter = ',')]
    runtime: Vec<String>,
    /// The column that they are compared with [default: native Linux]
    #[arg(long, value_name = "COLUMN")]
    reference: Option<String>,
    /// How many sequences each column carries out
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u64>::new().range(1..=100_000_000))]
    sequences: Option<u64>,
    /// After how many minutes to begin nothing new [default: 1, if --sequences is not given]
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u64>::new().range(1..=1440))]
    minutes: Option<u64>,
    /// What decides all sequences
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Start the hosts with one of their faults, which `mutants --faults` lists; nothing is explained then
    #[arg(long, value_name = "NAME")]
    fault: Option<String>,
    /// How many processes compute at once [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = bounds::jobs())]
    jobs: Option<usize>,
    /// Write the figures and findings to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Keep the figures and findings in this folder, and go on from what is there
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
}

impl Generate {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let earlier = self.earlier()?;
        let mut columns = discover::find(&project.suite.runtimes, &[], &project.places);
        let chosen = self.chosen(project, &mut columns)?;
        let reference = self.reference(project, &mut columns)?;
        if let Some(fault) = &self.fault {
            let lacks_it = |index: &&usize| columns[**index].runtime.is_reference();
            ensure!(chosen.iter().find(lacks_it).is_none(), "--fault {fault}: native Linux has no host");
            ensure!(columns[reference].runtime.is_reference(), "--fault {fault}: the reference would have it, too");
        }
        let scratch = Scratch::beside_others(&project.places, FOLDER)?;
        matrix_supervise::end_children_on_interrupt()?;
        remove_on_interrupt(vec![scratch.folder().to_owned()]);
        let needed: Vec<_> = chosen.iter().copied().chain([reference]).collect();
        let provisioner = Provisioner::new(&project.suite, project.places.clone(), columns, needed, notify())
            .compile_into(TracedRuns::compiled(&project.places))
            .trusting_caches();
        let minutes = self.minutes.or(self.sequences.is_none().then_some(1));
        let request = Request {
            columns: chosen,
            reference,
            sequences: self.sequences.unwrap_or(u64::MAX),
            time: minutes.map(|minutes| Duration::from_secs(60 * minutes)),
            jobs: self.jobs.unwrap_or_else(processors),
            fault: self.fault.clone(),
        };
        let known = earlier.findings.len();
        let quiet = Quiet::begin();
        let proposing = Mutex::new(());
        let found = search(&provisioner, &request, earlier, scratch.folder(), &|event| {
            self.show(&event);
            let _one_at_a_time = proposing.lock();
            if let Err(error) = self.propose(&provisioner, &event) {
                eprintln!("no case is proposed: {error:#}");
            }
        })?;
        self.keep(&found)?;
        let is_new = tell(&found, known);
        drop(quiet);
        Ok(if is_new { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }

    /// What was found before with this seed.
    fn earlier(&self) -> Result<Findings> {
        let none = Findings { seed: self.seed, ..Findings::default() };
        let Some(path) = self.save.as_ref().map(|folder| folder.join(FINDINGS)).filter(|path| path.exists()) else {
            return Ok(none);
        };
        let at = || format!("--save: {}", path.display());
        let found: Findings = serde_json::from_slice(&fs_err::read(&path)?).with_context(at)?;
        ensure!(
            found.seed == self.seed,
            "{}: it was begun with --seed {}; give that, or another folder",
            at(),
            found.seed
        );
        Ok(found)
    }

    fn chosen<'p>(&self, project: &'p Project, columns: &mut Vec<Column<'p>>) -> Result<Vec<usize>> {
        if self.runtime.is_empty() {
            let (here, _) = installed(project, columns);
            ensure!(!here.is_empty(), "no runtime is installed; `wasip1-matrix doctor` says how to get them");
            return Ok(here);
        }
        // The reference can be searched like any other column.
        let (natives, words): (Vec<_>, Vec<_>) =
            self.runtime.iter().cloned().partition(|word| is_native(word, columns));
        let native = (!natives.is_empty()).then(|| native(columns)).transpose()?;
        let mut chosen = columns_of(project, columns, &words)?;
        chosen.extend(native);
        Ok(chosen)
    }

    fn reference<'p>(&self, project: &'p Project, columns: &mut Vec<Column<'p>>) -> Result<usize> {
        let Some(name) = self.reference.as_ref().filter(|name| !is_native(name, columns)) else {
            return native(columns);
        };
        match columns_of(project, columns, std::slice::from_ref(name)).context("--reference")?[..] {
            [one] => Ok(one),
            _ => bail!("--reference {name}: means several columns; name one"),
        }
    }

    fn show(&self, event: &Event) {
        match event {
            Event::Explored(figures) => eprintln!(
                "{}: {}, {} a minute, {}",
                figures.column,
                counted(figures.sequences as usize, "sequence"),
                figures.a_minute(),
                counted(figures.differences as usize, "difference")
            ),
            Event::Looking(count) => eprintln!("looking at {}", counted(*count, "new kind")),
            Event::Found(finding, _) => eprintln!("{}: {}", finding.id, words(finding.standing)),
            Event::Turned(found) => {
                if let Err(error) = self.keep(found) {
                    eprintln!("{error:#}");
                }
            }
        }
    }

    /// Writes a case that a new finding may become into the folder of --save. It expects what native Linux did.
    fn propose(&self, provisioner: &Provisioner, event: &Event) -> Result<()> {
        let (Event::Found(finding, Some((case, fixtures))), Some(folder)) = (event, &self.save) else { return Ok(()) };
        if finding.standing != Standing::New || finding.sequence.len() > SHORT {
            return Ok(());
        }
        let column = provisioner.columns().iter().position(|column| finding.columns.contains(&column.to_string()));
        let guests = provisioner.guests(column.context("a column shows it")?)?;
        let mut case = Case { area: PROPOSED.to_owned(), ..case.clone() };
        case.id = CaseId::new(PROPOSED, &finding.id).to_string();
        let mut named = Fixtures::new();
        for (index, dir) in case.dirs.iter_mut().enumerate() {
            let name = format!("{}-{index}", finding.id);
            named.insert(name.clone(), fixtures[&dir.fixture].clone());
            dir.fixture = name;
        }
        save(folder, &case, &named, &GuestSource::Module(guests.named(&case.guest)?.module.clone())).map(drop)
    }

    /// Writes what was found so far.
    fn keep(&self, found: &Findings) -> Result<()> {
        let json = serde_json::to_vec_pretty(found)?;
        let saved = self.save.as_ref().map(|folder| folder.join(FINDINGS));
        for path in self.json.iter().map(PathBuf::as_path).chain(saved.as_deref()) {
            write(path, &json)?;
        }
        Ok(())
    }
}

fn write(path: &Path, json: &[u8]) -> Result<()> {
    write_whole(path, json).with_context(|| path.display().to_string())
}

/// Whether a word means native Linux.
fn is_native(word: &str, columns: &[Column]) -> bool {
    columns.iter().any(|column| column.runtime.is_reference() && column.runtime.id == word)
}

/// The column of native Linux.
fn native(columns: &[Column]) -> Result<usize> {
    let is_here = |column: &Column| column.runtime.is_reference() && column.primary && !column.is_missing();
    columns.iter().position(is_here).context(
        "native Linux is not available here, and sequences are compared with it; name another column by --reference",
    )
}

fn words(standing: Standing) -> &'static str {
    match standing {
        Standing::New => "new",
        Standing::OnRecord => "on record",
        Standing::EveryRuntime => "every runtime",
        Standing::Unsteady => "not seen again each time",
    }
}

/// Prints what was found; the first `known` findings are earlier ones. Returns whether one of the others is new.
fn tell(found: &Findings, known: usize) -> bool {
    for figures in &found.columns {
        println!(
            "{}: {} and {} once more, {} a minute; {}, of which {} have a finding",
            figures.column,
            counted(figures.sequences as usize, "sequence"),
            figures.again,
            figures.a_minute(),
            counted(figures.differences as usize, "difference"),
            figures.known
        );
    }
    let now = &found.findings[known..];
    for finding in now.iter().filter(|finding| finding.standing == Standing::New) {
        println!("\n{}", text(finding));
    }
    let count = |standing: Standing| now.iter().filter(|finding| finding.standing == standing).count();
    println!(
        "\n{}: {} new, {} on record, {} in every runtime, {} not seen again each time; {} earlier",
        counted(now.len(), "finding"),
        count(Standing::New),
        count(Standing::OnRecord),
        count(Standing::EveryRuntime),
        count(Standing::Unsteady),
        known
    );
    count(Standing::New) > 0
}

/// A finding for a terminal.
fn text(finding: &Finding) -> String {
    let mut lines = vec![
        format!("{} in {}", finding.id, finding.columns.join(", ")),
        format!("  on {}", finding.arguments.join(", ")),
        format!("  expected: {}", visible(&finding.expected)),
        format!("  observed: {}", visible(&finding.observed)),
    ];
    if let Some(call) = &finding.call {
        lines.push(format!("  {}", visible(&call.sentence)));
        if let Known::NotLookedUp(why) = &call.known {
            lines.push(format!("  what is on record was not looked up: {why}"));
        }
    }
    lines.extend(finding.untold.iter().map(|why| format!("  no host call is told: {}", visible(why))));
    lines.extend(finding.sequence.iter().map(|line| format!("    {line}")));
    lines.join("\n")
}
