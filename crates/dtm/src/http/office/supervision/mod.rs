//! The work of enumerators and teams in a round: each measure with of how many it was taken and what is usual, never a
//! verdict; the planned places that were visited; what was written to the teams.

mod daily;
mod messages;
mod one;

use super::super::problem::Problem;
use super::super::scope::places_of_round;
use super::super::viewer::{On, Verb};
use super::super::{supervised, table_file};
use super::clock::Clock;
use super::{App, Desk, RoundHead, Said, round_address};
use crate::journey::RoundOf;
use crate::journey::supervision::{
    self, Asked, Book, Covered, Group, LONGEST_MESSAGE, Line, Within, coverage_by_area, coverage_by_team, grouped,
    value_words,
};
use crate::spreadsheet::Kind;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::{get, post};
use dtm_model::{Exercise, Operation, Round};
use dtm_process::patterns::enumerators::{LEAST_ENUMERATORS, LEAST_INTERVIEWS, Measure, Of, Part};
use dtm_publish::page::links;
use dtm_publish::words::{Arg, Words};
use messages::{MessageLine, Written};
use serde::Deserialize;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/office/o/{operation}/{exercise}/{round}/supervision", get(page))
        .route("/office/o/{operation}/{exercise}/{round}/supervision/people/{who}", get(one::person))
        .route("/office/o/{operation}/{exercise}/{round}/supervision/teams/{who}", get(one::team))
        .route("/office/o/{operation}/{exercise}/{round}/supervision/sheet", get(daily::page))
        .route("/office/o/{operation}/{exercise}/{round}/supervision/messages", post(messages::act))
        .route("/office/o/{operation}/{exercise}/{round}/supervision/{file}", get(download))
}

type Address = (String, String, String);

/// The measures in the table, in its order; all of them stand on the page of one enumerator.
const COLUMNS: [Measure; 8] = [
    Measure::PerDay,
    Measure::Minutes,
    Measure::MetresBetween,
    Measure::Flagged,
    Measure::DontKnow,
    Measure::RoundCounts,
    Measure::OneSpot,
    Measure::LikeOwn,
];
/// What stands apart is listed up to this.
const MOST_APART: usize = 60;

/// The days that a click leads to, with the key of their name.
const PERIODS: [(&str, &str); 3] =
    [("day", "supervise-last-day"), ("week", "supervise-week"), ("", "supervise-whole-round")];

/// What an address asks for.
#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub(super) struct Wanted {
    form: String,
    /// `round`, `week`, `day`, or a date.
    days: String,
    by: String,
    sort: String,
    /// `down` for the largest first.
    order: String,
    page: String,
    /// A date typed into the field; it counts before `days`.
    on: String,
}

impl Wanted {
    fn asked(&self, by: Group) -> Asked {
        let word = if self.on.is_empty() { &self.days } else { &self.on };
        let within = Within::of(word).unwrap_or_default();
        Asked { form: Some(self.form.clone()).filter(|form| !form.is_empty()), within, by }
    }

    fn group(&self) -> Group {
        Group::of(&self.by).unwrap_or_default()
    }

    /// Whether these are the days of this word.
    fn is_for(&self, word: &str) -> bool {
        self.on.is_empty() && self.days == word
    }

    /// The same question with another word for one of its parts.
    fn with(&self, name: &str, word: &str) -> String {
        let days = if self.on.is_empty() { &self.days } else { &self.on };
        let parts =
            [("form", &self.form), ("days", days), ("by", &self.by), ("sort", &self.sort), ("order", &self.order)];
        let parts = parts.iter().map(|(key, value)| (*key, if *key == name { word } else { value.as_str() }));
        let told: Vec<String> = parts
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| format!("{key}={}", links::encode(value)))
            .collect();
        if told.is_empty() { String::new() } else { format!("?{}", told.join("&")) }
    }
}

/// A measure of one enumerator, as a page shows it.
pub(super) struct Cell {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) of: String,
    pub(super) usual: String,
    /// How it stands beside that, where it stands apart or nothing can be said; else empty.
    pub(super) beside: String,
    pub(super) is_apart: bool,
}

