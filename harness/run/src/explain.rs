//! Explains why a cell is red: finds the first host call that matters. The cell's guest is traced under its own runtime
//! and under one that does as expected.

mod align;
mod cause;
mod drawn_names;
mod ended;
mod files;
mod heeded;
mod same_file;
mod seen;
mod whole_data;

use serde::Serialize;

use crate::traced_run::TracedRun;
use align::{Pair, align};
use ended::{ended, lost_exit_code, not_started, other_output, within};
use files::PREOPEN_NAME;
use heeded::{ToldAppend, can_show_in_files, heeded, is_harmless, is_of, misled_by_name, told_append};
use matrix_model::case::Case;
use matrix_model::explanation::Pattern;
use matrix_model::explanation::answers::Answers;
use matrix_model::outcome::{Exit, Outcome};
use seen::Seen;

pub(crate) use ended::not_compiled;
pub use heeded::HARMLESS;

/// How many pairs of calls are shown before and after the one that matters.
const AROUND: (usize, usize) = (3, 6);

/// What made the difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Explanation {
    /// The pattern that it follows.
    pub pattern: Pattern,
    /// The explanation in plain words.
    pub sentence: String,
    /// The cause, in words that hold for every cell that is red for the same reason; `None` if it is not known. Equal
    /// words mean one cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The function that causes the difference, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// What that function was answered with, if the errnos differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<Answers>,
    /// The call that matters, as a line, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The position of that call in the cell's own trace, if it is there.
    #[serde(skip)]
    pub at: Option<usize>,
    /// The two traces around that call, the cell's own first.
    pub excerpt: Vec<(Option<String>, Option<String>)>,
}

/// An explanation before the calls around it are known.
struct Finding {
    pattern: Pattern,
    sentence: String,
    cause: Option<String>,
    function: Option<String>,
    answers: Option<Answers>,
}

impl Finding {
    fn new(pattern: Pattern, sentence: String) -> Finding {
        Finding { pattern, sentence, cause: None, function: None, answers: None }
    }
}

/// The engines whose traces others are compared with first.
const FIRST: [&str; 2] = ["wazero", "node"];

/// The turn of an engine when one is looked for whose traces others are compared with.
pub(crate) fn turn(engine: &str) -> usize {
    FIRST.iter().position(|first| *first == engine).unwrap_or(FIRST.len())
}

/// One side of a comparison: a column's name, and what was seen there.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// The column.
    pub name: &'a str,
    /// The run.
    pub seen: &'a TracedRun,
}

/// Two runs side by side.
struct Aligned<'a> {
    own: Side<'a>,
    reference: Side<'a>,
    pairs: Vec<Pair>,
    /// The position of the first call that only one side made, and that programs heed; the number of pairs if there is none.
    parted: usize,
}

/// Explains what a guest did in one column by comparing it with what it did in another.
pub fn explain(own: Side, reference: Side) -> Explanation {
    Aligned::of(own, reference).explanation()
}

/// Whether a call that explains what a guest did in one column was answered otherwise in this other one, too. If it was
/// not, it is not to blame for a difference between the two. An explanation without such a call holds anywhere.
pub fn holds_beside(explanation: &Explanation, own: Side, other: Side) -> bool {
    let Some(at) = explanation.at.filter(|_| explanation.is_of_an_answer()) else { return true };
    let Aligned { pairs, .. } = Aligned::of(own, other);
    let is_it = |pair: &Pair| pair.left.as_ref().is_some_and(|seen| seen.index == at);
    let holds = |index: usize| {
        let pair = &pairs[index];
        pair.is_single()
            || pair.is_answered_otherwise()
            || pair.told_apart.is_some()
            || times_not_kept(&pairs) == Some(index)
    };
    pairs.iter().position(is_it).is_some_and(holds)
}

impl Explanation {
    /// Whether it blames what a call was answered.
    pub fn is_of_an_answer(&self) -> bool {
        matches!(self.pattern, Pattern::PreopenName | Pattern::Errno | Pattern::Result)
    }
}

