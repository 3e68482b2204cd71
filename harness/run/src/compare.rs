//! Runs a program of the user's in many columns, and finds out who agrees with whom and why the others do not.
//!
//! ```text
//! App, ModuleInput ──prepare──▶ Prepared          the case that runs it, and the contents of its folders
//!                                  │
//!                    TracedRuns::prepared         one run: plan, sandbox, executor, classification
//!                                  ▼
//!                              Observation        one for each run in each column
//!                                  │
//!                             agreement           groups of columns; the reference's group first
//!                                  │
//!                    TracedRuns::prepared_traced  for one column of each other group, and one that agrees
//!                                  ▼
//!                        explain ──▶ known_cause  the first host call that matters; what the matrix knows of it
//!                                  │
//!                                  ▼
//!                              Compared
//! ```

mod known_cause;
mod measures;
pub(crate) mod reasons;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::cpu_slots::CpuSlots;
use crate::module_input::{Dirs, ModuleInput, Prepared};
use crate::sandbox::{Left, left_in};
use crate::traced_run::TracedRuns;
use crate::turns::Pace;
use crate::workers;
use matrix_model::agreement::agreement;
use matrix_model::case::{Case, Tier};
use matrix_model::compared::{Because, ColumnRun, Compared, Group, NotRun, Program, Reference, SCHEMA};
use matrix_model::content::quoted;
use matrix_model::expectation::Expectation;
use matrix_model::fixture::Fixtures;
use matrix_model::matrix::Column;
use matrix_model::observation::{Ignored, Observation};
use matrix_model::outcome::{Exit, Found};
use matrix_model::runtime::Target;
use matrix_model::skip_reason::before_guests;
use matrix_model::verdict::Verdict;
use matrix_provision::app::App;
use matrix_provision::guests::Guest;
use matrix_provision::provisioner::Provisioner;
use matrix_supervise::Usage;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The program's inputs.
    pub input: ModuleInput,
    /// The columns to run it in, by index, with the native one if there is a native program.
    pub columns: Vec<usize>,
    /// The column that is compared with, if the user names one.
    pub reference: Option<usize>,
    /// How often it is run in each column.
    pub runs: u32,
    /// How many columns compute at once.
    pub jobs: usize,
    /// What is ignored in each output.
    pub ignored: Ignored,
    /// The column in which it gets the folders themselves, if there is one.
    pub in_place: Option<usize>,
    /// How many calls of a traced run are recorded one by one.
    pub calls: u32,
}

/// What happens meanwhile.
#[derive(Debug)]
pub enum Event<'e> {
    /// So many columns are about to be run.
    Began(usize),
    /// The program has ended in a column for the first time.
    Ended {
        /// The column.
        column: &'e str,
        /// How.
        exit: &'e Exit,
        /// What it used.
        usage: Usage,
    },
    /// A column is done.
    Done,
    /// So many groups differ, and their host calls are now looked at.
    Tracing(usize),
}

/// Receives events, on the thread on which they happen.
pub type Observe<'o> = dyn Fn(Event) + Sync + 'o;

/// The result of comparing a program's runs.
#[derive(Debug)]
pub struct Comparison {
    /// Who agrees with whom, and why the others do not.
    pub compared: Compared,
    /// The case that expects what the reference did, with its fixtures. None if no case can expect that.
    pub case: Option<(Case, Fixtures)>,
}

/// A program with its inputs and what it runs with.
pub(crate) struct Comparing<'c, 's> {
    provisioner: &'c Provisioner<'s>,
    runs: TracedRuns<'c, 's>,
    app: &'c App,
    request: &'c Request,
    copies: Prepared,
    own: Option<Prepared>,
    /// What is in the user's folders, by the path that the program knows.
    given: BTreeMap<String, Found>,
    slots: CpuSlots,
}

/// All runs in one column.
struct RunsInColumn {
    column: usize,
    observations: Vec<Observation>,
    usage: Usage,
}

