//! Releases.

use super::process::{RoundName, find_operation};
use super::{Caller, Mistakes, Report, read_text, say};
use crate::journey::{RoundOf, release};
use anyhow::{Context, Result};
use dtm_model::{Lang, ReleaseId, Text};
use dtm_protect::{Policy, Release};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Releases
#[derive(clap::Subcommand)]
pub(crate) enum ReleaseCommand {
    /// Make a release of a cleared round and publish it; of a published round, a new version with a reason
    Make {
        #[command(flatten)]
        name: RoundName,
        /// Policy file (TOML) in place of the built-in policy for the public
        #[arg(long)]
        policy: Option<PathBuf>,
        /// Why there is a new version, in English
        #[arg(long, default_value = "")]
        reason: String,
        /// Why there is a new version, in French
        #[arg(long, default_value = "")]
        reason_fr: String,
    },
    /// List the releases of an operation
    List {
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
    },
    /// What a release holds, what was hidden and why
    Show {
        /// Its id, as `dtm release list` shows it
        id: ReleaseId,
    },
    /// Withdraw a release; its address says so from then on
    Withdraw {
        /// Its id
        id: ReleaseId,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Print the built-in policy for the public, to start one's own from
    Policy,
}

/// How many numbers are hidden for which reason.
fn hidden(release: &Release) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for hiding in release.hidden() {
        let why =
            serde_json::to_value(hiding.why).ok().and_then(|why| why.as_str().map(str::to_owned)).unwrap_or_default();
        *counted.entry(why).or_insert(0) += 1;
    }
    counted
}

fn describe(release: &Release, caller: &Caller) -> Report {
    let heading = release.heading();
    let hidden = hidden(release);
    let mut text = caller.say(
        format!(
            "Round {} version {}, for {}, policy {}.",
            heading.round,
            release.version(),
            release.audience(),
            release.policy().name
        ),
        format!(
            "Cycle {} version {}, pour {}, politique {}.",
            heading.round,
            release.version(),
            release.audience(),
            release.policy().name
        ),
    );
    for table in release.tables() {
        text += &caller.say(
            format!("\n  {}: {} rows", table.name, table.rows.len()),
            format!("\n  {} : {} lignes", table.name, table.rows.len()),
        );
    }
    for (why, n) in &hidden {
        text += &caller.say(format!("\n  {n} numbers hidden: {why}"), format!("\n  {n} nombres masqués : {why}"));
    }
    let tables: BTreeMap<&str, usize> =
        release.tables().iter().map(|table| (table.name.as_str(), table.rows.len())).collect();
    let json = json!({
        "id": release.id(), "round": heading.round, "version": release.version(), "audience": release.audience(),
        "policy": release.policy(), "tables": tables, "hidden": hidden, "hidings": release.hidden(),
    });
    Report::new(text, json)
}

impl ReleaseCommand {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        if let ReleaseCommand::Policy = self {
            let text = toml::to_string_pretty(&Policy::public())?;
            return Ok(Report::new(text, json!(Policy::public())));
        }
        let (store, blobs) = caller.place.open().await?;
        match self {
            ReleaseCommand::Policy => unreachable!("answered above"),
            ReleaseCommand::Make { name, policy, reason, reason_fr } => {
                let (operation, exercise, round) = name.find(&store).await?;
                let policy = match policy {
                    Some(path) => {
                        let text = read_text(&path)?;
                        toml::from_str(&text).map_err(|error| Mistakes::one(error.to_string()))?
                    }
                    None => Policy::public(),
                };
                let mut why = Text::new();
                for (code, words) in [(Lang::En, reason), (Lang::Fr, reason_fr)] {
                    if !words.trim().is_empty() {
                        why = why.with(code.code(), words);
                    }
                }
                let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
                let release = release::make(&store, &blobs, of, &policy, why, caller.lang, &caller.stamp()).await?;
                Ok(describe(&release, caller))
            }
            ReleaseCommand::List { operation } => {
                let operation = find_operation(&store, &operation).await?;
                let rows = store.releases(&operation.id).await?;
                // Rounds of two exercises may bear the same label.
                let exercises: BTreeMap<_, _> =
                    store.exercises(&operation.id).await?.into_iter().map(|one| (one.id, one.slug)).collect();
                let mut lines = Vec::new();
                let mut json = Vec::new();
                for row in &rows {
                    let round = store.round(&row.round).await?.context("a release of a round that is not there")?;
                    let exercise = exercises.get(&row.exercise).map_or("", String::as_str);
                    let state = if row.withdrawn_at.is_some() { "withdrawn" } else { "standing" };
                    lines.push(format!(
                        "{} {exercise:<12} round {:<6} v{} {:<10} {state} {}",
                        row.id,
                        round.label.as_str(),
                        row.version,
                        row.audience,
                        row.made_at
                    ));
                    json.push(json!({
                        "id": row.id, "exercise": exercise, "round": round.label, "version": row.version,
                        "audience": row.audience, "state": state,
                        "madeAt": row.made_at.to_string(),
                    }));
                }
                Ok(Report::new(lines.join("\n"), json.into()))
            }
            ReleaseCommand::Show { id } => {
                let row = store
                    .release(&id)
                    .await?
                    .ok_or_else(|| super::Absent(say(format!("no release {id}"), format!("pas de diffusion {id}"))))?;
                let release = Release::reopen(&blobs.get(&row.blob).await?)?;
                Ok(describe(&release, caller))
            }
            ReleaseCommand::Withdraw { id, reason } => {
                let row = store
                    .release(&id)
                    .await?
                    .ok_or_else(|| super::Absent(say(format!("no release {id}"), format!("pas de diffusion {id}"))))?;
                if reason.trim().is_empty() {
                    return Err(Mistakes::one(say(
                        "say why it is withdrawn: readers are told".to_owned(),
                        "dites pourquoi elle est retirée : les lecteurs l’apprennent".to_owned(),
                    )));
                }
                release::withdraw(&store, &blobs, &row, reason.trim(), &caller.stamp()).await?;
                Ok(Report::new(caller.say("Withdrawn.", "Retirée."), json!({ "id": id, "state": "withdrawn" })))
            }
        }
    }
}
