//! Changes as text for a terminal, and as Markdown for a comment on a pull request.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{CASE_CHANGED, Change, Changes, Kind, Pair, RunFacts};
use crate::changes::pairs::Because;
use crate::markdown::{code, code_in_table, plain};
use matrix_model::plural::counted;
use matrix_model::verdict::Verdict;

/// How many cells of a kind, columns or cases a comment lists at most.
const LISTED: usize = 40;

/// The length of a comment, in bytes, after which it lists no more cells.
pub(crate) const LONGEST: usize = 48 << 10;

/// The greatest length of a comment, in bytes: GitHub refuses more than 65,536 characters.
const MOST: usize = 63 << 10;

/// For a terminal: a line for every cell that changed, and below it what was observed.
pub fn terminal(changes: &Changes) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    writeln!(text, "old  {}", of_run(&changes.old)).ok();
    writeln!(text, "new  {}", of_run(&changes.new)).ok();
    for pair in changes.compared.iter().filter(|pair| is_told(pair)) {
        writeln!(text, "\n{}", compared(pair)).ok();
        for (what, was, is) in &pair.changed {
            writeln!(text, "  {what}: {was} → {is}").ok();
        }
    }
    for (what, names) in changes.added_and_removed() {
        writeln!(text, "\n{what} ({})", names.len()).ok();
        names.iter().for_each(|name| {
            writeln!(text, "  {name}").ok();
        });
    }
    for kind in Kind::ALL {
        let mut of_kind = changes.of(kind).peekable();
        if of_kind.peek().is_some() {
            writeln!(text, "\n{kind} ({})", changes.of(kind).count()).ok();
        }
        for change in of_kind {
            writeln!(text, "  {}/{}  {}", change.column, change.case, was_and_is(change)).ok();
            for line in notes(change) {
                writeln!(text, "      {line}").ok();
            }
        }
    }
    writeln!(text, "\n{}", of_each_kind(changes)).ok();
    text
}

/// For a comment on a pull request: a short table of what matters, and everything else folded below it.
pub fn markdown(changes: &Changes) -> String {
    let mut text = String::new();
    writeln!(text, "### wasip1-matrix: {}\n", headline(changes)).ok();
    writeln!(text, "| column | {} |", Kind::ALL.map(|kind| kind.to_string()).join(" | ")).ok();
    writeln!(text, "|---{}|", "|---".repeat(Kind::ALL.len())).ok();
    let mut tally: BTreeMap<(&str, &str), [usize; Kind::ALL.len()]> = BTreeMap::new();
    for change in &changes.cells {
        let counts = tally.entry((&change.old_column, &change.column)).or_default();
        Kind::ALL.iter().zip(counts).for_each(|(kind, count)| *count += usize::from(change.kind == *kind));
    }
    let mut as_they_were = Vec::new();
    let mut rows = 0;
    for pair in &changes.compared {
        let counts = tally.get(&(pair.old.as_str(), pair.new.as_str())).copied().unwrap_or_default();
        if counts == [0; Kind::ALL.len()] && !is_told(pair) {
            as_they_were.push(code(&pair.new));
            continue;
        }
        rows += 1;
        if rows > LISTED {
            continue;
        }
        let name = match pair.old == pair.new {
            true => code_in_table(&pair.new),
            false => format!("{} → {}", code_in_table(&pair.old), code_in_table(&pair.new)),
        };
        let cells = counts.map(|count| if count == 0 { "·".to_owned() } else { format!("**{count}**") });
        writeln!(text, "| {name} | {} |", cells.join(" | ")).ok();
    }
    if rows > LISTED {
        writeln!(text, "\nSomething changed in {}.", counted(rows - LISTED, "more column")).ok();
    }
    text.push_str(&match as_they_were.len() {
        0 => String::new(),
        1..=LISTED => format!("\nNothing changed in {}.\n", as_they_were.join(", ")),
        more => format!("\nNothing changed in {}.\n", counted(more, "column")),
    });
    for kind in Kind::ALL {
        folded(&mut text, changes, kind);
    }
    for (what, names) in changes.added_and_removed() {
        let listed: Vec<_> = names.iter().take(LISTED).map(|name| format!("- {}", code(name))).collect();
        let more = more(names.len() - listed.len());
        fold(&mut text, false, &format!("{what}: {}", names.len()), &format!("{}\n{more}", listed.join("\n")));
    }
    let mut about = format!("- old: {}\n- new: {}\n", plain(&of_run(&changes.old)), plain(&of_run(&changes.new)));
    for pair in changes.compared.iter().filter(|pair| is_told(pair)) {
        writeln!(about, "- {}", plain(&compared(pair))).ok();
        for (what, was, is) in &pair.changed {
            writeln!(about, "  - {what}: {} → {}", code(was), code(is)).ok();
        }
    }
    fold(&mut text, false, "what was compared", &about);
    text
}

