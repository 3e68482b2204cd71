//! `doctor` and `guests`: show what is installed and built, and what is missing.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use matrix_model::matrix::{Column, Filter, Place, cells};
use matrix_model::record::builder;
use matrix_model::runtime::{Adapter, Origin, Target};
use matrix_provision::discover;
use matrix_provision::guests::Guests;
use matrix_provision::origin;
use matrix_provision::provisioner::{Provisioner, Ready};
use matrix_provision::toolchain::Go;
use matrix_run::probe::{self, Probe};
use rayon::prelude::*;

use super::Project;
use super::progress::{notify, show};

#[derive(Args)]
pub struct Doctor {
    /// Build the hosts that are not built yet, to show their versions, too
    #[arg(long)]
    build: bool,
    /// Probe a column's adapter instead: check that it passes on arguments, environment, streams, exit codes, folders
    /// and limits, and say what is at fault if it does not. Takes a runtime's id, a column's name, or `all` for all
    /// installed
    #[arg(long, value_name = "RUNTIME")]
    probe: Option<String>,
}

impl Doctor {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let Project { suite, places, .. } = project;
        let columns = discover::find(&suite.runtimes, &[], places);
        if let Some(name) = &self.probe {
            return probe(project, columns, name, self.build);
        }
        match Go::find(places, &show) {
            Ok(go) => println!("go: {} at {}", go.version, go.exe.display()),
            Err(error) => println!("go: {error:#}"),
        }
        println!("project: {}", places.root.display());
        println!("store: {}", places.store.display());
        println!("system: {}", origin::platform());
        for lack in matrix_supervise::LACKS {
            println!("  not on this system: {lack}");
        }
        let all = match self.build {
            true => cells(&columns, &suite.cases, &Filter::default()),
            false => Vec::new(),
        };
        let needed = all.iter().map(|cell| cell.column);
        let provisioner = Provisioner::new(suite, places.clone(), columns, needed, notify());
        let columns = provisioner.columns();
        // All at once, because most of the time is spent waiting for runtimes to report their versions.
        (0..columns.len()).into_par_iter().filter(|index| self.examines(&columns[*index])).for_each(|index| {
            // The result is printed below, in the columns' order.
            drop(examined(&provisioner, index));
        });
        let mut sound = true;
        for (index, column) in provisioner.columns().iter().enumerate() {
            let runtime = column.runtime;
            let kind = if runtime.is_reference() { "the reference, " } else { "" };
            let adapter = if matches!(column.mode.adapter, Adapter::Host(_)) { "host" } else { "subprocess" };
            println!("\n{column}  {} ({kind}{adapter}), {}", runtime.name, runtime.url);
            match (&column.place, &runtime.install.origin) {
                (Place::Missing(hint), _) => println!("  unavailable: {hint}"),
                _ if self.examines(column) => match examined(&provisioner, index) {
                    Ok((ready, reported)) => {
                        println!("  found: {}", ready.installed.exe.display());
                        println!("  reports: {reported}");
                        println!("  sha256 of the executable: {}", ready.executable_sha256);
                        if ready.sha256 != ready.executable_sha256 {
                            println!("  digest of the installation: {}", ready.sha256);
                        }
                    }
                    Err(error) => {
                        sound = false;
                        println!("  error: {error:#}");
                    }
                },
                (_, Origin::Crate(package)) => {
                    println!("  the first run builds it from the crate {package}; `doctor --build` builds it now");
                }
                _ => println!("  the first run builds it with its guests; `doctor --build` builds it now"),
            }
            let lacks: Vec<_> = column.lacks().iter().map(ToString::to_string).collect();
            println!("  lacks: {}", if lacks.is_empty() { "nothing".to_owned() } else { lacks.join(", ") });
        }
        Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }

    /// Whether a column is made ready to show its facts. A host that the harness compiles is made ready only with
    /// `--build`, and so is the reference, whose version is proven with all guests.
    fn examines(&self, column: &Column) -> bool {
        let takes_long = matches!(column.runtime.install.origin, Origin::Crate(_)) || column.runtime.is_reference();
        match column.place {
            Place::Missing(_) => false,
            Place::ToBuild | Place::Checkout(_) => self.build || !takes_long,
            _ => true,
        }
    }
}

/// `doctor --probe`: red if a check fails that the runtime's file does not account for.
/// A column that is ready, and the version that is reported there.
fn examined<'p>(provisioner: &'p Provisioner, index: usize) -> Result<(&'p Ready, String)> {
    Ok((provisioner.ready(index)?, provisioner.reported(index)?))
}

fn probe(project: &Project, columns: Vec<Column>, name: &str, build: bool) -> Result<ExitCode> {
    let Project { suite, places, .. } = project;
    let chosen = probe::named(&columns, name, build);
    if chosen.is_empty() {
        bail!("there is no column {name}; `wasip1-matrix doctor` lists the columns");
    }
    let provisioner = Provisioner::new(suite, places.clone(), columns, chosen.iter().copied(), notify());
    let probe = Probe::new(&provisioner)?;
    let mut red = false;
    for index in chosen {
        let column = &provisioner.columns()[index];
        println!("{column}");
        if let Some(why) = probe::exempt(column) {
            println!("not probed: {why}\n");
            continue;
        }
        if let Place::Missing(hint) = &column.place {
            red = true;
            println!("unavailable: {hint}\n");
            continue;
        }
        match probe.column(index) {
            Ok(findings) => {
                for finding in &findings {
                    println!("{finding}");
                }
                println!("{}\n", probe::tally(&findings));
                red |= findings.iter().any(|finding| finding.standing.is_red());
            }
            Err(error) => {
                red = true;
                println!("error: {error:#}\n");
            }
        }
    }
    Ok(ExitCode::from(u8::from(red)))
}

/// `guests`: builds the guests and lists them.
pub fn guests(project: &Project) -> Result<ExitCode> {
    let guests = Guests::build(&project.places, &project.suite, None, Target::Wasip1, &show)?;
    for (name, guest) in &guests.by_name {
        let size = fs_err::metadata(&guest.module)?.len();
        println!(
            "{name:<12} {} {size:>9} bytes, {} imports, sha256 {}",
            builder(guests.go_of(name).map_or("", |go| &go.version)),
            guest.imports.len(),
            guest.sha256
        );
    }
    guests.broken().for_each(|why| eprintln!("red: {why}"));
    Ok(if guests.broken().next().is_none() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
