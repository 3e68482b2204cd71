//! Runs sequences in a column, many in one process, through the executor of the matrix.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Result, bail};

use crate::observed::{Observed, input, parsed};
use crate::sequence::Sequence;
use matrix_model::case::{Case, Location, Preopen, Tier};
use matrix_model::connection::StdinKind;
use matrix_model::fixture::{Fixture, Fixtures};
use matrix_model::observation::Ignored;
use matrix_model::outcome::{Exit, Outcome};
use matrix_provision::guests::Guest;
use matrix_provision::provisioner::Provisioner;
use matrix_run::module_input::Prepared;
use matrix_run::sandbox::Left;
use matrix_run::traced_run::TracedRuns;

/// The guest that carries out sequences.
pub(crate) const GUEST: &str = "replay";

/// The name of the empty folder that each process begins with.
const EMPTY: &str = "empty";

/// When a process is stopped that has many sequences to carry out, and when one that has a single one.
const DEADLINES: [Duration; 2] = [Duration::from_secs(90), Duration::from_secs(30)];

/// Runs sequences.
pub(crate) struct Runner<'p, 's> {
    provisioner: &'p Provisioner<'s>,
    runs: TracedRuns<'p, 's>,
    processes: AtomicUsize,
}

impl<'p, 's> Runner<'p, 's> {
    /// Runs in a provisioner's columns, in the folder `scratch`. With a fault, hosts are started with it.
    pub fn new(provisioner: &'p Provisioner<'s>, scratch: &Path, fault: Option<String>) -> Runner<'p, 's> {
        let runs = TracedRuns::new(provisioner, 0).within(scratch).with_fault(fault);
        Runner { provisioner, runs, processes: AtomicUsize::new(0) }
    }

    /// The provisioner of its columns.
    pub fn provisioner(&self) -> &'p Provisioner<'s> {
        self.provisioner
    }

    /// What a column does with each of these sequences. If a process ends in one, another one carries out the rest.
    ///
    /// # Errors
    /// If the column cannot be made ready, or a process does not even begin.
    pub fn run(&self, column: usize, sequences: &[Sequence]) -> Result<Vec<Observed>> {
        let mut all: Vec<Observed> = Vec::new();
        while all.len() < sequences.len() {
            let (mut seen, exit) = self.process(column, &sequences[all.len()..])?;
            if seen.is_empty() {
                let name = &self.provisioner.columns()[column];
                bail!("{name}: the guest `{GUEST}` carries out nothing: {exit}");
            }
            if exit == Exit::Timeout && sequences.len() > 1 {
                // Either it hangs in this sequence, or the machine was too slow for all of them.
                let at = all.len() + seen.len() - 1;
                let (alone, _) = self.process(column, &sequences[at..=at])?;
                if let Some(alone) = alone.into_iter().next() {
                    seen.pop();
                    seen.push(alone);
                }
            }
            all.extend(seen);
        }
        Ok(all)
    }

    /// Runs one process.
    fn process(&self, column: usize, sequences: &[Sequence]) -> Result<(Vec<Observed>, Exit)> {
        let guest = self.guest(column)?;
        let [many, one] = DEADLINES;
        let case = Case { deadline: if sequences.len() > 1 { many } else { one }, ..self.case(input(sequences)) };
        let prepared = Prepared { case, fixtures: fixtures(), own_dirs: false, on_host: None };
        let (ignored, given) = (Ignored::default(), BTreeMap::new());
        let left = Left { ignored: &ignored, given: &given };
        let Outcome { exit, stdout, files, .. } = self.runs.prepared(column, guest, &prepared, Some(left))?;
        let lengths: Vec<_> = sequences.iter().map(|sequence| sequence.steps.len()).collect();
        Ok((parsed(&lengths, &stdout, &exit, &files), exit))
    }

    fn guest(&self, column: usize) -> Result<&'p Guest> {
        self.provisioner.guests(column)?.named(GUEST)
    }

    /// The case that carries out what stands on its stdin. Each process has a folder of its own.
    fn case(&self, stdin: Vec<u8>) -> Case {
        let number = self.processes.fetch_add(1, Ordering::Relaxed);
        let location = Location { file: format!("go-guests/{GUEST}"), line: 1 };
        Case {
            tier: Tier::Observe,
            dirs: vec![Preopen { guest: "/".to_owned(), fixture: EMPTY.to_owned(), read_only: false }],
            stdin,
            stdin_kind: StdinKind::File,
            ..Case::of_module("generate", number.to_string(), location)
        }
    }
}

fn fixtures() -> Fixtures {
    Fixtures::from([(EMPTY.to_owned(), Fixture::default())])
}
