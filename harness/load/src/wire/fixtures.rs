//! `cases/fixtures/fixtures.toml`; `cases/README.md` specifies the format.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_spanned::Spanned;

use super::forms::Bytes;

/// The additions to the files in each fixture's folder, by the fixture's name.
pub type FixturesFile = IndexMap<Spanned<String>, FixtureTable>;

/// `[<fixture>.links]` and `[<fixture>.files]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FixtureTable {
    /// The targets of symbolic links, by the link's path in the fixture.
    #[serde(default)]
    pub links: IndexMap<Spanned<String>, Spanned<String>>,
    /// The content of files, by the file's path in the fixture.
    #[serde(default)]
    pub files: IndexMap<Spanned<String>, Bytes>,
}
