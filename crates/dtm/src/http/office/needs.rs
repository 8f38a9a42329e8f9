//! What places lack: a heat table place × sector, shares of places and of people, and the rules behind them.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::clock::Clock;
use super::submissions::Names;
use super::upload::{Parts, Upload};
use super::{App, Desk, OperationHead, Pages, RoundHead, Said, operation_address, round_address, said};
use crate::cli::Mistakes;
use crate::http::table_file;
use crate::journey::RoundOf;
use crate::journey::events::area_name;
use crate::journey::needs::{self, LEVEL, METHODS, SEVERE};
use crate::spreadsheet::{Cell, Kind, Table};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use dtm_model::{Atlas, Operation};
use dtm_process::needs::{HeatRow, SectorMethod, SevereShare, standard_sheet};
use dtm_publish::words::{Arg, Words};
use serde::Deserialize;

/// Answers of single places, before anything is hidden.
const READS: Verb = Verb::SubmissionList;
/// Places on a page.
const EACH: usize = 100;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    method: String,
    version: String,
    page: String,
}

impl Asked {
    fn method(&self) -> (SectorMethod, &'static str) {
        METHODS.into_iter().find(|(_, code)| *code == self.method).unwrap_or(METHODS[0])
    }
}

struct PlaceLine {
    name: String,
    area: String,
    people: String,
    /// Severity by sector; none where nothing was answered.
    cells: Vec<Option<u8>>,
}

/// What share of an area is in severe conditions, in one sector.
struct ShareCell {
    places: String,
    people: String,
    /// The share of people by tens, for the shade.
    shade: u8,
}

struct AreaLine {
    name: String,
    cells: Vec<ShareCell>,
}

