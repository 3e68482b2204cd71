//! `cases/fixtures/fixtures.toml`; `cases/README.md` specifies the format.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_spanned::Spanned;

use super::forms::Bytes;
use matrix_model::fixture::Special;

/// The additions to the files in each fixture's folder, by the fixture's name.
pub type FixturesFile = IndexMap<Spanned<String>, FixtureTable>;

/// `[<fixture>.files]`, `[<fixture>.links]`, `[<fixture>.sparse]`, `[<fixture>.many]` and `[<fixture>.special]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FixtureTable {
    /// The targets of symbolic links, by the link's path in the fixture.
    #[serde(default)]
    pub links: IndexMap<Spanned<String>, Spanned<String>>,
    /// The content of files, by the file's path in the fixture.
    #[serde(default)]
    pub files: IndexMap<Spanned<String>, Bytes>,
    /// The sizes in bytes of files of which nothing is stored, by the file's path in the fixture.
    #[serde(default)]
    pub sparse: IndexMap<Spanned<String>, u64>,
    /// How many names of one empty file are in a folder, by the folder's path in the fixture.
    #[serde(default)]
    pub many: IndexMap<Spanned<String>, u32>,
    /// The kinds of special files, by the file's path in the fixture.
    #[serde(default)]
    pub special: IndexMap<Spanned<String>, Special>,
}
