//! Fake runtimes: shell scripts that stand where a runtime would, one script a case.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use matrix_model::record::{Measured, Record};
use matrix_model::results::Results;
use matrix_store::results_files;
use matrix_supervise::Ended;

use crate::project::Project;

/// What the fake says its version is, and what it is in the store as.
pub const VERSION: &str = "1.2.3";

/// How a fake with a command line of its own reads it, before the case's script goes on.
const COMMAND: &str = r#"
folder=${0%/*}
[ "$1" = --version ] && { . "$folder/version.sh"; exit; }
[ "$1" = --prepare ] && { . "$folder/prepare.sh"; exit; }
while :; do
    case "$1" in
    --dir=*) dir=${1#--dir=}; shift ;;
    --env=*) shift ;;
    *) break ;;
    esac
done
. "$folder/$2.sh"
"#;

/// How a fake host answers for itself. The case's script says `report EXIT MESSAGE RETURNS`, and reads `$fault`.
const HOST: &str = r#"
folder=${0%/*} fault=
[ "$1" = --fault ] && { fault=$2; shift 2; }
case "$1" in
--faults) . "$folder/faults.sh"; exit ;;
--version) . "$folder/version.sh"; exit ;;
--fields) . "$folder/fields.sh"; exit ;;
--prepare) . "$folder/prepare.sh"; exit ;;
esac
request=$1 result=$2
report() {
    met=
    [ -n "$fault" ] && met=$(printf ',"fault":{"name":"%s","times":1,"called":["fd_write"]}' "$fault")
    printf '{"contract":1,"engine":"1.2.3","exit":%s,"code":"cached","compile-ns":1,"instantiate-ns":2,"run-ns":3,
        "message":"%s","returns":%s%s}' "$1" "$2" "${3:-[]}" "$met" > "$result"
}
script=$(sed -n '/"argv"/,/]/p' "$request" | sed -n '3s/[", ]//gp')
. "$folder/$script.sh"
"#;

/// A project with one fake runtime.
pub struct Fake {
    /// Where it all stands.
    pub project: Project,
    cases: String,
    lacks: String,
    adapter: &'static str,
    tables: String,
}

impl Fake {
    /// A runtime that is driven through its own command line.
    pub fn command() -> Fake {
        let run = r#"["{exe}", "{folder}/fake.sh", "{env...}", "{dirs...}", "{limits...}", "{module}", "{args...}"]"#;
        let adapter = "[command]\nenv = [\"--env={name}={value}\"]\ndir = [\"--dir={host}\"]\nrun = ";
        Fake::new(COMMAND, Box::leak(format!("{adapter}{run}\n").into_boxed_str()))
    }

    /// The reference: its guests are built for the host, and tell its version.
    pub fn reference() -> Fake {
        let run = r#"["{exe}", "{folder}/fake.sh", "{env...}", "{dirs...}", "{module}", "{args...}"]"#;
        let adapter = "[command]\nenv = [\"--env={name}={value}\"]\ndir = [\"--dir={host}\"]\n";
        let build = r#"build = ["/bin/ln", "-s", "/bin/sh", "{built}/fake"]"#;
        Fake::new(COMMAND, Box::leak(format!("{adapter}{build}\nrun = {run}\n").into_boxed_str()))
    }

    /// A runtime that obeys the host contract.
    pub fn host() -> Fake {
        let fake = Fake::new(HOST, "[host]\nprogram = [\"{exe}\", \"{folder}/fake.sh\"]\n");
        let fields =
            "dir-read-only fuel memory-limit wall-limit fixed-clock seeded-random reactor duplicate-env duplicate-dir";
        let fields: Vec<_> = fields.split(' ').map(|field| format!("\"{field}\"")).collect();
        fake.script("fields", &format!("echo '[{}]'", fields.join(",")))
            .script("prepare", "echo '{\"code\":\"cached\",\"compile-ns\":0}'")
    }

    fn new(script: &str, adapter: &'static str) -> Fake {
        let project = Project::new();
        project.guest("guest");
        project.write("runtimes/fake/fake.sh", script);
        // The script is read by a shell and not itself executed: a file that another test's fork still
        // holds open for writing cannot be.
        let bin = project.path(&format!("store/fake/{VERSION}/bin"));
        fs::create_dir_all(&bin)
            .and_then(|()| symlink("/bin/sh", bin.join("fake")))
            .expect("a store with a fake in it");
        let cases = "guest = \"guest\"\ndoc = \"https://example.org\"\n".to_owned();
        let lacks = match adapter.starts_with("[host]") {
            true => String::new(),
            false => "lacks = [\"dir-read-only\", \"fixed-clock\", \"fuel\", \"memory-limit\", \"reactor\", \"seeded-random\", \
                      \"wall-limit\"]\n"
                .to_owned(),
        };
        let fake = Fake { project, cases, lacks, adapter, tables: String::new() };
        fake.script("version", &format!("echo 'fake {VERSION}'"))
    }

    /// A case, what the fake does with it as a shell script, and further lines of its TOML.
    pub fn case(mut self, name: &str, script: &str, toml: &str) -> Fake {
        writeln!(self.cases, "\n[[case]]\nname = \"{name}\"\nwhy = \"why\"\nargs = [\"{name}\"]\n{toml}")
            .expect("a string takes it");
        self.script(name, script)
    }

    /// Has the guest built as a reactor; said before the first case.
    pub fn reactor(mut self) -> Fake {
        self.cases.push_str("build = \"reactor\"\ngo = \">=1.24\"\n");
        self
    }

    /// A script of the fake's: `version`, `fields`, `faults`, `prepare`, or a case's.
    pub fn script(self, name: &str, script: &str) -> Fake {
        self.project.write(&format!("runtimes/fake/{name}.sh"), script);
        self
    }

    /// What its adapter cannot express, as a TOML list: for a command, beside what it has no words for.
    pub fn lacks(mut self, list: &str) -> Fake {
        self.lacks = match self.lacks.strip_suffix("]\n") {
            Some(declared) => format!("{declared}, {}\n", list.trim_start_matches('[')),
            None => format!("lacks = {list}\n"),
        };
        self
    }

    /// A capability that a command's further keys have words for.
    pub fn expresses(mut self, capability: &str) -> Fake {
        self.lacks = self.lacks.replace(&format!("\"{capability}\", "), "");
        self
    }

    /// How many times a case's deadline its cells may take.
    pub fn deadline_factor(mut self, factor: u32) -> Fake {
        self.lacks.insert_str(0, &format!("deadline-factor = {factor}\n"));
        self
    }

    /// Further lines and tables of its `runtime.toml`; they begin in its `[command]` or `[host]`.
    pub fn tables(mut self, toml: &str) -> Fake {
        self.tables.push_str(toml);
        self
    }

    /// Its `divergences.toml`.
    pub fn divergences(self, toml: &str) -> Fake {
        self.project.write("runtimes/fake/divergences.toml", toml);
        self
    }

    /// A file of a fixture.
    pub fn fixture(self, name: &str, content: &str) -> Fake {
        self.project.write(&format!("cases/fixtures/{name}"), content);
        self
    }

    /// The project as it is written so far.
    pub fn written(self) -> Project {
        let Fake { project, cases, lacks, adapter, tables } = self;
        project.write("cases/t.toml", cases);
        let head = format!("name = \"Fake\"\nurl = \"https://example.org\"\n{lacks}");
        let is_reference = adapter.contains("build = ");
        let head = if is_reference { format!("target = \"host\"\n{head}") } else { head };
        let pins = if is_reference { String::new() } else { format!("pins = [\"{VERSION}\"]\n") };
        let install = format!("[install]\nexe = \"fake\"\n{pins}hint = \"take a fake from the shelf\"\n");
        let version = match adapter.starts_with("[host]") || is_reference {
            true => "",
            false => "[version]\ncommand = [\"{exe}\", \"{folder}/fake.sh\", \"--version\"]\npattern = 'fake (\\S+)'\n",
        };
        project.write("runtimes/fake/runtime.toml", [&head, &install, version, adapter, &tables].concat());
        project
    }

    /// Runs every case.
    pub fn run(self) -> Run {
        self.run_with(&[], &[])
    }

    /// Runs every case, in at most so many MiB of memory: the harness ends early where it needs more. Peak memory as the
    /// kernel counts it would have that of the tests' own process in it.
    pub fn run_within(self, mebibytes: u32) -> Run {
        let limited = format!("ulimit -d {} && exec \"$@\"", mebibytes << 10);
        self.run_with(&["/bin/sh", "-c", &limited, "sh"], &[])
    }

    /// Runs every case, with words before the harness's command and after it.
    pub fn run_with(self, before: &[&str], after: &[&str]) -> Run {
        let project = self.written();
        let results = project.path("results.json");
        let mut arguments = vec!["run", "--jobs", "4", "--json", results.to_str().expect("a UTF-8 path")];
        arguments.extend(after);
        let ended = project.wrapped_command(before, &arguments);
        let results = results_files::read(&results).unwrap_or_else(|error| panic!("{error:#}\n{}", said(&ended)));
        Run { project, ended, results }
    }
}

/// A run of the harness over a fake, and its results.
pub struct Run {
    /// Where it all stands.
    pub project: Project,
    /// How the harness's command ended.
    pub ended: Ended,
    /// What it wrote.
    pub results: Results,
}

impl Run {
    /// A case's record.
    pub fn record(&self, case: &str) -> &Record {
        let id = format!("t/{case}");
        let found = self.results.records.iter().find(|record| record.case == id);
        found.unwrap_or_else(|| panic!("no record of {id}\n{}", said(&self.ended)))
    }

    /// A case's verdict, as people read it.
    pub fn verdict(&self, case: &str) -> String {
        self.record(case).verdict.to_string()
    }

    /// What a case's guest wrote to stdout, as a quoted literal.
    pub fn stdout(&self, case: &str) -> String {
        self.record(case).outcome.as_ref().map_or_else(String::new, |outcome| outcome.stdout.quoted())
    }

    /// What was measured as a case was run.
    pub fn measured(&self, case: &str) -> Measured {
        self.record(case).measured.unwrap_or_else(|| panic!("{case} was not run"))
    }

    /// What the harness's command printed.
    pub fn said(&self) -> String {
        said(&self.ended)
    }

    /// The folder a case ran in.
    pub fn sandbox(&self, case: &str) -> PathBuf {
        sandbox(&self.project, case)
    }

    /// Asserts every named case's verdict.
    pub fn assert_verdicts(&self, verdicts: &[(&str, &str)]) {
        let is: Vec<_> = verdicts.iter().map(|(case, _)| (*case, self.verdict(case))).collect();
        let should: Vec<_> = verdicts.iter().map(|(case, verdict)| (*case, (*verdict).to_owned())).collect();
        assert_eq!(is, should, "{}", self.said());
    }
}

/// The folder a case of the fake's runs in.
pub fn sandbox(project: &Project, case: &str) -> PathBuf {
    project.path("target/wasip1-matrix/sandbox").join(format!("fake@{VERSION}/t/{case}"))
}

/// All that the harness's command printed.
pub fn said(ended: &Ended) -> String {
    format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr))
}

/// The exit code of the harness's command with these arguments, and all that it printed.
pub fn run_command(project: &Project, arguments: &[&str]) -> (Option<i32>, String) {
    let ended = project.command(arguments);
    (ended.status.code(), said(&ended))
}

/// Asserts that a text has all these parts.
#[track_caller]
pub fn holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}
