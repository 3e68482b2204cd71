//! The guests' sources, as far as pages show them: the probe that a case runs, and the functions of Go's library that it
//! calls.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use matrix_model::results::CaseFacts;

/// How many lines of a probe are shown.
const SHOWN: usize = 80;

/// The guests by name, as `reports/guest-sources` describes them.
pub type Programs = BTreeMap<String, Program>;

/// A guest's source.
#[derive(Debug, Clone, Deserialize)]
pub struct Program {
    /// Its files, by their paths from the folder of all guests.
    files: Vec<String>,
    /// The functions in its list of probes, by the argument that selects one.
    operations: BTreeMap<String, Function>,
    /// All functions that it declares, by name.
    functions: BTreeMap<String, Function>,
}

/// A function of a guest.
#[derive(Debug, Clone, Deserialize)]
struct Function {
    /// The path of its file from the folder of all guests.
    file: String,
    line: usize,
    /// Whole lines, from the comment above it to its end.
    text: String,
    /// The functions of Go's library that it uses: `os.Rename`.
    uses: BTreeSet<String>,
    /// The functions and methods of Go's library in it, as the linker names them: `os.(*File).Sync`.
    #[serde(default)]
    symbols: BTreeSet<String>,
    /// Those of them whose packages can make host calls.
    #[serde(default)]
    system: BTreeSet<String>,
    /// The functions of the guest that it calls.
    calls: BTreeSet<String>,
}

/// The guests' sources in the checkout.
#[derive(Debug, Default)]
pub struct Sources {
    /// None if they could not be read, because there was no Go.
    programs: Option<Programs>,
    /// The preview 1 functions that each guest imports, according to the case files.
    pub imports: BTreeMap<String, BTreeSet<String>>,
}

/// The function of a guest that a case runs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Probe {
    /// The file, from the project's root, and the line.
    pub place: String,
    /// Its text, with the comment above it.
    pub text: String,
    /// How many lines are left out at the end.
    pub more: usize,
}

/// The probes of a case, and what they call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Used {
    /// The probes, in the order in which the case runs them.
    pub probes: Vec<Probe>,
    /// The functions of Go's library that they use, also through functions of the guest: `os.Rename`.
    pub calls: BTreeSet<String>,
    /// The text of all these functions.
    text: String,
}

impl Used {
    /// Whether a token occurs in the text that runs.
    pub fn mentions(&self, token: &str) -> bool {
        self.text.contains(token)
    }

    fn add(&mut self, function: &Function) {
        self.text.push_str(&function.text);
        self.calls.extend(function.uses.iter().cloned());
    }
}

impl Sources {
    /// Takes what is known about the guests. Without `programs`, the pages say that there was no Go to read them.
    pub fn new(programs: Option<Programs>, imports: BTreeMap<String, BTreeSet<String>>) -> Sources {
        Sources { programs, imports }
    }

    /// Whether the guests' sources could be read.
    pub(crate) fn are_read(&self) -> bool {
        self.programs.is_some()
    }

    /// The files of a guest, from the project's root.
    pub fn files(&self, guest: &str) -> Vec<String> {
        self.program(guest).into_iter().flat_map(|program| &program.files).map(|file| from_root(file)).collect()
    }

    /// The probes that a case runs: its arguments name them in the guest's list of probes.
    pub fn used(&self, case: &CaseFacts) -> Used {
        let mut used = Used::default();
        for (_, functions) in self.chosen(case) {
            let probe = Probe::of(functions[0]);
            if !used.probes.contains(&probe) {
                functions.iter().for_each(|function| used.add(function));
                used.probes.push(probe);
            }
        }
        used
    }

    /// The probes that a case runs, in order, each with the functions of Go's library that it uses, as the linker names
    /// them. If some of these can make host calls, the others are left out: what they do depends on no runtime's host
    /// functions.
    pub(crate) fn symbols(&self, case: &CaseFacts) -> Vec<(String, BTreeSet<String>)> {
        let all = |functions: &[&Function], of: fn(&Function) -> &BTreeSet<String>| -> BTreeSet<String> {
            functions.iter().flat_map(|function| of(function).iter().cloned()).collect()
        };
        let told = |functions: &[&Function]| match all(functions, |function| &function.system) {
            system if system.is_empty() => all(functions, |function| &function.symbols),
            system => system,
        };
        self.chosen(case).into_iter().map(|(name, functions)| (name, told(&functions))).collect()
    }

