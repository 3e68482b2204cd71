//! Compiled code, kept so that an engine compiles a guest once.
//!
//! An entry is one file: the engine's bytes, then their SHA-256. Engines map such bytes as machine code
//! without looking at them twice, so nothing reaches an engine that is not what some host wrote whole.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::report::Code;

/// The length of the digest at the end of an entry.
const DIGEST: usize = 32;

/// What an engine said when it would not take a module or an artifact.
#[derive(Debug)]
pub struct Refused(pub String);

/// Why no compiled code could be had.
#[derive(Debug)]
pub enum Error {
    /// The engine refuses the module.
    Refused(Refused),
    /// The cache folder cannot be used.
    Folder {
        /// The file or folder that could not be read or written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Refused(Refused(words)) => write!(f, "the engine refuses the module: {words}"),
            Error::Folder { path, source } => write!(
                f,
                "cannot keep compiled code in {}: {source}; make that folder writable or name another cache",
                path.display()
            ),
        }
    }
}

impl std::error::Error for Error {}

/// What is needed to name one entry of the cache.
#[derive(Debug, Clone, Copy)]
pub struct Key<'a> {
    /// The engine.
    pub engine: &'a str,
    /// Its version.
    pub version: &'a str,
    /// Every setting that changes the code it makes.
    pub settings: &'a str,
    /// The module.
    pub wasm: &'a [u8],
}

impl Key<'_> {
    /// The name of the entry's file: readable to the eye, unique by the digest of everything above.
    fn file_name(&self) -> String {
        let mut hash = Sha256::new();
        for part in [self.engine, self.version, self.settings, std::env::consts::OS, std::env::consts::ARCH] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.update(Sha256::digest(self.wasm));
        let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{}-{digest}", self.engine, self.version)
    }
}

/// The compiled form of `key.wasm` from `folder`, or newly compiled and then kept there.
///
/// Processes that ask for the same key at the same time compile once: the others wait for the first.
/// An entry that is cut short, altered, or refused by `load` is compiled again and replaced.
///
/// # Errors
/// The engine refuses the module, or the folder cannot be read or written.
pub fn obtain<M>(
    folder: &Path,
    key: Key<'_>,
    load: impl Fn(&[u8]) -> Result<M, Refused>,
    compile: impl FnOnce() -> Result<M, Refused>,
    save: impl FnOnce(&M) -> Result<Vec<u8>, Refused>,
) -> Result<(M, Code), Error> {
    let entry = folder.join(key.file_name());
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Folder { path, source }
    };
    let cached = || -> Result<Option<M>, Error> {
        let bytes = match fs::read(&entry) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(at(&entry)(error)),
        };
        // A refusal here is an artifact of another machine's CPU features or the like: not an error.
        Ok(intact(&bytes).and_then(|artifact| load(artifact).ok()))
    };

    if let Some(module) = cached()? {
        return Ok((module, Code::Cached));
    }
    fs::create_dir_all(folder).map_err(at(folder))?;
    let lock_path = entry.with_added_extension("lock");
    let lock = File::create(&lock_path).map_err(at(&lock_path))?;
    lock.lock().map_err(at(&lock_path))?;
    if let Some(module) = cached()? {
        return Ok((module, Code::Cached));
    }
    let module = compile().map_err(Error::Refused)?;
    let artifact = save(&module).map_err(Error::Refused)?;
    write_entry(folder, &entry, &artifact).map_err(at(&entry))?;
    Ok((module, Code::Compiled))
}

/// The artifact in an entry's bytes, if they are what was once written.
fn intact(bytes: &[u8]) -> Option<&[u8]> {
    let (artifact, digest) = bytes.split_last_chunk::<DIGEST>()?;
    (Sha256::digest(artifact).as_slice() == digest).then_some(artifact)
}

