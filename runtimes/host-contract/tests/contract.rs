//! What every host built on `serve` does, tried on one without an engine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use host_contract::report::{Code, Exit, Report, Trap};
use serde_json::{Value, json};

/// A fresh folder with a module in it, and the requests made of it.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new(module: &str) -> Bench {
        let folder = tempfile::tempdir().expect("temp dir");
        fs::write(folder.path().join("guest.wasm"), module).expect("module");
        Bench { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A request for the module with these fields laid over it.
    fn request(&self, over: Value) -> Value {
        let mut request = json!({
            "contract": 1,
            "module": self.path("guest.wasm"),
            "argv": ["guest", "a b"],
            "env": [],
            "dirs": [],
        });
        for (key, value) in over.as_object().expect("an object") {
            request[key] = value.clone();
        }
        request
    }

    fn run(&self, over: Value) -> Output {
        fs::write(self.path("request.json"), self.request(over).to_string()).expect("request");
        host(&[&self.path("request.json"), &self.path("result.json")])
    }

    fn run_loud(&self, over: Value) -> Output {
        fs::write(self.path("request.json"), self.request(over).to_string()).expect("request");
        host(&[&"--mode", &"loud", &self.path("request.json"), &self.path("result.json")])
    }

    fn report(&self) -> Report {
        let text = fs::read(self.path("result.json")).expect("a result");
        serde_json::from_slice(&text).expect("a report")
    }

    /// Runs a request that must not reach the guest, and gives what was said on stderr.
    fn refused(&self, over: Value, code: i32) -> String {
        let output = self.run(over);
        assert_eq!(output.status.code(), Some(code));
        assert_eq!(output.stdout, b"", "the guest ran");
        assert!(!self.path("result.json").exists());
        String::from_utf8(output.stderr).expect("UTF-8")
    }
}

fn host(args: &[&dyn AsRef<Path>]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_toy-host"));
    command.args(args.iter().map(|arg| arg.as_ref().as_os_str()));
    command.output().expect("the toy host starts")
}

fn stdout(args: &[&dyn AsRef<Path>]) -> String {
    let output = host(args);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn says_who_it_is_and_what_it_can() {
    assert_eq!(stdout(&[&"--version"]), "toy-host 1.2.3\n");
    assert_eq!(stdout(&[&"--fields"]), "[\"fuel\"]\n");
    assert!(stdout(&[&"--help"]).contains("REQUEST.json RESULT.json"));
}

#[test]
fn runs_the_guest_on_its_own_stdio_and_reports() {
    let bench = Bench::new("print hello\nexit -7\n");
    let output = bench.run(json!({}));
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stdout, b"hello guest a b\n");
    let report = bench.report();
    assert_eq!((report.contract, report.engine.as_str()), (1, "1.2.3"));
    assert_eq!(report.exit, Exit::Code(-7));
    assert_eq!((report.code, report.message.as_str()), (Code::Compiled, ""));
    let left: Vec<_> = fs::read_dir(bench.folder.path()).expect("folder").collect();
    assert_eq!(left.len(), 3, "module, request and result: {left:?}");
}

#[test]
fn a_trap_is_a_result_and_its_words_are_cut() {
    let bench = Bench::new("trap\n");
    assert_eq!(bench.run(json!({})).status.code(), Some(0));
    let report = bench.report();
    assert_eq!(report.exit, Exit::Trap(Trap::Unreachable));
    assert!(report.message.starts_with("stepped on a trap"));
    assert!(report.message.ends_with(" bytes more") && report.message.len() < 5000);
}

#[test]
fn a_module_the_engine_refuses_is_a_result() {
    let bench = Bench::new("dance\n");
    assert_eq!(bench.run(json!({ "cache": bench.path("cache") })).status.code(), Some(0));
    let report = bench.report();
    assert_eq!(report.exit, Exit::Trap(Trap::InvalidModule));
    assert_eq!(report.message, "unknown command \"dance\"");
}

#[test]
fn code_comes_from_the_cache_the_second_time_and_from_prepare() {
    let bench = Bench::new("print hello\n");
    let cache = bench.path("cache");
    let prepare = || -> Value {
        serde_json::from_str(&stdout(&[&"--prepare", &bench.path("guest.wasm"), &cache])).expect("JSON")
    };
    let first = prepare();
    assert_eq!(first["code"], "compiled");
    assert!(first["compile-ns"].is_u64());
    assert_eq!(prepare()["code"], "cached");
    bench.run(json!({ "cache": cache }));
    assert_eq!(bench.report().code, Code::Cached);
}

