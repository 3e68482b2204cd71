//! `exec`: what stands in the place of Go's wrapper, over a fake that tells what it is started with, and over a real runtime.

mod go;

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use matrix_run::cpu_slots::processors;
use matrix_supervise::{Beside, Ended, Feed, Outputs, Spec, Stdin};

use crate::fake::{Fake, holds, said};
use crate::project::Project;

/// Keeps its arguments and its folder, and then does what the script says that its last argument names.
const KEEPS: &str = r#"
folder=${0%/*}
[ "$1" = --version ] && { . "$folder/version.sh"; exit; }
[ "$1" = --prepare ] && { . "$folder/prepare.sh"; exit; }
for script; do :; done
case "$script" in
*/preopens.wasm) script=preopens ;;
*) for word; do printf '%s\n' "$word"; done > "$folder/argv"; pwd > "$folder/pwd" ;;
esac
. "$folder/$script.sh"
"#;

fn fake() -> Fake {
    Fake::command().script("fake", KEEPS)
}

/// The project of a fake, with a program in it.
fn written(fake: Fake) -> Project {
    let project = fake.written();
    project.write("program.wasm", wat::parse_str("(module (func (export \"_start\")))").expect("a module"));
    project
}

/// How the harness's command is started: with these words before it, as `exec` with these words.
fn spec(project: &Project, before: &[&str], words: &[&str]) -> Spec {
    let command = [env!("CARGO_BIN_EXE_wasip1-matrix"), "exec"];
    let argv = before.iter().copied().chain(command).chain(words.iter().copied());
    Spec {
        argv: argv.map(OsString::from).collect(),
        environment: project.environment(),
        cwd: project.root().to_owned(),
        stdin: Stdin::Null,
        deadline: Duration::from_secs(120),
        output_limit: 8 << 20,
        outputs: Outputs::default(),
        beside: Beside::default(),
        ends_on_quit: false,
    }
}

fn with(mut spec: Spec, variables: &[(&str, &str)]) -> Spec {
    spec.environment.extend(variables.iter().map(|(name, value)| ((*name).into(), (*value).into())));
    spec
}

fn run(spec: &Spec) -> Ended {
    let ended = matrix_supervise::run(spec).expect("the harness's command starts");
    assert_eq!(ended.stopped, None, "{}", said(&ended));
    ended
}

/// The exit code of a run under `GOWASIRUNTIME`, its stdout, and its stderr.
fn under(project: &Project, runtime: &str, words: &[&str]) -> (Option<i32>, String, String) {
    told(&run(&with(spec(project, &[], words), &[("GOWASIRUNTIME", runtime)])))
}

fn told(ended: &Ended) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (ended.status.code(), text(&ended.stdout), text(&ended.stderr))
}

