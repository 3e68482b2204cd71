//! `[mode.<name>]`: the runtime's own table with the mode's keys applied to it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::fields::fields;
use super::source::{Diagnostic, Source};
use crate::wire::ModeTable;
use matrix_model::names::{OF_SURROUNDINGS, is_of_surrounding};
use matrix_model::nearest::did_you_mean;
use matrix_model::runtime::{Adapter, Command, DEFAULT_MODE, Host, Mode};

/// Applies each mode of a `runtime.toml` to the file's `[command]` or `[host]`, so that a mode can change any key of
/// that table. Each mode's table then has the keys of [`ModeTable`]: its own keys, and the changed copy of the table.
///
/// # Errors
/// If a key belongs to neither.
pub fn lay_over(file: &mut DeTable, source: &Source) -> Result<(), Diagnostic> {
    let Some(base) = Base::of(file) else {
        // A file with both tables or neither is rejected, so its modes are not checked.
        file.remove("mode");
        return Ok(());
    };
    let Some(DeValue::Table(modes)) = file.get_mut("mode").map(Spanned::get_mut) else { return Ok(()) };
    for (_, mode) in modes.iter_mut() {
        if let DeValue::Table(written) = mode.get_mut() {
            *written = base.varied_by(std::mem::take(written), source)?;
        }
    }
    Ok(())
}

const COMMAND: &str = "command";
const HOST: &str = "host";

/// The table that a file's modes vary.
struct Base<'i> {
    /// Its name, and the name of the table that the file does not have.
    name: &'static str,
    other: &'static str,
    /// The keys that each table can have.
    keys: &'static [&'static str],
    other_keys: &'static [&'static str],
    table: DeTable<'i>,
    place: Range<usize>,
}

