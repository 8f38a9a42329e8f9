//! What is behind a number of a public page: figures by place, records, corrections.

use super::super::problem::Problem;
use super::super::viewer::Verb;
use super::records::title;
use super::{App, Desk, RoundHead};
use crate::journey::edition;
use crate::journey::explain::{self, CellName};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use dtm_model::{Pcode, RoundLabel};
use dtm_protect::Value;
use dtm_publish::page::links;
use dtm_publish::words::Words;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct CellQuery {
    operation: String,
    exercise: Option<String>,
    round: String,
    table: String,
    key: String,
    measure: String,
}

/// One figure behind the number.
struct FigureLine {
    place: String,
    ssid: String,
    indicator: String,
    value: String,
    range: String,
    how: String,
    of_whom: String,
    record: String,
}

/// A place behind the number that has more to tell than one record.
struct VerifiedLine {
    place: String,
    why: String,
    sources: Vec<String>,
}

/// One record behind the number.
struct RecordLine {
    id: String,
    title: String,
    corrections: Vec<String>,
}

#[derive(Template)]
#[template(path = "office/explain.html")]
struct ExplainView {
    w: &'static Words,
    cell: String,
    place: RoundHead,
    public: String,
    total: String,
    /// Low and high of the number; empty where there are none.
    range: String,
    carried: String,
    released: String,
    figures: Vec<FigureLine>,
    too_many: String,
    verified: Vec<VerifiedLine>,
    records: Vec<RecordLine>,
}

/// Figures and records on the page.
const LINES: usize = 500;

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Query(wanted): Query<CellQuery>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::SubmissionReview, &wanted.operation).await?;
    let w = desk.words();
    let label = RoundLabel::from(wanted.round.as_str());
    let edition = edition::of(&app, &operation).await?;
    let release = edition.all.iter().rev().find(|release| {
        release.heading().round == label
            && release.table(&wanted.table).is_some()
            && wanted.exercise.as_ref().is_none_or(|slug| release.heading().exercise == *slug)
    });
    let slug = match (&wanted.exercise, release) {
        (Some(slug), _) => slug.clone(),
        (None, Some(release)) => release.heading().exercise.clone(),
        (None, None) => return Err(Problem::not_found()),
    };
    let exercise = app.store.exercise_by_slug(&operation.id, &slug).await?.ok_or_else(Problem::not_found)?;
    let round = app.store.round_by_label(&exercise.id, &label).await?.ok_or_else(Problem::not_found)?;
    let key: Vec<&str> = wanted.key.split('|').collect();
    let cell = CellName { table: &wanted.table, key: key.clone(), measure: &wanted.measure };
    let behind =
        explain::explain(&app.store, &app.blobs, &operation, &round, &cell).await?.ok_or_else(Problem::not_found)?;
    let released = match release
        .and_then(|release| release.table(&wanted.table))
        .map(|table| table.value(&key, &wanted.measure))
    {
        Some(Value::Number(n)) => w.number(n),
        Some(Value::Hidden(_)) => w.t("office-explain-hidden"),
        Some(Value::Nothing) | None => "–".to_owned(),
    };
    let e = &behind.explained;
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let part = |part: &&str| match *part {
        "*" => None,
        "female" | "male" => Some(w.sex(part)),
        part => Some(match atlas.area(&Pcode::from(part)) {
            Some(area) => format!("{} ({part})", w.text(&area.name)),
            None => w.reason(part),
        }),
    };
    let mut cell = vec![w.label("measure", &wanted.measure)];
    cell.extend(key.iter().filter_map(part));
    let public = match release {
        Some(release) => links::round(desk.lang, &release.heading().operation, &release.heading().round),
        None => String::new(),
    };
    let view = ExplainView {
        w,
        cell: cell.join(" · "),
        place: RoundHead::new(w, &operation, &exercise, &round),
        public,
        total: e.total.map_or_else(|| "–".to_owned(), |total| w.number(total)),
        range: behind.range.map(|range| w.range(range)).unwrap_or_default(),
        carried: w.number(e.carried),
        released,
        too_many: if e.figures.len() > LINES { w.t_n("office-too-many", LINES as i64) } else { String::new() },
        verified: behind
            .verified
            .values()
            .take(LINES)
            .map(|place| VerifiedLine {
                place: behind
                    .places
                    .get(&place.place)
                    .map_or_else(|| place.place.to_string(), |known| known.name.clone()),
                why: explain::why(place, desk.lang),
                sources: place.sources.iter().map(|source| explain::heard(source, desk.lang)).collect(),
            })
            .collect(),
        figures: e
            .figures
            .iter()
            .take(LINES)
            .map(|figure| FigureLine {
                place: behind.places.get(&figure.place).map(|place| place.name.clone()).unwrap_or_default(),
                ssid: figure.place.to_string(),
                indicator: figure.indicator.clone(),
                value: w.decimal(figure.value, 0),
                range: figure.range.map(|(low, high)| w.range((low as i64, high as i64))).unwrap_or_default(),
                how: explain::how(&figure.how, desk.lang),
                of_whom: explain::of_whom(&figure.breakdown, desk.lang),
                record: explain::first_record(figure).map(ToString::to_string).unwrap_or_default(),
            })
            .collect(),
        records: behind
            .records
            .iter()
            .filter(|(_, corrections)| !corrections.is_empty())
            .take(LINES)
            .map(|(record, corrections)| RecordLine {
                id: record.id.to_string(),
                title: title(record, w),
                corrections: corrections
                    .iter()
                    .map(|c| {
                        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
                        {
                            let what = format!("{} → {} ({})", or_none(&c.old), or_none(&c.new), c.reason);
                            w.pair(&or_none(&c.question), &what)
                        }
                    })
                    .collect(),
            })
            .collect(),
    };
    desk.page(&w.t("office-explain"), view.render())
}
