//! The checks going over a round, watched: how far they are, what they changed, and whether somebody stopped them.
//!
//! In: a round that is about to be settled. Out: a [`Run`], which is kept as it goes, so that a page or another process can
//! tell how far it is. Who stops the checks stops them after the portion they are at. What was examined by then stays so,
//! and is not examined again when they go on, for every examination is kept with what it looked at.

use crate::cli::{Caller, Mistakes, Report, say};
use crate::world;
use anyhow::Result;
use dtm_model::{CheckRunId, RoundId};
use dtm_process::checks::Check;
use dtm_store::{CheckRun, Replaced, Stamp, Store};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// A run of the checks over a round.
pub(crate) struct Run {
    id: CheckRunId,
    round: RoundId,
    /// The findings before it, by what they are about.
    before: HashMap<String, String>,
}

fn stopped() -> anyhow::Error {
    Mistakes::one(say(
        "the checks of this round are stopped: let them go on first",
        "les contrôles de ce cycle sont arrêtés : laissez-les d’abord reprendre",
    ))
}

impl Run {
    /// Begins, unless somebody stopped the checks of this round.
    pub(super) async fn begin(store: &Store, round: &RoundId, stamp: &Stamp) -> Result<Self> {
        if store.checks_stopped(round).await?.is_some() {
            return Err(stopped());
        }
        let id = world::fresh(CheckRunId::new);
        let n_all = store.count_records(round).await?;
        let began = Stamp::new(world::now(), &stamp.by);
        store.begin_check_run(round, &id, n_all, &began).await?;
        Ok(Self { id, round: round.clone(), before: store.finding_subjects(round).await? })
    }

    /// Notes how far it is; an error where somebody stopped it.
    pub(super) async fn go_on(&self, store: &Store, n_done: u64) -> Result<()> {
        match store.advance_check_run(&self.id, &self.round, n_done).await? {
            true => Ok(()),
            false => Err(stopped()),
        }
    }

    /// Ends, and keeps what became of the findings.
    pub(super) async fn end(mut self, store: &Store, stamp: &Stamp) -> Result<()> {
        let mut changes: BTreeMap<String, Replaced> = BTreeMap::new();
        for (subject, check) in store.finding_subjects(&self.round).await? {
            if self.before.remove(&subject).is_none() {
                changes.entry(check).or_default().new += 1;
            }
        }
        for check in self.before.into_values() {
            changes.entry(check).or_default().gone += 1;
        }
        Ok(store.end_check_run(&self.id, &changes, stamp).await?)
    }
}

/// How the checks of a round stand: whether they are stopped, and their last runs.
pub(crate) struct Standing {
    pub(crate) stopped: Option<(String, dtm_model::Instant)>,
    /// The newest first.
    pub(crate) runs: Vec<CheckRun>,
}

/// What the findings of a run became, all checks together.
pub(crate) fn sum(run: &CheckRun) -> Replaced {
    run.changes
        .values()
        .fold(Replaced::default(), |sum, one| Replaced { new: sum.new + one.new, gone: sum.gone + one.gone })
}

impl Standing {
    pub(crate) async fn of(store: &Store, round: &RoundId) -> Result<Self> {
        Ok(Self { stopped: store.checks_stopped(round).await?, runs: store.check_runs(round).await? })
    }

    /// The run that goes on now. A run that a newer one overtook, or that was stopped, came to no end.
    pub(crate) fn running(&self) -> Option<&CheckRun> {
        self.runs.first().filter(|run| run.ended_at.is_none() && self.stopped.is_none())
    }

    /// As programs read it.
    pub(crate) fn json(&self) -> Value {
        let run = |run: &CheckRun| {
            let changes: BTreeMap<&str, Value> = run
                .changes
                .iter()
                .map(|(check, replaced)| (check.as_str(), json!({ "new": replaced.new, "gone": replaced.gone })))
                .collect();
            json!({
                "id": run.id, "beganAt": run.began_at.to_string(), "by": run.began_by, "done": run.n_done,
                "all": run.n_all, "endedAt": run.ended_at.map(|at| at.to_string()), "changes": changes,
            })
        };
        let stopped = self.stopped.as_ref().map(|(by, at)| json!({ "by": by, "at": at.to_string() }));
        json!({ "stopped": stopped, "runs": self.runs.iter().map(run).collect::<Vec<Value>>() })
    }

    /// What the command says.
    pub(crate) fn report(&self, caller: &Caller) -> Report {
        let mut lines = Vec::new();
        if let Some((by, at)) = &self.stopped {
            lines.push(caller.say(format!("stopped by {by}, {at}"), format!("arrêtés par {by}, {at}")));
        }
        for run in &self.runs {
            let Replaced { new, gone } = sum(run);
            let end = match run.ended_at {
                Some(at) => caller.say(
                    format!("ended {at}; findings: {new} new, {gone} gone"),
                    format!("fini {at} ; constats : {new} nouveaux, {gone} disparus"),
                ),
                None => caller.say("not ended", "pas fini"),
            };
            lines.push(format!("{}  {}/{}  {end}", run.began_at, run.n_done, run.n_all));
            for (check, replaced) in &run.changes {
                let title = Check::by_id(check).map_or(check.as_str(), |check| check.title.get(caller.lang));
                lines.push(format!("    +{} −{}  {title}", replaced.new, replaced.gone));
            }
        }
        if lines.is_empty() {
            lines.push(caller.say(
                "the checks have not gone over this round yet",
                "les contrôles n’ont pas encore parcouru ce cycle",
            ));
        }
        Report::new(lines.join("\n"), self.json())
    }
}
