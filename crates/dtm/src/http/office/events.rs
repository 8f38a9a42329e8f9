//! Emergency events: what was reported, how sure it is, what raised an alert, and what a person decided about it.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::clock::Clock;
use super::submissions::{Names, posted, value, values};
use super::{App, Desk, OperationHead, Said, operation_address, said};
use crate::cli::Mistakes;
use crate::journey::events::{self, Board, KeptEvent, Wish, area_name};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use dtm_model::{Atlas, Operation, Pcode, Place, RecordId, Ssid};
use dtm_process::events::{Decided, Decision, EventPlace};
use dtm_protect::{ReleasedCell, Value};
use dtm_publish::drawing::{Column, Columns, Frame, columns};
use dtm_publish::page::links;
use dtm_publish::words::{Arg, Words};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The verbs of these pages: reports are single records, before anything is hidden.
const READS: Verb = Verb::SubmissionList;
const DECIDES: Verb = Verb::RoundUpdate;

/// The address of the events of an operation.
pub(super) fn address(operation: &Operation) -> String {
    format!("{}/events", operation_address(operation))
}

/// An alert as a page shows it.
pub(super) struct AlertLine {
    key: String,
    href: String,
    title: String,
    told: String,
    when: String,
    /// Who has seen to it and when; empty while nobody has.
    seen: String,
}

/// What is known of an operation's events, and the words to say it in.
struct Reader<'a> {
    app: &'a App,
    w: &'static Words,
    operation: &'a Operation,
    board: Board,
    atlas: Arc<Atlas>,
}

impl<'a> Reader<'a> {
    async fn new(app: &'a App, desk: &Desk, operation: &'a Operation) -> Result<Self, Problem> {
        let board = Board::of(&app.store, &operation.id).await?;
        let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
        Ok(Self { app, w: desk.words(), operation, board, atlas })
    }

    fn title(&self, kept: &KeptEvent) -> String {
        self.board.title(kept, &self.atlas, self.w.lang())
    }

    fn href(&self, kept: &KeptEvent) -> String {
        format!("{}/{}", address(self.operation), kept.event.key)
    }

    fn range(&self, kept: &KeptEvent) -> String {
        let (low, high) = (self.w.number(kept.event.low() as i64), self.w.number(kept.event.high() as i64));
        self.w.t_args("events-range", &[("low", Arg::from(low)), ("high", Arg::from(high))])
    }

    fn days(&self, kept: &KeptEvent) -> String {
        self.w.date_range(kept.event.first_on, kept.event.last_on)
    }

    /// Who did something, and when.
    async fn by(&self, names: &mut Names<'_>, who: &str, at: dtm_model::Instant) -> Result<String, Problem> {
        let when = Clock::of(self.w, self.operation).text(at);
        let args = [("who", Arg::from(names.of(who).await?)), ("when", Arg::from(when))];
        Ok(self.w.t_args("round-step-by", &args))
    }

    /// The alerts that fit, each with its event; those whose event is no more are left out.
    async fn alerts(&self, fits: impl Fn(&KeptEvent, bool) -> bool) -> Result<Vec<AlertLine>, Problem> {
        let (mut lines, mut names) = (Vec::new(), Names::new(self.app));
        for (stored, alert) in &self.board.alerts {
            let Some(kept) = self.board.find(&stored.alert.event) else { continue };
            if !fits(kept, stored.seen.is_some()) {
                continue;
            }
            let seen = match &stored.seen {
                Some((who, at)) => self.by(&mut names, who, *at).await?,
                None => String::new(),
            };
            lines.push(AlertLine {
                key: stored.alert.key.clone(),
                href: self.href(kept),
                title: self.title(kept),
                told: self.w.typeset(&alert.message(self.w.lang())),
                when: Clock::of(self.w, self.operation).text(stored.raised_at),
                seen,
            });
        }
        Ok(lines)
    }
}

