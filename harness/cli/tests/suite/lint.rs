//! `lint`: what it reads off modules, that each prediction has a cell behind it, and what it says of bad input.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use matrix_model::answer::{self, Answer};
use matrix_model::extract::{Extract, ExtractedCase};
use matrix_model::placement;
use matrix_model::prediction::needs;
use matrix_model::prediction::unstarted;
use matrix_model::prediction::{self, Preopens, Sureness};
use matrix_model::results::ColumnFacts;
use matrix_model::runtime::Target;
use matrix_provision::guests::Guests;
use matrix_provision::toolchain::Go;
use matrix_report::extract;
use matrix_run::probe;
use matrix_store::dirs::Places;
use matrix_store::{extract_file, results_files};
use tempfile::TempDir;
use wasip1_trace::facts::{Dependency, Facts, Kind};

use crate::project::Project;

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the project's root")
}

fn places() -> Places {
    Places::of(&root(), std::env::var_os("WASIP1_MATRIX_OFFLINE").is_some()).expect("folders")
}

/// The columns that have no `sock_accept`, as their names begin.
const LACK_SOCK_ACCEPT: [&str; 2] = ["bun@", "wasmtime-python@0.28.0"];

/// The committed extract.
pub static EXTRACT: LazyLock<Extract> = LazyLock::new(|| {
    let path = root().join(extract_file::COMMITTED);
    let text = fs::read_to_string(&path).expect("the committed extract");
    extract_file::parse(&text, &path).unwrap_or_else(|error| panic!("{error:#}"))
});

/// What is in each guest.
static MODULES: LazyLock<BTreeMap<String, Facts>> = LazyLock::new(|| {
    let suite = matrix_load::suite(&root(), None, &probe::names()).unwrap_or_else(|problems| panic!("{problems}"));
    let guests = Guests::build(&places(), &suite, None, Target::Wasip1, &|_| {});
    let guests = guests.unwrap_or_else(|error| panic!("{error:#}"));
    let read = |path: &Path| Facts::of(&fs::read(path).expect("a guest")).unwrap_or_else(|what| panic!("{what}"));
    guests.by_name.iter().map(|(name, guest)| (name.clone(), read(&guest.module))).collect()
});

#[test]
fn each_prediction_has_a_cell_that_differs() {
    let extract = &*EXTRACT;
    let results = results_files::read(&root().join("reports/results")).expect("the committed results");
    let answers: BTreeMap<_, _> =
        results.records.iter().map(|record| record.cell.as_str()).zip(answer::answers(&results)).collect();
    let columns: Vec<_> = (0..extract.columns.len()).collect();
    let tells: BTreeMap<_, BTreeSet<_>> = (extract.cases.iter())
        .map(|case| (case.id.as_str(), case.functions().iter().map(|at| extract.functions[*at].as_str()).collect()))
        .collect();
    let mut count = 0;
    for (guest, facts) in &*MODULES {
        for one in prediction::predictions(&facts.functions, extract, &columns) {
            count += 1;
            assert!(facts.functions.contains(&one.function), "{guest}: {one:#?}");
            assert!(!one.cells.is_empty() && one.cells.len() <= one.judged, "{guest}: {one:#?}");
            for cell in &one.cells {
                let answer = answers.get(cell.as_str()).unwrap_or_else(|| panic!("{guest}: there is no cell {cell}"));
                assert!(answer.is_otherwise(), "{guest}: {cell} {}", answer.words());
                let case = cell.strip_prefix(&format!("{}/", one.column)).expect("a cell of the column");
                assert!(tells[case].contains(one.function.as_str()), "{case} does not tell of {}", one.function);
            }
        }
    }
    assert!(count > 1000, "{count}");
}

/// The committed results say of each cell what the extract says of it.
#[test]
fn the_extract_has_the_answers_of_the_committed_results() {
    let extract = &*EXTRACT;
    let results = results_files::read(&root().join("reports/results")).expect("the committed results");
    let is_whole = |column: &&ColumnFacts| !column.reference && column.surrounding.is_none();
    let columns: Vec<_> = results.columns.iter().filter(is_whole).collect();
    let names: Vec<_> = columns.iter().map(|column| column.column.as_str()).collect();
    assert_eq!(extract.columns.iter().map(|column| column.column.as_str()).collect::<Vec<_>>(), names, "{RENEW}");
    let places: BTreeMap<_, _> = names.iter().copied().zip(0..).collect();
    let cases: BTreeMap<_, _> = extract.cases.iter().map(|case| (case.id.as_str(), case)).collect();
    for (record, answer) in results.records.iter().zip(answer::answers(&results)) {
        let Some(place) = places.get(record.column.as_str()) else { continue };
        let case = cases.get(record.case.as_str()).unwrap_or_else(|| panic!("{} is not in it; {RENEW}", record.case));
        let told = case.answer(*place);
        let wanted = match answer {
            Answer::GotOut { sometimes, .. } => Answer::GotOut { reach: None, sometimes },
            Answer::CannotBeExpressed => Answer::NotRun,
            answer => answer,
        };
        assert_eq!(told, wanted, "{}; {RENEW}", record.cell);
    }
}