#[derive(Template)]
#[template(path = "office/needs.html")]
struct NeedsView {
    w: &'static Words,
    round: RoundHead,
    here: String,
    sheet_href: String,
    sheet: String,
    sectors: Vec<String>,
    /// Sectors that no answer speaks of.
    silent: String,
    areas: Vec<AreaLine>,
    places: Vec<PlaceLine>,
    pages: Pages,
    methods: Vec<(&'static str, bool)>,
    versions: Vec<(u32, bool)>,
    downloads: Vec<(&'static str, String)>,
}

/// Which sectors anything was answered in.
fn spoken(needs: &needs::Needs) -> Vec<usize> {
    let n = needs.table.sectors.len();
    (0..n).filter(|at| needs.table.rows.iter().any(|row| row.cells[*at].is_some())).collect()
}

fn percent(w: &Words, share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| w.percent((share * 1000.0).round() as i64, 1000))
}

fn area_lines(w: &Words, needs: &needs::Needs, atlas: &Atlas, sectors: &[usize]) -> Vec<AreaLine> {
    let n = needs.table.sectors.len().max(1);
    let cell = |share: &SevereShare| ShareCell {
        places: percent(w, share.of_places(SEVERE)),
        people: percent(w, share.of_people(SEVERE)),
        shade: share.of_people(SEVERE).map_or(0, |share| (share * 4.0).ceil() as u8 + 1),
    };
    let line = |shares: &[SevereShare]| AreaLine {
        name: shares.first().map_or_else(String::new, |share| area_name(atlas, &share.area, w.lang())),
        cells: sectors.iter().filter_map(|at| shares.get(*at)).map(cell).collect(),
    };
    needs.shares.chunks(n).map(line).collect()
}

async fn read(
    app: &App,
    desk: &Desk,
    (operation, exercise, round): (&str, &str, &str),
    asked: &Asked,
) -> Result<(RoundHead, String, Operation, needs::Needs, std::sync::Arc<Atlas>), Problem> {
    let (operation, exercise, round) = desk.round(app, READS, (operation, exercise, round)).await?;
    if !needs::describes_places(exercise.tool) {
        return Err(Problem::not_found());
    }
    let rules = needs::rules(&app.store, &operation, asked.version.parse().ok(), desk.lang).await?;
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let seen = needs::of(&app.store, &app.blobs, of, rules, (&atlas, LEVEL), asked.method().0).await?;
    let head = RoundHead::new(desk.words(), &operation, &exercise, &round);
    let here = format!("{}/needs", round_address(&operation, &exercise, &round));
    Ok((head, here, operation, seen, atlas))
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (head, here, operation, seen, atlas) = read(&app, &desk, (&operation, &exercise, &round), &asked).await?;
    let (w, sectors) = (desk.words(), spoken(&seen));
    let names = |at: &[usize]| at.iter().map(|at| seen.table.sectors[*at].clone()).collect::<Vec<_>>();
    let silent: Vec<usize> = (0..seen.table.sectors.len()).filter(|at| !sectors.contains(at)).collect();
    let mut rows: Vec<&HeatRow> = seen.table.rows.iter().collect();
    // Those in the worst conditions come first, of these the largest.
    rows.sort_by_key(|row| (std::cmp::Reverse(row.n_severe(SEVERE)), std::cmp::Reverse(row.people), &row.place));
    let kept = format!("{here}?method={}&version={}", asked.method().1, asked.version);
    let (pages, shown) = Pages::cut(w, &kept, &asked.page, rows.len(), EACH);
    let line = |row: &&HeatRow| PlaceLine {
        name: seen.places.get(&row.place).map_or_else(|| row.place.to_string(), |place| place.name.clone()),
        area: area_name(&atlas, &row.area, w.lang()),
        people: row.people.map_or_else(|| "–".to_owned(), |people| w.number(people as i64)),
        cells: sectors.iter().map(|at| row.cells[*at]).collect(),
    };
    let version = seen.rules.version.as_ref();
    let sheets = app.store.severity_sheets(&operation.id).await?;
    let view = NeedsView {
        w,
        round: head,
        sheet_href: format!("{}/needs", operation_address(&operation)),
        sheet: match version {
            Some(sheet) => w.t_args(
                "needs-sheet-version",
                &[("version", Arg::from(i64::from(sheet.version))), ("file", Arg::from(sheet.file_name.clone()))],
            ),
            None => w.t("needs-sheet-standard"),
        },
        areas: area_lines(w, &seen, &atlas, &sectors),
        places: rows[shown].iter().map(line).collect(),
        pages,
        sectors: names(&sectors),
        silent: names(&silent).join(", "),
        methods: METHODS.into_iter().map(|(method, code)| (code, method == asked.method().0)).collect(),
        versions: sheets
            .iter()
            .map(|sheet| (sheet.version, Some(sheet.version) == version.map(|v| v.version)))
            .collect(),
        downloads: ["csv", "xlsx"]
            .into_iter()
            .map(|ending| {
                (ending, format!("{here}/needs.{ending}?method={}&version={}", asked.method().1, asked.version))
            })
            .collect(),
        here,
    };
    desk.page(&w.t("needs-title"), view.render())
}

/// The rows of a file: place, area, people, and a column for each sector.
pub(crate) fn table(w: &Words, seen: &needs::Needs) -> Table {
    let mut headings: Vec<String> =
        ["needs-ssid", "needs-place", "needs-area", "needs-people"].iter().map(|key| w.t(key)).collect();
    headings.extend(seen.table.sectors.iter().cloned());
    let row = |row: &HeatRow| {
        let name = seen.places.get(&row.place).map(|place| place.name.as_str());
        let mut cells: Vec<Cell> =
            vec![row.place.as_str().into(), name.into(), row.area.as_str().into(), row.people.into()];
        cells.extend(row.cells.iter().map(|severity| Cell::from(severity.map(u64::from))));
        cells
    };
    Table { name: "needs", headings, rows: seen.table.rows.iter().map(row).collect() }
}

pub(super) async fn download(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round, name)): Path<(String, String, String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (_, _, _, seen, _) = read(&app, &desk, (&operation, &exercise, &round), &asked).await?;
    let kind = Kind::asked(&name, "needs").ok_or_else(Problem::not_found)?;
    table_file(&table(desk.words(), &seen), kind, &name)
}

struct VersionLine {
    version: u32,
    file: String,
    by: String,
}

/// A round whose needs can be looked at.
struct RoundLink {
    name: String,
    href: String,
}