/// An event in the list.
struct EventLine {
    href: String,
    title: String,
    days: String,
    persons: String,
    range: String,
    n_places: String,
    n_reports: i64,
    n_unchecked: i64,
    is_closed: bool,
}

/// What events brought to an area.
struct AreaLine {
    name: String,
    href: String,
    n_events: String,
    persons: String,
    unchecked: String,
}

#[derive(Template)]
#[template(path = "office/events.html")]
struct EventsView {
    w: &'static Words,
    said: String,
    operation: OperationHead,
    here: String,
    alerts: Vec<AlertLine>,
    events: Vec<EventLine>,
    areas: Vec<AreaLine>,
    /// Which events are shown: `open`, `closed` or `all`.
    chosen: &'static str,
    /// The area they were narrowed to; empty where to none.
    area: String,
    may_decide: bool,
    alerts_back: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wanted {
    state: String,
    area: String,
}

const STATES: [&str; 3] = ["open", "closed", "all"];

pub(super) async fn list(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Query(told): Query<Said>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, READS, &slug).await?;
    let (w, reader) = (desk.words(), Reader::new(&app, &desk, &operation).await?);
    let chosen = STATES.into_iter().find(|state| *state == wanted.state).unwrap_or("open");
    let level = events::rules(&app.store, &operation.id).await?.grouping.level;
    let up = |area: &Pcode| reader.atlas.ancestor(area, level).map_or_else(|| area.clone(), |up| up.pcode.clone());
    let fits_state = |kept: &&KeptEvent| chosen == "all" || reader.board.is_closed(kept) == (chosen == "closed");
    let here = address(&operation);
    let mut by_area: BTreeMap<Pcode, (u64, u64, u64)> = BTreeMap::new();
    for kept in reader.board.events.iter().filter(fits_state) {
        let mut met = std::collections::BTreeSet::new();
        for place in &kept.event.places {
            let sum = by_area.entry(up(&place.area)).or_default();
            sum.0 += u64::from(met.insert(up(&place.area)));
            sum.1 += place.persons;
            sum.2 += place.persons - place.low;
        }
    }
    let mut areas: Vec<(&Pcode, &(u64, u64, u64))> = by_area.iter().collect();
    areas.sort_by_key(|(area, (_, persons, _))| (std::cmp::Reverse(*persons), (*area).clone()));
    let number = |n: u64| w.number(n as i64);
    let asked = Pcode::from(wanted.area.as_str());
    let is_there = |kept: &&KeptEvent| {
        wanted.area.is_empty()
            || kept.event.areas.contains(&asked)
            || kept.event.places.iter().any(|place| up(&place.area) == asked)
    };
    let line = |kept: &KeptEvent| EventLine {
        href: reader.href(kept),
        title: reader.title(kept),
        days: reader.days(kept),
        persons: number(kept.event.persons()),
        range: reader.range(kept),
        n_places: number(kept.event.places.len() as u64),
        n_reports: kept.reports.len() as i64,
        n_unchecked: kept.n_unchecked() as i64,
        is_closed: reader.board.is_closed(kept),
    };
    let view = EventsView {
        w,
        said: told.sentence(w),
        operation: OperationHead::new(&app, &desk, &operation).await?,
        alerts: reader.alerts(|_, is_seen| !is_seen).await?,
        events: reader.board.events.iter().filter(fits_state).filter(is_there).map(line).collect(),
        areas: areas
            .into_iter()
            .map(|(area, (n_events, persons, unchecked))| AreaLine {
                name: area_name(&reader.atlas, area, w.lang()),
                href: format!("{here}?state={chosen}&area={}", links::encode(area.as_str())),
                n_events: number(*n_events),
                persons: number(*persons),
                unchecked: number(*unchecked),
            })
            .collect(),
        chosen,
        area: if wanted.area.is_empty() { String::new() } else { area_name(&reader.atlas, &asked, w.lang()) },
        may_decide: desk.can(DECIDES, On::Project(&operation.id)),
        alerts_back: here.clone(),
        here,
    };
    desk.page(&w.t("events-title"), view.render())
}

