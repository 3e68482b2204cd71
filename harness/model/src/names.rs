//! The names of cases, columns and cells: each is written and read here and nowhere else.
//!
//! ```text
//! fs/rename/replaces-existing-file                                  a case: its area, and its own name
//! wazero@1.12.0+interpreter+no-statx+local+go1.24.13                a column: runtime, version, mode, surrounding, local, Go
//! wazero@1.12.0+interpreter/fs/rename/replaces-existing-file        a cell: its column, and its case
//! ```

use std::fmt;
use std::str::FromStr;

use semver::Version;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// The part of a column's name that says that the user gave the path of its build.
const LOCAL: &str = "local";

/// The prefix of the Go release that builds a column's guests.
const GO: &str = "go";

/// What the name of a surrounding begins with, and the name of no mode. This tells the two apart in a column's name.
pub const OF_SURROUNDINGS: [&str; 5] = ["no-", "few-", "small-", "full-", "read-only-"];

/// Whether a name is one of a surrounding, and not of a mode.
pub fn is_of_surrounding(name: &str) -> bool {
    OF_SURROUNDINGS.iter().any(|beginning| name.len() > beginning.len() && name.starts_with(beginning))
}

/// Why a text is not a valid name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Invalid {
    /// It is not a case's name.
    #[error("`{0}` is no case's name; one is written like `fs/rename/replaces-existing-file`")]
    Case(String),
    /// It is not a column's name.
    #[error("`{0}` is no column's name; one is written like `wazero@1.12.0` or `wazero@1.12.0+interpreter`")]
    Column(String),
    /// It is not a cell's name.
    #[error("`{0}` is no cell's name; one is written like `wazero@1.12.0/fs/rename/replaces-existing-file`")]
    Cell(String),
}

/// A case's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseId {
    area: String,
    name: String,
}

impl CaseId {
    /// The name of a case in an area.
    pub fn new(area: &str, name: &str) -> CaseId {
        CaseId { area: area.to_owned(), name: name.to_owned() }
    }

    /// The area: the path of the case's file under `cases/`.
    pub fn area(&self) -> &str {
        &self.area
    }
}

/// The first part of an area's name. Areas with the same first part belong together.
pub fn topic(area: &str) -> &str {
    area.split_once('/').map_or(area, |(topic, _)| topic)
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.area, self.name)
    }
}

impl FromStr for CaseId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<CaseId, Invalid> {
        match text.rsplit_once('/') {
            Some((area, name)) if !area.is_empty() && !name.is_empty() => Ok(CaseId::new(area, name)),
            _ => Err(Invalid::Case(text.to_owned())),
        }
    }
}

/// Splits what a user calls a runtime, such as `wazero`, `wazero@1.12.0+interpreter` or `wazero@./a/path`, into the
/// runtime's id and what follows the `@`.
pub fn id_and_rest(text: &str) -> (&str, Option<&str>) {
    text.split_once('@').map_or((text, None), |(id, rest)| (id, Some(rest)))
}

/// A column's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnName {
    /// The runtime's id.
    pub runtime: String,
    /// The version.
    pub version: Version,
    /// The mode, unless it is the default one.
    pub mode: Option<String>,
    /// The surrounding that it is run in, unless that is the machine as it is.
    pub surrounding: Option<String>,
    /// Whether the user gave the path of its build.
    pub local: bool,
    /// The Go release that builds its guests, if one was asked for.
    pub go: Option<String>,
}

impl fmt::Display for ColumnName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}@{}", self.runtime, self.version)?;
        if let Some(mode) = &self.mode {
            write!(f, "+{mode}")?;
        }
        if let Some(surrounding) = &self.surrounding {
            write!(f, "+{surrounding}")?;
        }
        if self.local {
            write!(f, "+{LOCAL}")?;
        }
        match &self.go {
            Some(go) => write!(f, "+{GO}{go}"),
            None => Ok(()),
        }
    }
}

