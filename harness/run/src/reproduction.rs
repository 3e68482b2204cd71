//! The commands that run a module in a column, for somebody who has the runtime and not this project.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use fs_err as fs;

use crate::plan::{Plan, needs_preparation};
use crate::traced_run::TracedRuns;
use matrix_model::case::Case;
use matrix_model::fixture::{Entry, Fixture, Special};
use matrix_model::installed::path_text;
use matrix_model::shell;
use matrix_provision::compile_ahead::{preparation, runs_prepared};
use matrix_provision::provisioner::Provisioner;
use matrix_store::dirs::Places;
use matrix_supervise::{Beside, Feed, MARKER, Outputs, Stdin};

/// Placeholder for the folder of runtimes in a checkout of this project.
const RUNTIMES: &str = "@@RUNTIMES@@";

/// The most bytes that files of such a run may have. More is no reading matter.
const MOST: usize = 16 << 10;

/// The command that makes the binary form of a module in text form.
const PARSE: &str = "wasm-tools parse";

/// The commands that run a module in text form in place of a case's guest. They are for a POSIX shell in an empty folder
/// that holds the module as `file`. The inner error is the reason why there are none.
///
/// # Errors
/// If the column cannot be provisioned, or a process cannot be started.
pub fn of_text(
    provisioner: &Provisioner,
    traces: &TracedRuns,
    column: usize,
    case: &Case,
    (file, text): (&str, &str),
) -> Result<Result<String, String>> {
    let as_binary = traces.alone(column, case, text)?;
    let takes_text = traces
        .alone_as_text(column, case, text)
        .is_ok_and(|outcome| (&outcome.exit, &outcome.stdout) == (&as_binary.exit, &as_binary.stdout));
    let binary = Path::new(file).with_extension("wasm").display().to_string();
    let plan = traces.plan_alone(column, case, text)?;
    Ok(match takes_text {
        true => of_plan(provisioner, (column, case), &plan, file),
        false => of_plan(provisioner, (column, case), &plan, &binary)
            .map(|script| format!("{PARSE} {} -o {}\n{script}", shell::word(file), shell::word(&binary))),
    })
}

/// The commands that run a case's guest, which is in the folder as `file`.
///
/// # Errors
/// As [`of_text`].
pub fn of_guest(
    provisioner: &Provisioner,
    traces: &TracedRuns,
    column: usize,
    case: &Case,
    file: &str,
) -> Result<Result<String, String>> {
    Ok(of_plan(provisioner, (column, case), &traces.plan_of_cell(column, case)?, file))
}