#[test]
fn prepare_repeats_the_engines_refusal() {
    let bench = Bench::new("dance\n");
    let output = host(&[&"--prepare", &bench.path("guest.wasm"), &bench.path("cache")]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stderr, b"toy-host: unknown command \"dance\"\n");
}

#[test]
fn a_mode_answers_for_itself() {
    assert_eq!(stdout(&[&"--mode", &"quiet", &"--fields"]), "[\"fuel\"]\n");
    assert_eq!(stdout(&[&"--mode", &"loud", &"--fields"]), "[]\n");
    assert_eq!(stdout(&[&"--mode", &"loud", &"--version"]), "toy-host 1.2.3\n");
    for args in [&[&"--help" as &dyn AsRef<Path>][..], &[&"--mode", &"loud", &"--help"]] {
        assert!(stdout(args).contains("modes: quiet (the default), loud\n"), "{}", stdout(args));
    }
    let bench = Bench::new("print hello\n");
    assert_eq!(bench.run_loud(json!({})).stdout, b"HELLO guest a b\n");
    assert_eq!(bench.run_loud(json!({ "limits": { "fuel": 1 } })).status.code(), Some(64));
}

#[test]
fn a_mode_that_is_not_there_is_2_and_the_others_are_named() {
    for args in [&[&"--mode" as &dyn AsRef<Path>, &"silent", &"--version"][..], &[&"--mode", &"silent"]] {
        let output = host(args);
        assert_eq!(output.status.code(), Some(2));
        let words = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(words, "toy-host: no mode silent; modes: quiet (the default), loud\n");
    }
    for args in [&[&"--mode" as &dyn AsRef<Path>][..], &[&"--mode", &"loud"], &[&"--version", &"--mode", &"loud"]] {
        let output = host(args);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("usage:"));
    }
}

#[test]
fn modes_share_no_compiled_code() {
    let bench = Bench::new("print hello\n");
    let over = || json!({ "cache": bench.path("cache") });
    bench.run(over());
    bench.run_loud(over());
    assert_eq!(bench.report().code, Code::Compiled);
    bench.run_loud(over());
    assert_eq!(bench.report().code, Code::Cached);
}

#[test]
fn a_refusal_may_be_a_missing_import() {
    let bench = Bench::new("panic\n");
    assert_eq!(bench.run_loud(json!({ "cache": bench.path("cache") })).status.code(), Some(0));
    let report = bench.report();
    let missing = Trap::MissingImport { module: "toy".to_owned(), name: "panic".to_owned() };
    assert_eq!(report.exit, Exit::Trap(missing));
    assert_eq!(report.message, "unknown command \"panic\"");
}

#[test]
fn what_it_cannot_do_is_64_and_named() {
    let bench = Bench::new("print ran\n");
    let words = bench.refused(json!({ "limits": { "fuel": 1, "wall-ms": 1 }, "random": { "seed": 1 } }), 64);
    assert!(words.contains("`wall-limit`, `seeded-random`"), "{words}");
    let words = bench.refused(json!({ "env": [["A", "1"], ["A", "2"]] }), 64);
    assert!(words.contains("`duplicate-env`"), "{words}");
    let words = bench.refused(json!({ "contract": 2, "colour": "red" }), 64);
    assert!(words.contains("contract 2"), "{words}");
    assert_eq!(bench.run(json!({ "limits": { "fuel": 1 } })).status.code(), Some(0));
}

#[test]
fn a_bad_request_is_2_and_says_what_is_wrong_where() {
    let bench = Bench::new("print ran\n");
    let words = bench.refused(json!({ "colour": "red" }), 2);
    assert!(words.contains("request.json") && words.contains("`colour`"), "{words}");
    let words = bench.refused(json!({ "contract": "one" }), 2);
    assert!(words.contains("`contract`"), "{words}");
    let words = bench.refused(json!({ "module": bench.path("absent.wasm") }), 2);
    assert!(words.contains("absent.wasm"), "{words}");
    let words = bench.refused(json!({ "dirs": [{ "host": bench.path("absent"), "guest": "/data" }] }), 2);
    assert!(words.contains("/data") && words.contains("absent"), "{words}");
}

#[test]
fn a_bad_command_line_is_2_and_teaches() {
    for args in [&[][..], &[&"--prepare" as &dyn AsRef<Path>], &[&"--wat", &"x"], &[&"a", &"b", &"c"]] {
        let output = host(args);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("usage:"));
    }
}

#[test]
fn a_host_that_fails_leaves_no_result() {
    for module in ["panic\n", "gone\n"] {
        let bench = Bench::new(module);
        let words = bench.refused(json!({}), 1);
        assert!(words.contains("toy-host: the e"), "{words}");
    }
}