/// Of how many a value was taken: «12 of 80 answers», «80 answers».
fn of_words(w: &Words, part: &Part) -> String {
    let of = match part.measure.of() {
        Of::Interviews => "interviews",
        Of::Days => "days",
        Of::Answers => "answers",
        Of::Ways => "ways",
    };
    let number = |n: u64| Arg::from(w.number(n as i64));
    let count = ("count", Arg::from(part.of as i64));
    match part.n {
        Some(n) => w.t_args(&format!("supervise-n-of-{of}"), &[("n", number(n)), ("of", number(part.of)), count]),
        None => w.t_args(&format!("supervise-of-{of}"), &[("of", number(part.of)), count]),
    }
}

impl Cell {
    fn of(w: &Words, measure: Measure, part: Option<&Part>) -> Self {
        let label = w.typeset(measure.words().get(w.lang()));
        let Some(part) = part else {
            let (value, empty) = ("–".to_owned(), String::new);
            return Self { label, value, of: empty(), usual: empty(), beside: empty(), is_apart: false };
        };
        Self {
            label,
            value: value_words(w, measure, part.value),
            of: of_words(w, part),
            usual: part.usual.map(|usual| value_words(w, measure, usual)).unwrap_or_default(),
            beside: match part.beside {
                beside if beside.is_unusual() => w.label("supervise-beside", beside.code()),
                _ => String::new(),
            },
            is_apart: part.beside.is_unusual(),
        }
    }
}

/// An enumerator or team in the table.
struct Row {
    name: String,
    href: String,
    teams: String,
    interviews: String,
    days: String,
    cells: Vec<Cell>,
    /// Why nothing is compared, where that is so.
    too_few: bool,
}

/// A column's heading and the address that sorts by it.
struct Heading {
    name: String,
    href: String,
    /// `ascending`, `descending`, or empty.
    sorted: &'static str,
}

/// What stands apart, with what it may mean and what to ask.
pub(super) struct Apart {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) told: String,
    pub(super) meaning: String,
    pub(super) ask: String,
}

/// Planned places of a team or an area.
pub(super) struct CoverLine {
    pub(super) name: String,
    /// The area above, where the line is the first of it.
    pub(super) above: Option<String>,
    pub(super) href: String,
    pub(super) planned: u32,
    pub(super) visited: u32,
    pub(super) not_visited: u32,
    pub(super) whys: String,
    pub(super) open: u32,
    pub(super) late: u32,
}

#[derive(Template)]
#[template(path = "office/supervision.html")]
struct SupervisionView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    round: RoundHead,
    here: String,
    wanted: Wanted,
    periods: [(&'static str, &'static str); 3],
    by_team: bool,
    book: Book,
    day: String,
    counted: String,
    headings: Vec<Heading>,
    rows: Vec<Row>,
    apart: Vec<Apart>,
    n_apart: i64,
    least: String,
    others: String,
    teams: Vec<CoverLine>,
    areas: Vec<CoverLine>,
    messages: Vec<MessageLine>,
    withdrawn: Vec<MessageLine>,
    may_write: bool,
    /// Id and name of each team.
    to: Vec<(String, String)>,
    given: (String, String),
    longest: usize,
}

/// The address of the page of an enumerator or a team.
fn line_href(here: &str, book: &Book, line: &Line, wanted: &Wanted) -> String {
    let below = match book.by {
        Group::Enumerator => "people",
        Group::Team => "teams",
    };
    let kept = Wanted { by: String::new(), sort: String::new(), order: String::new(), ..wanted.clone() };
    format!("{here}/{below}/{}{}", line.key, kept.with("", ""))
}

/// What of these lines stands apart, each with its measure.
fn apart<'a>(lines: &[&'a Line]) -> Vec<(&'a Line, Part)> {
    let parts = lines.iter().flat_map(|line| line.profile.parts.iter().map(move |part| (*line, *part)));
    parts.filter(|(_, part)| part.beside.is_unusual()).collect()
}

/// The same in words.
fn apart_words(w: &Words, part: &Part) -> (String, String, String) {
    let text = |words: dtm_process::checks::Words| w.typeset(words.get(w.lang()));
    let args = [
        ("measure", Arg::from(text(part.measure.words()))),
        ("value", Arg::from(value_words(w, part.measure, part.value))),
        ("of", Arg::from(of_words(w, part))),
        ("usual", Arg::from(part.usual.map(|usual| value_words(w, part.measure, usual)).unwrap_or_default())),
        ("beside", Arg::from(w.label("supervise-beside", part.beside.code()))),
    ];
    (w.t_args("supervise-apart", &args), text(part.measure.meaning()), text(part.measure.ask()))
}