fn write_entry(folder: &Path, entry: &Path, artifact: &[u8]) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(artifact)?;
    file.write_all(&Sha256::digest(artifact))?;
    file.persist(entry)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    const KEY: Key<'static> = Key { engine: "toy", version: "1.0.0", settings: "plain", wasm: b"\0asm" };

    /// A toy engine whose compiled code is the module's bytes behind a magic word.
    fn obtain_toy(folder: &Path, key: Key<'_>) -> (Vec<u8>, Code) {
        obtain(
            folder,
            key,
            |bytes| bytes.strip_prefix(b"toy:").map(<[u8]>::to_vec).ok_or(Refused("magic".to_owned())),
            || Ok(key.wasm.to_vec()),
            |module| Ok([b"toy:", module.as_slice()].concat()),
        )
        .expect("the toy engine takes everything")
    }

    fn entry(folder: &Path) -> PathBuf {
        folder.join(KEY.file_name())
    }

    #[test]
    fn compiles_once_and_then_loads() {
        let folder = tempfile::tempdir().expect("temp dir");
        assert_eq!(obtain_toy(folder.path(), KEY), (b"\0asm".to_vec(), Code::Compiled));
        assert_eq!(obtain_toy(folder.path(), KEY), (b"\0asm".to_vec(), Code::Cached));
    }

    #[test]
    fn every_part_of_the_key_counts() {
        let folder = tempfile::tempdir().expect("temp dir");
        let keys = [
            KEY,
            Key { engine: "toy2", ..KEY },
            Key { version: "1.0.1", ..KEY },
            Key { settings: "fuel", ..KEY },
            Key { wasm: b"\0asm2", ..KEY },
            Key { engine: "to", version: "y1.0.0", ..KEY },
        ];
        for key in keys {
            assert_eq!(obtain_toy(folder.path(), key).1, Code::Compiled, "{key:?}");
        }
    }

    #[test]
    fn a_spoilt_entry_is_compiled_again_and_replaced() {
        let folder = tempfile::tempdir().expect("temp dir");
        obtain_toy(folder.path(), KEY);
        let whole = fs::read(entry(folder.path())).expect("entry");
        let mut flipped = whole.clone();
        flipped[5] ^= 1;
        let foreign = [b"tox:\0asm".as_slice(), &Sha256::digest(b"tox:\0asm")].concat();
        for spoilt in [&whole[..whole.len() - 1], &whole[..7], &[], &flipped, &foreign] {
            fs::write(entry(folder.path()), spoilt).expect("spoil");
            assert_eq!(obtain_toy(folder.path(), KEY), (b"\0asm".to_vec(), Code::Compiled));
            assert_eq!(fs::read(entry(folder.path())).expect("entry"), whole);
        }
    }

    #[test]
    fn those_who_come_together_compile_once() {
        let folder = tempfile::tempdir().expect("temp dir");
        let compiled = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    obtain(
                        folder.path(),
                        KEY,
                        |bytes| Ok(bytes.to_vec()),
                        || {
                            compiled.fetch_add(1, Ordering::Relaxed);
                            std::thread::sleep(Duration::from_millis(20));
                            Ok(b"code".to_vec())
                        },
                        |module| Ok(module.clone()),
                    )
                    .expect("obtained");
                });
            }
        });
        assert_eq!(compiled.into_inner(), 1);
    }

    #[test]
    fn a_refused_module_leaves_no_entry() {
        let folder = tempfile::tempdir().expect("temp dir");
        let refused = obtain::<Vec<u8>>(
            folder.path(),
            KEY,
            |_| unreachable!("nothing is kept"),
            || Err(Refused("bad magic".to_owned())),
            |_| unreachable!("nothing was compiled"),
        );
        let message = refused.expect_err("refused").to_string();
        assert_eq!(message, "the engine refuses the module: bad magic");
        assert!(!entry(folder.path()).exists());
    }

    #[test]
    fn an_unusable_folder_is_named() {
        let folder = tempfile::tempdir().expect("temp dir");
        let file = folder.path().join("file");
        fs::write(&file, "").expect("file");
        let error = obtain::<Vec<u8>>(
            &file,
            KEY,
            |_| unreachable!("nothing is kept"),
            || Ok(Vec::new()),
            |module| Ok(module.clone()),
        );
        assert!(error.expect_err("not a folder").to_string().contains(&*file.to_string_lossy()));
    }
}
