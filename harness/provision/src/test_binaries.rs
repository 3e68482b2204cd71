//! Builds the tests of Go packages of the user's: one test binary for each package, for preview 1 and for this machine.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use fs_err as fs;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::guests::{Guest, variables};
use crate::toolchain::{self, Failed, Go, LONG};
use matrix_model::go_test::ModuleVersion;
use matrix_model::runtime::Target;
use matrix_store::dirs::Places;
use matrix_store::file_digest::sha256_file;

/// What `go test` leaves out of a test binary that it runs itself: symbols and debug information.
const STRIPPED: &str = "-ldflags=-s -w";

/// A Go package that has tests for a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestPackage {
    /// The import path.
    pub import_path: String,
    /// The package's folder, in which its tests are started.
    pub folder: PathBuf,
    /// The folder of its module, or of Go itself.
    pub root: PathBuf,
    /// Its module, if Go has fetched it.
    pub module: Option<ModuleVersion>,
    /// The targets for which it has tests.
    pub targets: BTreeSet<Target>,
    /// The number of the folder that its binaries are in. Of packages in one folder, no two have binaries of one name.
    slot: usize,
}

/// The packages that some words mean.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TestPackages {
    /// Those with tests for preview 1, in order.
    pub with_tests: Vec<TestPackage>,
    /// The import paths of the others, in order.
    pub without: Vec<String>,
}

impl TestPackages {
    /// Those that are taken, by their places and import paths.
    pub fn part(self, takes: impl Fn(usize, &str) -> bool) -> TestPackages {
        let with_tests = self.with_tests.into_iter().enumerate();
        let without = self.without.into_iter().enumerate();
        TestPackages {
            with_tests: with_tests.filter(|(place, one)| takes(*place, &one.import_path)).map(|(_, one)| one).collect(),
            without: without.filter(|(place, path)| takes(*place, path)).map(|(_, path)| path).collect(),
        }
    }
}

/// How test binaries are built.
#[derive(Clone, Copy)]
pub struct TestBuild<'b> {
    /// The Go that builds them.
    pub go: &'b Go,
    /// The folders in use.
    pub places: &'b Places,
    /// Where Go is started: in the user's module.
    pub cwd: &'b Path,
    /// Flags of `go build` that the user gives: `-tags=x`, `-cover`.
    pub flags: &'b [String],
    /// Where the binaries are kept, so that Go makes only those again that have changed.
    pub folder: &'b Path,
}

/// A test binary, or Go's words about why there is none.
pub type BuiltTest = Result<Guest, String>;

/// What `go list` says of a package.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    import_path: String,
    #[serde(default)]
    dir: PathBuf,
    #[serde(default)]
    root: PathBuf,
    module: Option<ListedModule>,
    #[serde(default)]
    test_go_files: Vec<String>,
    #[serde(default)]
    x_test_go_files: Vec<String>,
    error: Option<ListedError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedModule {
    path: String,
    /// None if it is the user's own.
    version: Option<String>,
    #[serde(default)]
    dir: PathBuf,
    /// The module in place of it.
    replace: Option<IgnoredAny>,
}