impl FromStr for ColumnName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<ColumnName, Invalid> {
        let invalid = || Invalid::Column(text.to_owned());
        let (runtime, Some(rest)) = id_and_rest(text) else { return Err(invalid()) };
        if runtime.is_empty() {
            return Err(invalid());
        }
        let mut parts = rest.split('+');
        let version = parts.next().and_then(|version| Version::parse(version).ok()).ok_or_else(invalid)?;
        let runtime = runtime.to_owned();
        let mut name = ColumnName { runtime, version, mode: None, surrounding: None, local: false, go: None };
        for part in parts {
            // The order of the parts is fixed.
            let is_last = name.go.is_some();
            match release(part) {
                _ if is_last || part.is_empty() => return Err(invalid()),
                Some(go) => name.go = Some(go.to_owned()),
                None if part == LOCAL && !name.local => name.local = true,
                None if name.local => return Err(invalid()),
                None if is_of_surrounding(part) && name.surrounding.is_none() => {
                    name.surrounding = Some(part.to_owned());
                }
                None if name.mode.is_none() && name.surrounding.is_none() && !is_of_surrounding(part) => {
                    name.mode = Some(part.to_owned());
                }
                None => return Err(invalid()),
            }
        }
        Ok(name)
    }
}

/// The Go release in a part like `go1.24.13`.
fn release(part: &str) -> Option<&str> {
    part.strip_prefix(GO).filter(|release| release.contains('.') && release.starts_with(|c: char| c.is_ascii_digit()))
}

/// A cell's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellName {
    /// The column's name.
    pub column: ColumnName,
    /// The case's name.
    pub case: CaseId,
}

/// The column's part of the text of a cell's name; all of it if there is no case in it.
pub fn column_of(cell: &str) -> &str {
    cell.split_once('/').map_or(cell, |(column, _)| column)
}

/// What follows each `+` in the column's part of the text of a cell's name.
pub fn parts_of_column(cell: &str) -> impl Iterator<Item = &str> {
    column_of(cell).split('+').skip(1)
}

impl fmt::Display for CellName {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.column, self.case)
    }
}

impl FromStr for CellName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<CellName, Invalid> {
        let (column, case) = text.split_once('/').ok_or_else(|| Invalid::Cell(text.to_owned()))?;
        Ok(CellName { column: column.parse()?, case: case.parse()? })
    }
}

/// Writes and reads a name as plain text.
macro_rules! as_text {
    ($($name:ty),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

as_text!(CaseId, ColumnName, CellName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_as_they_are_written() {
        let columns = [
            "wazero@1.12.0",
            "wazero@1.12.0+interpreter",
            "wazero@1.12.0+local",
            "wazero@1.12.0-rc.1+interpreter+no-statx+local+go1.24.13",
            "wasmtime-embedded@48.0.8+go1.21.13",
            "wasmtime-python@43.0.0+no-openat2",
            "wazero@1.12.0+read-only-disk+local",
            "wazero@1.12.0+interpreter+full-disk",
            "wazero@1.12.0+no-statx+go1.24.13",
        ];
        for text in columns {
            assert_eq!(text.parse::<ColumnName>().map(|name| name.to_string()).as_deref(), Ok(text));
            let cell = format!("{text}/fs/rename/replaces-existing-file");
            let name: CellName = cell.parse().expect("a cell's name");
            assert_eq!(column_of(&cell), text);
            assert_eq!(name.to_string(), cell);
            assert_eq!((name.case.area(), topic(name.case.area())), ("fs/rename", "fs"));
        }
        let name: ColumnName = columns[3].parse().expect("a column's name");
        let parts = (name.mode.as_deref(), name.surrounding.as_deref(), name.local, name.go.as_deref());
        assert_eq!(parts, (Some("interpreter"), Some("no-statx"), true, Some("1.24.13")));
        let name: ColumnName = columns[5].parse().expect("a column's name");
        assert_eq!((name.mode, name.surrounding.as_deref()), (None, Some("no-openat2")));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in
            ["", "wazero", "@1.0.0", "wazero@", "wazero@1", "wazero@1.0.0+", "wazero@1.0.0+a+b", "a@1.0.0+go1.2+b"]
        {
            assert_eq!(text.parse::<ColumnName>(), Err(Invalid::Column(text.to_owned())));
        }
        for text in ["a@1.0.0+no-b+c", "a@1.0.0+no-b+no-c", "a@1.0.0+local+no-b", "a@1.0.0+go1.2+no-b"] {
            assert_eq!(text.parse::<ColumnName>(), Err(Invalid::Column(text.to_owned())));
        }
        for text in ["", "fs", "/fs", "fs/"] {
            assert_eq!(text.parse::<CaseId>(), Err(Invalid::Case(text.to_owned())));
        }
        assert_eq!("wazero@1.0.0".parse::<CellName>(), Err(Invalid::Cell("wazero@1.0.0".to_owned())));
    }
}