/// The commands of a plan, with names in the current folder in place of paths, or the reason why there are none.
fn of_plan(
    provisioner: &Provisioner,
    (index, case): (usize, &Case),
    plan: &Plan,
    module: &str,
) -> Result<String, String> {
    let column = &provisioner.columns()[index];
    let ready = provisioner.ready(index).map_err(|error| format!("{error:#}"))?;
    let is_compiled_first = runs_prepared(&column.mode.adapter) && needs_preparation(column, case);
    if is_compiled_first && plan.not_run().is_some() {
        return Err("the runtime does not compile it".to_owned());
    }
    let compiled = format!("compiled-{module}");
    let program = ready.installed.exe.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let runtimes = column.runtime.folder.parent().unwrap_or(&column.runtime.folder);
    let names = Names {
        pairs: vec![
            (path_text(&plan.module), if is_compiled_first { compiled.clone() } else { module.to_owned() }),
            (path_text(&ready.installed.exe), program),
            (path_text(&ready.cache), "cache".to_owned()),
            (format!("{}/", path_text(&plan.sandbox)), String::new()),
            (path_text(runtimes), RUNTIMES.to_owned()),
        ],
        places: provisioner.places(),
    };
    let mut script = String::new();
    let mut line = |text: &str| {
        script.push_str(text);
        script.push('\n');
    };
    for dir in &plan.dirs {
        let folder = names.of(&path_text(&dir.host))?;
        let fixture = dir.fixture.as_ref().ok_or("it was given a folder of this machine")?;
        for command in laid_out(fixture, &folder)? {
            line(&command);
        }
    }
    if !plan.outside.is_empty() {
        return Err("it needs folders outside of the ones that it is given".to_owned());
    }
    if let Some((path, request)) = &plan.request {
        let mut request = request.clone();
        request.cache = None;
        let json = serde_json::to_string_pretty(&request).map_err(|error| error.to_string())?;
        line(&format!("cat > {} <<'END'\n{}\nEND", names.of(&path_text(path))?, names.of(&json)?));
    }
    if plan.argv.iter().any(|word| word.contains(&path_text(runtimes))) {
        line("RUNTIMES=/path/to/wasip1-matrix/runtimes");
    }
    if is_compiled_first {
        let [from, to] = [module, &compiled].map(Path::new);
        let compiler = preparation(column, &ready.installed, from, &ready.cache, to).ok_or("nothing compiles it")?;
        line(&command_line(&names, &compiler.environment, &compiler.argv)?);
    }
    let command = command_line(&names, &plan.environment, &plan.argv)?;
    if plan.outputs != Outputs::default() || plan.beside != Beside::default() {
        return Err("its outputs are no plain pipes, or others use its descriptors too".to_owned());
    }
    line(&match &plan.stdin {
        Stdin::Null => format!("{command} </dev/null"),
        Stdin::Closed => format!("{command} <&-"),
        Stdin::Inherited => command,
        Stdin::Socket(_) => return Err("its stdin is a socket".to_owned()),
        Stdin::Terminal(_) => return Err("its stdin is a terminal".to_owned()),
        Stdin::File(_) => {
            let bytes = plan.stdin_file.as_deref().unwrap_or_default();
            format!("printf {} > stdin && {command} <stdin", printf(bytes)?)
        }
        Stdin::Pipe(feeds) => match &feeds[..] {
            [Feed::Write(bytes), Feed::Close] if bytes.is_empty() => format!(": | {command}"),
            [Feed::Write(bytes), Feed::Close] => format!("printf {} | {command}", printf(bytes)?),
            _ => return Err("its stdin is a conversation".to_owned()),
        },
    });
    if let Some(report) = plan.report() {
        line(&format!("cat {}", names.of(&path_text(report))?));
    }
    Ok(script)
}

/// A command with its environment, for a shell.
fn command_line(names: &Names, environment: &[(String, String)], argv: &[String]) -> Result<String, String> {
    let mut words = Vec::new();
    for (name, value) in environment.iter().filter(|(name, _)| name != MARKER) {
        words.push(format!("{name}={}", word(&names.of(value)?)));
    }
    for argument in argv {
        words.push(word(&names.of(argument)?));
    }
    Ok(words.join(" "))
}

/// The commands that make a fixture's contents in a folder.
fn laid_out(fixture: &Fixture, folder: &str) -> Result<Vec<String>, String> {
    let at = |path: &Path| shell::word(&format!("{folder}/{}", path.display()));
    let above = |path: &Path| path.parent().filter(|above| *above != Path::new("")).map(at);
    let mut folders = BTreeSet::from([shell::word(folder)]);
    let (mut files, mut bytes) = (Vec::new(), 0);
    for (path, entry) in &fixture.entries {
        let content = match entry {
            Entry::Folder => {
                folders.insert(at(path));
                continue;
            }
            Entry::Copy(file) if file.ends_with(crate::sandbox::KEEP) => {
                folders.extend(above(path));
                continue;
            }
            Entry::Special(Special::Socket) => return Err("no command makes its socket".to_owned()),
            Entry::Special(Special::Fifo) => {
                folders.extend(above(path));
                files.push(format!("mkfifo {}", at(path)));
                continue;
            }
            Entry::Sparse(size) => {
                folders.extend(above(path));
                files.push(format!("truncate -s {size} {}", at(path)));
                continue;
            }
            Entry::Many(0) => {
                folders.insert(at(path));
                continue;
            }
            Entry::Many(count) => {
                folders.insert(at(path));
                files.push(format!("(cd {} && touch 0 && seq {} | xargs -n 1 ln 0)", at(path), count - 1));
                continue;
            }
            Entry::Link(target) if target.starts_with(matrix_model::case::OUTSIDE) => {
                return Err("it needs folders outside of the ones that it is given".to_owned());
            }
            Entry::Link(target) => {
                folders.extend(above(path));
                files.push(format!("ln -s {} {}", shell::word(target), at(path)));
                continue;
            }
            Entry::Copy(file) | Entry::Exact(file) => fs::read(file).map_err(|error| error.to_string())?,
            Entry::File(content) => content.clone(),
        };
        folders.extend(above(path));
        bytes += content.len();
        if bytes > MOST {
            return Err(format!("its files have more than {MOST} bytes; `wasip1-matrix bundle` packs them"));
        }
        files.push(format!("printf {} > {}", printf(&content)?, at(path)));
    }
    files.insert(0, format!("mkdir -p {}", folders.into_iter().collect::<Vec<_>>().join(" ")));
    Ok(files)
}

