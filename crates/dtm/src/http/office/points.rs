//! Flow monitoring: who passed each point, the hours somebody watched beside, and an estimate where one is asked for.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::submissions::{Names, posted, value, values};
use super::{App, Desk, OperationHead, Said, operation_address, said};
use crate::http::table_file;
use crate::journey::flows::{self, BYS, FlowBook, MOST_DAYS, ShiftNote};
use crate::spreadsheet::{Cell, Kind, Table};
use crate::world;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use chrono::{NaiveDate, NaiveTime, Weekday};
use dtm_model::{Operation, Ssid};
use dtm_process::codes::UNKNOWN;
use dtm_process::flows::{
    By, EntryPointKind, EntryPointReport, EntryPointState, Leg, Period, PlannedSlot, Shift, Slot,
};
use dtm_protect::{ReleasedCell, Value};
use dtm_publish::drawing::{Column, Columns, Frame, columns};
use dtm_publish::page::links;
use dtm_publish::words::{Arg, Words};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Entries are single records, before anything is hidden.
const READS: Verb = Verb::SubmissionList;
const PLANS: Verb = Verb::RoundUpdate;
/// The longest name of a slot, and the longest id of a point.
const LONGEST: usize = 60;
/// More slots or legs are not kept.
const MOST_LINES: usize = 200;

pub(super) fn address(operation: &Operation) -> String {
    format!("{}/points", operation_address(operation))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    from: String,
    to: String,
    period: String,
    by: String,
    estimate: String,
}

impl Asked {
    fn period(&self) -> (Period, &'static str) {
        if self.period == "week" { (Period::Week, "week") } else { (Period::Day, "day") }
    }

    fn by(&self) -> (By, &'static str) {
        BYS.into_iter().find(|(_, code)| *code == self.by).unwrap_or((By::All, "all"))
    }

    /// The days asked for; the usual ones where none can be read.
    async fn days(&self, app: &App, operation: &Operation) -> Result<(NaiveDate, NaiveDate), Problem> {
        let usual = flows::usual_days(&app.store, operation).await?;
        let from = self.from.parse().unwrap_or(usual.0);
        let to = self.to.parse().unwrap_or(usual.1).max(from);
        Ok(if (to - from).num_days() > MOST_DAYS { usual } else { (from, to) })
    }

    /// The same question at another address or with another word.
    fn query(&self, (from, to): (NaiveDate, NaiveDate), period: &str, by: &str) -> String {
        format!("?from={from}&to={to}&period={period}&by={by}")
    }
}

async fn book(app: &App, desk: &Desk, verb: Verb, slug: &str, asked: &Asked) -> Result<(Operation, FlowBook), Problem> {
    let operation = desk.operation(app, verb, slug).await?;
    let days = asked.days(app, &operation).await?;
    let book = FlowBook::of(&app.store, &app.blobs, &operation, days, &app.registries).await?;
    Ok((operation, book))
}

/// Hours and minutes.
fn hours(w: &Words, minutes: u32) -> String {
    w.t_args(
        "flows-hours",
        &[("h", Arg::from(w.number(i64::from(minutes / 60)))), ("m", Arg::from(format!("{:02}", minutes % 60)))],
    )
}

fn maybe_hours(w: &Words, minutes: Option<u32>) -> String {
    minutes.map_or_else(|| w.t("flows-no-shift"), |minutes| hours(w, minutes))
}

/// A value people are told apart by, in words.
pub(crate) fn value_words(w: &Words, book: &FlowBook, by: By, value: &str) -> String {
    if value == UNKNOWN {
        return w.t("flows-unknown");
    }
    if value == dtm_model::TOTAL {
        return w.t("flows-all");
    }
    if by == By::SexAge {
        return match value.split_once(' ') {
            Some((sex, age)) => format!("{}, {}", w.sex(sex), w.age(age)),
            None => value.to_owned(),
        };
    }
    book.words(by, value).map_or_else(|| value.to_owned(), |text| w.text(text).to_owned())
}

