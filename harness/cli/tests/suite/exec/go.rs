//! `go test -exec` and `go run -exec` with a module of one's own, under the wazero that any machine gets in seconds.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Once;
use std::time::Duration;

use matrix_provision::toolchain::Go;
use matrix_store::dirs::Places;
use tempfile::TempDir;

const TEST: &str = r#"package m

import (
	"bufio"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestTestdata(t *testing.T) {
	data, err := os.ReadFile("testdata/a.txt")
	if err != nil || string(data) != "hello\n" {
		t.Fatal(string(data), err)
	}
}

func TestTempDir(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWorld(t *testing.T) {
	here, err := os.Getwd()
	if err != nil || here != os.Getenv("HERE") {
		t.Errorf("%s, and not %s: %v", here, os.Getenv("HERE"), err)
	}
	for name, value := range map[string]string{"HOME": "/home/me", "TZ": "Asia/Tokyo", "GOWASIRUNTIME": "wazero"} {
		if os.Getenv(name) != value {
			t.Errorf("%s is %q", name, os.Getenv(name))
		}
	}
	if _, err := os.Stat(filepath.Join(runtime.GOROOT(), "VERSION")); err != nil {
		t.Error(err)
	}
	if filepath.Base(os.Args[0]) != "m.test" {
		t.Error(os.Args[0])
	}
	if line, err := bufio.NewReader(os.Stdin).ReadString('\n'); err == nil {
		t.Error("stdin has a line", line)
	}
}

func TestFails(t *testing.T) {
	if Covered(os.Getenv("FAILS")) {
		t.Error("as asked")
	}
}

func TestExits(t *testing.T) {
	if os.Getenv("EXITS") != "" {
		os.Exit(7)
	}
}

func TestHangs(t *testing.T) {
	if os.Getenv("HANGS") != "" {
		select {}
	}
}
"#;

const CODE: &str = "package m\n\nfunc Covered(text string) bool {\n\treturn text != \"\"\n}\n";

/// Ends with its argument, and waits for ever without one.
const PROGRAM: &str = r#"package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	if len(os.Args) == 1 {
		time.Sleep(time.Hour)
	}
	fmt.Println(os.Args[1:])
	os.Exit(9)
}
"#;

/// The project itself, whose runtimes are used.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the project's root")
}

fn places() -> Places {
    let offline = std::env::var_os("WASIP1_MATRIX_OFFLINE").is_some();
    Places::of(&root(), offline).expect("folders")
}

/// The command that runs programs; wazero is there, or is installed now.
fn exec() -> String {
    static INSTALLED: Once = Once::new();
    let (command, root) = (env!("CARGO_BIN_EXE_wasip1-matrix"), root().display().to_string());
    INSTALLED.call_once(|| {
        let done = Command::new(command).args(["install", "wazero", "--root", &root]).output().expect("it starts");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    });
    format!("{command} --root {root} exec")
}

fn module() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let program = folder.path().join("cmd/program");
    fs::create_dir_all(folder.path().join("testdata")).and_then(|()| fs::create_dir_all(&program)).expect("folders");
    let module = "module example.org/m\n\ngo 1.21\n";
    for (name, text) in [("go.mod", module), ("m.go", CODE), ("m_test.go", TEST), ("testdata/a.txt", "hello\n")] {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    fs::write(program.join("main.go"), PROGRAM).expect("a file");
    folder
}

