//! What Go's linker leaves in a program: of which modules it is made, and the table that names the functions in a stack
//! trace. `debug/buildinfo` reads neither of them from WebAssembly.

use std::collections::BTreeSet;

use serde::Serialize;

use super::data::Data;

/// What stands before the modules of a program in its memory, and what stands after them. See `modinfo` in Go's
/// `cmd/go/internal/modload`.
const MODULES: [&[u8]; 2] =
    [b"0w\xaf\x0c\x92t\x08\x02A\xe1\xc1\x07\xe6\xd6\x18\xe6", b"\xf92C1\x86\x18 r\x00\x82B\x10A\x16\xd8\xf2"];

/// What the table of functions begins with since Go 1.20: its magic number, and that instructions are one byte and
/// addresses eight bytes long. See `pcHeader` in Go's `runtime/symtab.go`.
const FUNCTIONS: &[u8] = b"\xf1\xff\xff\xff\0\0\x01\x08";

/// Where the table says at which of its bytes the names begin, and at which the part after them.
const NAMES: [u64; 2] = [32, 40];

/// How many bytes about modules are looked at in one step, and how many at most.
const STEP: u64 = 4 << 10;
const MOST: u64 = 1 << 20;

/// What Go says of itself in a program that it built.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct GoProgram {
    /// Its version: `go1.26.8`.
    pub version: String,
    /// The path of the program's own package; none if it was built without modules.
    pub package: Option<String>,
    /// The module of that package.
    pub module: Option<Dependency>,
    /// The other modules in it.
    pub dependencies: Vec<Dependency>,
}

/// A module of Go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Dependency {
    /// Its path.
    pub path: String,
    /// Its version; `(devel)` for one that was built from a folder.
    pub version: String,
}

impl GoProgram {
    /// What a Go of this version says in the program's data.
    pub(super) fn of(version: String, data: &Data) -> GoProgram {
        let mut program = GoProgram { version, ..GoProgram::default() };
        for line in modules(data).unwrap_or_default().lines() {
            let words: Vec<_> = line.split('\t').collect();
            match words[..] {
                ["path", path] => program.package = Some(path.to_owned()),
                ["mod", path, version, ..] => program.module = Some(Dependency::new(path, version)),
                ["dep", path, version, ..] => program.dependencies.push(Dependency::new(path, version)),
                // What stands in for the module before it.
                ["=>", path, version, ..] => {
                    if let Some(replaced) = program.dependencies.last_mut() {
                        *replaced = Dependency::new(path, version);
                    }
                }
                _ => {}
            }
        }
        program
    }
}

impl Dependency {
    fn new(path: &str, version: &str) -> Dependency {
        Dependency { path: path.to_owned(), version: version.to_owned() }
    }
}

/// The text about modules.
fn modules(data: &Data) -> Option<String> {
    let [begin, end] = MODULES;
    let start = data.find(begin, 1)? + begin.len() as u64;
    let mut text = Vec::new();
    while (text.len() as u64) < MOST {
        text.extend(data.read(start + text.len() as u64, STEP)?);
        if let Some(length) = text.windows(end.len()).position(|bytes| bytes == end) {
            text.truncate(length);
            return String::from_utf8(text).ok();
        }
    }
    None
}

/// The names of all functions, also of those that were inlined, without type arguments. `None` if there is no table of
/// a known form.
pub(super) fn functions(data: &Data) -> Option<BTreeSet<String>> {
    let table = data.find(FUNCTIONS, 8)?;
    let [begin, end] = NAMES.map(|at| data.word(table + at));
    let (begin, end) = (begin?, end?);
    let names = data.read(table.checked_add(begin)?, end.checked_sub(begin)?)?;
    let names: BTreeSet<_> = names.split(|byte| *byte == 0).filter_map(plain).collect();
    (!names.is_empty()).then_some(names)
}

/// A function's name without type arguments: `slices.Sort` for `slices.Sort[...]`.
fn plain(name: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name).ok().filter(|name| !name.is_empty())?;
    let mut depth = 0;
    let kept = name.chars().filter(|c| {
        depth += i32::from(*c == '[');
        let keep = depth <= 0;
        depth -= i32::from(*c == ']');
        keep
    });
    Some(kept.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_arguments_are_left_out() {
        let plain = |name: &str| plain(name.as_bytes());
        assert_eq!(plain("slices.Sort[go.shape.[]int]").as_deref(), Some("slices.Sort"));
        assert_eq!(plain("sync/atomic.(*Pointer[...]).Load").as_deref(), Some("sync/atomic.(*Pointer).Load"));
        assert_eq!(plain("os.(*File).Sync").as_deref(), Some("os.(*File).Sync"));
        assert_eq!(plain(""), None);
    }
}
