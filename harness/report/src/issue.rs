//! A cell as an issue for the runtime's tracker: Markdown that can be pasted as it is. Nothing that a guest wrote, and
//! nothing of a case, has an effect in it.

use std::fmt::{self, Formatter};

use matrix_model::difference::Difference;
use matrix_model::escape::visible;

use crate::markdown::{code, fenced, plain};
use crate::pages::Probe;

/// The maximum length of the title, in characters.
const TITLE: usize = 160;

/// All that an issue says.
#[derive(Debug, Clone, Default)]
pub struct Issue {
    /// The cell's name.
    pub cell: String,
    /// The promise, in one sentence.
    pub why: String,
    /// Where the promise comes from.
    pub doc: String,
    /// The runtime's name, and the version that it reports.
    pub runtime: String,
    /// The Go version that built the guest, and the platform.
    pub built_by: String,
    /// In what respects the outcome is not as expected.
    pub differences: Vec<Difference>,
    /// The host call that explains it, in words.
    pub explained: Option<String>,
    /// What other versions do: each with its answer in words.
    pub versions: Vec<(String, String)>,
    /// When the answers of the other versions were recorded.
    pub recorded: Option<String>,
    /// The call in a module of its own; the error is the reason why there is none.
    pub alone: Option<Result<Alone, String>>,
    /// The program.
    pub guest: Guest,
}

/// The call in a module of its own.
#[derive(Debug, Clone)]
pub struct Alone {
    /// The file's name.
    pub file: String,
    /// The module in text form.
    pub text: String,
    /// Its runs, first the one under the runtime itself.
    pub runs: Vec<Run>,
}

/// How a module is run under a column, and what it prints there.
#[derive(Debug, Clone)]
pub struct Run {
    /// The column's name.
    pub column: String,
    /// The commands, or the reason why there are none.
    pub commands: Result<String, String>,
    /// How it ended, and what it printed.
    pub printed: String,
}

/// The Go program.
#[derive(Debug, Clone, Default)]
pub struct Guest {
    /// Its name.
    pub name: String,
    /// Whether it is of a suite of one's own, and not in this project.
    pub own: bool,
    /// The functions of it that the case runs.
    pub probes: Vec<Probe>,
    /// The whole program, if it is short.
    pub source: Option<String>,
    /// The command that builds it.
    pub build: String,
    /// The commands that run it, or the reason why there are none.
    pub commands: Option<Result<String, String>>,
}

impl Issue {
    /// The title, on one line.
    pub fn title(&self) -> String {
        let said = if self.why.is_empty() { &self.cell } else { &self.why };
        let said = visible(said.trim_end_matches('.')).replace('\n', " ");
        let title = format!("Not so for a Go program (GOOS=wasip1): {said}");
        match title.char_indices().nth(TITLE) {
            Some((end, _)) => format!("{}…", &title[..end]),
            None => title,
        }
    }
}

/// The title, an empty line, and the text.
impl fmt::Display for Issue {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        writeln!(f, "Title: {}\n", self.title())?;
        writeln!(
            f,
            "A Go program, compiled with GOOS=wasip1 GOARCH=wasm by {}, does not get what it is promised under {}.\n",
            plain(&self.built_by),
            plain(&self.runtime)
        )?;
        writeln!(f, "### Expected\n\n{}\n", plain(&self.why))?;
        if !self.doc.is_empty() {
            writeln!(f, "Source: {}\n", link(&self.doc))?;
        }
        self.observed(f)?;
        self.other_versions(f)?;
        self.without_go(f)?;
        self.with_go(f)?;
        writeln!(f, "Measured by wasip1-matrix in the cell {}.", code(&self.cell))
    }
}

impl Issue {
    fn observed(&self, f: &mut Formatter) -> fmt::Result {
        writeln!(f, "### Observed\n")?;
        for Difference { of, expected, observed, diff } in &self.differences {
            let mut text = format!("{of}:\n  expected {expected}\n  observed {observed}\n");
            for line in diff {
                text += &format!("  {} {}\n", line.side.sign(), line.text);
            }
            writeln!(f, "{}", fenced("text", &text))?;
        }
        if let Some(sentence) = &self.explained {
            writeln!(f, "{}\n", plain(sentence))?;
        }
        Ok(())
    }

    fn other_versions(&self, f: &mut Formatter) -> fmt::Result {
        writeln!(f, "### Versions\n\n- {}: as above, measured for this issue", plain(&self.runtime))?;
        for (version, answer) in &self.versions {
            writeln!(f, "- {}: {}", plain(version), plain(answer))?;
        }
        match (&self.recorded, self.versions.is_empty()) {
            (Some(day), false) => writeln!(f, "\nThe other versions were measured on {}.\n", plain(day)),
            _ => writeln!(f, "\nNo other version was measured.\n"),
        }
    }

