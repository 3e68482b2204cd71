//! The command of a cell as text for a shell, and the request that a host gets.

use anyhow::Result;
use serde_json::{Map, Value};

use matrix_model::connection::StdinKind;
use matrix_model::escape;
use matrix_model::folder_names::FOLDERS;
use matrix_model::plural::counted;
use matrix_model::record::Invocation;
use matrix_model::shell;

/// How many bytes of a command are shown. The results file has all of it.
const SHOWN: usize = 2 << 10;

/// How many bytes of a host's request are shown.
const REQUEST_SHOWN: usize = 1 << 10;

/// The command with its whole environment, quoted for bash.
pub fn line(invocation: &Invocation) -> String {
    let mut line = String::from("env -i");
    for (name, value) in &invocation.environment {
        line.push_str(&format!(" {} \\\n   ", word(&format!("{name}={value}"))));
    }
    for (index, argument) in invocation.argv.iter().enumerate() {
        let argument = word(argument);
        // The program itself is always shown.
        if index > 0 && line.len() + argument.len() > SHOWN {
            let rest = &invocation.argv[index..];
            let bytes: usize = rest.iter().map(String::len).sum();
            line.push_str(&format!(" # and {}, {bytes} bytes: see results.json", counted(rest.len(), "more word")));
            return line;
        }
        line.push(' ');
        line.push_str(&argument);
    }
    for (descriptor, kind) in [(1, &invocation.stdout), (2, &invocation.stderr)] {
        if let Some(redirection) = kind.redirection(descriptor) {
            line.push_str(&format!(" {redirection}"));
        }
    }
    match invocation.stdin {
        StdinKind::Null => line.push_str(" </dev/null"),
        StdinKind::Closed => line.push_str(" <&-"),
        StdinKind::Socket => line.push_str(" # stdin: a socket"),
        StdinKind::Terminal => line.push_str(" # stdin: a terminal"),
        StdinKind::Pipe | StdinKind::File | StdinKind::Open => {}
    }
    line
}

/// A request to a host, or a part of one, as JSON. A long one is cut; an empty one is none.
///
/// # Errors
/// If it is not JSON.
pub fn request(fields: &Map<String, Value>) -> Result<Option<String>> {
    if fields.is_empty() {
        return Ok(None);
    }
    let json = serde_json::to_string(fields)?;
    let beginning = escape::beginning(json.as_bytes(), REQUEST_SHOWN);
    let rest = json.len() - beginning.len();
    let text = String::from_utf8_lossy(beginning);
    Ok(Some(if rest > 0 { format!("{text}… and {rest} more bytes") } else { text.into_owned() }))
}

/// A word in which the shell fills in the harness's folders.
fn word(text: &str) -> String {
    shell::visible_with(text, &FOLDERS.map(|name| (name, name.trim_start_matches('$'))))
}

#[cfg(test)]
mod tests {
    use matrix_model::connection::OutputKind;

    use super::*;

    #[test]
    fn folders_are_variables() {
        assert_eq!(word("--dir=$SANDBOX/work:/w"), "\"--dir=$SANDBOX/work:/w\"");
        assert_eq!(word("$HOME"), "'$HOME'");
    }

    #[test]
    fn a_thousand_words_are_cut() {
        let argv = (0..1000).map(|n| format!("argument-{n}")).collect();
        let invocation = Invocation {
            argv,
            environment: Vec::new(),
            stdin: StdinKind::Null,
            stdout: OutputKind::Pipe,
            stderr: OutputKind::Pipe,
            request: None,
        };
        let line = line(&invocation);
        assert!(line.len() < SHOWN + 100);
        assert!(line.ends_with("bytes: see results.json"), "{line}");
    }
}
