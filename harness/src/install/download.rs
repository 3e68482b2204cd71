//! Downloads: kept only if they are what was asked for.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

use super::archive::Archive;
use super::{Brought, Job};
use crate::digest::hex;
use crate::toolchain::LONG;

/// How long a server may take to be reached, and to begin to answer.
const ANSWER: Duration = Duration::from_secs(60);

/// How many bytes go by before the progress is told again.
const STRIDE: u64 = 1 << 20;

impl Job<'_> {
    pub fn url(&self, url: &str, sha256: Option<&String>) -> Result<Brought> {
        let Some(sha256) = sha256 else {
            let (id, version) = (&self.runtime.id, self.version);
            bail!("no sha256 for {version}: add it to `sha256` in runtimes/{id}/runtime.toml, nothing is kept without");
        };
        if !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) {
            bail!("neither http nor https");
        }
        let name = url.split(['?', '#']).next().unwrap_or(url).rsplit('/').next().unwrap_or_default();
        let file = self.scratch.join("download");
        let found = self.download(url, &file)?;
        if !found.eq_ignore_ascii_case(sha256) {
            bail!("refused, nothing stored: its sha256 is {found}, runtime.toml says {sha256}");
        }
        match Archive::of(name) {
            Some(archive) => {
                (self.progress)("unpacking");
                archive.unpack(&file, &self.prefix)?;
            }
            None => {
                let exe = self.exe();
                if let Some(folder) = exe.parent() {
                    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
                }
                fs::rename(&file, &exe).with_context(|| exe.display().to_string())?;
                fs::set_permissions(&exe, fs::Permissions::from_mode(0o755))?;
            }
        }
        Ok(Brought { fetched: vec![format!("{name} sha256:{found}")], ..Brought::default() })
    }

    /// Writes what is behind a URL to a file; gives its sha256.
    fn download(&self, url: &str, file: &Path) -> Result<String> {
        (self.progress)("connecting");
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let agent: Agent = Agent::config_builder()
            .tls_config(tls)
            .timeout_connect(Some(ANSWER))
            .timeout_recv_response(Some(ANSWER))
            .timeout_global(Some(LONG))
            .build()
            .into();
        let mut response = agent.get(url).header("accept-encoding", "identity").call()?;
        let size = response.body().content_length();
        let mut body = response.body_mut().as_reader();
        let mut out = File::create(file).with_context(|| file.display().to_string())?;
        let (mut hasher, mut bytes, mut told) = (Sha256::new(), 0, 0);
        let mut buffer = vec![0; 1 << 16];
        let of_all = size.map_or_else(String::new, |size| format!(" of {} kB", size / 1000));
        loop {
            let count = match body.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) => return Err(error).context(format!("cut off after {bytes} bytes")),
            };
            hasher.update(&buffer[..count]);
            out.write_all(&buffer[..count]).with_context(|| file.display().to_string())?;
            bytes += count as u64;
            if bytes >= told + STRIDE {
                told = bytes;
                (self.progress)(&format!("downloading: {} kB{of_all}", bytes / 1000));
            }
        }
        if let Some(size) = size.filter(|size| *size != bytes) {
            bail!("cut off after {bytes} of {size} bytes");
        }
        Ok(hex(hasher))
    }
}
