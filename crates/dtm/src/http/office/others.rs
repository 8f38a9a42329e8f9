//! Words under «other», the same words of several records together, given their place among the choices in one go.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::corrections::must_be_open;
use super::records::label;
use super::submissions::{posted, value, values};
use super::{App, Desk, RoundHead, Said, said};
use crate::journey::decide::{self, OtherWords, Recoding, Signed};
use crate::journey::{RoundOf, forms};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use dtm_model::{Exercise, FieldKind, FormSchema, Operation, Round};
use dtm_process::corrections::Recode;
use dtm_publish::page::links;
use dtm_publish::words::Words;
use dtm_store::Form;
use serde::Deserialize;

/// Different words shown at once.
const SHOWN: usize = 200;

/// The same words in several records.
struct WordsLine {
    words: String,
    n: String,
    records: Vec<String>,
}

/// A question with choices, and what stands under its «other».
struct QuestionLines {
    select: String,
    name: String,
    takes_several: bool,
    choices: Vec<(String, String)>,
    lines: Vec<WordsLine>,
}

#[derive(Template)]
#[template(path = "office/others.html")]
struct OthersView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    place: RoundHead,
    here: String,
    form: String,
    forms: Vec<(String, String, bool)>,
    questions: Vec<QuestionLines>,
    is_more: bool,
    may_review: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wanted {
    form: String,
}

fn question_lines(found: &[OtherWords], schema: &FormSchema, w: &Words) -> Vec<QuestionLines> {
    let mut questions: Vec<QuestionLines> = Vec::new();
    for said in found.iter().take(SHOWN) {
        let Some(field) = schema.fields.iter().find(|field| field.path == said.about.select) else { continue };
        let position = questions.iter().position(|known| known.select == field.path).unwrap_or_else(|| {
            let choices = field.choices.iter().filter(|choice| choice.name != said.about.other).map(|choice| {
                let words = w.text(&choice.label).trim();
                (choice.name.clone(), if words.is_empty() { choice.name.clone() } else { words.to_owned() })
            });
            questions.push(QuestionLines {
                select: field.path.clone(),
                name: label(Some(schema), &field.path, w),
                takes_several: field.kind == FieldKind::SelectMultiple,
                choices: choices.collect(),
                lines: Vec::new(),
            });
            questions.len() - 1
        });
        questions[position].lines.push(WordsLine {
            words: said.words.chars().take(300).collect(),
            n: w.number(said.records.len() as i64),
            records: said.records.iter().take(3).map(ToString::to_string).collect(),
        });
    }
    questions
}

type Place<'a> = (&'a Operation, &'a Exercise, &'a Round);

/// The forms of the exercise, the one asked for first.
async fn form_of(app: &App, exercise: &Exercise, wanted: &str) -> Result<(Option<Form>, Vec<Form>), Problem> {
    let forms = app.store.forms(&exercise.id).await?;
    let chosen = forms.iter().find(|form| form.xml_form_id == wanted).or(forms.first()).cloned();
    Ok((chosen, forms))
}

async fn show(
    app: &App,
    desk: &Desk,
    (operation, exercise, round): Place<'_>,
    wanted: &str,
    told: String,
    mistake: Option<String>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let of = RoundOf { operation, exercise, round };
    let (form, forms) = form_of(app, exercise, wanted).await?;
    let mut questions = Vec::new();
    let mut is_more = false;
    if let Some(form) = &form
        && let Some(schema) = forms::questions(&app.store, &form.id).await?
    {
        let found = decide::other_words(&app.store, &app.blobs, of, form).await?;
        is_more = found.len() > SHOWN;
        questions = question_lines(&found, &schema, w);
    }
    let place = RoundHead::new(w, operation, exercise, round);
    let chosen = form.map(|form| form.xml_form_id).unwrap_or_default();
    let view = OthersView {
        w,
        said: told,
        mistakes: mistake.map(|mistake| (mistake, Vec::new())),
        here: format!("{}/others", place.here),
        forms: forms
            .into_iter()
            .map(|form| (links::encode(&form.xml_form_id), form.name, form.xml_form_id == chosen))
            .collect(),
        form: chosen,
        questions,
        is_more,
        may_review: desk.can(Verb::SubmissionReview, On::Project(&operation.id)),
        place,
    };
    desk.answer(&w.t("others-title"), view.render(), view.mistakes.is_some())
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    Query(wanted): Query<Wanted>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::SubmissionRead, (&operation, &exercise, &round)).await?;
    let told = told.sentence(desk.words());
    show(&app, &desk, (&operation, &exercise, &round), &wanted.form, told, None).await
}

