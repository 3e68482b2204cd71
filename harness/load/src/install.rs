//! `[install]`: where a runtime's executable comes from.

use std::collections::BTreeMap;

use semver::{Version, VersionReq};
use serde_spanned::Spanned;

use super::adapter::template;
use super::source::{Diagnostic, Source};
use crate::wire::{self, DebianSuite, EnginePackage, Tokens};
use matrix_model::runtime::{ALL_VERSIONS, Adapter, Install, Origin, Package, Target};
use matrix_model::template::Template;

/// A package that is defined by its name alone.
type Named = fn(Template) -> Package;

pub fn install(
    table: &wire::Install,
    target: Target,
    adapter: &Adapter,
    source: &Source,
) -> Result<Install, Diagnostic> {
    let one = |text: &Spanned<String>| template(text, &["version"], source);
    let pins = pins(table, target, source)?;
    let pin = |pin: &Spanned<String>| {
        Version::parse(pin.get_ref()).map_err(|error| {
            let message = format!("not a version: {error}");
            source.problem(pin.span(), &message, "this pin", Some("write it like \"1.2.3\""))
        })
    };
    let pins: Vec<_> = pins.iter().map(pin).collect::<Result<_, _>>()?;
    let packages = packages(table, source)?;
    let origin = match (&table.crate_name, packages.is_empty()) {
        (Some(name), true) => Origin::Crate(name.get_ref().clone()),
        (Some(name), false) => {
            let message = "[install] names both a `crate` and packages";
            let help = "a `crate` is built from this folder and needs nothing installed; leave one of them out";
            return Err(source.problem(name.span(), message, "the crate", Some(help)));
        }
        (None, false) => Origin::Packages(packages),
        (None, true) if adapter.build().is_some() => Origin::Folder,
        (None, true) => Origin::Found,
    };
    if let Some(engine) = table.engine.as_ref().filter(|_| matches!(origin, Origin::Packages(_) | Origin::Found)) {
        let message = "`engine` is for a host that is built from this folder alone";
        let help = "delete it: the packages that are installed are the engine";
        return Err(source.problem(engine.span(), message, "the engine", Some(help)));
    }
    Ok(Install {
        engine: table.engine.as_ref().map(|engine| engine_package(engine.get_ref())),
        lts: lts(table, &pins, source)?,
        exe: one(&table.exe)?,
        link: table.link.as_ref().map(one).transpose()?,
        origin,
        pins,
        hint: table.hint.clone(),
        slow: table.slow,
    })
}

fn engine_package(engine: &EnginePackage) -> Package {
    match engine {
        EnginePackage::Cargo(package) => {
            Package::Cargo { package: package.clone(), features: Vec::new(), default_features: true }
        }
        EnginePackage::Go(package) => Package::Go(package.clone()),
    }
}

/// The range of the line with long-term support, which the default version must be of.
fn lts(table: &wire::Install, pins: &[Version], source: &Source) -> Result<Option<VersionReq>, Diagnostic> {
    let Some(written) = &table.lts else { return Ok(None) };
    let line = source.range(written.span(), written.get_ref())?;
    match pins.first().filter(|default| !line.matches(default)) {
        None => Ok(Some(line)),
        Some(default) => {
            let message = format!("the default version {default} is not of the line with long-term support");
            let help = "the first of `pins` stands for the runtime: let it be of that line";
            Err(source.problem(written.span(), &message, "this line", Some(help)))
        }
    }
}

fn pins<'t>(table: &'t wire::Install, target: Target, source: &Source) -> Result<&'t [Spanned<String>], Diagnostic> {
    let help = "name at least one version, the one that stands for the runtime where none is installed";
    match (&table.pins, target) {
        (None, Target::Host) => Ok(&[]),
        (Some(pins), Target::Host) => {
            let message = "guests built for the host tell their version themselves: it is that of their Go";
            Err(source.problem(pins.span(), message, "names others", Some("delete `pins`")))
        }
        (Some(pins), Target::Wasip1) if pins.get_ref().is_empty() => {
            Err(source.problem(pins.span(), "[install] names no version", "empty", Some(help)))
        }
        (Some(pins), Target::Wasip1) => Ok(pins.get_ref()),
        (None, Target::Wasip1) => {
            let message = "[install] has no `pins`";
            Err(source.problem(table.exe.span(), message, "in this table", Some(help)))
        }
    }
}

fn packages(table: &wire::Install, source: &Source) -> Result<Vec<Package>, Diagnostic> {
    let mut packages = Vec::new();
    if let Some(cargo) = &table.cargo {
        packages.push(Package::Cargo {
            package: cargo.package.clone(),
            features: cargo.features.clone(),
            default_features: cargo.default_features,
        });
    }
    packages.extend(table.go.iter().map(|go| Package::Go(go.get_ref().clone())));
    let lists: [(&Tokens, Named); 3] =
        [(&table.npm, Package::Npm), (&table.pip, Package::Pip), (&table.maven, Package::Maven)];
    for (list, package) in lists {
        for name in list {
            packages.push(package(template(name, &["version"], source)?));
        }
    }
    if let Some(deb) = &table.deb {
        let suites = match &deb.suite {
            DebianSuite::One(suite) => BTreeMap::from([(ALL_VERSIONS.to_owned(), suite.clone())]),
            DebianSuite::ByVersion(suites) => suites.clone(),
        };
        packages.push(Package::Debian { suites, packages: deb.packages.clone() });
    }
    Ok(packages)
}
