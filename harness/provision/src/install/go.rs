//! Go packages, compiled by the Go that builds the guests.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use fs_err as fs;

use super::locked::following;
use super::{Brought, Job};
use crate::lock_files;
use crate::toolchain::{self, Go, LONG, SHORT};

impl Job<'_> {
    pub fn go(&self, package: &str) -> Result<Brought> {
        let go = Go::find(self.places, self.notify)?;
        let module = self.scratch.join("module");
        fs::create_dir_all(&module)?;
        let locked = self.locked_module(&module)?;
        if locked.is_none() {
            self.require(&go, package, &module)?;
        }
        (self.progress)(&format!("go install {package}@v{}", self.version));
        let installed = self.go_command(&go, &["install", package], &module, LONG);
        following(locked.as_deref(), installed)?;
        for name in lock_files::GO {
            self.keep_lock(name, &fs::read(module.join(name))?)?;
        }
        // The executable records the module that it was built from, with Go's own digest of the module.
        let exe = self.exe().display().to_string();
        let output = self.go_command(&go, &["version", "-m", &exe], &module, SHORT)?;
        let module = output.lines().find_map(|line| {
            let mut words = line.split_whitespace().skip_while(|word| *word != "mod").skip(1);
            Some(format!("{}@{} {}", words.next()?, words.next()?, words.next()?))
        });
        let module = module.ok_or_else(|| anyhow!("`go version -m` names no module: {output}"))?;
        Ok(Brought { fetched: vec![module], ..Brought::default() })
    }

    /// Makes the folder the module that the lock files describe. Returns the folder of the lock files; `None` if there
    /// are none.
    fn locked_module(&self, module: &Path) -> Result<Option<PathBuf>> {
        let files = lock_files::GO.map(|name| self.lock_file(name));
        let [Some(go_mod), Some(go_sum)] = files else { return Ok(None) };
        for (name, file) in lock_files::GO.iter().zip([&go_mod, &go_sum]) {
            fs::copy(file, module.join(name))?;
        }
        Ok(go_mod.parent().map(Path::to_owned))
    }

    /// Makes the folder a module that requires the package at this version. Its language version is that of the
    /// package's own module, so that the executable is the same as that of `go install package@version`.
    fn require(&self, go: &Go, package: &str, module: &Path) -> Result<()> {
        fs::write(module.join("go.mod"), "module runtime\n")?;
        self.go_command(go, &["get", &format!("{package}@v{}", self.version)], module, LONG)?;
        let language = self.go_command(go, &["list", "-f", "{{.Module.GoVersion}}", package], module, SHORT)?;
        let language = format!("-go={}", language.trim());
        self.go_command(go, &["mod", "edit", &language, "-toolchain=none"], module, SHORT)?;
        Ok(())
    }

    /// Runs a command of Go in a module. Returns what it printed.
    fn go_command(&self, go: &Go, words: &[&str], module: &Path, deadline: Duration) -> Result<String> {
        let argv: Vec<OsString> =
            [go.exe.clone().into_os_string()].into_iter().chain(words.iter().map(OsString::from)).collect();
        let variables = [
            ("GOBIN", self.prefix.join("bin").into_os_string()),
            // Keeps this machine's paths out of the executable.
            ("GOFLAGS", "-trimpath".into()),
            ("GOTOOLCHAIN", "local".into()),
            ("GOWORK", "off".into()),
            // These may be set for building guests.
            ("GOOS", "".into()),
            ("GOARCH", "".into()),
        ];
        let ended = toolchain::command(&argv, &variables, module, deadline)?;
        String::from_utf8(ended.stdout).with_context(|| format!("`go {}`", words.join(" ")))
    }
}