impl<'a> Aligned<'a> {
    fn of(own: Side<'a>, reference: Side<'a>) -> Aligned<'a> {
        let mut pairs = align(&own.seen.trace.calls, &reference.seen.trace.calls);
        whole_data::compare(&mut pairs);
        same_file::compare(&mut pairs);
        let parts = |pair: &Pair| pair.is_single() && !is_harmless(pair);
        let parted = pairs.iter().position(parts).unwrap_or(pairs.len());
        Aligned { own, reference, pairs, parted }
    }

    fn explanation(&self) -> Explanation {
        let Aligned { own, reference, pairs, parted } = self;
        if let Some(finding) = not_started(*own) {
            return around(finding, pairs, None);
        }
        if let Some(first) = misled_by_name(pairs, *parted) {
            return self.answered_otherwise(first);
        }
        let files = told_append(&pairs[..*parted]);
        let outcomes = (&own.seen.outcome, &reference.seen.outcome);
        let left = files.iter().find(|file| file.is_left_otherwise(outcomes.0, outcomes.1));
        if let Some(file) = left.filter(|_| self.is_silent()) {
            return self.written_otherwise(file);
        }
        if let Some(last) = self.last_that_matters().map(|last| self.told_apart_after(last).unwrap_or(last)) {
            let of_file = files.iter().find(|file| file.leads_to(pairs, last));
            return of_file.map_or_else(|| self.blamed(last), |file| self.written_otherwise(file));
        }
        let ends_otherwise = own.seen.outcome.exit != reference.seen.outcome.exit;
        if let Some(finding) = ended(*own).filter(|_| ends_otherwise) {
            return around(finding, pairs, self.last_of_own());
        }
        if let Some(finding) = lost_exit_code(*own).or_else(|| other_output(*own, *reference)) {
            // An exit code is lost in the call that passes it.
            let index = self.last_of_own().filter(|_| finding.pattern == Pattern::ExitCode);
            return around(finding, pairs, index);
        }
        if let Some(file) = left {
            return self.written_otherwise(file);
        }
        if let Some(index) = self.last_told_apart().or_else(|| times_not_kept(&pairs[..*parted])) {
            return self.blamed(index);
        }
        if let Some(index) = heeded(pairs, *parted) {
            return self.answered_otherwise(index);
        }
        self.other_calls().unwrap_or_else(|| self.no_call())
    }

    /// Whether the guest made the same calls on both sides, printed the same and ended in the same way, so that only its
    /// folders can differ.
    fn is_silent(&self) -> bool {
        let (own, reference) = (&self.own.seen.outcome, &self.reference.seen.outcome);
        self.parted == self.pairs.len()
            && own.exit.is_like(&reference.exit)
            && (&own.stdout, &own.stderr) == (&reference.stdout, &reference.stderr)
    }

    /// The last call that was answered otherwise before the guest went another way, without those that are harmless.
    fn last_that_matters(&self) -> Option<usize> {
        let before = &self.pairs[..self.parted];
        let is_silent = self.is_silent();
        let matters = |pair: &Pair| {
            let has_returned = pair.left.as_ref().is_some_and(|seen| seen.answered.is_some());
            !is_harmless(pair) && (!is_silent || !has_returned || can_show_in_files(pair))
        };
        let last = before.iter().rposition(|pair| pair.is_answered_otherwise() && matters(pair))?;
        // If preopens are named differently, the first one says as much as the last.
        let first = heeded::first_name(before).filter(|_| is_of(&before[last], &[PREOPEN_NAME]));
        Some(first.unwrap_or(last))
    }

    /// The position of the last call of the cell's own.
    fn last_of_own(&self) -> Option<usize> {
        self.pairs.iter().rposition(|pair| pair.left.is_some())
    }

    /// Says which call only one side made, although no answer shows why.
    fn other_calls(&self) -> Option<Explanation> {
        let pair = self.pairs.get(self.parted)?;
        let (on, who, other) = match (&pair.left, &pair.right) {
            (Some(seen), _) => (seen, self.own.name, self.reference.name),
            (None, seen) => (seen.as_ref()?, self.reference.name, self.own.name),
        };
        let alike = match self.pairs[..self.parted].iter().any(Pair::is_answered_otherwise) {
            true => "Up to here both answered the same, but for what programs do not usually heed",
            false => "Up to here both answered the same",
        };
        let sentence = format!("{alike}; then the guest called {} under {who}, and not under {other}.", on.line);
        // The guest saw something that no call told it. The cause is not known.
        let finding = Finding { function: Some(on.function.clone()), ..Finding::new(Pattern::OtherCalls, sentence) };
        Some(around(finding, &self.pairs, Some(self.parted)))
    }

    /// Says that no call is to blame, or that nothing differs. Calls that differ without harm are named, because the two
    /// traces show them.
    fn no_call(&self) -> Explanation {
        let Aligned { own, reference, pairs, .. } = self;
        let differs = |pair: &&Pair| pair.is_single() || pair.is_answered_otherwise();
        let last = pairs.iter().rfind(differs).and_then(|pair| pair.left.as_ref().or(pair.right.as_ref()));
        let sentence = match last {
            _ if are_alike(&own.seen.outcome, &reference.seen.outcome) => format!(
                "Nothing differs that a user can see: under {} and under {} the guest ended in the same way ({}), wrote \
                 the same and left the same files.",
                own.name, reference.name, own.seen.outcome.exit
            ),
            Some(seen) => format!(
                "What differs lies in no call that programs usually heed. The last one that differs is {}.",
                seen.line
            ),
            None => "No host call was answered otherwise: what differs lies in no call that the guest made.".to_owned(),
        };
        around(Finding::new(Pattern::NoCall, sentence), pairs, None)
    }

    /// The two answers to a call that both sides made.
    fn both(&self, index: usize) -> (&Seen, &Seen) {
        match (&self.pairs[index].left, &self.pairs[index].right) {
            (Some(left), Some(right)) => (left, right),
            _ => unreachable!("both were asked"),
        }
    }

    /// Says what each side answered to a call.
    fn answers_in_words(&self, index: usize) -> String {
        let (left, right) = self.both(index);
        let (own, reference) = (self.own.name, self.reference.name);
        let words = format!(
            "{own} answered {} with {}; {reference} with {}.",
            left.asked_in_words(),
            left.answer(),
            right.answer()
        );
        match self.pairs[index].told_apart {
            Some(apart) => format!("{words} {}", self.apart_in_words(apart)),
            None => words,
        }
    }

    /// Explains a call that was answered differently, and what the guest did next if that differed too.
    fn answered_otherwise(&self, index: usize) -> Explanation {
        let (left, right) = self.both(index);
        let (own, reference) = (self.own, self.reference);
        let (pattern, cause, mut sentence) = if left.function == PREOPEN_NAME && left.errno == right.errno {
            let name = Seen::results;
            let words =
                format!("{} named the preopen {}; {} named it {}.", own.name, name(left), reference.name, name(right));
            (Pattern::PreopenName, cause::preopen(&name(left), &name(right)), words)
        } else if left.answered.is_none() {
            let words = match &own.seen.outcome.exit {
                Exit::Timeout => format!("{} had not come back from {} at the deadline", own.name, left.function),
                exit => format!("{} stopped within {} ({exit})", own.name, left.function),
            };
            let pattern = if own.seen.outcome.exit == Exit::Timeout { Pattern::Hang } else { Pattern::TrapInCall };
            let words = format!("{words}; {} answered {}.", reference.name, right.answer());
            (pattern, within(pattern, &left.function), words)
        } else {
            let told_apart = self.pairs[index].told_apart;
            let differs = self.pairs[index].is_answered_otherwise() || told_apart.is_some();
            let (pattern, cause) = match left.errno == right.errno {
                true if differs => (Pattern::Result, cause::result(left, right, told_apart)),
                true => (Pattern::Result, cause::times(left)),
                false => (Pattern::Errno, cause::errnos(left, right).cause(&left.function)),
            };
            (pattern, cause, self.answers_in_words(index))
        };
        if let Some(next) = self.pairs[self.parted..].iter().find_map(|pair| pair.left.as_ref()) {
            let lost = match next.is_without_preopen {
                true => "found no preopen for the path, and asked for it on descriptor -1",
                false => "went another way",
            };
            sentence += &format!(" The guest then {lost}: {}.", next.line);
        }
        let (cause, function) = (Some(cause), Some(left.function.clone()));
        let answers = (pattern == Pattern::Errno).then(|| cause::errnos(left, right));
        around(Finding { pattern, sentence, cause, function, answers }, &self.pairs, Some(index))
    }

    /// Explains a file that holds something else because the guest was told a wrong append flag.
    fn written_otherwise(&self, file: &ToldAppend) -> Explanation {
        let (left, _) = self.both(file.told);
        let wrote = self.pairs[file.wrote].left.as_ref().map_or("", |seen| &seen.line);
        let (opened, place) = match file.appends {
            true => ("without append", "went to the end of the file"),
            false => ("with append", "did not go to the end of the file"),
        };
        let sentence = format!(
            "{} The file was opened {opened}. The guest set the flags that it was told, so what it wrote then {place}: \
             {wrote}.",
            self.answers_in_words(file.told)
        );
        let cause = Some(cause::append(&left.function, file.appends));
        let finding =
            Finding { cause, function: Some(left.function.clone()), ..Finding::new(Pattern::Result, sentence) };
        around(finding, &self.pairs, Some(file.told))
    }
}

