//! Which versions are meant, and what is said of those that are not installed.

use super::tool::Tool;

#[test]
fn an_unknown_runtime_is_answered_with_the_known_ones() {
    let tool = Tool::new("npm = [\"tool@{version}\"]");
    tool.runtime("other", "npm = [\"tool@{version}\"]");
    tool.install(&["toll"]).assert(2, &["there is no runtime `toll`; there are: other, tool"]);
    tool.install(&["tool@latest"]).assert(2, &["`tool@latest`: not a version"]);
    tool.assert_nothing_stored();
}

#[test]
fn without_words_all_pins_of_all_quick_runtimes() {
    let tool = Tool::new("npm = [\"tool@{version}\"]\npins = [\"1.2.3\", \"1.1.0\"]");
    tool.runtime("slow", "npm = [\"tool@{version}\"]\nslow = true");
    let left = "--all installs them: slow@1.2.3";
    tool.install(&[]).assert(0, &["2 installed, 0 there already", left]);
    tool.install(&["--all"]).assert(0, &["1 installed, 2 there already"]);
    assert!(!tool.install(&[]).said().contains("--all installs them"), "it is there");
}

#[test]
fn a_named_version_need_not_be_pinned() {
    let tool = Tool::new("npm = [\"tool@{version}\"]");
    tool.install(&["tool@3.0.0", "tool@3.0.0"]).assert(0, &["1 installed", "tool@3.0.0: installed"]);
    assert!(tool.store("tool/3.0.0/bin/tool").exists());
    assert!(!tool.prefix("").exists());
}

#[test]
fn what_cannot_be_had_says_how_it_can() {
    let tool = Tool::new("exe = \"no-such-tool\"");
    let words = ["tool@1.2.3: cannot be had from here: take a tool from the shelf", "1 cannot be had"];
    tool.install(&[]).assert(0, &words);
    tool.install(&["tool"]).assert(1, &words);
}

#[test]
fn one_that_fails_keeps_no_other_from_being_installed() {
    let tool = Tool::from_npm();
    tool.runtime("broken", "npm = [\"no-such-package@{version}\"]");
    tool.install(&[]).assert(1, &["1 installed", "1 failed", "broken@1.2.3: FAILED", "404 Not Found"]);
    assert!(tool.prefix("bin/tool").exists());
}
