//! What a misspelt name was meant to be.

/// How much two names must resemble each other, from 0 to 1: as much as clap asks of an option.
const LEAST: f64 = 0.7;

/// The one of these names that a name most resembles; `None` if it resembles none.
pub fn nearest<'n>(misspelt: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let alike = names.into_iter().map(|name| (strsim::jaro(misspelt, name), name));
    alike.filter(|(alike, _)| *alike > LEAST).max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, name)| name)
}

/// The question to put before other advice, with a space after it; nothing if the name resembles none of these.
pub fn did_you_mean<'n>(misspelt: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    nearest(misspelt, names).map_or_else(String::new, |name| format!("did you mean `{name}`? "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_slip_is_found_and_another_word_is_not() {
        let names = ["env", "dir-map", "memory-limit", "fixed-clock"];
        for (misspelt, meant) in
            [("dirmap", "dir-map"), ("memroy-limit", "memory-limit"), ("fixed_clock", "fixed-clock")]
        {
            assert_eq!(nearest(misspelt, names), Some(meant));
        }
        assert_eq!(nearest("wings", names), None);
        assert_eq!(did_you_mean("wings", names), "");
        assert_eq!(did_you_mean("enw", names), "did you mean `env`? ");
    }
}