/// Says that somebody has seen to an alert, or that it is open again.
pub(super) async fn see(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    body: String,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, DECIDES, &slug).await?;
    let fields = posted(&body);
    let is_seen = match value(&fields, "act") {
        "see" => true,
        "unsee" => false,
        other => return Err(Problem::unexpected_value("act", other)),
    };
    app.store.see_alert(&operation.id, value(&fields, "alert"), is_seen, &desk.viewer()?.stamp()).await?;
    let what = if is_seen { "events-said-seen" } else { "events-said-unseen" };
    let back = Some(value(&fields, "back")).filter(|back| !back.is_empty()).map(super::local);
    Ok(said(back.unwrap_or(&address(&operation)), what, &[]).into_response())
}

/// A place that people came to.
struct PlaceLine {
    name: String,
    area: String,
    persons: String,
    range: String,
    households: String,
    reported: String,
    n_reports: i64,
}

/// A day of the timeline.
struct DayLine {
    day: String,
    persons: String,
    places: String,
    n_reports: i64,
}

struct ReportLine {
    id: String,
    place: String,
    persons: String,
    households: String,
    happened: String,
    reported: String,
    source: String,
    is_checked: bool,
}

struct DecisionLine {
    id: String,
    told: String,
    by: String,
    /// Who took it back and when; empty while it stands.
    undone: String,
}

#[derive(Template)]
#[template(path = "office/event.html")]
struct EventView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    events_href: String,
    here: String,
    title: String,
    name: String,
    /// Why it was closed; none while it is open.
    closed: Option<String>,
    facts: Vec<(String, String)>,
    n_unchecked: i64,
    chart: String,
    alerts: Vec<AlertLine>,
    places: Vec<PlaceLine>,
    days: Vec<DayLine>,
    reports: Vec<ReportLine>,
    decisions: Vec<DecisionLine>,
    /// Key and title of the other events.
    others: Vec<(String, String)>,
    may_decide: bool,
    alerts_back: String,
}

/// What is drawn of the timeline: persons known at the end of each day with a report.
fn chart(w: &Words, kept: &KeptEvent, title: &str) -> String {
    if kept.event.timeline.len() < 2 {
        return String::new();
    }
    let heading = w.t("events-chart");
    let what = w.t_args("events-chart-what", &[("event", Arg::from(title.to_owned()))]);
    let frame = Frame::new("event", &heading, &what, w.lang()).with_width(640.0);
    let cell = |n: u64| ReleasedCell::from(Value::Number(n as i64));
    let column = |day: &dtm_process::events::EventDay| Column { day: day.on, cell: cell(day.persons) };
    columns(&Columns { frame, columns: kept.event.timeline.iter().map(column).collect() }).to_string()
}

fn place_name(places: &HashMap<Ssid, Place>, ssid: Option<&Ssid>, name: Option<&str>, w: &Words) -> String {
    match (ssid, name) {
        (Some(ssid), _) => places.get(ssid).map_or_else(|| ssid.to_string(), |place| place.name.clone()),
        (None, Some(name)) => w.t_args("events-place-unregistered", &[("name", Arg::from(name.to_owned()))]),
        (None, None) => w.t("events-place-area"),
    }
}

