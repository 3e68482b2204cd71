//! Programs of other people, run by `compare` in every installed column: what differs is what `examples/programs` has on
//! record.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

/// `programs.toml`.
#[derive(Deserialize)]
struct File {
    program: Vec<Program>,
}

/// A program with its inputs and what is on record about it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Program {
    package: String,
    what: String,
    #[serde(default)]
    dirs: Vec<String>,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    ignore: Vec<String>,
    stdin: Option<String>,
    #[serde(default)]
    differs: Vec<Differs>,
}

/// Runtimes in which a program does something else than natively.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Differs {
    runtimes: Vec<String>,
    /// The host call that matters; none if `compare` names none.
    call: Option<String>,
    why: String,
    /// Whether they also agree, now and then.
    #[serde(default)]
    sometimes: bool,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/programs").canonicalize().expect("a folder")
}

fn programs() -> Vec<Program> {
    let text = fs::read_to_string(folder().join("programs.toml")).expect("programs.toml");
    toml::from_str::<File>(&text).unwrap_or_else(|error| panic!("programs.toml: {error}")).program
}

/// The last part of a package's path that says anything: `yq` of `github.com/mikefarah/yq/v4`.
fn name(package: &str) -> &str {
    let parts: Vec<_> = package.rsplit('/').collect();
    match parts[..] {
        [version, name, ..] if version.starts_with('v') && version[1..].parse::<u32>().is_ok() => name,
        [name, ..] => name,
        [] => package,
    }
}

impl Program {
    /// The answer of `compare`.
    fn compared(&self) -> Value {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wasip1-matrix"));
        command.current_dir(folder()).args(["compare", "--json", &self.package]);
        for dir in &self.dirs {
            command.args(["--dir", &format!("inputs/{dir}")]);
        }
        for pattern in &self.ignore {
            command.args(["--ignore", pattern]);
        }
        if let Some(stdin) = &self.stdin {
            command.args(["--stdin", &format!("inputs/{stdin}")]);
        }
        let ended = command.arg("--").args(&self.args).output().expect("a command");
        serde_json::from_slice(&ended.stdout)
            .unwrap_or_else(|_| panic!("{}: {}", self.package, String::from_utf8_lossy(&ended.stderr)))
    }

    /// What is on record for a column.
    fn on_record(&self, column: &str) -> Option<&Differs> {
        let runtime = column.split('@').next().unwrap_or(column);
        self.differs.iter().find(|differs| differs.runtimes.iter().any(|named| named == runtime))
    }

    /// What is not as on record.
    fn news(&self, answer: &Value) -> Vec<String> {
        let mut news = Vec::new();
        for group in answer["groups"].as_array().expect("groups") {
            let agrees = group["agrees"] == true;
            let columns: Vec<_> = group["columns"].as_array().expect("columns").iter().map(text).collect();
            for column in &columns {
                match (self.on_record(column), agrees) {
                    (None, false) => news.push(format!("{}: {column} differs: {}", self.package, group["observed"])),
                    (Some(Differs { sometimes: false, .. }), true) => {
                        news.push(format!("{}: {column} agrees, and differs on record", self.package));
                    }
                    _ => {}
                }
            }
            let call = &group["reason"]["call"];
            let Some(traced) = call["column"].as_str() else { continue };
            let known = self.on_record(traced).and_then(|differs| differs.call.as_deref());
            if known.is_some_and(|known| call["function"] != known) {
                news.push(format!("{}: {traced}: the call that matters is {}", self.package, call["function"]));
            }
        }
        news
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[test]
#[ignore = "fetches, builds and compares ten programs, which takes minutes: `make programs`"]
fn programs_of_other_people_do_what_is_on_record() {
    let (mut news, mut fewest) = (Vec::new(), usize::MAX);
    for program in programs() {
        let answer = program.compared();
        let failed = answer["not-run"].as_array().expect("not-run").iter().filter(|column| column["failed"] == true);
        news.extend(
            failed.map(|column| format!("{}: {} failed: {}", program.package, column["column"], column["why"])),
        );
        assert_eq!(answer["reference"]["because"], "native", "{answer:#}");
        fewest = fewest.min(answer["columns"].as_array().expect("columns").len());
        news.extend(program.news(&answer));
    }
    assert!(fewest > 3, "a program ran in {fewest} columns; `make runtimes` installs more");
    assert!(news.is_empty(), "{}", news.join("\n"));
}

#[test]
fn each_runtime_on_record_exists_and_each_program_is_fetched_at_a_pinned_version() {
    let runtimes = folder().join("../../runtimes");
    let pins = fs::read_to_string(folder().join("go.mod")).expect("go.mod");
    let programs = programs();
    assert_eq!(programs.len(), 10);
    for program in &programs {
        assert!(pins.contains(&format!("\t{}\n", program.package)), "go.mod has no tool {}", program.package);
        let mut seen = BTreeSet::new();
        for runtime in program.differs.iter().flat_map(|differs| &differs.runtimes) {
            assert!(runtimes.join(runtime).is_dir(), "{}: no runtime {runtime}", program.package);
            assert!(seen.insert(runtime), "{}: {runtime} twice", program.package);
        }
    }
}

#[test]
fn the_page_of_programs_has_what_is_on_record() {
    let mut table = "| program | what it does here | differs under | why |\n|---|---|---|---|\n".to_owned();
    for program in programs() {
        let mut first = Some((name(&program.package).to_owned(), program.what.clone()));
        if program.differs.is_empty() {
            let (name, what) = first.take().expect("a name");
            table += &format!("| {name} | {what} | – | |\n");
        }
        for differs in &program.differs {
            let (name, what) = first.take().unwrap_or_default();
            let sometimes = if differs.sometimes { " (sometimes)" } else { "" };
            let call = differs.call.as_ref().map(|call| format!("`{call}`: ")).unwrap_or_default();
            table +=
                &format!("| {name} | {what} | {}{sometimes} | {call}{} |\n", differs.runtimes.join(", "), differs.why);
        }
    }
    let page = fs::read_to_string(folder().join("README.md")).expect("README.md");
    assert!(page.contains(&table), "examples/programs/README.md does not have this table:\n{table}");
}