#[derive(Template)]
#[template(path = "office/needs_sheet.html")]
struct SheetView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    here: String,
    rounds: Vec<RoundLink>,
    versions: Vec<VersionLine>,
    /// Sector, indicator and how many rules.
    rules: Vec<(String, String, usize)>,
    may_change: bool,
}

async fn show_sheet(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    told: String,
    mistakes: Option<(String, Vec<String>)>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let rules = needs::rules(&app.store, operation, None, desk.lang).await?;
    let mut counted: Vec<(String, String, usize)> = Vec::new();
    for rule in &rules.read.sheet.rules {
        match counted.iter_mut().find(|(sector, indicator, _)| *sector == rule.sector && *indicator == rule.indicator) {
            Some((.., n)) => *n += 1,
            None => counted.push((rule.sector.clone(), rule.indicator.clone(), 1)),
        }
    }
    let (mut versions, mut names) = (Vec::new(), Names::new(app));
    for sheet in app.store.severity_sheets(&operation.id).await? {
        let when = Clock::of(w, operation).text(sheet.at);
        let args = [("who", Arg::from(names.of(&sheet.by).await?)), ("when", Arg::from(when))];
        versions.push(VersionLine {
            version: sheet.version,
            file: sheet.file_name,
            by: w.t_args("round-step-by", &args),
        });
    }
    let mut rounds = Vec::new();
    for exercise in app.store.exercises(&operation.id).await? {
        if !needs::describes_places(exercise.tool) {
            continue;
        }
        for round in app.store.rounds(&exercise.id).await?.into_iter().rev() {
            rounds.push(RoundLink {
                name: format!(
                    "{} · {}",
                    w.text(&exercise.name),
                    w.t_args("office-round", &[("label", Arg::from(round.label.as_str()))])
                ),
                href: format!("{}/needs", round_address(operation, &exercise, &round)),
            });
        }
    }
    let view = SheetView {
        w,
        said: told,
        mistakes,
        operation: OperationHead::new(app, desk, operation).await?,
        here: format!("{}/needs", operation_address(operation)),
        rounds,
        versions,
        rules: counted,
        may_change: desk.can(Verb::RoundUpdate, On::Project(&operation.id)),
    };
    desk.answer(&w.t("needs-title"), view.render(), view.mistakes.is_some())
}

pub(super) async fn sheet(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, READS, &slug).await?;
    show_sheet(&app, &desk, &operation, told.sentence(desk.words()), None).await
}

/// Brings the next version of the rules.
pub(super) async fn upload(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    parts: Parts,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundUpdate, &slug).await?;
    let stamp = desk.viewer()?.stamp();
    let (name, bytes) = Upload::read(parts).await?.file.map(|file| (file.name, file.bytes)).unwrap_or_default();
    match needs::upload(&app.store, &operation, (&name, &bytes), desk.lang, &stamp).await {
        Ok(version) => {
            let here = format!("{}/needs", operation_address(&operation));
            Ok(said(&here, "needs-kept", &[i64::from(version)]).into_response())
        }
        Err(error) => {
            let Mistakes { lines } = error.downcast::<Mistakes>()?;
            let w = desk.words();
            let lines = lines.iter().map(|line| w.typeset(line)).collect();
            show_sheet(&app, &desk, &operation, String::new(), Some((w.t("needs-sheet-wrong"), lines))).await
        }
    }
}

/// The rules as a file to change: a version, or the standard sheet.
pub(super) async fn sheet_file(
    State(app): State<App>,
    desk: Desk,
    Path((slug, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, READS, &slug).await?;
    let wanted = name.strip_suffix(".csv").ok_or_else(Problem::not_found)?;
    let body = match wanted {
        "standard" => standard_sheet(desk.lang),
        version => {
            let version: u32 = version.parse().map_err(|_| Problem::not_found())?;
            let sheets = app.store.severity_sheets(&operation.id).await?;
            sheets.into_iter().find(|sheet| sheet.version == version).ok_or_else(Problem::not_found)?.body
        }
    };
    let about = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"severity-{wanted}.csv\"")),
    ];
    Ok((about, body).into_response())
}