async fn event_view(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    key: &str,
    mistakes: Option<(String, Vec<String>)>,
) -> Result<EventView, Problem> {
    let (w, reader) = (desk.words(), Reader::new(app, desk, operation).await?);
    let key: RecordId = key.parse().map_err(|_| Problem::not_found())?;
    let kept = reader.board.find(&key).ok_or_else(Problem::not_found)?;
    let event = &kept.event;
    let places: HashMap<Ssid, Place> =
        app.store.places(&operation.id).await?.into_iter().map(|place| (place.ssid.clone(), place)).collect();
    let number = |n: u64| w.number(n as i64);
    let maybe = |n: Option<u64>| n.map_or_else(|| "–".to_owned(), number);
    let area = |area: &Pcode| area_name(&reader.atlas, area, w.lang());
    let areas: Vec<String> = event.areas.iter().map(area).collect();
    let fact = |key: &str, value: String| (w.t(key), value);
    let facts = vec![
        fact("events-cause", w.text(&kept.cause).to_owned()),
        fact("events-where", areas.join(", ")),
        fact("events-when", reader.days(kept)),
        fact("events-best", number(event.persons())),
        fact("events-low", number(event.low())),
        fact("events-high", number(event.high())),
        fact("events-households", number(event.households())),
        fact("events-places", number(event.places.len() as u64)),
        fact("events-reports", number(kept.reports.len() as u64)),
    ];
    let place_line = |place: &EventPlace| PlaceLine {
        name: place_name(&places, place.place.as_ref(), place.name.as_deref(), w),
        area: area(&place.area),
        persons: number(place.persons),
        range: w
            .t_args("events-range", &[("low", Arg::from(number(place.low))), ("high", Arg::from(number(place.high)))]),
        households: maybe(place.households),
        reported: w.date(place.reported_on),
        n_reports: i64::from(place.n_reports),
    };
    let mut sorted: Vec<&EventPlace> = event.places.iter().collect();
    sorted.sort_by_key(|place| std::cmp::Reverse(place.persons));
    let title = reader.title(kept);
    let mut others: Vec<&KeptEvent> = reader.board.events.iter().filter(|other| other.event.key != event.key).collect();
    // Those that are near in time are the likeliest to be the same.
    others.sort_by_key(|other| (other.event.first_on - event.first_on).num_days().abs());
    let here = reader.href(kept);
    Ok(EventView {
        w,
        said: String::new(),
        mistakes,
        operation: OperationHead::new(app, desk, operation).await?,
        events_href: address(operation),
        name: reader.board.decided.names.get(&event.key).cloned().unwrap_or_default(),
        closed: reader.board.decided.closed.get(&event.key).cloned(),
        facts,
        n_unchecked: kept.n_unchecked() as i64,
        chart: chart(w, kept, &title),
        alerts: reader.alerts(|of, _| of.event.key == event.key).await?,
        places: sorted.into_iter().map(place_line).collect(),
        days: event
            .timeline
            .iter()
            .map(|day| DayLine {
                day: w.date(day.on),
                persons: number(day.persons),
                places: number(u64::from(day.places)),
                n_reports: day.reports.len() as i64,
            })
            .collect(),
        reports: kept
            .reports
            .iter()
            .rev()
            .map(|kept| ReportLine {
                id: kept.report.record.to_string(),
                place: place_name(&places, kept.report.place.as_ref(), kept.report.place_name.as_deref(), w),
                persons: number(kept.report.persons),
                households: maybe(kept.report.households),
                happened: w.date(kept.report.happened_on),
                reported: w.date(kept.report.reported_on),
                source: w.text(&kept.source).to_owned(),
                is_checked: kept.report.checked,
            })
            .collect(),
        decisions: decision_lines(&reader, kept).await?,
        others: others
            .into_iter()
            .map(|other| {
                let title = format!("{} ({})", reader.title(other), reader.days(other));
                (other.event.key.to_string(), title)
            })
            .collect(),
        may_decide: desk.can(DECIDES, On::Project(&operation.id)),
        alerts_back: here.clone(),
        here,
        title,
    })
}