/// A chart of people by day: a day nobody watched is not a day of zero.
fn chart(w: &Words, book: &FlowBook, heading: &str) -> String {
    let mut days: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    for row in book.rows(Period::Day, By::All) {
        *days.entry(row.starts_on).or_default() += row.persons as i64;
    }
    if days.is_empty() {
        return String::new();
    }
    let cell =
        |day: NaiveDate| ReleasedCell::from(days.get(&day).map_or(Value::Nothing, |persons| Value::Number(*persons)));
    let all = book.from.iter_days().take_while(|day| *day <= book.to);
    let what = w.t("flows-chart-what");
    let frame = Frame::new("flows", heading, &what, w.lang()).with_width(640.0);
    columns(&Columns { frame, columns: all.map(|day| Column { day, cell: cell(day) }).collect() }).to_string()
}

/// A point in the list.
struct PointLine {
    ssid: String,
    name: String,
    href: String,
    persons: String,
    groups: String,
    counted: String,
    observed: String,
    planned: String,
    kept: String,
    per_hour: String,
    state: String,
    is_old: bool,
}

/// People of one kind.
struct ValueLine {
    name: String,
    persons: String,
    share: String,
    groups: String,
}

struct TwiceLine {
    leg: String,
    at_end: String,
    matched: String,
    by_chance: String,
    expected: String,
}

