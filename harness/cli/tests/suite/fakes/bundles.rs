//! `bundle`: a cell that runs again without the project, with the runtime alone.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Duration;

use matrix_supervise::{Beside, Ended, Outputs, Spec, Stdin};
use tempfile::TempDir;

use crate::fake::{Fake, said};
use crate::project::Project;

fn red() -> Fake {
    Fake::command().case("red", "cat; echo bye", "stdin = \"hi\\n\"\nexpect.stdout = \"hello\\n\"")
}

fn bundle(project: &Project, out: &Path) -> (Option<i32>, String) {
    let ended = project.command(&["bundle", "fake/t/red", "--out", out.to_str().unwrap()]);
    (ended.status.code(), said(&ended))
}

/// Runs a bundle's script in an environment that knows of nothing but the runtime.
fn run(folder: &Path, runtime: &str) -> Ended {
    let variables = [("PATH", "/usr/bin:/bin"), ("RUNTIME", runtime)];
    let spec = Spec {
        argv: [OsString::from("/bin/sh"), folder.join("run.sh").into()].into(),
        environment: variables.map(|(name, value)| (name.into(), value.into())).into(),
        cwd: folder.to_owned(),
        stdin: Stdin::Null,
        deadline: Duration::from_secs(60),
        output_limit: 1 << 20,
        outputs: Outputs::default(),
        beside: Beside::default(),
        ends_on_quit: false,
    };
    matrix_supervise::run(&spec).expect("a shell starts")
}

#[test]
fn a_red_cell_is_seen_again_with_the_runtime_alone() {
    let elsewhere = TempDir::new().unwrap();
    let folder = elsewhere.path().join("a b (it's $HOME)");
    let project = red().written();
    assert_eq!(project.command(&["run"]).status.code(), Some(1));
    let (code, words) = bundle(&project, &folder);
    assert_eq!(code, Some(0), "{words}");
    // All that the cell was run from is gone.
    drop(project);
    for _ in 0..2 {
        let ended = run(&folder, "/bin/sh");
        let words = said(&ended);
        assert!(words.contains("hi\nbye\n") && words.ends_with("as recorded\n"), "{words}");
        assert_eq!(ended.status.code(), Some(0));
    }
    let ended = run(&folder, "/bin/false");
    assert_eq!(ended.status.code(), Some(1), "another runtime does otherwise: {}", said(&ended));
    assert_eq!(run(&folder, "/no/such/runtime").status.code(), Some(2));
    let colon = elsewhere.path().join("a:b");
    fs::rename(&folder, &colon).unwrap();
    let ended = run(&colon, "/bin/sh");
    assert_eq!(ended.status.code(), Some(2), "an option of a runtime ends a path there: {}", said(&ended));
    assert!(said(&ended).contains("move this to a folder without a quote"), "{}", said(&ended));
}

#[test]
fn what_cannot_be_packed_is_refused_in_words() {
    let elsewhere = TempDir::new().unwrap();
    let folder = elsewhere.path().join("bundle");
    let project = red().written();
    let (code, words) = bundle(&project, &folder);
    assert_eq!(code, Some(2));
    assert!(words.contains("fake@1.2.3/t/red has not been run here; run it with"), "{words}");
    project.command(&["run"]);
    let (code, words) = bundle(&project, elsewhere.path().parent().unwrap());
    assert_eq!(code, Some(2));
    assert!(words.contains("there is something in it; name a new folder"), "{words}");
}

#[test]
fn of_a_withheld_cell_nothing_is_packed() {
    let elsewhere = TempDir::new().unwrap();
    let folder = elsewhere.path().join("bundle");
    let project = red()
        .divergences(
            "[[divergence]]\ncase = \"t/red\"\nversions = \"*\"\nfault = \"runtime\"\nreason = \"withheld: the \
             runtime's developers are to know it first\"\nurl = \"unreported\"\nsecurity = true\n\
             instead.stdout.sha256 = \"d8b80a67294e148536dee828ce449b6c72e1eb9d06e95c0d611812cd06842b20\"\n",
        )
        .written();
    project.command(&["run"]);
    let (code, words) = bundle(&project, &folder);
    assert_eq!(code, Some(2));
    assert!(words.contains("is withheld: the runtime's developers are to know it first"), "{words}");
    assert!(!folder.exists());
}

#[test]
fn the_pages_lead_to_bundles_of_what_is_red() {
    let elsewhere = TempDir::new().unwrap();
    let project = red().case("green", "cat", "stdin = \"hi\\n\"\nexpect.stdout = \"hi\\n\"").written();
    reports(project.path("").as_path());
    let ended = project.command(&["report", "--bundles", "--out", "out"]);
    assert_eq!(ended.status.code(), Some(0), "{}", said(&ended));
    let page = fs::read_to_string(project.path("out/case/t/red.html")).unwrap();
    let said_there = "<a href=\"../../bundle/t/red.tar.gz\">a bundle</a> has the guest, its files and a script in the folder <code>fake@1.2.3</code>";
    assert!(page.contains(said_there), "{page}");
    assert!(!fs::read_to_string(project.path("out/case/t/green.html")).unwrap().contains("a bundle</a>"));
    assert!(!project.path("out/bundle/t/green.tar.gz").exists());
    let file = fs::File::open(project.path("out/bundle/t/red.tar.gz")).unwrap();
    tar::Archive::new(flate2::read::GzDecoder::new(file)).unpack(elsewhere.path()).unwrap();
    drop(project);
    let ended = run(&elsewhere.path().join("fake@1.2.3"), "/bin/sh");
    assert!(said(&ended).ends_with("as recorded\n"), "{}", said(&ended));
}

/// Puts the project's own templates into another one.
pub fn reports(root: &Path) {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports");
    for folder in ["guest-sources", "static", "templates"] {
        let into = root.join("reports").join(folder);
        fs::create_dir_all(&into).unwrap();
        for entry in fs::read_dir(own.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, into.join(path.file_name().unwrap())).unwrap();
        }
    }
}