/// What somebody decided: a choice there is, a new one, or that the words mean nothing.
fn decided(fields: &[(String, String)], several: bool) -> Option<Recode> {
    let text = |name: &str| value(fields, name).trim().to_owned();
    match value(fields, "act") {
        "new" => Some(Recode::New(text("name"))),
        "invalid" => Some(Recode::Invalid),
        "choice" => {
            let names: Vec<String> =
                values(fields, "choice").filter(|name| !name.is_empty()).map(str::to_owned).collect();
            let names = if several { names } else { names.into_iter().take(1).collect() };
            (!names.is_empty()).then_some(Recode::Existing(names))
        }
        _ => None,
    }
}

/// Recodes the ticked words of one question.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    body: String,
) -> Result<Response, Problem> {
    let (operation, exercise, round) =
        desk.round(&app, Verb::SubmissionReview, (&operation, &exercise, &round)).await?;
    let place = (&operation, &exercise, &round);
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    must_be_open(&round)?;
    let fields = posted(&body);
    let w = desk.words();
    let wanted = value(&fields, "form").to_owned();
    let (form, _) = form_of(&app, &exercise, &wanted).await?;
    let form = form.ok_or_else(Problem::not_found)?;
    let schema = forms::questions(&app.store, &form.id).await?.ok_or_else(Problem::not_found)?;
    let select = value(&fields, "select");
    let several = schema.fields.iter().any(|field| field.path == select && field.kind == FieldKind::SelectMultiple);
    let ticked: Vec<&str> = values(&fields, "words").collect();
    let Some(decided) = decided(&fields, several).filter(|_| !ticked.is_empty()) else {
        return show(&app, &desk, place, &wanted, String::new(), Some(w.t("others-nothing"))).await;
    };
    // Words are named by what they say, as the list may have changed since it was shown.
    let found = decide::other_words(&app.store, &app.blobs, of, &form).await?;
    let of_question = found.into_iter().filter(|said| said.about.select == select);
    let chosen: Vec<OtherWords> = of_question.filter(|said| ticked.contains(&said.words.as_str())).collect();
    let Some(first) = chosen.first() else {
        return show(&app, &desk, place, &wanted, String::new(), Some(w.t("others-nothing"))).await;
    };
    if let Some(error) = decide::refused(&schema, &first.about, &decided) {
        return show(&app, &desk, place, &wanted, String::new(), Some(w.typeset(&error.message(desk.lang)))).await;
    }
    let name = format!("{}: {}", label(Some(&schema), select, w), ticked.join(", "));
    let recodings: Vec<Recoding> = chosen
        .into_iter()
        .map(|said| Recoding { about: said.about, records: said.records, decided: decided.clone() })
        .collect();
    let viewer = desk.viewer()?;
    let stamp = viewer.stamp();
    let reason = w.t("others-reason");
    let signed = Signed { by: &viewer.user.email, stamp: &stamp, reason: &reason };
    let done = decide::recode_words(&app.store, of, &recodings, &name, &signed).await?;
    let here = format!(
        "{}/others?form={}",
        super::round_address(&operation, &exercise, &round),
        links::encode(&form.xml_form_id)
    );
    Ok(said(&here, "recoded", &[done.records.len() as i64]).into_response())
}
