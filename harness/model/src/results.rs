//! The results of a run.

pub mod day;
pub mod measured;
mod overlay;
pub mod schema_version;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use host_contract::request::{Clock, Random};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::beside_record::BesideRecord;
use crate::call_counts::Called;
use crate::case::{Case, Location, Tier};
use crate::connection::OutputKind;
use crate::content::quoted;
use crate::difference::flags_in_words;
use crate::expectation::ExpectedExit;
use crate::explanation::Explained;
use crate::matrix::{Column, Place};
use crate::promise::Promise;
use crate::record::Record;
use crate::returns;
use crate::runtime::Note;

use day::{Day, Days, Finished};

/// The version of the schema of a results document. Its first number changes when a reader must change. Records have a
/// version of their own, so adding to the document does not invalidate any record.
pub const SCHEMA: &str = "3.2";

/// Everything a report is made from.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Results {
    /// The schema's version.
    #[serde(deserialize_with = "schema_version::readable_schema")]
    pub schema: String,
    /// When the run ended.
    pub finished: Finished,
    /// The Go versions that built the guests.
    pub go: Vec<String>,
    /// Operating system and architecture.
    pub platform: String,
    /// The machine, in words: kernel, processors, memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// The project's commit that was checked out, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The name of the suite's folder, if the cases are not the project's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<String>,
    /// The columns, by runtime.
    pub columns: Vec<ColumnFacts>,
    /// The cases, by id.
    pub cases: Vec<CaseFacts>,
    /// The records, by column and case.
    pub records: Vec<Record>,
    /// What made cells other than expected, where that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub explanations: Vec<Explained>,
    /// What guests called and were answered, where that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub called: Vec<Called>,
}

/// A column, as a report shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ColumnFacts {
    /// The runtime's id.
    pub runtime: String,
    /// Its name.
    pub name: String,
    /// Its home page.
    pub url: String,
    /// The version.
    pub version: String,
    /// The mode, unless it is the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// The Go release asked for, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go: Option<String>,
    /// The surrounding that it is run in, unless that is the machine as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surrounding: Option<String>,
    /// The name made of all these.
    pub column: String,
    /// Whether it is the reference and no runtime's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reference: bool,
    /// Whether it stands for its runtime: the default version in the default mode.
    pub primary: bool,
    /// Whether its executable is one that the user named by its path.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub local: bool,
    /// Whether it was there, in this run or in an earlier one that its records are of.
    pub available: bool,
    /// How to get it.
    pub hint: String,
    /// What its adapter cannot express.
    pub lacks: Vec<String>,
    /// What its developers say of themselves and a reader must know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    /// The runtime under whose name it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// What the runtime's own documents promise: the address of each document.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub promises: BTreeMap<Promise, String>,
    /// The days on which its cells were run, where not each record says when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<Days>,
}

/// A case, as a report shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct CaseFacts {
    /// The id.
    pub id: String,
    /// The area.
    pub area: String,
    /// The promise.
    pub why: String,
    /// Its source.
    pub doc: String,
    /// How binding it is. If it has a `promise`, see [`CaseFacts::tier_in`].
    pub tier: Tier,
    /// What the runtime itself must promise for the tier to hold; absent if the source promises it for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<Promise>,
    /// The guest.
    pub guest: String,
    /// Where it stands.
    pub location: Location,
    /// Its inputs, each as a label and a value in words.
    pub inputs: Vec<(String, String)>,
    /// What is expected, each as a label and a value in words.
    pub expected: Vec<(String, String)>,
    /// Why native Linux does otherwise, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<String>,
    /// What stdout is like only if the guest read something outside of its folders, as a regular expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub got_out: Option<String>,
    /// What stdout is like only if the guest found out what there is outside of its folders, as a regular expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_out: Option<String>,
}

/// The label of how the guest is expected to end.
const END: &str = "end";

/// The beginning of the label of a path outside of all preopens.
const OUTSIDE: &str = "outside/";

impl CaseFacts {
    /// Whether the guest is expected to end so.
    pub fn expects_exit(&self, exit: ExpectedExit) -> bool {
        self.expected.iter().any(|(label, value)| label == END && *value == exit.to_string())
    }

    /// Whether the harness looks at a path outside of all preopens.
    pub fn watches_outside(&self) -> bool {
        self.expected.iter().any(|(label, _)| label.starts_with(OUTSIDE))
    }
}

