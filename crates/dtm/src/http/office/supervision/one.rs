//! The page of one enumerator or one team: every measure, small drawings, and the interviews that make them up.

use super::super::clock::Clock;
use super::super::{App, Desk, Pages, Problem, RoundHead, round_address};
use super::messages::{MessageLine, Written};
use super::{Apart, Cell, CoverLine, PERIODS, Wanted, apart, apart_words, counted_words, cover_lines, line_href};
use crate::http::scope::places_of_round;
use crate::http::supervised;
use crate::http::viewer::Verb;
use crate::journey::RoundOf;
use crate::journey::supervision::{Alike, Book, Group, Held, Line, coverage_by_team, value_words};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use chrono::NaiveDate;
use dtm_model::{Place, PlaceKind, Ssid, Team};
use dtm_process::patterns::enumerators::{LEAST_ENUMERATORS, LEAST_INTERVIEWS, Measure, NOBODY, Profile};
use dtm_protect::{ReleasedCell, Value};
use dtm_publish::drawing::{Bar, Bars, Column, Columns, Frame, Reading, Spot, Spots, bars, columns, spots_of};
use dtm_publish::words::{Arg, Words};
use std::collections::{BTreeMap, HashMap};

/// Interviews on one page.
const EACH: usize = 100;
/// Pairs that are alike, positions on the map.
const MOST_PAIRS: usize = 50;
const MOST_SPOTS: usize = 5_000;
/// More days than this are not drawn one by one.
const MOST_DAYS: i64 = 120;
/// The ends of the groups of durations, in minutes.
const MINUTES: [f64; 8] = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 90.0, 120.0];

/// An interview in the list.
struct HeldLine {
    record: String,
    when: String,
    place: String,
    /// The enumerator, on the page of a team.
    who: String,
    minutes: String,
    n_asked: i64,
}

/// Two interviews more alike than hardly any of different enumerators.
struct PairLine {
    record: String,
    other: String,
    when: String,
    told: String,
}

#[derive(Template)]
#[template(path = "office/supervised.html")]
struct SupervisedView {
    w: &'static Words,
    round: RoundHead,
    back: String,
    here: String,
    wanted: Wanted,
    name: String,
    is_team: bool,
    says_who: bool,
    periods: [(&'static str, &'static str); 3],
    counted: String,
    interviews: String,
    n_days: String,
    /// The team's page, or the sheets of the teams; name and address.
    teams: Vec<(String, String)>,
    too_few: bool,
    least: String,
    others: String,
    cells: Vec<Cell>,
    apart: Vec<Apart>,
    by_day: String,
    by_minutes: String,
    map: String,
    n_placed: String,
    pairs: Vec<PairLine>,
    held: Vec<HeldLine>,
    pages: Pages,
    people: Vec<(String, String, String)>,
    covered: Vec<CoverLine>,
    messages: Vec<MessageLine>,
}

fn number(n: i64) -> ReleasedCell {
    ReleasedCell::from(Value::Number(n))
}

/// Interviews a day, from the first to the last; a day without any stands as nothing held.
fn day_chart(w: &Words, held: &[&Held]) -> String {
    let mut days: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    for day in held.iter().filter_map(|held| held.day) {
        *days.entry(day).or_default() += 1;
    }
    let (Some((first, _)), Some((last, _))) = (days.first_key_value(), days.last_key_value()) else {
        return String::new();
    };
    if (*last - *first).num_days() > MOST_DAYS {
        return String::new();
    }
    let all = first.iter_days().take_while(|day| day <= last);
    let column = |day: NaiveDate| Column { day, cell: number(days.get(&day).copied().unwrap_or_default()) };
    let (title, what) = (w.t("supervise-by-day"), w.t("supervise-by-day-what"));
    let frame = Frame::new("supervise-days", &title, &what, w.lang());
    columns(&Columns { frame, columns: all.map(column).collect() }).to_string()
}

/// How many interviews took how long.
fn minutes_chart(w: &Words, held: &[&Held]) -> String {
    let taken: Vec<f64> = held.iter().filter_map(|held| held.minutes).filter(|minutes| *minutes >= 0.0).collect();
    if taken.is_empty() {
        return String::new();
    }
    let (mut groups, mut from) = (Vec::new(), 0.0);
    for to in MINUTES.into_iter().chain([f64::INFINITY]) {
        let n = taken.iter().filter(|minutes| (from..to).contains(*minutes)).count() as i64;
        let args = [("from", Arg::from(w.decimal(from, 0))), ("to", Arg::from(w.decimal(to, 0)))];
        let label = match to.is_finite() {
            true => w.t_args("supervise-from-to", &args),
            false => w.t_args("supervise-from-on", &args),
        };
        groups.push(Bar { label, cell: number(n), colour: None });
        from = to;
    }
    // Long empty ends say nothing.
    while groups.last().is_some_and(|bar| bar.cell.value == Value::Number(0)) {
        groups.pop();
    }
    let (title, what) = (w.t("supervise-by-minutes"), w.t("supervise-by-minutes-what"));
    let frame = Frame::new("supervise-minutes", &title, &what, w.lang());
    bars(&Bars { frame, bars: groups, reading: Reading::PartOf(taken.len() as i64) }).to_string()
}

