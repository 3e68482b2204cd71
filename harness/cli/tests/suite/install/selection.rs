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
    tool.install(&[]).assert(0, &["2 installed", left]);
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
    let words = ["tool@1.2.3: cannot be had from here: take a tool from the shelf", "1 not to be had"];
    tool.install(&[]).assert(0, &words);
    tool.install(&["tool"]).assert(1, &words);
}

#[test]
fn one_that_fails_keeps_no_other_from_being_installed() {
    let tool = Tool::from_npm();
    tool.runtime("broken", "npm = [\"no-such-package@{version}\"]");
    tool.runtime("there", "npm = [\"tool@{version}\"]");
    tool.runtime("shelved", "exe = \"no-such-tool\"");
    tool.install(&["there"]).assert(0, &["1 installed"]);
    let ended = tool.install(&["--all"]);
    ended.assert(1, &["1 installed, 1 there already, 1 not to be had, 1 failed"]);
    let said = String::from_utf8_lossy(&ended.0.stdout).into_owned();
    for line in [
        "installed: tool@1.2.3\n",
        "there already: there@1.2.3\n",
        "shelved@1.2.3: cannot be had from here: take a tool from the shelf\n",
        "broken@1.2.3: FAILED: npm: ",
        "npm error 404 Not Found",
        "\n  next: mend that, and `wasip1-matrix install broken@1.2.3` tries it again; until then its cells are unavailable",
    ] {
        assert!(said.contains(line), "{line:?} is not in the summary: {said}");
    }
    assert!(tool.prefix("bin/tool").exists());
}

#[test]
fn a_note_that_cannot_be_read_keeps_no_other_from_being_installed() {
    let tool = Tool::from_npm();
    tool.runtime("broken", "npm = [\"tool@{version}\"]");
    tool.runtime("slow", "npm = [\"tool@{version}\"]\nslow = true");
    tool.install(&["broken", "slow"]).assert(0, &["2 installed"]);
    for id in ["broken", "slow"] {
        tool.project.write(&format!("store/{id}/1.2.3/installation.toml"), "no note");
    }
    let failed = ["1 installed", "2 failed", "broken@1.2.3: FAILED", "slow@1.2.3: FAILED", "install --again"];
    tool.install(&[]).assert(1, &failed);
    assert!(tool.prefix("bin/tool").exists());
}