/// Whether two guests ended in the same way, wrote the same, returned the same and left the same.
pub fn are_alike(one: &Outcome, other: &Outcome) -> bool {
    (&one.exit, &one.returns) == (&other.exit, &other.returns)
        && (&one.stdout, &one.stderr) == (&other.stdout, &other.stderr)
        && (&one.files, &one.outside) == (&other.files, &other.outside)
}

/// Explains a cell by its own run alone, if its end is not as the case expects and shows what went wrong: a missing
/// import, a call that did not come back, a trap, an exit code that was lost. `None` if only a comparison could tell.
pub fn explain_end(own: Side, case: &Case) -> Option<Explanation> {
    if case.expect.exit.accepts(&own.seen.outcome.exit) {
        return None;
    }
    let finding = not_started(own).or_else(|| ended(own)).or_else(|| lost_exit_code(own))?;
    Some(Explanation { excerpt: Vec::new(), ..around(finding, &align(&own.seen.trace.calls, &[]), None) })
}

/// Times differ in every run, except those that the guest has set. Returns the position of the last call that answered
/// with different times after the guest set some.
fn times_not_kept(pairs: &[Pair]) -> Option<usize> {
    let set = pairs.iter().position(|pair| is_of(pair, &["fd_filestat_set_times", "path_filestat_set_times"]))?;
    let differs = |pair: &Pair| match (&pair.left, &pair.right) {
        (Some(left), Some(right)) => left.times() != right.times(),
        _ => false,
    };
    pairs.iter().rposition(differs).filter(|index| *index > set)
}