    /// The names of the probes that a case runs, each with its function, and after it the guest's functions that this
    /// one calls: probes often share one.
    fn chosen(&self, case: &CaseFacts) -> Vec<(String, Vec<&Function>)> {
        let Some(program) = self.program(&case.guest) else { return Vec::new() };
        let arguments = case.inputs.iter().filter(|(label, _)| label == "args" || label == "call");
        let names = arguments.flat_map(|(_, words)| operations(words));
        let chosen = names.filter_map(|name| {
            // A reactor's exports, and guests that need no list, name the function itself.
            let function = program.operations.get(&name).or_else(|| program.functions.get(&name))?;
            let called = function.calls.iter().filter_map(|name| program.functions.get(name));
            Some((name, std::iter::once(function).chain(called).collect()))
        });
        chosen.collect()
    }

    fn program(&self, guest: &str) -> Option<&Program> {
        self.programs.as_ref()?.get(guest)
    }
}

impl Probe {
    fn of(function: &Function) -> Probe {
        // A tab would be spelled out, like everything that cannot be seen.
        let text = function.text.replace('\t', "    ");
        let indent = text.len() - text.trim_start_matches(' ').len();
        let lines: Vec<_> = text.lines().map(|line| line.get(indent.min(line.len())..).unwrap_or(line)).collect();
        let more = lines.len().saturating_sub(SHOWN);
        Probe {
            place: format!("{}:{}", from_root(&function.file), function.line),
            text: lines[..lines.len() - more].join("\n"),
            more,
        }
    }
}

fn from_root(file: &str) -> String {
    format!("go-guests/{file}")
}

/// The names of operations in a case's arguments, as results keep them: the first word, and each after a `then`.
fn operations(arguments: &str) -> Vec<String> {
    let words: Vec<_> =
        arguments.split(' ').map(|word| word.trim_matches('"').split('(').next().unwrap_or("")).collect();
    let begins = |(index, _): &(usize, &&str)| *index == 0 || words[index - 1] == "then";
    words.iter().enumerate().filter(begins).map(|(_, word)| (*word).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sources() -> Sources {
        let function = |line: usize, text: &str, uses: &[&str], calls: &[&str]| json!({ "file": "g/main.go", "line": line, "text": text, "uses": uses, "calls": calls });
        let rename = function(5, "// rename moves.\nfunc rename() {\n\tmoved()\n}", &[], &["moved", "println"]);
        let program = json!({
            "files": ["g/main.go"],
            "operations": {
                "rename": rename,
                "long": function(2, "\t\"long\": func() {\n\t\tos.Exit(1)\n\t}", &["os.Exit"], &[]),
            },
            "functions": { "rename": rename, "moved": function(9, "func moved() { os.Rename() }", &["os.Rename"], &[]) },
        });
        Sources::new(Some(serde_json::from_value(json!({ "g": program })).expect("programs")), BTreeMap::new())
    }

    fn used(args: &str) -> Used {
        let facts = json!({
            "id": "a/b", "area": "a", "why": "", "doc": "", "tier": "must", "guest": "g",
            "location": { "file": "", "line": 1 }, "inputs": [["args", args]], "expected": [],
        });
        sources().used(&serde_json::from_value(facts).expect("facts of a case"))
    }

    #[test]
    fn a_probe_is_found_by_its_name_in_the_list() {
        let rename = used("\"rename\" \"/a\" \"/b\"");
        assert_eq!(rename.probes[0].text, "// rename moves.\nfunc rename() {\n    moved()\n}");
        assert_eq!(rename.probes[0].place, "go-guests/g/main.go:5");
        assert_eq!(rename.calls, ["os.Rename".to_owned()].into(), "through the function it calls");
        assert!(rename.mentions("os.Rename("));
    }

    #[test]
    fn one_written_in_the_list_is_shown_without_its_indentation() {
        assert_eq!(used("\"long\"").probes[0].text, "\"long\": func() {\n    os.Exit(1)\n}");
    }

    #[test]
    fn a_case_may_run_several() {
        let both = used("\"rename\" \"moved\" \"then\" \"long\"");
        assert_eq!(both.probes.len(), 2);
        assert_eq!(both.calls, ["os.Exit".to_owned(), "os.Rename".to_owned()].into());
        assert_eq!(used("\"nothing\""), Used::default());
    }
}