impl ListedModule {
    /// The module and its version, if Go has fetched it. The version of one that another replaces says nothing.
    fn fetched(&self) -> Option<ModuleVersion> {
        let version = self.version.clone().filter(|_| self.replace.is_none())?;
        Some(ModuleVersion { path: self.path.clone(), version })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedError {
    err: String,
}

impl TestPackage {
    /// A package that has tests for both targets.
    pub fn at(import_path: &str, folder: &Path, root: &Path) -> TestPackage {
        TestPackage {
            import_path: import_path.to_owned(),
            folder: folder.to_owned(),
            root: root.to_owned(),
            module: None,
            targets: [Target::Wasip1, Target::Host].into(),
            slot: 0,
        }
    }
}

impl Listed {
    fn has_tests(&self) -> bool {
        !self.test_go_files.is_empty() || !self.x_test_go_files.is_empty()
    }
}

impl TestBuild<'_> {
    /// Finds the packages that the words mean, as `go list` takes them.
    ///
    /// # Errors
    /// If a word means no package, or Go cannot list them.
    pub fn packages(&self, words: &[String]) -> Result<TestPackages> {
        let mut of_targets = BTreeMap::new();
        for target in [Target::Wasip1, Target::Host] {
            for listed in self.list(words, target)? {
                let entry = of_targets.entry(listed.import_path.clone());
                let entry = entry.or_insert_with(|| (BTreeSet::new(), None, None));
                if let Some(error) = &listed.error {
                    entry.1.get_or_insert(error.err.clone());
                    continue;
                }
                if listed.has_tests() {
                    entry.0.insert(target);
                }
                entry.2.get_or_insert(listed);
            }
        }
        let mut packages = TestPackages::default();
        let mut named: BTreeMap<String, usize> = BTreeMap::new();
        for (import_path, (targets, error, listed)) in of_targets {
            // A package that is only for one of the two is an error of the other one.
            let Some(listed) = listed else {
                bail!("{import_path}: {}", error.unwrap_or_else(|| "go list says nothing of it".to_owned()));
            };
            if !targets.contains(&Target::Wasip1) {
                packages.without.push(import_path);
                continue;
            }
            let of_this_name = named.entry(binary_name(&import_path)).or_default();
            packages.with_tests.push(TestPackage {
                import_path,
                folder: listed.dir,
                module: listed.module.as_ref().and_then(ListedModule::fetched),
                root: listed.module.map_or(listed.root, |module| module.dir),
                targets,
                slot: *of_this_name,
            });
            *of_this_name += 1;
        }
        Ok(packages)
    }

    fn list(&self, words: &[String], target: Target) -> Result<Vec<Listed>> {
        let fields = "-json=ImportPath,Dir,Root,Module,TestGoFiles,XTestGoFiles,Error";
        let mut argv = vec![self.go.exe.clone().into_os_string()];
        argv.extend(["list", "-e", fields].map(OsString::from));
        argv.extend(self.flags.iter().filter(|flag| flag.starts_with("-tags")).map(OsString::from));
        argv.push("--".into());
        argv.extend(words.iter().map(OsString::from));
        let ended = toolchain::command(&argv, &self.variables(target), self.cwd, LONG)?;
        let listed = serde_json::Deserializer::from_slice(&ended.stdout).into_iter().collect::<Result<Vec<_>, _>>();
        listed.context("go list")
    }

    /// The folder in which Go keeps the modules that it fetches.
    ///
    /// # Errors
    /// If Go does not name one.
    pub fn module_cache(&self) -> Result<PathBuf> {
        self.go.setting("GOMODCACHE", self.cwd)
    }

    fn variables(&self, target: Target) -> Vec<(&'static str, OsString)> {
        let mut variables = variables(self.places, target);
        if self.places.offline {
            variables.push(("GOPROXY", "off".into()));
        }
        variables
    }

    /// Builds the tests of packages for a target: all in one command, or each by itself if that fails. What has not changed
    /// since is not linked again. The result has an entry for each package that has tests for the target.
    ///
    /// # Errors
    /// If Go cannot be run, or a binary cannot be read.
    pub fn build(&self, packages: &[&TestPackage], target: Target) -> Result<BTreeMap<String, BuiltTest>> {
        let mut built = BTreeMap::new();
        for (slot, group) in by_slot(packages, target) {
            let name = match target {
                Target::Wasip1 => "wasip1",
                Target::Host => "host",
            };
            let folder = self.folder.join(name).join(slot.to_string());
            fs::create_dir_all(&folder)?;
            let failed = self.go_test(&group, target, &folder)?;
            for package in &group {
                let made = folder.join(binary_name(&package.import_path));
                let words = match &failed {
                    None => None,
                    Some(words) if group.len() == 1 => Some(words.clone()),
                    // A binary that was made before would be taken for this one.
                    Some(_) => {
                        fs::remove_file(&made).or_else(|error| match error.kind() {
                            std::io::ErrorKind::NotFound => Ok(()),
                            _ => Err(error),
                        })?;
                        self.go_test(&[*package], target, &folder)?
                    }
                };
                let binary = match words {
                    Some(words) => Err(words),
                    None => Ok(binary(made)?),
                };
                built.insert(package.import_path.clone(), binary);
            }
        }
        Ok(built)
    }

    /// Runs `go test -c`. Returns what Go says if that fails.
    fn go_test(&self, packages: &[&TestPackage], target: Target, folder: &Path) -> Result<Option<String>> {
        let mut argv = vec![self.go.exe.clone().into_os_string()];
        argv.extend(["test", "-c", STRIPPED].map(OsString::from));
        argv.extend(self.flags.iter().map(OsString::from));
        argv.extend(["-o".into(), folder.join("").into_os_string()]);
        argv.extend(packages.iter().map(|package| OsString::from(&package.import_path)));
        match toolchain::command(&argv, &self.variables(target), self.cwd, LONG) {
            Ok(_) => Ok(None),
            Err(error) => {
                let failed: Failed = error.downcast()?;
                Ok(Some(failed.said.trim().to_owned()))
            }
        }
    }
}

/// The packages that have tests for a target, by the number of the folder that their binaries are in.
fn by_slot<'p>(packages: &[&'p TestPackage], target: Target) -> BTreeMap<usize, Vec<&'p TestPackage>> {
    let mut by_slot: BTreeMap<usize, Vec<&TestPackage>> = BTreeMap::new();
    for package in packages.iter().filter(|package| package.targets.contains(&target)) {
        by_slot.entry(package.slot).or_default().push(package);
    }
    by_slot
}

/// What Go calls the test binary of a package.
fn binary_name(import_path: &str) -> String {
    let mut elements = import_path.rsplit('/');
    let last = elements.next().unwrap_or(import_path);
    // The last element of a module's path may be its major version.
    let is_version = last.strip_prefix('v').is_some_and(|digits| digits.parse::<u32>().is_ok_and(|major| major > 1));
    let name = if is_version { elements.next().unwrap_or(last) } else { last };
    format!("{name}.test")
}

fn binary(path: PathBuf) -> Result<Guest> {
    ensure!(path.is_file(), "`go test -c` made no {}", path.display());
    let sha256 = sha256_file(&path)?;
    Ok(Guest { module: path, sha256, imports: BTreeSet::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_has_a_version_if_go_has_fetched_it() {
        let version = |json: &str| {
            let module: ListedModule = serde_json::from_str(json).expect("what `go list` says of a module");
            module.fetched().map(|module| module.version)
        };
        assert_eq!(version(r#"{"Path": "m", "Version": "v1.2.3", "Dir": "/d"}"#).as_deref(), Some("v1.2.3"));
        assert_eq!(version(r#"{"Path": "m", "Main": true, "Dir": "/d"}"#), None);
        assert_eq!(version(r#"{"Path": "m", "Version": "v1.2.3", "Replace": {"Path": "../m", "Dir": "/d"}}"#), None);
    }

    #[test]
    fn a_binary_has_the_name_that_go_gives_it() {
        for (import_path, name) in [
            ("os", "os.test"),
            ("html/template", "template.test"),
            ("example.org/a/v2", "a.test"),
            ("example.org/a/v1", "v1.test"),
            ("example.org/vendor", "vendor.test"),
        ] {
            assert_eq!(binary_name(import_path), name);
        }
    }
}