#[derive(Template)]
#[template(path = "office/points.html")]
struct PointsView {
    w: &'static Words,
    said: String,
    operation: OperationHead,
    here: String,
    from: String,
    to: String,
    chart: String,
    points: Vec<PointLine>,
    values: Vec<ValueLine>,
    by: &'static str,
    /// Word and address of what people may be told apart by.
    bys: Vec<(&'static str, String)>,
    twice: Vec<TwiceLine>,
    n_faults: i64,
    downloads: Vec<(&'static str, String)>,
    may_plan: bool,
}

fn value_lines(w: &Words, book: &FlowBook, by: By) -> Vec<ValueLine> {
    let mut sums: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for row in book.rows(Period::Week, by) {
        let sum = sums.entry(row.value).or_default();
        sum.0 += row.persons;
        sum.1 += u64::from(row.groups);
    }
    let all: u64 = sums.values().map(|(persons, _)| persons).sum();
    let mut sorted: Vec<_> = sums.into_iter().collect();
    sorted.sort_by_key(|(value, (persons, _))| (value == UNKNOWN, std::cmp::Reverse(*persons)));
    let line = |(value, (persons, groups)): (String, (u64, u64))| ValueLine {
        name: value_words(w, book, by, &value),
        persons: w.number(persons as i64),
        share: w.percent(persons as i64, all as i64),
        groups: w.number(groups as i64),
    };
    sorted.into_iter().map(line).collect()
}

pub(super) async fn list(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Query(told): Query<Said>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (operation, book) = book(&app, &desk, READS, &slug, &asked).await?;
    let w = desk.words();
    let (by, by_code) = asked.by();
    let (days, here) = ((book.from, book.to), address(&operation));
    let watched = book.hours();
    let mut seen: BTreeMap<&Ssid, (u64, u64)> = BTreeMap::new();
    for passage in &book.passages {
        let sum = seen.entry(&passage.point).or_default();
        sum.0 += u64::from(passage.persons);
        sum.1 += 1;
    }
    let line = |point: &Ssid| {
        let (persons, groups) = seen.get(point).copied().unwrap_or_default();
        let time = watched.get(point);
        let counted: BTreeMap<_, u64> = book.counted(point, Period::Week);
        let observed = time.map(|time| time.observed_min).filter(|minutes| *minutes > 0);
        let state = book.states.iter().find(|state| state.point == *point);
        PointLine {
            ssid: point.to_string(),
            name: book.name(point).to_owned(),
            href: format!("{here}/at/{}{}", links::encode(point.as_str()), asked.query(days, "day", "all")),
            persons: w.number(persons as i64),
            groups: w.number(groups as i64),
            counted: if counted.is_empty() { String::new() } else { w.number(counted.values().sum::<u64>() as i64) },
            observed: maybe_hours(w, observed),
            planned: time
                .filter(|time| time.planned_min > 0)
                .map(|time| hours(w, time.planned_min))
                .unwrap_or_default(),
            kept: time
                .filter(|time| time.planned_min > 0)
                .map(|time| w.percent(i64::from(time.kept_min), i64::from(time.planned_min)))
                .unwrap_or_default(),
            per_hour: observed
                .map_or_else(|| "–".to_owned(), |minutes| w.decimal(persons as f64 * 60.0 / f64::from(minutes), 1)),
            state: state.map(|state| state.state.words(w.lang()).to_owned()).unwrap_or_default(),
            is_old: state.is_some_and(|state| state.old),
        }
    };
    let twice = book.seen_twice();
    let view = PointsView {
        w,
        said: told.sentence(w),
        operation: OperationHead::new(&app, &desk, &operation).await?,
        from: days.0.to_string(),
        to: days.1.to_string(),
        chart: chart(w, &book, &w.t("flows-chart")),
        points: book.all_points().iter().map(line).collect(),
        values: if by == By::All { Vec::new() } else { value_lines(w, &book, by) },
        by: by_code,
        bys: BYS.into_iter().map(|(_, code)| (code, format!("{here}{}", asked.query(days, "day", code)))).collect(),
        twice: twice
            .iter()
            .map(|seen| TwiceLine {
                leg: format!("{} → {}", book.name(&seen.from), book.name(&seen.to)),
                at_end: w.number(seen.persons_at_end as i64),
                matched: w.number(seen.matched as i64),
                by_chance: w.decimal(seen.by_chance, 0),
                expected: w.decimal(seen.expected(), 0),
            })
            .collect(),
        n_faults: book.faults.len() as i64,
        downloads: ["csv", "xlsx"]
            .into_iter()
            .map(|ending| (ending, format!("{here}/flows.{ending}{}", asked.query(days, "day", by_code))))
            .collect(),
        may_plan: desk.can(PLANS, On::Project(&operation.id)),
        here,
    };
    desk.page(&w.t("flows-title"), view.render())
}

/// The rows of a file: point, period, value, people, groups, and always the minutes observed.
pub(crate) fn table(w: &Words, book: &FlowBook, period: Period, by: By) -> Table {
    let heading = |key: &str| w.t(key);
    let rows = book.rows(period, by).into_iter().map(|row| {
        vec![
            Cell::from(row.point.as_str()),
            book.name(&row.point).into(),
            row.starts_on.to_string().into(),
            row.value.as_str().into(),
            value_words(w, book, by, &row.value).into(),
            row.persons.into(),
            u64::from(row.groups).into(),
            row.observed_min.map(u64::from).into(),
        ]
    });
    let headings = [
        "flows-point",
        "flows-point-name",
        "flows-starts",
        "flows-code",
        "flows-value",
        "flows-persons",
        "flows-groups",
        "flows-minutes",
    ];
    Table { name: "flows", headings: headings.map(heading).to_vec(), rows: rows.collect() }
}

pub(super) async fn download(
    State(app): State<App>,
    desk: Desk,
    Path((slug, name)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (_, book) = book(&app, &desk, READS, &slug, &asked).await?;
    let kind = Kind::asked(&name, "flows").ok_or_else(Problem::not_found)?;
    table_file(&table(desk.words(), &book, asked.period().0, asked.by().0), kind, &name)
}

/// A day or week of a point.
struct FlowLine {
    when: String,
    value: String,
    persons: String,
    groups: String,
    counted: String,
    observed: String,
    per_hour: String,
}

struct ShiftLine {
    id: String,
    when: String,
    counted: String,
    team: String,
    by: String,
    is_removed: bool,
}

/// An estimate of all who passed.
struct Estimate {
    told: String,
    facts: Vec<(String, String)>,
    never: Vec<String>,
}

/// A slot of the plan, and the days of the week on which it is to be watched.
struct SlotLine {
    name: String,
    hours: String,
    days: Vec<(&'static str, String, bool)>,
}

#[derive(Template)]
#[template(path = "office/point.html")]
struct PointView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    points_href: String,
    here: String,
    name: String,
    ssid: String,
    from: String,
    to: String,
    period: &'static str,
    by: &'static str,
    bys: Vec<&'static str>,
    chart: String,
    facts: Vec<(String, String)>,
    flows: Vec<FlowLine>,
    estimate: Option<Estimate>,
    estimate_href: String,
    shifts: Vec<ShiftLine>,
    teams: Vec<(String, String)>,
    slots: Vec<SlotLine>,
    kinds: Vec<(String, String)>,
    states: Vec<(String, String)>,
    today: String,
    may_plan: bool,
    downloads: Vec<(&'static str, String)>,
}

const WEEKDAYS: [(Weekday, &str); 7] = [
    (Weekday::Mon, "mon"),
    (Weekday::Tue, "tue"),
    (Weekday::Wed, "wed"),
    (Weekday::Thu, "thu"),
    (Weekday::Fri, "fri"),
    (Weekday::Sat, "sat"),
    (Weekday::Sun, "sun"),
];

/// Every word of an enum that is kept as its word, with what people call it.
fn all_words<T: Copy + serde::Serialize>(all: &[T], words: impl Fn(T, &str) -> String) -> Vec<(String, String)> {
    let code = |one: &T| serde_json::to_value(one).ok().and_then(|word| word.as_str().map(str::to_owned));
    all.iter().filter_map(|one| code(one).map(|code| (code.clone(), words(*one, &code)))).collect()
}

const KINDS: [EntryPointKind; 4] =
    [EntryPointKind::Land, EntryPointKind::Sea, EntryPointKind::Air, EntryPointKind::Internal];
const STATES: [EntryPointState; 7] = [
    EntryPointState::Open,
    EntryPointState::Partly,
    EntryPointState::GoodsOnly,
    EntryPointState::ClosedForEntry,
    EntryPointState::ClosedForExit,
    EntryPointState::Closed,
    EntryPointState::Unknown,
];

fn estimate(w: &Words, book: &FlowBook, point: &Ssid) -> Estimate {
    match book.estimate(point) {
        Err(error) => Estimate { told: error.message(w.lang()).to_owned(), facts: Vec::new(), never: Vec::new() },
        Ok(made) => {
            let whole = |number: f64| w.decimal(number, 0);
            let fact = |key: &str, value: String| (w.t(key), value);
            let mut facts =
                vec![fact("flows-seen", w.number(made.seen as i64)), fact("flows-estimate", whole(made.estimate))];
            match made.low.zip(made.high) {
                Some((low, high)) => {
                    facts.push(fact("flows-estimate-range", format!("{} – {}", whole(low), whole(high))))
                }
                None => facts.push(fact("flows-estimate-range", w.t("flows-estimate-no-range"))),
            }
            facts.push(fact("flows-variance", made.variance.map_or_else(|| "–".to_owned(), whole)));
            facts.push(fact("flows-covered", w.percent((made.covered * 1000.0).round() as i64, 1000)));
            let never = made.never_watched().map(|stratum| {
                let day = WEEKDAYS.iter().find(|(day, _)| *day == stratum.weekday).map_or("", |(_, code)| *code);
                format!("{}, {}", w.label("flows-day", day), stratum.slot)
            });
            Estimate { told: String::new(), facts, never: never.collect() }
        }
    }
}

async fn point_view(
    app: &App,
    desk: &Desk,
    (operation, book, asked): (&Operation, FlowBook, &Asked),
    ssid: &str,
    mistakes: Option<(String, Vec<String>)>,
) -> Result<PointView, Problem> {
    let w = desk.words();
    let point = Ssid::from(ssid);
    if !book.all_points().contains(&point) {
        return Err(Problem::not_found());
    }
    let book = book.at(&point);
    let ((period, period_code), (by, by_code)) = (asked.period(), asked.by());
    let days = (book.from, book.to);
    let here = format!("{}/at/{}", address(operation), links::encode(ssid));
    let time = book.hours().remove(&point);
    let observed = time.as_ref().map(|time| time.observed_min).filter(|minutes| *minutes > 0);
    let persons: u64 = book.passages.iter().map(|passage| u64::from(passage.persons)).sum();
    let state = book.states.iter().find(|state| state.point == point);
    let fact = |key: &str, value: String| (w.t(key), value);
    let mut facts =
        vec![fact("flows-persons", w.number(persons as i64)), fact("flows-hours-observed", maybe_hours(w, observed))];
    if let Some(time) = time.filter(|time| time.planned_min > 0) {
        let kept = w.percent(i64::from(time.kept_min), i64::from(time.planned_min));
        facts.push(fact("flows-planned", format!("{} ({kept})", hours(w, time.planned_min))));
    }
    if let Some(state) = state {
        let old = if state.old { format!(" – {}", w.t("flows-state-old")) } else { String::new() };
        facts.push(fact("flows-state", format!("{}, {}{old}", state.state.words(w.lang()), w.date(state.reported_on))));
    }
    let counted = book.counted(&point, period);
    let flow = |row: dtm_process::flows::FlowRow| FlowLine {
        when: match period {
            Period::Day => w.date(row.starts_on),
            Period::Week => w.t_args("flows-week-of", &[("day", Arg::from(w.date(row.starts_on)))]),
        },
        value: value_words(w, &book, by, &row.value),
        persons: w.number(row.persons as i64),
        groups: w.number(i64::from(row.groups)),
        counted: counted.get(&row.starts_on).map(|n| w.number(*n as i64)).unwrap_or_default(),
        observed: maybe_hours(w, row.observed_min),
        per_hour: row.per_hour().map_or_else(|| "–".to_owned(), |rate| w.decimal(rate, 1)),
    };
    let mut rows = book.rows(period, by);
    rows.retain(|row| row.point == point);
    rows.reverse();
    let teams = app.store.teams(&operation.id).await?;
    let (mut shifts, mut names) = (Vec::new(), Names::new(app));
    for note in book.noted.iter().rev().filter(|note| note.says.shift.point == point) {
        let shift = &note.says.shift;
        let team = teams.iter().find(|team| Some(&team.id) == note.says.team.as_ref());
        shifts.push(ShiftLine {
            id: note.id.to_string(),
            when: format!("{}, {}–{}", w.date(shift.day), shift.from.format("%H:%M"), shift.to.format("%H:%M")),
            counted: note.says.counted.map(|n| w.number(i64::from(n))).unwrap_or_default(),
            team: team.map(|team| team.name.clone()).unwrap_or_default(),
            by: names.of(&note.by).await?,
            is_removed: note.removed,
        });
    }
    let is_planned = |slot: &Slot, day: Weekday| {
        book.plan.watch.planned.iter().any(|one| one.point == point && one.slot == slot.name && one.weekday == day)
    };
    let slot_line = |slot: &Slot| SlotLine {
        name: slot.name.clone(),
        hours: format!("{}–{}", slot.from.format("%H:%M"), slot.to.format("%H:%M")),
        days: WEEKDAYS.iter().map(|(day, code)| (*code, w.label("flows-day", code), is_planned(slot, *day))).collect(),
    };
    let asked_here = asked.query(days, period_code, by_code);
    Ok(PointView {
        w,
        said: String::new(),
        mistakes,
        operation: OperationHead::new(app, desk, operation).await?,
        points_href: format!("{}{}", address(operation), asked.query(days, "day", "all")),
        name: book.name(&point).to_owned(),
        ssid: ssid.to_owned(),
        from: days.0.to_string(),
        to: days.1.to_string(),
        period: period_code,
        by: by_code,
        bys: BYS.iter().map(|(_, code)| *code).collect(),
        chart: chart(w, &book, book.name(&point)),
        facts,
        flows: rows.into_iter().map(flow).collect(),
        estimate: (asked.estimate == "yes").then(|| estimate(w, &book, &point)),
        estimate_href: format!("{here}{asked_here}&estimate=yes#estimate"),
        shifts,
        teams: teams.iter().map(|team| (team.id.to_string(), team.name.clone())).collect(),
        slots: book.plan.watch.slots.iter().map(slot_line).collect(),
        kinds: all_words(&KINDS, |_, code| w.label("flows-kind", code)),
        states: all_words(&STATES, |state, _| state.words(w.lang()).to_owned()),
        today: world::today().to_string(),
        may_plan: desk.can(PLANS, On::Project(&operation.id)),
        downloads: ["csv", "xlsx"]
            .into_iter()
            .map(|ending| (ending, format!("{}/flows.{ending}{asked_here}", address(operation))))
            .collect(),
        here,
    })
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((slug, ssid)): Path<(String, String)>,
    Query(told): Query<Said>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (operation, book) = book(&app, &desk, READS, &slug, &asked).await?;
    let view = PointView {
        said: told.sentence(desk.words()),
        ..point_view(&app, &desk, (&operation, book, &asked), &ssid, None).await?
    };
    desk.page(&view.name.clone(), view.render())
}

fn clock(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text.trim(), "%H:%M").ok()
}

/// A word of an enum that is kept as its word.
fn word_of<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(word.into()).ok()
}

/// Notes a shift or takes it away, says the state of a point of entry, or plans when the point is to be watched.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((slug, ssid)): Path<(String, String)>,
    body: String,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, PLANS, &slug).await?;
    let (w, stamp, fields) = (desk.words(), desk.viewer()?.stamp(), posted(&body));
    let field = |wanted: &str| value(&fields, wanted).trim();
    let here = format!("{}/at/{}", address(&operation), links::encode(&ssid));
    let point = Ssid::from(ssid.as_str());
    let on: Option<NaiveDate> = field("day").parse().ok().filter(|day| *day <= world::today());
    let outcome = match field("act") {
        "shift" => match (on, clock(field("from")), clock(field("to"))) {
            (Some(day), Some(from), Some(to)) if from != to => {
                let shift = Shift { point: point.clone(), day, from, to };
                let counted = field("counted").parse().ok().filter(|n: &u32| *n <= 1_000_000);
                let team = app.store.teams(&operation.id).await?.into_iter().map(|team| team.id);
                let team = team.into_iter().find(|team| team.to_string() == field("team"));
                flows::note_shift(&app.store, &operation, &ShiftNote { shift, team, counted }, &stamp).await?;
                Ok("flows-said-shift")
            }
            _ => Err(vec![w.t("flows-shift-bad")]),
        },
        "remove" | "restore" => {
            let id = field("note").parse().map_err(|_| Problem::not_found())?;
            let is_removed = field("act") == "remove";
            app.store.remove_point_note(&operation.id, &id, is_removed, &stamp).await?;
            Ok(if is_removed { "flows-said-removed" } else { "flows-said-restored" })
        }
        "state" => match (on, word_of(field("kind")), word_of(field("state"))) {
            (Some(on), Some(kind), Some(state)) => {
                let report = EntryPointReport { point: point.clone(), kind, on, state };
                flows::note_state(&app.store, &operation, &report, &stamp).await?;
                Ok("flows-said-state")
            }
            _ => Err(vec![w.t("flows-state-bad")]),
        },
        "plan" => {
            let mut plan = flows::plan(&app.store, &operation).await?;
            let ticked: BTreeSet<&str> = values(&fields, "slot").collect();
            plan.watch.planned.retain(|planned| planned.point != point);
            for slot in &plan.watch.slots {
                for (weekday, code) in WEEKDAYS {
                    if ticked.contains(format!("{code} {}", slot.name).as_str()) {
                        plan.watch.planned.push(PlannedSlot { point: point.clone(), weekday, slot: slot.name.clone() });
                    }
                }
            }
            flows::keep_plan(&app.store, &operation, &plan, &stamp).await?;
            Ok("flows-said-planned")
        }
        other => return Err(Problem::unexpected_value("act", other)),
    };
    match outcome {
        Ok(what) => Ok(said(&here, what, &[]).into_response()),
        Err(lines) => {
            let asked = Asked::default();
            let days = asked.days(&app, &operation).await?;
            let book = FlowBook::of(&app.store, &app.blobs, &operation, days, &app.registries).await?;
            let mistakes = Some((w.t("office-not-yet"), lines));
            let view = point_view(&app, &desk, (&operation, book, &asked), &ssid, mistakes).await?;
            desk.answer(&view.name, view.render(), true)
        }
    }
}

