//! The whole search: columns take turns, and what is new after a turn is looked at before the next one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::batches::Batches;
use crate::difference::{Key, compare};
use crate::explained::{Explained, explain};
use crate::explore::{Bounds, Explorer};
use crate::finding::{FORM, Figures, Finding, Findings, Standing, id};
use crate::runner::Runner;
use crate::sequence::Sequence;
use crate::shrink::{Seen, shrink};
use matrix_model::case::Case;
use matrix_model::fixture::Fixtures;
use matrix_provision::provisioner::Provisioner;
use matrix_run::turns::Pace;
use matrix_run::workers;

/// How long a column explores before it is another one's turn.
const SLICE: Duration = Duration::from_secs(20);

/// How often a finding is seen in a process of its own before it is told.
const FRESH: u32 = 3;

/// How many engines must do the same so that it is no engine's doing.
const ENGINES: usize = 3;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The columns to search, by index.
    pub columns: Vec<usize>,
    /// The column that they are compared with.
    pub reference: usize,
    /// How many sequences each column carries out.
    pub sequences: u64,
    /// When to begin nothing new, if not all have been carried out by then.
    pub time: Option<Duration>,
    /// How many columns compute at once.
    pub jobs: usize,
    /// The fault that each host is started with.
    pub fault: Option<String>,
}

/// What happens meanwhile.
#[derive(Debug)]
pub enum Event<'e> {
    /// A column's turn is over.
    Explored(&'e Figures),
    /// So many kinds of differences that nothing explains are looked at.
    Looking(usize),
    /// Something was found. With it comes the case that expects what the reference does, if a case can.
    Found(&'e Finding, Option<&'e (Case, Fixtures)>),
    /// What was found so far.
    Turned(&'e Findings),
}

/// Receives events, on the thread on which they happen.
pub type Observe<'o> = dyn Fn(Event) + Sync + 'o;

/// A search.
struct Search<'r, 'p, 's> {
    runner: &'r Runner<'p, 's>,
    request: &'r Request,
    scratch: &'r Path,
    observe: &'r Observe<'r>,
    findings: Findings,
}

/// A kind of difference that nothing explains yet, in the columns that have shown it.
type New = BTreeMap<Key, Vec<(usize, Seen)>>;

/// A shortest sequence, and what each column does with it.
struct Shortest {
    seen: Seen,
    /// Whether a column shows the same difference; none if it shows another one.
    shows: BTreeMap<usize, Option<bool>>,
}

/// Searches columns for differences from the reference, going on from what was `found` with its seed before. Everything is
/// run in the folder `scratch`.
///
/// # Errors
/// If a column or the reference cannot be run at all.
pub fn search(
    provisioner: &Provisioner,
    request: &Request,
    found: Findings,
    scratch: &Path,
    observe: &Observe,
) -> Result<Findings> {
    let name = |index: usize| provisioner.columns()[index].to_string();
    let runner = Runner::new(provisioner, &scratch.join("replay"), request.fault.clone());
    let batches = Batches::new(&runner, request.reference, found.seed);
    let figures = |column: usize| {
        let known = found.columns.iter().find(|figures| figures.column == name(column)).cloned();
        known.unwrap_or_else(|| Figures { column: name(column), ..Figures::default() })
    };
    let mut explorers: Vec<_> = request.columns.iter().map(|column| Explorer::new(*column, figures(*column))).collect();
    let findings = Findings { form: FORM, reference: name(request.reference), ..found };
    let mut search = Search { runner: &runner, request, scratch, observe, findings };
    // A host is built at a lower priority, and what that takes is no time of a search.
    for column in request.columns.iter().chain([&request.reference]) {
        provisioner.ready(*column)?;
        runner.run(*column, &[Sequence::of(search.findings.seed, 0)])?;
    }
    let began = Instant::now();
    loop {
        let left = request.time.map(|time| time.saturating_sub(began.elapsed()));
        let all_done = explorers.iter().all(|explorer| explorer.is_done(request.sequences));
        if all_done || left.is_some_and(|left| left.is_zero()) {
            return Ok(search.findings);
        }
        let bounds = Bounds { slice: left.map_or(SLICE, |left| left.min(SLICE)), end: request.sequences };
        explorers = search.turn(explorers, &batches, bounds)?;
        search.look(&mut explorers)?;
        search.findings.columns = merged(&search.findings.columns, &explorers);
        observe(Event::Turned(&search.findings));
    }
}

/// The figures of all columns, also of those that are not searched this time.
fn merged(earlier: &[Figures], explorers: &[Explorer]) -> Vec<Figures> {
    let mut all: BTreeMap<String, Figures> =
        earlier.iter().map(|figures| (figures.column.clone(), figures.clone())).collect();
    all.extend(explorers.iter().map(|explorer| (explorer.figures.column.clone(), explorer.figures.clone())));
    all.into_values().collect()
}

