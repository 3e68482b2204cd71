//! Checks that `lacks` and `[command]` agree, and parses templates of one word.

use serde_spanned::Spanned;

use super::source::{Diagnostic, Source};
use matrix_model::capability::Capability;
use matrix_model::runtime::{Adapter, Command, Mode};
use matrix_model::template::{Placeholders, Template};

/// Compares what a command line can express with its `lacks`, so that a contradiction is found before any cell runs.
/// Returns the problem and what to do about it; `None` if they agree.
pub(crate) fn disagreement(mode: &Mode) -> Option<(String, String)> {
    let Adapter::Subprocess(command) = &mode.adapter else { return None };
    let lacks = |capability: &Capability| mode.lacks.contains(capability);
    let (expressed, not_expressed): (Vec<_>, Vec<_>) =
        Command::KEYS.into_iter().partition(|key| !(key.template)(command).is_empty());
    let inexpressible = not_expressed.iter().map(|key| key.capability).chain(Command::NEVER);
    let undeclared: Vec<_> =
        inexpressible.filter(|capability| !lacks(capability)).map(|capability| format!("\"{capability}\"")).collect();
    if !undeclared.is_empty() {
        let list = undeclared.join(", ");
        let message = format!("[command] has no words for what `lacks` does not name: {list}");
        return Some((message, format!("add {list} to `lacks`, or say in [command] how it is asked for")));
    }
    let key = expressed.iter().find(|key| lacks(&key.capability))?;
    let (name, capability) = (key.name, key.capability);
    let message = format!("`lacks` names \"{capability}\", and [command] has `{name}`");
    Some((message, format!("leave out `{name}`, or delete \"{capability}\" from `lacks`")))
}

/// Parses a template of one word that may contain only these values.
pub fn template(word: &Spanned<String>, values: &[&str], source: &Source) -> Result<Template, Diagnostic> {
    Template::parse(std::slice::from_ref(word.get_ref()), Placeholders { values, splices: &[] })
        .map_err(|invalid| source.invalid(word.span(), &invalid))
}
