//! Names of pages, ids on pages, and links out of the pages.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// How long a part of a path may be, in bytes; file systems allow 255.
const LONGEST: usize = 200;

/// An HTML id made from a name, which can be used as a URL's fragment without escaping. Different names give different
/// ids: each byte that is not plain, and `~` itself, becomes `~` and two hexadecimal digits.
pub fn id(kind: &str, name: &str) -> String {
    format!("{kind}/{}", fragment(name))
}

/// The id of a column's cell on the page of its case: the column's name, spelled as in [`id`].
pub(crate) fn fragment(name: &str) -> String {
    let mut id = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'/' | b'@' | b'+' | b'_' => {
                id.push(char::from(byte))
            }
            byte => id.push_str(&format!("~{byte:02x}")),
        }
    }
    id
}

/// The file of a page: the name below the folder of its kind, where each `/` makes a folder. No name leads out of that
/// folder.
pub fn file(kind: &str, name: &str) -> String {
    let parts: Vec<_> = name.split('/').map(part).collect();
    format!("{kind}/{}.html", parts.join("/"))
}

fn part(name: &str) -> String {
    let plain = match name {
        "" => "~".to_owned(),
        name if name.bytes().all(|byte| byte == b'.') => name.replace('.', "~2e"),
        name => fragment(name),
    };
    if plain.len() <= LONGEST {
        return plain;
    }
    let digest: String = Sha256::digest(name).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{}~{digest}", &plain[..LONGEST])
}

/// The address of a cell, from the folder of all pages: the page of its case, and its column there.
pub fn cell(column: &str, case: &str) -> String {
    format!("{}#{}", file("case", case), fragment(column))
}

/// The path from a page to the folder of all pages: `../` for each folder above the file.
pub fn root(file: &str) -> String {
    "../".repeat(file.matches('/').count())
}

/// A text that names a source, and its address if pages may link to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Source {
    text: String,
    href: Option<String>,
}

impl Source {
    /// Only `https` addresses become links: a case file must not be able to bring a script onto a page.
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
        assert_eq!(id("cell", "a b\"é~20_"), "cell/a~20b~22~c3~a9~7e20_");
        assert_ne!(id("cell", "a b"), id("cell", "a~20b"));
    }

    #[test]
    fn no_name_leads_out_of_its_folder() {
        assert_eq!(file("case", "fs/rename/replaces-a-file"), "case/fs/rename/replaces-a-file.html");
        assert_eq!(file("case", "../../a/./b//c"), "case/~2e~2e/~2e~2e/a/~2e/b/~/c.html");
        assert_eq!(file("case", "/etc/passwd"), "case/~/etc/passwd.html");
        let (long, longer) = ("é".repeat(300), "é".repeat(301));
        assert_ne!(file("case", &long), file("case", &longer));
        assert!(file("case", &long).split('/').all(|part| part.len() < 255));
        assert_eq!(root("case/fs/rename/a.html"), "../../../");
        assert_eq!(root("index.html"), "");
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
