//! Who publishes the figures of an operation: the name they are credited to, whom to ask, and the licence they are used under.
//! Pages, files' catalogues and feeds say what is set here.

use super::super::central::looks_like_address;
use super::super::problem::Problem;
use super::super::viewer::Verb;
use super::submissions::{posted, value};
use super::{App, Desk, OperationHead, Said, operation_address, said};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use dtm_model::{Operation, Publisher, Text};
use dtm_publish::words::Words;

/// The longest name and the longest licence, in characters.
const LONGEST_NAME: usize = 300;
const LONGEST_LICENCE: usize = 2_000;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/office/o/{operation}/publisher", get(page).post(act))
}

/// What the form holds.
struct Given {
    name: String,
    homepage: String,
    contact: String,
    licence_en: String,
    licence_fr: String,
    licence_address: String,
}

#[derive(Template)]
#[template(path = "office/publisher.html")]
struct PublisherView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    here: String,
    /// Whether the operation set a publisher of its own.
    is_own: bool,
    given: Given,
}

impl Given {
    fn of(publisher: Publisher) -> Self {
        Self {
            name: publisher.name,
            homepage: publisher.homepage,
            contact: publisher.contact.unwrap_or_default(),
            licence_en: publisher.licence.get(dtm_model::Lang::En).to_owned(),
            licence_fr: publisher.licence.get(dtm_model::Lang::Fr).to_owned(),
            licence_address: publisher.licence_address.unwrap_or_default(),
        }
    }

    fn posted(body: &str) -> Self {
        let fields = posted(body);
        let field = |wanted: &str| value(&fields, wanted).trim().to_owned();
        Self {
            name: field("name"),
            homepage: field("homepage"),
            contact: field("contact"),
            licence_en: field("licence_en"),
            licence_fr: field("licence_fr"),
            licence_address: field("licence_address"),
        }
    }

    /// The publisher that is meant, or the words of what is wrong.
    fn read(&self) -> Result<Publisher, Vec<&'static str>> {
        let fits = |text: &str, longest: usize| !text.is_empty() && text.chars().count() <= longest;
        let checks = [
            (fits(&self.name, LONGEST_NAME) && !self.name.contains(char::is_control), "publisher-wrong-name"),
            (is_web_address(&self.homepage), "publisher-wrong-homepage"),
            (self.contact.is_empty() || looks_like_address(&self.contact), "publisher-wrong-contact"),
            (
                fits(&self.licence_en, LONGEST_LICENCE) && fits(&self.licence_fr, LONGEST_LICENCE),
                "publisher-wrong-licence",
            ),
            (
                self.licence_address.is_empty() || is_web_address(&self.licence_address),
                "publisher-wrong-licence-address",
            ),
        ];
        let wrong: Vec<&str> = checks.iter().filter(|(fine, _)| !fine).map(|(_, word)| *word).collect();
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Ok(Publisher {
            name: self.name.clone(),
            homepage: self.homepage.clone(),
            contact: some(&self.contact),
            licence: Text::both(self.licence_en.as_str(), self.licence_fr.as_str()),
            licence_address: some(&self.licence_address),
        })
    }
}

/// Whether a text is an address on the web, as catalogues may repeat it.
fn is_web_address(text: &str) -> bool {
    let address = reqwest::Url::parse(text).ok().filter(|url| ["http", "https"].contains(&url.scheme()));
    let is_plain =
        |text: &str| !text.contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"{}|\\^`".contains(c));
    address.is_some_and(|url| url.has_host()) && is_plain(text) && text.len() <= 2_000
}

async fn show(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    told: String,
    wrong: Option<(Given, Vec<String>)>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let set = app.store.publisher(&operation.id).await?;
    let is_own = set.is_some();
    let (given, mistakes) = match wrong {
        Some((given, lines)) => (given, Some((w.t("office-not-yet"), lines))),
        None => (Given::of(set.unwrap_or_default()), None),
    };
    let view = PublisherView {
        w,
        said: told,
        mistakes,
        operation: OperationHead::new(app, desk, operation).await?,
        here: format!("{}/publisher", operation_address(operation)),
        is_own,
        given,
    };
    desk.answer(&w.t("publisher-title"), view.render(), view.mistakes.is_some())
}

async fn page(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::ProjectUpdate, &slug).await?;
    show(&app, &desk, &operation, told.sentence(desk.words()), None).await
}

/// Sets who publishes, or goes back to the usual publisher.
async fn act(State(app): State<App>, desk: Desk, Path(slug): Path<String>, body: String) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::ProjectUpdate, &slug).await?;
    let (w, stamp) = (desk.words(), desk.viewer()?.stamp());
    let here = format!("{}/publisher", operation_address(&operation));
    match value(&posted(&body), "act") {
        "set" => {
            let given = Given::posted(&body);
            match given.read() {
                Ok(publisher) => {
                    app.store.set_publisher(&operation.id, Some(&publisher), &stamp).await?;
                    Ok(said(&here, "publisher-said-set", &[]).into_response())
                }
                Err(wrong) => {
                    let lines = wrong.into_iter().map(|word| w.t(word)).collect();
                    show(&app, &desk, &operation, String::new(), Some((given, lines))).await
                }
            }
        }
        "usual" => {
            app.store.set_publisher(&operation.id, None, &stamp).await?;
            Ok(said(&here, "publisher-said-usual", &[]).into_response())
        }
        other => Err(Problem::unexpected_value("act", other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_catalogues_could_not_repeat_is_refused_field_by_field() {
        let given = || Given::of(Publisher::default());
        assert_eq!(given().read(), Ok(Publisher::default()));
        let cases = [
            (Given { name: String::new(), ..given() }, "publisher-wrong-name"),
            (Given { name: "x".repeat(LONGEST_NAME + 1), ..given() }, "publisher-wrong-name"),
            (Given { homepage: "javascript:alert(1)".to_owned(), ..given() }, "publisher-wrong-homepage"),
            (Given { homepage: "https://a.example/> <b".to_owned(), ..given() }, "publisher-wrong-homepage"),
            (Given { contact: "somebody".to_owned(), ..given() }, "publisher-wrong-contact"),
            (Given { licence_fr: String::new(), ..given() }, "publisher-wrong-licence"),
            (Given { licence_address: "CC BY".to_owned(), ..given() }, "publisher-wrong-licence-address"),
        ];
        for (given, word) in cases {
            assert_eq!(given.read(), Err(vec![word]));
        }
    }
}
