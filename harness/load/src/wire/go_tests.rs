//! The files about Go tests: what is known of them, which cases show the same, and what others keep by hand.

use serde::Deserialize;
use serde_spanned::Spanned;

/// `lists.toml`, beside the results of Go tests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestListFile {
    /// The lists.
    #[serde(default)]
    pub list: Vec<Spanned<TestListWire>>,
}

/// One `[[list]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestListWire {
    /// Its name here.
    pub id: Spanned<String>,
    /// What it is, in a few words.
    pub title: Spanned<String>,
    /// The name by which Go's own tests know the runtime.
    pub engine: Spanned<String>,
    /// Its address.
    pub url: Spanned<String>,
    /// Which state of it was read.
    pub of: Spanned<String>,
    /// What it says.
    #[serde(default)]
    pub entry: Vec<Spanned<ListEntryWire>>,
}

/// One `[[list.entry]]`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct ListEntryWire {
    /// The packages; none if it is about all.
    #[serde(default)]
    pub packages: Vec<String>,
    /// The tests; none if it is about the package as a whole.
    #[serde(default)]
    pub tests: Vec<String>,
    /// What the list says of them.
    pub claim: ClaimWire,
    /// The same in a sentence.
    pub says: Spanned<String>,
    /// A text that the failing tests write.
    pub output: Option<String>,
    /// The system on which it holds.
    pub only_on: Option<String>,
    /// What happens there.
    pub cause: Option<CauseWire>,
}

/// What a list says of tests.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ClaimWire {
    Fails,
    Skipped,
    Passes,
}

/// One `[list.entry.cause]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CauseWire {
    /// What happens, in sentences.
    pub words: Spanned<String>,
    /// The function whose call matters.
    pub call: String,
    /// The issue, or `unreported`.
    pub url: Spanned<String>,
    /// The project's case about it.
    pub case: Option<String>,
    /// The module in text form, beside the list.
    pub wat: Spanned<String>,
    /// The shell commands that prepare its folder.
    pub before: String,
    /// What the module does.
    pub runs: Vec<Spanned<CauseRunWire>>,
}

/// One of the `runs` of a cause.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CauseRunWire {
    /// The column.
    pub column: String,
    /// The runtime's own command.
    pub command: String,
    /// The exit code.
    pub exit: i32,
}

/// `wasip1-known-failures.toml`, in the folder of a Go module.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnownFailureFile {
    /// The entries.
    #[serde(default)]
    pub failure: Vec<Spanned<KnownFailureEntry>>,
}

/// One `[[failure]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnownFailureEntry {
    /// The import path of the package.
    pub package: String,
    /// The tests; one that is named stands for its subtests, too.
    pub tests: Spanned<Vec<String>>,
    /// The runtimes; `None` means all.
    pub runtimes: Option<Spanned<Vec<String>>>,
    /// The versions of the one runtime, a semver range; `None` means all.
    pub versions: Option<Spanned<String>>,
    /// The modes; `None` means all.
    pub modes: Option<Spanned<Vec<String>>>,
    /// A text of the failing test's output.
    pub says: Spanned<String>,
    /// One sentence.
    pub reason: Spanned<String>,
    /// The upstream issue, or `unreported`.
    pub url: Spanned<String>,
    /// Whether the tests also pass now and then.
    #[serde(default)]
    pub sometimes: bool,
}

/// `reports/std/cases.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShownByFile {
    /// The entries. The first one that matches a test counts.
    #[serde(default)]
    pub shown: Vec<Spanned<ShownByEntry>>,
}

/// One `[[shown]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShownByEntry {
    /// The import path of the package; `*` stands for any text.
    pub package: Spanned<String>,
    /// The tests, in the same way; `None` means the package as a whole.
    pub tests: Option<Spanned<Vec<String>>>,
    /// The runtimes; `None` means all.
    pub runtimes: Option<Spanned<Vec<String>>>,
    /// A text of the test's output; left out: any.
    #[serde(default)]
    pub says: String,
    /// The cases; none if no case shows it.
    pub cases: Spanned<Vec<String>>,
    /// One sentence.
    pub why: Spanned<String>,
}
