//! An answer at a terminal.

use std::fmt::Write;

use matrix_model::compared::{Compared, FirstCall, Group, Reason};
use matrix_model::escape::visible;
use matrix_model::plural::counted;
use matrix_model::text::push_difference;

use super::{because, hint, others, reason, shown};

/// The width of each of the two traces, in characters.
const WIDTH: usize = 72;

/// The answer: the groups, each difference, and what was not run.
pub fn text(compared: &Compared) -> String {
    let mut text = String::new();
    let mut line = |words: &str| writeln!(text, "{words}").unwrap_or(());
    line(&because(compared));
    if !compared.unsettled.is_empty() {
        let aspects: Vec<_> = compared.unsettled.iter().map(ToString::to_string).collect();
        line(&format!("not compared, because it varies there by itself: {}", aspects.join(", ")));
    }
    for group in &compared.groups {
        line("");
        line(&heading(group, compared));
        if group.agrees {
            line(&format!("  {}", shown(group)));
        } else {
            differences(group, &mut line);
        }
    }
    if !compared.not_run.is_empty() {
        line("");
    }
    for column in &compared.not_run {
        line(&format!("not run: {}: {}", column.column, visible(&column.why)));
    }
    if let Some(hint) = hint(compared) {
        line(&format!("\n{hint}"));
    }
    text
}

/// Who the group is, and whether it agrees.
fn heading(group: &Group, compared: &Compared) -> String {
    let others = others(group, compared);
    match (group.agrees, others.len()) {
        (true, 0) => format!("no other column agrees with {}", compared.reference.column),
        (true, 1) => format!("{} agrees with {}", others[0], compared.reference.column),
        (true, count) => format!("{count} agree with {}: {}", compared.reference.column, others.join(", ")),
        (false, _) => format!("{}: {}", others.join(", "), shown(group)),
    }
}

fn differences(group: &Group, line: &mut impl FnMut(&str)) {
    for difference in &group.differences {
        let mut lines = String::new();
        push_difference(&mut lines, difference);
        for part in lines.lines() {
            line(&format!("  {part}"));
        }
    }
    for aspect in &group.varies {
        line(&format!("  {aspect} varies from run to run here, and does not in the reference"));
    }
    let Some(why) = &group.reason else { return };
    for sentence in reason(why) {
        line(&format!("  {}", visible(&sentence)));
    }
    if let Reason::Call(call) = why {
        traces(call, line);
    }
}

/// The two traces around a call, side by side.
pub(crate) fn traces(call: &FirstCall, line: &mut impl FnMut(&str)) {
    let Some(beside) = call.beside.as_ref().filter(|_| !call.excerpt.is_empty()) else { return };
    line(&format!("    {:<WIDTH$} | {beside}", call.column));
    for pair in &call.excerpt {
        let (own, sign, reference) = pair.sides();
        let sign = if sign == '=' { ' ' } else { sign };
        let [own, reference] = [own, reference].map(|side| matrix_model::escape::short(side, WIDTH));
        line(&format!("  {sign} {own:<WIDTH$} | {reference}"));
    }
}

/// How it came out, in one line.
pub fn summary(compared: &Compared) -> String {
    let differing: usize = compared.groups.iter().filter(|group| !group.agrees).map(|group| group.columns.len()).sum();
    match differing {
        0 => format!("{}: all agree", counted(compared.columns.len(), "column")),
        _ => format!(
            "{}: {differing} of them not as {}",
            counted(compared.columns.len(), "column"),
            compared.reference.column
        ),
    }
}
