//! Stock and flow of a round: who should be there by what is known, who is, and what nothing explains; and the movements
//! that people know of, written down, withdrawn and restored.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::clock::{Clock, Moment};
use super::submissions::{Names, posted, value};
use super::{App, Desk, RoundHead, Said, round_address, said};
use crate::cli::Mistakes;
use crate::journey::RoundOf;
use crate::journey::stocks::{self, Account, LONGEST_SOURCE, NewMovement, Stocks};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use dtm_model::{Exercise, Movement, MovementId, MovementKind, Operation, Round};
use dtm_process::rounds::STOCK_FLOW_TERMS;
use dtm_publish::words::{Arg, Words};

/// The account of an area, in words.
struct Row {
    name: String,
    before: String,
    /// What moved, in the order of the columns; empty where nothing is known.
    moved: Vec<String>,
    expected: String,
    after: String,
    residual: String,
    coverage: String,
    /// Whether the residual is more than the numbers' own uncertainty; none where all are said to be certain.
    is_beyond: Option<bool>,
    /// The nearest numbers that fit: before, what moved, now; empty where there are none.
    fitted: Vec<String>,
}

struct Line {
    id: String,
    area: String,
    kind: String,
    persons: String,
    source: String,
    by: String,
    at: Moment,
    /// Who withdrew it; empty while it stands.
    withdrawn: String,
}

struct Offered {
    area: String,
    name: String,
    persons: i64,
    told: String,
    source: String,
}

/// Areas of the second level below one of the first: codes and names.
type Choice = (String, String);

#[derive(Template)]
#[template(path = "office/stocks.html")]
struct StocksView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    round: RoundHead,
    here: String,
    since: Option<String>,
    kinds: Vec<(&'static str, String)>,
    /// The kinds of movement that the account has columns for: their names, with the sign.
    columns: Vec<String>,
    rows: Vec<Row>,
    has_fitted: bool,
    lines: Vec<Line>,
    offers: Vec<Offered>,
    areas: Vec<(Choice, Vec<Choice>)>,
    may_write: bool,
    given: Given,
    longest_source: usize,
}

/// What was typed and could not be taken.
#[derive(Default)]
struct Given {
    area: String,
    kind: String,
    persons: String,
    margin: String,
    source: String,
}

fn row(w: &Words, name: String, account: &Account, kinds: &[MovementKind]) -> Row {
    let number = |n: f64| w.number(n.round() as i64);
    let Account { area: _, known, balance, coverage } = account;
    Row {
        name,
        before: known.before.map(|stock| number(stock.value)).unwrap_or_default(),
        moved: kinds
            .iter()
            .map(|kind| known.moved(*kind).map(|moved| number(moved.value)).unwrap_or_default())
            .collect(),
        expected: known.expected().map(number).unwrap_or_default(),
        after: known.after.map(|stock| number(stock.value)).unwrap_or_default(),
        residual: w.difference(balance.residual.round() as i64),
        coverage: w.difference(*coverage),
        is_beyond: balance.is_beyond(),
        // What nothing is known of has nothing to give way.
        fitted: match account.area.is_some() && balance.fits && kinds.iter().any(|kind| known.moved(*kind).is_some()) {
            true => {
                let terms = STOCK_FLOW_TERMS.iter().zip(balance.fitted);
                let shown = terms.filter(|((term, _), _)| {
                    ["before", "after"].contains(term) || kinds.iter().any(|kind| kind.code() == *term)
                });
                shown.map(|(_, value)| value.map(number).unwrap_or_default()).collect()
            }
            false => Vec::new(),
        },
    }
}

async fn line(
    names: &mut Names<'_>,
    w: &Words,
    clock: Clock,
    seen: &Stocks,
    movement: &Movement,
) -> Result<Line, Problem> {
    let persons = match movement.margin {
        0 => w.number(movement.persons),
        margin => format!("{} ± {}", w.number(movement.persons), w.number(margin)),
    };
    Ok(Line {
        id: movement.id.to_string(),
        area: seen.name(&movement.area, w).to_owned(),
        kind: w.label("stocks-kind", movement.kind.code()),
        persons,
        source: movement.source.clone(),
        by: names.of(&movement.by).await?,
        at: clock.moment(movement.at),
        withdrawn: match &movement.withdrawn {
            Some((by, at)) => {
                let args = [("who", Arg::from(names.of(by).await?)), ("when", Arg::from(clock.text(*at)))];
                w.t_args("stocks-withdrawn-by", &args)
            }
            None => String::new(),
        },
    })
}

