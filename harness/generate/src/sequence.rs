//! A sequence of operations, which a seed and a number decide.

use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, SequentialValueTree};

use crate::operation::Step;
use crate::strategies::Machine;
use crate::world::World;
use matrix_model::digest::sha256;

/// How many operations a sequence has.
const LENGTH: std::ops::RangeInclusive<usize> = 12..=16;

/// A drawn sequence that can be shrunk.
pub(crate) type Tree =
    SequentialValueTree<World, Step, <BoxedStrategy<World> as Strategy>::Tree, <BoxedStrategy<Step> as Strategy>::Tree>;

/// Operations that are carried out one after another in a folder of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// Which of its seed's sequences it is.
    pub index: u64,
    /// Its operations.
    pub steps: Vec<Step>,
    /// The numbers of operations that were left out, because a column does them otherwise: what comes after them is
    /// compared all the same.
    pub without: Vec<usize>,
}

impl Sequence {
    /// The sequence of this seed and index.
    pub fn of(seed: u64, index: u64) -> Sequence {
        Sequence { index, steps: tree(seed, index).current().1, without: Vec::new() }
    }

    /// This sequence without one of its operations.
    pub(crate) fn without(&self, number: usize) -> Sequence {
        let mut without = self.without.clone();
        without.push(number);
        let steps = self.steps.iter().filter(|step| step.number != number).cloned().collect();
        Sequence { index: self.index, steps, without }
    }

    /// The lines that the guest reads.
    pub fn lines(&self) -> Vec<String> {
        self.steps.iter().map(Step::to_string).collect()
    }
}

/// The sequence as it was drawn.
pub(crate) fn tree(seed: u64, index: u64) -> Tree {
    let digest = sha256(format!("{seed} {index}").as_bytes());
    // 32 of its 64 characters are as many random bytes as the generator takes.
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &digest.as_bytes()[..32]);
    let config = Config { failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, rng);
    Machine::sequential_strategy(LENGTH).new_tree(&mut runner).expect("every operation is allowed in every state")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_seed_decides_all() {
        let texts = |seed: u64| (0..200).map(|index| Sequence::of(seed, index).lines()).collect::<Vec<_>>();
        assert_eq!(texts(7), texts(7));
        assert_ne!(texts(7), texts(8));
        let distinct: BTreeSet<_> = texts(7).into_iter().collect();
        assert_eq!(distinct.len(), 200);
    }

    #[test]
    fn every_operation_is_drawn_on_every_state() {
        let (mut words, mut states) = (BTreeSet::new(), BTreeSet::new());
        for index in 0..2000 {
            let mut world = World::default();
            for step in Sequence::of(1, index).steps {
                words.insert(step.word());
                states.extend(world.arguments(&step));
                world.apply(&step);
            }
        }
        assert_eq!(words.iter().filter(|word| !word.starts_with("root-")).count(), 24, "{words:?}");
        assert_eq!(words.iter().filter(|word| word.starts_with("root-")).count(), 10, "{words:?}");
        for state in ["removed", "below a file", "below nothing", "link to nothing", "open file", "link to nowhere"] {
            assert!(states.contains(state), "{state} is in none of {states:?}");
        }
        assert!(states.iter().any(|state| state.ends_with("of a removed file")));
    }
}
