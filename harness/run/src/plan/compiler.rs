//! What a runtime's compiler has to do with a plan.

use std::sync::Arc;

use super::Plan;
use matrix_model::case::Case;
use matrix_model::matrix::Column;
use matrix_model::runtime::Adapter;
use matrix_provision::compile_ahead::Preparation;
use matrix_provision::not_compiled::{HowFailed, NotCompiled};
use matrix_supervise::Stdin;

impl Plan {
    /// The plan of a guest that was not compiled. `command` compiles it, and stands in the plan for the command that is
    /// not run. If a host refused the module, the host is run all the same, because only its report says why.
    pub(crate) fn not_compiled(self, why: Arc<NotCompiled>, command: Option<Preparation>) -> Plan {
        let not_compiled = Some(Arc::clone(&why));
        let Some(Preparation { argv, environment }) = command.filter(|_| why.how != HowFailed::HostRefuses) else {
            return Plan { not_compiled, ..self };
        };
        let (stdin, stdin_file, request) = (Stdin::Null, None, None);
        let (deadline, twice) = (why.deadline, false);
        Plan { argv, environment, stdin, stdin_file, request, deadline, twice, not_compiled, ..self }
    }

    /// Why its guest is not run at all.
    pub(crate) fn not_run(&self) -> Option<&NotCompiled> {
        self.not_compiled.as_deref().filter(|why| why.how != HowFailed::HostRefuses)
    }
}

/// Whether a case runs code that was compiled ahead.
pub(crate) fn needs_preparation(column: &Column, case: &Case) -> bool {
    match &column.mode.adapter {
        Adapter::Subprocess(command) => !command.unprepared.iter().any(|key| key.is_in(&case.limits)),
        Adapter::Host(_) => true,
    }
}