/// The cells of a kind, folded unless they are newly broken.
fn folded(text: &mut String, changes: &Changes, kind: Kind) {
    let total = changes.of(kind).count();
    if total == 0 {
        return;
    }
    let mut list = String::new();
    let mut listed = 0;
    for change in changes.of(kind).take(LISTED) {
        if text.len() + list.len() > LONGEST {
            break;
        }
        listed += 1;
        let cell = code(&format!("{}/{}", change.column, change.case));
        writeln!(list, "- {cell} {}", plain(&was_and_is(change))).ok();
        for note in notes(change) {
            writeln!(list, "  - {}", code(&note)).ok();
        }
    }
    list.push_str(&more(total - listed));
    let is_open = kind == Kind::NewlyBroken;
    fold(text, is_open, &format!("{kind}: {total}"), &list);
}

/// Adds a part that is folded, unless it is to be open.
pub(crate) fn fold(text: &mut String, is_open: bool, summary: &str, body: &str) {
    let fits = text.len() + body.len() < MOST;
    let body = if fits { body } else { "too long for a comment; run `wasip1-matrix diff` to see it" };
    let open = if is_open { " open" } else { "" };
    writeln!(text, "\n<details{open}><summary>{}</summary>\n\n{}\n\n</details>", plain(summary), body.trim_end()).ok();
}

/// The line that says how many are not listed.
pub(crate) fn more(count: usize) -> String {
    match count {
        0 => String::new(),
        count => format!("- and {count} more; run `wasip1-matrix diff` to see them all\n"),
    }
}

/// Whether there is more to say about a pair than that it was compared.
fn is_told(pair: &Pair) -> bool {
    pair.because != Because::SameName || !pair.changed.is_empty()
}

fn compared(pair: &Pair) -> String {
    let mark = if pair.reference { " (the reference)" } else { "" };
    match pair.because {
        Because::SameName => format!("{}{mark}: the two runs ran different things", pair.new),
        Because::DefaultVersion => {
            format!("{} → {}{mark}: the default version changed, so these two are compared", pair.old, pair.new)
        }
        Because::LocalBuild => {
            format!("{} → {}{mark}: a build named by its path is compared with the default version", pair.old, pair.new)
        }
        Because::Named => format!("{} → {}{mark}", pair.old, pair.new),
    }
}

pub(crate) fn of_run(run: &RunFacts) -> String {
    format!("{}: {}, {}, {}", run.file, run.finished.day(), run.go.join(", "), run.platform)
}

/// `pass → fail (wrong-output)`.
pub(crate) fn was_and_is(change: &Change) -> String {
    let word = |verdict: &Option<Verdict>| verdict.as_ref().map_or_else(|| "not run".to_owned(), Verdict::with_failure);
    format!("{} → {}", word(&change.old), word(&change.new))
}

/// The lines below a cell.
pub(crate) fn notes(change: &Change) -> Vec<String> {
    let mut notes = Vec::new();
    if !change.observed.is_empty() {
        let side = if change.new.as_ref().is_some_and(Verdict::is_as_expected) { "before" } else { "now" };
        notes.push(format!("{side}, {}", change.observed));
    }
    notes.extend(change.expected.iter().map(|expected| format!("expected, {expected}")));
    notes.extend(change.reason.iter().map(|reason| format!("recorded: {reason}")));
    if change.case_changed {
        notes.push(CASE_CHANGED.to_owned());
    }
    notes
}

fn headline(changes: &Changes) -> String {
    match (changes.of(Kind::NewlyBroken).count(), changes.cells.len()) {
        (0, 0) => format!("nothing changed in {}", counted(changes.unchanged, "cell")),
        (0, _) => "nothing is newly broken".to_owned(),
        (count, _) => format!("newly broken: {}", counted(count, "cell")),
    }
}

/// The last line at a terminal: how many of each kind.
fn of_each_kind(changes: &Changes) -> String {
    let counts = Kind::ALL.map(|kind| format!("{} {kind}", changes.of(kind).count()));
    format!("{}, {} unchanged", counts.join(", "), changes.unchanged)
}
