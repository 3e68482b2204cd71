//! The world in which a package's tests are run.

use std::env;
use std::path::Path;

use anyhow::Result;

use crate::host_world::HostWorld;
use matrix_provision::test_binaries::TestPackage;

/// Which name of the runtime tests are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// The one by which Go's own tests know it.
    Known,
    /// One that is no runtime's.
    Unknown,
}

/// The world in which a package's tests are run, with this folder for temporary files.
pub(super) fn world(package: &TestPackage, temp: &Path, name: Name) -> Result<HostWorld> {
    let world = HostWorld::of(&package.folder, temp, env::vars_os())?;
    Ok(match name {
        Name::Known => world,
        Name::Unknown => world.under_unknown_runtime(),
    })
}
