//! The tests that the project runs and publishes: each set has a page beside those of the results.

use matrix_model::go_test::TestReport;
use matrix_model::go_test::lists::TestList;
use matrix_model::plural::counted;
use matrix_store::test_parts;
use serde::Serialize;

/// A set of packages whose tests the project publishes.
#[derive(Debug, Serialize)]
pub struct Published {
    /// The folder with what each column showed, from the project's root.
    pub folder: &'static str,
    /// The file of the failures that are known, from the project's root, if the set has one.
    pub known: Option<&'static str>,
    /// The page, from the folder of all pages.
    pub page: &'static str,
    /// What a link to it says.
    pub brief: &'static str,
    /// The page's heading.
    pub title: &'static str,
    /// What the packages are, in a sentence or two.
    pub lead: &'static str,
    /// The commands that run one package again, in one column: with this project's command, and with `go test`.
    pub repeat: [&'static str; 2],
}

/// What is published of a set.
pub struct PublishedTests {
    /// The set.
    pub set: &'static Published,
    /// What its tests show.
    pub report: TestReport,
    /// What others keep by hand of them.
    pub lists: Vec<TestList>,
}

/// All sets, in the order of their links.
pub const PUBLISHED: [Published; 2] = [
    Published {
        folder: test_parts::STD,
        known: None,
        page: "std.html",
        brief: "Standard library",
        title: "The tests of Go’s own standard library",
        lead: "The tests that come with Go, under each runtime and natively.",
        repeat: [
            "wasip1-matrix test -short -timeout 2m --runtime wazero,wasmtime io/fs",
            "GOOS=wasip1 GOARCH=wasm GOWASIRUNTIME=wazero go test -short -exec 'wasip1-matrix exec' io/fs",
        ],
    },
    Published {
        folder: test_parts::MODULES,
        known: Some("examples/modules/wasip1-known-failures.toml"),
        page: "modules.html",
        brief: "Modules",
        title: "The tests of well-known modules",
        lead: "Modules that many Go programs use, each with its own tests, under each runtime and natively.",
        repeat: [
            "cd examples/modules && wasip1-matrix test -short -timeout 2m --runtime wazero,wasmtime github.com/google/uuid",
            "cd examples/modules && GOOS=wasip1 GOARCH=wasm GOWASIRUNTIME=wazero go test -short -exec 'wasip1-matrix exec' github.com/google/uuid",
        ],
    },
];

/// A link to a page of published tests.
#[derive(Serialize)]
pub(crate) struct TestsLink {
    href: &'static str,
    brief: &'static str,
    title: &'static str,
    /// How much there is: `18 packages in 8 columns`.
    extent: String,
}

impl TestsLink {
    /// The link to what was published of a set.
    pub fn of(PublishedTests { set, report, .. }: &PublishedTests) -> TestsLink {
        let (packages, columns) = (counted(report.packages.len(), "package"), counted(report.columns.len(), "column"));
        TestsLink { href: set.page, brief: set.brief, title: set.title, extent: format!("{packages} in {columns}") }
    }
}
