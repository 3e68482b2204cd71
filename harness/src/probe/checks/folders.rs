//! Preopens.

use super::{Check, Seen, check, seen};
use crate::capability::Capability;
use crate::expectation::quoted;
use crate::probe::attempt::{Attempt, GIVEN_ONE, GIVEN_OTHER, Inputs, ONE, OTHER};
use crate::probe::guests::LOOKS_AT_PREOPENS;

pub fn all() -> Vec<Check> {
    vec![preopens_none(), preopens(), read_only(), duplicate_dir()]
}

/// Each preopen's name, what is in it, and the errno of making a file there.
fn folders(attempt: &Attempt) -> Option<Vec<[String; 3]>> {
    let strings = attempt.strings()?;
    let (folders, []) = strings.as_chunks::<3>() else { return None };
    Some(folders.iter().map(|folder| folder.map(|string| String::from_utf8_lossy(string).into_owned())).collect())
}

fn look(expected: &'static [[&str; 3]]) -> impl Fn(&Inputs, &Attempt) -> Seen {
    move |_, attempt| {
        let Some(folders) = folders(attempt) else { return seen(false, attempt.told()) };
        let as_expected = |(folder, expected): (&[String; 3], &[&str; 3])| {
            folder[0] == expected[0] && folder[1] == expected[1] && (folder[2] == "00") == (expected[2] == "00")
        };
        let same = folders.len() == expected.len() && folders.iter().zip(expected).all(as_expected);
        let mut text: Vec<_> = folders
            .iter()
            .map(|[name, given, errno]| {
                let made =
                    if errno == "00" { "a file made".to_owned() } else { format!("making a file: errno {errno}") };
                format!("{name:?} with {given:?}, {made}")
            })
            .collect();
        let mut landed = true;
        for ([name, _, errno], made) in expected.iter().zip(&attempt.made) {
            let should = (*errno == "00").then(|| name.as_bytes().to_vec());
            if *made != should {
                landed = false;
                let found = made.as_deref().map_or_else(|| "no such file".to_owned(), quoted);
                text.push(format!("on the host, for {name:?}: {found}"));
            }
        }
        let text = if text.is_empty() { "nothing".to_owned() } else { text.join("; ") };
        seen(same && landed, text)
    }
}

fn preopens_none() -> Check {
    check("preopens-none", "no folder", Inputs::of(LOOKS_AT_PREOPENS), look(&[]))
}

fn preopens() -> Check {
    let inputs = Inputs::of(LOOKS_AT_PREOPENS).dir("/data", ONE, false).dir("/other", OTHER, false);
    let expected = &[["/data", GIVEN_ONE, "00"], ["/other", GIVEN_OTHER, "00"]];
    let given = "two folders as \"/data\" and \"/other\"";
    check("preopens", given, inputs, look(expected)).proving(Capability::DirMap)
}

fn read_only() -> Check {
    let inputs = Inputs::of(LOOKS_AT_PREOPENS).dir("/data", ONE, true);
    let given = "a folder as \"/data\", not to be changed";
    check("dir-read-only", given, inputs, look(&[["/data", GIVEN_ONE, ""]])).proving(Capability::DirReadOnly)
}

fn duplicate_dir() -> Check {
    let inputs = Inputs::of(LOOKS_AT_PREOPENS).dir("/data", ONE, false).dir("/data", OTHER, false);
    let expected = &[["/data", GIVEN_ONE, "00"], ["/data", GIVEN_OTHER, "00"]];
    check("duplicate-dir", "two folders, both as \"/data\"", inputs, look(expected)).proving(Capability::DuplicateDir)
}
