//! What is checked, in which order, and what counts as seen.

mod engine;
mod folders;
mod streams;
mod strings;

use super::attempt::{Attempt, Inputs};
use matrix_model::capability::Capability;

/// Something an adapter must carry.
pub struct Check {
    /// Its name, as `probe.known` has it.
    pub name: &'static str,
    /// The capability that stands and falls with it.
    pub proves: Option<Capability>,
    /// Whether whatever comes of it is only shown.
    pub observes: bool,
    /// What is given, in words.
    pub given: String,
    /// What is run for it.
    pub runs: Vec<Inputs>,
    judge: Judge,
}

type Judge = Box<dyn Fn(&[Inputs], &[Attempt]) -> Seen>;

/// What a check saw.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Whether it is what should be seen.
    pub good: bool,
    /// What it is, in words.
    pub text: String,
    /// What gives the adapter away, if something does.
    pub adapter: Option<String>,
}

impl Check {
    /// Judges what came of its runs.
    pub fn judge(&self, attempts: &[Attempt]) -> Seen {
        (self.judge)(&self.runs, attempts)
    }
}

/// One check, or several whose inputs are first tried all at once: if that is good each of them is.
pub enum Item {
    One(Check),
    Together { all: Check, each: Vec<Check> },
}

impl Item {
    /// The check of everything in it.
    pub fn whole(self) -> Check {
        match self {
            Item::One(check) | Item::Together { all: check, .. } => check,
        }
    }
}

/// Every check, in the order in which they are shown.
pub fn all() -> Vec<Item> {
    let mut items = strings::all();
    items.extend([0, 1, 42, 125, 126, 127, 128, 200, 255].map(streams::exit).map(Item::One));
    let others = [streams::all(), folders::all(), engine::all()];
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
    fn proving(mut self, capability: Capability) -> Check {
        self.proves = Some(capability);
        self
    }
}

fn seen(good: bool, text: impl Into<String>) -> Seen {
    Seen { good, text: text.into(), adapter: None }
}
