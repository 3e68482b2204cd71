//! Whether two runs tell files apart in the same way. Devices and inodes differ from run to run, but whether two answers of
//! one run name the same file does not.

use std::collections::BTreeMap;

use super::align::{Pair, ToldApart};
use super::heeded::is_of;
use super::{Aligned, cause};

/// The functions after which a file may have the inode of one that is gone.
const REMOVES: [&str; 3] = ["path_remove_directory", "path_rename", "path_unlink_file"];

/// A device and inode, as it is shown.
type Identity = (String, String);

/// Devices and inodes of one run, with those that the other run gave for the same, and where it did last.
type Other = BTreeMap<Identity, BTreeMap<Identity, usize>>;

/// Compares the devices and inodes of all pairs in order.
pub(super) fn compare(pairs: &mut [Pair]) {
    let (mut of_left, mut of_right) = (Other::new(), Other::new());
    for (index, pair) in pairs.iter_mut().enumerate() {
        if is_of(pair, &REMOVES) {
            of_left.clear();
            of_right.clear();
        }
        let (Some(left), Some(right)) = (&pair.left, &pair.right) else { continue };
        let (Some(left), Some(right)) = (left.device_and_inode(), right.device_and_inode()) else { continue };
        let one = beside_other(&of_left, &left, &right).map(|earlier| ToldApart { earlier, is_one: true });
        let two = || beside_other(&of_right, &right, &left).map(|earlier| ToldApart { earlier, is_one: false });
        pair.told_apart = one.or_else(two);
        add(&mut of_left, &left, &right, index);
        add(&mut of_right, &right, &left, index);
    }
}

/// Where this device and inode last stood beside another one in the other run.
fn beside_other(known: &Other, own: &Identity, other: &Identity) -> Option<usize> {
    let beside = known.get(own)?.iter().filter(|(beside, _)| *beside != other);
    beside.map(|(_, index)| *index).max()
}

fn add(known: &mut Other, own: &Identity, other: &Identity, index: usize) {
    known.entry(own.clone()).or_default().insert(other.clone(), index);
}

impl Aligned<'_> {
    /// The last call before the guest went another way whose answer tells files apart otherwise.
    pub(super) fn last_told_apart(&self) -> Option<usize> {
        self.pairs[..self.parted].iter().rposition(|pair| pair.told_apart.is_some())
    }

    /// The same, if it comes after a call that was answered with another number of links and nothing else. Programs heed
    /// that number less.
    pub(super) fn told_apart_after(&self, index: usize) -> Option<usize> {
        let (left, right) = self.both(index);
        self.last_told_apart().filter(|last| *last > index && cause::is_of_links(left, right))
    }

    /// Says how each side tells a file apart from an earlier one.
    pub(super) fn apart_in_words(&self, apart: ToldApart) -> String {
        let (own, reference) = (self.own.name, self.reference.name);
        let earlier = self.both(apart.earlier).0.asked_in_words();
        match apart.is_one {
            true => format!(
                "{own} gave the same device and inode for {earlier}, and so takes both for one file; {reference} tells \
                 them apart."
            ),
            false => format!(
                "{own} gave another device and inode for {earlier}, and so takes one file for two; {reference} gave the \
                 same."
            ),
        }
    }
}
