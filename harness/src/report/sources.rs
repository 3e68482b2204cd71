//! The guests' sources, as far as the page shows them: the probe that a case runs, and what of Go it calls.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use regex::Regex;

use crate::results::CaseFacts;

/// How many lines of a probe are shown.
const SHOWN: usize = 80;

/// What the checkout knows of guests, beside the results.
#[derive(Debug, Default)]
pub struct Sources {
    guests: BTreeMap<String, Vec<File>>,
    /// For each guest the preview 1 functions it imports, as its case files say.
    pub imports: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Debug)]
struct File {
    /// From the project's root.
    path: String,
    text: String,
    /// The packages it imports, by the name they are called by.
    packages: BTreeSet<String>,
}

/// The function of a guest that a case runs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Probe {
    /// Where it stands: the file, from the project's root, and its line.
    pub place: String,
    /// Its text, with the sentence above it.
    pub text: String,
    /// How many lines are left out at its end.
    pub more: usize,
}

/// What a case's probes are and call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Used {
    /// The probes, in the order the case runs them.
    pub probes: Vec<Probe>,
    /// What they, and the guest's functions they call, use of Go's library: `os.Rename`.
    pub calls: BTreeSet<String>,
    /// All of that text.
    text: String,
}

impl Used {
    /// Whether a token stands in what runs.
    pub fn mentions(&self, token: &str) -> bool {
        self.text.contains(token)
    }
}

impl Sources {
    /// Reads the guests of a project.
    ///
    /// # Errors
    /// If a source cannot be read, with its path in the message.
    pub fn read(root: &Path, imports: BTreeMap<String, BTreeSet<String>>) -> Result<Sources> {
        let folder = root.join("go-guests");
        let mut guests = BTreeMap::new();
        for guest in names(&folder)? {
            let mut files = Vec::new();
            for name in names(&folder.join(&guest))? {
                let path = folder.join(&guest).join(&name);
                if !name.ends_with(".go") || !path.is_file() {
                    continue;
                }
                let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
                // What is built for Linux only runs in no runtime.
                if !name.ends_with("_linux.go")
                    && !text.contains("\n//go:build !wasip1")
                    && !text.starts_with("//go:build !wasip1")
                {
                    files.push(File { path: format!("go-guests/{guest}/{name}"), packages: packages(&text), text });
                }
            }
            guests.insert(guest, files);
        }
        Ok(Sources { guests, imports })
    }

    /// The files of a guest, from the project's root.
    pub fn files(&self, guest: &str) -> Vec<&str> {
        self.guests.get(guest).into_iter().flatten().map(|file| file.path.as_str()).collect()
    }

    /// The probes that a case runs: those its arguments name in the guest's list of probes.
    pub fn used(&self, case: &CaseFacts) -> Used {
        let mut used = Used::default();
        let Some(files) = self.guests.get(&case.guest) else { return used };
        let arguments = case.inputs.iter().filter(|(label, _)| label == "args" || label == "call");
        for name in arguments.flat_map(|(_, words)| operations(words)) {
            let Some((file, begin, end)) = find(files, &name) else { continue };
            let probe = Probe::of(file, begin, end);
            if used.probes.contains(&probe) {
                continue;
            }
            used.text.push_str(&file.text[begin..end]);
            used.calls.extend(file.calls(&file.text[begin..end]));
            // What a probe does it often does in a function of the guest's that several share.
            for called in words_before_a_bracket(&file.text[begin..end]) {
                if let Some((file, begin, end)) = function(files, called) {
                    used.text.push_str(&file.text[begin..end]);
                    used.calls.extend(file.calls(&file.text[begin..end]));
                }
            }
            used.probes.push(probe);
        }
        used
    }
}

impl Probe {
    fn of(file: &File, begin: usize, end: usize) -> Probe {
        // A tab would be spelled out, as what does not show is.
        let text = file.text[begin..end].replace('\t', "    ");
        let indent = text.len() - text.trim_start_matches(' ').len();
        let lines: Vec<_> = text.lines().map(|line| line.get(indent.min(line.len())..).unwrap_or(line)).collect();
        let line = file.text[..begin].matches('\n').count() + 1;
        let more = lines.len().saturating_sub(SHOWN);
        Probe { place: format!("{}:{line}", file.path), text: lines[..lines.len() - more].join("\n"), more }
    }
}

impl File {
    fn calls(&self, text: &str) -> BTreeSet<String> {
        let used = |(package, name): (&str, &str)| self.packages.contains(package).then(|| format!("{package}.{name}"));
        exported(text).filter_map(used).collect()
    }
}

