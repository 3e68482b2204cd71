//! Makes text that guests wrote safe to show. All of it is shown, and nothing stays invisible.

use std::io::{self, Write};

/// Whether a character is visible as itself. Control characters, overrides of the writing direction, joiners, unusual
/// spaces, and marks that change the preceding character are not.
pub(crate) fn is_seen(c: char) -> bool {
    matches!(c, ' '..='~') || c.escape_debug().len() == 1
}

/// Escapes a value for HTML, both for text and for quoted attributes, and spells out invisible characters. All values
/// of all templates pass through this function, so no value can be missed.
pub fn html(value: &str, out: &mut dyn Write) -> io::Result<()> {
    // Most characters need no escape. Each run of them is written at once.
    let mut written = 0;
    for (at, c) in value.char_indices() {
        let entity = match c {
            '&' => Some("&amp;"),
            '<' => Some("&lt;"),
            '>' => Some("&gt;"),
            '"' => Some("&quot;"),
            '\'' => Some("&#39;"),
            '\n' => continue,
            c if is_seen(c) => continue,
            _ => None,
        };
        out.write_all(&value.as_bytes()[written..at])?;
        written = at + c.len_utf8();
        match entity {
            Some(entity) => out.write_all(entity.as_bytes())?,
            None => write!(out, "{}", c.escape_debug())?,
        }
    }
    out.write_all(&value.as_bytes()[written..])
}

/// Spells out invisible characters in a text. Line ends stay.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c == '\n' || is_seen(c) {
            true => shown.push(c),
            false => shown.extend(c.escape_debug()),
        }
    }
    shown
}

/// Bytes as text from which each byte can be read back. With `lines`, a line break follows each `\n`.
pub fn bytes(bytes: &[u8], lines: bool) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\'' => text.push(c),
                '\n' if lines => text.push_str("\\n\n"),
                c => text.extend(c.escape_debug()),
            }
        }
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    if text.ends_with('\n') {
        text.pop();
    }
    text
}

/// The first bytes, at most `most` of them. The cut never falls inside a character.
pub fn beginning(bytes: &[u8], most: usize) -> &[u8] {
    if bytes.len() <= most {
        return bytes;
    }
    let end = (most.saturating_sub(3)..=most).rev().find(|end| bytes[*end] & 0xc0 != 0x80);
    &bytes[..end.unwrap_or(most)]
}

/// A text cut after `most` characters. An ellipsis shows that it was cut.
pub fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(value: &str) -> String {
        let mut out = Vec::new();
        html(value, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn markup_and_the_unseen_are_spelled_out() {
        assert_eq!(escaped("<a href=\"x\" id='y'>&"), "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;");
        assert_eq!(escaped("a\u{202e}b\0\u{1b}[0m\u{a0}\u{feff}"), "a\\u{202e}b\\0\\u{1b}[0m\\u{a0}\\u{feff}");
        assert_eq!(escaped("Grüße, 世界 …\n\\n"), "Grüße, 世界 …\n\\n");
    }

    #[test]
    fn each_byte_can_be_told() {
        assert_eq!(bytes(b"a\\n\n\xff\"b\"\n", true), "a\\\\n\\n\n\\xff\"b\"\\n");
        assert_eq!(bytes(b"a\nb", false), "a\\nb");
    }

    #[test]
    fn a_cut_falls_between_characters() {
        assert_eq!(beginning("aäöü".as_bytes(), 4), "aä".as_bytes());
        assert_eq!(beginning(&[0x80; 10], 4), &[0x80; 4]);
        assert_eq!(short("äöü", 2), "äö…");
    }
}