#[derive(Template)]
#[template(path = "office/flow_plan.html")]
struct PlanView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    points_href: String,
    here: String,
    slots: String,
    legs: String,
    points: Vec<(String, String)>,
}

async fn show_plan(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    told: String,
    wrong: Option<(Vec<String>, String, String)>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let plan = flows::plan(&app.store, operation).await?;
    let slot = |slot: &Slot| format!("{} {}-{}", slot.name, slot.from.format("%H:%M"), slot.to.format("%H:%M"));
    let leg = |leg: &Leg| format!("{} {} {} {}", leg.from, leg.to, leg.minutes, leg.give_or_take);
    let lines = |lines: Vec<String>| lines.join("\n");
    let (mistakes, slots, legs) = match wrong {
        Some((mistakes, slots, legs)) => (Some((w.t("office-not-yet"), mistakes)), slots, legs),
        None => (None, lines(plan.watch.slots.iter().map(slot).collect()), lines(plan.legs.iter().map(leg).collect())),
    };
    let places = app.store.places(&operation.id).await?;
    let points = places.into_iter().filter(|place| place.kind == dtm_model::PlaceKind::FlowPoint);
    let view = PlanView {
        w,
        said: told,
        mistakes,
        operation: OperationHead::new(app, desk, operation).await?,
        points_href: address(operation),
        here: format!("{}/plan", address(operation)),
        slots,
        legs,
        points: points.map(|place| (place.ssid.to_string(), place.name)).collect(),
    };
    desk.answer(&w.t("flows-plan"), view.render(), view.mistakes.is_some())
}