/// Where the interviews were held.
fn map(w: &Words, held: &[&Held], names: &HashMap<Ssid, Place>) -> String {
    let spot = |held: &&&Held| {
        let name = held.place.as_ref().and_then(|place| names.get(place)).map_or("", |place| place.name.as_str());
        let day = held.day.map(|day| w.date(day)).unwrap_or_default();
        Some(Spot {
            name: if name.is_empty() { day } else { format!("{name}, {day}") },
            at: held.at?,
            kind: PlaceKind::HostCommunity.into(),
            is_closed: false,
            is_meant: false,
            href: Some(format!("/office/records/{}", held.record)),
        })
    };
    let spots: Vec<Spot> =
        held.iter().filter(|held| held.at.is_some()).take(MOST_SPOTS).filter_map(|held| spot(&held)).collect();
    if spots.is_empty() {
        return String::new();
    }
    let (title, what) = (w.t("supervise-map"), w.t("supervise-map-what"));
    let frame = Frame::new("supervise-map", &title, &what, w.lang());
    spots_of(&Spots { frame, ground: Vec::new(), spots }, &w.t("supervise-one-interview")).to_string()
}

fn when(w: &Words, held: &Held) -> String {
    let day = held.day.map(|day| w.date(day)).unwrap_or_default();
    match held.started {
        Some(started) => {
            let (hour, minute) = started.time_of_day();
            format!("{day}, {hour:02}:{minute:02}")
        }
        None => day,
    }
}

fn pairs(w: &Words, held: &[&Held]) -> Vec<PairLine> {
    let mut found: Vec<(&Held, &Alike)> = held.iter().filter_map(|held| Some((*held, held.alike.as_ref()?))).collect();
    found.sort_by_key(|(_, alike)| alike.n_different);
    let mut seen: Vec<(String, String)> = Vec::new();
    let mut lines = Vec::new();
    for (held, alike) in found {
        let (record, other) = (held.record.to_string(), alike.record.to_string());
        // The two of a pair are often each other's nearest.
        if seen.contains(&(other.clone(), record.clone())) || lines.len() == MOST_PAIRS {
            continue;
        }
        let args = [
            ("n", Arg::from(w.number(i64::from(alike.n_different)))),
            ("of", Arg::from(w.number(alike.n_questions as i64))),
        ];
        lines.push(PairLine {
            record: record.clone(),
            other: other.clone(),
            when: when(w, held),
            told: w.t_args("supervise-pair", &args),
        });
        seen.push((record, other));
    }
    lines
}

/// The enumerators of a team: name, address, how many interviews.
fn people(w: &Words, book: &Book, held: &[&Held], here: &str, wanted: &Wanted) -> Vec<(String, String, String)> {
    let mut counts: BTreeMap<usize, i64> = BTreeMap::new();
    for one in held {
        *counts.entry(one.who).or_default() += 1;
    }
    let kept = Wanted { by: String::new(), ..wanted.clone() }.with("", "");
    let mut people: Vec<(String, String, String)> = counts
        .into_iter()
        .map(|(at, n)| {
            let person = &book.people[at];
            (person.name(w), format!("{here}/people/{}{kept}", person.key), w.number(n))
        })
        .collect();
    people.sort();
    people
}

