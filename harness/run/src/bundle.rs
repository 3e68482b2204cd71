//! Packs a cell into a folder that runs without this project: the guest, its files, and a shell script. The machine
//! only needs the runtime.

mod archive;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use fs_err as fs;
use walkdir::WalkDir;

use crate::plan::{Plan, PlanOptions};
use crate::planning::{self, Folders};
use crate::sandbox::Sandbox;
use matrix_model::case::Case;
use matrix_model::difference::Difference;
use matrix_model::matrix::{Cell, Column};
use matrix_model::outcome::Exit;
use matrix_model::record::Record;
use matrix_model::shell;
use matrix_provision::compile_ahead::runs_prepared;
use matrix_provision::provisioner::Provisioner;
use matrix_store::dirs::Places;
use matrix_supervise::{Beside, Feed, MARKER, Outputs, Stdin};

pub use archive::archive;

/// Placeholder for the bundle's own folder, for text in which its script cannot name the folder itself.
const HERE: &str = "@@HERE@@";

/// Placeholder for the folder of one run.
const RUN: &str = "@@RUN@@";

/// Placeholder for the runtime's executable.
const RUNTIME: &str = "@@RUNTIME@@";

/// How long a write end stays open if the case never closes it, in seconds.
const OPEN: u32 = 20;

/// Packs a cell into `folder`, which must be missing or empty. `record` holds what was observed when the cell was run.
///
/// # Errors
/// If the cell needs something besides the runtime that cannot be packed; the error names it. Also if the folder is not
/// empty.
pub fn pack(provisioner: &Provisioner, cell: &Cell, record: &Record, folder: &Path) -> Result<()> {
    let column = &provisioner.columns()[cell.column];
    if runs_prepared(&column.mode.adapter) {
        bail!(
            "{}: this mode runs what the runtime compiled beforehand, for this machine; pack another mode's cell",
            record.cell
        );
    }
    if folder.exists() && fs::read_dir(folder)?.next().is_some() {
        bail!("{}: there is something in it; name a new folder", folder.display());
    }
    // Packed beside its place, so that no command leaves half a bundle there.
    let folder = std::path::absolute(folder).with_context(|| folder.display().to_string())?;
    let parent = folder.parent().with_context(|| folder.display().to_string())?;
    fs::create_dir_all(parent)?;
    let staging = tempfile::tempdir_in(parent).with_context(|| parent.display().to_string())?;
    let packed = staging.path().canonicalize()?.join("packed");
    fs::create_dir(&packed)?;
    fill(provisioner, cell, record, &packed)?;
    if folder.exists() {
        fs::remove_dir(&folder)?;
    }
    Ok(fs::rename(&packed, &folder)?)
}

/// Packs a cell into an empty folder.
fn fill(provisioner: &Provisioner, cell: &Cell, record: &Record, folder: &Path) -> Result<()> {
    let places = provisioner.places();
    let files = folder.join("files");
    let guest = provisioner.guests(cell.column)?.named(&cell.case.guest)?;
    let provisioned = provisioner.provision_guest(cell.column, guest)?;
    let folders = Folders { sandbox: &files, fixtures: &provisioner.suite().fixtures };
    let column = &provisioner.columns()[cell.column];
    let options = PlanOptions::default();
    let plan = planning::plan(provisioner.compiled(), column, cell.case, provisioned, folders, options)?;
    let was_compiled = !matches!(record.outcome.as_ref().map(|outcome| &outcome.exit), Some(Exit::NotCompiled { .. }));
    if was_compiled != plan.not_run().is_none() {
        bail!(
            "{}: its guest compiles where its record says otherwise, or the reverse; run the cell again",
            record.cell
        );
    }
    drop(Sandbox::create(&plan)?);
    fs::remove_file(files.with_extension("lock"))?;

    let module = guest.module.file_name().ok_or_else(|| anyhow!("{}: no file", guest.module.display()))?;
    fs::copy(&guest.module, folder.join(module))?;
    let exe = &provisioned.ready.installed.exe;
    if places.is_built(exe) {
        bail!(
            "{}: it runs in a program that this project builds, {}; pack the cell of a runtime's own command",
            record.cell,
            exe.display()
        );
    }
    let names = Names {
        pairs: vec![
            (text(&files), RUN.to_owned()),
            (text(&guest.module), format!("{HERE}/{}", module.to_string_lossy())),
            (text(exe), RUNTIME.to_owned()),
            (text(&places.store.join("cache")), format!("{HERE}/cache")),
            (text(&column.runtime.folder), format!("{HERE}/driver")),
        ],
        places,
    };
    let argv = plan.argv.iter().map(|word| names.of(word)).collect::<Result<Vec<_>>>()?;
    if argv.iter().any(|word| word.contains(&format!("{HERE}/driver"))) {
        copy_driver(&column.runtime.folder, &folder.join("driver"))?;
    }
    if let Some((path, request)) = &plan.request {
        let json = names.of(&serde_json::to_string_pretty(request)?)?;
        fs::write(path, json)?;
    }
    let links = take_links(&files)?;
    let script = Script { record, plan: &plan, names: &names, argv: &argv, links: &links, exe };
    fs::write(folder.join("run.sh"), script.text(folder)?)?;
    fs::write(folder.join("README.txt"), readme(cell.case, record, exe))?;
    if let Some(bytes) = record.outcome.as_ref().and_then(|outcome| outcome.stdout.whole()) {
        fs::write(folder.join("recorded-stdout"), bytes)?;
    }
    Ok(())
}

