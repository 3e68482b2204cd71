//! The probe against fake adapters, each bent in one way: is the one at fault named?

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use matrix_provision::discover;
use matrix_provision::notice::Notice;
use matrix_provision::provisioner::Provisioner;
use matrix_run::probe::{self, Finding, Probe, Standing};
use matrix_store::dirs::Places;

use crate::fake::{NAME, VERSION};
use crate::project::Project;

/// The command line of the fake as its users write it.
const COMMAND: &str = r#"
[version]
command = ["{exe}", "--version"]
pattern = 'fake (\S+)'

[command]
run     = ["{exe}", "{limits...}", "{env...}", "{dirs...}", "{module}", "{args...}"]
missing-import = { exit = 4, says = 'no import (\S+)' }
env     = ["--env={name}={value}"]
dir     = ["--dir={host}::{guest}"]
dir-ro  = ["--dir={host}::{guest}::ro"]
fuel    = ["--fuel", "{fuel}"]
memory  = ["--pages={pages}"]
timeout = ["--millis={millis}"]
"#;

/// How it shows that it stopped a guest.
const SIGN: &str = "[command.limit]\nexit = 3\nsays = 'stopped: (.+)'\n";

/// What no command line can ask for.
const COMMAND_LACKS: &str = r#"["fixed-clock", "seeded-random", "reactor"]"#;

/// A project with fake runtimes.
struct Fakes(Project);

impl Fakes {
    fn new() -> Fakes {
        let project = Project::new();
        project.guest("guest");
        let head = "guest = \"guest\"\ndoc = \"https://example.org\"\n";
        project.write("cases/t.toml", format!("{head}[[case]]\nname = \"one\"\nwhy = \"why\"\n"));
        Fakes(project)
    }

    /// Adds a runtime: its name, what it lacks, and the rest of its file.
    fn with(self, id: &str, lacks: &str, tables: &str) -> Fakes {
        let bin = self.0.path(&format!("store/{id}/{VERSION}/bin"));
        let engine = env::current_exe().expect("this program has a path");
        fs::create_dir_all(&bin).and_then(|()| symlink(engine, bin.join(NAME))).expect("a store with a fake in it");
        let head = format!("name = \"Fake\"\nurl = \"https://example.org/engine\"\nlacks = {lacks}\n");
        let install = format!("[install]\nexe = \"{NAME}\"\npins = [\"{VERSION}\"]\nhint = \"a shelf\"\n");
        self.0.write(&format!("runtimes/{id}/runtime.toml"), [&head, &install, tables].concat());
        self
    }

    /// Adds a runtime with a command line of its own.
    fn command(self, command: &str) -> Fakes {
        self.with("fake", COMMAND_LACKS, command)
    }

    /// Adds one that is started by a script in its folder.
    fn wrapped(self, script: &str, bends: &str) -> Fakes {
        self.0.write("runtimes/fake/start.sh", format!("exe=$1\nshift\n{script}\n"));
        let started = r#"run     = ["/bin/sh", "{folder}/start.sh", "{exe}", "#;
        let command = bent(&COMMAND.replace("run     = [\"{exe}\", ", started), bends);
        self.command(&command)
    }

    /// Adds a host that bends some things.
    fn host(self, lacks: &str, bends: &str) -> Fakes {
        self.with("fake", lacks, &host(bends))
    }

