//! What is on record about runtimes, held against the committed results: one behaviour has one fault, a reason says
//! what a guest was answered, and SECURITY.md lists what is withheld.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use matrix_model::answer::{self, Answer};
use matrix_model::call_counts::Called;
use matrix_model::divergence::Divergence;
use matrix_model::explanation::{Explained, Lines};
use matrix_model::record::Record;
use matrix_model::results::Results;
use matrix_model::suite::Suite;
use matrix_model::verdict::{Failure, Verdict};
use matrix_run::probe;
use matrix_store::results_files;
use regex::Regex;

/// A function of preview 1.
static FUNCTION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b(?:args|clock|environ|fd|path|poll|proc|random|sched|sock)_[a-z_]+\b").unwrap());

/// An errno, and the words before it that say that it was not the answer.
static ERRNO: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:(instead of|not|after) )?\bE([A-Z0-9]{2,})\b").unwrap());

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

fn suite() -> Suite {
    matrix_load::suite(root(), None, &probe::names()).unwrap_or_else(|error| panic!("{error}"))
}

fn results() -> Results {
    results_files::read(&root().join("reports/results")).unwrap()
}

/// The entries that speak of a record's cell.
fn spoken_of<'s>(suite: &'s Suite, record: &Record) -> Vec<&'s Divergence> {
    let version = record.version.parse().unwrap();
    let mode = record.mode.as_deref().unwrap_or("default");
    let runtime = suite.runtimes.iter().find(|runtime| runtime.id == record.runtime);
    let entries = runtime.into_iter().flat_map(|runtime| &runtime.divergences);
    entries.filter(|entry| entry.speaks_of(&record.case, &version, mode, record.surrounding.as_deref())).collect()
}

#[test]
fn one_behaviour_has_one_fault() {
    let (suite, results) = (suite(), results());
    let mut by_case: BTreeMap<&str, Vec<&Divergence>> = BTreeMap::new();
    for entry in suite.runtimes.iter().flat_map(|runtime| &runtime.divergences) {
        by_case.entry(&entry.case).or_default().push(entry);
    }
    let answers = answers(&suite, &results);
    let (mut compared, mut several) = (0, BTreeSet::new());
    for record in &results.records {
        let Some(outcome) = record.outcome.as_ref().and_then(|observed| observed.outcome()) else { continue };
        let describes = |entry: &&Divergence| entry.instead.mismatches(&outcome).is_empty();
        if !spoken_of(&suite, record).iter().any(describes) {
            continue;
        }
        compared += 1;
        let alike: Vec<_> = by_case[record.case.as_str()].iter().copied().filter(describes).collect();
        for (index, one) in alike.iter().enumerate() {
            let apart = |other: &&&Divergence| other.fault != one.fault && !are_told_apart(one, other, &answers);
            several.extend(alike[index..].iter().filter(apart).map(|other| {
                format!("{} is `{}`, and {} is `{}`", one.location, one.fault, other.location, other.fault)
            }));
        }
    }
    assert!(compared > 0, "no committed record is described by an entry");
    assert!(several.is_empty(), "{}", Vec::from_iter(several).join("\n"));
}

/// What the functions answered in the counted cells of each entry, by the entry's place.
type Answers = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

fn answers(suite: &Suite, results: &Results) -> Answers {
    let records: BTreeMap<&str, &Record> =
        results.records.iter().map(|record| (record.cell.as_str(), record)).collect();
    let mut answers = Answers::new();
    for called in &results.called {
        let entries = records.get(called.cell.as_str()).map_or_else(Vec::new, |record| spoken_of(suite, record));
        for entry in entries {
            let functions = answers.entry(entry.location.to_string()).or_default();
            for (function, errnos) in &called.answers {
                functions.entry(function.clone()).or_default().extend(errnos.keys().cloned());
            }
        }
    }
    answers
}

