//! Workflows and actions, read by lines.

/// How far a line is indented.
pub fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Each line without its indentation and the `-` of a list, and without those that only comment.
pub fn commands(text: &str) -> impl Iterator<Item = &str> {
    let bare = text.lines().map(|line| line.trim_start().trim_start_matches("- "));
    bare.filter(|line| !line.starts_with('#'))
}

/// Each line that begins something, with the lines below it that are indented further or empty.
pub fn followed_by(text: &str, begins: impl Fn(&str) -> bool) -> Vec<String> {
    let lines: Vec<_> = text.lines().collect();
    let starts = lines.iter().enumerate().filter(|(_, line)| begins(line));
    let whole = |(start, line): (usize, &&str)| {
        let below = lines[start + 1..].iter().take_while(|next| next.is_empty() || indent(next) > indent(line));
        let all: Vec<_> = std::iter::once(*line).chain(below.copied()).collect();
        all.join("\n") + "\n"
    };
    starts.map(whole).collect()
}

/// The scripts of steps, each with its `run:`.
pub fn scripts(text: &str) -> Vec<String> {
    // The other keys of a step stand where `run` stands, after the `-`.
    let aligned = text.replace("- run:", "  run:");
    followed_by(&aligned, |line| line.trim_start().starts_with("run:"))
}

/// The names of a mapping at the top of a document.
pub fn names_below(text: &str, key: &str) -> Vec<String> {
    let of_key = followed_by(text, |line| line == key).concat();
    let names = of_key.lines().filter(|line| indent(line) == 2).filter_map(|line| line.trim().strip_suffix(':'));
    names.map(str::to_owned).collect()
}
