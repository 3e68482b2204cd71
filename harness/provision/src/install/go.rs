//! Go packages, compiled by the Go that builds the guests.

use anyhow::{Context, Result, anyhow};

use super::{Brought, Job};
use crate::toolchain::{Go, LONG, SHORT};

impl Job<'_> {
    pub fn go(&self, package: &str) -> Result<Brought> {
        let go = Go::find(self.places, self.notify)?;
        let bin = self.prefix.join("bin");
        let argv = [go.exe.clone().into(), "install".into(), format!("{package}@v{}", self.version).into()];
        let variables = [
            ("GOBIN", bin.into_os_string()),
            // Keeps this machine's paths out of the executable.
            ("GOFLAGS", "-trimpath".into()),
            ("GOTOOLCHAIN", "local".into()),
            // These may be set for building guests.
            ("GOOS", "".into()),
            ("GOARCH", "".into()),
        ];
        (self.progress)(&format!("go install {package}@v{}", self.version));
        self.command(&argv, &variables, LONG)?;
        // The executable records the module that it was built from, with Go's own digest of the module.
        let argv = [go.exe.into(), "version".into(), "-m".into(), self.exe().into()];
        let ended = self.command(&argv, &[("GOTOOLCHAIN", "local".into())], SHORT)?;
        let output = String::from_utf8(ended.stdout).context("`go version -m`")?;
        let module = output.lines().find_map(|line| {
            let mut words = line.split_whitespace().skip_while(|word| *word != "mod").skip(1);
            Some(format!("{}@{} {}", words.next()?, words.next()?, words.next()?))
        });
        let module = module.ok_or_else(|| anyhow!("`go version -m` names no module: {output}"))?;
        Ok(Brought { fetched: vec![module], ..Brought::default() })
    }
}