fn lines(project: &Project, name: &str) -> Vec<String> {
    let text = fs::read_to_string(project.path(&format!("runtimes/fake/{name}"))).expect("what the fake keeps");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_program_gets_the_world_of_its_user() {
    let project = written(fake().script("say", "echo said"));
    let toml = fs::read_to_string(project.path("runtimes/fake/runtime.toml")).expect("its file");
    project.write("runtimes/fake/runtime.toml", format!("gowasiruntime = \"engine\"\n{toml}"));
    fs::create_dir(project.path("package")).expect("a folder");
    symlink("package", project.path("link")).expect("a link");
    let (here, temp) = (project.path("link").display().to_string(), project.path("home").display().to_string());
    fs::create_dir(&temp).expect("a folder");
    let program = project.path("program.wasm").display().to_string();
    let users = [
        ("TZ", "Asia/Tokyo"),
        ("GODEBUG", "a=1"),
        ("GOCOVERDIR", "/cover"),
        ("GOFLAGS", "-trimpath"),
        ("GOROOT", "/go"),
        ("XDG_CACHE_HOME", "/xdg"),
    ];
    let variables = [&[("PWD", &*here), ("TMPDIR", &temp), ("GOWASIRUNTIME", "fake")], &users[..]].concat();
    let asked =
        Spec { cwd: project.path("package"), ..with(spec(&project, &[], &[&program, "-test.v", "say"]), &variables) };
    assert_eq!(told(&run(&asked)), (Some(0), "said\n".to_owned(), String::new()));
    let argv = lines(&project, "argv");
    let told = [("PWD", &*here), ("TMPDIR", &temp), ("HOME", &temp), ("GOWASIRUNTIME", "engine")];
    let env = told.iter().chain(&users).map(|(name, value)| format!("--env={name}={value}"));
    for word in env.chain(["--dir=/".to_owned()]) {
        assert_eq!(argv.iter().filter(|given| **given == word).count(), 1, "{word}: {argv:?}");
    }
    assert_eq!(argv[argv.len() - 3..], [program, "-test.v".to_owned(), "say".to_owned()]);
    let package = project.path("package").canonicalize().expect("a folder");
    assert_eq!(lines(&project, "pwd"), [package.display().to_string()], "the runtime is started there too");
}

#[test]
fn outputs_and_exit_codes_are_passed_on_unchanged() {
    let codes = [0, 1, 2, 7, 125, 126, 127, 128, 137, 200, 255];
    let script = |code: i32| format!("printf 'out\\000\\377\\r\\n--- PASS'; printf 'err' >&2; exit {code}");
    let fake = codes.into_iter().fold(fake(), |fake, code| fake.script(&format!("ends-{code}"), &script(code)));
    let project = written(fake);
    for code in codes {
        let ended = run(&spec(&project, &[], &["--runtime", "fake", "program.wasm", &format!("ends-{code}")]));
        assert_eq!(ended.status.code(), Some(code), "{}", said(&ended));
        assert_eq!((&ended.stdout[..], &ended.stderr[..]), (&b"out\0\xff\r\n--- PASS"[..], &b"err"[..]));
    }
}

#[test]
fn all_that_follows_the_program_is_the_programs() {
    let project = written(fake().script("last", "exit 3"));
    let words = ["program.wasm", "test", "-run", "--", "--root", "/x", "--help", "-v", "--runtime=node", "last"];
    assert_eq!(under(&project, "fake", &words).0, Some(3));
    let argv = lines(&project, "argv");
    assert_eq!(argv[argv.len() - words.len() + 1..], words[1..]);
}

/// A guest that waits for an answer gets it only if its question is passed on before it ends.
#[test]
fn output_arrives_as_it_is_written_and_stdin_is_the_users() {
    let project = written(fake().script("ask", "echo ready; read answer; echo \"got $answer\"; cat"));
    let feeds = [Feed::Read(b"ready\n".to_vec()), Feed::Write(b"yes\nrest".to_vec()), Feed::Close];
    let asked = spec(&project, &[], &["--runtime", "fake", "program.wasm", "ask"]);
    let ended = run(&Spec { stdin: Stdin::Pipe(feeds.to_vec()), ..asked });
    assert_eq!(told(&ended), (Some(0), "ready\ngot yes\nrest".to_owned(), String::new()));
    let at_its_end = run(&spec(&project, &[], &["--runtime", "fake", "program.wasm", "ask"]));
    assert_eq!(told(&at_its_end).1, "ready\ngot \n");
}

/// `go test` gives a test one pipe for both of its outputs.
#[test]
fn two_outputs_in_one_pipe_keep_their_order() {
    let script = "n=0; while [ $n -lt 300 ]; do echo out $n; echo err $n >&2; n=$((n+1)); done; exit 5";
    let project = written(fake().script("both", script));
    let asked =
        spec(&project, &["/bin/sh", "-c", "exec \"$@\" 2>&1", "sh"], &["--runtime", "fake", "program.wasm", "both"]);
    let expected: String = (0..300).map(|n| format!("out {n}\nerr {n}\n")).collect();
    assert_eq!(told(&run(&asked)), (Some(5), expected, String::new()));
}

/// The fake sends the signal to its parent, as `go test` does at `-timeout`, and never ends.
#[test]
fn a_signal_ends_the_program_with_its_group() {
    let script = |signal: &str| {
        format!(
            "sleep 61 & echo $! > \"$folder/child\"; printf stuck; kill -{signal} $PPID; wait; while :; do sleep 1; done"
        )
    };
    let fake = ["INT", "TERM", "QUIT"].into_iter().fold(fake(), |fake, name| fake.script(name, &script(name)));
    let project = written(fake);
    for (name, code, words) in
        [("INT", 130, ""), ("TERM", 143, ""), ("QUIT", 131, "run once more for 1.5 s, it made no host call")]
    {
        let began = Instant::now();
        let (is, stdout, stderr) = under(&project, "fake", &["program.wasm", name]);
        assert_eq!((is, stdout.as_str()), (Some(code), "stuck"), "{name}: {stderr}");
        assert!(stderr.contains(words), "{name}: {stderr}");
        assert!(began.elapsed() < Duration::from_secs(40), "{name} took {:?}", began.elapsed());
        let child = Path::new("/proc").join(&lines(&project, "child")[0]).join("cmdline");
        let is_alive = fs::read(child).is_ok_and(|line| line.starts_with(b"sleep"));
        assert!(!is_alive, "{name}: a process of the group lived on");
    }
}

#[test]
fn several_runtimes_are_held_against_the_first() {
    let mode = "[mode.other]\nrun = [\"{exe}\", \"{folder}/other.sh\", \"{env...}\", \"{dirs...}\", \"{module}\", \"{args...}\"]\n";
    let time = |seconds: &str| format!("cat; echo '--- PASS: TestA ({seconds}s)'; echo '\tgoroutine 7: 0xc000012345'");
    let fake =
        fake().tables(mode).script("other", &KEEPS.replace("$script.sh", "$script-2.sh").replace("/argv", "/argv-2"));
    let project = written(
        fake.script("same", &time("0.01"))
            .script("same-2", &time("1.20").replace("7: 0xc0000", "12: 0xc00099"))
            .script("differs", "echo one; exit 0")
            .script("differs-2", "echo two; exit 4")
            .script("fails", "echo one; exit 9")
            .script("fails-2", "echo one; exit 0"),
    );
    let both = "fake,fake+other";
    let feeds = vec![Feed::Write(b"in\n".to_vec()), Feed::Close];
    let asked = with(
        spec(&project, &[], &["program.wasm", "-test.coverprofile=/mine/c.out", "same"]),
        &[("GOWASIRUNTIME", both)],
    );
    let same = told(&run(&Spec { stdin: Stdin::Pipe(feeds), ..asked }));
    assert_eq!(same, (Some(0), "in\n--- PASS: TestA (0.01s)\n\tgoroutine 7: 0xc000012345\n".to_owned(), String::new()));
    assert!(lines(&project, "argv").contains(&"-test.coverprofile=/mine/c.out".to_owned()));
    let other = lines(&project, "argv-2");
    assert!(other.iter().any(|word| word.starts_with("-test.coverprofile=") && !word.contains("/mine")), "{other:?}");
    let (code, stdout, stderr) = under(&project, both, &["program.wasm", "differs"]);
    assert_eq!((code, stdout.as_str()), (Some(1), "one\n"));
    let told = [
        "wasip1-matrix: fake@1.2.3+other differs from fake@1.2.3: it ends with exit 4, and not with exit 0",
        "\n  -one\n  +two\n",
    ];
    holds(&stderr, &told);
    let (code, stdout, stderr) = under(&project, both, &["program.wasm", "fails"]);
    assert_eq!((code, stdout.as_str()), (Some(9), "one\n"), "the first one's code stays");
    holds(&stderr, &["it ends with exit 0, and not with exit 9"]);
}

#[test]
fn a_runtime_that_is_not_there_is_an_error_that_names_those_that_are() {
    let project = written(fake().script("say", "echo said"));
    for (runtime, why) in [
        ("", "there is no runtime `wasmtime`"),
        ("nosuch", "there is no runtime `nosuch`; there are: fake"),
        ("fake@9.9.9", "no such column; there are fake@1.2.3"),
    ] {
        let (code, stdout, stderr) = under(&project, runtime, &["program.wasm", "say"]);
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{stderr}");
        holds(&stderr, &[why, "installed are: fake\n"]);
    }
    let toml = fs::read_to_string(project.path("runtimes/fake/runtime.toml")).expect("its file");
    let without = toml.replace("dir = [\"--dir={host}\"]\n", "").replace("lacks = [", "lacks = [\"dir-map\", ");
    project.write("runtimes/fake/runtime.toml", without);
    let (code, _, stderr) = under(&project, "fake", &["program.wasm", "say"]);
    assert_eq!(code, Some(2));
    holds(
        &stderr,
        &["fake@1.2.3 cannot run a Go test as Go's wrapper does: its adapter cannot give the guest a folder"],
    );
    fs::remove_dir_all(project.path("store/fake")).expect("no fake");
    let (code, _, stderr) = under(&project, "fake", &["program.wasm", "say"]);
    assert_eq!(code, Some(2));
    holds(&stderr, &["fake@1.2.3 is not installed: take a fake from the shelf", "installed are: none\n"]);
}

#[test]
fn arguments_for_the_runtime_stand_before_the_module() {
    let project = written(fake().script("say", "exit 0"));
    let given =
        |text| with(spec(&project, &[], &["--runtime", "fake", "program.wasm", "say"]), &[("GOWASIRUNTIMEARGS", text)]);
    assert_eq!(run(&given("-W 'a b' --x")).status.code(), Some(0));
    let argv = lines(&project, "argv");
    let program = project.path("program.wasm").canonicalize().expect("a file").display().to_string();
    assert_eq!(
        argv[argv.len() - 5..],
        ["-W".to_owned(), "a b".to_owned(), "--x".to_owned(), program, "say".to_owned()]
    );
    let (code, _, stderr) = told(&run(&given("'a")));
    assert_eq!(code, Some(2));
    holds(&stderr, &["GOWASIRUNTIMEARGS: a quote in it is not closed"]);
    let host = written(Fake::host());
    let asked = spec(&host, &[], &["--runtime", "fake", "program.wasm"]);
    let (code, _, stderr) = told(&run(&with(asked, &[("GOWASIRUNTIMEARGS", "-x")])));
    assert_eq!(code, Some(2));
    holds(&stderr, &["fake@1.2.3 has no command line that could take arguments"]);
}

#[test]
fn the_report_of_a_host_is_the_programs_exit_code_or_its_end_in_words() {
    let fake = Fake::host()
        .script("exits", "echo hello; report '{\"code\":7}'")
        .script("traps", "report '{\"trap\":\"unreachable\"}' here")
        .script("breaks", "exit 3");
    let project = written(fake);
    let under = |script: &str| under(&project, "fake", &["program.wasm", script]);
    assert_eq!(under("exits"), (Some(7), "hello\n".to_owned(), String::new()));
    let words = "wasip1-matrix: fake@1.2.3: a trap: unreachable: here\n".to_owned();
    assert_eq!(under("traps"), (Some(134), String::new(), words));
    let (code, _, stderr) = under("breaks");
    assert_eq!(code, Some(2), "the adapter failed");
    holds(&stderr, &["the host ended with exit status: 3 and no report"]);
}

/// As many as `go test` starts.
#[test]
fn compiled_code_is_made_once_for_all_processes() {
    let prepare = "prepare = [\"{exe}\", \"{folder}/fake.sh\", \"--prepare\", \"{module}\", \"{prepared}\"]\n";
    let script = "echo >> \"$folder/asked\"; sleep 0.5; cp \"$2\" \"$3\"";
    let project = written(fake().tables(prepare).script("prepare", script).script("say", "echo ${2##*/}"));
    fs::copy(project.path("program.wasm"), project.path("p.test")).expect("a copy");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(under(&project, "fake", &["p.test", "say"]).0, Some(0)));
        }
    });
    assert_eq!(lines(&project, "asked").len(), 1);
    let argv = lines(&project, "argv");
    let run = &argv[argv.len() - 2];
    assert!(run.contains("/prepared/") && run.ends_with("/p.test"), "the program keeps its name: {run}");
}

