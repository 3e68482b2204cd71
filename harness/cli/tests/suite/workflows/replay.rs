//! The action's steps and the vendor's script, run as a workflow of another repository would: from a folder that is no
//! checkout of this project, with Cargo and the runtime played by scripts.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use super::lines::{followed_by, indent, scripts};
use super::{release, root, text};
use crate::fake::{Fake, VERSION, holds};
use crate::project::Project;

/// The support files of this test.
const SUPPORT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/action");

/// A vendor's machine: a folder with builds of the runtime, the project as a runner unpacks an action, and the runner's
/// own files.
struct Machine {
    project: Project,
    vendor: TempDir,
    runner: TempDir,
}

/// A variable of a command's environment, and its value.
type Variable = (&'static str, String);

/// How a command ended.
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Machine {
    fn new() -> Machine {
        let hello = "expect.stdout = \"hello\\n\"";
        let fake = Fake::command().case("greets", "echo hello", hello).case("waves", "echo hello", hello);
        let project = fake.written();
        for name in ["examples", "install.sh", "Cargo.toml"] {
            symlink(root().join(name).canonicalize().expect("a file"), project.path(name)).expect("it in the project");
        }
        let committed = project.command(&["run", "--json", "reports/results"]);
        assert!(committed.status.success(), "{committed:?}");
        let machine = Machine { project, vendor: folder(), runner: folder() };
        fs::create_dir(machine.vendor.path().join("build")).expect("a folder for builds");
        for build in ["broken", "fixed"] {
            symlink(Path::new(SUPPORT).join(build), machine.vendor.path().join("build").join(build)).expect("a build");
        }
        machine
    }

    /// A file of the runner's.
    fn runner(&self, name: &str) -> PathBuf {
        self.runner.path().join(name)
    }

    /// Runs a script in the vendor's folder, with these variables.
    fn bash(&self, arguments: &[&str], variables: &[(&str, String)]) -> Ended {
        let mut command = Command::new("/bin/bash");
        command.args(arguments).current_dir(self.vendor.path()).env_clear().envs(self.project.environment());
        let toolchain = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/toolchain");
        command.env("PATH", format!("{SUPPORT}:{}:{}:/usr/bin:/bin", release::SUPPORT, toolchain.display()));
        command.env("COMMAND", env!("CARGO_BIN_EXE_wasip1-matrix")).env("CARGO_TARGET_DIR", self.runner("target"));
        let Output { status, stdout, stderr } =
            command.envs(variables.iter().map(|(name, value)| (name, value))).output().expect("bash");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Ended { code: status.code(), out: text(stdout), err: text(stderr) }
    }

    /// Runs the vendor's script.
    fn script(&self, arguments: &[&str], variables: &[(&str, String)]) -> Ended {
        let script = self.project.path("examples/vendor-ci.sh");
        self.bash(&[&[script.to_str().expect("UTF-8")], arguments].concat(), variables)
    }

    /// Runs the action's step as a runner does.
    fn action(&self, given: &[(&str, &str)]) -> Ended {
        self.action_with(given, &[])
    }

    /// As [`Machine::action`], with further variables.
    fn action_with(&self, given: &[(&str, &str)], further: &[Variable]) -> Ended {
        let step = Step::of_action(&text("action.yml"), &self.project, given);
        let runner = |name: &str| self.runner(name).display().to_string();
        let mut variables = step.environment;
        variables.extend(
            [
                ("GITHUB_ACTIONS", "true".to_owned()),
                ("GITHUB_WORKSPACE", self.vendor.path().display().to_string()),
                ("GITHUB_OUTPUT", runner("output")),
                ("GITHUB_STEP_SUMMARY", runner("summary")),
                ("RUNNER_TEMP", runner("")),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        variables.extend(further.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        self.bash(&["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", &step.script], &variables)
    }

    /// What Cargo was asked.
    fn calls_of_cargo(&self) -> String {
        fs::read_to_string(self.runner("target.calls")).unwrap_or_default()
    }

    /// Publishes the command as a release. Returns what the script finds it by.
    fn release(&self) -> [Variable; 2] {
        let release = self.runner("release");
        let name = release::archive();
        fs::create_dir_all(release.join(&name)).expect("a folder");
        fs::copy(env!("CARGO_BIN_EXE_wasip1-matrix"), release.join(&name).join("wasip1-matrix")).expect("the command");
        let script = format!(
            "cd {} && tar -cf - {name} | gzip -1 > {name}.tar.gz && rm -r {name} && sha256sum * > SHA256SUMS",
            release.display()
        );
        assert!(Command::new("/bin/sh").args(["-c", &script]).status().expect("a shell").success());
        [("RELEASE", release.display().to_string()), ("ATTESTED", "yes".to_owned())]
    }

    /// The files that the action names.
    fn outputs(&self) -> BTreeMap<String, PathBuf> {
        let written = fs::read_to_string(self.runner("output")).expect("outputs");
        let pairs = written.lines().map(|line| line.split_once('=').expect("a name and a path"));
        pairs.map(|(name, path)| (name.to_owned(), path.into())).collect()
    }
}

fn folder() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

/// The action's only step, with the runner's expressions replaced.
struct Step {
    environment: Vec<(String, String)>,
    script: String,
}

impl Step {
    fn of_action(action: &str, project: &Project, given: &[(&str, &str)]) -> Step {
        let scripts = scripts(action);
        let [script] = &scripts[..] else { panic!("the action has more than one step: {scripts:?}") };
        let (_, script) = script.split_once("run: |\n").expect("a script of several lines");
        let replaced = |value: &str| match value.strip_prefix("${{ ").and_then(|rest| rest.strip_suffix(" }}")) {
            Some("github.action_path") => project.root().display().to_string(),
            Some("github.token") => "token".to_owned(),
            Some(name) if name.starts_with("github.") => {
                given.iter().find(|(of, _)| *of == name).map_or_else(String::new, |(_, value)| (*value).to_owned())
            }
            Some(name) => input(action, name.strip_prefix("inputs.").expect("an input"), given),
            None => value.trim_matches('"').to_owned(),
        };
        let environment = followed_by(action, |line| line == "      env:").concat();
        let pairs = environment.lines().filter(|line| indent(line) == 8 && !line.trim_start().starts_with('#'));
        let pairs = pairs.map(|line| line.trim().split_once(": ").expect("a variable and its value"));
        let environment = pairs.map(|(name, value)| (name.to_owned(), replaced(value))).collect();
        Step { environment, script: script.to_owned() }
    }
}

/// The value of an input: what is given, or else its default.
fn input(action: &str, name: &str, given: &[(&str, &str)]) -> String {
    let declared = followed_by(action, |line| line == format!("  {name}:")).concat();
    assert!(declared.contains("description:"), "the action has no input {name}");
    let default = declared.lines().find_map(|line| line.trim().strip_prefix("default: "));
    let value = given.iter().find(|(of, _)| *of == name).map(|(_, value)| *value).or(default);
    value.unwrap_or_else(|| panic!("{name} is required")).trim_matches('"').to_owned()
}

#[test]
fn the_action_is_red_for_a_broken_build_and_says_which_cells() {
    let machine = Machine::new();
    let target = machine.runner("target").display().to_string();
    let baseline = format!("fake@{VERSION}");
    let given = [
        ("baseline", &*baseline),
        ("candidate", "fake@build/broken"),
        ("words", "t/\n greets"),
        ("target-dir", target.as_str()),
    ];
    let ended = machine.action(&given);
    assert_eq!(ended.code, Some(1), "{}{}", ended.out, ended.err);
    holds(&ended.out, &["\nbaseline   fake@1.2.3: ", "\ncandidate  fake@build/broken: "]);
    let called = format!(
        "{}: cargo build --locked --package wasip1-matrix --bin wasip1-matrix\n",
        machine.project.root().display()
    );
    assert_eq!(machine.calls_of_cargo(), called);
    let outputs = machine.outputs();
    assert_eq!(outputs.keys().collect::<Vec<_>>(), ["changes", "results", "summary"]);
    assert!(outputs.values().all(|path| path.is_file()), "{outputs:?}");
    let changes: Value = serde_json::from_slice(&fs::read(&outputs["changes"]).expect("changes")).expect("JSON");
    assert_eq!(changes["cells"][0]["case"], "t/greets");
    assert_eq!(changes["cells"].as_array().map(Vec::len), Some(1), "the words leave out the other: {changes}");
    let summary = fs::read_to_string(machine.runner("summary")).expect("the step's summary");
    holds(
        &summary,
        &["### wasip1-matrix gate: red: 1 newly broken; 0 unchanged", "- `t/greets` pass → fail (wrong-output)"],
    );
    // The last line is the annotation. What the guest wrote stands where GitHub takes no commands.
    let lines: Vec<_> = ended.out.lines().collect();
    let stop = lines.iter().position(|line| line.starts_with("::stop-commands::")).expect("commands are stopped");
    let word = lines[stop].trim_start_matches("::stop-commands::");
    let go = lines.iter().position(|line| *line == format!("::{word}::")).expect("commands are taken again");
    let wrote = |line: &&str| line.contains("##[error]bye") && !line.starts_with("::error ");
    assert!(lines[stop..go].iter().any(wrote) && !lines[..stop].iter().chain(&lines[go..]).any(wrote), "{}", ended.out);
    let annotation = "::error title=t/greets newly broken in fake@1.3.0+local::baseline fake@1.2.3: pass%0A\
                      candidate fake@1.3.0+local: fail (wrong-output)%0Aexpected stdout: hello\\n%0Aobserved stdout: ##[error]bye\\n";
    assert_eq!(lines[go + 1..], [annotation]);
}

#[test]
fn the_action_is_green_for_a_build_that_does_the_same() {
    let machine = Machine::new();
    // With the published results, which is the default, and two cells that compute at once.
    let given = [("candidate", "fake@1.3.0-dev=build/fixed"), ("jobs", "2")];
    let ended = machine.action(&given);
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    holds(&ended.out, &["fake@1.3.0-dev+local against fake@1.2.3", "green: 2 unchanged"]);
    assert!(!ended.out.contains("::error"), "{}", ended.out);
    let summary = fs::read_to_string(machine.runner("summary")).expect("the step's summary");
    assert!(summary.lines().count() <= 20, "{summary}");
    // The results are a baseline, too. Lost cases are allowed by a file.
    let results = machine.outputs()["results"].display().to_string();
    fs::write(machine.vendor.path().join("may-lose"), "t/greets # nobody needs it\n").expect("a list");
    let again = machine.action(&[
        ("baseline", &results),
        ("candidate", &format!("fake@{VERSION}")),
        ("may-lose", "may-lose"),
        ("retries", "0"),
    ]);
    assert_eq!(again.code, Some(0), "{}{}", again.out, again.err);
}

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// The command of the action's own commit is not compiled if it was released.
#[test]
fn the_action_takes_the_command_of_its_release() {
    let machine = Machine::new();
    let variables = machine.release();
    let target = machine.runner("target").display().to_string();
    let given = [("candidate", "fake@1.3.0-dev=build/fixed"), ("target-dir", &target)];
    let from = |repository, commit| [("github.action_repository", repository), ("github.action_ref", commit)];
    let ended = machine.action_with(&[given, from("owner/wasip1-matrix", COMMIT)].concat(), &variables);
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    assert_eq!(machine.calls_of_cargo(), "", "it was compiled");
    let asked = fs::read_to_string(machine.runner("release.asked")).expect("what the script asked");
    holds(
        &asked,
        &[
            concat!("/releases/download/v", env!("CARGO_PKG_VERSION"), "/SHA256SUMS\n"),
            &format!("--source-digest {COMMIT}\n"),
        ],
    );
    // Whatever is wrong with the release, the command is built.
    let [release, _] = variables;
    for (name, repository, commit) in [
        ("a release without attestation", "owner/wasip1-matrix", COMMIT),
        ("a branch, of which nothing is known", "owner/wasip1-matrix", "main"),
        ("an action in the workflow's own checkout", "", COMMIT),
    ] {
        let before = machine.calls_of_cargo().lines().count();
        let ended = machine.action_with(&[given, from(repository, commit)].concat(), std::slice::from_ref(&release));
        assert_eq!(ended.code, Some(0), "{name}: {}{}", ended.out, ended.err);
        assert_eq!(machine.calls_of_cargo().lines().count(), before + 1, "{name}: {}", ended.err);
    }
}

/// Expectations of the vendor's own reach the gate, which says what is on record. What the baseline does better stops the
/// candidate all the same.
#[test]
fn the_action_takes_expectations_of_the_vendors_own() {
    let machine = Machine::new();
    let entry = r###"[[divergence]]
case = "t/greets"
versions = "*"
fault = "runtime"
reason = "It says bye."
url = "unreported"
instead.stdout = "##[error]bye\n"
"###;
    let folder = machine.vendor.path().join("ci/divergences");
    fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join("fake.toml"), entry)).expect("a folder of entries");
    let given = [("candidate", "fake@build/broken"), ("words", "greets"), ("retries", "0")];
    for (divergences, code, says) in [
        ("", 1, "t/greets  pass → fail (wrong-output)"),
        ("ci/divergences", 1, "recorded: It says bye."),
        ("ci/absent", 2, "ci/absent"),
    ] {
        let ended = machine.action(&[&given[..], &[("divergences", divergences)]].concat());
        assert_eq!(ended.code, Some(code), "{divergences}: {}{}", ended.out, ended.err);
        holds(&(ended.out + &ended.err), &[says]);
    }
}

#[test]
fn the_script_tells_red_from_what_could_not_be_judged() {
    let machine = Machine::new();
    let baseline = format!("fake@{VERSION}");
    let failing = [("CARGO_FAILS", "yes".to_owned())];
    let no_folder = [("OUT", "build/fixed/out".to_owned())];
    let table: [(&[&str], &[Variable], i32, &str); 9] = [
        (&[&baseline, "fake@1.3.0=./build/fixed"], &[], 0, "green: 2 unchanged"),
        (&[&baseline, "fake@build/broken", "greets"], &[], 1, "red: 1 newly broken; 0 unchanged"),
        (&["committed", "fake@build/broken", "--retries", "0", "--", "t/"], &[], 1, "red: 2 newly broken; 0 unchanged"),
        (&[&baseline], &[], 2, "examples/vendor-ci.sh wazero@1.12.0 wazero@./wazero"),
        (&[&baseline, "fake@build/broken"], &failing, 2, "error: no such crate"),
        (&[&baseline, "fake@build/broken"], &no_folder, 2, "build/fixed"),
        (&["fake@9.9.9", "fake@build/broken"], &[], 2, "take a fake from the shelf"),
        (&[&baseline, "fake@./absent"], &[], 2, "./absent"),
        (&["absent.json", "fake@build/broken"], &[], 2, "--baseline absent.json: neither a results file nor a column"),
    ];
    for (arguments, variables, code, says) in table {
        let ended = machine.script(arguments, variables);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {}{}", ended.out, ended.err);
        let (tells, quiet) = if code == 2 { (&ended.err, &ended.out) } else { (&ended.out, &ended.err) };
        holds(tells, &[says]);
        assert!(!quiet.contains(says), "{arguments:?}: {quiet}");
        if code == 2 {
            assert_eq!(ended.out, "", "{arguments:?}: only the result goes to stdout");
        } else {
            holds(&ended.err, &["vendor-ci.sh: building the command in ", "vendor-ci.sh: holding "]);
        }
    }
    let results = machine.vendor.path().join("wasip1-matrix");
    assert!(["results.json", "changes.json", "summary.md"].iter().all(|name| results.join(name).is_file()));
}

/// A command that only says what it was asked, and ends as the variables say.
const RECORDER: &str = "#!/bin/sh\nshift 2\necho \"$@\" >> \"$CALLS\"\n\
                        case $1 in gate) exit $GATE;; test) exit $TESTS;; esac\n";

#[test]
fn the_script_runs_another_part_of_gos_own_tests_each_time() {
    let machine = Machine::new();
    let (command, calls) = (machine.runner("recorder"), machine.runner("calls"));
    fs::write(&command, RECORDER).expect("a script");
    fs::set_permissions(&command, fs::Permissions::from_mode(0o755)).expect("a program");
    let ended = |parts: &str, run: &str, [gate, tests]: [&str; 2]| {
        fs::remove_file(&calls).ok();
        let variables = [("STD_PARTS", parts), ("GITHUB_RUN_NUMBER", run), ("GATE", gate), ("TESTS", tests)];
        let paths = [("COMMAND", &command), ("CALLS", &calls)].map(|(name, path)| (name, path.display().to_string()));
        let variables: Vec<_> =
            variables.map(|(name, value)| (name, value.to_owned())).into_iter().chain(paths).collect();
        let ended = machine.script(&["committed", "fake@build/fixed"], &variables);
        let told = fs::read_to_string(&calls).expect("what it was asked");
        (ended.code, told.lines().filter(|line| line.starts_with("test ")).map(str::to_owned).collect::<Vec<_>>())
    };
    assert_eq!(ended("", "7", ["0", "1"]), (Some(0), Vec::new()));
    let test = |part| {
        format!(
            "test -short -timeout 2m --runtime fake@build/fixed --baseline committed --partition {part} --junit \
             wasip1-matrix/std.xml"
        )
    };
    assert_eq!(ended("6", "7", ["0", "0"]), (Some(0), vec![test("slice:2/6")]));
    assert_eq!(ended("6", "11", ["1", "0"]), (Some(1), vec![test("slice:6/6")]));
    assert_eq!(ended("6", "12", ["0", "1"]), (Some(1), vec![test("slice:1/6")]));
    assert_eq!(ended("6", "12", ["0", "2"]).0, Some(2));
}
