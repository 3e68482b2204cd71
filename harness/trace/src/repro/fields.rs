//! The numbers in a call's results that should be the same in two runs.

use crate::interface::{PREVIEW1, Shape};

/// The fields that differ from run to run, or that runtimes may legitimately grant differently.
const VOLATILE: [&str; 9] =
    ["cookie", "ctim", "dev", "fd", "fs_rights_base", "fs_rights_inheriting", "ino", "timestamp", "userdata"];

/// The fields that differ from run to run unless they were set.
const TIMES: [&str; 2] = ["atim", "mtim"];

/// A number within a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The field's name.
    pub name: String,
    /// Its offset in the result, in bytes.
    pub offset: usize,
    /// Its size in bytes: 1, 2, 4 or 8.
    pub bytes: usize,
}

/// The numbers of a result. Times are included only if they were `set`.
pub fn fields(shape: &Shape, set: bool) -> Vec<Field> {
    let mut found = Vec::new();
    add(shape, shape.name().unwrap_or("result"), 0, &mut found);
    found.retain(|field| set || !TIMES.contains(&field.name.as_str()));
    found
}

fn add(shape: &Shape, name: &str, offset: usize, found: &mut Vec<Field>) {
    if VOLATILE.contains(&name) {
        return;
    }
    match PREVIEW1.resolve(shape) {
        Shape::Unsigned(bytes) | Shape::Signed(bytes) | Shape::Flags { bytes, .. } | Shape::Enum { bytes, .. } => {
            found.push(Field { name: name.trim_start_matches("fs_").to_owned(), offset, bytes: *bytes });
        }
        Shape::Record { members, .. } => {
            for member in members {
                add(&member.shape, &member.name, offset + member.offset, found);
            }
        }
        Shape::Union { tag, payload, members, .. } => {
            found.push(Field { name: format!("{name} tag"), offset, bytes: *tag });
            if let [only] = &members[..] {
                add(&only.shape, &only.name, offset + payload + only.offset, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_a_file_are_its_kind_its_links_and_its_size() {
        let named = |name: &str| fields(&Shape::Named(name.to_owned()), false);
        let names: Vec<_> =
            named("filestat").into_iter().map(|field| (field.name, field.offset, field.bytes)).collect();
        let field = |name: &str, offset, bytes| (name.to_owned(), offset, bytes);
        assert_eq!(names, [field("filetype", 16, 1), field("nlink", 24, 8), field("size", 32, 8)]);
        assert_eq!(fields(&Shape::Named("filestat".to_owned()), true).len(), 5, "and its times, if they were set");
        assert_eq!(named("timestamp"), Vec::new());
        assert_eq!(named("prestat").len(), 2);
    }
}
