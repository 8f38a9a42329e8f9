//! Supervision of a round on the command line.

use super::log::kind_of;
use super::process::RoundName;
use super::serve::MailServer;
use super::{Absent, Caller, Report};
use crate::http::{App, Outward};
use crate::journey::supervision::{self, Asked};
use crate::journey::{RoundOf, progress};
use crate::world;
use anyhow::{Context, Result};
use dtm_model::TeamMessageId;
use dtm_publish::words::Words;
use dtm_store::{Blobs, Store};
use serde_json::json;
use std::path::PathBuf;

/// The work of enumerators or teams; as a table in a file, where one is named.
pub(super) async fn supervise(
    store: &Store,
    blobs: &Blobs,
    name: &RoundName,
    asked: Asked,
    table: Option<PathBuf>,
    caller: &Caller,
) -> Result<Report> {
    let (operation, exercise, round) = name.find(store).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let book = supervision::gather(store, blobs, of, world::today()).await?.book(asked).await?;
    if let Some(path) = table {
        let bytes = supervision::table(&book, Words::of(caller.lang)).file(kind_of(&path, caller)?)?;
        std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(supervision::report(&book, caller))
}

/// The planned places by team and area.
pub(super) async fn coverage(store: &Store, blobs: &Blobs, name: &RoundName, caller: &Caller) -> Result<Report> {
    let (operation, exercise, round) = name.find(store).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let atlas = store.atlas(&operation.admin0).await?;
    let now = progress::of(store, blobs, of, &atlas, world::today()).await?;
    Ok(supervision::coverage_report(&now, &atlas, caller))
}

/// Messages to the teams of a round: written, withdrawn, restored
#[derive(clap::Subcommand)]
pub(crate) enum Message {
    /// Write to a team, or to all of them; it stands on their sheets, and goes by mail where a mail server is named
    Write {
        #[command(flatten)]
        name: RoundName,
        /// The team by its name (else all of the operation's)
        #[arg(long)]
        team: Option<String>,
        /// What is written
        text: String,
        /// Where people reach the server, for the link in the mail
        #[arg(long, env = "DTM_PUBLIC_URL", value_name = "URL")]
        public_url: Option<String>,
        #[command(flatten)]
        mail: MailServer,
    },
    /// Withdraw what was written; mails that went stay where they are
    Withdraw {
        #[command(flatten)]
        name: RoundName,
        /// The message, as `dtm round messages --json` names it
        message: TeamMessageId,
    },
    /// Let stand again what was withdrawn
    Restore {
        #[command(flatten)]
        name: RoundName,
        /// The message, as `dtm round messages --json` names it
        message: TeamMessageId,
    },
}

impl Message {
    pub(super) async fn run(self, store: Store, blobs: Blobs, caller: &Caller) -> Result<Report> {
        match self {
            Message::Write { name, team, text, public_url, mail } => {
                let (operation, exercise, round) = name.find(&store).await?;
                let teams = store.teams(&operation.id).await?;
                let team = match &team {
                    None => None,
                    Some(name) => {
                        let found = teams.iter().find(|team| team.name == *name || team.id.to_string() == *name);
                        Some(found.ok_or_else(|| Absent(caller.say("no such team", "pas d’équipe de ce nom")))?)
                    }
                };
                let outward = Outward { mail: mail.mail()?, ..Outward::default() };
                let app = App::reaching(store, blobs, caller.place.vault()?, public_url, outward);
                let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
                let stamp = caller.stamp();
                let (written, n_mails) = supervision::write_message(&app, of, team, &text, caller.lang, &stamp).await?;
                let said = match n_mails {
                    0 => caller.say("written; it stands on the sheets", "écrit ; le message est sur les feuilles"),
                    n => caller
                        .say(format!("written; mails to be sent: {n}"), format!("écrit ; courriels à envoyer : {n}")),
                };
                Ok(Report::new(said, supervision::message_json(&written)))
            }
            Message::Withdraw { name, message } => withdraw(&store, &name, &message, true, caller).await,
            Message::Restore { name, message } => withdraw(&store, &name, &message, false, caller).await,
        }
    }
}

async fn withdraw(
    store: &Store,
    name: &RoundName,
    message: &TeamMessageId,
    is_withdrawn: bool,
    caller: &Caller,
) -> Result<Report> {
    let (_, _, round) = name.find(store).await?;
    store.withdraw_team_message(&round.id, message, is_withdrawn, &caller.stamp()).await?;
    let said = match is_withdrawn {
        true => caller.say("withdrawn", "retiré"),
        false => caller.say("restored", "rétabli"),
    };
    Ok(Report::new(said, json!({ "id": message, "withdrawn": is_withdrawn })))
}

/// What was written to the teams.
pub(super) async fn messages(store: &Store, name: &RoundName, caller: &Caller) -> Result<Report> {
    let (operation, _, round) = name.find(store).await?;
    let (messages, teams) = (store.team_messages(&round.id).await?, store.teams(&operation.id).await?);
    Ok(supervision::messages_report(&messages, &teams, caller))
}