/// Programs that differ, as those of different packages do.
#[test]
fn so_many_compilers_run_at_once_as_half_of_the_processors() {
    let prepare = "prepare = [\"{exe}\", \"{folder}/fake.sh\", \"--prepare\", \"{module}\", \"{prepared}\"]\n";
    let script = "mkdir -p \"$folder/at-work\"; : > \"$folder/at-work/$$\"; sleep 0.5
        set -- \"$2\" \"$3\" \"$folder\"/at-work/*; echo $(($# - 2)) >> \"$folder/together\"
        rm \"$folder/at-work/$$\"; cp \"$1\" \"$2\"";
    let project = written(fake().tables(prepare).script("prepare", script).script("say", "exit 0"));
    let most = (processors() / 2).max(1);
    let programs: Vec<_> = (0..most + 2).map(|number| format!("p{number}.test")).collect();
    for (number, program) in programs.iter().enumerate() {
        let text = format!("(module (func (export \"_start\") (drop (i32.const {number}))))");
        project.write(program, wat::parse_str(text).expect("a module"));
    }
    thread::scope(|scope| {
        for program in &programs {
            scope.spawn(|| assert_eq!(under(&project, "fake", &[program, "say"]).0, Some(0)));
        }
    });
    let together = lines(&project, "together");
    assert_eq!(together.len(), programs.len(), "each is compiled");
    let together = together.iter().map(|count| count.parse::<usize>().expect("a number"));
    assert!(together.clone().all(|count| count <= most), "more than {most}: {together:?}");
}

