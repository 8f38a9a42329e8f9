//! Emergency events on the command line.

use super::process::find_operation;
use super::{Absent, Caller, Report, say};
use crate::journey::events::{self, Board, KeptEvent, Wish};
use anyhow::Result;
use dtm_model::{Atlas, EventDecisionId, Lang, Operation, RecordId};
use dtm_store::{Blobs, Store};
use serde_json::json;

/// Which operation and which of its events a command is about.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct EventName {
    /// Short name of the operation
    #[arg(long, short, value_name = "OPERATION")]
    operation: String,
    /// Key of the event, as `dtm event list` shows it
    event: RecordId,
}

/// Emergency events: what was reported between rounds, put together
#[derive(clap::Subcommand)]
pub(crate) enum EventCommand {
    /// Put the reports together; a server does so by itself, and raises alerts
    Gather {
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
    },
    /// List the events of an operation
    List {
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
        /// Those that are closed, too
        #[arg(long)]
        all: bool,
    },
    /// Show an event: figures, places, timeline, reports, alerts, decisions
    Show {
        #[command(flatten)]
        name: EventName,
    },
    /// Call an event by a name; by its cause and area again where the name is empty
    Name {
        #[command(flatten)]
        name: EventName,
        /// The name
        text: String,
    },
    /// Take another event in: both are one and the same
    Merge {
        #[command(flatten)]
        name: EventName,
        /// Key of the other event
        other: RecordId,
    },
    /// Set reports apart as an event of their own
    Split {
        #[command(flatten)]
        name: EventName,
        /// The records, as `dtm event show` names them
        #[arg(required = true)]
        records: Vec<RecordId>,
    },
    /// Close an event: it raises no alerts any more
    Close {
        #[command(flatten)]
        name: EventName,
        /// Why it is over
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Open a closed event again
    Reopen {
        #[command(flatten)]
        name: EventName,
        /// Why it goes on
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Take a decision about an event back
    Undo {
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
        /// The decision, as `dtm event show` names it
        decision: EventDecisionId,
    },
}

fn absent(key: &RecordId) -> anyhow::Error {
    Absent(say(format!("no event {key}"), format!("pas d’événement {key}"))).into()
}

fn line(board: &Board, kept: &KeptEvent, atlas: &Atlas, lang: Lang) -> String {
    let event = &kept.event;
    let (low, best, high) = (event.low(), event.persons(), event.high());
    let closed = if board.is_closed(kept) { " ×" } else { "" };
    format!("{}  {}  {best} ({low}–{high})  {}{closed}", event.key, event.first_on, board.title(kept, atlas, lang))
}

async fn shown(store: &Store, operation: &Operation, key: &RecordId, caller: &Caller) -> Result<Report> {
    let atlas = store.atlas(&operation.admin0).await?;
    let board = Board::of(store, &operation.id).await?;
    let kept = board.find(key).ok_or_else(|| absent(key))?;
    let mut lines = vec![line(&board, kept, &atlas, caller.lang)];
    for (_, alert) in board.alerts_of(kept) {
        lines.push(format!("! {}", alert.message(caller.lang)));
    }
    for day in &kept.event.timeline {
        lines.push(caller.say(
            format!("  {}  {} persons in {} places", day.on, day.persons, day.places),
            format!("  {}  {} personnes dans {} lieux", day.on, day.persons, day.places),
        ));
    }
    for kept in &kept.reports {
        let report = &kept.report;
        let place = report.place.as_ref().map_or(report.area.as_str(), |place| place.as_str());
        let mark = if report.checked { "✓" } else { "?" };
        lines.push(format!("{mark} {}  {}  {place}  {}", report.record, report.reported_on, report.persons));
    }
    Ok(Report::new(lines.join("\n"), board.whole(kept, &atlas, caller.lang)))
}

impl EventCommand {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, blobs) = caller.place.open().await?;
        let (name, wish) = match self {
            EventCommand::Gather { operation } => return gathered(&store, &blobs, &operation, caller).await,
            EventCommand::List { operation, all } => {
                let operation = find_operation(&store, &operation).await?;
                let atlas = store.atlas(&operation.admin0).await?;
                let board = Board::of(&store, &operation.id).await?;
                let fits = |kept: &KeptEvent| all || !board.is_closed(kept);
                let fitting = board.events.iter().filter(|kept| fits(kept));
                let lines: Vec<String> = fitting.map(|kept| line(&board, kept, &atlas, caller.lang)).collect();
                return Ok(Report::new(lines.join("\n"), board.listed(&atlas, caller.lang, fits)));
            }
            EventCommand::Show { name } => {
                let operation = find_operation(&store, &name.operation).await?;
                return shown(&store, &operation, &name.event, caller).await;
            }
            EventCommand::Undo { operation, decision } => {
                let operation = find_operation(&store, &operation).await?;
                events::undo(&store, &blobs, &operation, &decision, &caller.stamp()).await?;
                let text = caller.say("The decision is taken back.", "La décision est annulée.");
                return Ok(Report::new(text, json!({ "success": true })));
            }
            EventCommand::Name { name, text } => (name, Wish::Name(text)),
            EventCommand::Merge { name, other } => (name, Wish::Merge(other)),
            EventCommand::Split { name, records } => (name, Wish::Split(records)),
            EventCommand::Close { name, reason } => (name, Wish::Close(reason)),
            EventCommand::Reopen { name, reason } => (name, Wish::Reopen(reason)),
        };
        let operation = find_operation(&store, &name.operation).await?;
        let about = (&name.event, wish);
        let done = events::decide(&store, &blobs, &operation, about, caller.lang, &caller.stamp()).await?;
        shown(&store, &operation, &done.ok_or_else(|| absent(&name.event))?, caller).await
    }
}

async fn gathered(store: &Store, blobs: &Blobs, operation: &str, caller: &Caller) -> Result<Report> {
    let operation = find_operation(store, operation).await?;
    let made = events::gather(store, blobs, &operation, &caller.stamp()).await?;
    let mut lines = vec![caller.say(
        format!("{} reports, {} events.", made.n_reports, made.n_events),
        format!("{} rapports, {} événements.", made.n_reports, made.n_events),
    )];
    lines.extend(made.faults.iter().map(|(record, fault)| format!("{record}: {}", fault.message(caller.lang))));
    let faults = made.faults.iter().map(|(record, fault)| json!({ "record": record, "fault": fault }));
    let json = json!({ "reports": made.n_reports, "events": made.n_events, "faults": faults.collect::<Vec<_>>() });
    Ok(Report::new(lines.join("\n"), json))
}
