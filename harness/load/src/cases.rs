//! `cases/**/*.toml`.

mod connection;
mod inputs;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use host_contract::request::Clock;
use rayon::prelude::*;
use serde_spanned::Spanned;

use super::control::{Defaults, Reference};
use super::expectations::overlay;
use super::exports;
use super::fixtures;
use super::got_out;
use super::guests::Guests;
use super::is_name;
use super::placements;
use super::probes::Probes;
use super::source::{Diagnostic, Source};
use super::who_promises::DefaultSource;
use crate::wire::{self, CaseEntry, CaseFile};
use matrix_model::case::{Build, Case, Step, Tier, below};
use matrix_model::expectation::{Expectation, ExpectedExit};
use matrix_model::nearest::did_you_mean;
use matrix_model::runtime::Runtime;
use matrix_model::suite::Suite;
use matrix_model::surrounding::Surrounding;

/// The deadline of a case that states none.
pub(crate) const DEADLINE: Duration = Duration::from_secs(10);

pub(crate) struct Loaded {
    pub cases: Vec<Case>,
    pub imports: BTreeMap<String, BTreeSet<String>>,
    pub abouts: BTreeMap<String, String>,
    pub builds: BTreeMap<String, Build>,
}

impl Loaded {
    /// The problem that there is no case, if nothing else is wrong.
    pub fn none(&self, guests: &Guests, problems: &[Diagnostic]) -> Option<Diagnostic> {
        let message = || Diagnostic::plain(format!("cases: no case in any file; {}", guests.how_to_write_a_case()));
        (problems.is_empty() && self.cases.is_empty()).then(message)
    }

    /// The suite of these cases, which are named from this folder.
    pub fn suite(
        self,
        root: &Path,
        fixtures: fixtures::Loaded,
        (runtimes, surroundings): (Vec<Runtime>, Vec<Surrounding>),
        guests: &Guests,
    ) -> Suite {
        let guest_sources = guests.sources(&self.cases);
        let Loaded { cases, imports, abouts, builds } = self;
        let (root, fixtures) = (root.to_owned(), fixtures.fixtures);
        Suite { root, cases, fixtures, runtimes, surroundings, imports, abouts, builds, guest_sources }
    }
}

/// Reads the cases under a folder, which may name these guests and fixtures.
pub fn load(root: &Path, guests: &Guests, fixtures: &fixtures::Loaded, problems: &mut Vec<Diagnostic>) -> Loaded {
    let folder = root.join("cases");
    let mut loaded =
        Loaded { cases: Vec::new(), imports: BTreeMap::new(), abouts: BTreeMap::new(), builds: BTreeMap::new() };
    let fixture_names = fixtures.names();
    let probes = Probes::of(guests, &root.join("go-guests"));
    let paths = toml_files(&folder, problems);
    let area = |path: &Path| path.strip_prefix(&folder).unwrap_or(path).with_extension("").display().to_string();
    let areas: BTreeSet<_> = paths.iter().map(|path| area(path)).collect();
    let mut sources = Vec::new();
    for path in &paths {
        match Source::read(path, root) {
            Ok(source) => sources.push((area(path), source)),
            Err(problem) => problems.push(problem),
        }
    }
    let files: Vec<_> = sources.par_iter().map(|(_, source)| source.parse::<CaseFile>()).collect();
    let mut references = Vec::new();
    for ((area, source), file) in sources.iter().zip(files) {
        let references = &mut references;
        match file {
            Ok(file) => Reader {
                source,
                area,
                areas: &areas,
                guests,
                probes: &probes,
                fixtures: &fixture_names,
                references,
                problems,
            }
            .read(file, &mut loaded),
            Err(problem) => problems.push(problem),
        }
    }
    placements::let_judges_follow(&mut loaded.cases);
    placements::sample_each_area(&mut loaded.cases);
    loaded.cases.sort_by(|a, b| a.id.cmp(&b.id));
    exports::check_builds(&loaded.cases, &loaded.builds, |guest| guests.is_built_by_go(guest), problems);
    if problems.is_empty() {
        problems.extend(references.iter().filter_map(|reference| reference.problem(&loaded.cases)));
    }
    if problems.is_empty() && !loaded.cases.is_empty() && !guests.are_own() {
        problems.extend(guests.unused(&loaded.cases));
        let used: BTreeSet<_> = loaded.cases.iter().flat_map(Case::fixtures).collect();
        problems.extend(fixture_names.iter().filter(|name| !used.contains(name)).map(|name| fixtures.unused(name)));
    }
    loaded
}

