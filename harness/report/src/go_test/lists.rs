//! Lists that others keep of Go's tests, held against an answer: sections of the page, and a text for the place where a list
//! is kept.

use std::fmt::Write;

use serde::Serialize;

use super::{columns_in_words, first_line, reasons};
use crate::compared::reason;
use crate::markdown::{code, code_in_table, fenced, plain};
use matrix_model::go_test::lists::{Cause, Claim, Held, HeldTest, NewFailure, Seen, State, TestList, held};
use matrix_model::go_test::verdict::Row;
use matrix_model::go_test::{PackageTests, TestReport};
use matrix_model::plural::counted;

/// How many failures that a list does not have are listed. An issue has no more than 65536 characters.
const LISTED: usize = 100;

/// The command that makes `call.wasm` of a module in text form.
const PARSE: &str = "wasm-tools parse";

/// A list on the page.
#[derive(Serialize)]
pub(super) struct Section {
    id: String,
    title: String,
    url: String,
    of: String,
    summary: String,
    tests: Vec<Line>,
    new: Vec<New>,
    /// How many more failures there are that the list does not have.
    more: usize,
    causes: Vec<Told>,
}

/// Something that a list names, or several packages of which it says the same.
#[derive(Serialize)]
struct Line {
    package: String,
    test: String,
    says: String,
    style: &'static str,
    sign: &'static str,
    word: &'static str,
    now: String,
}

/// Something that a list does not have.
#[derive(Serialize)]
struct New {
    package: String,
    test: String,
    columns: String,
    output: String,
    why: String,
}

/// What happens in tests that a list names.
#[derive(Serialize)]
struct Told {
    tests: String,
    words: String,
    call: String,
    url: Option<String>,
    case: Option<String>,
    module: String,
    commands: Vec<(String, String)>,
}

/// Each list as a section of the page.
pub(super) fn sections(lists: &[TestList], report: &TestReport) -> Vec<Section> {
    lists.iter().map(|list| section(&held(list, report), report)).collect()
}

fn section(held: &Held, report: &TestReport) -> Section {
    let causes = held.list.entries.iter().filter_map(|entry| {
        let cause = entry.cause.as_ref()?;
        let tests = entry.tests.iter().cloned().collect::<Vec<_>>().join(", ");
        Some(told(tests, cause))
    });
    Section {
        id: format!("list-{}", held.list.id),
        title: held.list.title.clone(),
        url: held.list.url.clone(),
        of: held.list.of.clone(),
        summary: summary(held),
        tests: lines(held),
        new: held.new.iter().take(LISTED).map(|new| New::of(new, held, report)).collect(),
        more: held.new.len().saturating_sub(LISTED),
        causes: causes.collect(),
    }
}

/// A line for each test; packages as a whole of which all is the same share one.
fn lines(held: &Held) -> Vec<Line> {
    let mut lines: Vec<(State, Line)> = Vec::new();
    for test in &held.tests {
        let (style, sign, word) = mark(test);
        let line = Line {
            package: test.entry.package.clone().unwrap_or_else(|| "all packages".to_owned()),
            test: test.test.unwrap_or_default().to_owned(),
            says: says(test),
            style,
            sign,
            word,
            now: now(test, held),
        };
        let alike = lines.iter_mut().find(|(state, other)| {
            test.test.is_none()
                && other.test.is_empty()
                && (*state, &other.says, &other.now) == (test.state, &line.says, &line.now)
        });
        match alike {
            Some((_, other)) => {
                other.package.push_str(", ");
                other.package.push_str(&line.package);
            }
            None => lines.push((test.state, line)),
        }
    }
    lines.sort_by_key(|(state, _)| *state);
    lines.into_iter().map(|(_, line)| line).collect()
}

impl New {
    fn of(new: &NewFailure, held: &Held, report: &TestReport) -> New {
        let columns: Vec<_> = held.columns.iter().copied().filter(|column| new.columns.contains(column)).collect();
        let row = row_of(new, report);
        let whole = row.map(|(package, row)| {
            let own: Vec<_> = columns.iter().copied().filter(|column| row.columns.contains_key(*column)).collect();
            let output = own.first().map(|column| first_line(package, row, column)).unwrap_or_default();
            let why = reasons(package, row, &own).next().and_then(|why| reason(&why.reason).into_iter().next());
            (output, why.unwrap_or_default())
        });
        let (output, why) = whole.unwrap_or_default();
        let of_all: Vec<_> = held.columns.iter().map(|column| (*column).to_owned()).collect();
        let subtests = match new.subtests.len() {
            0 => String::new(),
            count => format!(" ({})", counted(count, "subtest")),
        };
        let test = new.test.unwrap_or("the package as a whole");
        New {
            package: new.package.to_owned(),
            test: format!("{test}{subtests}"),
            columns: columns_in_words(&columns, &of_all),
            output,
            why,
        }
    }
}

/// The row that says most of a failure: the test's own, or that of its first failing subtest.
fn row_of<'r>(new: &NewFailure, report: &'r TestReport) -> Option<(&'r PackageTests, &'r Row)> {
    let package = report.packages.iter().find(|package| package.package == new.package)?;
    let is_of = |row: &&Row| match row.test.as_deref() {
        Some(test) => new.subtests.contains(test) || (new.subtests.is_empty() && new.test == Some(test)),
        None => new.test.is_none(),
    };
    Some((package, package.rows.iter().find(is_of)?))
}