/// A format for `printf` that writes these bytes.
fn printf(bytes: &[u8]) -> Result<String, String> {
    if bytes.len() > MOST {
        return Err(format!("its input has more than {MOST} bytes; `wasip1-matrix bundle` packs it"));
    }
    let mut format = String::new();
    for byte in bytes {
        match byte {
            b'\n' => format.push_str("\\n"),
            b'\\' => format.push_str("\\\\"),
            b'%' => format.push_str("%%"),
            b' '..=b'~' => format.push(char::from(*byte)),
            byte => format.push_str(&format!("\\{byte:03o}")),
        }
    }
    // A leading `-` would be taken for an option.
    Ok(shell::word(&match format.strip_prefix('-') {
        Some(rest) => format!("\\055{rest}"),
        None => format,
    }))
}

/// Quotes a word, with the folder of runtimes as a variable of the shell.
fn word(text: &str) -> String {
    shell::word_with(text, &[(RUNTIMES, "RUNTIMES")])
}

/// Paths of this machine and the names that replace them.
struct Names<'p> {
    pairs: Vec<(String, String)>,
    places: &'p Places,
}

impl Names<'_> {
    /// # Errors
    /// If a path remains that another machine does not have.
    fn of(&self, text: &str) -> Result<String, String> {
        let named = self.pairs.iter().fold(text.to_owned(), |text, (path, name)| text.replace(path, name));
        for place in [&self.places.root, &self.places.state, &self.places.store] {
            if named.contains(&path_text(place)) {
                return Err(format!(
                    "its command needs {}, which is on this machine only",
                    self.places.without_folders(&named)
                ));
            }
        }
        Ok(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_printf() {
        assert_eq!(printf(b"a b\n").as_deref(), Ok("'a b\\n'"));
        assert_eq!(printf(b"-n 100% \\ \xff\0'").as_deref(), Ok("'\\055n 100%% \\\\ \\377\\000'\\'''"));
        assert!(printf(&[b'a'; MOST + 1]).is_err());
    }

    #[test]
    fn a_fixture_is_made_by_commands() {
        let entries = [
            ("d", Entry::Folder),
            ("d/a b.txt", Entry::File(b"x".to_vec())),
            ("empty/.keep", Entry::Copy("cases/fixtures/f/empty/.keep".into())),
            ("to", Entry::Link("d".to_owned())),
        ];
        let fixture = Fixture { entries: entries.map(|(path, entry)| (path.into(), entry)).into() };
        let commands = laid_out(&fixture, "dirs/0/f").expect("commands");
        assert_eq!(
            commands,
            ["mkdir -p dirs/0/f dirs/0/f/d dirs/0/f/empty", "printf x > 'dirs/0/f/d/a b.txt'", "ln -s d dirs/0/f/to"]
        );
        let outside = Fixture { entries: [("l".into(), Entry::Link("{outside}/x".to_owned()))].into() };
        assert!(laid_out(&outside, "f").is_err(), "a folder outside cannot be made");
    }
}