/// The names in a folder, in order; none where it is not there.
fn names(folder: &Path) -> Result<Vec<String>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let at = || folder.display().to_string();
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(at)? {
        names.extend(entry.with_context(at)?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

/// The packages that a source imports, by the last part of their path: `crypto/rand` is called `rand`.
fn packages(text: &str) -> BTreeSet<String> {
    let imports = text.split_once("\nimport ").map_or("", |(_, rest)| match rest.strip_prefix('(') {
        Some(list) => list.split("\n)").next().unwrap_or(""),
        None => rest.lines().next().unwrap_or(""),
    });
    let named = imports.split('"').skip(1).step_by(2);
    named.filter_map(|path| path.rsplit('/').next()).map(str::to_owned).collect()
}

/// The names of operations in a case's arguments, as results keep them: the first word, and each after a `then`.
fn operations(arguments: &str) -> Vec<String> {
    let words: Vec<_> =
        arguments.split(' ').map(|word| word.trim_matches('"').split('(').next().unwrap_or("")).collect();
    let begins = |(index, _): &(usize, &&str)| *index == 0 || words[index - 1] == "then";
    words.iter().enumerate().filter(begins).map(|(_, word)| (*word).to_owned()).collect()
}

/// Where a guest's list of probes leads from a name: to a function, or to one written in the list itself.
fn find<'f>(files: &'f [File], name: &str) -> Option<(&'f File, usize, usize)> {
    let key = format!("\"{name}\":");
    for file in files {
        let Some(at) = file.text.find(&format!("\n\t{key}")).or_else(|| file.text.find(&format!("\n\t\t{key}"))) else {
            continue;
        };
        let begin = at + 1;
        let value = file.text[begin..].split_once(&key)?.1.trim_start();
        let line = value.lines().next().unwrap_or("");
        if line.starts_with("func") {
            let indent: String = file.text[begin..].chars().take_while(|c| *c == '\t').collect();
            let close = format!("\n{indent}}}");
            let first_line = file.text[begin..].find('\n').map_or(file.text.len(), |end| begin + end);
            let end = match line.ends_with('{') {
                true => file.text[begin..].find(&close).map(|end| begin + end + close.len())?,
                false => first_line,
            };
            return Some((file, begin, end));
        }
        let called: String = line.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if let Some(found) = function(files, &called) {
            return Some(found);
        }
    }
    // A reactor's exports, and guests that need no list, name the function itself.
    function(files, name)
}

/// A function of a guest, with the comment above it.
fn function<'f>(files: &'f [File], name: &str) -> Option<(&'f File, usize, usize)> {
    if name.is_empty() || name == "main" {
        return None;
    }
    let head = format!("\nfunc {name}(");
    for file in files {
        let Some(at) = file.text.find(&head) else { continue };
        let end = match file.text[at + 1..].find('\n').map(|end| at + 1 + end) {
            // A function on one line.
            Some(line) if file.text[..line].ends_with('}') => line,
            _ => file.text[at..].find("\n}\n").map_or(file.text.len(), |end| at + end + 2),
        };
        let mut begin = at + 1;
        while let Some(before) = file.text[..begin].strip_suffix('\n') {
            let line = before.rfind('\n').map_or(0, |line| line + 1);
            if !before[line..].starts_with("//") {
                break;
            }
            begin = line;
        }
        return Some((file, begin, end));
    }
    None
}

/// The names that a text calls as functions.
fn words_before_a_bracket(text: &str) -> BTreeSet<&str> {
    let pattern = Regex::new(r"\b([a-z]\w*)\(").expect("a plain pattern");
    let all = pattern.captures_iter(text).filter_map(|found| found.get(1));
    // What follows a dot is a method or of another package.
    all.filter(|found| !text[..found.start()].ends_with('.')).map(|found| found.as_str()).collect()
}

/// Exported names of packages, as a text calls them.
fn exported(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let pattern = Regex::new(r"\b([a-z][a-z0-9]*)\.([A-Z]\w*)").expect("a plain pattern");
    let found: Vec<_> = pattern.captures_iter(text).map(|found| found.extract::<2>().1).collect();
    found.into_iter().map(|[package, name]| (package, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUEST: &str = "package main\n\nimport (\n\t\"io/fs\"\n\t\"os\"\n)\n\nvar probes = map[string]func([]string) error{\n\t\"rename\": rename,\n\t\"pid\": func([]string) error { println(os.Getpid()); return nil },\n\t\"long\": func([]string) error {\n\t\tos.Exit(1)\n\t},\n}\n\n// rename moves.\nfunc rename(args []string) error {\n\treturn moved(args[0])\n}\n\nfunc moved(a string) error { return os.Rename(a, kind.Name) }\n";

    fn sources() -> Sources {
        let file = File { path: "go-guests/g/main.go".to_owned(), packages: packages(GUEST), text: GUEST.to_owned() };
        Sources { guests: [("g".to_owned(), vec![file])].into(), imports: BTreeMap::new() }
    }

    fn used(args: &str) -> Used {
        let facts = serde_json::json!({
            "id": "a/b", "area": "a", "why": "", "doc": "", "tier": "must", "guest": "g",
            "location": { "file": "", "line": 1 }, "inputs": [["args", args]], "expected": [],
        });
        sources().used(&serde_json::from_value(facts).expect("facts of a case"))
    }

    #[test]
    fn a_probe_is_found_by_its_name_in_the_list() {
        let rename = used("\"rename\" \"/a\" \"/b\"");
        assert_eq!(
            rename.probes[0].text,
            "// rename moves.\nfunc rename(args []string) error {\n    return moved(args[0])\n}"
        );
        assert_eq!(rename.probes[0].place, "go-guests/g/main.go:16");
        assert_eq!(
            rename.calls,
            ["os.Rename".to_owned()].into(),
            "through the function it calls; `kind` is no package"
        );
        assert!(rename.mentions("os.Rename("));
    }

    #[test]
    fn one_written_in_the_list_is_found_too() {
        assert_eq!(used("\"pid\"").calls, ["os.Getpid".to_owned()].into());
        assert!(used("\"long\"").probes[0].text.ends_with("\n    os.Exit(1)\n}"));
    }

    #[test]
    fn a_case_may_run_several() {
        let both = used("\"rename\" \"pid\" \"then\" \"long\"");
        assert_eq!(both.probes.len(), 2);
        assert_eq!(both.calls, ["os.Exit".to_owned(), "os.Rename".to_owned()].into());
        assert_eq!(used("\"nothing\""), Used::default());
    }
}
