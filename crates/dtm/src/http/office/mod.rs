//! The back office: signed-in pages, whole without scripts. Every form posts, is checked, and leads back to a page that
//! says what became of it.

mod explain;
mod forms;
mod phones;
mod records;
mod rounds;
mod session;

use super::problem::Problem;
use super::viewer::Viewer;
use dtm_store::Role;
use super::{App, reader_language};
use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use dtm_model::{Exercise, Lang, Operation, Round, RoundLabel};
use dtm_publish::page::{Nav, NavItem, frame, links};
use dtm_publish::words::Words;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/office", get(rounds::home))
        .route("/office/sign-in", get(session::page).post(session::sign_in))
        .route("/office/sign-out", post(session::sign_out))
        .route("/office/language", get(session::language))
        .route("/office/explain", get(explain::page))
        .route("/office/records/{record}", get(records::record))
        .route("/office/records/{record}/corrections", post(records::correct))
        .route("/office/submissions/{file}", get(records::submission))
        .route("/office/submissions/{submission}/files/{name}", get(records::file))
        .route("/office/findings/{finding}", post(records::resolve))
        .route("/office/o/{operation}", get(rounds::operation))
        .route("/office/o/{operation}/phones", get(phones::page).post(phones::add))
        .route("/office/o/{operation}/phones/{phone}", post(phones::revoke))
        .route("/office/o/{operation}/forms", get(forms::page).post(forms::upload))
        .route("/office/o/{operation}/{exercise}/{round}", get(rounds::round).post(rounds::act))
        .route("/office/o/{operation}/{exercise}/{round}/findings", get(records::findings))
        .route("/office/o/{operation}/{exercise}/{round}/records", get(records::list))
}

/// The language of the office: as chosen there, else as the browser asks.
pub(crate) struct Reader(pub(crate) Lang);

/// The cookie that keeps the chosen language. It holds nothing else.
const LANGUAGE: &str = "dtm-lang";

pub(crate) fn chosen_language(headers: &HeaderMap) -> Lang {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().strip_prefix(LANGUAGE)?.strip_prefix('='))
        .find_map(Lang::from_code)
        .unwrap_or_else(|| reader_language(headers))
}

impl FromRequestParts<App> for Reader {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Self::Rejection> {
        Ok(Self(chosen_language(&parts.headers)))
    }
}

/// Where an office page stands, and who reads it.
struct Desk {
    viewer: Option<Viewer>,
    lang: Lang,
    /// The address of this page, to come back to after changing the language.
    here: String,
}

impl Desk {
    fn words(&self) -> &'static Words {
        Words::of(self.lang)
    }

    /// Refuses those below this role, and those not signed in.
    fn must_be(&self, least: Role) -> Result<&Viewer, Problem> {
        let viewer = self.viewer.as_ref().ok_or_else(Problem::sign_in)?;
        viewer.must_be(least)?;
        Ok(viewer)
    }

    fn may(&self, least: Role) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.role >= least)
    }

    /// The whole page around a part that was made and escaped by a template.
    fn page(&self, title: &str, inner: askama::Result<String>) -> Result<Response, Problem> {
        let w = self.words();
        let inner = inner.map_err(Problem::internal)?;
        let mut items = Vec::new();
        if self.viewer.is_some() {
            items.push(NavItem { label: w.t("office"), href: "/office".to_owned(), current: true });
        }
        let end = match self.viewer {
            Some(_) => format!(
                "<form method=\"post\" action=\"/office/sign-out\"><button class=\"quiet\">{}</button></form>",
                w.t("office-sign-out")
            ),
            None => String::new(),
        };
        let other = w.other().code();
        let nav = Nav {
            home: links::home(self.lang),
            items,
            switch: Some(format!("/office/language?to={other}&next={}", links::encode(&self.here))),
            description: None,
            end,
        };
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        Ok((headers, frame(self.lang, title, &nav, &inner)).into_response())
    }
}

impl FromRequestParts<App> for Desk {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let lang = chosen_language(&parts.headers);
        let here = parts.uri.path_and_query().map_or("/office", |address| address.as_str()).to_owned();
        let viewer = match Viewer::from_request_parts(parts, app).await {
            Ok(viewer) => Some(viewer),
            Err(problem) if problem.code == "sign_in_required" => None,
            Err(other) => return Err(other),
        };
        Ok(Self { viewer, lang, here })
    }
}

/// A round as its address names it.
async fn find_round(app: &App, operation: &str, exercise: &str, round: &str) -> Result<(Operation, Exercise, Round), Problem> {
    let operation = find_operation(app, operation).await?;
    let exercise =
        app.store.exercise_by_slug(&operation.id, exercise).await?.ok_or_else(Problem::not_found)?;
    let round =
        app.store.round_by_label(&exercise.id, &RoundLabel::from(round)).await?.ok_or_else(Problem::not_found)?;
    Ok((operation, exercise, round))
}

async fn find_operation(app: &App, slug: &str) -> Result<Operation, Problem> {
    app.store.operation_by_slug(slug).await?.ok_or_else(Problem::not_found)
}

/// The address of a round's page.
fn round_address(operation: &Operation, exercise: &Exercise, round: &Round) -> String {
    format!("/office/o/{}/{}/{}", links::encode(&operation.slug), links::encode(&exercise.slug), links::encode(round.label.as_str()))
}

/// Leads back to a page that says what became of a form.
fn said(address: &str, message: &str) -> Redirect {
    let joint = if address.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{address}{joint}said={}", links::encode(message)))
}

/// What a page was told to say, by the redirect that led to it.
#[derive(serde::Deserialize, Default)]
struct Said {
    #[serde(default)]
    said: String,
}
