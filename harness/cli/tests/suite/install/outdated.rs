//! Which pins are behind what the package managers offer.

use super::tool::Tool;

/// Where a runtime can come from, with one package each.
const SOURCES: [&str; 6] = [
    "npm = [\"tool@{version}\"]",
    "pip = [\"tool=={version}\"]",
    "cargo = { package = \"tool\" }",
    "go = \"example.org/owner/tool\"",
    "maven = [\"org.example:tool:{version}\"]\nexe = \"lib/tool-{version}.jar\"",
    "deb = { suite = \"stable\", packages = [\"tool\"] }",
];

#[test]
fn each_package_manager_is_asked_through_its_own_client() {
    for source in SOURCES {
        let tool = Tool::new(source);
        tool.offers("1.2.3");
        tool.run(&["outdated"]).assert(0, &["tool: 1.2.3 is the newest", "0 behind, 1 newest, 0 not asked"]);
        tool.offers("1.10.0");
        tool.run(&["outdated"]).assert(1, &["tool: 1.2.3 is behind 1.10.0", "1 behind, 0 newest, 0 not asked"]);
    }
}

#[test]
fn a_line_with_long_term_support_is_compared_with_itself() {
    let tool = Tool::new("npm = [\"tool@{version}\"]\nlts = \"^1\"");
    tool.offers("2.0.0");
    tool.run(&["outdated"]).assert(0, &["tool: 1.2.3 is the newest of the long-term support line ^1"]);
    tool.offers("1.3.0");
    tool.run(&["outdated"]).assert(1, &["1.2.3 is behind 1.3.0, the newest of the long-term support line ^1"]);
}

#[test]
fn a_runtime_that_no_package_manager_has_is_named() {
    let tool = Tool::from_npm();
    tool.offers("1.2.3");
    tool.runtime("other", "exe = \"no-such-tool\"");
    tool.run(&["outdated"]).assert(0, &["other: not asked, because no package manager is known to have it"]);
    tool.run(&["outdated", "other"]).assert(2, &["nothing could be asked"]);
    tool.run(&["outdated", "toll"]).assert(2, &["there is no runtime `toll`; there are: other, tool"]);
    tool.run(&["--offline", "outdated"]).assert(2, &["--offline forbids to ask for newer versions"]);
}

#[test]
fn a_client_that_fails_is_named_with_its_words() {
    let tool = Tool::from_npm();
    tool.offers("1.2.3");
    tool.runtime("broken", "npm = [\"no-such-package@{version}\"]");
    tool.run(&["outdated"]).assert(0, &["broken: not asked: ", "404 Not Found", "0 behind, 1 newest, 1 not asked"]);
}
