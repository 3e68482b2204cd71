//! `explain --issue`: gathers what an issue for the runtime's tracker says.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use fs_err as fs;
use matrix_model::difference::differences;
use matrix_model::judge;
use matrix_model::matrix::{self, Cell};
use matrix_model::outcome::Outcome;
use matrix_model::record::{Record, WITHHELD, builder};
use matrix_model::results::CaseFacts;
use matrix_model::shell;
use matrix_model::suite::GuestSource;
use matrix_model::verdict::Behaviour;
use matrix_provision::origin;
use matrix_provision::provisioner::Provisioner;
use matrix_report::issue::{Alone, Guest, Issue, Run};
use matrix_report::pages::Sources;
use matrix_run::bundle;
use matrix_run::explain::{Explanation, HARMLESS};
use matrix_run::reproduction;
use matrix_run::traced_run::TracedRuns;
use matrix_store::results_files;

use super::super::{Project, guest_sources};

/// The name of the module in text form.
const FILE: &str = "call.wat";

/// Why a module is not shown.
const ALIKE: &str = "in a module of its own the call has the same result under both, so the difference depends on more";

/// A program with at most this many lines is shown whole.
const SHORT: usize = 120;

/// What an issue is made of.
pub struct Material<'m, 's> {
    pub project: &'m Project,
    pub provisioner: &'m Provisioner<'s>,
    pub traces: &'m TracedRuns<'m, 's>,
    pub cell: &'m Cell<'s>,
    /// The column that does what the case expects, if there is one.
    pub right: Option<usize>,
    pub explanation: Option<&'m Explanation>,
    /// The call in a module of its own; the error is the reason why there is none.
    pub text: Result<String, String>,
}

/// What published results say of a case in a runtime's other columns.
#[derive(Default)]
struct Recorded {
    /// The answer of each column, in words.
    answers: Vec<(String, String)>,
    /// The day of the results.
    day: Option<String>,
}

impl Material<'_, '_> {
    /// Writes the issue.
    ///
    /// # Errors
    /// If there is nothing to report, or not yet.
    pub fn issue(self) -> Result<String> {
        let (case, index) = (self.cell.case, self.cell.column);
        let column = &self.provisioner.columns()[index];
        let cell = matrix::name(column, case);
        if !bundle::is_open(column, case) {
            bail!("{cell}: {WITHHELD}");
        }
        let outcome = self.traces.cell_untraced(index, case)?;
        let judgement = judge::judgement(column, case, &outcome);
        if judgement.mismatches.is_empty() {
            bail!("{cell}: {}: there is nothing to report", judgement.verdict);
        }
        let recorded = self.versions()?;
        let issue = Issue {
            cell,
            why: case.why.clone(),
            doc: case.doc.clone(),
            runtime: format!("{} ({})", column, self.provisioner.reported(index)?.trim()),
            built_by: format!("{}, on {}", self.builder()?, origin::platform()),
            differences: differences(case, &outcome, &judgement.mismatches),
            explained: self.explanation.map(|explanation| explanation.sentence.clone()),
            versions: recorded.answers,
            recorded: recorded.day,
            alone: Some(self.alone()?),
            guest: self.guest()?,
        };
        let places = &self.project.places;
        Ok(places.portable(&issue.to_string(), &self.traces.sandbox(index, case)))
    }

    /// What the project's published results say of the runtime's other columns, and of which day they are.
    fn versions(&self) -> Result<Recorded> {
        let Some(path) = self.project.committed().filter(|path| path.exists()) else {
            return Ok(Recorded::default());
        };
        let column = &self.provisioner.columns()[self.cell.column];
        let (id, name, case) = (&column.runtime.id, column.to_string(), &self.cell.case.id);
        let mut versions = Vec::new();
        let results = results_files::read_each(&path, |record| {
            if record.runtime == *id && record.case == *case && record.column != name {
                versions.extend(answer(&record).map(|answer| (record.column.clone(), answer)));
            }
        })?;
        Ok(Recorded { answers: versions, day: Some(results.finished.day().to_string()) })
    }