/// Runs a program and compares what its runs show. Everything is run in the folder `scratch`.
///
/// # Errors
/// If a folder cannot be prepared, or the program could be run in too few columns to be compared.
pub fn compare(
    provisioner: &Provisioner,
    app: &App,
    request: &Request,
    scratch: &Path,
    observe: &Observe,
) -> Result<Comparison> {
    let module = &app.module.module;
    // The state folder of a checkout may be in a folder of the user's.
    let state = &provisioner.places().state;
    let state = state.canonicalize().unwrap_or_else(|_| state.clone());
    let input = request.input.with_copies(&scratch.join("given"), &state)?;
    let comparing = Comparing {
        provisioner,
        runs: TracedRuns::new(provisioner, request.calls).within(scratch),
        app,
        request,
        copies: input.prepare("compare", module, Dirs::Copies)?,
        own: match request.in_place {
            Some(_) => Some(request.input.prepare("compare", module, Dirs::Own)?),
            None => None,
        },
        given: given(&input, &request.ignored),
        slots: CpuSlots::new(request.jobs),
    };
    comparing.compare(observe)
}

/// What is in the folders before the program is run.
fn given(input: &ModuleInput, ignored: &Ignored) -> BTreeMap<String, Found> {
    let dirs = input.dirs.iter().map(|dir| (dir.guest.as_str(), dir.host.as_path()));
    left_in(dirs, Left { ignored, given: &BTreeMap::new() })
}

impl Comparing<'_, '_> {
    fn compare(&self, observe: &Observe) -> Result<Comparison> {
        let (mut ready, mut not_run) = (Vec::new(), Vec::new());
        for column in &self.request.columns {
            match before_guests(&self.provisioner.columns()[*column], &self.copies.case) {
                None => ready.push(*column),
                Some(reason) => not_run.push(NotRun {
                    column: self.name(*column),
                    why: Verdict::from(reason).to_string(),
                    failed: false,
                }),
            }
        }
        // What takes longest begins first among those that are ready at once.
        ready.sort_by_key(|column| matrix_provision::host_builder::turn(&self.provisioner.columns()[*column]));
        observe(Event::Began(ready.len()));
        let in_column = |column: &usize| {
            let ran = self.in_column(*column, observe).map_err(|error| (*column, format!("{error:#}")));
            observe(Event::Done);
            Ok(Some(ran))
        };
        let done = workers::each(&ready, self.request.jobs, |_| Pace::Computes, in_column)?;
        let (mut ran, mut failed) = (Vec::new(), Vec::new());
        for column in done {
            match column {
                Ok(runs) => ran.push(runs),
                Err((column, why)) => failed.push(NotRun { column: self.name(column), why, failed: true }),
            }
        }
        ran.sort_by_key(|runs: &RunsInColumn| runs.column);
        failed.sort_by(|a, b| a.column.cmp(&b.column));
        not_run.extend(failed);
        self.answer(&ran, not_run, observe)
    }

    fn answer(&self, ran: &[RunsInColumn], not_run: Vec<NotRun>, observe: &Observe) -> Result<Comparison> {
        let why_not = || {
            let why = |column: &NotRun| format!("\n{}: {}", column.column, column.why);
            not_run.iter().map(why).collect::<String>()
        };
        ensure!(!ran.is_empty(), "{} could be run in no column{}", self.app.named, why_not());
        let position = |index: usize| ran.iter().position(|runs| runs.column == index);
        let (reference, because) =
            match (self.request.reference, ran.iter().position(|runs| self.is_native(runs.column))) {
                (Some(named), _) => match position(named) {
                    Some(at) => (Some(at), Because::Named),
                    None => bail!("--reference {}: it could not be run{}", self.name(named), why_not()),
                },
                (None, Some(native)) => (Some(native), Because::Native),
                (None, None) => (None, Because::Largest),
            };
        ensure!(
            ran.len() > 1,
            "{} could be run in one column only, {}, so there is nothing to compare it with{}",
            self.app.named,
            self.name(ran[0].column),
            why_not()
        );
        let observations: Vec<_> = ran.iter().map(|runs| runs.observations.clone()).collect();
        let agreement = agreement(&observations, reference).context("nothing was run")?;
        let reasons = reasons::of(self, ran, &agreement, observe)?;
        let groups = agreement.groups.iter().zip(reasons).map(|(group, reason)| {
            let first = &observations[group.columns[0]][0];
            let against = &observations[agreement.reference][0];
            Group {
                columns: group.columns.iter().map(|at| self.name(ran[*at].column)).collect(),
                agrees: group.differs.is_empty(),
                observed: first.observed(&self.given),
                varies: group.varies.iter().cloned().collect(),
                differences: first.differences(against, &group.differs, &self.given),
                reason,
            }
        });
        let groups: Vec<Group> = groups.collect();
        let agrees = |name: &String| groups.iter().any(|group| group.agrees && group.columns.contains(name));
        let columns = ran.iter().map(|runs| {
            let name = self.name(runs.column);
            ColumnRun {
                agrees: agrees(&name),
                exit: runs.observations[0].exit.clone(),
                wall_ms: runs.usage.wall.as_millis() as u64,
                cpu_ms: runs.usage.cpu.as_millis() as u64,
                column: name,
            }
        });
        let expect = observations[agreement.reference][0].expectation(&self.given);
        let expect = expect.filter(|_| agreement.unsettled.is_empty());
        let compared = Compared {
            schema: SCHEMA.to_owned(),
            program: Program {
                name: self.app.named.clone(),
                sha256: self.app.module.sha256.clone(),
                bytes: self.app.bytes,
                go: self.app.built.as_ref().map(|built| built.go.clone()),
            },
            inputs: self.inputs(),
            runs: self.request.runs,
            reference: Reference { column: self.name(ran[agreement.reference].column), because },
            unsettled: agreement.unsettled.iter().cloned().collect(),
            columns: columns.collect(),
            groups,
            not_run,
        };
        Ok(Comparison { compared, case: expect.map(|expect| self.case(expect)) })
    }

