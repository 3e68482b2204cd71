//! A gate's result as text for a terminal, and as Markdown for a summary or a comment.

use std::fmt::Write;

use super::Gate;
use crate::changes::show::{notes, of_run, was_and_is};
use crate::changes::{Change, Kind};
use crate::markdown::{code, plain};

/// How many cells of a kind the Markdown lists at most.
const LISTED: usize = 40;

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

/// For a summary or a comment. If nothing changed it has a few lines.
pub fn markdown(gate: &Gate) -> String {
    let mut text = format!("### wasip1-matrix gate: {}\n\n", plain(&result(gate)));
    for pair in &gate.changes.compared {
        writeln!(text, "{} against {}", code(&pair.new), code(&pair.old)).ok();
        for (what, was, is) in &pair.changed {
            writeln!(text, "- {what}: {} → {}", code(was), code(is)).ok();
        }
    }
    for kind in ORDER {
        let cells: Vec<_> = gate.changes.of(kind).collect();
        if cells.is_empty() {
            continue;
        }
        let open = if kind == Kind::NewlyBroken { " open" } else { "" };
        writeln!(text, "\n<details{open}><summary>{kind}: {}</summary>\n", cells.len()).ok();
        for change in cells.iter().take(LISTED) {
            let allowed = if is_allowed(gate, change) { ", which is allowed" } else { "" };
            writeln!(text, "- {} {}{allowed}", code(&change.case), plain(&was_and_is(change))).ok();
            notes(change).iter().for_each(|line| {
                writeln!(text, "  - {}", code(line)).ok();
            });
        }
        if cells.len() > LISTED {
            writeln!(text, "- and {} more", cells.len() - LISTED).ok();
        }
        writeln!(text, "\n</details>").ok();
    }
    text
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
