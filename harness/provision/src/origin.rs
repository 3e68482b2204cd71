//! Where results come from: the machine, and the commit that was checked out.

use std::env;
use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::toolchain;

/// How long git may take.
const DEADLINE: Duration = Duration::from_secs(20);

/// Operating system and architecture, as Rust names them: `linux/x86_64`.
pub fn platform() -> String {
    format!("{}/{}", env::consts::OS, env::consts::ARCH)
}

/// The machine in words: kernel, processors, memory. What cannot be read is left out; none where nothing can.
pub fn machine() -> Option<String> {
    let read = |path: &str| fs::read_to_string(path).ok();
    let field = |text: Option<String>, name: &str| -> Option<String> {
        let line = text?.lines().find(|line| line.starts_with(name))?.to_owned();
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let kernel = read("/proc/sys/kernel/osrelease").map(|release| format!("Linux {}", release.trim()));
    let processors = std::thread::available_parallelism().ok().map(|count| {
        let name = field(read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "processors".to_owned());
        format!("{count} × {name}")
    });
    let memory = field(read("/proc/meminfo"), "MemTotal").and_then(|memory| {
        let kibibytes: u64 = memory.split(' ').next()?.parse().ok()?;
        Some(format!("{} GiB", (kibibytes + (1 << 19)) >> 20))
    });
    let parts: Vec<_> = [kernel, processors, memory].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The commit that is checked out at the project's root, and whether files differ from it; none where git or its
/// folder is not there.
pub fn commit(root: &Path) -> Option<String> {
    let git = toolchain::on_path("git")?.into_os_string();
    let ask = |words: &[&str]| -> Option<String> {
        let argv: Vec<_> = std::iter::once(git.clone()).chain(words.iter().map(Into::into)).collect();
        let ended = toolchain::command(&argv, &[], root, DEADLINE).ok()?;
        Some(String::from_utf8(ended.stdout).ok()?.trim().to_owned())
    };
    // A checkout without a folder of its own may stand in somebody else's.
    if Path::new(&ask(&["rev-parse", "--show-toplevel"])?).canonicalize().ok()? != root.canonicalize().ok()? {
        return None;
    }
    let commit = ask(&["rev-parse", "HEAD"])?;
    let changed = ask(&["status", "--porcelain"])?;
    Some(if changed.is_empty() { commit } else { format!("{commit}, with changes") })
}