fn toml_files(folder: &Path, problems: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        match fs::read_dir(&folder) {
            Ok(entries) => {
                for entry in entries.filter_map(|entry| entry.ok()) {
                    let path = entry.path();
                    if path.is_dir() && entry.file_name() != "fixtures" {
                        folders.push(path);
                    } else if path.extension().is_some_and(|extension| extension == "toml") {
                        files.push(path);
                    }
                }
            }
            Err(error) => problems.push(Diagnostic::plain(format!("{}: {error}", folder.display()))),
        }
    }
    files.sort();
    files
}

struct Reader<'a, 's> {
    source: &'s Source,
    area: &'a str,
    areas: &'a BTreeSet<String>,
    guests: &'a Guests,
    probes: &'a Probes,
    fixtures: &'a BTreeSet<String>,
    /// Which cases judge the checks of others.
    references: &'a mut Vec<Reference<'s>>,
    problems: &'a mut Vec<Diagnostic>,
}

impl Reader<'_, '_> {
    fn read(&mut self, mut file: CaseFile, loaded: &mut Loaded) {
        let default_source = DefaultSource::of(&mut file, self.guests.are_own(), self.source, self.problems);
        file.guest = file.guest.map(|guest| self.guests.plain(guest));
        if let (Some(imports), Some(guest)) = (&file.imports, &file.guest) {
            let imports_set = imports.get_ref().iter().cloned().collect::<BTreeSet<_>>();
            let before = loaded.imports.insert(guest.get_ref().clone(), imports_set.clone());
            if before.is_some_and(|before| before != imports_set) {
                let help = "make both the same, or say it in one of the files only";
                self.problem(imports, "another file says otherwise of this guest's imports", "differs", Some(help));
            }
        }
        if let Some(about) = &file.about {
            let text = about.get_ref().trim();
            if text.is_empty() || text.contains(['\n', '|']) {
                let help = "say it in one sentence on one line, without `|`: it is a cell of a table";
                self.problem(about, "`about` says in one sentence what the area is about", "no sentence", Some(help));
            }
            loaded.abouts.insert(self.area.to_owned(), text.to_owned());
        }
        let mut names = BTreeMap::new();
        for entry in &file.case {
            if let Some(line) = names.insert(entry.name.get_ref().clone(), self.line(&entry.name)) {
                let message = format!("duplicate case `{}/{}`", self.area, entry.name.get_ref());
                let help = format!("the first one is on line {line}; give this one a name of its own");
                self.problem(&entry.name, &message, "second of this name", Some(&help));
            }
        }
        if let (Some(build), Some(guest)) = (&file.build, &file.guest) {
            let before = loaded.builds.insert(guest.get_ref().clone(), *build.get_ref());
            if before.is_some_and(|before| before != *build.get_ref()) {
                let help = "make both the same, or say it in one of the files only";
                self.problem(build, "another file says otherwise of how this guest is built", "differs", Some(help));
            }
        }
        let mut defaults = Defaults::of(&file);
        let mut written = Vec::new();
        for mut entry in file.case {
            entry.go = entry.go.or_else(|| file.go.clone());
            let own = entry.guest.take().map(|guest| self.guests.plain(guest));
            let guest = own.or_else(|| file.guest.clone());
            self.problems.extend(placements::only_at_root(&entry, &file.placements, self.source));
            let moves = entry.only_at_root.is_none();
            let case = self.case(entry, guest, &default_source, &mut defaults);
            written.extend(case.map(|case| (case, moves)));
        }
        self.problems.extend(defaults.unused(self.source));
        let moving: Vec<_> = written.iter().filter(|(_, moves)| *moves).map(|(case, _)| case).collect();
        let placed = placements::placed(&file.placements, &moving, self.source, self.problems);
        loaded.cases.extend(written.into_iter().map(|(case, _)| case));
        loaded.cases.extend(placed);
    }

