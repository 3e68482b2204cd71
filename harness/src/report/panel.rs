//! A case's panel: its facts, how it ended in each runtime, and the explanations of its cells.

use anyhow::Result;
use serde::Serialize;

use crate::case::Tier;
use crate::results::CaseFacts;

use super::anchor::{Source, id};
use super::board::Board;
use super::evidence::{self, Evidence, Witness};
use super::explanation::{Explanation, is_explained};
use super::group::{self, Group};
use super::runtime_card::Identity;
use super::shared::Shared;

/// All that is behind a row of the matrix.
#[derive(Serialize)]
pub struct Panel {
    id: String,
    /// Where in the matrix its row is; what closing leads back to.
    place: String,
    name: String,
    tier: Tier,
    why: String,
    source: Source,
    guest: String,
    /// What built the guest, and its sha256.
    built: Vec<(String, String)>,
    location: String,
    inputs: Vec<(String, String)>,
    expected: Vec<(String, String)>,
    native: Option<String>,
    /// The hosts' request, as far as it is the same for all.
    request: Option<String>,
    groups: Vec<Group>,
    heads: Vec<Head>,
    pub bodies: Vec<Body>,
}

/// A cell's own headline. The style sheet shows with it the body of the same number.
#[derive(Serialize)]
struct Head {
    id: String,
    /// Where in a table the cell is.
    place: String,
    title: String,
    body: usize,
}

/// What is to be said of one cell, or of several of one runtime of which the same is to be said.
#[derive(Serialize)]
pub struct Body {
    /// The labels of its columns, where there are several.
    also: Vec<String>,
    explanation: Explanation,
    evidence: Evidence,
}

impl Panel {
    /// Makes the panel of a case. `place` names the place of each cell in the tables, by column.
    ///
    /// # Errors
    /// If a record is broken.
    pub fn of(
        board: &Board,
        case: usize,
        identities: &[Option<Identity>],
        platform: &str,
        row: &str,
        place: impl Fn(usize) -> String,
    ) -> Result<Panel> {
        let facts: &CaseFacts = board.cases[case];
        let records: Vec<_> = (0..board.columns.len()).filter_map(|column| board.record(column, case)).collect();
        let shared = Shared::of(&records);
        let (mut heads, mut bodies) = (Vec::new(), Vec::new());
        for runtime in board.runtimes() {
            let mut alike: Vec<(Explanation, Vec<Witness>)> = Vec::new();
            for column in runtime {
                let Some(record) = board.record(column, case).filter(|record| is_explained(record)) else { continue };
                let facts = board.columns[column];
                let explanation = Explanation::of(record, &facts.name)?;
                let known = alike.iter().position(|(known, _)| *known == explanation);
                let index = known.unwrap_or(alike.len());
                heads.push(Head {
                    id: id("cell", &record.cell),
                    place: place(column),
                    title: format!("{} {}", facts.name, facts.label()),
                    body: bodies.len() + index,
                });
                let witness = Witness { column: facts, identity: identities[column].as_ref(), record };
                match alike.get_mut(index) {
                    Some((_, witnesses)) => witnesses.push(witness),
                    None => alike.push((explanation, vec![witness])),
                }
            }
            for (explanation, witnesses) in alike {
                let labels = || witnesses.iter().map(|witness| witness.column.label()).collect();
                bodies.push(Body {
                    also: if witnesses.len() > 1 { labels() } else { Vec::new() },
                    evidence: Evidence::of(&witnesses, &shared, platform)?,
                    explanation,
                });
            }
        }
        Ok(Panel {
            id: id("case", &facts.id),
            place: row.to_owned(),
            name: facts.id.clone(),
            tier: facts.tier,
            why: facts.why.clone(),
            source: Source::of(&facts.doc),
            guest: facts.guest.clone(),
            location: facts.location.to_string(),
            inputs: facts.inputs.clone(),
            expected: facts.expected.clone(),
            native: facts.native.clone(),
            request: evidence::request(&shared.request)?,
            groups: group::alike(board, case)?,
            built: shared.guests.into_iter().collect(),
            heads,
            bodies,
        })
    }
}
