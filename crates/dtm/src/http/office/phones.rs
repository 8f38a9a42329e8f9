//! Phones of an operation: giving access with a QR code, and withdrawing it.

use super::super::central::new_app_user;
use super::super::problem::Problem;
use super::super::viewer::Verb;
use super::{App, Desk, OperationHead, Said, said};
use crate::cli::phone_url;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use dtm_model::{AppUserId, Operation};
use dtm_publish::page::links;
use dtm_publish::words::Words;
use serde::Deserialize;

/// A phone in the list.
struct PhoneLine {
    id: String,
    name: String,
    since: String,
    revoked: bool,
}

type Fresh = (String, String, String);

#[derive(Template)]
#[template(path = "office/phones.html")]
struct PhonesView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    here: String,
    phones: Vec<PhoneLine>,
    /// The name of a phone just added, its QR code as SVG, and the address in it.
    fresh: Option<Fresh>,
}

async fn show(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    told: String,
    mistake: Option<String>,
    fresh: Option<Fresh>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let view = PhonesView {
        w,
        said: told,
        mistakes: mistake.map(|mistake| (mistake, Vec::new())),
        operation: OperationHead::new(app, desk, operation).await?,
        here: format!("/office/o/{}/phones", links::encode(&operation.slug)),
        phones: app
            .store
            .app_users(&operation.id)
            .await?
            .into_iter()
            .map(|phone| PhoneLine {
                id: phone.id.to_string(),
                name: phone.name,
                since: w.date(phone.created_at.date()),
                revoked: phone.revoked_at.is_some(),
            })
            .collect(),
        fresh,
    };
    desk.page(&w.t("office-phones"), view.render())
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::FieldKeyList, &slug).await?;
    show(&app, &desk, &operation, told.sentence(desk.words()), None, None).await
}

#[derive(Deserialize)]
pub(super) struct NewPhone {
    name: String,
}

pub(super) async fn add(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    headers: HeaderMap,
    Form(new): Form<NewPhone>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::FieldKeyCreate, &slug).await?;
    let stamp = desk.viewer()?.stamp();
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        let mut response =
            show(&app, &desk, &operation, String::new(), Some(desk.words().t("office-phone-name-bad")), None).await?;
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return Ok(response);
    }
    let (_, token) = new_app_user(&app.store, &app.vault, &operation, name, &stamp).await?;
    let project = app.store.project_of(&operation.id).await?.ok_or_else(Problem::not_found)?;
    let url = phone_url(&app.base_url(&headers), &token, project);
    let payload = dtm_capture::settings_qr::payload(&url, desk.words().text(&operation.name));
    let code = qrcode::QrCode::with_error_correction_level(payload.as_bytes(), qrcode::EcLevel::L)
        .map_err(Problem::internal)?;
    let svg = code
        .render::<qrcode::render::svg::Color<'_>>()
        .min_dimensions(260, 260)
        .dark_color(qrcode::render::svg::Color("#14213D"))
        .light_color(qrcode::render::svg::Color("#FFFFFF"))
        .build();
    // The renderer writes a whole document; a page wants the element alone.
    let svg = svg.split_once("?>").map_or(svg.clone(), |(_, element)| element.to_owned());
    show(&app, &desk, &operation, String::new(), None, Some((name.to_owned(), svg, url))).await
}

pub(super) async fn revoke(
    State(app): State<App>,
    desk: Desk,
    Path((slug, phone)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::FieldKeyDelete, &slug).await?;
    let stamp = desk.viewer()?.stamp();
    let id: AppUserId = phone.parse().map_err(|_| Problem::not_found())?;
    if !app.store.app_users(&operation.id).await?.iter().any(|phone| phone.id == id) {
        return Err(Problem::not_found());
    }
    app.store.revoke_app_user(&id, &stamp).await?;
    let here = format!("/office/o/{}/phones", links::encode(&slug));
    Ok(said(&here, "withdrawn", &[]).into_response())
}
