//! Values as TOML text, in the forms of the project's files.

use std::fmt::Write;

use matrix_model::expectation::ExpectedExit;

/// How a guest ends.
pub(crate) fn exit_text(exit: &ExpectedExit) -> String {
    match exit {
        ExpectedExit::Code(code) => code.to_string(),
        ExpectedExit::Trap(None) => literal("trap"),
        ExpectedExit::Trap(Some(words)) => format!("{{ trap = {} }}", literal(words)),
        ExpectedExit::Limit => literal("limit"),
        ExpectedExit::MissingImport(None) => literal("missing-import"),
        ExpectedExit::MissingImport(Some(name)) => format!("{{ missing-import = {} }}", literal(name)),
        ExpectedExit::NotCompiled(words) => format!("{{ not-compiled = {} }}", literal(words)),
        ExpectedExit::Timeout => literal("timeout"),
        ExpectedExit::Crash(signals) if signals.is_empty() => literal("crash"),
        ExpectedExit::Crash(signals) => format!("{{ crash = {signals:?} }}"),
        ExpectedExit::Failed => literal("failed"),
    }
}

/// Bytes: text if they are UTF-8, and digits if not.
pub(crate) fn bytes(written: &[u8]) -> String {
    match str::from_utf8(written) {
        Ok(text) => literal(text),
        Err(_) => {
            let hex: Vec<_> = written.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{{ hex = \"{}\" }}", hex.join(" "))
        }
    }
}

/// Text as TOML: a multi-line string if it has several lines and no invisible characters, and an escaped string if not.
pub(crate) fn literal(text: &str) -> String {
    let invisible = |c: char| c != '\n' && c != '"' && c != '\'' && c != '\\' && c.escape_debug().count() > 1;
    let several = text.matches('\n').count() > 1;
    if several && !text.contains("'''") && !text.ends_with('\'') && !text.chars().any(invisible) {
        return format!("'''\n{text}'''");
    }
    let mut literal = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            '\n' => literal.push_str("\\n"),
            '\t' => literal.push_str("\\t"),
            '\r' => literal.push_str("\\r"),
            // Writing to a string cannot fail.
            c if invisible(c) && c as u32 > 0xffff => write!(literal, "\\U{:08x}", c as u32).unwrap_or(()),
            c if invisible(c) => write!(literal, "\\u{:04x}", c as u32).unwrap_or(()),
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

/// A list in TOML.
pub(crate) fn list(values: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", values.into_iter().collect::<Vec<_>>().join(", "))
}
