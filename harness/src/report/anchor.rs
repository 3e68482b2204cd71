//! Names of places on the page, and links out of it.

use serde::Serialize;

/// An HTML id from a name, fit for a URL's fragment as it is. Different names give different ids:
/// what is not plain becomes `_` and its bytes in hexadecimal, and so does `_` itself.
pub fn id(kind: &str, name: &str) -> String {
    let mut id = format!("{kind}/");
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'/' | b'@' | b'+' => id.push(char::from(byte)),
            byte => id.push_str(&format!("_{byte:02x}")),
        }
    }
    id
}

/// A text that names a source, and the address if it is one that a page may link to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    text: String,
    href: Option<String>,
}

impl Source {
    /// Links to nothing but `https`: a case file must not be able to bring a script onto the page.
    pub fn of(text: &str) -> Source {
        let plain =
            |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}');
        let is_link = text.starts_with("https://") && text.chars().all(plain);
        Source { text: text.to_owned(), href: is_link.then(|| text.to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_plain_and_differ() {
        assert_eq!(id("cell", "wazero@1.12.0+jit/fs/a-b"), "cell/wazero@1.12.0+jit/fs/a-b");
        assert_eq!(id("cell", "a b\"é_20"), "cell/a_20b_22_c3_a9_5f20");
        assert_ne!(id("cell", "a b"), id("cell", "a_20b"));
    }

    #[test]
    fn only_https_is_linked() {
        assert!(Source::of("https://go.dev/a?b=c&d#e").href.is_some());
        for text in [
            "javascript:alert(1)",
            "http://go.dev",
            "HTTPS://go.dev",
            " https://go.dev",
            "https://go.dev/\"x",
            "unreported",
        ] {
            assert_eq!(Source::of(text).href, None, "{text}");
        }
    }
}
