//! A case as TOML.

use std::fmt::Write;

use anyhow::{Context, Result, ensure};
use host_contract::request::{Call, Clock, Limits, Random, Value};
use serde::Serialize;

use super::table;
use crate::cases::DEADLINE;
use crate::toml_text::{bytes, exit_text, list, literal};
use matrix_model::capability::Capability;
use matrix_model::case::{Case, Preopen, Step, Tier};
use matrix_model::connection::{After, Before, OutputKind, StdinKind};
use matrix_model::expectation::{Again, Expectation, ExpectedExit, FileMatcher, Matcher};

/// The lines of an entry `[[case]]`. What has its default is left out.
///
/// # Errors
/// If a value has no form in TOML.
pub(crate) fn text(name: &str, guest: &str, case: &Case) -> Result<String> {
    // Every field is listed, so that a new one is written or left out on purpose.
    let Case {
        why,
        doc,
        tier,
        promise,
        args,
        env,
        host_env,
        dirs,
        outside,
        stdin,
        stdin_kind,
        stdout_kind,
        stderr_kind,
        before,
        after,
        steps,
        limits,
        clock,
        random,
        exports,
        named_needs,
        alone,
        deadline,
        go,
        native,
        got_out,
        found_out,
        expect,
        // What an entry is called by.
        id: _,
        area: _,
        guest: _,
        // Where it stands.
        location: _,
        placement: _,
    } = case;
    let mut lines = Lines(String::from("[[case]]\n"));
    lines.set("name", literal(name));
    lines.set("guest", literal(guest));
    lines.some("why", (!why.is_empty()).then(|| literal(why)));
    lines.some("doc", (!doc.is_empty()).then(|| literal(doc)));
    lines.some("tier", (*tier != Tier::default()).then(|| word(tier)).transpose()?);
    lines.some("promise", promise.as_ref().map(word).transpose()?);
    lines.list("args", args.iter().map(|arg| literal(arg)));
    lines.list("env", env.iter().map(variable));
    lines.list("host-env", host_env.iter().map(variable));
    let repeats = case.needs().contains(&Capability::DuplicateDir);
    ensure!(!repeats, "two folders have one guest path, which no case file can say");
    lines.table("dirs", dirs.iter().map(preopen));
    lines.table("outside", outside.iter().map(|(name, fixture)| (name.clone(), literal(fixture))));
    lines.some("stdin", (!stdin.is_empty()).then(|| bytes(stdin)));
    lines.some("stdin-kind", (*stdin_kind != StdinKind::default()).then(|| word(stdin_kind)).transpose()?);
    for (key, kind) in [("stdout-kind", stdout_kind), ("stderr-kind", stderr_kind)] {
        lines.some(key, (*kind != OutputKind::default()).then(|| inline(kind)).transpose()?);
    }
    lines.some("before", (*before != Before::default()).then(|| inline(before)).transpose()?);
    lines.some("after", (*after != After::default()).then(|| inline(after)).transpose()?);
    lines.list("step", steps.iter().map(step));
    lines.some("limits", (*limits != Limits::default()).then(|| inline(limits)).transpose()?);
    if let Clock::Fixed { start_ns, step_ns } = clock {
        lines.set("clock", format!("{{ start-ns = {start_ns}, step-ns = {step_ns} }}"));
    }
    if let Random::Seed(seed) = random {
        lines.set("random", format!("{{ seed = {seed} }}"));
    }
    lines.list("exports", exports.iter().map(call).collect::<Result<Vec<_>>>()?);
    lines.list("needs", named_needs.iter().map(|capability| literal(&capability.to_string())));
    lines.some("alone", alone.then(|| "true".to_owned()));
    lines.some("deadline-ms", (*deadline != DEADLINE).then(|| deadline.as_millis().to_string()));
    lines.some("go", go.as_ref().map(|range| literal(&range.to_string())));
    for (key, value) in [("native", native), ("got-out", got_out), ("found-out", found_out)] {
        lines.some(key, value.as_ref().map(|text| literal(text)));
    }
    lines.expect(expect)?;
    Ok(lines.0)
}

/// Lines of keys with values.
struct Lines(String);

impl Lines {
    fn set(&mut self, key: &str, value: String) {
        // Writing to a string cannot fail.
        writeln!(self.0, "{key} = {value}").ok();
    }

    fn some(&mut self, key: &str, value: Option<String>) {
        value.into_iter().for_each(|value| self.set(key, value));
    }

    fn list(&mut self, key: &str, values: impl IntoIterator<Item = String>) {
        let values: Vec<_> = values.into_iter().collect();
        self.some(key, (!values.is_empty()).then(|| list(values)));
    }