/// Runs Go in a module, with wazero as the runtime and these variables.
fn go(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let places = places();
    let go = Go::find(&places, &|notice| eprintln!("{notice}")).expect("a Go").exe;
    let cache = Command::new(&go).args(["env", "GOCACHE"]).output().expect("a Go");
    let cache = String::from_utf8_lossy(&cache.stdout).trim().to_owned();
    let here = folder.canonicalize().expect("a folder");
    Command::new(&go)
        .args(arguments)
        .current_dir(&here)
        .env("HERE", &here)
        .envs([
            ("GOOS", "wasip1"),
            ("GOARCH", "wasm"),
            ("GOWASIRUNTIME", "wazero"),
            ("HOME", "/home/me"),
            ("TZ", "Asia/Tokyo"),
        ])
        .envs([("GOCACHE", cache.as_str()), ("GOFLAGS", "-mod=mod")])
        .env("WASIP1_MATRIX_HOME", &places.store)
        .env_remove("GOWASIRUNTIMEARGS")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("a Go")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_module_of_ones_own_is_tested_as_with_gos_wrapper() {
    let (folder, exec) = (module(), exec());
    let test = |more: &[&str], variables: &[(&str, &str)]| {
        go(folder.path(), &[&["test", "-exec", &exec], more, &["."]].concat(), variables)
    };
    let passes = test(&["-count=1", "-coverprofile=c.out"], &[]);
    let text = said(&passes);
    assert_eq!(passes.status.code(), Some(0), "{text}");
    assert!(text.starts_with("ok  \texample.org/m\t") && text.contains("coverage: 100.0% of statements"), "{text}");
    let profile = fs::read_to_string(folder.path().join("c.out")).expect("a profile");
    assert!(profile.contains("example.org/m/m.go:3.32,5.2 1 1"), "{profile}");

    let fails = test(&[], &[("FAILS", "1")]);
    let text = said(&fails);
    assert_eq!(fails.status.code(), Some(1), "{text}");
    let begins = "--- FAIL: TestFails (0.00s)\n    m_test.go:48: as asked\nFAIL\n";
    let text = regex::Regex::new(r"\(\d+\.\d+s\)").expect("a pattern").replace_all(&text, "(0.00s)").into_owned();
    assert!(text.starts_with(begins), "nothing is added: {text}");

    let exits = test(&["-run=Exits"], &[("EXITS", "1")]);
    let text = said(&exits);
    assert_eq!(exits.status.code(), Some(1), "{text}");
    assert!(text.contains("exit status 7"), "the exit code is kept: {text}");

    let json = test(&["-json", "-run=Temp"], &[]);
    let text = String::from_utf8_lossy(&json.stdout).into_owned();
    assert_eq!(json.status.code(), Some(0), "{text}");
    assert!(text.contains(r#""Action":"pass","Package":"example.org/m","Test":"TestTempDir""#), "{text}");

    let hangs = test(&["-run=Hangs", "-timeout=3s"], &[("HANGS", "1")]);
    let text = said(&hangs);
    assert_eq!(hangs.status.code(), Some(1), "{text}");
    assert!(text.contains("panic: test timed out after 3s") && text.contains("m.TestHangs("), "Go's own dump: {text}");
}

#[test]
fn a_program_is_run_and_the_host_call_in_which_it_stays_is_named() {
    let (folder, exec) = (module(), exec());
    let ran = go(folder.path(), &["run", "-exec", &exec, "./cmd/program", "-x", "--", "--help"], &[]);
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "[-x -- --help]\n", "{}", said(&ran));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("exit status 9"), "{}", said(&ran));

    let built = go(folder.path(), &["build", "-o", "program", "./cmd/program"], &[]);
    assert!(built.status.success(), "{}", said(&built));
    // The code of the program, and of the traced program, is compiled here, which may take longer than `go test` waits.
    let words: Vec<_> = exec.split(' ').chain(["--runtime", "wazero", "program"]).collect();
    let root = root().display().to_string();
    let trace = ["trace", "program", "--runtime", "wazero", "--calls", "50000", "--root", &root, "--", "x"];
    for (words, code) in [([&words[1..], &["x"]].concat(), 9), (trace.to_vec(), 0)] {
        let done = Command::new(env!("CARGO_BIN_EXE_wasip1-matrix")).args(&words).current_dir(folder.path()).output();
        let done = done.expect("the harness's command starts");
        assert_eq!(done.status.code(), Some(code), "{}", said(&done));
    }
    let started = Command::new(words[0])
        .args(&words[1..])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the harness's command starts");
    std::thread::sleep(Duration::from_secs(3));
    let sent = Command::new("kill").args(["-QUIT", &started.id().to_string()]).status().expect("a kill");
    assert!(sent.success(), "it ended before");
    let ended = started.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(131), "{told}");
    let begins = "wasip1-matrix: wazero@1.12.0: stopped by SIGQUIT; run once more for 1.5 s, it was in this host call, which did \
                  not return: poll_oneoff(";
    assert!(told.starts_with(begins), "{told}");
}

/// Go finds the name on PATH, and is told of nothing else.
#[test]
fn go_finds_what_is_installed_on_path() {
    let (folder, exec) = (module(), exec());
    let bin = folder.path().join("two words/bin");
    let words: Vec<_> = exec.split(' ').chain(["--install"]).collect();
    let installed = Command::new(words[0]).args(&words[1..]).arg(&bin).output().expect("the harness's command starts");
    assert!(installed.status.success(), "{}", said(&installed));
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").expect("PATH"));
    // The command lays out the project that it brings in the store.
    let store = folder.path().join("store");
    fs::create_dir(&store).and_then(|()| symlink(places().store.join("wazero"), store.join("wazero"))).expect("a link");
    let variables = [("PATH", &*path), ("WASIP1_MATRIX_HOME", store.to_str().expect("UTF-8"))];
    let tested = go(folder.path(), &["test", "-count=1", "."], &variables);
    assert_eq!(tested.status.code(), Some(0), "{}", said(&tested));
    let ran = go(folder.path(), &["run", "./cmd/program", "--help"], &variables);
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "[--help]\n", "{}", said(&ran));
}
