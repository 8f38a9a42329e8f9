//! Phones of an operation: giving access with a QR code, until when and to which phone, and withdrawing it.

use super::super::central::app_users::{self, Limits, new_app_user_within};
use super::super::central::is_actor_property_name;
use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::clock::Clock;
use super::{App, Desk, OperationHead, Said, qr, said};
use crate::cli::phone_url;
use crate::world;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use dtm_model::{AppUserId, Operation};
use dtm_publish::page::links;
use dtm_publish::words::Words;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A phone in the list.
struct PhoneLine {
    id: String,
    name: String,
    since: String,
    state: &'static str,
    revoked: bool,
    /// When the access ends by itself.
    ends: String,
    /// The same, as the field of a form takes it.
    ends_field: String,
    /// The phone it is kept to, or that it will be kept to the first one.
    device: String,
    binds: bool,
    seen: String,
    /// Its properties, each with its value.
    properties: Vec<(String, String)>,
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
    /// The time zone in which moments are written.
    zone: String,
    phones: Vec<PhoneLine>,
    /// The name of a phone just added, its QR code as SVG, and the address in it.
    fresh: Option<Fresh>,
    /// The properties that phones may have.
    properties: Vec<String>,
    may_add_properties: bool,
}

async fn show(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    told: String,
    mistake: Option<String>,
    fresh: Option<Fresh>,
) -> Result<Response, Problem> {
    let (w, now) = (desk.words(), world::now());
    let clock = Clock::of(w, operation);
    let properties = app.store.actor_properties(&operation.id).await?;
    let mut values = match properties.is_empty() {
        true => BTreeMap::new(),
        false => app.store.app_user_properties(&operation.id).await?,
    };
    let mut own = |phone: &str| {
        let mut values = values.remove(phone).unwrap_or_default();
        properties.iter().map(|name| (name.clone(), values.remove(name).unwrap_or_default())).collect()
    };
    let view = PhonesView {
        w,
        said: told,
        mistakes: mistake.map(|mistake| (mistake, Vec::new())),
        operation: OperationHead::new(app, desk, operation).await?,
        here: format!("/office/o/{}/phones", links::encode(&operation.slug)),
        zone: clock.zone_name(),
        phones: app
            .store
            .app_users(&operation.id)
            .await?
            .into_iter()
            .map(|phone| PhoneLine {
                properties: own(&phone.id.to_string()),
                id: phone.id.to_string(),
                since: clock.day(phone.created_at),
                state: match phone.revoked_at {
                    Some(_) => "revoked",
                    None if phone.is_good(now) => "good",
                    None => "ended",
                },
                revoked: phone.revoked_at.is_some(),
                ends: phone.expires_at.map(|at| clock.text(at)).unwrap_or_default(),
                ends_field: clock.field(phone.expires_at),
                seen: phone.seen_at.map(|at| clock.text(at)).unwrap_or_default(),
                device: phone.device_id.unwrap_or_default(),
                binds: phone.binds,
                name: phone.name,
            })
            .collect(),
        fresh,
        may_add_properties: desk.can(Verb::ProjectUpdate, On::Project(&operation.id)),
        properties,
    };
    desk.answer(&w.t("office-phones"), view.render(), view.mistakes.is_some())
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
    #[serde(default)]
    ends: String,
    #[serde(default)]
    binds: String,
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
        let told = Some(desk.words().t("office-phone-name-bad"));
        return show(&app, &desk, &operation, String::new(), told, None).await;
    }
    let limits = Limits {
        expires_at: Clock::of(desk.words(), &operation).read("expiresAt", &new.ends)?,
        binds: !new.binds.is_empty(),
        device_id: None,
    };
    let (_, token) = new_app_user_within(&app.store, &app.vault, &operation, name, limits, &stamp).await?;
    let fresh = code(&app, &desk, &headers, &operation, name, &token).await?;
    show(&app, &desk, &operation, String::new(), None, Some(fresh)).await
}