    fn probe(&self, id: &str) -> Vec<Finding> {
        let places = Places {
            root: self.0.root().to_owned(),
            target: self.0.path("target"),
            state: self.0.path("target/wasip1-matrix"),
            store: self.0.path("store"),
            toolchains: self.0.path("store/go"),
            records: self.0.path("target/wasip1-matrix/records"),
            sandboxes: self.0.path("target/wasip1-matrix/sandbox"),
            offline: true,
        };
        let suite = matrix_load::suite(&places.root, None, &probe::names()).unwrap_or_else(|error| panic!("{error}"));
        let columns = discover::find(&suite.runtimes, &[], &places);
        let chosen = probe::named(&columns, id, false);
        let provisioner = Provisioner::new(&suite, places, columns, [], Arc::new(|_: &Notice| {}));
        let probe = Probe::new(&provisioner).expect("the probe's guests");
        probe.column(chosen[0]).unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// Asserts what is not well, and that nothing else is not.
    fn finds(&self, expected: &[(&str, &str)]) {
        finds(&self.probe("fake"), expected);
    }
}

fn finds(findings: &[Finding], expected: &[(&str, &str)]) {
    let unwell = |finding: &&Finding| !matches!(finding.standing, Standing::Good | Standing::Lacks);
    let found: Vec<_> =
        findings.iter().filter(unwell).map(|finding| (finding.check, finding.standing.word())).collect();
    let lines: Vec<_> = findings.iter().filter(unwell).map(ToString::to_string).collect();
    assert_eq!(found, expected, "\n{}", lines.join("\n"));
}

fn says(findings: &[Finding], check: &str, part: &str) {
    let finding = findings.iter().find(|finding| finding.check == check).expect("such a check");
    assert!(finding.to_string().contains(part), "{part:?} is not in {finding}");
}

/// A command line whose engine bends something, and shows its limits.
fn bent(command: &str, bends: &str) -> String {
    format!("{command}environment = {{ FAKE_BENDS = \"{bends}\" }}\n{SIGN}")
}

fn host(bends: &str) -> String {
    format!("[host]\nprogram = [\"{{exe}}\", \"{{folder}}/host.txt\"]\nenvironment = {{ FAKE_BENDS = \"{bends}\" }}\n")
}

const TRIALS: [(&str, fn()); 17] = [
    ("all-well", all_well),
    ("host-swallows-empty-args", host_swallows_empty_args),
    ("host-loses-the-exit-code", host_loses_the_exit_code),
    ("host-writes-to-stdout", host_writes_to_stdout),
    ("host-honours-what-it-lacks", host_honours_what_it_lacks),
    ("host-does-not-do-what-it-promises", host_does_not_do_what_it_promises),
    ("same-host-other-engine", same_host_other_engine),
    ("same-engine-other-host", same_engine_other_host),
    ("engine-splits-on-spaces", engine_splits_on_spaces),
    ("engine-ignores-fuel", engine_ignores_fuel),
    ("script-splits-on-spaces", script_splits_on_spaces),
    ("script-swallows-empty-args", script_swallows_empty_args),
    ("script-loses-the-exit-code", script_loses_the_exit_code),
    ("engine-behind-a-script", engine_behind_a_script),
    ("other-spellings", other_spellings),
    ("no-sign-of-a-limit", no_sign_of_a_limit),
    ("known-faults", known_faults),
];

/// One trial for each way to be bent.
pub fn trials() -> Vec<Trial> {
    let trial = |(name, test): (&'static str, fn())| {
        Trial::test(format!("fake/{name}"), move || {
            test();
            Ok::<(), Failed>(())
        })
    };
    TRIALS.into_iter().map(trial).collect()
}

fn all_well() {
    let findings = Fakes::new().command(&bent(COMMAND, "")).probe("fake");
    finds(&findings, &[]);
    let lacked: Vec<_> = findings.iter().filter(|finding| finding.standing == Standing::Lacks).collect();
    // Without a reactor, four checks of calls have nothing to call.
    assert_eq!(lacked.len(), 6, "each check of a declared lack has its line");
    let findings = Fakes::new().host("[]", "").probe("fake");
    finds(&findings, &[]);
    assert!(findings.iter().all(|finding| finding.standing == Standing::Good));
    assert_eq!(findings.len(), probe::names().len(), "each check has its line");
}

fn host_swallows_empty_args() {
    Fakes::new().host("[]", "swallows-empty-args").finds(&[("args-empty", "unclear")]);
}

fn host_loses_the_exit_code() {
    let findings = Fakes::new().host("[\"fuel\", \"wall-limit\"]", "loses-exit,disowns-fuel,disowns-wall-limit");
    let (unclear, observed) = ("unclear", "observed");
    findings.finds(&[
        ("exit-1", unclear),
        ("exit-42", unclear),
        ("exit-125", unclear),
        ("exit-126", observed),
        ("exit-127", observed),
        ("exit-128", observed),
        ("exit-200", observed),
        ("exit-255", observed),
    ]);
}

fn host_writes_to_stdout() {
    let findings = Fakes::new().host("[]", "greets").probe("fake");
    says(&findings, "streams", "hello from the engine");
    assert!(findings.iter().any(|finding| finding.check == "streams" && finding.standing.word() == "unclear"));
}

fn host_honours_what_it_lacks() {
    let fakes =
        Fakes::new().host("[\"fuel\", \"seeded-random\"]", "disowns-fuel,disowns-seeded-random,refuses-nothing");
    let findings = fakes.probe("fake");
    finds(&findings, &[("fuel", "adapter's"), ("seeded-random", "adapter's")]);
    says(&findings, "fuel", "`lacks` lists fuel, and it works: delete it there");
}

fn host_does_not_do_what_it_promises() {
    Fakes::new().host("[]", "ignores-fuel").finds(&[("fuel", "adapter's")]);
}

fn same_host_other_engine() {
    // Two engines under one script of ours: what only one of them gets wrong is its own.
    let shared = |bends| host(bends).replace("{folder}/host.txt", "{folder}/../shared/host.txt");
    let fakes = Fakes::new().with("fake", "[]", &shared("swallows-empty-values")).with("other", "[]", &shared(""));
    fakes.0.write("runtimes/shared/host.txt", "");
    let url = fakes.0.path("runtimes/other/runtime.toml");
    let toml = fs::read_to_string(&url).expect("its file").replace("example.org/engine", "example.org/other");
    fs::write(&url, toml).expect("its file");
    let findings = fakes.probe("fake");
    finds(&findings, &[("env-empty-value", "runtime's")]);
    says(&findings, "env-empty-value", "the same host is well with other@1.2.3");
}

fn same_engine_other_host() {
    let fakes = Fakes::new().host("[]", "swallows-empty-args").with("other", COMMAND_LACKS, &bent(COMMAND, ""));
    let findings = fakes.probe("fake");
    finds(&findings, &[("args-empty", "adapter's")]);
    says(&findings, "args-empty", "the same engine is well as other@1.2.3");

    let bend = "swallows-empty-args";
    let fakes = Fakes::new().host("[]", bend).with("other", COMMAND_LACKS, &bent(COMMAND, bend));
    let findings = fakes.probe("fake");
    finds(&findings, &[("args-empty", "runtime's")]);
    says(&findings, "args-empty", "the same engine does the same as other@1.2.3");
}

fn engine_splits_on_spaces() {
    let findings = Fakes::new().command(&bent(COMMAND, "splits-args")).probe("fake");
    finds(&findings, &[("args-spaces", "runtime's")]);
    says(&findings, "args-spaces", "holds literally what was given");
}

fn engine_ignores_fuel() {
    Fakes::new().command(&bent(COMMAND, "ignores-fuel")).finds(&[("fuel", "runtime's")]);
}

fn script_splits_on_spaces() {
    let script = "case \"$*\" in *'a b'*) exec $exe $* ;; *) exec \"$exe\" \"$@\" ;; esac";
    let findings = Fakes::new().wrapped(script, "").probe("fake");
    finds(&findings, &[("args-spaces", "adapter's")]);
    says(&findings, "args-spaces", "the command does not hold the arguments");
}

fn script_swallows_empty_args() {
    let script = "for word; do shift; [ -z \"$word\" ] || set -- \"$@\" \"$word\"; done\nexec \"$exe\" \"$@\"";
    Fakes::new().wrapped(script, "").finds(&[("args-empty", "adapter's")]);
}

fn script_loses_the_exit_code() {
    let findings = Fakes::new().wrapped("\"$exe\" \"$@\"\ncode=$?\n[ $code != 42 ]", "").probe("fake");
    let observed: Vec<_> = findings.iter().filter(|finding| finding.standing == Standing::Observed).collect();
    assert_eq!(observed.len(), 5, "from 126 on");
    let exit = findings.iter().find(|finding| finding.check == "exit-42").expect("such a check");
    assert_eq!(exit.standing.word(), "adapter's", "{exit}");
    says(&findings, "exit-42", "is well");
}

fn engine_behind_a_script() {
    let findings = Fakes::new().wrapped("exec \"$exe\" \"$@\"", "swallows-empty-values").probe("fake");
    finds(&findings, &[("env-empty-value", "runtime's")]);
    says(&findings, "env-empty-value", "it is the same without");
}

fn other_spellings() {
    let findings = Fakes::new().command(&bent(COMMAND, "wants-dashes")).probe("fake");
    finds(&findings, &[("args-options", "adapter's"), ("args-double-dash", "adapter's")]);
    says(&findings, "args-options", "\"--\", \"--help\"");
    // No spelling is well with and without arguments: that is nobody's fault but the engine's.
    let findings = Fakes::new().command(&bent(COMMAND, "takes-dashes")).probe("fake");
    finds(&findings, &[("args-double-dash", "runtime's")]);
    says(&findings, "args-double-dash", "would be well, and spoil args-none");
    let command = COMMAND.replace("[\"--dir={host}::{guest}\"]", "[\"--dir\", \"{host}::{guest}\"]");
    let findings = Fakes::new().command(&bent(&command, "wants-joined-options")).probe("fake");
    let blamed = findings.iter().find(|finding| finding.check == "preopens").expect("such a check");
    assert_eq!(blamed.standing.word(), "adapter's", "{blamed}");
}

fn no_sign_of_a_limit() {
    let findings = Fakes::new().command(COMMAND).probe("fake");
    finds(&findings, &[("fuel", "adapter's"), ("wall-limit", "adapter's")]);
    says(&findings, "fuel", "the sign `limit` in runtime.toml");
}

fn known_faults() {
    let bends = |known: &str| format!("{}\n[probe.known]\n{known}", bent(COMMAND, "swallows-empty-values"));
    let entry = "env-empty-value = \"It drops them.\"\n";
    let fakes = Fakes::new().command(&bends(entry));
    fakes.finds(&[("env-empty-value", "known")]);
    let ended = fakes.0.command(&["doctor", "--probe", "fake"]);
    let out = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert_eq!(ended.status.code(), Some(0), "{out}");
    assert!(out.starts_with("fake@1.2.3\n") && out.contains("1 known"), "{out}");

    let of_other_versions = "env-empty-value = { reason = \"It drops them.\", versions = \">=2\" }\n";
    let fakes = Fakes::new().command(&bends(of_other_versions));
    fakes.finds(&[("env-empty-value", "runtime's")]);
    assert_eq!(fakes.0.command(&["doctor", "--probe", "fake"]).status.code(), Some(1));

    let stale = format!("{entry}args-empty = \"It drops those too.\"\nreactor = \"It is slow.\"\n");
    let findings = Fakes::new().command(&bends(&stale)).probe("fake");
    finds(&findings, &[("args-empty", "stale"), ("env-empty-value", "known"), ("reactor", "stale")]);

    // No sentence makes up for an adapter.
    let fakes = Fakes::new().command(&format!("{COMMAND}\n[probe.known]\nfuel = \"So it is.\"\n"));
    fakes.finds(&[("fuel", "adapter's"), ("wall-limit", "adapter's")]);
}
