//! The places of an operation on the command line.

use super::process::find_operation;
use super::{Absent, Caller, Mistakes, Report, say};
use crate::journey::places::{self, Merge, SiteTypes, Written};
use anyhow::Result;
use chrono::NaiveDate;
use dtm_model::{Atlas, Instant, Operation, Place, Ssid};
use dtm_process::places::{STATES, Search};
use dtm_publish::words::{Arg, Words};
use dtm_store::Store;
use serde_json::{Value, json};

/// States of a place that are shown.
const SHOWN: u32 = 50;

/// Which operation and which of its places a command is about.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct PlaceName {
    /// Short name of the operation
    #[arg(long, short, value_name = "OPERATION")]
    operation: String,
    /// Id of the place (SSID)
    ssid: String,
}

/// Places: sites, host communities, flow monitoring points
#[derive(clap::Subcommand)]
pub(crate) enum PlaceCommand {
    /// List the places of an operation
    List {
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
        /// A piece of a name or code, of the place or of an area around it
        #[arg(default_value = "")]
        search: String,
        /// site, host_community or flow_point
        #[arg(long, default_value = "")]
        kind: String,
        /// P-code of an area, of any level
        #[arg(long, default_value = "")]
        area: String,
        /// open, closed, all, nowhere (without a position) or adrift (in an area that ended)
        #[arg(long, default_value = STATES[0])]
        state: String,
    },
    /// Show a place and what was done to it
    Show {
        #[command(flatten)]
        name: PlaceName,
    },
    /// Close a place on a day
    Close {
        #[command(flatten)]
        name: PlaceName,
        /// The day it closed
        #[arg(long)]
        on: NaiveDate,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Open a closed place again
    Reopen {
        #[command(flatten)]
        name: PlaceName,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Merge a place into another: what is said of it from that day on counts there
    Merge {
        #[command(flatten)]
        name: PlaceName,
        /// Id of the place that stays
        #[arg(long)]
        into: String,
        /// From this day on
        #[arg(long)]
        on: NaiveDate,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Take a change back that was made on the command line
    Undo {
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
        /// The change, as `dtm place show` numbers it
        change: i64,
    },
}

async fn find(store: &Store, operation: &Operation, ssid: &str) -> Result<Place> {
    let found = store.place(&operation.id, &Ssid::from(ssid)).await?;
    found.ok_or_else(|| Absent(say(format!("no place {ssid}"), format!("pas de lieu {ssid}"))).into())
}

fn line(place: &Place, atlas: &Atlas, w: &Words) -> String {
    let around = (1..=4).rev().filter_map(|level| atlas.ancestor(&place.area, level)).map(|area| w.text(&area.name));
    let around = around.collect::<Vec<_>>().join(", ");
    let closed = place.closed_on.map(|day| format!("  × {day}")).unwrap_or_default();
    let kind = w.label("place-kind", dtm_process::places::kind_code(place.kind));
    format!("{:<16} {}  ({kind}; {around} {}){closed}", place.ssid.as_str(), place.name, place.area)
}

async fn shown(store: &Store, operation: &Operation, ssid: &Ssid, caller: &Caller) -> Result<Report> {
    let (w, atlas) = (Words::of(caller.lang), store.atlas(&operation.admin0).await?);
    let (place, types) = (find(store, operation, ssid.as_str()).await?, SiteTypes::known(store).await?);
    let history = places::place_past_json(&store.place_history(&operation.id, ssid, SHOWN).await?);
    let mut lines = vec![line(&place, &atlas, w)];
    let site_type = place.site_type.as_deref().map(|code| types.name(caller.lang, code));
    let position = place.position.map(|at| format!("{}, {}", at.lat, at.lon));
    let opened = place.opened_on.map(|day| day.to_string());
    let merged = place.merged_into.as_ref().map(ToString::to_string);
    let aliases = Some(place.aliases.join("; ")).filter(|names| !names.is_empty());
    let facts = [
        ("site_type", site_type),
        ("position", position),
        ("opened_on", opened),
        ("merged_into", merged),
        ("aliases", aliases),
    ];
    for (fact, value) in facts {
        lines.extend(value.map(|value| format!("  {}", w.pair(&w.label("place-fact", fact), &value))));
    }
    for past in &history {
        let text = |name: &str| past[name].as_str().unwrap_or_default();
        let change = |one: &Value| {
            let part = |name: &str| one[name].as_str().unwrap_or_default();
            format!("{}: {} → {}", w.label("place-fact", part("fact")), part("old"), part("new"))
        };
        let what = match text("what") {
            "added" => w.t("place-added"),
            "takenBack" => w.t("place-taken-back"),
            _ => past["changes"].as_array().into_iter().flatten().map(change).collect::<Vec<_>>().join("; "),
        };
        let reason = if text("reason").is_empty() { String::new() } else { format!("  «{}»", text("reason")) };
        let number = past["change"].as_i64().map(|number| format!("  #{number}")).unwrap_or_default();
        lines.push(format!("- {}  {what}{reason}  {}{number}", text("at"), text("by")));
    }
    let mut told = places::place_json(&place, &atlas, &types, caller.lang);
    told["history"] = history.into();
    Ok(Report::new(lines.join("\n"), told))
}

async fn listed(store: &Store, operation: &Operation, search: Search, caller: &Caller) -> Result<Report> {
    if let Some((name, value)) = search.unknown() {
        return Err(Mistakes::one(caller.say(
            format!(
                "there is no {name} `{value}`; kinds are site, host_community and flow_point, states {}",
                STATES.join(", ")
            ),
            format!(
                "« {value} » n’existe pas ; les genres sont site, host_community et flow_point, les états {}",
                STATES.join(", ")
            ),
        )));
    }
    let (w, atlas) = (Words::of(caller.lang), store.atlas(&operation.admin0).await?);
    let (all, types) = (store.places(&operation.id).await?, SiteTypes::known(store).await?);
    let fitting = search.of(&all, &atlas);
    let mut lines: Vec<String> = fitting.iter().map(|place| line(place, &atlas, w)).collect();
    lines.push(w.t_args("places-n", &[("n", Arg::from(fitting.len() as i64))]));
    let told = fitting.iter().map(|place| places::place_json(place, &atlas, &types, caller.lang));
    Ok(Report::new(lines.join("\n"), told.collect()))
}

impl PlaceCommand {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, _) = caller.place.open().await?;
        let (w, stamp) = (Words::of(caller.lang), caller.stamp());
        let (name, closed_on, reason) = match self {
            PlaceCommand::List { operation, search, kind, area, state } => {
                let operation = find_operation(&store, &operation).await?;
                return listed(&store, &operation, Search { q: search, kind, area, state }, caller).await;
            }
            PlaceCommand::Show { name } => {
                let operation = find_operation(&store, &name.operation).await?;
                return shown(&store, &operation, &Ssid(name.ssid), caller).await;
            }
            PlaceCommand::Merge { name, into, on, reason } => {
                let operation = find_operation(&store, &name.operation).await?;
                let (gone, kept) =
                    (find(&store, &operation, &name.ssid).await?, find(&store, &operation, &into).await?);
                let with = Merge { into: &kept, on, reason: &reason };
                places::merge(&store, &operation, &gone, with, w, &stamp).await?;
                return shown(&store, &operation, &gone.ssid, caller).await;
            }
            PlaceCommand::Undo { operation, change } => {
                let operation = find_operation(&store, &operation).await?;
                let n = store.undo_places(&operation.id, Instant::from_millis(change), "", &stamp).await?;
                let text = w.t_args("places-said-undone", &[("n", Arg::from(n as i64))]);
                return Ok(Report::new(text, json!({ "undone": n })));
            }
            PlaceCommand::Close { name, on, reason } => (name, on.to_string(), reason),
            PlaceCommand::Reopen { name, reason } => (name, String::new(), reason),
        };
        let operation = find_operation(&store, &name.operation).await?;
        let (place, atlas) = (find(&store, &operation, &name.ssid).await?, store.atlas(&operation.admin0).await?);
        let written = Written { closed_on, reason, ..Written::of(&place) };
        places::change(&store, &operation, (&atlas, &place), &written, w, &stamp).await?;
        shown(&store, &operation, &place.ssid, caller).await
    }
}
