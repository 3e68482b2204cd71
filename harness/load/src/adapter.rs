//! Checks that `lacks` and `[command]` agree, and parses templates of one word.

use serde_spanned::Spanned;

use super::source::{Diagnostic, Source};
use matrix_model::capability::Capability;
use matrix_model::runtime::{Adapter, Command, Key, Mode};
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

/// Finds a placeholder that a cell's command must have and has not: without it, the guest is not run or does not get what
/// the case gives it, and the runtime looks wrong. Returns the problem and what to do about it.
pub(crate) fn missing_placeholder(mode: &Mode) -> Option<(String, String)> {
    let Adapter::Subprocess(command) = &mode.adapter else { return None };
    let run = &command.run;
    let missing = |placeholder: &str, without: &str, help: &str| {
        let message = format!("`run` has no `{placeholder}`: {without}");
        Some((message, format!("put `\"{placeholder}\"` where {help}")))
    };
    if !run.mentions("module") {
        return missing("{module}", "it would run no guest", "the runtime takes the module");
    }
    if !run.splices("args") {
        return missing("{args...}", "no guest would get its arguments", "the runtime takes the guest's arguments");
    }
    let of_cases = |key: &Key| !(key.template)(command).is_empty() && !run.splices(splice_of(key.capability));
    let Key { name, capability, .. } = Command::KEYS.into_iter().find(of_cases)?;
    missing(
        &format!("{{{}...}}", splice_of(capability)),
        &format!("what `{name}` says would reach no runtime"),
        &format!("the runtime takes it, or leave out `{name}` and add \"{capability}\" to `lacks`"),
    )
}

/// The splice of `run` that a key of `[command]` fills.
fn splice_of(capability: Capability) -> &'static str {
    match capability {
        Capability::Env => "env",
        Capability::DirMap | Capability::DirReadOnly => "dirs",
        _ => "limits",
    }
}

/// Parses a template of one word that may contain only these values.
pub fn template(word: &Spanned<String>, values: &[&str], source: &Source) -> Result<Template, Diagnostic> {
    Template::parse(std::slice::from_ref(word.get_ref()), Placeholders { values, splices: &[] })
        .map_err(|invalid| source.invalid(word.span(), &invalid))
}
