//! `clean`: removes what the project keeps outside the checkout's own files.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use indicatif::DecimalBytes;
use matrix_model::names::id_and_rest;
use matrix_provision::clean::{self, Item, Kind};
use matrix_provision::discover;
use serde_json::json;

use super::Project;

const AFTER: &str = "\
Without words and options, `clean` removes what nothing uses any more: hosts built from older sources, code of versions and \
builds that are gone, and what commands that were ended have left. Everything that it removes is made or fetched again when \
it is needed, except a runtime that you have put into the store yourself: that is removed only if you name it. Records, the \
folders of red cells, explanations, and files of the checkout always stay. `clean` is refused while another command uses \
the store or the checkout's built files.

  wasip1-matrix clean --dry-run            what that would free, and how much is kept of each kind
  wasip1-matrix clean                      free it
  wasip1-matrix clean wazero@1.9.0         one version of a runtime, with its hosts and its code
  wasip1-matrix clean --unpinned           the versions that no runtime.toml names
  wasip1-matrix clean --kind code,hosts    all of these kinds";

#[derive(Args)]
#[command(after_help = AFTER)]
pub struct Clean {
    /// Remove these runtimes from the store, in every version or in one, with their hosts and their code: wazero,
    /// wazero@1.9.0
    #[arg(value_name = "RUNTIME[@VERSION]")]
    words: Vec<String>,
    /// Remove the versions that `install` has put into the store and that are not pinned, with their hosts and their
    /// code
    #[arg(long)]
    unpinned: bool,
    /// Remove everything of these kinds
    #[arg(long, value_name = "KIND,…", value_delimiter = ',', value_parser = kinds())]
    kind: Vec<Kind>,
    /// Remove everything of every kind
    #[arg(long, conflicts_with_all = ["words", "unpinned", "kind"])]
    all: bool,
    /// Remove nothing, and show what would be removed
    #[arg(long)]
    dry_run: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

fn kinds() -> impl TypedValueParser<Value = Kind> {
    let names = Kind::ALL.map(|kind| PossibleValue::new(kind.name()).help(kind.what()));
    let named = |name: String| Kind::ALL.into_iter().find(|kind| kind.name() == name).expect("one of the names");
    PossibleValuesParser::new(names).map(named)
}

impl Clean {
    pub fn run(&self, project: &Project) -> Result<ExitCode> {
        let Project { suite, places, .. } = project;
        let _held = if self.dry_run { Vec::new() } else { clean::hold(places)? };
        let columns = discover::find(&suite.runtimes, &[], places);
        let found = clean::find(&suite.runtimes, &columns, places)?;
        let versions = self.versions(project, &found)?;
        let (removed, kept): (Vec<&Item>, Vec<&Item>) = found.iter().partition(|item| self.means(item, &versions));
        if !self.dry_run {
            clean::remove(&removed, places)?;
        }
        match self.json {
            true => println!(
                "{}",
                serde_json::to_string_pretty(&json!({
                    "dry-run": self.dry_run,
                    "removed": removed,
                    "removed-bytes": bytes(&removed),
                    "kept": kept,
                    "kept-bytes": bytes(&kept),
                }))?
            ),
            false => self.tell(&removed, &kept),
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The versions of runtimes that the words and `--unpinned` mean.
    fn versions(&self, project: &Project, found: &[Item]) -> Result<BTreeSet<String>> {
        let mut meant = BTreeSet::new();
        let owned = || found.iter().filter_map(|item| Some((item, item.of.as_ref()?)));
        for word in &self.words {
            let (id, version) = id_and_rest(word);
            let is_meant = |of: &String, at: &String| of == id && version.is_none_or(|version| at == version);
            let before = meant.len();
            let of_word = owned().map(|(_, (of, at))| (of, at.to_string())).filter(|(of, at)| is_meant(of, at));
            meant.extend(of_word.map(|(of, at)| format!("{of}@{at}")));
            if meant.len() == before {
                let there: BTreeSet<_> = owned().map(|(_, (of, at))| format!("{of}@{at}")).collect();
                bail!("{word}: nothing is kept of it; there are {}", there.into_iter().collect::<Vec<_>>().join(", "));
            }
        }
        let runtimes = &project.suite.runtimes;
        let is_pinned = |id: &String, version| {
            runtimes.iter().any(|runtime| runtime.id == *id && runtime.install.pins.contains(version))
        };
        for (item, (id, version)) in owned() {
            if self.unpinned && item.kind == Kind::Runtimes && !item.by_hand && !is_pinned(id, version) {
                meant.insert(format!("{id}@{version}"));
            }
        }
        Ok(meant)
    }

    /// Whether an item is to be removed.
    fn means(&self, item: &Item, versions: &BTreeSet<String>) -> bool {
        let is_named = item.of.as_ref().is_some_and(|(id, version)| versions.contains(&format!("{id}@{version}")));
        let is_unused = self.words.is_empty() && !self.unpinned && self.kind.is_empty() && item.unused.is_some();
        is_named || is_unused || (!item.by_hand && (self.all || self.kind.contains(&item.kind)))
    }

    fn tell(&self, removed: &[&Item], kept: &[&Item]) {
        for item in removed {
            let why = item.unused.map_or_else(String::new, |why| format!(": {why}"));
            println!("{:>10}  {} {}{why}", size(item.bytes), item.kind.name(), item.name);
        }
        if !removed.is_empty() {
            println!();
        }
        let did = if self.dry_run { "would go" } else { "removed" };
        println!("{:<10}  {did:>10}  {:>10}", "", "kept");
        let row = |name: &str, is_in: &dyn Fn(&Item) -> bool| {
            let of = |items: &[&Item]| size(items.iter().filter(|item| is_in(item)).map(|item| item.bytes).sum());
            println!("{name:<10}  {:>10}  {:>10}", of(removed), of(kept));
        };
        Kind::ALL.into_iter().for_each(|kind| row(kind.name(), &|item| item.kind == kind));
        row("all", &|_| true);
    }
}

fn bytes(items: &[&Item]) -> u64 {
    items.iter().map(|item| item.bytes).sum()
}

fn size(bytes: u64) -> String {
    DecimalBytes(bytes).to_string()
}