async fn show(
    app: &App,
    desk: &Desk,
    (operation, exercise, round): (&str, &str, &str),
    (key, by): (&str, Group),
    wanted: Wanted,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(app, Verb::RoundRead, (operation, exercise, round)).await?;
    let (w, viewer) = (desk.words(), desk.viewer()?);
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let book = supervised::book(app, viewer, of, wanted.asked(by)).await?;
    // Somebody without an interview on these days still has a page: another period leads to it.
    let known = match by {
        Group::Enumerator => book.people.iter().position(|person| person.key == key),
        Group::Team => book.teams.iter().position(|team| team.id.to_string() == key),
    };
    let at = known.ok_or_else(Problem::not_found)?;
    let absent;
    let line = match book.lines.iter().find(|line| line.key == key) {
        Some(line) => line,
        None => {
            absent = Line { key: key.to_owned(), at: Some(at), profile: nothing() };
            &absent
        }
    };
    let held: Vec<&Held> = book.held_by(line).collect();
    let round_here = round_address(&operation, &exercise, &round);
    let back = format!("{round_here}/supervision");
    let kept = Wanted { by: String::new(), sort: String::new(), order: String::new(), ..wanted.clone() };
    let own = line_href(&back, &book, line, &Wanted::default());
    let names: HashMap<Ssid, Place> =
        app.store.places(&operation.id).await?.into_iter().map(|place| (place.ssid.clone(), place)).collect();
    let place_name = |held: &Held| {
        let known = held.place.as_ref().map(|ssid| (ssid, names.get(ssid)));
        known.map_or_else(
            || w.t("office-record"),
            |(ssid, place)| place.map_or_else(|| ssid.to_string(), |place| place.name.clone()),
        )
    };
    let mut newest = held.clone();
    newest.sort_by_key(|held| std::cmp::Reverse((held.day, held.started, held.record.clone())));
    let (pages, shown) = Pages::cut(w, &format!("{own}{}", kept.with("", "")), &wanted.page, newest.len(), EACH);
    let held_line = |held: &&Held| HeldLine {
        record: held.record.to_string(),
        when: when(w, held),
        place: place_name(held),
        who: if by == Group::Team { book.people[held.who].name(w) } else { String::new() },
        minutes: held.minutes.map_or_else(|| "–".to_owned(), |minutes| value_words(w, Measure::Minutes, minutes)),
        n_asked: held.asked.len() as i64,
    };
    let name = book.name(line, w);
    let (mut covered, mut messages) = (Vec::new(), Vec::new());
    if by == Group::Team {
        let (progress, _) = places_of_round(app, viewer, of).await?;
        let mine: Vec<_> = coverage_by_team(&progress, w).into_iter().filter(|covered| covered.key == key).collect();
        covered = cover_lines(w, mine, &format!("{round_here}/places"), "team");
        let written = Written::of(app, &operation, &round).await?;
        let team = &book.teams[at].id;
        messages = written.lines(app, (w, Clock::of(w, &operation)), |message| message.is_for(team)).await?;
    }
    let teams = match by {
        Group::Enumerator => {
            let team = |team: &&Team| (team.name.clone(), format!("{back}/teams/{}{}", team.id, kept.with("", "")));
            book.teams_of(line).iter().map(team).collect()
        }
        Group::Team => vec![(w.t("supervise-sheet"), format!("{back}/sheet?team={key}"))],
    };
    let apart = apart(&[line]).into_iter().map(|(_, part)| {
        let (told, meaning, ask) = apart_words(w, &part);
        Apart { name: String::new(), href: String::new(), told, meaning, ask }
    });
    let view = SupervisedView {
        w,
        round: RoundHead::new(w, &operation, &exercise, &round),
        is_team: by == Group::Team,
        says_who: book.says_who,
        periods: PERIODS,
        counted: counted_words(w, &book),
        interviews: w.number(line.profile.n_interviews as i64),
        n_days: w.number(line.profile.n_days as i64),
        teams,
        too_few: line.profile.n_interviews < LEAST_INTERVIEWS,
        least: w.number(LEAST_INTERVIEWS as i64),
        others: w.number(LEAST_ENUMERATORS as i64),
        cells: line.profile.parts.iter().map(|part| Cell::of(w, part.measure, Some(part))).collect(),
        apart: apart.collect(),
        by_day: day_chart(w, &held),
        by_minutes: minutes_chart(w, &held),
        map: map(w, &held, &names),
        n_placed: {
            let placed = held.iter().filter(|held| held.at.is_some()).count() as i64;
            let args = [("n", Arg::from(w.number(placed))), ("of", Arg::from(w.number(held.len() as i64)))];
            w.t_args("supervise-placed", &args)
        },
        pairs: pairs(w, &held),
        held: newest[shown].iter().map(held_line).collect(),
        pages,
        people: if by == Group::Team { people(w, &book, &held, &back, &kept) } else { Vec::new() },
        covered,
        messages,
        here: own,
        back,
        wanted: kept,
        name,
    };
    desk.page(&view.name.clone(), view.render())
}

/// The profile of somebody who asked nobody on these days.
fn nothing() -> Profile {
    Profile { enumerator: NOBODY, n_interviews: 0, n_days: 0, parts: Vec::new() }
}

type LineAddress = (String, String, String, String);

pub(super) async fn person(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round, who)): Path<LineAddress>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    show(&app, &desk, (&operation, &exercise, &round), (&who, Group::Enumerator), wanted).await
}

pub(super) async fn team(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round, who)): Path<LineAddress>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    show(&app, &desk, (&operation, &exercise, &round), (&who, Group::Team), wanted).await
}