    fn case(
        &mut self,
        entry: CaseEntry,
        guest: Option<Spanned<String>>,
        default_source: &DefaultSource,
        defaults: &mut Defaults,
    ) -> Option<Case> {
        let name = entry.name.get_ref();
        if !is_name(name) {
            let message = "a case's name is made of lower case letters, digits and `-`";
            self.problem(&entry.name, message, "this name", Some("write it like `replaces-existing-file`"));
        }
        // If this id is also a prefix of an area, a cell's folder would lie inside another cell's.
        let id = format!("{}/{name}", self.area);
        if let Some(area) = self.areas.iter().find(|area| Path::new(area).starts_with(&id)) {
            let message = format!("`{id}` is a case here, and `{area}` is an area of cases");
            self.problem(&entry.name, &message, "this name", Some("give the case another name, or the file"));
        }
        let Some(guest) = guest else {
            let message = "this case names no guest, and neither does its file";
            let help = format!("add `guest = \"…\"`: {}", self.guests.what_they_are());
            self.problem(&entry.name, message, "no guest", Some(&help));
            return None;
        };
        self.problems.extend(self.guests.problem(&guest, self.source));
        self.problems.extend(self.probes.problem(guest.get_ref(), &entry, self.source));
        let (doc, promise) = default_source.of_case(&entry, self.source, self.problems)?;
        let why = self.why(&entry);
        let dirs = entry.dirs.iter().map(|(guest_path, dir)| self.preopen(guest_path, dir)).collect();
        let outside = entry.outside.iter().map(|(name, fixture)| self.outside(&entry, name, fixture)).collect();
        let env = entry.env.iter().filter_map(|variable| self.variable(variable)).collect();
        let host_env = entry.host_env.iter().filter_map(|variable| self.variable(variable)).collect();
        let stdin_kind = self.stdin_kind(&entry);
        self.problems.extend(connection::problems(&entry, stdin_kind, self.source));
        let go = entry.go.as_ref().and_then(|range| self.range(range));
        let mut expect = self.expect_of(&entry)?;
        self.problems.extend(defaults.apply(&mut expect, &entry, self.source, self.references));
        self.problems.extend(exports::problems(&entry, &expect, self.source));
        self.problems.extend(got_out::problems(&entry, &expect, self.source));
        if let Some(native) = &entry.native {
            self.native(native, entry.tier);
        }
        Some(Case {
            id,
            area: self.area.to_owned(),
            location: self.source.location(&entry.name.span()),
            why,
            doc,
            tier: entry.tier,
            promise,
            guest: guest.get_ref().clone(),
            args: (0..entry.args_repeat.unwrap_or(1))
                .flat_map(|_| entry.args.iter().map(|arg| arg.get_ref().0.clone()))
                .collect(),
            env,
            host_env,
            dirs,
            outside,
            stdin: entry.stdin.0,
            stdin_kind,
            stdout_kind: entry.stdout_kind.map(Spanned::into_inner).unwrap_or_default(),
            stderr_kind: entry.stderr_kind.map(Spanned::into_inner).unwrap_or_default(),
            before: entry.before.map(Spanned::into_inner).unwrap_or_default(),
            after: entry.after.map(Spanned::into_inner).unwrap_or_default(),
            steps: entry.step.into_iter().map(step).collect(),
            limits: entry.limits,
            clock: entry
                .clock
                .map_or(Clock::Real, |clock| Clock::Fixed { start_ns: clock.start_ns, step_ns: clock.step_ns }),
            random: entry.random,
            exports: exports::calls(&entry.exports),
            named_needs: entry.needs.into_iter().collect(),
            alone: entry.alone,
            deadline: entry.deadline_ms.map_or(DEADLINE, Duration::from_millis),
            go,
            native: entry.native.map(Spanned::into_inner),
            got_out: entry.got_out.map(Spanned::into_inner),
            found_out: entry.found_out.map(Spanned::into_inner),
            expect,
            placement: None,
        })
    }

    /// The promise of a case. Only a case of one's own may leave it out.
    fn why(&mut self, entry: &CaseEntry) -> String {
        let written = entry.why.as_ref().map_or("", |why| why.get_ref().as_str());
        if written.trim().is_empty() && !(self.guests.are_own() && entry.why.is_none()) {
            let (at, label) = match &entry.why {
                Some(why) => (why.span(), "empty"),
                None => (entry.name.span(), "no `why`"),
            };
            let (message, help) =
                ("a case says in one sentence why it exists", "write down the promise that it checks");
            self.problems.push(self.source.problem(at, message, label, Some(help)));
        }
        written.to_owned()
    }

    /// Checks that a path in `expect.files` can be looked up: it must be below a preopen, and must not leave it.
    fn file(&mut self, entry: &CaseEntry, path: &str, at: Range<usize>) {
        let under = entry.dirs.keys().any(|guest| below(guest, path).is_some());
        let problem = match under {
            true if path.split('/').any(|part| part == "..") => "leads out of a folder with `..`",
            true => return,
            false => "is under none of the case's `dirs`",
        };
        let message = format!("`expect.files` asks about `{path}`, which {problem}");
        let help = "name a path that starts with one of the names in `dirs`";
        self.problems.push(self.source.problem(at, &message, "looked for here", Some(help)));
    }