/// Adds the calls around the one that matters to a finding; if there is none, the last ones.
fn around(finding: Finding, pairs: &[Pair], index: Option<usize>) -> Explanation {
    let Finding { pattern, sentence, cause, function, answers } = finding;
    let centre = index.unwrap_or(pairs.len().saturating_sub(1));
    let (before, after) = AROUND;
    let shown = &pairs[centre.saturating_sub(before)..pairs.len().min(centre + after + 1)];
    let line = |seen: &Option<Seen>| seen.as_ref().map(|seen| seen.line.clone());
    let call = index.and_then(|index| line(&pairs[index].left).or_else(|| line(&pairs[index].right)));
    let excerpt = shown.iter().map(|pair| (line(&pair.left), line(&pair.right))).collect();
    let at = index.and_then(|index| Some(pairs[index].left.as_ref()?.index));
    Explanation { pattern, sentence, cause, function, answers, call, at, excerpt }
}

/// Shortens a call's line to at most `width` characters: its beginning, and the answer.
pub fn cut(line: &str, width: usize) -> String {
    let length = line.chars().count();
    if length <= width {
        return line.to_owned();
    }
    let end = line.rfind(") = ").map_or(0, |at| line[at..].chars().count()).min(width / 2);
    let head: String = line.chars().take(width - 1 - end).collect();
    let tail: String = line.chars().skip(length - end).collect();
    format!("{head}…{tail}")
}