/// Paths of this machine and their placeholders.
struct Names<'p> {
    pairs: Vec<(String, String)>,
    places: &'p Places,
}

impl Names<'_> {
    /// # Errors
    /// If a path remains that another machine does not have.
    fn of(&self, words: &str) -> Result<String> {
        let named = self.pairs.iter().fold(words.to_owned(), |words, (path, name)| words.replace(path, name));
        for place in [&self.places.root, &self.places.state, &self.places.store] {
            if let Some(at) = named.find(&text(place)) {
                let rest: String = named[at..].chars().take(200).collect();
                bail!("it needs {rest}, which is not the runtime's executable; such a cell cannot be packed");
            }
        }
        Ok(named)
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Copies the files that drive a runtime: all files of its folder except the project's own `.toml` and `.md` files.
fn copy_driver(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let is_words = path.extension().is_some_and(|extension| extension == "toml" || extension == "md");
        if path.is_file() && !is_words {
            let name = path.file_name().unwrap_or_default();
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

/// Removes the links whose target is an absolute path in the folder, and returns each with its target relative to the
/// folder. The script makes them again.
fn take_links(folder: &Path) -> Result<Vec<(PathBuf, PathBuf)>> {
    let mut links = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry?;
        if !entry.path_is_symlink() {
            continue;
        }
        let path = entry.path();
        let target = fs::read_link(path)?;
        if let Ok(rest) = target.strip_prefix(folder) {
            links.push((path.strip_prefix(folder)?.to_owned(), rest.to_owned()));
            fs::remove_file(path)?;
        }
    }
    Ok(links)
}

fn readme(case: &Case, record: &Record, exe: &Path) -> String {
    let name = exe.file_name().unwrap_or_default().to_string_lossy();
    let mut words = format!("{}\n\n{}\n", record.cell, case.why);
    if !case.doc.is_empty() {
        words += &format!("Source: {}\n", case.doc);
    }
    if let Some(receipt) = &record.receipt {
        let digests = record.runtime_digests();
        let digests: Vec<_> = digests.iter().map(|(name, digest)| format!("{name} {digest}")).collect();
        words += &format!(
            "\nRuntime: {} ({})\nGuest: built by {} (sha256 {})\nPlatform: {}\n",
            receipt.reported_version,
            digests.join(", "),
            receipt.built_by(),
            receipt.guest_sha256,
            receipt.platform
        );
    }
    for difference in &record.differences {
        let Difference { of, expected, observed, .. } = difference;
        words += &format!("\n{of}:\n  expected {expected}\n  observed {observed}\n");
    }
    words += &format!(
        "\nRUNTIME=/path/to/{name} sh run.sh\n\nruns it, in a fresh copy of files/, and ends with 0 if what is seen is what was \
         recorded, and with 1 if it is not.\n"
    );
    words
}

struct Script<'a> {
    record: &'a Record,
    plan: &'a Plan,
    names: &'a Names<'a>,
    argv: &'a [String],
    links: &'a [(PathBuf, PathBuf)],
    exe: &'a Path,
}

impl Script<'_> {
    fn text(&self, folder: &Path) -> Result<String> {
        let name = self.exe.file_name().unwrap_or_default().to_string_lossy();
        let mut lines = vec![
            "#!/bin/sh".to_owned(),
            format!("# {}", self.record.cell.escape_debug()),
            format!("# RUNTIME=/path/to/{name} sh run.sh"),
            "here=$(cd \"$(dirname \"$0\")\" && pwd) || exit 2".to_owned(),
            // Runtimes' options end a path at a colon or a comma, and the request below is JSON that sed writes.
            r#"case $here in *[\"\\:,\|\&]*) echo "$here: move this to a folder without a quote, backslash, colon, comma, bar or ampersand in its path" >&2; exit 2;; esac"#.to_owned(),
            "run=$here/run".to_owned(),
            format!("runtime=$(command -v \"${{RUNTIME:-{name}}}\") || {{ echo \"no {name} on PATH; set RUNTIME to where it is\" >&2; exit 2; }}"),
            "rm -rf \"$run\" && cp -R \"$here/files\" \"$run\" && mkdir -p \"$run/work\" || exit 2".to_owned(),
        ];
        for argument in self.argv.iter().filter(|argument| argument.starts_with(&format!("{HERE}/cache"))) {
            lines.push(format!("mkdir -p {} || exit 2", word(argument)));
        }
        for (link, target) in self.links {
            let [link, target] = [link, target].map(|path| word(&format!("{RUN}/{}", text(path))));
            lines.push(format!("ln -s {target} {link} || exit 2"));
        }
        if self.plan.request.is_some() {
            lines.push("mkdir -p \"$here/cache\" && sed \"s|@@HERE@@|$here|g; s|@@RUN@@|$run|g\" \"$here/files/request.json\" > \"$run/request.json\" || exit 2".to_owned());
        }
        if self.plan.outputs != Outputs::default() || self.plan.beside != Beside::default() {
            bail!("{}: its outputs are no plain pipes, or others use its descriptors too", self.record.cell);
        }
        lines.push("cd \"$run/work\" || exit 2".to_owned());
        let environment = self.plan.environment.iter().filter(|(name, _)| name != MARKER);
        let mut command = format!("timeout {} env -i", self.plan.deadline.as_secs().max(1));
        for (name, value) in environment {
            command.push_str(&format!(" {}", word(&self.names.of(&format!("{name}={value}"))?)));
        }
        for argument in self.argv {
            command.push_str(&format!(" {}", word(argument)));
        }
        command.push_str(" >\"$run/stdout\" 2>\"$run/stderr\"");
        lines.push(match &self.plan.stdin {
            Stdin::Null => format!("{command} </dev/null"),
            Stdin::Closed => format!("{command} <&-"),
            Stdin::File(_) => format!("{command} <\"$run/stdin\""),
            Stdin::Inherited => command,
            Stdin::Socket(_) => bail!("{}: its stdin is a socket, which no shell makes", self.record.cell),
            Stdin::Terminal(_) => bail!("{}: its stdin is a terminal, which no shell makes", self.record.cell),
            Stdin::Pipe(feeds) => format!("{{ {}; }} | {command}", self.feeds(feeds, folder)?),
        });
        lines.push("code=$?".to_owned());
        lines.push(
            "echo \"ended with $code; stdout:\"; cat \"$run/stdout\"; echo \"stderr:\"; cat \"$run/stderr\"".to_owned(),
        );
        if self.plan.report().is_some() {
            lines.push("echo \"report:\"; cat \"$run/report.json\"; echo".to_owned());
        }
        lines.push(
            "test -e \"$here/recorded-stdout\" || { echo \"what was recorded is too long to be in here\"; exit 0; }"
                .to_owned(),
        );
        let status = self.status().map(|status| format!("test \"$code\" = {status}"));
        // A compiler's output is no guest's.
        let is_guest = self.plan.not_run().is_none();
        let stdout = is_guest.then(|| "cmp -s \"$run/stdout\" \"$here/recorded-stdout\"".to_owned());
        let failed = (!is_guest && status.is_none()).then(|| "test \"$code\" != 0".to_owned());
        let as_recorded = [stdout, status, failed].into_iter().flatten().collect::<Vec<_>>().join(" && ");
        lines.push(format!(
            "if {as_recorded}; then echo \"as recorded\"; else echo \"otherwise than recorded\"; exit 1; fi"
        ));
        Ok(lines.join("\n") + "\n")
    }

    /// The exit code that the shell sees; `None` if the record does not determine it.
    fn status(&self) -> Option<i32> {
        if let Some(why) = self.plan.not_run() {
            return why.shell_code();
        }
        // A host exits with 0 whatever its guest did.
        let is_command = self.plan.report().is_none();
        match &self.record.outcome.as_ref()?.exit {
            Exit::Timeout => Some(124),
            Exit::Code { code, .. } if is_command => Some(code & 0xff),
            Exit::Signal { signal } => Some(128 + signal),
            _ => None,
        }
    }

    fn feeds(&self, feeds: &[Feed], folder: &Path) -> Result<String> {
        let mut steps = Vec::new();
        for (index, feed) in feeds.iter().enumerate() {
            match feed {
                Feed::Write(bytes) if bytes.is_empty() => {}
                Feed::Write(bytes) => {
                    let name = format!("stdin-{index}");
                    fs::write(folder.join(&name), bytes)?;
                    steps.push(format!("cat \"$here/{name}\""));
                }
                Feed::Wait(duration) => steps.push(format!("sleep {}", duration.as_secs_f64())),
                // A shell cannot wait for what the other end of a pipe writes, so it sleeps.
                Feed::Read(_) => steps.push("sleep 2".to_owned()),
                Feed::Close => break,
            }
        }
        if !matches!(feeds.last(), Some(Feed::Close)) {
            steps.push(format!("sleep {OPEN}"));
        }
        Ok(if steps.is_empty() { ":".to_owned() } else { steps.join("; ") })
    }
}

/// Quotes a word for the script. Placeholders become variables of the shell.
fn word(text: &str) -> String {
    shell::word_with(text, &[(HERE, "here"), (RUN, "run"), (RUNTIME, "runtime")])
}

/// Whether a cell may be packed. It may not if a security divergence is recorded for it, because that is not public
/// yet.
pub fn is_open(column: &Column, case: &Case) -> bool {
    matrix_model::judge::spoken_of(column, &case.id).iter().all(|divergence| !divergence.security)
}
