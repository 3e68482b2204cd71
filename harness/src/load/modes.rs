//! Modes that a file speaks of by their names.

use crate::runtime::Mode;

/// What is wrong with a name that is no mode's, and what to write instead; none if it is one.
pub fn unknown(name: &str, modes: &[Mode]) -> Option<(String, String)> {
    let names: Vec<_> = modes.iter().map(Mode::name).collect();
    let problem = || (format!("the runtime has no mode `{name}`"), format!("its modes: {}", names.join(", ")));
    (!names.contains(&name)).then(problem)
}
