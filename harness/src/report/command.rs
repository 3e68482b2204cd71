//! A cell's command as a line for a shell.

use crate::case::StdinKind;
use crate::record::Invocation;

use super::escape;

/// How much of a command is shown; a case with a thousand arguments has them in the results file.
const SHOWN: usize = 2 << 10;

/// The harness's folders, as records name them.
const FOLDERS: [&str; 4] = ["$SANDBOX", "$STATE", "$STORE", "$ROOT"];

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
            line.push_str(&format!(" # and {} more words, {bytes} bytes: see results.json", rest.len()));
            return line;
        }
        line.push(' ');
        line.push_str(&argument);
    }
    match invocation.stdin {
        StdinKind::Null => line.push_str(" </dev/null"),
        StdinKind::Closed => line.push_str(" <&-"),
        StdinKind::Pipe | StdinKind::File | StdinKind::Open => {}
    }
    line
}

/// A word with the harness's folders left for the shell to fill in.
pub fn word(text: &str) -> String {
    let parts = parts(text);
    if !parts.iter().any(|part| FOLDERS.contains(part)) {
        return quoted(text);
    }
    if parts.iter().all(|part| FOLDERS.contains(part) || part.chars().all(is_plain)) {
        return format!("\"{text}\"");
    }
    parts.iter().map(|part| if FOLDERS.contains(part) { format!("\"{part}\"") } else { quoted(part) }).collect()
}

/// Splits a text before and after each folder's name.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut begin, mut at) = (0, 0);
    while let Some(offset) = text[at..].find('$') {
        let dollar = at + offset;
        at = dollar + 1;
        let ends =
            |name: &str| !text[dollar + name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        if let Some(name) = FOLDERS.iter().find(|name| text[dollar..].starts_with(**name) && ends(name)) {
            at = dollar + name.len();
            parts.extend([&text[begin..dollar], &text[dollar..at]]);
            begin = at;
        }
    }
    parts.push(&text[begin..]);
    parts.retain(|part| !part.is_empty());
    parts
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_./=:@%+,".contains(c)
}

/// Quotes a text where it needs it; where single quotes would hide something, in bash's own way.
fn quoted(text: &str) -> String {
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    if text.chars().all(escape::is_seen) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut quoted = String::from("$'");
    for c in text.chars() {
        match c {
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            '\\' | '\'' => quoted.extend(['\\', c]),
            c if escape::is_seen(c) => quoted.push(c),
            c if u32::from(c) < 0x80 => quoted.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => quoted.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(word("--env=A=b"), "--env=A=b");
        assert_eq!(word(""), "''");
        assert_eq!(word("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(word("a\n\u{1b}\u{202e}\\"), r"$'a\n\x1b\U0000202e\\'");
        assert_eq!(word("--dir=$SANDBOX/work:/w"), "\"--dir=$SANDBOX/work:/w\"");
        assert_eq!(word("$STORE/a b;$SANDBOXED"), "\"$STORE\"'/a b;$SANDBOXED'");
    }

    #[test]
    fn a_thousand_words_are_cut() {
        let argv = (0..1000).map(|n| format!("argument-{n}")).collect();
        let invocation = Invocation { argv, environment: Vec::new(), stdin: StdinKind::Null, request: None };
        let line = line(&invocation);
        assert!(line.len() < SHOWN + 100);
        assert!(line.ends_with("bytes: see results.json"), "{line}");
    }
}