impl<'i> Base<'i> {
    fn of(file: &DeTable<'i>) -> Option<Base<'i>> {
        let (command, host) = (fields::<Command>(), fields::<Host>());
        let (name, other, keys, other_keys) = match (file.get(COMMAND), file.get(HOST)) {
            (Some(_), None) => (COMMAND, HOST, command, host),
            (None, Some(_)) => (HOST, COMMAND, host, command),
            _ => return None,
        };
        let written = file.get(name)?;
        let table = written.get_ref().as_table()?.clone();
        Some(Base { name, other, keys, other_keys, table, place: written.span() })
    }

    fn varied_by(&self, mode: DeTable<'i>, source: &Source) -> Result<DeTable<'i>, Diagnostic> {
        let (mut own, mut varied) = (DeTable::new(), self.table.clone());
        for (key, value) in mode {
            let name: &str = key.get_ref();
            if own_keys().any(|own| own == name) {
                own.insert(key, value);
            } else if self.keys.contains(&name) {
                varied.insert(key, value);
            } else {
                return Err(self.unknown(name, key.span(), value.span(), source));
            }
        }
        let name = Spanned::new(self.place.clone(), Cow::Borrowed(self.name));
        own.insert(name, Spanned::new(self.place.clone(), DeValue::Table(varied)));
        Ok(own)
    }

    fn unknown(&self, name: &str, key: Range<usize>, value: Range<usize>, source: &Source) -> Diagnostic {
        if self.other_keys.contains(&name) {
            let message = format!("`{name}` belongs to a [{}]", self.other);
            let (base, first) = (self.name, self.keys[0]);
            let help = format!("a runtime with a [{base}] is varied by `{first}` and the other keys of [{base}]");
            return source.problem(value, &message, "here", Some(&help));
        }
        let valid: Vec<_> = own_keys().chain(self.keys.iter().copied()).map(|key| format!("`{key}`")).collect();
        source.unreadable(key, &format!("unknown field `{name}`, expected one of {}", valid.join(", ")))
    }
}

/// The keys of a mode that are not keys of the table that it varies.
pub(super) fn own_keys() -> impl Iterator<Item = &'static str> {
    fields::<ModeTable>().iter().copied().filter(|key| ![COMMAND, HOST].contains(key))
}

/// Reads a mode's table after it was applied to its base. `base` is the default mode, which says what the runtime's own
/// adapter cannot express.
///
/// # Errors
/// If the name or the range of versions is invalid.
pub fn mode(name: &str, table: Spanned<ModeTable>, base: &Mode, source: &Source) -> Result<Mode, Diagnostic> {
    let at = table.span();
    let table = table.into_inner();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name == DEFAULT_MODE || name.is_empty() || !name.chars().all(plain) {
        let help = "use lower-case letters, digits and `-`; `default` is what the mode without a table is called";
        return Err(source.problem(at, &format!("`{name}` cannot be a mode's name"), "this mode", Some(help)));
    }
    if is_of_surrounding(name) {
        let help = format!("begin it with none of `{}`", OF_SURROUNDINGS.join("`, `"));
        let message = format!("`{name}` would be a surrounding's name");
        return Err(source.problem(at, &message, "this mode", Some(&help)));
    }
    let adapter = match (table.command, table.host) {
        (Some(command), _) => Adapter::Subprocess(Box::new(command)),
        (None, Some(host)) => Adapter::Host(host),
        (None, None) => {
            let help = "runtimes/README.md says what each holds";
            return Err(source.problem(at, "a mode varies a [command] or a [host]", "this mode", Some(help)));
        }
    };
    let versions = match &table.versions {
        Some(range) => source.range(range.span(), range.get_ref())?,
        None => semver::VersionReq::STAR,
    };
    let (lacks, lacks_in) = match table.lacks {
        Some(own) => (BTreeSet::from_iter(own), BTreeMap::new()),
        None => (base.lacks.clone(), base.lacks_in.clone()),
    };
    Ok(Mode { name: Some(name.to_owned()), versions, adapter, lacks, lacks_in })
}

/// The problem with a name that is not a mode, and what to write instead; `None` if it is a mode.
pub fn unknown(name: &str, modes: &[Mode]) -> Option<(String, String)> {
    let names: Vec<_> = modes.iter().map(Mode::name).collect();
    let help = || format!("{}its modes: {}", did_you_mean(name, names.iter().copied()), names.join(", "));
    let problem = || (format!("the runtime has no mode `{name}`"), help());
    (!names.contains(&name)).then(problem)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::{Value, json};

    use super::super::runtimes;
    use super::*;
    use matrix_model::runtime::Runtime;

    /// Loads a runtime with this `[command]` or `[host]` and these modes.
    fn runtime(adapter: &str, modes: &str) -> Result<Runtime, String> {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("runtimes/fake");
        fs::create_dir_all(&folder).unwrap();
        let lacks = serde_json::to_string(&Command::NEVER).unwrap();
        let head = format!(
            "name = 'Fake'\nurl = 'https://example.org'\nlacks = {lacks}\n\
             install = {{ exe = 'fake', pins = ['1.2.3'], hint = 'none' }}\n\
             version = {{ command = ['{{exe}}'], pattern = '(.+)' }}\n"
        );
        fs::write(folder.join("runtime.toml"), format!("{head}{adapter}\n{modes}")).unwrap();
        let mut problems = Vec::new();
        let mut runtimes =
            runtimes::load(root.path(), &root.path().join("runtimes"), Some(&[]), None, &[], &mut problems);
        match problems.is_empty() {
            true => Ok(runtimes.remove(0)),
            false => Err(format!("{problems:?}")),
        }
    }

    /// The keys that are no part of how a guest is run.
    const NOT_WRITTEN: [&str; 2] = ["help", "prepare-deadline"];

    /// A line `key = value`, with a value of the form that the key requires, containing `word`.
    fn line(table: &str, required: &str, key: &str, word: &str) -> String {
        // A list of limits takes no other words, and a deadline is a number.
        let (limit, seconds) = if word == "base" { ("fuel", 1) } else { ("memory", 2) };
        let run = "'{module}', '{args...}', '{env...}', '{dirs...}', '{limits...}'";
        let rest = if key == "run" { format!(", {run}") } else { String::new() };
        let forms = [
            format!("['{word}'{rest}]"),
            format!("{{ X = '{word}' }}"),
            format!("{{ says = '{word}' }}"),
            format!("['{limit}']"),
            seconds.to_string(),
        ];
        let lines = forms.map(|form| format!("{key} = {form}\n"));
        let loads = |line: &&String| {
            let required = if key == required { String::new() } else { format!("{required} = ['{word}']\n") };
            let text = format!("{required}{line}");
            match table {
                COMMAND => toml::from_str::<Command>(&text).is_ok(),
                _ => toml::from_str::<Host>(&text).is_ok(),
            }
        };
        lines.iter().find(loads).unwrap_or_else(|| panic!("no form of `{key}` loads")).clone()
    }

    #[test]
    fn a_mode_can_say_whatever_its_table_can() {
        for (table, required, keys) in [(COMMAND, "run", fields::<Command>()), (HOST, "program", fields::<Host>())] {
            let base: String = keys.iter().map(|key| line(table, required, key, "base")).collect();
            let base = format!("[{table}]\n{base}");
            for key in keys {
                let mode = format!("[mode.other]\n{}", line(table, required, key, "varied"));
                let runtime = runtime(&base, &mode).unwrap();
                let adapters = [0, 1].map(|mode| &runtime.modes[mode].adapter);
                if NOT_WRITTEN.contains(key) {
                    assert_ne!(format!("{:?}", adapters[0]), format!("{:?}", adapters[1]), "{mode}");
                    continue;
                }
                let [plain, other] = adapters.map(|adapter| serde_json::to_value(adapter).unwrap());
                let mut wanted = plain.clone();
                assert_ne!(wanted[table][key], Value::Null, "`{key}` is in the table");
                let varied = wanted[table][key].to_string().replace("base", "varied").replace("fuel", "memory");
                wanted[table][key] = serde_json::from_str(&varied).unwrap();
                assert_ne!(wanted, plain);
                assert_eq!(other, wanted, "{mode}");
            }
        }
    }

    #[test]
    fn what_a_mode_does_not_name_is_the_runtimes() {
        let runtime = runtime("[host]\nprogram = ['base']", "[mode.other]\nversions = '>=2'").unwrap();
        let [plain, other] = [0, 1].map(|mode| serde_json::to_value(&runtime.modes[mode]).unwrap());
        assert_eq!(plain, json!({ "adapter": { "host": { "program": ["base"] } }, "lacks": Command::NEVER }));
        let wanted =
            json!({ "adapter": plain["adapter"], "lacks": Command::NEVER, "name": "other", "versions": ">=2" });
        assert_eq!(other, wanted);
    }

    #[test]
    fn a_key_of_the_other_table_is_refused() {
        let problem = runtime("[host]\nprogram = ['base']", "[mode.other]\nenv = ['{name}']").unwrap_err();
        assert!(problem.contains("`env` belongs to a [command]"), "{problem}");
        let problem = runtime("[host]\nprogram = ['base']", "[mode.other]\ncommand = { run = [] }").unwrap_err();
        assert!(
            problem.contains("unknown field `command`, expected one of `versions`, `lacks`, `program`"),
            "{problem}"
        );
    }
}