/// What was decided about an event and those it took in, the newest first.
async fn decision_lines(reader: &Reader<'_>, kept: &KeptEvent) -> Result<Vec<DecisionLine>, Problem> {
    let (w, key) = (reader.w, &kept.event.key);
    let (mut lines, mut names) = (Vec::new(), Names::new(reader.app));
    for (made, Decided { event, decision }) in reader.board.decisions.iter().rev() {
        let leads_here = match decision {
            Decision::Split { to, .. } => to == key || reader.board.current(event) == key,
            // One that was taken back concerns both events again.
            Decision::Merged { other, .. } => other == key || reader.board.current(event) == key,
            _ => reader.board.current(event) == key,
        };
        if !leads_here {
            continue;
        }
        let said = |text: &str| Arg::from(text.to_owned());
        let told = match decision {
            Decision::Named { name } if name.is_empty() => w.t("events-did-unnamed"),
            Decision::Named { name } => w.t_args("events-did-named", &[("name", said(name))]),
            Decision::Merged { records, .. } => w.t_n("events-did-merged", records.len() as i64),
            Decision::Split { moved, .. } => w.t_n("events-did-split", moved.len() as i64),
            Decision::Closed { reason } => w.t_args("events-did-closed", &[("reason", said(reason))]),
            Decision::Reopened { reason } => w.t_args("events-did-reopened", &[("reason", said(reason))]),
        };
        let undone = match &made.undone {
            Some((who, at)) => reader.by(&mut names, who, *at).await?,
            None => String::new(),
        };
        lines.push(DecisionLine {
            id: made.id.to_string(),
            told,
            by: reader.by(&mut names, &made.by, made.at).await?,
            undone,
        });
    }
    Ok(lines)
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((slug, key)): Path<(String, String)>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, READS, &slug).await?;
    let view =
        EventView { said: told.sentence(desk.words()), ..event_view(&app, &desk, &operation, &key, None).await? };
    desk.page(&view.title.clone(), view.render())
}

/// Names, merges, splits, closes or reopens an event, or takes such a decision back.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((slug, key)): Path<(String, String)>,
    body: String,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, DECIDES, &slug).await?;
    let (stamp, fields) = (desk.viewer()?.stamp(), posted(&body));
    let field = |wanted: &str| value(&fields, wanted).trim().to_owned();
    let id = |text: &str| text.parse::<RecordId>().map_err(|_| Problem::not_found());
    let act = field("act");
    if act == "undo" {
        let decision = field("decision").parse().map_err(|_| Problem::not_found())?;
        events::undo(&app.store, &app.blobs, &operation, &decision, &stamp).await?;
        // A part that was set apart is one with the rest again, and an event that was taken in is back.
        let board = Board::of(&app.store, &operation.id).await?;
        let here = match board.find(&id(&key)?) {
            Some(kept) => format!("{}/{}", address(&operation), kept.event.key),
            None => address(&operation),
        };
        return Ok(said(&here, "events-said-undone", &[]).into_response());
    }
    let (wish, what) = match act.as_str() {
        "name" => (Wish::Name(field("name")), "events-said-named"),
        "merge" => (Wish::Merge(id(&field("other"))?), "events-said-merged"),
        "split" => {
            let chosen: Result<Vec<RecordId>, Problem> = values(&fields, "report").map(id).collect();
            (Wish::Split(chosen?), "events-said-split")
        }
        "close" => (Wish::Close(field("reason")), "events-said-closed"),
        "reopen" => (Wish::Reopen(field("reason")), "events-said-reopened"),
        other => return Err(Problem::unexpected_value("act", other)),
    };
    match events::decide(&app.store, &app.blobs, &operation, (&id(&key)?, wish), desk.lang, &stamp).await {
        Ok(Some(leads_to)) => Ok(said(&format!("{}/{leads_to}", address(&operation)), what, &[]).into_response()),
        Ok(None) => Err(Problem::not_found()),
        Err(error) => {
            let Mistakes { lines } = error.downcast::<Mistakes>()?;
            let w = desk.words();
            let view = event_view(&app, &desk, &operation, &key, Some((w.t("office-not-yet"), lines))).await?;
            desk.answer(&view.title.clone(), view.render(), true)
        }
    }
}
