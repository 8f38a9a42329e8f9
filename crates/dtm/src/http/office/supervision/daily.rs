//! The daily sheet of a team, to be printed: what was written to it, where it goes today and next, what came the day before,
//! what to ask about, and room to write. One page of A4 for each team.
//!
//! Telephone numbers are on it only where somebody who may see them asks for them: paper is lost.

use super::super::calls;
use super::super::clock::Clock;
use super::super::findings;
use super::super::{App, Desk, Problem, RoundHead, round_address};
use super::Address;
use super::messages::{MessageLine, Written};
use crate::http::scope::places_of_round;
use crate::http::supervised;
use crate::http::viewer::Verb;
use crate::journey::naming::Naming;
use crate::journey::progress::Progress;
use crate::journey::supervision::{Asked, Book, Group, Held, Line, value_words};
use crate::journey::{RoundOf, records as kept};
use crate::world;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use chrono::{Days, NaiveDate};
use dtm_model::{Atlas, RecordId, Team, TeamId};
use dtm_process::patterns::enumerators::Measure;
use dtm_process::rounds::{PlaceProgress, Standing};
use dtm_publish::words::{Arg, Words};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// Places of today, places to come and questions that a page has room for.
const MOST_TODAY: usize = 10;
const MOST_NEXT: usize = 8;
const MOST_ASKED: usize = 6;
/// Questions about one interview.
const MOST_EACH: usize = 2;
/// So many days ahead are «next».
const DAYS_AHEAD: u64 = 3;
/// Lines to write on.
const RULES: usize = 3;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct WantedSheet {
    /// The id of a team; all of them where none is named.
    team: String,
    /// The day; today where none is named.
    on: String,
    /// `yes` for call-backs with telephone numbers.
    phones: String,
}

/// A place to go to.
struct PlaceLine {
    name: String,
    area: String,
    ssid: String,
    due: String,
    is_late: bool,
}

/// What one enumerator brought home the day before.
struct CameLine {
    name: String,
    interviews: String,
    minutes: String,
    asked: String,
}

/// What to ask about one interview.
struct AskLine {
    place: String,
    who: String,
    asks: Vec<String>,
    telephone: String,
}

/// The page of one team.
struct TeamSheet {
    name: String,
    messages: Vec<MessageLine>,
    today: Vec<PlaceLine>,
    more_today: i64,
    next: Vec<PlaceLine>,
    more_next: i64,
    done: String,
    /// The day before this one on which something came.
    came_on: String,
    came: Vec<CameLine>,
    asks: Vec<AskLine>,
    more_asks: i64,
}

#[derive(Template)]
#[template(path = "office/daily.html")]
struct DailyView {
    w: &'static Words,
    round: RoundHead,
    here: String,
    back: String,
    day: String,
    on: String,
    /// Id and name of each team, and whether it is the one that is wanted.
    teams: Vec<(String, String, bool)>,
    with_phones: bool,
    sheets: Vec<TeamSheet>,
    rules: std::ops::Range<usize>,
}

/// What sheets are made of.
struct Desktop<'a> {
    w: &'static Words,
    desk: &'a Desk,
    book: &'a Book,
    progress: &'a Progress,
    atlas: &'a Atlas,
    day: NaiveDate,
    naming: &'a Naming,
}

impl Desktop<'_> {
    fn place_line(&self, place: &PlaceProgress) -> PlaceLine {
        let known = self.progress.known.get(&place.place);
        let area = self.progress.area_of(&place.place, self.atlas);
        let area = area.and_then(|area| self.atlas.area(&area));
        PlaceLine {
            name: known.map_or_else(|| place.place.to_string(), |known| known.name.clone()),
            area: area.map(|area| self.w.text(&area.name).to_owned()).unwrap_or_default(),
            ssid: place.place.to_string(),
            due: self.w.date(place.due_on),
            is_late: place.due_on < self.day,
        }
    }

    /// The places of a team that nobody has been to, due within these days; those due first come first.
    fn places(&self, team: &TeamId, is_due: impl Fn(NaiveDate) -> bool, most: usize) -> (Vec<PlaceLine>, i64) {
        let is_open = |place: &&PlaceProgress| {
            let waits = matches!(place.standing, Standing::Late | Standing::Waiting);
            waits && place.team.as_ref() == Some(team) && is_due(place.due_on)
        };
        let mut places: Vec<&PlaceProgress> = self.progress.places.iter().filter(is_open).collect();
        places.sort_by_key(|place| (place.due_on, place.place.clone()));
        let more = places.len().saturating_sub(most) as i64;
        (places.into_iter().take(most).map(|place| self.place_line(place)).collect(), more)
    }

    /// The last day before this one on which the team held an interview.
    fn came_on(&self, held: &[&Held]) -> NaiveDate {
        let before = held.iter().filter_map(|held| held.day).filter(|day| *day < self.day).max();
        before.or_else(|| self.day.checked_sub_days(Days::new(1))).unwrap_or(self.day)
    }

    /// What the enumerators of a team held on a day.
    fn came(&self, held: &[&Held], on: NaiveDate) -> Vec<CameLine> {
        let mut by_person: BTreeMap<usize, Vec<&Held>> = BTreeMap::new();
        for one in held.iter().filter(|held| held.day == Some(on)) {
            by_person.entry(one.who).or_default().push(one);
        }
        let line = |(who, held): (usize, Vec<&Held>)| {
            let mut minutes: Vec<f64> = held.iter().filter_map(|held| held.minutes).filter(|m| *m >= 0.0).collect();
            minutes.sort_by(f64::total_cmp);
            let middle = minutes.get(minutes.len().saturating_sub(1) / 2).zip(minutes.get(minutes.len() / 2));
            let n_asked = held.iter().filter(|held| !held.asked.is_empty()).count() as i64;
            let args = [("n", Arg::from(self.w.number(n_asked))), ("of", Arg::from(self.w.number(held.len() as i64)))];
            CameLine {
                name: self.book.people[who].name(self.w),
                interviews: self.w.number(held.len() as i64),
                minutes: middle.map_or_else(
                    || "–".to_owned(),
                    |(low, high)| value_words(self.w, Measure::Minutes, (low + high) / 2.0),
                ),
                asked: self.w.t_args("supervise-n-of", &args),
            }
        };
        let mut lines: Vec<CameLine> = by_person.into_iter().map(line).collect();
        lines.sort_by(|a, b| a.name.cmp(&b.name));
        lines
    }

    fn ask_line(&self, held: &Held, telephone: String) -> AskLine {
        let place = held.place.as_ref();
        let name = place.and_then(|ssid| self.progress.known.get(ssid)).map(|place| place.name.clone());
        let mut asks: Vec<String> =
            held.asked.iter().map(|finding| calls::ask(finding, self.naming, true, self.desk)).collect();
        asks.dedup();
        asks.truncate(MOST_EACH);
        AskLine {
            place: name.or_else(|| place.map(ToString::to_string)).unwrap_or_else(|| self.w.t("office-record")),
            who: self.book.people[held.who].name(self.w),
            asks,
            telephone,
        }
    }
}

