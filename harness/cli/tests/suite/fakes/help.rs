//! `--help` as a newcomer sees it, 100 columns wide.

use std::fs;
use std::path::Path;

use super::exit_codes::commands;
use crate::fake::{Fake, run_command};

const WIDTH: usize = 100;

fn help_of(command: &str, project: &crate::project::Project) -> String {
    let arguments: Vec<_> = [command, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
    run_command(project, &arguments).1
}

/// What comes after the options: paragraphs and examples.
fn after_options(help: &str) -> Vec<&str> {
    let lines: Vec<_> = help.lines().collect();
    let last = lines.iter().rposition(|line| line.trim_start().starts_with("-h, --help")).unwrap_or(0);
    lines[last..].iter().skip_while(|line| !line.is_empty()).copied().collect()
}

/// What is broken by hand and then by the width again, or does not fit and is broken where it cannot be copied.
fn broken(lines: &[&str]) -> Vec<String> {
    let is_prose = |line: &str| !line.is_empty() && !line.starts_with(' ');
    let pairs = lines.windows(2).filter(|pair| is_prose(pair[0]) && is_prose(pair[1]));
    let by_hand = pairs.filter(|pair| {
        let next = pair[1].split(' ').next().unwrap_or_default();
        pair[0].chars().count() + 1 + next.chars().count() <= WIDTH
    });
    let is_example = |line: &&&str| line.starts_with("  ") && line.contains("wasip1-matrix");
    // A line that is as wide as allowed may be the beginning of a wider one: the next one is then indented alike.
    let wide = lines.windows(2).filter(|pair| is_example(&&pair[0]) && pair[1].starts_with("  "));
    let wide = wide.filter(|pair| {
        !["wasip1-matrix", "echo", "go test", "go run", "GOWASIRUNTIME="]
            .iter()
            .any(|begins| pair[1].trim_start().starts_with(begins))
    });
    by_hand.chain(wide).map(|pair| pair.join("\n")).collect()
}

#[test]
fn no_help_is_broken_twice() {
    let project = Fake::command().case("one", "", "").written();
    let mut faults = Vec::new();
    for command in commands(&project).iter().map(String::as_str).chain([""]) {
        let help = help_of(command, &project);
        let found = broken(&after_options(&help)).into_iter();
        faults.extend(found.map(|lines| format!("{command} --help:\n{lines}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(broken(&["Broken by", "hand."]).len(), 1);
    assert_eq!(broken(&["  wasip1-matrix run --runtime", "  wazero"]).len(), 1);
}

/// An argument without a sentence teaches nothing.
#[test]
fn every_argument_is_explained() {
    let project = Fake::command().case("one", "", "").written();
    let mut mute = Vec::new();
    // An example of TOML may have a line that begins with two.
    let is_optional = |line: &str| line.starts_with("  [") && !line.starts_with("  [[");
    for command in commands(&project) {
        let help = help_of(&command, &project);
        let lines: Vec<_> = help.lines().collect();
        let is_argument = |line: &str| line.starts_with("      --") || line.starts_with("  <") || is_optional(line);
        for pair in lines.windows(2).filter(|pair| is_argument(pair[0])) {
            let beside = pair[0].trim_start().split_once("  ").is_some_and(|(_, told)| !told.trim().is_empty());
            let below = pair[1].starts_with("          ") && !pair[1].trim().is_empty();
            if !beside && !below {
                mute.push(format!("{command}: {}", pair[0].trim()));
            }
        }
    }
    assert!(mute.is_empty(), "{mute:#?}");
}

/// The commands that write JSON, each with the published schema of what it writes; none if there is none yet, which
/// `reports/README.md` says.
const WRITE_JSON: [(&str, Option<&str>); 13] = [
    ("advisories", None),
    ("clean", None),
    ("compare", Some("compared.schema.json")),
    ("diff", None),
    ("explain", None),
    ("gate", None),
    ("generate", None),
    ("lint", None),
    ("list", None),
    ("mutants", None),
    ("run", Some("results.schema.json")),
    ("test", Some("go-test.schema.json")),
    ("trace", None),
];

/// A new command that writes JSON gets a schema, or is said to have none.
#[test]
fn each_command_that_writes_json_has_a_schema_or_is_said_to_have_none() {
    let project = Fake::command().case("one", "", "").written();
    let writes_json = |command: &String| {
        let help = help_of(command, &project);
        help.lines().any(|line| line.trim_start().starts_with("--json") || line.trim_start().starts_with("- json:"))
    };
    let mut found: Vec<_> = commands(&project).into_iter().filter(writes_json).collect();
    found.sort();
    assert_eq!(found, WRITE_JSON.map(|(command, _)| command));
    let reports = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../reports");
    let page = fs::read_to_string(reports.join("README.md")).expect("reports/README.md");
    let without: Vec<_> = WRITE_JSON.iter().filter(|(_, schema)| schema.is_none()).collect();
    let names: Vec<_> = without.iter().map(|(command, _)| format!("`{command}`")).collect();
    let sentence = format!("There is no schema yet for the JSON of these commands: {}.", names.join(", "));
    assert!(page.contains(&sentence), "reports/README.md does not say: {sentence}");
    for schema in WRITE_JSON.iter().filter_map(|(_, schema)| *schema) {
        assert!(reports.join(schema).is_file(), "no reports/{schema}");
    }
}