    fn alone(&self) -> Result<Result<Alone, String>> {
        let text = match &self.text {
            Ok(text) => text,
            Err(why) => return Ok(Err(why.clone())),
        };
        let mut runs: Vec<Run> = Vec::new();
        for column in [self.cell.column].into_iter().chain(self.right) {
            let name = self.provisioner.columns()[column].to_string();
            let case = self.cell.case;
            let outcome = self.traces.alone(column, case, text).with_context(|| name.clone())?;
            let printed = printed(&outcome);
            if let Some(own) = runs.first() {
                if own.printed == printed {
                    return Ok(Err(ALIKE.to_owned()));
                }
                // What the other column answers shows something only if it got as far in the same way.
                if before_the_last_call(&own.printed) != before_the_last_call(&printed) {
                    continue;
                }
            }
            let commands = reproduction::of_text(self.provisioner, self.traces, column, case, (FILE, text))?;
            runs.push(Run { column: name, commands, printed });
        }
        Ok(Ok(Alone { file: FILE.to_owned(), text: text.clone(), runs }))
    }

    /// What built the guest.
    fn builder(&self) -> Result<&str> {
        let guests = self.provisioner.guests(self.cell.column)?;
        Ok(builder(guests.go_of(&self.cell.case.guest).map_or("", |go| &go.version)))
    }

    fn guest(&self) -> Result<Guest> {
        match &self.project.suite.guest_sources {
            Some(sources) => self.own_guest(sources),
            None => self.guest_of_project(),
        }
    }

    /// A guest of a suite of one's own. Its source is not shown: that is for its owner to decide.
    fn own_guest(&self, sources: &BTreeMap<String, GuestSource>) -> Result<Guest> {
        let case = self.cell.case;
        let guest = self.provisioner.guests(self.cell.column)?.named(&case.guest)?;
        let module = guest.module.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = format!("# in an empty folder, with {module} in it:");
        let build = match sources.get(&case.guest) {
            Some(GuestSource::Package(_)) => {
                let package = shell::word(&case.guest);
                let module = shell::word(&module);
                format!("GOOS=wasip1 GOARCH=wasm go build -C {package} -o \"$PWD\"/{module} .\n{folder}")
            }
            _ => folder,
        };
        let commands = reproduction::of_guest(self.provisioner, self.traces, self.cell.column, case, &module)?;
        let commands = Some(commands);
        Ok(Guest { name: case.guest.clone(), own: true, build, commands, ..Guest::default() })
    }

    fn guest_of_project(&self) -> Result<Guest> {
        let (places, case) = (&self.project.places, self.cell.case);
        let sources = Sources::new(guest_sources::read(self.project)?, Default::default());
        let files = sources.files(&case.guest);
        let mut source = None;
        if let [file] = &files[..] {
            let text = fs::read_to_string(places.root.join(file))?;
            source = (text.lines().count() <= SHORT).then_some(text);
        }
        let module = format!("{}.wasm", case.guest);
        let folder = if source.is_some() { ".".to_owned() } else { format!("./{}", case.guest) };
        let build = format!("GOOS=wasip1 GOARCH=wasm go build -o {} {folder}", shell::word(&module));
        let build = match source {
            Some(_) => build,
            None => format!("# in go-guests/ of wasip1-matrix:\n{build}\n# in an empty folder, with {module} in it:"),
        };
        let commands = reproduction::of_guest(self.provisioner, self.traces, self.cell.column, case, &module)?;
        let probes = sources.used(&CaseFacts::from(case)).probes;
        Ok(Guest { name: case.guest.clone(), own: false, probes, source, build, commands: Some(commands) })
    }
}

/// How a run ended, and what it printed.
fn printed(outcome: &Outcome) -> String {
    format!("{}({})", String::from_utf8_lossy(&outcome.stdout), outcome.exit)
}

/// What a module printed of the calls before the one that matters.
fn before_the_last_call(printed: &str) -> Vec<&str> {
    let matters = |line: &&str| line.split_once(": errno ").is_some_and(|(function, _)| !HARMLESS.contains(&function));
    let calls: Vec<_> = printed.lines().filter(matters).collect();
    calls[..calls.len().saturating_sub(1)].to_vec()
}

/// What a record says of its version, in words; `None` if it was not judged or may not be told.
fn answer(record: &Record) -> Option<String> {
    if record.is_withheld() {
        return None;
    }
    match record.verdict.kind().behaviour {
        Behaviour::AsExpected => Some("as expected".to_owned()),
        Behaviour::NotAsExpected => Some(format!(
            "not as expected ({})",
            record.verdict.failure().map_or(String::new(), |kind| kind.to_string())
        )),
        Behaviour::Varies => Some("not always as expected".to_owned()),
        Behaviour::NotJudged | Behaviour::Unknown => None,
    }
}