fn told(tests: String, cause: &Cause) -> Told {
    let of_run = |column: &str, command: &str, exit: i32| (format!("{column}: exits with {exit}"), command.to_owned());
    Told {
        tests,
        words: cause.words.clone(),
        call: cause.call.clone(),
        url: is_address(&cause.url).then(|| cause.url.clone()),
        case: cause.case.clone(),
        module: cause.text.clone(),
        commands: std::iter::once((
            "first".to_owned(),
            format!("{PARSE} {} -o call.wasm\n{}", file_name(&cause.wat), cause.before),
        ))
        .chain(cause.runs.iter().map(|run| of_run(&run.column, &run.command, run.exit)))
        .collect(),
    }
}

fn is_address(url: &str) -> bool {
    url.starts_with("https://")
}

/// The last part of a path with `/`.
fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// How many are in each state, and how many are new.
fn summary(held: &Held) -> String {
    if held.columns.is_empty() {
        return format!("No column of {} has been run, so nothing is held against this list yet.", held.list.engine);
    }
    let count = |state: State| held.tests.iter().filter(|test| test.state == state).count();
    let states = [
        (State::Broken, "to pass there and failing here"),
        (State::Same, "as it says"),
        (State::Mended, "mended"),
        (State::Untold, "not told here"),
    ];
    let mut words: Vec<_> = states
        .iter()
        .filter(|(state, _)| count(*state) > 0)
        .map(|(state, word)| format!("{} {word}", count(*state)))
        .collect();
    words.push(format!("{} failing here and not on it", counted(held.new.len(), "test")));
    format!("{} under {}: {}.", counted(held.tests.len(), "entry"), held.columns.join(", "), words.join(", "))
}

fn says(test: &HeldTest) -> String {
    let claim = match test.entry.claim {
        Claim::Fails => "fails",
        Claim::Skipped => "skipped",
        Claim::Passes => "passes",
    };
    let system = test.entry.only_on.as_ref().map(|system| format!(" on {system}")).unwrap_or_default();
    format!("{claim}{system}: {}", test.entry.says)
}

/// What has become of a test: the names of a style, a sign and a word.
fn mark(test: &HeldTest) -> (&'static str, &'static str, &'static str) {
    match (test.state, test.entry.claim) {
        (State::Broken, _) => ("breaks", "✗", "fails here"),
        (State::Same, Claim::Passes) => ("works", "✓", "passes, too"),
        (State::Same, _) => ("should breaks", "✗", "fails, too"),
        (State::Mended, _) => ("works", "✓", "mended"),
        (State::Untold, _) => ("not-run", "∅", "not told"),
    }
}

/// What a test does now, in words: the columns by what they show.
fn now(test: &HeldTest, held: &Held) -> String {
    if let Some(system) = &test.entry.only_on {
        return format!("these columns are not on {system}");
    }
    if held.columns.is_empty() {
        return "no column was run".to_owned();
    }
    let all: Vec<_> = held.columns.iter().map(|column| (*column).to_owned()).collect();
    let kinds = [
        (Seen::Fails, "fails"),
        (Seen::Passes, "passes"),
        (Seen::FailsAnyway, "fails natively or under every engine"),
        (Seen::Skips, "is skipped for another reason"),
        (Seen::NotRun, "was not run"),
    ];
    let words = kinds.iter().filter_map(|(kind, word)| {
        let columns: Vec<_> = test.columns.iter().filter(|(_, seen)| seen == kind).map(|(column, _)| *column).collect();
        (!columns.is_empty()).then(|| format!("{word} under {}", columns_in_words(&columns, &all)))
    });
    words.collect::<Vec<_>>().join("; ")
}

/// A list held against an answer, as Markdown for the place where the list is kept.
pub fn markdown(list: &TestList, report: &TestReport) -> String {
    let held = held(list, report);
    let section = section(&held, report);
    let mut text = String::new();
    // Writing to a string cannot fail.
    let mut line = |words: &str| writeln!(text, "{words}").unwrap_or(());
    let flags =
        if report.flags.is_empty() { String::new() } else { format!(" with {}", code(&report.flags.join(" "))) };
    line(&format!(
        "Tests of {} that {} built{flags}, held against [{}]({}) ({}).\n",
        counted(report.packages.len(), "package"),
        plain(&report.go),
        plain(&list.title),
        list.url,
        plain(&list.of)
    ));
    line(&plain(&section.summary));
    if !section.tests.is_empty() {
        line("\n| Package | Test | Said | Now |\n|---|---|---|---|");
    }
    for test in &section.tests {
        let name = if test.test.is_empty() { String::new() } else { code_in_table(&test.test) };
        let now = format!("{} {}: {}", test.sign, test.word, plain(&test.now));
        line(&format!("| {} | {name} | {} | {now} |", plain(&test.package), plain(&test.says)));
    }
    if !section.new.is_empty() {
        line("\n**Fails, and is not on the list**\n\n| Package | Test | Under | Says | Cause |\n|---|---|---|---|---|");
    }
    for new in &section.new {
        let output = if new.output.is_empty() { String::new() } else { code_in_table(&new.output) };
        let [test, columns, why] = [&new.test, &new.columns, &new.why].map(|text| plain(text));
        line(&format!("| {} | {test} | {columns} | {output} | {why} |", code_in_table(&new.package)));
    }
    if section.more > 0 {
        line(&format!("\nand {} more", section.more));
    }
    for told in &section.causes {
        line(&format!("\n**What happens in {}** ({})\n\n{}", plain(&told.tests), code(&told.call), plain(&told.words)));
        told.url.iter().for_each(|url| line(&format!("\n{url}")));
        told.case.iter().for_each(|case| line(&format!("\nThe case {} of this project is about it.", code(case))));
        line(&format!("\n{}", fenced("wat", &told.module)));
        for (title, commands) in &told.commands {
            line(&format!("{}:\n\n{}", plain(title), fenced("sh", commands)));
        }
    }
    text
}
