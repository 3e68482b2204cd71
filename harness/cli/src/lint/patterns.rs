//! Which imports a user allows or denies.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde::Serialize;
use wasip1_trace::interface::PREVIEW1;

/// Stands for any text in a pattern.
const ANY: char = '*';

/// The patterns that a user gave.
pub struct Patterns<'a> {
    allow: &'a [String],
    deny: &'a [String],
}

/// An import that breaks them.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Refused {
    /// Its name, as `module.name` if the module is not preview 1.
    pub import: String,
    /// The option that it breaks, with what was given.
    pub by: String,
}

impl<'a> Patterns<'a> {
    /// Takes patterns.
    ///
    /// # Errors
    /// If one can match no function: it would never be noticed.
    pub fn new(allow: &'a [String], deny: &'a [String]) -> Result<Patterns<'a>> {
        for (option, pattern) in allow.iter().map(|one| ("--allow", one)).chain(deny.iter().map(|one| ("--deny", one)))
        {
            let is_foreign = pattern.contains('.');
            if !is_foreign && !PREVIEW1.functions.keys().any(|function| matches(pattern, function)) {
                bail!("{option} {pattern}: no function of preview 1 matches; those of another module are MODULE.NAME");
            }
        }
        Ok(Patterns { allow, deny })
    }

    /// The imports that break them.
    pub fn refused(&self, imports: &BTreeSet<String>) -> Vec<Refused> {
        let by = |import: &String| {
            let denied = self.deny.iter().find(|pattern| matches(pattern, import));
            let is_allowed = self.allow.is_empty() || self.allow.iter().any(|pattern| matches(pattern, import));
            match denied {
                Some(pattern) => Some(format!("--deny {pattern}")),
                None => (!is_allowed).then(|| format!("--allow {}", self.allow.join(","))),
            }
        };
        imports.iter().filter_map(|import| Some(Refused { import: import.clone(), by: by(import)? })).collect()
    }
}

/// Whether a text is like a pattern, in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((begin, rest)) = pattern.split_once(ANY) else { return pattern == text };
    let Some(mut text) = text.strip_prefix(begin) else { return false };
    let (middle, end) = rest.rsplit_once(ANY).unwrap_or(("", rest));
    for part in middle.split(ANY) {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text) in [
            ("fd_write", "fd_write"),
            ("fd_*", "fd_"),
            ("*", ""),
            ("*_get", "clock_time_get"),
            ("f*_*e", "fd_write"),
            ("env.*", "env.f"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("fd_write", "fd_writes"), ("sock_*", "fd_write"), ("a*b*c", "acb"), ("ab*ba", "aba")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_denied_or_not_allowed_is_refused() {
        let imports = ["fd_write", "sock_accept", "env.f"].map(str::to_owned).into();
        let refused = |allow: &[&str], deny: &[&str]| {
            let [allow, deny] = [allow, deny].map(|all| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>());
            let patterns = Patterns::new(&allow, &deny)?;
            anyhow::Ok(
                patterns
                    .refused(&imports)
                    .into_iter()
                    .map(|one| format!("{}: {}", one.import, one.by))
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(refused(&[], &[]).expect("patterns"), Vec::<String>::new());
        assert_eq!(refused(&[], &["sock_*"]).expect("patterns"), ["sock_accept: --deny sock_*"]);
        assert_eq!(
            refused(&["fd_*", "sock_*"], &["sock_accept"]).expect("patterns"),
            ["env.f: --allow fd_*,sock_*", "sock_accept: --deny sock_accept"]
        );
        assert!(refused(&[], &["socks_*"]).expect_err("a typing error").to_string().starts_with("--deny socks_*: no"));
    }
}