    fn table(&mut self, key: &str, entries: impl IntoIterator<Item = (String, String)>) {
        let entries: Vec<_> = entries.into_iter().collect();
        self.some(key, (!entries.is_empty()).then(|| table(entries)));
    }

    fn expect(&mut self, expect: &Expectation) -> Result<()> {
        let Expectation {
            exit,
            stdout,
            control,
            checks,
            stderr,
            files,
            outside,
            returns,
            again,
            stdin_rest,
            changed_flags,
        } = expect;
        if !control.is_empty() {
            self.set("control", literal(str::from_utf8(control).context("the control is not UTF-8")?));
        }
        self.table("checks", checks.iter().map(|(beginning, by)| (beginning.clone(), literal(by))));
        self.some("expect.exit", (*exit != ExpectedExit::Code(0)).then(|| exit_text(exit)));
        let silent = *stdout == Matcher::Exact(Vec::new());
        self.some("expect.stdout", (!silent).then(|| matcher(stdout)).transpose()?);
        self.some("expect.stderr", stderr.as_ref().map(matcher).transpose()?);
        for (key, files) in [("expect.files", files), ("expect.outside", outside)] {
            let file = |(path, file)| Ok((String::clone(path), file_matcher(file)?));
            self.table(key, files.iter().map(file).collect::<Result<Vec<_>>>()?);
        }
        if let Some(returns) = returns {
            let returned = |values: &Vec<Value>| Ok(list(values.iter().map(inline).collect::<Result<Vec<_>>>()?));
            self.set("expect.returns", list(returns.iter().map(returned).collect::<Result<Vec<_>>>()?));
        }
        self.some("expect.again", again.as_ref().map(word::<Again>).transpose()?);
        self.some("expect.stdin-rest", stdin_rest.as_ref().map(matcher).transpose()?);
        let flags = |changed: &Vec<String>| list(changed.iter().map(|flag| literal(flag)));
        self.some("expect.changed-flags", changed_flags.as_ref().map(flags));
        Ok(())
    }
}

fn variable((name, value): &(String, String)) -> String {
    literal(&format!("{name}={value}"))
}

fn preopen(dir: &Preopen) -> (String, String) {
    let Preopen { guest, fixture, read_only } = dir;
    let written = match read_only {
        true => format!("{{ fixture = {}, read-only = true }}", literal(fixture)),
        false => literal(fixture),
    };
    (guest.clone(), written)
}

fn step(step: &Step) -> String {
    match step {
        Step::Write(written) => format!("{{ write = {} }}", bytes(written)),
        Step::Wait(time) => format!("{{ wait-ms = {} }}", time.as_millis()),
        Step::Read(read) => format!("{{ read = {} }}", bytes(read)),
        Step::Close => "{ close = true }".to_owned(),
    }
}

fn call(call: &Call) -> Result<String> {
    let args = call.args.iter().map(inline).collect::<Result<Vec<_>>>()?;
    Ok(format!("{{ name = {}, args = {} }}", literal(&call.name), list(args)))
}

fn matcher(written: &Matcher) -> Result<String> {
    let all = |members: &[Matcher]| members.iter().map(matcher).collect::<Result<Vec<_>>>().map(list);
    Ok(match written {
        Matcher::Exact(exact) => bytes(exact),
        Matcher::Matches(pattern) => format!("{{ matches = {} }}", literal(pattern.as_str())),
        Matcher::Contains(part) => format!("{{ contains = {} }}", bytes(part)),
        Matcher::Sha256(digest) => format!("{{ sha256 = {} }}", literal(digest)),
        Matcher::Json(value) => format!("{{ json = {} }}", inline(value)?),
        Matcher::Lines(lines) => format!("{{ lines = {} }}", all(lines)?),
        Matcher::Any(members) => format!("{{ any = {} }}", all(members)?),
    })
}

fn file_matcher(written: &FileMatcher) -> Result<String> {
    Ok(match written {
        FileMatcher::Content(content) => matcher(content)?,
        FileMatcher::Size(bytes) => format!("{{ size = {bytes} }}"),
        FileMatcher::Link(target) => format!("{{ link = {} }}", bytes(target)),
        FileMatcher::Folder => "{ folder = true }".to_owned(),
        FileMatcher::Absent => "{ absent = true }".to_owned(),
    })
}

/// A name that the format has for a value.
fn word<T: Serialize>(value: &T) -> Result<String> {
    inline(value)
}

/// A value in one line.
fn inline<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    Ok(toml::Value::try_from(value).context("TOML has no form for it")?.to_string())
}