async fn show(
    app: &App,
    desk: &Desk,
    (operation, exercise, round): (&Operation, &Exercise, &Round),
    told: String,
    refused: Option<(Vec<String>, Given)>,
) -> Result<Response, Problem> {
    let on = On::Project(&operation.id);
    // Figures before anything is hidden: for those to whom every record is open.
    desk.must(Verb::SubmissionList, on)?;
    let w = desk.words();
    let clock = Clock::of(w, operation);
    let seen = stocks::of(&app.store, &app.blobs, RoundOf { operation, exercise, round }, w.lang()).await?;
    let (mistakes, given) = match refused {
        Some((lines, given)) => (Some((w.t("stocks-refused"), lines)), given),
        None => (None, Given::default()),
    };
    let mut view = StocksView {
        w,
        said: told,
        mistakes,
        round: RoundHead::new(w, operation, exercise, round),
        here: address(operation, exercise, round),
        since: None,
        kinds: MovementKind::ALL.map(|kind| (kind.code(), w.label("stocks-kind", kind.code()))).into(),
        columns: Vec::new(),
        rows: Vec::new(),
        has_fitted: false,
        lines: Vec::new(),
        offers: Vec::new(),
        areas: Vec::new(),
        may_write: desk.can(Verb::RoundUpdate, on),
        given,
        longest_source: LONGEST_SOURCE,
    };
    if let Some(seen) = &seen {
        view.since = Some(seen.since.as_str().to_owned());
        let is_known = |kind: &MovementKind| seen.whole.known.moved(*kind).is_some();
        let kinds: Vec<MovementKind> = MovementKind::ALL.into_iter().filter(is_known).collect();
        let signed = |kind: &MovementKind| {
            let is_less = STOCK_FLOW_TERMS.iter().any(|(term, sign)| *term == kind.code() && *sign < 0.0);
            format!("{} {}", if is_less { "−" } else { "+" }, w.label("stocks-kind", kind.code()))
        };
        view.columns = kinds.iter().map(signed).collect();
        view.rows = seen.lines(w).map(|(name, account)| row(w, name, account, &kinds)).collect();
        view.has_fitted = view.rows.iter().any(|row| !row.fitted.is_empty());
        let mut names = Names::new(app);
        for movement in seen.movements.iter().rev() {
            view.lines.push(line(&mut names, w, clock, seen, movement).await?);
        }
        for offer in &seen.offers {
            let args = [("source", Arg::from(offer.source.as_str())), ("persons", Arg::from(w.number(offer.persons)))];
            view.offers.push(Offered {
                area: offer.area.to_string(),
                name: seen.name(&offer.area, w).to_owned(),
                persons: offer.persons,
                told: w.t_args("stocks-offer", &args),
                source: offer.source.clone(),
            });
        }
        let choice = |area: &dtm_model::Area| (area.pcode.to_string(), w.text(&area.name).to_owned());
        view.areas = seen
            .areas()
            .into_iter()
            .map(|(area, below)| (choice(area), below.into_iter().map(choice).collect()))
            .collect();
    }
    desk.answer(&w.t("stocks-title"), view.render(), view.mistakes.is_some())
}

fn address(operation: &Operation, exercise: &Exercise, round: &Round) -> String {
    format!("{}/stocks", round_address(operation, exercise, round))
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundRead, (&operation, &exercise, &round)).await?;
    show(&app, &desk, (&operation, &exercise, &round), told.sentence(desk.words()), None).await
}

/// Writes a movement down, withdraws one or lets it stand again.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    body: String,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundUpdate, (&operation, &exercise, &round)).await?;
    let (stamp, fields) = (desk.viewer()?.stamp(), posted(&body));
    let field = |wanted: &str| value(&fields, wanted).trim().to_owned();
    let here = address(&operation, &exercise, &round);
    let act = field("act");
    if ["withdraw", "restore"].contains(&act.as_str()) {
        let id: MovementId = field("movement").parse().map_err(|_| Problem::not_found())?;
        let is_withdrawn = act == "withdraw";
        app.store.withdraw_movement(&round.id, &id, is_withdrawn, &stamp).await?;
        let what = if is_withdrawn { "movement-withdrawn" } else { "movement-restored" };
        return Ok(said(&here, what, &[]).into_response());
    }
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    if act == "take-all" {
        let n = stocks::take_over(&app.store, &app.blobs, of, desk.lang, &stamp).await?;
        return Ok(said(&here, "movements-taken", &[n as i64]).into_response());
    }
    let given = Given {
        area: field("area"),
        kind: field("kind"),
        persons: field("persons"),
        margin: field("margin"),
        source: field("source"),
    };
    // What is not a number is none that could be taken: the mistake says which are.
    let number = |text: &str, none: i64| if text.is_empty() { none } else { text.parse().unwrap_or(i64::MIN) };
    let new = NewMovement {
        area: given.area.clone(),
        kind: given.kind.clone(),
        persons: number(&given.persons, 0),
        margin: number(&given.margin, 0),
        source: given.source.clone(),
    };
    match stocks::add(&app.store, of, &new, desk.lang, &stamp).await {
        Ok(_) => Ok(said(&here, "movement-added", &[]).into_response()),
        Err(error) => {
            let Mistakes { lines } = error.downcast::<Mistakes>()?;
            show(&app, &desk, (&operation, &exercise, &round), String::new(), Some((lines, given))).await
        }
    }
}
