//! Whoever has to hear of an event is told: an alert is kept with the messages that carry it, once for each threshold.

use super::{Board, EventRules, KeptEvent, raised, rules};
use crate::http::App;
use crate::journey::outbox;
use crate::world;
use anyhow::Result;
use dtm_model::{Atlas, Lang, Operation};
use dtm_process::events::{Alert, Event, raise_alerts};
use dtm_publish::page::links;
use dtm_publish::words::{Arg, Words};
use dtm_store::{NewAlert, NewMessage, Stamp};
use serde_json::json;

/// What other systems are told of.
const RAISED: &str = "alert.raised";

/// Holds the open events of an operation against its thresholds, and keeps what alerts were not raised before, each with
/// the mails and calls that carry it.
pub(crate) async fn alert(app: &App, operation: &Operation, stamp: &Stamp) -> Result<()> {
    let rules = rules(&app.store, &operation.id).await?;
    let board = Board::of(&app.store, &operation.id).await?;
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let sent = raised(&board);
    let open = board.events.iter().filter(|kept| !board.is_closed(kept));
    let events: Vec<Event> = open.map(|kept| kept.event.clone()).collect();
    let alerts = raise_alerts(&events, &rules.alerts, &atlas, world::today(), |key| sent.contains(key));
    let mut new = Vec::with_capacity(alerts.len());
    for alert in alerts {
        let Some(kept) = board.find(&alert.event) else { continue };
        let messages = messages(app, operation, &rules, (&board, kept), &atlas, &alert).await?;
        let body = serde_json::to_string(&alert)?;
        new.push((NewAlert { key: alert.key(), event: alert.event, body }, messages));
    }
    Ok(app.store.raise_alerts(&operation.id, new, stamp).await?)
}

/// The mails and calls that carry an alert.
async fn messages(
    app: &App,
    operation: &Operation,
    rules: &EventRules,
    (board, kept): (&Board, &KeptEvent),
    atlas: &Atlas,
    alert: &Alert,
) -> Result<Vec<NewMessage>> {
    let event = &kept.event;
    let mail = |to: &str, lang: Lang| {
        let w = Words::of(lang);
        let text = |text: String| Arg::from(text);
        let page = format!("/office/o/{}/events/{}", links::encode(&operation.slug), event.key);
        let number = |n: u64| text(w.number(n as i64));
        let args = [
            ("operation", text(w.text(&operation.name).to_owned())),
            ("event", text(board.title(kept, atlas, lang))),
            ("alert", text(w.typeset(&alert.message(lang)))),
            ("best", number(event.persons())),
            ("low", number(event.low())),
            ("high", number(event.high())),
            ("link", text(app.public_url.as_deref().unwrap_or_default().to_owned() + &page)),
        ];
        let (subject, body) = (w.t_args("mail-alert-subject", &args), w.t_args("mail-alert-body", &args));
        outbox::mail(app, Some(&operation.id), to, lang, subject, body)
    };
    let mut messages: Vec<NewMessage> = rules.mails.iter().filter_map(|to| mail(&to.address, to.lang)).collect();
    let data = json!({
        "alert": alert.key(), "rule": alert.rule, "step": alert.step, "value": alert.value,
        "event": board.listed_one(kept, atlas, Lang::En),
    });
    messages.extend(outbox::calls(&app.store, &operation.id, RAISED, &data).await?);
    Ok(messages)
}