impl ColumnFacts {
    /// What distinguishes it from the runtime's other columns: `48.0.8 winch`.
    pub fn label(&self) -> String {
        let go = self.go.as_ref().map(|go| format!("go{go}"));
        let local = self.local.then(|| "local".to_owned());
        [Some(&self.version), self.mode.as_ref(), self.surrounding.as_ref(), local.as_ref(), go.as_ref()]
            .into_iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl ColumnFacts {
    /// Its mode and its surrounding, in this order; `None` if it has neither.
    pub fn variation(&self) -> Option<String> {
        let parts: Vec<_> = [&self.mode, &self.surrounding].into_iter().flatten().map(String::as_str).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

impl From<&Column<'_>> for ColumnFacts {
    fn from(column: &Column) -> ColumnFacts {
        ColumnFacts {
            runtime: column.runtime.id.clone(),
            name: column.runtime.name.clone(),
            url: column.runtime.url.clone(),
            version: column.version.to_string(),
            mode: column.mode.name.clone(),
            go: column.go.clone(),
            surrounding: column.surrounding().map(str::to_owned),
            column: column.to_string(),
            reference: column.runtime.is_reference(),
            primary: column.primary,
            local: column.local,
            available: !column.is_missing(),
            hint: match &column.place {
                Place::Missing(hint) => hint.clone(),
                _ => column.runtime.install.hint.clone(),
            },
            lacks: column.lacks().iter().map(ToString::to_string).collect(),
            promises: column.runtime.promises.clone(),
            note: column.runtime.note.clone(),
            successor: column.runtime.successor.clone(),
            days: None,
        }
    }
}

impl CaseFacts {
    /// How binding the case is in a column. The tier of a case that rests on a runtime's own promise holds where the
    /// runtime makes that promise; elsewhere the case is a *should*. The reference needs no promise.
    pub fn tier_in(&self, column: &ColumnFacts) -> Tier {
        match self.promise {
            Some(promise) if !column.reference && !column.promises.contains_key(&promise) => Tier::Should,
            _ => self.tier,
        }
    }
}

impl From<&Case> for CaseFacts {
    fn from(case: &Case) -> CaseFacts {
        CaseFacts {
            id: case.id.clone(),
            area: case.area.clone(),
            why: case.why.clone(),
            doc: case.doc.clone(),
            tier: case.tier,
            promise: case.promise,
            guest: case.guest.clone(),
            location: case.location.clone(),
            inputs: inputs(case),
            expected: expected(case),
            native: case.native.clone(),
            got_out: case.got_out.clone(),
            found_out: case.found_out.clone(),
        }
    }
}

fn inputs(case: &Case) -> Vec<(String, String)> {
    let mut inputs = Vec::new();
    let mut input = |label: &str, value: String| inputs.push((label.to_owned(), value));
    if !case.args.is_empty() {
        let shown: Vec<_> = case.args.iter().take(20).map(|arg| quoted(arg.as_bytes())).collect();
        let more = case.args.len().saturating_sub(shown.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        input("args", shown.join(" ") + &more);
    }
    for (name, value) in case.env.iter().take(20) {
        input("env", format!("{name}={}", quoted(value.as_bytes())));
    }
    if case.env.len() > 20 {
        input("env", format!("and {} more", case.env.len() - 20));
    }
    for (name, value) in &case.host_env {
        input("host-env", format!("{name}={}", quoted(value.as_bytes())));
    }
    for dir in &case.dirs {
        let access = if dir.read_only { ", read-only" } else { "" };
        input("dir", format!("{} = fixture {}{access}", quoted(dir.guest.as_bytes()), dir.fixture));
    }
    for (name, fixture) in &case.outside {
        input("outside", format!("{name} = fixture {fixture}"));
    }
    let kind = serde_json::to_value(case.stdin_kind).map(|kind| kind.as_str().unwrap_or("").to_owned());
    let stdin = if case.stdin.is_empty() { "empty".to_owned() } else { quoted(&case.stdin) };
    input("stdin", format!("{} ({stdin})", kind.unwrap_or_else(|error| error.to_string())));
    for (name, kind) in [("stdout", &case.stdout_kind), ("stderr", &case.stderr_kind)] {
        if *kind != OutputKind::default() {
            input(name, kind.to_string());
        }
    }
    case.before.in_words().into_iter().for_each(|words| input("before", words));
    if !case.after.writes.is_empty() {
        input("after", format!("writes {} to stdout", quoted(case.after.writes.as_bytes())));
    }
    for step in &case.steps {
        input("step", format!("{step:?}"));
    }
    let limits = [
        (case.limits.fuel, "units of fuel"),
        (case.limits.memory_bytes, "bytes of memory"),
        (case.limits.wall_ms, "ms of time"),
    ];
    for (limit, unit) in limits {
        if let Some(limit) = limit {
            input("limit", format!("{limit} {unit}"));
        }
    }
    if let Clock::Fixed { start_ns, step_ns } = case.clock {
        input("clock", format!("starts at {start_ns} ns, {step_ns} ns later at each reading"));
    }
    if let Random::Seed(seed) = case.random {
        input("random", format!("seeded with {seed}"));
    }
    for (call, times) in returns::in_a_row(&case.exports) {
        input("call", returns::call(call, times));
    }
    inputs
}

fn expected(case: &Case) -> Vec<(String, String)> {
    if case.tier == Tier::Observe {
        return Vec::new();
    }
    let expect = &case.expect;
    let mut expected =
        vec![(END.to_owned(), expect.exit.to_string()), ("stdout".to_owned(), expect.stdout.to_string())];
    if !expect.control.is_empty() {
        expected.push(("control".to_owned(), format!("the first lines: {}", quoted(&expect.control))));
    }
    for (beginning, by) in &expect.checks {
        expected.push(("check".to_owned(), format!("lines that begin with {beginning:?} are judged by {by}")));
    }
    expected.extend(expect.stderr.iter().map(|matcher| ("stderr".to_owned(), matcher.to_string())));
    expected.extend(expect.files.iter().map(|(path, matcher)| (path.clone(), matcher.to_string())));
    expected.extend(expect.outside.iter().map(|(path, matcher)| (format!("{OUTSIDE}{path}"), matcher.to_string())));
    expected.extend(expect.returns.iter().map(|returns| ("returns".to_owned(), returns::in_words(returns))));
    expected.extend(expect.again.iter().map(|again| ("again".to_owned(), again.to_string())));
    expected.extend(expect.stdin_rest.iter().map(|matcher| ("stdin-rest".to_owned(), matcher.to_string())));
    let changed = expect.changed_flags.iter().map(|changed| flags_in_words(Some(changed)));
    expected.extend(changed.map(|changed| ("changed-flags".to_owned(), changed)));
    expected
}

impl Results {
    /// The number of cells of the runtimes with each verdict, by the verdict's word.
    pub fn tally(&self) -> BTreeMap<&'static str, usize> {
        self.tally_of(false)
    }

    /// The number of cells of the reference with each verdict, by the verdict's word.
    pub fn tally_of_reference(&self) -> BTreeMap<&'static str, usize> {
        self.tally_of(true)
    }

    fn tally_of(&self, reference: bool) -> BTreeMap<&'static str, usize> {
        let mut tally = BTreeMap::new();
        for record in self.records.iter().filter(|record| record.reference == reference) {
            *tally.entry(record.verdict.word()).or_insert(0) += 1;
        }
        tally
    }

    /// Whether any cell is red.
    pub fn is_red(&self) -> bool {
        self.records.iter().any(|record| record.verdict.is_red())
    }

    /// Marks each column that has been run as available, even if its runtime is no longer installed.
    pub fn show_what_was_run(&mut self) {
        let run = self.records.iter().filter(|record| record.receipt.is_some());
        let run: BTreeSet<_> = run.map(|record| record.column.as_str()).collect();
        self.columns.iter_mut().for_each(|facts| facts.available |= run.contains(facts.column.as_str()));
    }

    /// The days on which the cells of a column were run; `None` if none was run.
    pub fn days_of(&self, column: &ColumnFacts) -> Option<Days> {
        let run = || self.records.iter().filter(|record| record.column == column.column && record.receipt.is_some());
        let times = || run().filter_map(|record| Some(record.measured?.ran));
        let told = times().min().into_iter().chain(times().max()).map(Day::of);
        let is_untold = run().any(|record| record.measured.is_none());
        let days = column.days.iter().filter(|_| is_untold);
        Days::spanning(told.chain(days.flat_map(|days| [days.first.clone(), days.last.clone()])))
    }

    /// Adds earlier explanations and counted calls that belong to these records. Existing ones are kept.
    pub fn add_earlier(&mut self, mut explanations: Vec<Explained>, mut called: Vec<Called>) {
        let records: HashMap<_, _> = self.records.iter().map(|record| (record.cell.as_str(), record)).collect();
        let record = |cell: &str| records.get(cell).copied();
        let has: BTreeSet<_> = self.explanations.iter().map(|explained| explained.cell.clone()).collect();
        explanations.retain(|explained| {
            !has.contains(&explained.cell) && record(&explained.cell).is_some_and(|record| explained.belongs_to(record))
        });
        let has: BTreeSet<_> = self.called.iter().map(|called| called.cell.clone()).collect();
        called.retain(|called| {
            !has.contains(&called.cell) && record(&called.cell).is_some_and(|record| called.belongs_to(record))
        });
        self.explanations.extend(explanations);
        self.called.extend(called);
    }
}
