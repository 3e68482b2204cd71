//! `outdated`: names the pins for which there is a newer version.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use matrix_model::runtime::Runtime;
use matrix_provision::outdated::{self, Answer, Behind};

use super::Project;
use super::choice::known;
use super::progress::show;

#[derive(Args)]
pub struct Outdated {
    /// Runtimes [default: all]
    #[arg(value_name = "RUNTIME")]
    ids: Vec<String>,
}

impl Outdated {
    /// Asks one package manager after the other. Exits 1 if a pin is behind.
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let runtimes = self.chosen(&project.suite.runtimes)?;
        if project.places.offline {
            bail!("--offline forbids to ask for newer versions; run it without --offline");
        }
        let (mut behind, mut newest, mut unasked) = (0, 0, 0);
        for runtime in runtimes {
            let said = match outdated::ask(runtime, &project.places, &show) {
                Ok(Answer::Newest(version)) => {
                    newest += 1;
                    match &runtime.install.lts {
                        Some(line) => format!("{version} is the newest of the long-term support line {line}"),
                        None => format!("{version} is the newest"),
                    }
                }
                Ok(Answer::Behind(pins)) => {
                    behind += 1;
                    pins.iter().map(sentence).collect::<Vec<_>>().join("; ")
                }
                Ok(Answer::NoPackage) => {
                    unasked += 1;
                    "not asked, because no package manager is known to have it".to_owned()
                }
                Err(error) => {
                    unasked += 1;
                    format!("not asked: {error:#}")
                }
            };
            println!("{}: {said}", runtime.id);
        }
        println!("{behind} behind, {newest} newest, {unasked} not asked");
        if behind + newest == 0 {
            bail!("nothing could be asked");
        }
        Ok(if behind > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }

    /// The named runtimes, or all but the reference, which is no release of anybody's.
    fn chosen<'p>(&self, runtimes: &'p [Runtime]) -> Result<Vec<&'p Runtime>> {
        if self.ids.is_empty() {
            return Ok(runtimes.iter().filter(|runtime| !runtime.is_reference()).collect());
        }
        self.ids.iter().map(|id| known(runtimes, id)).collect()
    }
}

fn sentence(Behind { pin, newest, line }: &Behind) -> String {
    match line {
        Some(line) => format!("{pin} is behind {newest}, the newest of the long-term support line {line}"),
        None => format!("{pin} is behind {newest}"),
    }
}