    fn without_go(&self, f: &mut Formatter) -> fmt::Result {
        let Some(alone) = &self.alone else { return Ok(()) };
        writeln!(f, "### To reproduce it without Go\n")?;
        let alone = match alone {
            Ok(alone) => alone,
            Err(why) => return writeln!(f, "There is no smaller module: {}.\n", plain(why)),
        };
        writeln!(
            f,
            "This module makes the call and prints what it is answered. Save it as {}, in an empty folder.\n",
            code(&alone.file)
        )?;
        writeln!(f, "{}", fenced("wat", &alone.text))?;
        for Run { column, commands, printed } in &alone.runs {
            match commands {
                Ok(commands) => writeln!(f, "Under {}:\n\n{}\nIt prints:\n", plain(column), fenced("sh", commands))?,
                Err(why) => {
                    writeln!(
                        f,
                        "Under {} it was run by wasip1-matrix itself ({}). It prints:\n",
                        plain(column),
                        plain(why)
                    )?;
                }
            }
            writeln!(f, "{}", fenced("text", printed))?;
        }
        Ok(())
    }

    fn with_go(&self, f: &mut Formatter) -> fmt::Result {
        let Guest { name, own, probes, source, build, commands } = &self.guest;
        writeln!(f, "### The Go program\n")?;
        match source {
            Some(source) => writeln!(f, "{}", fenced("go", source))?,
            None if *own => writeln!(f, "The program is {} of a suite that is not shown here.\n", code(name))?,
            None => {
                writeln!(f, "The part of the program {} that runs here; the whole is in wasip1-matrix:\n", code(name))?;
                for probe in probes {
                    let more = if probe.more > 0 { "\n// …" } else { "" };
                    let text = format!("// {}\n{}{more}", probe.place, probe.text);
                    writeln!(f, "{}", fenced("go", &text))?;
                }
            }
        }
        let commands = match commands {
            Some(Ok(commands)) => format!("{build}\n{commands}"),
            _ => build.clone(),
        };
        writeln!(f, "{}", fenced("sh", &commands))
    }
}

/// An address as a link, if nothing in it could end the link.
fn link(address: &str) -> String {
    let is_plain = address.chars().all(|c| c.is_ascii_graphic() && !"<>\"'`\\".contains(c));
    match address.starts_with("https://") && is_plain {
        true => format!("<{address}>"),
        false => code(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line without its spans of code, which are as inert as a block. A span ends at as many backticks as it began with.
    fn without_code(line: &str) -> String {
        let line = line.replace("\\`", "");
        let Some(begins) = line.find('`') else { return line };
        let after = line[begins..].trim_start_matches('`');
        let ticks = "`".repeat(line.len() - begins - after.len());
        let ends = after.find(&ticks).expect("the span ends");
        format!("{}{}", &line[..begins], without_code(&after[ends + ticks.len()..]))
    }

    #[test]
    fn nothing_in_it_is_live() {
        let hostile = "@octocat closes #1 </details>\n# big\n```\n![x](https://e.org/x.png) <script>";
        let issue = Issue {
            cell: hostile.to_owned(),
            why: hostile.to_owned(),
            doc: "https://e.org/><script>".to_owned(),
            runtime: hostile.to_owned(),
            explained: Some(hostile.to_owned()),
            versions: vec![(hostile.to_owned(), hostile.to_owned())],
            alone: Some(Ok(Alone {
                file: hostile.to_owned(),
                text: hostile.to_owned(),
                runs: vec![Run {
                    column: hostile.to_owned(),
                    commands: Ok(hostile.to_owned()),
                    printed: hostile.to_owned(),
                }],
            })),
            guest: Guest { source: Some(hostile.to_owned()), ..Guest::default() },
            ..Issue::default()
        };
        let text = issue.to_string();
        assert!(!issue.title().contains('\n') && issue.title().chars().count() <= TITLE + 1);
        let (mut outside, mut fence) = (Vec::new(), None::<String>);
        for line in text.lines().skip(1) {
            let ticks: String = line.chars().take_while(|c| *c == '`').collect();
            match &fence {
                Some(begun) if *begun == line => fence = None,
                Some(_) => {}
                None if ticks.len() > 2 => fence = Some(ticks),
                None => outside.push(line),
            }
        }
        assert_eq!(fence, None, "{text}");
        for line in outside {
            let prose = without_code(line);
            for live in ["@o", " #1", "</", "<s", "![", "\n# big"] {
                assert!(!prose.contains(live), "{live:?} in {line}");
            }
        }
    }

    #[test]
    fn a_source_is_a_link_and_nothing_else() {
        assert_eq!(link("https://e.org/a_b#c"), "<https://e.org/a_b#c>");
        assert_eq!(link("https://e.org/>x"), "`https://e.org/>x`");
        assert_eq!(link("javascript:x"), "`javascript:x`");
    }
}
