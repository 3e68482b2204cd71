//! Quotes words for a shell, and leaves variables for the shell to expand. Splits a text into words as a shell does.

use crate::escape;

/// A text that stands for a shell's variable, and the name of that variable.
pub(crate) type Variable<'v> = (&'v str, &'v str);

/// A word for a POSIX shell, quoted if necessary.
pub fn word(text: &str) -> String {
    word_with(text, &[])
}

/// Like [`word`], but leaves these variables for the shell to expand.
pub fn word_with(text: &str, variables: &[Variable]) -> String {
    joined(text, variables, single_quoted)
}

/// Like [`word_with`], but for bash and for people: invisible characters are spelled out.
pub fn visible_with(text: &str, variables: &[Variable]) -> String {
    joined(text, variables, spelled_out)
}

/// The words of a text as a POSIX shell splits it, with quotes and backslashes, and nothing expanded. `None` if a quote is not
/// closed, or a backslash is the end.
pub fn split(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word) = (Vec::new(), None::<String>);
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c.is_whitespace() {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_default();
        match c {
            '\\' => word.push(characters.next()?),
            '\'' | '"' => loop {
                match characters.next()? {
                    next if next == c => break,
                    '\\' if c == '"' => {
                        let next = characters.next()?;
                        if !"\\\"$`".contains(next) {
                            word.push('\\');
                        }
                        word.push(next);
                    }
                    next => word.push(next),
                }
            },
            c => word.push(c),
        }
    }
    words.extend(word);
    Some(words)
}

/// A part of a word.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part<'t> {
    Text(&'t str),
    /// A variable, by its name.
    Variable(&'t str),
}

fn joined(text: &str, variables: &[Variable], quoted: fn(&str) -> String) -> String {
    let parts = parts(text, variables);
    if !parts.iter().any(|part| matches!(part, Part::Variable(_))) {
        return quoted(text);
    }
    let needs_quotes = |part: &Part| matches!(part, Part::Text(text) if !text.chars().all(is_plain));
    if !parts.iter().any(needs_quotes) {
        return format!("\"{}\"", in_double_quotes(&parts));
    }
    let one = |part: &Part| match part {
        Part::Text(text) => quoted(text),
        Part::Variable(name) => format!("\"${name}\""),
    };
    parts.iter().map(one).collect()
}

/// Joins plain texts and variables between double quotes.
fn in_double_quotes(parts: &[Part]) -> String {
    let mut text = String::new();
    for (index, part) in parts.iter().enumerate() {
        match (part, parts.get(index + 1)) {
            (Part::Text(plain), _) => text.push_str(plain),
            (Part::Variable(name), Some(Part::Text(next))) if next.starts_with(is_of_a_name) => {
                text.push_str(&format!("${{{name}}}"));
            }
            (Part::Variable(name), _) => text.push_str(&format!("${name}")),
        }
    }
    text
}

/// Splits a text into plain texts and variables.
fn parts<'t>(text: &'t str, variables: &[Variable<'t>]) -> Vec<Part<'t>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((at, (token, name))) = first(rest, variables) {
        parts.extend([Part::Text(&rest[..at]), Part::Variable(name)]);
        rest = &rest[at + token.len()..];
    }
    parts.push(Part::Text(rest));
    parts.retain(|part| *part != Part::Text(""));
    parts
}

/// The position of the first variable. `$STORED` does not contain `$STORE`.
fn first<'v>(text: &str, variables: &[Variable<'v>]) -> Option<(usize, Variable<'v>)> {
    let found =
        variables.iter().flat_map(|variable| text.match_indices(variable.0).map(move |(at, _)| (at, *variable)));
    let is_whole = |(at, (token, _)): &(usize, Variable)| {
        !(token.ends_with(is_of_a_name) && text[at + token.len()..].starts_with(is_of_a_name))
    };
    found.filter(is_whole).min_by_key(|(at, _)| *at)
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Whether a character has no special meaning in any shell, at any position in a word.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_./=:@%+,".contains(c)
}

fn single_quoted(text: &str) -> String {
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

fn spelled_out(text: &str) -> String {
    if text.chars().all(escape::is_seen) {
        return single_quoted(text);
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

    const VARIABLES: [Variable; 2] = [("$STORE", "STORE"), ("@@RUN@@", "run")];

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(word("--env=A=b"), "--env=A=b");
        assert_eq!(word(""), "''");
        assert_eq!(word("$(rm -rf /)"), "'$(rm -rf /)'");
        assert_eq!(word("it's $HOME\n"), "'it'\\''s $HOME\n'");
    }

    #[test]
    fn a_text_is_split_as_a_shell_does() {
        let words = |text| split(text).map(|words| words.join("|"));
        assert_eq!(words("  -W fuel=5\t--env 'A=b c'x "), Some("-W|fuel=5|--env|A=b cx".to_owned()));
        assert_eq!(words(r#""a \"b\" \n" \'c '' d\ e"#), Some(r#"a "b" \n|'c||d e"#.to_owned()));
        assert_eq!(split(" "), Some(Vec::new()));
        assert_eq!((words("'a"), words("a\\"), words("\"a\\")), (None, None, None));
        for text in ["it's $HOME\n", "", "a b", "\\"] {
            assert_eq!(split(&word(text)), Some(vec![text.to_owned()]));
        }
    }

    #[test]
    fn variables_are_left_to_the_shell() {
        let word = |text| word_with(text, &VARIABLES);
        assert_eq!(word("--dir=$STORE/work:/w"), "\"--dir=$STORE/work:/w\"");
        assert_eq!(word("$STORE/a b;$STORED"), "\"$STORE\"'/a b;$STORED'");
        assert_eq!(word("--dir=@@RUN@@/dirs/0:/it's"), "--dir=\"$run\"'/dirs/0:/it'\\''s'");
        assert_eq!(word("@@RUN@@@@RUN@@ning"), "\"$run${run}ning\"");
    }

    #[test]
    fn what_would_not_be_seen_is_spelled_out() {
        assert_eq!(visible_with("it's", &VARIABLES), r"'it'\''s'");
        assert_eq!(visible_with("a\n\u{1b}\u{202e}\\", &VARIABLES), r"$'a\n\x1b\U0000202e\\'");
    }
}