/// The telephone numbers in these records.
async fn telephones(app: &App, held: &[&Held]) -> Result<HashMap<RecordId, String>, Problem> {
    let ids: Vec<RecordId> = held.iter().map(|held| held.record.clone()).collect();
    let records = kept::these(&app.store, &ids).await?;
    Ok(records.into_iter().map(|one| (one.record.id.clone(), calls::telephones(&one.record.answers))).collect())
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<Address>,
    Query(wanted): Query<WantedSheet>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundRead, (&operation, &exercise, &round)).await?;
    let (w, viewer) = (desk.words(), desk.viewer()?);
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let book = supervised::book(&app, viewer, of, Asked { by: Group::Team, ..Asked::default() }).await?;
    let (progress, atlas) = places_of_round(&app, viewer, of).await?;
    let day = wanted.on.parse().unwrap_or_else(|_| world::today());
    let last = day.checked_add_days(Days::new(DAYS_AHEAD)).unwrap_or(day);
    let naming = findings::naming(&app, &desk, &operation.id, book.held.iter().flat_map(|held| &held.asked)).await?;
    let made = Desktop { w, desk: &desk, book: &book, progress: &progress, atlas: &atlas, day, naming: &naming };
    let written = Written::of(&app, &operation, &round).await?;
    let with_phones = wanted.phones == "yes";
    let mut sheets = Vec::new();
    let meant = |team: &&Team| wanted.team.is_empty() || team.id.to_string() == wanted.team;
    for team in book.teams.iter().filter(meant) {
        let key = team.id.to_string();
        let line: Option<&Line> = book.lines.iter().find(|line| line.key == key);
        let held: Vec<&Held> = line.map(|line| book.held_by(line).collect()).unwrap_or_default();
        let came_on = made.came_on(&held);
        let (today, more_today) = made.places(&team.id, |due| due <= day, MOST_TODAY);
        let (next, more_next) = made.places(&team.id, |due| due > day && due <= last, MOST_NEXT);
        let mut asked: Vec<&Held> = held.iter().copied().filter(|held| !held.asked.is_empty()).collect();
        asked.sort_by_key(|held| std::cmp::Reverse((held.day, held.record.clone())));
        let more_asks = asked.len().saturating_sub(MOST_ASKED) as i64;
        asked.truncate(MOST_ASKED);
        let mut numbers = if with_phones { telephones(&app, &asked).await? } else { HashMap::new() };
        let planned = progress.places.iter().filter(|place| place.is_planned && place.team.as_ref() == Some(&team.id));
        let (n_done, n_planned) = planned.fold((0, 0), |(done, all), place| {
            let is_done = !matches!(place.standing, Standing::Late | Standing::Waiting);
            (done + i64::from(is_done), all + 1)
        });
        let done = [("n", Arg::from(w.number(n_done))), ("of", Arg::from(w.number(n_planned)))];
        sheets.push(TeamSheet {
            name: team.name.clone(),
            messages: written.lines(&app, (w, Clock::of(w, &operation)), |message| message.is_for(&team.id)).await?,
            today,
            more_today,
            next,
            more_next,
            done: w.t_args("supervise-sheet-done", &done),
            came_on: w.date(came_on),
            came: made.came(&held, came_on),
            asks: asked
                .iter()
                .map(|held| made.ask_line(held, numbers.remove(&held.record).unwrap_or_default()))
                .collect(),
            more_asks,
        });
    }
    if with_phones {
        viewer.saw(&app, format!("{}/calls", round.id)).await;
    }
    let back = format!("{}/supervision", round_address(&operation, &exercise, &round));
    let view = DailyView {
        w,
        round: RoundHead::new(w, &operation, &exercise, &round),
        here: format!("{back}/sheet"),
        back,
        day: w.date(day),
        on: day.to_string(),
        teams: book
            .teams
            .iter()
            .map(|team| (team.id.to_string(), team.name.clone(), team.id.to_string() == wanted.team))
            .collect(),
        with_phones,
        sheets,
        rules: 0..RULES,
    };
    desk.page(&w.t("supervise-sheet"), view.render())
}
