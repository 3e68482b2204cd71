//! A cell tried out with its host broken on purpose: nothing that is found here is of the matrix.

use std::fs;
use std::time::Duration;

use anyhow::{Result, bail};
use host_contract::report::{Met, Report};

use super::Session;
use crate::matrix::Cell;
use crate::outcome::Exit;
use crate::red;
use crate::verdict::Verdict;

/// What came of a cell that was only tried out.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The judgement.
    pub verdict: Verdict,
    /// What the host reports of the fault it was started with.
    pub met: Option<Met>,
    /// How long the host ran.
    pub wall: Duration,
}

impl Session<'_> {
    /// Runs a cell with its host as it is, or broken by a fault of the host's, until a deadline if that is before the
    /// case's own, and judges it. Keeps no record and no folder: nothing that is found here is of the matrix.
    ///
    /// # Errors
    /// If nothing is known of the guest, or the host takes no notice of the fault.
    pub fn try_out(&self, cell: &Cell, fault: Option<&str>, deadline: Duration) -> Result<Trial> {
        let path = self.places.state.join("mutants").join(fault.unwrap_or("unbroken")).join(self.name(cell));
        let mut bench = self.set_up_in(cell, &path)?;
        let plan = &mut bench.plan;
        plan.deadline = plan.deadline.min(deadline);
        let Some(report) = plan.report.clone() else { bail!("{} has no host", self.columns[cell.column]) };
        // Before the request and the report.
        let leading = plan.argv.len() - 2;
        plan.argv.splice(leading..leading, fault.iter().flat_map(|name| ["--fault".to_owned(), (*name).to_owned()]));
        let outcome = self.in_turn(cell, &bench)?;
        // A host that was stopped has left none.
        let met = match fs::read(&report) {
            Ok(report) => serde_json::from_slice::<Report>(&report)?.fault,
            Err(_) => None,
        };
        bench.sandbox.remove()?;
        if let (Some(fault), Exit::Code { .. }) = (fault, &outcome.exit)
            && met.as_ref().is_none_or(|met| met.name != fault)
        {
            bail!("{}: the host was started with `--fault {fault}` and reports nothing of it", self.name(cell));
        }
        let verdict = red::judgement(&self.columns[cell.column], cell.case, &outcome).verdict;
        Ok(Trial { verdict, met, wall: outcome.usage.wall })
    }
}
