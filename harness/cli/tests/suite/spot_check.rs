//! The runtime that a change judges besides: each has its turn, and none passes that is not installed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use matrix_model::runtime::Origin;
use matrix_run::{probe, spot_check};

use crate::project::Project;

/// A digest as git writes them, which no change has.
fn commit(number: usize) -> String {
    format!("{:040x}", (number as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
}

#[test]
fn each_runtime_that_is_quickly_installed_has_its_turn() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let suite = matrix_load::suite(&root, None, &probe::names()).expect("the project loads");
    let mut turns = BTreeMap::<&str, usize>::new();
    let (mut parts, mut faults) = (BTreeSet::new(), BTreeSet::new());
    for number in 0..1000 {
        let chosen = spot_check::choose(&commit(number), &suite.runtimes).expect("there are candidates");
        *turns.entry(&chosen.runtime.id).or_default() += 1;
        faults.insert(chosen.faults.to_string());
        assert_eq!(chosen.part.of, if chosen.runtime.deadline_factor.get() > 1 { 10 } else { 1 });
        if chosen.part.of > 1 {
            parts.insert((&chosen.runtime.id, chosen.part.part));
        }
    }
    let is_package = |id: &str| {
        let runtime = suite.runtimes.iter().find(|runtime| runtime.id == id).expect("a runtime");
        matches!(runtime.install.origin, Origin::Packages(_)) && !runtime.install.slow
    };
    // A test run installs wazero itself.
    let wanted: BTreeSet<_> = suite
        .runtimes
        .iter()
        .map(|runtime| runtime.id.as_str())
        .filter(|id| is_package(id) && *id != "wazero")
        .collect();
    assert_eq!(turns.keys().copied().collect::<BTreeSet<_>>(), wanted);
    assert!(wanted.len() > 5, "{wanted:?}");
    let fair = 1000 / wanted.len();
    assert!(turns.values().all(|turns| (fair / 2..fair * 2).contains(turns)), "{turns:?}");
    let slow = parts.iter().map(|(id, _)| id).collect::<BTreeSet<_>>().len();
    assert_eq!(parts.len(), 10 * slow, "each part of a slow one has its turn, too: {parts:?}");
    assert_eq!(faults, (1..=6).map(|part| format!("hash:{part}/6")).collect(), "and so has each fault");
}

#[test]
fn without_a_runtime_to_choose_it_fails() {
    let project = Project::new();
    let ended = project.command(&["spot-check", "a89cf5d3"]);
    assert_eq!(ended.status.code(), Some(2));
}
