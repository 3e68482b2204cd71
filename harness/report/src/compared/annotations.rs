//! An answer as annotations of a GitHub workflow's run: one for each group that differs.

use matrix_model::compared::Compared;
use matrix_model::escape::visible;

use super::{reason, shown};
use crate::github::error;

/// The annotations, each on a line. None names a file: the program's sources are not known here.
pub fn of(compared: &Compared) -> String {
    let differing = compared.groups.iter().filter(|group| !group.agrees);
    let one = |group: &matrix_model::compared::Group| {
        let title =
            format!("{}: {} not as {}", compared.program.name, group.columns.join(", "), compared.reference.column);
        let sentences = group.reason.iter().flat_map(reason);
        let message: Vec<_> = [shown(group)].into_iter().chain(sentences).map(|words| visible(&words)).collect();
        error(None, &visible(&title), &message.join("\n"))
    };
    differing.map(one).collect()
}