const RENEW: &str = "run `cargo run -- extract`";

/// The functions and the causes in it are those of today's sources and results.
#[test]
fn the_committed_extract_is_up_to_date() {
    let mut check = Command::new(env!("CARGO_BIN_EXE_wasip1-matrix"));
    let ended = check.args(["extract", "--check"]).current_dir(root()).output().expect("the command starts");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
fn the_methodology_has_todays_accuracy() {
    let (code, tables, stderr) = ended(&Project::new(), &["--accuracy"]);
    assert_eq!(code, Some(0), "{stderr}");
    let [guests, programs] = tables.split("\n\n").collect::<Vec<_>>()[..] else { panic!("not two tables:\n{tables}") };
    let document = fs::read_to_string(root().join("reports/METHODOLOGY.md")).expect("METHODOLOGY.md");
    for table in [guests, programs] {
        assert!(table.lines().count() > 10, "{table}");
        assert!(document.contains(table), "put this table and its date under Predictions in METHODOLOGY.md:\n{table}");
    }
}

#[test]
fn each_function_is_in_a_guest() {
    let contained = |name: &String| MODULES.values().any(|facts| facts.functions.contains(name));
    let absent: Vec<_> = EXTRACT.functions.iter().filter(|name| !contained(name)).collect();
    assert!(absent.is_empty(), "{absent:?}");
    let has = |name: &str| EXTRACT.functions.iter().any(|known| known == name);
    assert!(has("os.Rename") && has("os.(*File).Seek") && has("crypto/rand.Read"), "{:?}", EXTRACT.functions);
}

#[test]
fn guests_need_what_their_runtimes_have() {
    let extract = &*EXTRACT;
    let columns: Vec<_> = (0..extract.columns.len()).filter(|column| extract.is_judged(*column)).collect();
    for (guest, facts) in MODULES.iter().filter(|(guest, _)| !guest.starts_with("import")) {
        let unmet = needs::unmet(&extract::needs(facts), extract, &columns);
        // No program that imports sock_accept starts there, so nobody knows what else of the kind they have.
        let starts_none = |column: &str| LACK_SOCK_ACCEPT.iter().any(|lacks| column.starts_with(lacks));
        // Its command maps no folders, and the cases about this function need one.
        let was_not_asked = |need: &needs::Unmet| need.column.starts_with("wasmi@") && need.name == "fd_renumber";
        let news = |need: &&needs::Unmet| {
            !(starts_none(&need.column) && need.name.starts_with("sock_") || was_not_asked(need))
        };
        assert_eq!(unmet.iter().filter(news).collect::<Vec<_>>(), Vec::<&needs::Unmet>::new(), "{guest}");
    }
    // That a guest is refused as it should be does not show that what it imports is there.
    let absent = needs::unmet(&extract::needs(&MODULES["import-function"]), extract, &columns);
    let unmet: BTreeSet<_> = absent.iter().filter(|need| need.name == "absent").map(|need| &need.column).collect();
    assert_eq!(unmet.len(), columns.len(), "{unmet:?}");
    let http = needs::unmet(&extract::needs(&MODULES["http"]), extract, &columns);
    for lacks in LACK_SOCK_ACCEPT {
        assert!(http.iter().any(|need| need.column.starts_with(lacks) && need.is_lacking()), "{lacks}: {http:#?}");
    }
}

/// A guest that does not start has called no function: its cells are evidence for none.
#[test]
fn no_prediction_rests_on_a_cell_that_does_not_start() {
    let extract = &*EXTRACT;
    let columns: Vec<_> = (0..extract.columns.len()).collect();
    let is_unstarted = |(case, column): &(&ExtractedCase, usize)| case.is_unstarted_in(*column);
    let cells: BTreeSet<_> = (extract.cases.iter())
        .flat_map(|case| columns.iter().map(move |column| (case, *column)))
        .filter(is_unstarted)
        .map(|(case, column)| format!("{}/{}", extract.columns[column].column, case.id))
        .collect();
    assert!(cells.len() > 100, "{cells:?}");
    for facts in MODULES.values() {
        let predicted = prediction::predictions(&facts.functions, extract, &columns);
        let wrong: Vec<_> = predicted.iter().flat_map(|one| &one.cells).filter(|cell| cells.contains(*cell)).collect();
        assert_eq!(wrong, Vec::<&String>::new());
    }
    // Where an import is missing that is a prediction by itself; elsewhere it is only said.
    let told = unstarted::unstarted(extract, &columns);
    assert!(told.iter().all(|guests| cells.contains(&guests.cell)), "{told:#?}");
    let is_told = |column: &str| told.iter().any(|guests| guests.column.starts_with(column));
    assert!(is_told("jco@") && LACK_SOCK_ACCEPT.iter().all(|lacks| !is_told(lacks)), "{told:#?}");
}

/// A program, its module as Go builds it, and as Go builds it without names.
fn built() -> [Vec<u8>; 2] {
    let folder = TempDir::new().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("lib")).expect("a folder");
    fs::write(
        at("go.mod"),
        "module example.org/move\n\ngo 1.21\n\nrequire example.org/lib v1.2.3\n\nreplace example.org/lib => ./lib\n",
    )
    .expect("a file");
    fs::write(at("main.go"), "package main\n\nimport (\n\t\"os\"\n\n\t\"example.org/lib\"\n)\n\nfunc main() {\n\tif os.Rename(\"/cfg/a\", lib.Name) != nil {\n\t\tos.Exit(1)\n\t}\n}\n").expect("a file");
    fs::write(at("lib/go.mod"), "module example.org/lib\n\ngo 1.21\n").expect("a file");
    fs::write(at("lib/lib.go"), "package lib\n\nconst Name = \"/cfg/b\"\n").expect("a file");
    ["", "-s -w"].map(|flags| module_of(folder.path(), ".", flags))
}

