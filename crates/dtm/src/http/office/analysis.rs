//! A round before it is cleared: what changed and by what, what is odd and how it is explained, what may be counted twice.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::clock::Clock;
use super::submissions::{Names, posted, value, values};
use super::{App, Desk, RoundHead, Said, round_address, said};
use crate::journey::{RoundOf, analysis};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use dtm_process::rounds::{Comparison, EXPLANATIONS};
use dtm_publish::words::{Arg, Words};
use serde::Deserialize;

/// The longest note on an anomaly.
const LONGEST_NOTE: usize = 1000;
/// More anomalies or pairs than this are counted only; what is explained makes room.
const SHOWN: usize = 200;

/// Something odd, as the page shows it.
struct Line {
    key: String,
    place: String,
    told: String,
    /// The explanation given, who gave it and when; empty where there is none.
    why: String,
    note: String,
    by: String,
}

/// The change since the round before, in its parts.
struct Change {
    with: String,
    before: String,
    after: String,
    change: String,
    /// Name and number of each part.
    parts: Vec<(String, String)>,
    like: String,
    like_change: String,
}

struct Pair {
    places: String,
    numbers: String,
    at_most: String,
    apart: String,
}

#[derive(Template)]
#[template(path = "office/analysis.html")]
struct AnalysisView {
    w: &'static Words,
    said: String,
    round: RoundHead,
    here: String,
    is_settled: bool,
    change: Option<Change>,
    open: Vec<Line>,
    explained: Vec<Line>,
    n_open: i64,
    pairs: Vec<Pair>,
    whys: Vec<(&'static str, &'static str)>,
    may_explain: bool,
    ticked: bool,
}

fn change(w: &Words, with: &str, comparison: &Comparison) -> Change {
    let number = |n: Option<i64>| n.map_or_else(|| "–".to_owned(), |n| w.number(n));
    let parts = &comparison.parts;
    let like = &comparison.like_for_like;
    let part = |key: &str, n: i64| (w.t(key), w.difference(n));
    Change {
        with: with.to_owned(),
        before: number(comparison.before),
        after: number(comparison.after),
        change: w.difference(comparison.raw_change()),
        parts: vec![
            part("analysis-part-new", parts.new_places),
            part("analysis-part-lost", parts.lost_coverage),
            part("analysis-part-reassessed", parts.reassessed),
            part("analysis-part-carried", parts.carried),
        ],
        like: w.t_n("office-like-for-like", i64::from(like.n_places)),
        like_change: w.difference(like.after - like.before),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    tick: String,
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    Query(told): Query<Said>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundRead, (&operation, &exercise, &round)).await?;
    let on = On::Project(&operation.id);
    // Figures of single places, before anything is hidden: for those to whom every record is open.
    desk.must(Verb::SubmissionList, on)?;
    let w = desk.words();
    let clock = Clock::of(w, &operation);
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let seen = analysis::of(&app.store, &app.blobs, of).await?;
    let (mut open, mut explained, mut names) = (Vec::new(), Vec::new(), Names::new(&app));
    let mut n_open = 0;
    for anomaly in seen.iter().flat_map(|seen| &seen.anomalies) {
        let key = anomaly.key();
        let given = seen.as_ref().and_then(|seen| seen.explained.get(&key));
        n_open += i64::from(given.is_none());
        let (why, note, by) = match given {
            Some(given) => {
                let args = [("who", Arg::from(names.of(&given.by).await?)), ("when", Arg::from(clock.text(given.at)))];
                (word(desk.lang, &given.why).to_owned(), given.note.clone(), w.t_args("round-step-by", &args))
            }
            None => Default::default(),
        };
        let name = match (&anomaly.place, &seen) {
            (Some(place), Some(seen)) => seen.name(place).to_owned(),
            _ => anomaly.area.to_string(),
        };
        let told = w.typeset(&anomaly.message(desk.lang));
        let line = Line { place: name, told, why, note, by, key };
        let list = if line.by.is_empty() { &mut open } else { &mut explained };
        if list.len() < SHOWN {
            list.push(line);
        }
    }
    let pair = |seen: &analysis::Analysis, pair: &dtm_process::rounds::DoubleCount| Pair {
        places: format!("{} – {}", seen.name(&pair.place), seen.name(&pair.other)),
        numbers: format!("{} – {}", w.number(pair.persons), w.number(pair.persons_other)),
        at_most: w.number(pair.at_most()),
        apart: match pair.distance_m {
            Some(metres) => w.t_args("analysis-metres", &[("n", Arg::from(w.number(i64::from(metres))))]),
            None => w.t("analysis-names-alike"),
        },
    };
    let here = format!("{}/analysis", round_address(&operation, &exercise, &round));
    let view = AnalysisView {
        w,
        said: told.sentence(w),
        round: RoundHead::new(w, &operation, &exercise, &round),
        here,
        is_settled: seen.is_some(),
        change: seen
            .as_ref()
            .and_then(|seen| seen.comparison.as_ref())
            .map(|(label, comparison)| change(w, label.as_str(), comparison)),
        pairs: seen.iter().flat_map(|seen| seen.double_counts.iter().take(SHOWN).map(|one| pair(seen, one))).collect(),
        open,
        explained,
        n_open,
        whys: EXPLANATIONS.iter().map(|(code, ..)| (*code, word(desk.lang, code))).collect(),
        may_explain: desk.can(Verb::RoundUpdate, on),
        ticked: asked.tick == "all",
    };
    desk.page(&w.t("analysis-title"), view.render())
}

/// The words of an explanation.
fn word(lang: dtm_model::Lang, code: &str) -> &'static str {
    EXPLANATIONS.iter().find(|(known, ..)| *known == code).map_or("", |(_, en, fr)| match lang {
        dtm_model::Lang::En => en,
        dtm_model::Lang::Fr => fr,
    })
}

/// Explains what was ticked, or takes an explanation back.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    body: String,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundUpdate, (&operation, &exercise, &round)).await?;
    let stamp = desk.viewer()?.stamp();
    let fields = posted(&body);
    let field = |wanted: &str| value(&fields, wanted).trim();
    let here = format!("{}/analysis", round_address(&operation, &exercise, &round));
    if field("act") == "drop" {
        app.store.drop_explanation(&round.id, field("key"), &stamp).await?;
        return Ok(said(&here, "unexplained", &[]).into_response());
    }
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let why = field("why");
    if word(desk.lang, why).is_empty() {
        return Err(Problem::not_found());
    }
    let Some(seen) = analysis::of(&app.store, &app.blobs, of).await? else { return Err(Problem::not_found()) };
    let known: Vec<String> = seen.anomalies.iter().map(|anomaly| anomaly.key()).collect();
    let ticked: Vec<String> = values(&fields, "key").map(str::to_owned).filter(|key| known.contains(key)).collect();
    if ticked.is_empty() {
        return Ok(said(&here, "none-ticked", &[]).into_response());
    }
    let note: String = field("note").chars().take(LONGEST_NOTE).collect();
    app.store.explain_anomalies(&round.id, &ticked, why, &note, &stamp).await?;
    Ok(said(&here, "explained", &[ticked.len() as i64]).into_response())
}