#[test]
fn bad_file_number_becomes_a_sentence() {
    let script = "echo '    a_test.go:3: open testdata/a.txt: Bad file number'; echo FAIL; exit 1";
    let project = written(fake().script("opens", script).script("preopens", "printf '\\000'"));
    let (code, stdout, stderr) = under(&project, "fake", &["program.wasm", "opens"]);
    assert_eq!((code, stdout.lines().count()), (Some(1), 2), "nothing is added to stdout");
    let path = project.path("testdata/a.txt");
    let sentence = format!(
        "The path is {}. fake@1.2.3 tells the program of 1 preopen: ``. It was given `/`, and has cut off",
        path.display()
    );
    holds(
        &stderr,
        &["`open testdata/a.txt: Bad file number`: Go says so of a path that no preopen covers.", &sentence],
    );
}

#[test]
fn it_installs_under_the_name_that_go_looks_for() {
    let project = written(fake().script("say", "echo said; exit 6"));
    let bin = project.path("bin").display().to_string();
    let install = || told(&run(&spec(&project, &[], &["--install", &bin])));
    for _ in 0..2 {
        let (code, stdout, stderr) = install();
        assert_eq!(code, Some(0), "{stderr}");
        holds(&stdout, &["go_wasip1_wasm_exec is a link to", "on your PATH", &format!("export PATH={bin}:$PATH")]);
    }
    let link = project.path("bin/go_wasip1_wasm_exec");
    let argv =
        [link.as_os_str(), "program.wasm".as_ref(), "--help".as_ref(), "say".as_ref()].map(OsString::from).to_vec();
    let asked = with(Spec { argv, ..spec(&project, &[], &[]) }, &[("GOWASIRUNTIME", "fake")]);
    assert_eq!(told(&run(&asked)), (Some(6), "said\n".to_owned(), String::new()));
    let argv = lines(&project, "argv");
    assert_eq!(argv[argv.len() - 2..], ["--help", "say"]);
    fs::remove_file(&link).expect("a link");
    fs::write(&link, "of somebody else").expect("a file");
    let (code, _, stderr) = install();
    assert_eq!(code, Some(2));
    holds(&stderr, &["is there already, and is not a link to this program; move it away first"]);
    assert_eq!(fs::read_to_string(&link).expect("a file"), "of somebody else");
}