    /// The case that expects this of the program.
    fn case(&self, expect: Expectation) -> (Case, Fixtures) {
        let Prepared { case, fixtures, .. } = &self.copies;
        (Case { tier: Tier::default(), expect, ..case.clone() }, fixtures.clone())
    }

    /// The inputs, each as a label and a value in words.
    fn inputs(&self) -> Vec<(String, String)> {
        let input = &self.request.input;
        let mut inputs: Vec<(String, String)> = Vec::new();
        inputs.extend(input.args.iter().map(|arg| ("argument".to_owned(), quoted(arg.as_bytes()))));
        let variable = |(name, value): &(String, String)| format!("{name}={}", quoted(value.as_bytes()));
        inputs.extend(input.env.iter().map(|pair| ("variable".to_owned(), variable(pair))));
        for dir in &input.dirs {
            let access = if dir.read_only { ", read-only" } else { "" };
            inputs.push(("folder".to_owned(), format!("{} as {}{access}", dir.host.display(), dir.guest)));
        }
        inputs.extend(input.stdin.iter().map(|bytes| ("stdin".to_owned(), quoted(bytes))));
        inputs
    }

    pub(crate) fn name(&self, column: usize) -> String {
        self.provisioner.columns()[column].to_string()
    }

    pub(crate) fn column(&self, column: usize) -> &Column<'_> {
        &self.provisioner.columns()[column]
    }

    pub(crate) fn is_native(&self, column: usize) -> bool {
        self.column(column).runtime.target == Target::Host
    }

    /// The program as a column runs it.
    fn guest(&self, column: usize) -> Result<&Guest> {
        match (self.is_native(column), &self.app.built) {
            (false, _) => Ok(&self.app.module),
            (true, Some(built)) => Ok(&built.native),
            (true, None) => {
                bail!("{} is a module, and {} runs programs of this machine", self.app.named, self.name(column))
            }
        }
    }

    /// Runs the program in a column as often as is asked for.
    fn in_column(&self, column: usize, observe: &Observe) -> Result<RunsInColumn> {
        let guest = self.guest(column)?;
        // A host may have to be built, and that computes at a lower priority.
        self.provisioner.ready(column)?;
        let own = self.own.as_ref().filter(|_| self.request.in_place == Some(column));
        let prepared = own.unwrap_or(&self.copies);
        let ignored = self.ignored_in(column, prepared);
        let (mut observations, mut first) = (Vec::new(), None);
        for _ in 0..self.request.runs {
            let outcome = {
                let _slot = self.slots.take();
                self.runs.prepared(column, guest, prepared, Some(self.left(&ignored)))?
            };
            let usage = outcome.usage;
            if first.is_none() {
                observe(Event::Ended { column: &self.name(column), exit: &outcome.exit, usage });
            }
            first.get_or_insert(usage);
            observations.push(Observation::of(outcome, &ignored));
        }
        Ok(RunsInColumn { column, observations, usage: first.context("no run was asked for")? })
    }

    /// How what is left in the folders is looked at.
    fn left<'l>(&'l self, ignored: &'l Ignored) -> Left<'l> {
        Left { ignored, given: &self.given }
    }

    /// What is ignored in a column: what the user names, and where the run's own folder is.
    fn ignored_in(&self, column: usize, prepared: &Prepared) -> Ignored {
        self.request.ignored.and_folder(&self.runs.sandbox(column, &prepared.case).display().to_string())
    }
}
