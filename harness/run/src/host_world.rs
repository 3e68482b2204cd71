//! The world of a Go test: what a program gets that `go test -exec` or `go run -exec` starts, the same under each
//! runtime and on this machine.
//!
//! A program for wasip1 sees all files of the machine under their own names, starts where the user is, and has the user's
//! environment. Go's wrapper gives it that too, except that it passes most variables to one runtime only.

use std::env;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fs_err as fs;

use crate::module_input::{Dirs, MappedDir, ModuleInput, Prepared};
use crate::plan::OnHost;
use matrix_model::connection::StdinKind;
use matrix_model::matrix::Column;

/// The variable that names the folder in which a program was started. Go's wasip1 has no other way to know it.
const PWD: &str = "PWD";

/// The variable that names the folder for temporary files.
const TMPDIR: &str = "TMPDIR";

/// The variable that names the runtime to Go's own tests.
pub const GOWASIRUNTIME: &str = "GOWASIRUNTIME";

/// The value of that variable that is no runtime's. Go's own tests take an empty one for a runtime's.
pub const UNKNOWN: &str = "unknown";

/// What a Go test gets from the machine.
#[derive(Debug, Clone)]
pub struct HostWorld {
    /// The folder in which it is started, as `PWD` names it.
    cwd: PathBuf,
    /// The folder for temporary files.
    temp: PathBuf,
    /// The user's variables, without those that follow from the other fields.
    env: Vec<(String, String)>,
    /// The folders that it sees.
    dirs: Vec<MappedDir>,
    /// Whether it is told the runtime's name, and not [`UNKNOWN`].
    names_runtime: bool,
}

impl HostWorld {
    /// The world of this process.
    ///
    /// # Errors
    /// As [`HostWorld::of`]; also if the current folder is gone.
    pub fn here() -> Result<HostWorld> {
        let cwd = env::current_dir().context("the current folder")?;
        // The user's own name for it may lead through links.
        let named = env::var_os(PWD).map(PathBuf::from).filter(|named| is_name_of(named, &cwd));
        HostWorld::of(&named.unwrap_or(cwd), &env::temp_dir(), env::vars_os())
    }

