//! A part of a document that is written by a command, between two marks.

/// Replaces what stands between the two marks of a document; none if it lacks one of them.
pub fn replaced(document: &str, begin: &str, end: &str, text: &str) -> Option<String> {
    let (before, rest) = document.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}\n{text}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        assert_eq!(replaced("a\n<\nold\n>\nb\n", "<", ">", "new\n").as_deref(), Some("a\n<\nnew\n>\nb\n"));
        assert_eq!(replaced("a", "<", ">", "new"), None);
    }
}
