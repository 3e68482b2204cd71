//! Where results come from: the machine, and the checked-out commit.

use std::env;
use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::toolchain;

/// The deadline of a git command.
const DEADLINE: Duration = Duration::from_secs(20);

/// Operating system and architecture, as Rust names them: `linux/x86_64`.
pub fn platform() -> String {
    format!("{}/{}", env::consts::OS, env::consts::ARCH)
}

/// A description of the machine: kernel, processors, memory. Unreadable parts are left out; `None` if all are.
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

/// The commit checked out at the project's root, and whether files differ from it. `None` if there is no git, or the
/// root is not a git checkout.
pub fn commit(root: &Path) -> Option<String> {
    let git = toolchain::on_path("git")?.into_os_string();
    let ask = |words: &[&str]| -> Option<String> {
        let argv: Vec<_> = std::iter::once(git.clone()).chain(words.iter().map(Into::into)).collect();
        let ended = toolchain::command(&argv, &[], root, DEADLINE).ok()?;
        Some(String::from_utf8(ended.stdout).ok()?.trim().to_owned())
    };
    // A root without its own git folder may lie inside another repository.
    if Path::new(&ask(&["rev-parse", "--show-toplevel"])?).canonicalize().ok()? != root.canonicalize().ok()? {
        return None;
    }
    let commit = ask(&["rev-parse", "HEAD"])?;
    let changed = ask(&["status", "--porcelain"])?;
    Some(if changed.is_empty() { commit } else { format!("{commit}, with changes") })
}
