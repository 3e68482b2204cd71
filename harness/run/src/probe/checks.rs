//! Defines the checks, their order, and what counts as seen.

mod calls;
mod engine;
mod folders;
mod streams;
mod strings;

use super::attempt::{Attempt, Inputs};
use matrix_model::capability::Capability;

/// Something that an adapter must pass on.
pub struct Check {
    /// Its name, as in `probe.known`.
    pub name: &'static str,
    /// The capability that works exactly if the check succeeds.
    pub proves: Option<Capability>,
    /// Whether the result is only shown, not judged.
    pub observes: bool,
    /// What is given, in words.
    pub given: String,
    /// The runs of the check.
    pub runs: Vec<Inputs>,
    judge: Judge,
}

type Judge = Box<dyn Fn(&[Inputs], &[Attempt]) -> Seen>;

/// The result of a check.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Whether it is as it should be.
    pub good: bool,
    /// What was seen, in words.
    pub text: String,
    /// Why it must be the adapter's fault, if something proves that.
    pub adapter: Option<String>,
}

impl Check {
    /// Judges the results of its runs.
    pub fn judge(&self, attempts: &[Attempt]) -> Seen {
        (self.judge)(&self.runs, attempts)
    }
}

/// One check, or several whose inputs are first tried together: if that succeeds, each of them succeeds.
pub enum Item {
    One(Check),
    Together { all: Check, each: Vec<Check> },
}

impl Item {
    /// The single check, or the one with all inputs together.
    pub fn whole(self) -> Check {
        match self {
            Item::One(check) | Item::Together { all: check, .. } => check,
        }
    }
}

/// Every check, in display order.
pub fn all() -> Vec<Item> {
    let mut items = strings::all();
    items.extend([0, 1, 42, 125, 126, 127, 128, 200, 255].map(streams::exit).map(Item::One));
    let others = [streams::all(), folders::all(), engine::all(), calls::all()];
    items.extend(others.into_iter().flatten().map(Item::One));
    items
}

/// The names of all checks.
pub fn names() -> Vec<&'static str> {
    let mut names = Vec::new();
    for item in all() {
        match item {
            Item::One(check) => names.push(check.name),
            Item::Together { all, each } => {
                names.extend(each.iter().map(|check| check.name));
                names.push(all.name);
            }
        }
    }
    names
}

fn check(
    name: &'static str,
    given: impl Into<String>,
    inputs: Inputs,
    judge: impl Fn(&Inputs, &Attempt) -> Seen + 'static,
) -> Check {
    let judge: Judge = Box::new(move |runs, attempts| judge(&runs[0], &attempts[0]));
    Check { name, proves: None, observes: false, given: given.into(), runs: vec![inputs], judge }
}

impl Check {
    /// The capability that works exactly if this check succeeds, which all of its runs need.
    fn proving(mut self, capability: Capability) -> Check {
        self.proves = Some(capability);
        for run in &mut self.runs {
            run.case.named_needs.insert(capability);
        }
        self
    }
}

fn seen(good: bool, text: impl Into<String>) -> Seen {
    Seen { good, text: text.into(), adapter: None }
}
