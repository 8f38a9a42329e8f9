//! What officers write to their teams: kept with the round, and mailed to the addresses that a team has.
//!
//! ODK Collect shows nothing that a server has to say beside its forms, so phones are not told: what is written stands on
//! the team's page and on its daily sheet.

use crate::cli::{Caller, Mistakes, Report};
use crate::http::App;
use crate::journey::{RoundOf, outbox};
use crate::world;
use anyhow::Result;
use dtm_model::{Lang, Team, TeamMessage, TeamMessageId};
use dtm_publish::page::links;
use dtm_publish::words::{Arg, Words};
use dtm_store::{NewMessage, Stamp};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The longest message: it is to fit on a sheet beside the places.
pub(crate) const LONGEST_MESSAGE: usize = 600;
/// More addresses of one team are not kept.
const MOST_ADDRESSES: usize = 20;

/// Mail addresses in a text, with blanks or commas between; the first that is none.
pub(crate) fn addresses(text: &str) -> Result<Vec<String>, String> {
    let mut read: Vec<String> = Vec::new();
    for address in text.split([' ', ',', ';', '\n', '\r', '\t']).filter(|part| !part.is_empty()) {
        let mailbox = outbox::Mailbox::read(address).ok_or_else(|| address.to_owned())?;
        if read.len() == MOST_ADDRESSES {
            return Err(address.to_owned());
        }
        if !read.contains(&mailbox.address) {
            read.push(mailbox.address);
        }
    }
    Ok(read)
}

/// Writes to a team of the operation, or to all of them where none is named. Returns the message and how many mails carry it.
pub(crate) async fn write_message(
    app: &App,
    of: RoundOf<'_>,
    team: Option<&Team>,
    text: &str,
    lang: Lang,
    stamp: &Stamp,
) -> Result<(TeamMessage, usize)> {
    let w = Words::of(lang);
    let text = text.trim();
    if text.is_empty() || text.chars().count() > LONGEST_MESSAGE {
        let most = [("most", Arg::from(LONGEST_MESSAGE as i64))];
        return Err(Mistakes::one(w.t_args("supervise-message-mistake", &most)));
    }
    let RoundOf { operation, exercise, round } = of;
    let message = TeamMessage {
        id: world::fresh(TeamMessageId::new),
        round: round.id.clone(),
        team: team.map(|team| team.id.clone()),
        text: text.to_owned(),
        by: stamp.by.clone(),
        at: stamp.at,
        withdrawn: None,
    };
    let teams = match team {
        Some(team) => vec![team.clone()],
        None => app.store.teams(&operation.id).await?,
    };
    let page = format!(
        "{}/office/o/{}/{}/{}/supervision",
        app.public_url.as_deref().unwrap_or_default(),
        links::encode(&operation.slug),
        links::encode(&exercise.slug),
        links::encode(round.label.as_str())
    );
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let mut mails: Vec<NewMessage> = Vec::new();
    for team in &teams {
        let args = [
            ("team", Arg::from(team.name.as_str())),
            ("operation", Arg::from(w.text(&operation.name))),
            ("round", Arg::from(round.label.as_str())),
            ("text", Arg::from(text)),
            ("link", Arg::from(page.as_str())),
        ];
        let (subject, body) = (w.t_args("mail-team-subject", &args), w.t_args("mail-team-body", &args));
        // Who is of two teams is told once.
        let fresh = team.addresses.iter().filter(|address| told.insert(address));
        mails.extend(
            fresh.filter_map(|to| outbox::mail(app, Some(&operation.id), to, lang, subject.clone(), body.clone())),
        );
    }
    app.store.write_to_team(&message, &mails, stamp).await?;
    Ok((message, mails.len()))
}

/// A message as programs read it.
pub(crate) fn message_json(message: &TeamMessage) -> Value {
    let withdrawn = message.withdrawn.as_ref().map(|(by, at)| json!({ "by": by, "at": at.to_string() }));
    json!({
        "id": message.id, "teamId": message.team, "text": message.text, "by": message.by,
        "at": message.at.to_string(), "withdrawn": withdrawn,
    })
}

/// What the command says.
pub(crate) fn messages_report(messages: &[TeamMessage], teams: &[Team], caller: &Caller) -> Report {
    let w = Words::of(caller.lang);
    let line = |message: &TeamMessage| {
        let team = message.team.as_ref().map(|id| teams.iter().find(|team| team.id == *id));
        let to = match team {
            None => w.t("supervise-to-all"),
            Some(None) => w.t("supervise-to-gone"),
            Some(Some(team)) => team.name.clone(),
        };
        let mark = if message.withdrawn.is_some() { "×" } else { " " };
        format!("{mark} {}  {to}: {}", message.at, message.text)
    };
    let text: Vec<String> = messages.iter().map(line).collect();
    Report::new(text.join("\n"), messages.iter().map(message_json).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_of_a_team_are_read_one_by_one_and_each_once() {
        let read = addresses("awa@example.org, ines@example.org;awa@example.org\n").unwrap();
        assert_eq!(read, ["awa@example.org", "ines@example.org"]);
        assert_eq!(addresses("awa@example.org nobody").unwrap_err(), "nobody");
        assert_eq!(addresses("  ").unwrap(), Vec::<String>::new());
    }
}
