//! What is done on the verification page: a source is added, a decision made or taken back, areas signed, choices kept.

use super::super::submissions::{posted, value, values};
use super::super::{App, Desk, round_address, said};
use super::{Address, DECIDES, SHOWS, Wanted, view};
use crate::cli::Mistakes;
use crate::http::Problem;
use crate::http::viewer::{On, Verb};
use crate::journey::RoundOf;
use crate::journey::verification::{self, NewDecision, NewSource, Wish, choose, sign, withdraw};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use dtm_model::{Exercise, Operation, Pcode, Round};
use dtm_publish::page::links;
use dtm_store::CheckSetting;

/// A number as somebody wrote it; none where nothing is written, not a number where it cannot be read.
fn written(text: &str) -> Option<f64> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    (!plain.is_empty()).then(|| plain.parse().unwrap_or(f64::NAN))
}

/// Adds a source, decides between sources, takes that back, signs for areas, or chooses for the exercise.
pub(in crate::http::office) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<Address>,
    body: String,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundRead, (&operation, &exercise, &round)).await?;
    let fields = posted(&body);
    if !["sign", "withdraw"].contains(&value(&fields, "act")) {
        desk.must(DECIDES, On::Project(&operation.id))?;
    }
    let here = format!("{}/verification", round_address(&operation, &exercise, &round));
    let show = if value(&fields, "act") == "return" { "rules" } else { value(&fields, "show") };
    let back = SHOWS
        .into_iter()
        .find(|known| *known == show)
        .map_or_else(|| here.clone(), |show| format!("{here}?show={}", links::encode(show)));
    match perform(&app, &desk, (&operation, &exercise, &round), &fields).await {
        Ok((what, n)) => Ok(said(&back, what, &[n]).into_response()),
        Err(Refused::Problem(problem)) => Err(problem),
        Err(Refused::Mistakes(lines)) => {
            let wanted = Wanted { show: show.to_owned(), page: String::new() };
            let mut view = view(&app, &desk, (&operation, &exercise, &round), &wanted).await?;
            let w = desk.words();
            view.mistakes = Some((w.t("office-not-yet"), lines.iter().map(|line| w.typeset(line)).collect()));
            desk.answer(&w.t("verify-title"), view.render(), true)
        }
    }
}

/// Why nothing was done: a person can do something about mistakes.
enum Refused {
    Mistakes(Vec<String>),
    Problem(Problem),
}

impl<E: Into<anyhow::Error>> From<E> for Refused {
    fn from(error: E) -> Self {
        match error.into().downcast::<Mistakes>() {
            Ok(Mistakes { lines }) => Refused::Mistakes(lines),
            Err(other) => Refused::Problem(other.into()),
        }
    }
}

async fn perform(
    app: &App,
    desk: &Desk,
    (operation, exercise, round): (&Operation, &Exercise, &Round),
    fields: &[(String, String)],
) -> Result<(&'static str, i64), Refused> {
    let (store, blobs, lang) = (&app.store, &app.blobs, desk.lang);
    let viewer = desk.viewer().map_err(Refused::Problem)?;
    let stamp = viewer.stamp();
    let of = RoundOf { operation, exercise, round };
    let field = |wanted: &str| value(fields, wanted).trim().to_owned();
    let act = field("act");
    let (wish, what) = match act.as_str() {
        "add" => {
            let new = NewSource {
                ssid: field("ssid"),
                kind: field("kind"),
                name: field("name"),
                role: field("role"),
                proximity: field("proximity"),
                basis: field("basis"),
                individuals: written(&field("individuals")),
                households: written(&field("households")),
                low: written(&field("low")),
                high: written(&field("high")),
                date: field("date").parse().ok(),
                note: field("note"),
            };
            (Wish::Add(new), "verify-said-added")
        }
        "take" | "combine" | "ask" | "enter" => {
            let new = NewDecision {
                ssid: field("ssid"),
                source: field("source"),
                individuals: written(&field("individuals")),
                low: written(&field("low")),
                high: written(&field("high")),
                reason: field("reason"),
                decision: act.clone(),
            };
            (Wish::Decide(new), "verify-said-decided")
        }
        "undo" => (
            Wish::Undo(field("entry").parse().map_err(|_| Refused::Problem(Problem::not_found()))?),
            "verify-said-undone",
        ),
        "sign" => {
            let areas: Vec<Pcode> = values(fields, "area").map(Pcode::from).collect();
            let atlas = viewer.must_sign(app, operation, &areas).await.map_err(Refused::Problem)?;
            let n = sign(store, blobs, of, (&atlas, &areas, &field("note")), lang, &stamp).await?;
            return Ok(("verify-signed", n as i64));
        }
        "withdraw" => {
            let area = Pcode::from(field("area").as_str());
            viewer.must_sign(app, operation, std::slice::from_ref(&area)).await.map_err(Refused::Problem)?;
            withdraw(store, of, (&area, &field("reason")), lang, &stamp).await?;
            return Ok(("verify-said-withdrawn", 0));
        }
        "choose" => {
            let (_, mut rules) = verification::chosen(store, exercise).await?;
            rules.sign_off = field("sign_off") == "yes";
            rules.every_record = field("every_record") == "yes";
            rules.estimate_from_households = field("households") == "yes";
            rules.sign_level = field("level").parse().unwrap_or(0);
            rules.triangulation.share_apart = written(&field("share")).unwrap_or(f64::NAN) / 100.0;
            rules.triangulation.persons_apart = written(&field("persons")).unwrap_or(f64::NAN);
            let after = field("version").parse().unwrap_or(0);
            choose(store, exercise, (after, &rules, &field("reason")), lang, &stamp).await?;
            verification::settle_anew(store, blobs, of, &stamp).await?;
            return Ok(("verify-said-chosen", 0));
        }
        "return" => {
            let version = field("version").parse().unwrap_or(0);
            let earlier = store.setting_version(CheckSetting::Verification(&exercise.id), version).await?;
            let earlier = earlier.ok_or_else(|| Refused::Problem(Problem::not_found()))?;
            let rules = serde_json::from_str(&earlier.body)?;
            let after = field("after").parse().unwrap_or(0);
            choose(store, exercise, (after, &rules, &field("reason")), lang, &stamp).await?;
            verification::settle_anew(store, blobs, of, &stamp).await?;
            return Ok(("verify-said-chosen", 0));
        }
        other => return Err(Refused::Problem(Problem::unexpected_value("act", other))),
    };
    match verification::act(store, blobs, of, wish, lang, &stamp).await? {
        true => Ok((what, 0)),
        false => Err(Refused::Problem(Problem::not_found())),
    }
}