/// The name of a phone, its QR code, and the address in it.
async fn code(
    app: &App,
    desk: &Desk,
    headers: &HeaderMap,
    operation: &Operation,
    name: &str,
    token: &str,
) -> Result<Fresh, Problem> {
    let project = app.store.project_of(&operation.id).await?.ok_or_else(Problem::not_found)?;
    let url = phone_url(&app.base_url(headers), token, project);
    let payload = dtm_capture::settings_qr::payload(&url, desk.words().text(&operation.name));
    Ok((name.to_owned(), qr::svg(&payload)?, url))
}

#[derive(Deserialize)]
pub(super) struct NewProperty {
    name: String,
}

/// Adds a property that phones of an operation may have, for rules about who gets which entities.
pub(super) async fn add_property(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Form(new): Form<NewProperty>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::ProjectUpdate, &slug).await?;
    let name = new.name.trim();
    let taken = app.store.actor_properties(&operation.id).await?.iter().any(|known| known == name);
    let mistake = match is_actor_property_name(name) {
        false => Some("office-phone-property-bad"),
        true if taken => Some("office-phone-property-taken"),
        true => None,
    };
    if let Some(mistake) = mistake {
        let told = Some(desk.words().t(mistake));
        return show(&app, &desk, &operation, String::new(), told, None).await;
    }
    app.store.add_actor_property(&operation.id, name, &desk.viewer()?.stamp()).await?;
    Ok(said(&format!("/office/o/{}/phones", links::encode(&slug)), "phone-property-added", &[]).into_response())
}

/// What is done to a phone's access; withdrawing where nothing else is said.
#[derive(Default)]
struct Act {
    act: String,
    ends: String,
    binds: String,
    /// Properties of the phone with their new values.
    properties: BTreeMap<String, String>,
}

impl Act {
    fn of(fields: &[(String, String)]) -> Act {
        let mut act = Act::default();
        for (name, value) in fields {
            match (name.as_str(), name.strip_prefix("p.")) {
                ("act", _) => act.act = value.clone(),
                ("ends", _) => act.ends = value.clone(),
                ("binds", _) => act.binds = value.clone(),
                (_, Some(property)) => {
                    let value = value.trim().chars().take(250).collect();
                    act.properties.insert(property.to_owned(), value);
                }
                _ => {}
            }
        }
        act
    }
}

pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((slug, phone)): Path<(String, String)>,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let act = Act::of(&fields);
    let operation = desk.operation(&app, Verb::FieldKeyDelete, &slug).await?;
    let stamp = desk.viewer()?.stamp();
    let id: AppUserId = phone.parse().map_err(|_| Problem::not_found())?;
    let phones = app.store.app_users(&operation.id).await?;
    let phone = phones.into_iter().find(|phone| phone.id == id).ok_or_else(Problem::not_found)?;
    let here = format!("/office/o/{}/phones", links::encode(&slug));
    match act.act.as_str() {
        "show" => {
            let Some(token) = app_users::token(&app, &phone) else {
                let lost = desk.words().t("office-token-lost");
                return show(&app, &desk, &operation, String::new(), Some(lost), None).await;
            };
            let fresh = code(&app, &desk, &headers, &operation, &phone.name, &token).await?;
            app.store.note_seen(&id.to_string(), &stamp).await?;
            show(&app, &desk, &operation, String::new(), None, Some(fresh)).await
        }
        "limit" => {
            let ends = Clock::of(desk.words(), &operation).read("expiresAt", &act.ends)?;
            app.store.limit_app_user(&id, ends, !act.binds.is_empty(), &stamp).await?;
            Ok(said(&here, "phone-limited", &[]).into_response())
        }
        "properties" => {
            let known = app.store.actor_properties(&operation.id).await?;
            let mut values = act.properties;
            values.retain(|name, _| known.contains(name));
            app.store.set_actor_properties(&operation.id, &id.to_string(), &values, &stamp).await?;
            Ok(said(&here, "phone-properties", &[]).into_response())
        }
        _ => {
            app.store.revoke_app_user(&id, &stamp).await?;
            Ok(said(&here, "withdrawn", &[]).into_response())
        }
    }
}