/// Whether a function that one of the reasons names was answered otherwise under the other, or was not counted there:
/// then one outcome has two causes.
fn are_told_apart(one: &Divergence, other: &Divergence, answers: &Answers) -> bool {
    let reasons = [&one.reason, &other.reason];
    let mut functions = reasons.into_iter().flat_map(|reason| FUNCTION.find_iter(reason)).map(|found| found.as_str());
    let answered = |entry: &Divergence, function: &str| {
        answers.get(&entry.location.to_string()).map(|functions| functions.get(function).cloned().unwrap_or_default())
    };
    functions.any(|function| match (answered(one, function), answered(other, function)) {
        (Some(one), Some(other)) => one != other,
        _ => true,
    })
}

/// The entries that one committed record shows, each with the calls that were counted in that cell.
fn shown<'r>(suite: &'r Suite, results: &'r Results) -> Vec<(&'r Record, &'r Divergence, &'r Called)> {
    let counted: BTreeMap<&str, &Called> = results.called.iter().map(|called| (called.cell.as_str(), called)).collect();
    let mut shown = Vec::new();
    for record in results.records.iter().filter(|record| !record.differences.is_empty()) {
        let Some(called) = counted.get(record.cell.as_str()).filter(|called| !called.cut) else { continue };
        let entries = spoken_of(suite, record).into_iter().filter(|entry| !entry.sometimes && !entry.security);
        shown.extend(entries.map(|entry| (record, entry, *called)));
    }
    shown
}

#[test]
fn an_errno_in_a_reason_was_answered() {
    let (suite, results) = (suite(), results());
    let (mut compared, mut untrue) = (0, Vec::new());
    for (record, entry, called) in shown(&suite, &results) {
        let functions: Vec<_> = FUNCTION.find_iter(&entry.reason).map(|function| function.as_str()).collect();
        let about = |function: &str| functions.is_empty() || functions.contains(&function);
        for errno in ERRNO.captures_iter(&entry.reason).filter(|errno| errno.get(1).is_none()) {
            compared += 1;
            let answer = errno[2].to_lowercase();
            if !called.answers.iter().any(|(function, answers)| about(function) && answers.contains_key(&answer)) {
                untrue.push(format!(
                    "{}: {} answered no E{} in {}",
                    entry.location,
                    functions.join(", "),
                    &errno[2],
                    record.cell
                ));
            }
        }
    }
    assert!(compared > 0, "no reason names an errno");
    assert!(untrue.is_empty(), "{}", untrue.join("\n"));
}

/// A guest that is stopped may not have come to the call that its source suggests.
#[test]
fn a_call_that_a_reason_blames_for_a_trap_was_made() {
    let (suite, results) = (suite(), results());
    let explained: BTreeMap<_, _> = results.explanations.iter().map(|one| (one.cell.as_str(), one)).collect();
    let (mut compared, mut untrue) = (0, Vec::new());
    for record in results.records.iter().filter(|record| record.verdict == Verdict::Known { failure: Failure::Trap }) {
        let Some(explained) = explained.get(record.cell.as_str()) else { continue };
        let made = own_words(record, explained);
        for entry in spoken_of(&suite, record) {
            let mut blamed = FUNCTION.find_iter(&entry.reason).map(|function| function.as_str()).peekable();
            if blamed.peek().is_none() {
                continue;
            }
            compared += 1;
            if !blamed.any(|function| made.contains(function)) {
                untrue.push(format!("{}: {} made no such call", entry.location, record.cell));
            }
        }
    }
    assert!(compared > 0, "no reason blames a call for a trap");
    assert!(untrue.is_empty(), "{}", untrue.join("\n"));
}