    /// Checks that a path in `expect.outside` can be looked up: it must be in a folder of `outside`, and must not leave
    /// it.
    fn file_outside(&mut self, entry: &CaseEntry, path: &str, at: Range<usize>) {
        let mut parts = path.split('/');
        let named = parts.next().is_some_and(|first| entry.outside.keys().any(|name| name.get_ref() == first));
        let problem = match named {
            true if parts.any(|part| matches!(part, "" | "." | "..")) => "is not written plainly",
            true => return,
            false => "is in none of the case's folders `outside`",
        };
        let message = format!("`expect.outside` asks about `{path}`, which {problem}");
        let help = "name a path that starts with one of the names in `outside`, without `.` and `..`";
        self.problems.push(self.source.problem(at, &message, "looked for here", Some(help)));
    }

    fn expect_of(&mut self, entry: &CaseEntry) -> Option<Expectation> {
        let expect = &entry.expect;
        let streams = [expect.stdout.is_some(), expect.stderr.is_some()];
        let left = [expect.files.is_some(), expect.outside.is_some()];
        let of_descriptors = [expect.stdin_rest.is_some(), expect.changed_flags.is_some()];
        let others = [expect.returns.is_some(), expect.again.is_some()];
        let judged = [&streams[..], &left, &others, &of_descriptors].concat();
        if entry.tier == Tier::Observe && judged.contains(&true) {
            let help = "leave `expect` out, or say who promises it and choose another tier";
            self.problem(&entry.name, "a case of tier `observe` judges nothing", "has an expectation", Some(help));
        }
        if let Some(exit) = &entry.expect.exit
            && matches!(exit.get_ref(), ExpectedExit::Timeout | ExpectedExit::Crash(_))
        {
            let message = "no case expects the harness to stop a guest, or a runtime to crash";
            self.problem(exit, message, "this case does", Some("only a divergence may say so"));
        }
        if let Some(exit) = &entry.expect.exit
            && matches!(
                exit.get_ref(),
                ExpectedExit::Trap(Some(_)) | ExpectedExit::MissingImport(Some(_)) | ExpectedExit::NotCompiled(_)
            )
        {
            let message = "no case expects the words of one engine";
            let help = "write \"trap\" or \"missing-import\"; only a divergence may say more";
            self.problem(exit, message, "this case does", Some(help));
        }
        let base = Expectation::silent_success();
        for (path, matcher) in entry.expect.files.iter().flatten() {
            self.file(entry, path, matcher.span());
        }
        for (path, matcher) in entry.expect.outside.iter().flatten() {
            self.file_outside(entry, path, matcher.span());
        }
        overlay(&base, &entry.expect, self.source).map_err(|problem| self.problems.push(problem)).ok()
    }

    fn native(&mut self, native: &Spanned<String>, tier: Tier) {
        if native.get_ref().trim().is_empty() {
            let help = "say in one true sentence why, or leave it out";
            self.problem(native, "`native` says why native Linux does otherwise", "empty", Some(help));
        }
        if tier == Tier::Observe {
            let message = "a case of tier `observe` judges nothing: native Linux cannot do otherwise";
            self.problem(native, message, "otherwise than what?", Some("leave `native` out"));
        }
    }

    fn range(&mut self, range: &Spanned<String>) -> Option<semver::VersionReq> {
        self.source.range(range.span(), range.get_ref()).map_err(|problem| self.problems.push(problem)).ok()
    }

    fn known<T>(&mut self, what: &str, place: &str, at: &Spanned<T>, name: &str, all: &BTreeSet<String>) {
        if !all.contains(name) {
            let listed: Vec<_> = all.iter().map(String::as_str).collect();
            let others = if all.is_empty() { String::new() } else { format!(", or use one of: {}", listed.join(", ")) };
            let help = format!("{}create {place}/{name}{others}", did_you_mean(name, listed));
            self.problem(at, &format!("there is no {what} `{name}`"), &format!("no such {what}"), Some(&help));
        }
    }

    fn problem<T>(&mut self, at: &Spanned<T>, message: &str, label: &str, help: Option<&str>) {
        self.problems.push(self.source.problem(at.span(), message, label, help));
    }

    fn line<T>(&self, at: &Spanned<T>) -> usize {
        self.source.location(&at.span()).line
    }
}

fn step(step: wire::Step) -> Step {
    match step {
        wire::Step::Write(bytes) => Step::Write(bytes.0),
        wire::Step::WaitMs(millis) => Step::Wait(Duration::from_millis(millis)),
        wire::Step::Read(bytes) => Step::Read(bytes.0),
        wire::Step::Close(wire::Always) => Step::Close,
    }
}
