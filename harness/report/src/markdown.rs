//! Text in Markdown for GitHub: what guests wrote is shown as they wrote it, and has no effect there.

use matrix_model::escape::visible;

/// A text as a code span on one line. Markup, mentions and links in it have no effect.
pub fn code(text: &str) -> String {
    let shown = visible(text).replace('\n', "\\n");
    let longest = shown.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // Markdown removes one space on either side, which allows a backtick to come first or last.
    let space = if longest > 0 || shown.trim().is_empty() { " " } else { "" };
    format!("{fence}{space}{shown}{space}{fence}")
}

/// As [`code`], for the cell of a table, where a bar would end the cell.
pub(crate) fn code_in_table(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// A text as a fenced block. The fence is longer than any run of backticks in the text, so nothing in it has an effect.
pub fn fenced(language: &str, text: &str) -> String {
    let shown = visible(&text.replace('\t', "    "));
    let longest = shown.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}\n", shown.trim_end_matches('\n'))
}

/// A text as part of a sentence. Markup in it has no effect.
pub fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in visible(text).chars() {
        match c {
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            '&' => plain.push_str("&amp;"),
            // A mention would notify somebody.
            '@' => plain.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => plain.extend(['\\', c]),
            '\n' => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_stays_code() {
        assert_eq!(code("a|b"), "`a|b`");
        assert_eq!(code_in_table("a|b"), "`a\\|b`");
        assert_eq!(code("`x`` @somebody\n"), "``` `x`` @somebody\\n ```");
        assert_eq!(code(""), "`  `");
        assert_eq!(code("\u{202e}\u{1b}[31m\0"), "`\\u{202e}\\u{1b}[31m\\0`");
    }

    #[test]
    fn a_fence_is_longer_than_what_is_in_it() {
        assert_eq!(fenced("go", "\ta := 1\n"), "```go\n    a := 1\n```\n");
        assert_eq!(fenced("", "```\n</details>@me"), "````\n```\n</details>@me\n````\n");
        assert_eq!(fenced("", "\u{202e}`````"), "``````\n\\u{202e}`````\n``````\n");
    }

    #[test]
    fn a_sentence_has_no_markup() {
        assert_eq!(
            plain("<img src=x> [a](b) @me *x* `y` a_b"),
            "&lt;img src=x&gt; \\[a\\](b) &#64;me \\*x\\* \\`y\\` a\\_b"
        );
    }
}