pub(super) async fn plan(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, PLANS, &slug).await?;
    show_plan(&app, &desk, &operation, told.sentence(desk.words()), None).await
}

/// The slots and legs of a form, one a line; a line that cannot be read is named.
fn read_plan(fields: &[(String, String)], w: &Words) -> Result<(Vec<Slot>, Vec<Leg>), Vec<String>> {
    let mut wrong = Vec::new();
    let mut bad = |line: &str| {
        let shown: String = line.chars().take(LONGEST).collect();
        wrong.push(w.t_args("flows-plan-bad", &[("line", Arg::from(shown))]));
    };
    let lines = |name: &str| -> Vec<String> {
        let text = value(fields, name);
        text.lines().map(str::trim).filter(|line| !line.is_empty()).take(MOST_LINES).map(str::to_owned).collect()
    };
    let slot = |line: &str| {
        let (name, hours) = line.rsplit_once(' ')?;
        let (from, to) = hours.split_once('-')?;
        let name: String = name.trim().chars().take(LONGEST).collect();
        Some(Slot { name, from: clock(from)?, to: clock(to)? })
    };
    let leg = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [from, to, minutes, give] = words[..] else { return None };
        let short = |id: &str| Ssid::from(id.chars().take(LONGEST).collect::<String>().as_str());
        let minutes = minutes.parse().ok().filter(|minutes| (1..=43_200).contains(minutes))?;
        let give_or_take = give.parse().ok().filter(|give| *give <= 10_080)?;
        Some(Leg { from: short(from), to: short(to), minutes, give_or_take })
    };
    let (mut slots, mut legs) = (Vec::new(), Vec::new());
    for line in lines("slots") {
        slot(&line).map_or_else(|| bad(&line), |slot| slots.push(slot));
    }
    for line in lines("legs") {
        leg(&line).map_or_else(|| bad(&line), |leg| legs.push(leg));
    }
    if wrong.is_empty() { Ok((slots, legs)) } else { Err(wrong) }
}

/// Sets the slots of the day and the legs of routes.
pub(super) async fn set_plan(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    body: String,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, PLANS, &slug).await?;
    let (w, stamp, fields) = (desk.words(), desk.viewer()?.stamp(), posted(&body));
    let refused = |lines: Vec<String>| (lines, value(&fields, "slots").to_owned(), value(&fields, "legs").to_owned());
    let mut plan = flows::plan(&app.store, &operation).await?;
    let read = read_plan(&fields, w).map(|(slots, legs)| {
        // What was planned for a slot that is gone goes with it.
        plan.watch.planned.retain(|planned| slots.iter().any(|slot| slot.name == planned.slot));
        (plan.watch.slots, plan.legs) = (slots, legs);
        plan.problems(desk.lang).iter().map(|line| w.typeset(line)).collect::<Vec<_>>()
    });
    match read {
        Ok(problems) if problems.is_empty() => {
            flows::keep_plan(&app.store, &operation, &plan, &stamp).await?;
            Ok(said(&format!("{}/plan", address(&operation)), "flows-said-planned", &[]).into_response())
        }
        Ok(lines) | Err(lines) => show_plan(&app, &desk, &operation, String::new(), Some(refused(lines))).await,
    }
}