/// The order of the table: by name, or by a column, what has no value last.
fn sorted<'a>(book: &'a Book, wanted: &Wanted, w: &Words) -> Vec<&'a Line> {
    let mut lines: Vec<&Line> = book.lines.iter().collect();
    lines.sort_by_cached_key(|line| (line.at.is_none(), book.name(line, w).to_lowercase()));
    let is_down = wanted.order == "down";
    let by = |value: &dyn Fn(&Line) -> Option<f64>, lines: &mut Vec<&'a Line>| {
        lines.sort_by(|a, b| match (value(a), value(b)) {
            (Some(a), Some(b)) if is_down => b.total_cmp(&a),
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => a.is_none().cmp(&b.is_none()),
        });
    };
    match (wanted.sort.as_str(), Measure::from_code(&wanted.sort)) {
        ("interviews", _) => by(&|line| Some(line.profile.n_interviews as f64), &mut lines),
        (_, Some(measure)) => by(&|line| line.profile.part(measure).map(|part| part.value), &mut lines),
        _ if is_down => lines.reverse(),
        _ => {}
    }
    lines
}

fn heading(here: &str, wanted: &Wanted, sort: &str, name: String) -> Heading {
    let is_now = wanted.sort == sort || (wanted.sort.is_empty() && sort == "name");
    let is_down = wanted.order == "down";
    // A second click turns the order round; measures begin with the largest.
    let down = if is_now { !is_down } else { sort != "name" };
    let next = Wanted { sort: sort.to_owned(), order: if down { "down" } else { "up" }.to_owned(), ..wanted.clone() };
    let sorted = match (is_now, is_down) {
        (false, _) => "",
        (true, true) => "descending",
        (true, false) => "ascending",
    };
    Heading { name, href: format!("{here}{}", next.with("", "")), sorted }
}

/// The days of a book in words.
fn days_words(w: &Words, book: &Book) -> String {
    match book.days {
        None => w.t("supervise-whole-round"),
        Some((from, to)) if from == to => w.date(from),
        Some((from, to)) => w.date_range(from, to),
    }
}

/// How many are counted of how many.
fn counted_words(w: &Words, book: &Book) -> String {
    let number = |n: i64| Arg::from(w.number(n));
    let args = [
        ("counted", number(book.held.len() as i64)),
        ("all", number(book.n_all as i64)),
        ("most", number(supervision::MOST_RECORDS as i64)),
        ("days", Arg::from(days_words(w, book))),
    ];
    w.t_args(if book.is_cut { "supervise-counted-newest" } else { "supervise-counted" }, &args)
}

fn cover_lines(w: &Words, covered: Vec<Covered>, places: &str, name: &str) -> Vec<CoverLine> {
    let line = |(one, above): (Covered, Option<String>)| {
        let whys = one.whys.iter().map(|(why, n)| {
            let args =
                [("why", Arg::from(w.label("visits-why", why.code()))), ("n", Arg::from(w.number(i64::from(*n))))];
            w.t_args("supervise-why-n", &args)
        });
        CoverLine {
            name: one.name.clone(),
            above,
            href: match one.key.as_str() {
                "" => String::new(),
                key => format!("{places}?{name}={}", links::encode(key)),
            },
            planned: one.counts.planned,
            visited: one.counts.reached,
            not_visited: one.counts.unreached,
            whys: whys.collect::<Vec<_>>().join(", "),
            open: one.n_open(),
            late: one.counts.late,
        }
    };
    grouped(covered).map(line).collect()
}