    /// The world of somebody who is in the folder `cwd`, and has these variables. `temp` is where temporary files go. A
    /// variable that is not UTF-8 is left out, because not every runtime can be given one.
    ///
    /// # Errors
    /// If one of the folders is not there, or its path is not UTF-8.
    pub fn of(cwd: &Path, temp: &Path, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Result<HostWorld> {
        ensure!(cwd.is_absolute() && cwd.is_dir(), "{}: not the absolute path of a folder", cwd.display());
        let set_here = [PWD, TMPDIR, GOWASIRUNTIME];
        let utf8 = variables
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let world = HostWorld {
            cwd: cwd.to_owned(),
            temp: PathBuf::new(),
            env: utf8.filter(|(name, _)| !set_here.contains(&name.as_str())).collect(),
            dirs: vec![MappedDir { host: PathBuf::from("/"), guest: "/".to_owned(), read_only: false }],
            names_runtime: true,
        };
        world.with_temp(temp)
    }

    /// The same world with another folder for temporary files. Programs that run beside each other need one each, if they
    /// are not to see each other's files. A path that is not absolute starts at the folder in which programs are started.
    ///
    /// # Errors
    /// If the folder is not there, or its path is not UTF-8.
    pub fn with_temp(self, temp: &Path) -> Result<HostWorld> {
        let temp = self.cwd.join(temp);
        ensure!(temp.is_dir(), "{TMPDIR}: {} is no folder; make it, or set {TMPDIR} to one", temp.display());
        Ok(HostWorld { temp, ..self })
    }

    /// The same world with a runtime that Go's own tests do not know. They then skip nothing because of the runtime.
    #[must_use]
    pub fn under_unknown_runtime(self) -> HostWorld {
        HostWorld { names_runtime: false, ..self }
    }

    /// The folder in which programs are started.
    pub fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// The folder for temporary files.
    pub fn temp(&self) -> &Path {
        &self.temp
    }

    /// The folders that a program sees.
    pub fn dirs(&self) -> &[MappedDir] {
        &self.dirs
    }

    /// Prepares a run of a program in a column. `name` is the name of the run. Two runs of one name in one column wait for
    /// each other. The program's stdin is at its end. The deadline is multiplied by the runtime's `deadline-factor`.
    ///
    /// In the column `native`, the program is run as it is: nothing confines it.
    ///
    /// # Errors
    /// If a path is not UTF-8.
    pub fn prepare(&self, name: &str, args: &[String], deadline: Duration, column: &Column) -> Result<Prepared> {
        let runtime = column.runtime;
        let name_of_runtime = if self.names_runtime { &*runtime.gowasiruntime } else { UNKNOWN };
        self.prepare_for(name, args, deadline, (!runtime.is_reference()).then_some(name_of_runtime))
    }

    fn prepare_for(&self, name: &str, args: &[String], deadline: Duration, runtime: Option<&str>) -> Result<Prepared> {
        let mut env = self.env.clone();
        env.push((PWD.to_owned(), text(&self.cwd)?));
        env.push((TMPDIR.to_owned(), text(&self.temp)?));
        env.extend(runtime.map(|runtime| (GOWASIRUNTIME.to_owned(), runtime.to_owned())));
        let input =
            ModuleInput { args: args.to_vec(), env, dirs: self.dirs.clone(), stdin: None, deadline: Some(deadline) };
        let mut prepared = input.prepare("go", Path::new(&plain(name)), Dirs::Own)?;
        prepared.case.stdin_kind = StdinKind::Null;
        prepared.on_host = Some(OnHost::in_folder(&self.cwd));
        Ok(prepared)
    }
}

/// Whether a path names a folder, and is written without detours.
fn is_name_of(named: &Path, folder: &Path) -> bool {
    let is_plain = named.is_absolute() && !named.components().any(|part| part == Component::ParentDir);
    is_plain && fs::canonicalize(named).is_ok_and(|found| fs::canonicalize(folder).is_ok_and(|folder| folder == found))
}

/// A name that can be that of a folder in which nothing else is: an import path has slashes and dots.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

fn text(path: &Path) -> Result<String> {
    let text =
        path.to_str().with_context(|| format!("{}: not UTF-8; no runtime could be told of it", path.display()))?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use tempfile::TempDir;

    use super::*;

    fn world(folder: &Path, variables: &[(&str, &str)]) -> HostWorld {
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
        fs::create_dir(folder.join("tmp")).expect("a folder");
        HostWorld::of(folder, Path::new("tmp"), variables).expect("a world")
    }

    fn variables(prepared: &Prepared) -> Vec<(&str, &str)> {
        prepared.case.env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    #[test]
    fn a_program_gets_the_users_world() {
        let folder = TempDir::new().expect("a folder");
        let world = world(
            folder.path(),
            &[("HOME", "/home/me"), ("PWD", "/old"), ("TMPDIR", "/old"), ("GOWASIRUNTIME", "wazero@1.9.0,node")],
        );
        let here = folder.path().to_str().expect("UTF-8");
        let deadline = Duration::from_secs(7);
        let args = ["-test.v".to_owned()];
        let prepared = world.prepare_for("example.org/p.test", &args, deadline, Some("wazero"));
        let prepared = prepared.expect("a run");
        let temp = format!("{here}/tmp");
        let expected = [("HOME", "/home/me"), ("PWD", here), ("TMPDIR", &temp), ("GOWASIRUNTIME", "wazero")];
        assert_eq!(variables(&prepared), expected);
        let Prepared { case, own_dirs, on_host, .. } = &prepared;
        assert_eq!((case.id.as_str(), &case.args[..], case.deadline), ("go/example_org_p_test", &args[..], deadline));
        assert_eq!((&*case.dirs[0].guest, &*case.dirs[0].fixture, own_dirs), ("/", "/", &true));
        assert_eq!(case.stdin_kind, StdinKind::Null);
        assert_eq!(on_host.as_ref().map(|host| &*host.cwd), Some(folder.path()));
        let native = world.prepare_for("p", &[], deadline, None).expect("a run");
        assert_eq!(variables(&native), [("HOME", "/home/me"), ("PWD", here), ("TMPDIR", &temp)]);
    }

    #[test]
    fn what_no_runtime_can_be_given_is_left_out_or_refused() {
        let folder = TempDir::new().expect("a folder");
        let odd = || OsString::from_vec(vec![b'a', 0xff]);
        let world = HostWorld::of(folder.path(), folder.path(), [("A".into(), odd()), ("B".into(), "b".into())]);
        let prepared = world.expect("a world").prepare_for("p", &[], Duration::ZERO, None).expect("a run");
        assert_eq!(variables(&prepared)[0], ("B", "b"));
        let named = folder.path().join(odd());
        fs::create_dir(&named).expect("a folder");
        let refused =
            HostWorld::of(&named, folder.path(), []).expect("a world").prepare_for("p", &[], Duration::ZERO, None);
        assert!(refused.expect_err("no such PWD").to_string().contains("not UTF-8"));
        let missing = HostWorld::of(folder.path(), Path::new("missing"), []).expect_err("no such folder");
        assert!(missing.to_string().starts_with("TMPDIR: "), "{missing}");
    }

    #[test]
    fn pwd_names_the_folder_or_does_not_count() {
        let folder = TempDir::new().expect("a folder");
        fs::create_dir(folder.path().join("real")).expect("a folder");
        std::os::unix::fs::symlink("real", folder.path().join("link")).expect("a link");
        let real = folder.path().join("real");
        let counts = |named: &str| is_name_of(&folder.path().join(named), &real);
        assert!(counts("real") && counts("link"));
        assert!(!counts("real/../real") && !counts(".") && !counts("missing"));
        assert!(!is_name_of(Path::new("real"), &real));
    }
}