impl Search<'_, '_, '_> {
    /// Lets each column explore for a while.
    fn turn(&self, explorers: Vec<Explorer>, batches: &Batches, bounds: Bounds) -> Result<Vec<Explorer>> {
        let cells: Vec<_> = explorers.into_iter().map(std::sync::Mutex::new).collect();
        let explored = |cell: &std::sync::Mutex<Explorer>| {
            let mut explorer = cell.lock().expect("no thread panics with the lock held");
            explorer.explore(self.runner, batches, self.request.reference, bounds)?;
            (self.observe)(Event::Explored(&explorer.figures));
            Ok(Some(()))
        };
        workers::each(&cells, self.request.jobs, |_| Pace::Computes, explored)?;
        let back = |cell: std::sync::Mutex<Explorer>| cell.into_inner().expect("no thread panicked with the lock held");
        Ok(cells.into_iter().map(back).collect())
    }

    /// Looks at what is new, and counts what is not.
    fn look(&mut self, explorers: &mut [Explorer]) -> Result<()> {
        let mut new = self.new_in(explorers);
        let count: BTreeSet<_> =
            new.iter().flat_map(|(key, seen)| seen.iter().map(move |seen| (key, seen.0))).collect();
        if !count.is_empty() {
            (self.observe)(Event::Looking(count.len()));
        }
        // Each time, one column shrinks what several have shown. What the others do not show with that is left for them.
        while !new.is_empty() {
            let mut by_column: BTreeMap<usize, Vec<Seen>> = BTreeMap::new();
            for seen in new.values_mut() {
                let quickest = |at: &usize| self.turn_of(seen[*at].0, explorers);
                let at = (0..seen.len()).min_by_key(quickest).unwrap_or(0);
                let (column, seen) = seen[at].clone();
                by_column.entry(column).or_default().push(seen);
            }
            let by_column: Vec<_> = by_column.into_iter().collect();
            let shrunk = |(column, seen): &(usize, Vec<Seen>)| {
                let pair = [self.request.reference, *column];
                Ok(Some(shrink(self.runner, pair, self.findings.seed, seen.clone())?))
            };
            let shrunk = workers::each(&by_column, self.request.jobs, |_| Pace::Computes, shrunk)?;
            let shortest = self.everywhere(shrunk.into_iter().flatten().collect())?;
            self.find(&shortest, &mut new)?;
            (self.observe)(Event::Turned(&self.findings));
        }
        for explorer in explorers {
            let runtime = &self.runner.provisioner().columns()[explorer.column].runtime.id;
            let known = self.findings.keys_of(runtime);
            let counted = explorer.seen.iter().filter(|(key, _)| known.contains(key));
            explorer.figures.known = counted.map(|(_, (count, _))| *count).sum();
        }
        Ok(())
    }

    /// What no finding explains. Of a runtime's columns, the first one that shows it is asked.
    fn new_in(&self, explorers: &[Explorer]) -> New {
        let (mut new, mut taken) = (New::new(), BTreeSet::new());
        for explorer in explorers {
            let runtime = &self.runner.provisioner().columns()[explorer.column].runtime.id;
            let known = self.findings.keys_of(runtime);
            for (key, (_, seen)) in explorer.seen.iter().filter(|(key, _)| !known.contains(key)) {
                if taken.insert((runtime, key)) {
                    new.entry(key.clone()).or_default().push((explorer.column, seen.clone()));
                }
            }
        }
        new
    }

    /// The quicker a column is, the earlier.
    fn turn_of(&self, column: usize, explorers: &[Explorer]) -> u64 {
        let figures = explorers.iter().find(|explorer| explorer.column == column).map(|explorer| &explorer.figures);
        u64::MAX - figures.map_or(0, Figures::a_minute)
    }

    /// What every column does with these sequences.
    fn everywhere(&self, all: Vec<Seen>) -> Result<Vec<Shortest>> {
        let sequences: Vec<_> = all.iter().map(|seen| seen.sequence.clone()).collect();
        let expected = self.runner.run(self.request.reference, &sequences)?;
        let mut shortest: Vec<_> = all.into_iter().map(|seen| Shortest { seen, shows: BTreeMap::new() }).collect();
        let observed = |column: &usize| Ok(Some((*column, self.runner.run(*column, &sequences)?)));
        let jobs = self.request.jobs;
        for (column, observed) in workers::each(&self.request.columns, jobs, |_| Pace::Computes, observed)? {
            for ((shortest, expected), observed) in shortest.iter_mut().zip(&expected).zip(observed) {
                let Seen { sequence, difference } = &shortest.seen;
                let differences = compare(sequence, expected, &observed).differences;
                let is_same = differences.iter().any(|other| other.key == difference.key);
                shortest.shows.insert(column, (is_same || differences.is_empty()).then_some(is_same));
            }
        }
        Ok(shortest)
    }

    /// Makes findings of the shortest sequences, one for each runtime that shows it. They are new no more.
    fn find(&mut self, all: &[Shortest], new: &mut New) -> Result<()> {
        let mut found = Vec::new();
        for shortest in all {
            let key = &shortest.seen.difference.key;
            let Some(waiting) = new.get_mut(key) else { continue };
            let first = waiting.iter().position(|(_, seen)| seen.sequence.index == shortest.seen.sequence.index);
            let shows = |column: &usize| shortest.shows.get(column) == Some(&Some(true));
            let mut position = 0;
            waiting.retain(|(column, _)| {
                // The column that shrank it is done, even if it does not show it again.
                let is_done = shows(column) || first == Some(position);
                position += 1;
                if is_done {
                    found.push((shortest, *column));
                }
                !is_done
            });
        }
        new.retain(|_, waiting| !waiting.is_empty());
        let finding = |(shortest, column): &(&Shortest, usize)| {
            let runtime = &self.runner.provisioner().columns()[*column].runtime.id;
            let scratch = self.scratch.join("explained").join(id(runtime, &shortest.seen.difference.key));
            let (finding, case) = self.finding(shortest, *column, &scratch)?;
            (self.observe)(Event::Found(&finding, case.as_ref()));
            Ok(Some(finding))
        };
        let jobs = self.request.jobs;
        let mut findings = workers::each(&found, jobs, |_| Pace::Computes, finding)?;
        findings.sort_by(|a, b| a.id.cmp(&b.id));
        self.findings.findings.extend(findings);
        Ok(())
    }

    fn finding(
        &self,
        shortest: &Shortest,
        column: usize,
        scratch: &Path,
    ) -> Result<(Finding, Option<(Case, Fixtures)>)> {
        let provisioner = self.runner.provisioner();
        let columns = provisioner.columns();
        let Seen { sequence, difference } = &shortest.seen;
        let (mut reproduced, mut lines) = (0, difference.lines.clone());
        for _ in 0..FRESH {
            let alone = std::slice::from_ref(sequence);
            let [expected, observed] =
                [self.runner.run(self.request.reference, alone)?, self.runner.run(column, alone)?];
            let differences = compare(sequence, &expected[0], &observed[0]).differences;
            if let Some(same) = differences.into_iter().find(|other| other.key == difference.key) {
                reproduced += 1;
                lines = same.lines;
            }
        }
        let those = |wanted: Option<bool>| -> Vec<usize> {
            shortest.shows.iter().filter(|(_, shows)| **shows == wanted).map(|(column, _)| *column).collect()
        };
        let (showing, agreeing) = (those(Some(true)), those(Some(false)));
        let engines =
            |of: &[usize]| of.iter().map(|index| &columns[*index].runtime.gowasiruntime).collect::<BTreeSet<_>>();
        let is_everywhere = showing.len() == shortest.shows.len() && engines(&showing).len() >= ENGINES;
        let (mut standing, mut explained) = (Standing::Unsteady, None);
        if reproduced == FRESH && is_everywhere {
            standing = Standing::EveryRuntime;
        } else if reproduced == FRESH && self.request.fault.is_none() {
            let pair = [self.request.reference, column];
            let witnesses = self.witnesses(agreeing.iter().copied());
            let found = explain(provisioner, pair, &witnesses, sequence, scratch)
                .unwrap_or_else(|error| Explained { call: Err(format!("{error:#}")), case: None });
            standing = Finding::standing_of(found.call.as_ref().ok());
            explained = Some(found);
        } else if reproduced == FRESH {
            standing = Standing::New;
        }
        let names = |of: &[usize]| of.iter().map(|index| columns[*index].to_string()).collect();
        let (call, case) = explained.map_or((None, None), |explained| (Some(explained.call), explained.case));
        let untold = call.as_ref().and_then(|call| call.as_ref().err().cloned());
        let runtime = columns[column].runtime.id.clone();
        let [expected, observed] = lines;
        let finding = Finding {
            id: id(&runtime, &difference.key),
            runtime,
            columns: names(&showing),
            not_in: names(&agreeing),
            key: difference.key.clone(),
            arguments: difference.arguments.clone(),
            expected,
            observed,
            sequence: sequence.lines(),
            index: sequence.index,
            reproduced,
            standing,
            call: call.and_then(Result::ok),
            untold,
        };
        Ok((finding, case))
    }

    /// Columns that agree with the reference, of two engines.
    fn witnesses(&self, agreeing: impl Iterator<Item = usize>) -> Vec<usize> {
        let (mut engines, mut witnesses) = (BTreeSet::new(), Vec::new());
        for index in agreeing.filter(|index| *index != self.request.reference) {
            let engine = &self.runner.provisioner().columns()[index].runtime.gowasiruntime;
            if witnesses.len() < 2 && engines.insert(engine) {
                witnesses.push(index);
            }
        }
        witnesses
    }
}