async fn show(
    app: &App,
    desk: &Desk,
    (operation, exercise, round): (&Operation, &Exercise, &Round),
    wanted: Wanted,
    told: String,
    mistakes: Option<(Vec<String>, String, String)>,
) -> Result<Response, Problem> {
    let (w, viewer) = (desk.words(), desk.viewer()?);
    let of = RoundOf { operation, exercise, round };
    let book = supervised::book(app, viewer, of, wanted.asked(wanted.group())).await?;
    let (progress, atlas) = places_of_round(app, viewer, of).await?;
    let round_here = round_address(operation, exercise, round);
    let (here, places) = (format!("{round_here}/supervision"), format!("{round_here}/places"));
    let lines = sorted(&book, &wanted, w);
    let columns: Vec<Measure> = COLUMNS
        .into_iter()
        .filter(|measure| book.lines.iter().any(|line| line.profile.part(*measure).is_some()))
        .collect();
    let row = |line: &&Line| Row {
        name: book.name(line, w),
        href: if line.at.is_some() { line_href(&here, &book, line, &wanted) } else { String::new() },
        teams: match book.by {
            Group::Enumerator => {
                book.teams_of(line).into_iter().map(|team| team.name.as_str()).collect::<Vec<_>>().join(", ")
            }
            Group::Team => String::new(),
        },
        interviews: w.number(line.profile.n_interviews as i64),
        days: w.t_n("supervise-days-n", line.profile.n_days as i64),
        cells: columns.iter().map(|measure| Cell::of(w, *measure, line.profile.part(*measure))).collect(),
        too_few: line.profile.n_interviews < LEAST_INTERVIEWS,
    };
    let mut headings = vec![
        heading(&here, &wanted, "name", w.t(if book.by == Group::Team { "visits-team" } else { "supervise-who" })),
        heading(&here, &wanted, "interviews", w.t("supervise-interviews")),
    ];
    headings.extend(
        columns.iter().map(|measure| heading(&here, &wanted, measure.code(), w.typeset(measure.words().get(w.lang())))),
    );
    let found = apart(&lines);
    let n_apart = found.len() as i64;
    let apart = found.into_iter().take(MOST_APART).map(|(line, part)| {
        let (told, meaning, ask) = apart_words(w, &part);
        Apart { name: book.name(line, w), href: line_href(&here, &book, line, &wanted), told, meaning, ask }
    });
    let clock = Clock::of(w, operation);
    let written = Written::of(app, operation, round).await?;
    let (mistakes, given) = match mistakes {
        Some((lines, team, text)) => (Some((w.t("supervise-not-written"), lines)), (team, text)),
        None => (None, Default::default()),
    };
    let view = SupervisionView {
        w,
        said: told,
        mistakes,
        round: RoundHead::new(w, operation, exercise, round),
        periods: PERIODS,
        by_team: book.by == Group::Team,
        day: book.last_day.map(|day| day.to_string()).unwrap_or_default(),
        counted: counted_words(w, &book),
        headings,
        rows: lines.iter().map(row).collect(),
        apart: apart.collect(),
        n_apart,
        least: w.number(LEAST_INTERVIEWS as i64),
        others: w.number(LEAST_ENUMERATORS as i64),
        teams: cover_lines(w, coverage_by_team(&progress, w), &places, "team"),
        areas: cover_lines(w, coverage_by_area(&progress, &atlas, w), &places, "area"),
        messages: written.lines(app, (w, clock), |message| message.withdrawn.is_none()).await?,
        withdrawn: written.lines(app, (w, clock), |message| message.withdrawn.is_some()).await?,
        may_write: desk.can(Verb::RoundUpdate, On::Project(&operation.id)),
        to: written.teams.iter().map(|team| (team.id.to_string(), team.name.clone())).collect(),
        given,
        longest: LONGEST_MESSAGE,
        here,
        wanted,
        book,
    };
    desk.answer(&w.t("supervise-title"), view.render(), view.mistakes.is_some())
}

async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<Address>,
    Query(wanted): Query<Wanted>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundRead, (&operation, &exercise, &round)).await?;
    let sentence = told.sentence(desk.words());
    show(&app, &desk, (&operation, &exercise, &round), wanted, sentence, None).await
}

/// The whole table as a file.
async fn download(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round, file)): Path<(String, String, String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundRead, (&operation, &exercise, &round)).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let book = supervised::book(&app, desk.viewer()?, of, wanted.asked(wanted.group())).await?;
    let kind = Kind::asked(&file, "supervision").ok_or_else(Problem::not_found)?;
    table_file(&supervision::table(&book, desk.words()), kind, &file)
}
