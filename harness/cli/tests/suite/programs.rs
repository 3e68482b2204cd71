//! Programs of other people, run by `compare` in every installed column: what differs is what `examples/programs` has on
//! record.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use matrix_model::compared_programs::{ComparedProgram, ComparedPrograms, LinkedFunction};
use matrix_provision::origin::platform;
use matrix_report::extract;
use matrix_store::json_lines;
use regex::Regex;
use serde::Deserialize;
use serde_json::Value;
use wasip1_trace::facts::Facts;

use crate::lint::{EXTRACT, module_of};

/// What was observed of the programs, which predictions are held against.
const COMPARED: &str = "compared.json";

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

    /// The guest paths of its folders.
    fn preopens(&self) -> Vec<String> {
        let guest = |dir: &String| dir.split("::").nth(1).map(|path| path.trim_end_matches(":ro").to_owned());
        self.dirs.iter().filter_map(guest).collect()
    }

    /// What is in it, and what was observed. A column in which it differs now and then is one in which it differs.
    fn observed(&self, answer: &Value, facts: &Facts) -> ComparedProgram {
        let (mut differs, mut agrees) = (BTreeSet::new(), BTreeSet::new());
        for column in answer["columns"].as_array().expect("columns") {
            let name = text(&column["column"]);
            match column["agrees"] == false || self.on_record(&name).is_some() {
                true => differs.insert(name),
                false => agrees.insert(name),
            };
        }
        // The reference is no runtime.
        agrees.remove(answer["reference"]["column"].as_str().expect("a reference"));
        let (package, preopens, needs) = (self.package.clone(), self.preopens(), extract::needs(facts));
        ComparedProgram { package, preopens, needs, differs, agrees }
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

/// The name of an exported function or method of a package whose path has no dot, as the linker writes it.
static EXPORTED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[a-z0-9]+(/[a-z0-9]+)*\.((\(\*\w+\)|\w+)\.)?[A-Z]\w*$").expect("a pattern"));

/// Whether a linker's name for a function is that of an exported function or method of Go's library.
fn is_of_library(name: &str) -> bool {
    let is_inner = |part: &str| part == "internal" || part == "vendor";
    EXPORTED.is_match(name) && !name.starts_with("main.") && !name.split('/').any(is_inner)
}

/// What was observed of all programs. Each comes with its answer and its module.
fn compared(all: &[(Program, Value, Vec<u8>)]) -> ComparedPrograms {
    let facts: Vec<_> = all.iter().map(|(_, _, module)| Facts::of(module).expect("a module")).collect();
    let mut functions: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, facts) in facts.iter().enumerate() {
        for name in facts.functions.iter().filter(|name| is_of_library(name)) {
            functions.entry(name).or_default().push(place);
        }
    }
    ComparedPrograms {
        go: facts[0].go.as_ref().expect("a Go program").version.clone(),
        platform: platform(),
        programs: all.iter().zip(&facts).map(|((one, answer, _), facts)| one.observed(answer, facts)).collect(),
        functions: functions
            .into_iter()
            .map(|(name, programs)| LinkedFunction { name: name.to_owned(), programs })
            .collect(),
    }
}

#[test]
#[ignore = "fetches, builds and compares ten programs, which takes minutes: `make programs`"]
fn programs_of_other_people_do_what_is_on_record() {
    let (mut news, mut fewest, mut all) = (Vec::new(), usize::MAX, Vec::new());
    for program in programs() {
        let answer = program.compared();
        let failed = answer["not-run"].as_array().into_iter().flatten().filter(|column| column["failed"] == true);
        news.extend(
            failed.map(|column| format!("{}: {} failed: {}", program.package, column["column"], column["why"])),
        );
        assert_eq!(answer["reference"]["because"], "native", "{answer:#}");
        fewest = fewest.min(answer["columns"].as_array().expect("columns").len());
        news.extend(program.news(&answer));
        all.push((program, answer));
    }
    assert!(fewest > 3, "a program ran in {fewest} columns; `make runtimes` installs more");
    assert!(news.is_empty(), "{}", news.join("\n"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let with_module = |(program, answer): (Program, Value)| {
            let module = module_of(&folder(), &program.package, "");
            (program, answer, module)
        };
        let all: Vec<_> = all.into_iter().map(with_module).collect();
        let text = json_lines::text(&compared(&all)).expect("JSON");
        fs::write(folder().join(COMPARED), text).expect("a file");
    }
}

/// Predictions are held against columns that are on record, each where it was run, and against all of them.
#[test]
fn what_was_observed_is_on_record() {
    let kept = fs::read_to_string(folder().join(COMPARED)).expect("what was observed");
    let compared: ComparedPrograms = serde_json::from_str(&kept).unwrap_or_else(|error| panic!("{COMPARED}: {error}"));
    let renew = "run `UPDATE_GOLDEN=1 make programs` where all runtimes are installed";
    assert_eq!(json_lines::text(&compared).expect("JSON"), kept, "{renew}");
    let programs = programs();
    let packages = |all: &[ComparedProgram]| all.iter().map(|one| one.package.clone()).collect::<Vec<_>>();
    let on_record: Vec<_> = programs.iter().map(|one| one.package.clone()).collect();
    assert_eq!(packages(&compared.programs), on_record, "{renew}");
    let columns: BTreeSet<_> = EXTRACT.columns.iter().map(|column| column.column.as_str()).collect();
    for (program, observed) in programs.iter().zip(&compared.programs) {
        let package = &program.package;
        assert_eq!(observed.preopens, program.preopens(), "{package}; {renew}");
        for column in observed.differs.union(&observed.agrees) {
            assert!(columns.contains(column.as_str()), "{package}: the results have no {column}; {renew}");
            let differs = observed.differs_in(column);
            assert_eq!(differs, Some(program.on_record(column).is_some()), "{package}: {column}; {renew}");
        }
        for runtime in program.differs.iter().flat_map(|differs| &differs.runtimes) {
            let is_of = |column: &String| column.split('@').next() == Some(runtime.as_str());
            assert!(observed.differs.iter().any(is_of), "{package}: {runtime} was not run; {renew}");
        }
    }
    let has = |name: &str| compared.functions.iter().any(|function| function.name == name);
    assert!(has("os.Rename") && has("os.(*File).Sync") && !has("main.main"), "{renew}");
    assert!(
        EXTRACT.functions.iter().all(|name| is_of_library(name)),
        "cases tell of a function that would be left out"
    );
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