/// A package as Go builds it for preview 1. `folder` is where Go is started, and `flags` are for its linker.
pub fn module_of(folder: &Path, package: &str, flags: &str) -> Vec<u8> {
    let go = Go::find(&places(), &|_| {}).unwrap_or_else(|error| panic!("{error:#}"));
    let into = TempDir::new().expect("a temporary folder");
    let module = into.path().join("app.wasm");
    let mut build = Command::new(&go.exe);
    // As `compare` builds it, so that Go has compiled most of it already.
    build.args(["build", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o"]).arg(&module).arg(package);
    build.envs([("GOOS", "wasip1"), ("GOARCH", "wasm"), ("GOWORK", "off"), ("GOFLAGS", ""), ("GOTOOLCHAIN", "local")]);
    let ended = build.current_dir(folder).output().expect("Go starts");
    assert!(ended.status.success(), "{package}: {}", String::from_utf8_lossy(&ended.stderr));
    fs::read(module).expect("a module")
}

#[test]
fn a_program_that_renames_is_warned_about_wasmedge() {
    let [whole, stripped] = built().map(|module| Facts::of(&module).unwrap_or_else(|what| panic!("{what}")));
    assert_eq!((whole.kind, whole.names, stripped.names), (Kind::Command, true, false));
    assert!(whole.functions.contains("os.Rename") && whole.functions == stripped.functions, "Go's own table stays");
    let go = stripped.go.expect("Go built it");
    assert!(go.version.starts_with("go1."), "{go:?}");
    assert_eq!(go.package.as_deref(), Some("example.org/move"));
    assert_eq!(go.dependencies, [Dependency { path: "./lib".to_owned(), version: "(devel)".to_owned() }]);
    let needs = extract::needs(&whole);
    assert!(needs.imports.contains("path_rename") && needs.proposals.contains("sign-extension"), "{needs:?}");
    let predicted = prediction::predictions(&whole.functions, &EXTRACT, &EXTRACT.named("wasmedge"));
    let warning = predicted.iter().find(|one| one.function == "os.Rename" && one.preopens == Preopens::Elsewhere);
    let warning = warning.unwrap_or_else(|| panic!("{predicted:#?}"));
    assert_eq!(warning.sureness, Sureness::Likely);
    let case = warning.cells[0].split_once('/').expect("a cell's name").1;
    assert!(case.starts_with("preopen/") || placement::written(case).is_some(), "{case}");
    let cause = warning.cause.as_ref().expect("a cause");
    assert!(cause.words.contains("names preopens without the `/`"), "{}", cause.words);
}

fn ended(project: &Project, arguments: &[&str]) -> (Option<i32>, String, String) {
    let ended = project.command(&[&["lint"], arguments].concat());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (ended.status.code(), text(&ended.stdout), text(&ended.stderr))
}

#[test]
fn what_is_no_module_is_said_in_a_sentence() {
    let project = Project::new();
    let whole = wat::parse_str("(module (func (export \"_start\")))").expect("a module");
    project.write("empty.wasm", "");
    project.write("text.wasm", "func main() {}\n");
    project.write("cut.wasm", &whole[..whole.len() - 3]);
    project.write("component.wasm", b"\0asm\x0d\0\x01\0");
    let said = [
        ("empty.wasm", "is empty"),
        ("text.wasm", "is no WebAssembly module: it begins with"),
        ("cut.wasm", "is not a valid WebAssembly module: unexpected end"),
        ("component.wasm", "is a component"),
        ("absent.wasm", "no such file or folder"),
    ];
    for (file, sentence) in said {
        let (code, stdout, stderr) = ended(&project, &[file]);
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{file}: {stderr}");
        assert!(stderr.contains(file) && stderr.contains(sentence) && stderr.lines().count() == 1, "{stderr}");
    }
}

#[test]
fn an_import_list_is_asserted() {
    let project = Project::new();
    let import = |module: &str, name: &str| format!("(import \"{module}\" \"{name}\" (func (result i32)))");
    let preview1 = import("wasi_snapshot_preview1", "sched_yield");
    let module =
        |imports: &str| wat::parse_str(format!("(module {imports} (func (export \"_start\")))")).expect("a module");
    project.write("app.wasm", module(&preview1));
    project.write("foreign.wasm", module(&import("env", "f")));
    let code = |arguments: &[&str]| ended(&project, arguments).0;
    assert_eq!(code(&["app.wasm"]), Some(0));
    assert_eq!(code(&["app.wasm", "--deny", "sock_*"]), Some(0));
    assert_eq!(code(&["app.wasm", "--allow", "fd_*,sched_yield"]), Some(0));
    assert_eq!(code(&["app.wasm", "--allow", "fd_*"]), Some(1));
    assert_eq!(code(&["app.wasm", "--deny", "sock_typo"]), Some(2));
    assert_eq!(code(&["app.wasm", "--runtime", "absent"]), Some(2));
    project.write("hostile.wasm", module(&import("env", "f\\n::error::\\1b[2J")));
    let (_, stdout, _) = ended(&project, &["hostile.wasm"]);
    assert!(stdout.contains("::error::") && !stdout.contains("\n::") && !stdout.contains('\u{1b}'), "{stdout:?}");
    let (code, stdout, _) = ended(&project, &["foreign.wasm", "--deny", "env.*", "--sarif", "lint.sarif"]);
    assert_eq!(code, Some(1), "{stdout}");
    assert!(stdout.contains("env.f is imported, and --deny env.* forbids it"), "{stdout}");
    assert!(stdout.contains("import env.f: not measured anywhere"), "{stdout}");
    let sarif = fs::read(project.path("lint.sarif")).expect("the file that was asked for");
    let sarif: serde_json::Value = serde_json::from_slice(&sarif).expect("JSON");
    let [result] = &sarif["runs"][0]["results"].as_array().expect("results")[..] else { panic!("{sarif:#}") };
    assert_eq!((result["ruleId"].as_str(), result["level"].as_str()), (Some("refused-import"), Some("error")));
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().expect("rules");
    assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]), "{rules:?}");
}