/// The calls of a cell's own trace, as far as they are shown, and what the guest wrote to stderr.
fn own_words(record: &Record, explained: &Explained) -> String {
    let own = |lines: &Lines| match lines {
        Lines::Both(own) | Lines::Own(own) | Lines::Differ { own, .. } => own.clone(),
        Lines::Reference(_) => String::new(),
    };
    let stderr = record.outcome.as_ref().and_then(|observed| observed.outcome()).map(|outcome| outcome.stderr);
    let stderr = stderr.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let told = [&explained.sentence].into_iter().chain(&explained.call).cloned();
    told.chain(explained.excerpt.iter().map(own)).chain(stderr).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_reason_that_speaks_of_blocking_tells_of_the_refusal() {
    let (suite, results) = (suite(), results());
    let (mut compared, mut hidden) = (0, Vec::new());
    for (record, entry, called) in
        shown(&suite, &results).into_iter().filter(|(_, entry, _)| entry.reason.contains("block"))
    {
        compared += 1;
        let answers = called.answers.get("fd_fdstat_set_flags").cloned().unwrap_or_default();
        let refused = answers.keys().filter(|_| !answers.contains_key("success"));
        for errno in refused.map(|errno| format!("E{}", errno.to_uppercase())) {
            if !entry.reason.contains(&errno) {
                let cell = &record.cell;
                hidden.push(format!("{}: fd_fdstat_set_flags answered {errno} in {cell}", entry.location));
            }
        }
    }
    assert!(compared > 0, "no reason speaks of blocking");
    assert!(hidden.is_empty(), "{}", hidden.join("\n"));
}

#[test]
fn no_guest_got_out_of_which_an_entry_says_that_it_stays_inside() {
    let (suite, results) = (suite(), results());
    let told = results.records.iter().zip(answer::answers(&results));
    let out: Vec<_> = told.filter(|(_, answer)| matches!(answer, Answer::GotOut { .. })).collect();
    let contradicted = |record: &Record| {
        let entries = spoken_of(&suite, record).into_iter().filter(|entry| entry.stays_inside);
        entries.map(|entry| format!("{}: {}", entry.location, record.cell)).collect::<Vec<_>>()
    };
    let contradicted: Vec<_> = out.iter().flat_map(|(record, _)| contradicted(record)).collect();
    assert!(!out.is_empty(), "no committed record shows that a guest got out");
    assert!(contradicted.is_empty(), "{}", contradicted.join("\n"));
}

#[test]
fn each_area_at_another_place_has_a_recorded_sample() {
    let (suite, results) = (suite(), results());
    let ran = results.records.iter().filter(|record| record.outcome.is_some());
    let judged: BTreeSet<_> = ran.map(|record| record.case.as_str()).collect();
    let mut areas: BTreeMap<&str, bool> = BTreeMap::new();
    for case in &suite.cases {
        let Some(placement) = &case.placement else { continue };
        *areas.entry(&case.area).or_default() |= placement.sampled && judged.contains(case.id.as_str());
    }
    let unsampled: Vec<_> = areas.iter().filter(|(_, is_sampled)| !**is_sampled).map(|(area, _)| *area).collect();
    assert!(!areas.is_empty(), "no case has another place");
    assert!(unsampled.is_empty(), "no case of these areas is run without being asked for: {unsampled:?}");
}

#[test]
fn security_md_lists_what_is_withheld() {
    let suite = suite();
    let mut withheld: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for runtime in &suite.runtimes {
        for entry in runtime.divergences.iter().filter(|entry| entry.security) {
            let told = if entry.url == "unreported" { "no" } else { "yes" };
            *withheld.entry((format!("{} {}", runtime.name, entry.versions), told)).or_default() += 1;
        }
    }
    let rows = withheld.iter().map(|((runtime, told), cells)| format!("| {runtime} | {cells} | {told} |\n"));
    let table = format!("| runtime | cases | told |\n|---|---|---|\n{}", rows.collect::<String>());
    let document = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    assert!(document.contains(&table), "SECURITY.md does not have this table:\n{table}");
}

#[test]
fn no_record_names_the_folder_of_fetched_crates() {
    let results = results();
    let names_it = |record: &&Record| {
        let text = serde_json::to_string(record).unwrap();
        text.contains("/registry/src/") || text.contains("/.cargo/")
    };
    let naming: Vec<_> = results.records.iter().filter(names_it).map(|record| record.cell.as_str()).collect();
    assert!(!results.records.is_empty(), "nothing is committed");
    assert!(naming.is_empty(), "run these cells again, so that their records say $CRATES:\n{}", naming.join("\n"));
}
