//! What a kernel denies a process, in words that a file and a command line share.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Declares an enumeration whose variants have the names that the kernel's own documents use.
macro_rules! named {
    ($(#[$meta:meta])* $type:ident, $what:literal, { $($(#[$doc:meta])* $variant:ident = $name:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $type {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl $type {
            /// All of them.
            pub const ALL: &[$type] = &[$($type::$variant,)*];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self { $($type::$variant => $name,)* }
            }
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<$type, String> {
                let found = $type::ALL.iter().find(|one| one.name() == text).copied();
                let names: Vec<_> = $type::ALL.iter().map(|one| one.name()).collect();
                found.ok_or_else(|| format!(concat!("`{}` is no ", $what, "; there are {}"), text, names.join(", ")))
            }
        }
    };
}

named! {
    /// A system call that can be refused. A sound program has another way where one of these is missing.
    Syscall, "system call that can be refused", {
        /// Opens a file and limits how its path is resolved; since Linux 5.6.
        Openat2 = "openat2",
        /// Tells of a file; since Linux 4.11.
        Statx = "statx",
        /// Copies between two files; since Linux 4.5.
        CopyFileRange = "copy_file_range",
        /// Makes a file in memory; since Linux 3.17.
        MemfdCreate = "memfd_create",
        /// Makes a process or a thread; since Linux 5.3.
        Clone3 = "clone3",
        /// Closes a range of descriptors; since Linux 5.9.
        CloseRange = "close_range",
        /// Allocates room for a file.
        Fallocate = "fallocate",
        /// Gives random bytes; since Linux 3.17.
        Getrandom = "getrandom",
        /// Renames with flags; since Linux 3.15.
        Renameat2 = "renameat2",
        /// Makes a queue of requests that the kernel answers; since Linux 5.1.
        IoUringSetup = "io_uring_setup",
    }
}

named! {
    /// What a refused system call fails with.
    Errno, "errno that a refused call may fail with", {
        /// The kernel does not have it.
        Enosys = "ENOSYS",
        /// A filter forbids it.
        Eperm = "EPERM",
        /// The file system does not have it.
        Eopnotsupp = "EOPNOTSUPP",
    }
}

named! {
    /// A resource whose use can be limited.
    Resource, "resource that can be limited", {
        /// The number of open descriptors.
        Descriptors = "descriptors",
        /// The bytes of the main thread's stack, and by default of each other thread's.
        Stack = "stack",
    }
}

named! {
    /// What the disk is like that a cell's folders are on.
    Disk, "kind of disk", {
        /// Nothing on it can be changed.
        ReadOnly = "read-only",
        /// It has no free block. A file's name can still be made or removed.
        Full = "full",
    }
}

/// What a process and all its descendants are denied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restriction {
    /// The system calls that fail at once, and how.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refuse: BTreeMap<Syscall, Errno>,
    /// The limits, each in its own unit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub limit: BTreeMap<Resource, u64>,
    /// What the disk is like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<Disk>,
}

impl Restriction {
    /// Whether nothing is denied.
    pub fn is_none(&self) -> bool {
        *self == Restriction::default()
    }

    /// The options of the launcher that ask for it. `folder` is on the disk.
    pub fn options(&self, folder: &Path) -> Vec<String> {
        let refuse = self.refuse.iter().map(|(call, errno)| format!("--refuse={}={}", call.name(), errno.name()));
        let limit = self.limit.iter().map(|(resource, value)| format!("--limit={}={value}", resource.name()));
        let disk = self.disk.iter().map(|disk| format!("--disk={}={}", disk.name(), folder.display()));
        refuse.chain(limit).chain(disk).collect()
    }
}

/// Two values with `=` between them, as in an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair<K, V>(
    /// What stands before it.
    pub K,
    /// What stands after it.
    pub V,
);

impl<K: FromStr<Err = String>, V: FromStr<Err: fmt::Display>> FromStr for Pair<K, V> {
    type Err = String;

    fn from_str(text: &str) -> Result<Pair<K, V>, String> {
        let (key, value) = text.split_once('=').ok_or_else(|| format!("`{text}` has no `=`"))?;
        Ok(Pair(key.parse()?, value.parse().map_err(|error: V::Err| error.to_string())?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_read_as_it_was_written() {
        let restriction = Restriction {
            refuse: Syscall::ALL.iter().map(|call| (*call, Errno::Enosys)).collect(),
            limit: Resource::ALL.iter().map(|resource| (*resource, 4096)).collect(),
            disk: Some(Disk::Full),
        };
        let mut read = Restriction::default();
        for option in restriction.options(Path::new("/a=b")) {
            let (name, value) = option.split_once('=').expect("a value");
            match name {
                "--refuse" => {
                    let Pair(call, errno) = value.parse().expect("a refusal");
                    read.refuse.insert(call, errno);
                }
                "--limit" => {
                    let Pair(resource, limit) = value.parse().expect("a limit");
                    read.limit.insert(resource, limit);
                }
                _ => {
                    let Pair(disk, folder): Pair<Disk, String> = value.parse().expect("a disk");
                    read.disk = Some(disk);
                    assert_eq!(folder, "/a=b");
                }
            }
        }
        assert_eq!(read, restriction);
    }

    #[test]
    fn a_name_that_is_none_is_told_with_those_that_are() {
        let error = "openat3=ENOSYS".parse::<Pair<Syscall, Errno>>().expect_err("no such call");
        assert!(error.starts_with("`openat3` is no system call that can be refused; there are openat2, "), "{error}");
    }
}
