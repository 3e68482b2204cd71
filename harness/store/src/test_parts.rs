//! The results of Go tests on disk: a folder with one file for each column, and one with the names of all tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use fs_err as fs;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::atomic_write::write_whole;
use matrix_model::go_test::by_column::{ColumnTests, SCHEMA, TestNames};

/// Where the project keeps what the tests of Go's own standard library show, from its root.
pub const STD: &str = "reports/std";

/// Where the project keeps what the tests of well-known modules show, from its root.
pub const MODULES: &str = "reports/modules";

/// The file with the names of all tests.
const NAMES: &str = "tests.json";

/// Whether a path is that of results of tests: a folder, or the file of one of its columns.
pub fn is_one(path: &Path) -> bool {
    match path.is_dir() {
        true => path.join(NAMES).is_file(),
        false => path.extension().is_some_and(|extension| extension == "json") && beside(path).is_file(),
    }
}

/// The file with the names of the tests of a column's file.
fn beside(path: &Path) -> PathBuf {
    path.with_file_name(NAMES)
}

/// Reads a folder, or the file of one of its columns: the names of all tests, and each column's part, in the order of the
/// columns' names.
///
/// # Errors
/// If a file is not there, is no JSON of this schema, or is of another schema version. The error names the file.
pub fn read(path: &Path) -> Result<(TestNames, Vec<ColumnTests>)> {
    let (of_names, paths) = match path.is_dir() {
        true => (path.join(NAMES), files(path)?),
        false => (beside(path), vec![path.to_owned()]),
    };
    let names: TestNames = read_file(&of_names)?;
    ensure!(names.schema == SCHEMA, "{}: schema {}, and not {SCHEMA}", of_names.display(), names.schema);
    let mut parts = Vec::new();
    for path in paths {
        let part: ColumnTests = read_file(&path)?;
        ensure!(part.schema == SCHEMA, "{}: schema {}, and not {SCHEMA}", path.display(), part.schema);
        parts.push(part);
    }
    Ok((names, parts))
}

/// Adds results to a folder. What the folder has of a package in a column is replaced. What it has of another version of a
/// package's module is removed from all columns. All else stays.
///
/// # Errors
/// If what is there cannot be read, or the folder cannot be written.
pub fn add(folder: &Path, names: &TestNames, parts: &[ColumnTests]) -> Result<()> {
    let (mut all_names, mut all) = match folder.join(NAMES).exists() {
        true => read(folder)?,
        false => (TestNames { schema: SCHEMA.to_owned(), ..TestNames::default() }, Vec::new()),
    };
    let outdated = outdated(&all_names, names);
    all_names.packages.retain(|package, _| !outdated.contains(package));
    all_names.modules.extend(names.modules.clone());
    for part in all.iter_mut() {
        part.packages.retain(|package, _| !outdated.contains(package));
    }
    for part in parts {
        let there = all.iter_mut().find(|other| other.column.name == part.column.name);
        match there {
            // Results of two Go releases, or of other tests, are no results of one column.
            Some(other) if (&other.go, &other.flags) == (&part.go, &part.flags) => {
                other.packages.extend(part.packages.clone());
            }
            Some(other) => *other = part.clone(),
            None => all.push(part.clone()),
        }
    }
    for (package, tests) in &names.packages {
        let before = all_names.packages.insert(package.clone(), tests.clone()).unwrap_or_default();
        let is_new = |part: &ColumnTests| parts.iter().any(|new| new.column.name == part.column.name);
        // A name that a column's part did not know would otherwise count as a test that passed there.
        for part in all.iter_mut() {
            let known = if is_new(part) { tests } else { &before };
            if let Some(exceptions) = part.packages.get_mut(package) {
                let unknown = tests.union(&before).filter(|name| !known.contains(*name));
                exceptions.absent.extend(unknown.cloned().collect::<Vec<_>>());
            }
        }
        let union: BTreeSet<_> = tests.union(&before).cloned().collect();
        all_names.packages.insert(package.clone(), union);
    }
    all_names.without_tests = names.without_tests.iter().chain(&all_names.without_tests).cloned().collect();
    all_names.without_tests.retain(|package| !all_names.packages.contains_key(package));
    all_names.without_tests.sort();
    all_names.without_tests.dedup();
    for part in &all {
        write_file(&folder.join(format!("{}.json", part.column.name)), part)?;
    }
    write_file(&folder.join(NAMES), &all_names)
}

/// The packages of modules of which `new` has another version. Two versions of a package are not compared.
fn outdated(old: &TestNames, new: &TestNames) -> BTreeSet<String> {
    let is_other = |package: &&String| {
        old.module_of(package)
            .is_some_and(|module| new.modules.get(&module.path).is_some_and(|version| *version != module.version))
    };
    old.packages.keys().filter(is_other).cloned().collect()
}

/// The files of the columns, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let is_part = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "json")
            && path.file_name().is_some_and(|name| name != NAMES)
    };
    let mut files: Vec<_> = entries.into_iter().filter(is_part).collect();
    files.sort();
    Ok(files)
}

