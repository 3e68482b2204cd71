//! Which engine is compiled in, for engines that do not say so themselves.

/// The version of `package` in the text of a `Cargo.lock`, if it is there exactly once.
///
/// A host includes the lock file it was built with, so what it prints is never typed by hand.
pub fn locked<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let mut versions = lock.split("[[package]]").filter_map(|entry| {
        let value = |key: &str| {
            entry.lines().find_map(|line| line.strip_prefix(key)?.trim().strip_prefix('"')?.strip_suffix('"'))
        };
        if value("name =")? == package { value("version =") } else { None }
    });
    let version = versions.next()?;
    versions.next().is_none().then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "engine"
version = "7.4.2"
dependencies = [
 "twice",
]

[[package]]
name = "twice"
version = "1.0.0"

[[package]]
name = "twice"
version = "2.0.0"
"#;

    #[test]
    fn a_package_is_found_only_where_the_answer_is_certain() {
        assert_eq!(locked(LOCK, "engine"), Some("7.4.2"));
        assert_eq!(locked(LOCK, "twice"), None);
        assert_eq!(locked(LOCK, "absent"), None);
    }
}