#[test]
fn a_guest_is_linted_as_a_users_program_is() {
    let tree = places().state.join("guests");
    let _built = &*MODULES;
    let module =
        fs::read_dir(&tree).expect("built guests").map(|entry| entry.expect("an entry").path().join("tree.wasm"));
    let module = module.into_iter().find(|path| path.is_file()).expect("a built guest").display().to_string();
    let project = Project::new();
    let (code, stdout, stderr) = ended(&project, &[&module, "--runtime", "wasmedge,wazero@", "--json"]);
    assert_eq!(code, Some(0), "{stderr}");
    let said: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    let predictions = said["predictions"].as_array().expect("predictions");
    let columns: BTreeSet<_> = predictions.iter().filter_map(|one| one["column"].as_str()).collect();
    assert!(columns.len() > 2 && columns.iter().all(|name| name.starts_with("wa")), "{columns:?}");
    let (code, stdout, _) = ended(&project, &[&module, "--runtime", "wasmedge", "--fail-on", "likely"]);
    assert_eq!(code, Some(1), "{stdout}");
    assert!(stdout.contains("case/") && stdout.contains("#wasmedge@"), "{stdout}");
    let (_, stdout, _) = ended(&project, &[&module, "--runtime", "jco"]);
    let told = stdout.lines().find(|line| line.starts_with("  may not start: "));
    assert!(
        told.is_some_and(|line| line.ends_with("guests do not, and what sets them apart is not known")),
        "{stdout}"
    );
}
