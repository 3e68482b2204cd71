//! A gate's result as text for a terminal, and as Markdown for a summary or a comment.

use std::fmt::Write;

use super::Gate;
use crate::changes::show::{LONGEST, notes, of_run, was_and_is};
use crate::changes::{Change, Kind};
use crate::markdown::{code, plain};

/// How many cells of a kind the Markdown lists at most.
const LISTED: usize = 40;

/// How many cells of a kind it names if nothing stops the candidate.
const NAMED: usize = 10;

/// In which order kinds are told: what a candidate does better comes first.
const ORDER: [Kind; 6] =
    [Kind::Fixed, Kind::NewlyBroken, Kind::NoLongerJudged, Kind::NewlyFlaky, Kind::BrokenOtherwise, Kind::NewlyJudged];

/// For a terminal: each cell that changed, and below it what was expected and observed. The last line is the result.
pub fn terminal(gate: &Gate) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    writeln!(text, "baseline   {}", of_run(&gate.changes.old)).ok();
    writeln!(text, "candidate  {}", of_run(&gate.changes.new)).ok();
    for pair in &gate.changes.compared {
        writeln!(text, "\n{} against {}", pair.new, pair.old).ok();
        for (what, was, is) in &pair.changed {
            writeln!(text, "  {what}: {was} → {is}").ok();
        }
    }
    for kind in ORDER {
        let cells: Vec<_> = gate.changes.of(kind).collect();
        if cells.is_empty() {
            continue;
        }
        writeln!(text, "\n{kind} ({})", cells.len()).ok();
        for change in cells {
            let allowed = if is_allowed(gate, change) { ", which is allowed" } else { "" };
            writeln!(text, "  {}  {}{allowed}", change.case, was_and_is(change)).ok();
            notes(change).iter().for_each(|line| {
                writeln!(text, "      {line}").ok();
            });
        }
    }
    writeln!(text, "\n{}", result(gate)).ok();
    text
}

/// For a summary or a comment. If nothing stops the candidate it has at most 20 lines, and of each kind of change it names
/// the first cells.
pub fn markdown(gate: &Gate) -> String {
    let mut text = format!("### wasip1-matrix gate: {}\n\n", plain(&result(gate)));
    for pair in &gate.changes.compared {
        writeln!(text, "{} against {}", code(&pair.new), code(&pair.old)).ok();
        for (what, was, is) in &pair.changed {
            writeln!(text, "- {what}: {} → {}", code(was), code(is)).ok();
        }
    }
    text.push('\n');
    for kind in ORDER {
        let cells: Vec<_> = gate.changes.of(kind).collect();
        match gate.is_red() {
            _ if cells.is_empty() => {}
            true => fold(&mut text, gate, kind, &cells),
            false => name_first(&mut text, kind, &cells),
        }
    }
    text
}

/// The cells of a kind, each with what was expected and observed, folded unless they are newly broken.
fn fold(text: &mut String, gate: &Gate, kind: Kind, cells: &[&Change]) {
    let open = if kind == Kind::NewlyBroken { " open" } else { "" };
    writeln!(text, "<details{open}><summary>{kind}: {}</summary>\n", cells.len()).ok();
    let mut listed = 0;
    for change in cells.iter().take(LISTED) {
        if text.len() > LONGEST {
            break;
        }
        listed += 1;
        let allowed = if is_allowed(gate, change) { ", which is allowed" } else { "" };
        writeln!(text, "- {} {}{allowed}", code(&change.case), plain(&was_and_is(change))).ok();
        notes(change).iter().for_each(|line| {
            writeln!(text, "  - {}", code(line)).ok();
        });
    }
    if cells.len() > listed {
        writeln!(text, "- and {} more", cells.len() - listed).ok();
    }
    writeln!(text, "\n</details>\n").ok();
}

/// The first cells of a kind, in one line.
fn name_first(text: &mut String, kind: Kind, cells: &[&Change]) {
    let named: Vec<_> = cells.iter().take(NAMED).map(|change| code(&change.case)).collect();
    let more = cells.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    writeln!(text, "- {kind}: {}{more}", named.join(", ")).ok();
}

fn is_allowed(gate: &Gate, change: &Change) -> bool {
    gate.allowed.iter().any(|place| std::ptr::eq(&gate.changes.cells[*place], change))
}

/// `red: 1 newly broken; 2 fixed, 920 unchanged`.
fn result(gate: &Gate) -> String {
    let count = |kind: Kind, of: &mut dyn Iterator<Item = &Change>| {
        let count = of.filter(|change| change.kind == kind).count();
        (count > 0).then(|| format!("{count} {kind}"))
    };
    let stops: Vec<_> = ORDER.into_iter().filter_map(|kind| count(kind, &mut gate.stops())).collect();
    let is_among = |places: &[usize], change: &Change| {
        places.iter().any(|place| std::ptr::eq(&gate.changes.cells[*place], change))
    };
    let is_told = |change: &&Change| !is_among(&gate.stopped_by, change) && !is_among(&gate.other_case, change);
    let told = ORDER.into_iter().filter_map(|kind| count(kind, &mut gate.changes.cells.iter().filter(is_told)));
    let others = gate.other_case.len();
    let others = (others > 0).then(|| format!("{others} of a case that has changed since the baseline"));
    let told: Vec<_> = told.chain(others).chain([format!("{} unchanged", gate.changes.unchanged)]).collect();
    match stops.is_empty() {
        true => format!("green: {}", told.join(", ")),
        false => format!("red: {}; {}", stops.join(", "), told.join(", ")),
    }
}
