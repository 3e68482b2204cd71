//! Checks preopens.

use super::{Check, Seen, check, seen};
use crate::probe::attempt::{Attempt, GIVEN_ONE, GIVEN_OTHER, Inputs, ONE, OTHER};
use crate::probe::guests::LOOKS_AT_PREOPENS;
use matrix_model::capability::Capability;
use matrix_model::content::quoted;

pub fn all() -> Vec<Check> {
    vec![preopens_none(), names(), preopens(), read_only(), duplicate_dir()]
}

/// Each preopen's name, its content, and the errno of making a file there.
fn folders(attempt: &Attempt) -> Option<Vec<[String; 3]>> {
    let strings = attempt.strings()?;
    let (folders, []) = strings.as_chunks::<3>() else { return None };
    Some(folders.iter().map(|folder| folder.map(|string| String::from_utf8_lossy(string).into_owned())).collect())
}

/// A folder's expected content, and whether a file can be made in it.
type Expected = (&'static str, bool);

/// Judges each folder's content, the order of the folders, and where on the host a file appears. Another check judges
/// the names that the guest sees, so that a wrong name does not hide other faults.
fn look(expected: &'static [Expected]) -> impl Fn(&Inputs, &Attempt) -> Seen {
    move |_, attempt| {
        let Some(folders) = folders(attempt) else { return seen(false, attempt.told()) };
        let mut good = folders.len() == expected.len();
        let mut text = Vec::new();
        for ([name, given, errno], (should_give, writable)) in folders.iter().zip(expected) {
            good &= given == should_give && (errno == "00") == *writable;
            let made = if errno == "00" { "a file made".to_owned() } else { format!("making a file: errno {errno}") };
            text.push(format!("{name:?} with {given:?}, {made}"));
        }
        for (index, made) in attempt.made.iter().enumerate() {
            let should = folders.get(index).filter(|[_, _, errno]| errno == "00").map(|[name, ..]| name.as_bytes());
            if made.as_deref() != should {
                good = false;
                let found = made.as_deref().map_or_else(|| "no such file".to_owned(), quoted);
                text.push(format!("in folder {index} on the host: {found}"));
            }
        }
        let more = folders.len().saturating_sub(expected.len());
        text.extend((more > 0).then(|| format!("{more} more")));
        let text = if text.is_empty() { "nothing".to_owned() } else { text.join("; ") };
        seen(good, text)
    }
}

fn preopens_none() -> Check {
    check("preopens-none", "no folder", Inputs::of(LOOKS_AT_PREOPENS), |_, attempt| match folders(attempt) {
        Some(folders) if folders.is_empty() => seen(true, "no folder"),
        Some(folders) => seen(false, list(folders)),
        None => seen(false, attempt.told()),
    })
}

fn list(folders: Vec<[String; 3]>) -> String {
    folders.iter().map(|[name, ..]| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

fn two() -> Inputs {
    Inputs::of(LOOKS_AT_PREOPENS).dir("/data", ONE, false).dir("/other", OTHER, false)
}

fn names() -> Check {
    check("preopen-names", r#""/data", "/other""#, two(), |inputs, attempt| match folders(attempt) {
        Some(folders) => {
            let given = inputs.case.dirs.iter().map(|dir| &dir.guest);
            seen(folders.iter().map(|[name, ..]| name).eq(given), list(folders))
        }
        None => seen(false, attempt.told()),
    })
}

fn preopens() -> Check {
    let expected = &[(GIVEN_ONE, true), (GIVEN_OTHER, true)];
    check("preopens", "two folders to read and to write", two(), look(expected)).proving(Capability::DirMap)
}

fn read_only() -> Check {
    let inputs = Inputs::of(LOOKS_AT_PREOPENS).dir("/data", ONE, true);
    let judged = check("dir-read-only", "a folder to read only", inputs, look(&[(GIVEN_ONE, false)]));
    judged.proving(Capability::DirReadOnly)
}

fn duplicate_dir() -> Check {
    let inputs = Inputs::of(LOOKS_AT_PREOPENS).dir("/data", ONE, false).dir("/data", OTHER, false);
    let judged =
        check("duplicate-dir", "two folders by one name", inputs, look(&[(GIVEN_ONE, true), (GIVEN_OTHER, true)]));
    judged.proving(Capability::DuplicateDir)
}