fn read_file<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_slice(&fs::read(path)?).with_context(|| format!("{}: no results of Go tests", path.display()))
}

fn write_file(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(write_whole(path, &bytes)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use matrix_model::go_test::by_column::Exceptions;
    use matrix_model::go_test::known::TestColumn;

    fn names(tests: &[&str]) -> TestNames {
        let tests = tests.iter().map(|name| (*name).to_owned()).collect();
        TestNames {
            schema: SCHEMA.to_owned(),
            packages: BTreeMap::from([("p".to_owned(), tests)]),
            without_tests: vec!["q".to_owned()],
            modules: BTreeMap::new(),
        }
    }

    fn part(runtime: &str, go: &str, package: &str, absent: &[&str]) -> ColumnTests {
        let absent = absent.iter().map(|name| (*name).to_owned()).collect();
        ColumnTests {
            schema: SCHEMA.to_owned(),
            go: go.to_owned(),
            flags: Vec::new(),
            column: TestColumn {
                name: format!("{runtime}@1.0.0"),
                runtime: runtime.to_owned(),
                version: semver::Version::new(1, 0, 0),
                mode: "default".to_owned(),
                engine: runtime.to_owned(),
            },
            packages: BTreeMap::from([(package.to_owned(), Exceptions { absent, ..Exceptions::default() })]),
        }
    }

    #[test]
    fn a_test_that_a_column_never_ran_does_not_pass_there() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        add(folder.path(), &names(&["A"]), &[part("a", "go1", "p", &[])]).expect("written");
        add(folder.path(), &names(&["A", "B"]), &[part("b", "go1", "p", &[])]).expect("written");
        let (names, parts) = read(folder.path()).expect("read");
        assert_eq!(names.packages["p"].len(), 2);
        let absent: Vec<_> = parts.iter().map(|part| part.packages["p"].absent.len()).collect();
        assert_eq!(absent, [1, 0], "a never ran B");
        add(folder.path(), &names_of_a(), &[part("a", "go1", "p", &[])]).expect("written");
        let (names, parts) = read(folder.path()).expect("read");
        assert_eq!((names.packages["p"].len(), parts[0].packages["p"].absent.len()), (2, 1), "a runs A alone");
    }

    fn names_of_a() -> TestNames {
        names(&["A"])
    }

    #[test]
    fn packages_are_added_and_another_go_begins_anew() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        add(folder.path(), &names(&["A"]), &[part("a", "go1", "p", &[])]).expect("written");
        add(folder.path(), &names(&["A"]), &[part("a", "go1", "r", &[])]).expect("written");
        let packages = |folder: &Path| read(folder).expect("read").1[0].packages.len();
        assert_eq!(packages(folder.path()), 2);
        add(folder.path(), &names(&["A"]), &[part("a", "go2", "p", &[])]).expect("written");
        assert_eq!(packages(folder.path()), 1);
    }

    #[test]
    fn two_versions_of_a_module_are_not_compared() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let of_version = |version: &str| TestNames {
            modules: BTreeMap::from([("p".to_owned(), version.to_owned())]),
            ..names(&["A"])
        };
        add(folder.path(), &of_version("v1.0.0"), &[part("a", "go1", "p", &[])]).expect("written");
        add(folder.path(), &of_version("v1.0.0"), &[part("b", "go1", "p", &[])]).expect("written");
        let columns = |folder: &Path| {
            let (names, parts) = read(folder).expect("read");
            let with: Vec<_> = parts.into_iter().filter(|part| part.packages.contains_key("p")).collect();
            (names.modules["p"].clone(), with.into_iter().map(|part| part.column.runtime).collect::<Vec<_>>())
        };
        assert_eq!(columns(folder.path()), ("v1.0.0".to_owned(), vec!["a".to_owned(), "b".to_owned()]));
        add(folder.path(), &of_version("v1.1.0"), &[part("a", "go1", "p", &[])]).expect("written");
        assert_eq!(columns(folder.path()), ("v1.1.0".to_owned(), vec!["a".to_owned()]));
    }

    #[test]
    fn a_column_is_read_alone() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        add(folder.path(), &names(&["A"]), &[part("a", "go1", "p", &[]), part("b", "go1", "p", &[])]).expect("written");
        let file = folder.path().join("b@1.0.0.json");
        assert!(is_one(folder.path()) && is_one(&file) && !is_one(&folder.path().join("c")));
        let (names, parts) = read(&file).expect("read");
        assert_eq!((names.packages.len(), parts.len(), parts[0].column.runtime.as_str()), (1, 1, "b"));
    }

    #[test]
    fn what_is_no_part_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        add(folder.path(), &names(&["A"]), &[part("a", "go1", "p", &[])]).expect("written");
        fs::write(folder.path().join("b@1.0.0.json"), "{}").expect("a file");
        let error = format!("{:#}", read(folder.path()).expect_err("no part"));
        assert!(error.contains("b@1.0.0.json"), "{error}");
    }
}
