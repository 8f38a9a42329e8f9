//! One list: its entities page by page, what waits, what went wrong.

use super::{access_to_read, clashes, conflict_words, counted, find, list_address, lists_address};
use crate::http::office::clock::Clock;
use crate::http::office::{App, Desk, OperationHead, Said};
use crate::http::problem::Problem;
use crate::http::viewer::{On, Verb};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use dtm_model::Operation;
use dtm_publish::page::links;
use dtm_publish::words::{Arg, Words};
use dtm_store::{Access, EntityFilter, EntityList};
use serde::Deserialize;
use std::collections::BTreeMap;

/// How many entities one page shows.
const EACH: u32 = 50;

struct EntityLine {
    href: String,
    label: String,
    id: String,
    values: String,
    version: u32,
    conflict: String,
}

struct PropertyLine {
    name: String,
    kind: String,
    unique: bool,
    indexed: bool,
}

#[derive(Template)]
#[template(path = "office/list.html")]
struct ListView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    back: String,
    here: String,
    name: String,
    entities: String,
    /// Words, empty where nothing clashes.
    conflicts: String,
    pending: String,
    held: String,
    troubles: Vec<String>,
    approval: bool,
    owner: bool,
    access: String,
    /// Whether only what lies in the reader's areas is shown.
    narrowed: bool,
    /// The property that holds p-codes, empty for none.
    area: String,
    /// Which property of the list must equal which property of a phone; empty for no rule.
    rule: (String, String),
    /// The properties that phones have.
    phone_properties: Vec<String>,
    /// The page of the phones.
    phones: String,
    properties: Vec<PropertyLine>,
    finds_by_property: bool,
    rows: Vec<EntityLine>,
    asked: Asked,
    next: Option<String>,
    may_update: bool,
    may_create: bool,
    may_read: bool,
}

/// What the address of a list asks for.
#[derive(Clone, Deserialize, Default)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    property: String,
    #[serde(default)]
    value: String,
    #[serde(default)]
    show: String,
    #[serde(default)]
    before: String,
}

/// One list: its entities page by page, what waits, what went wrong, its settings.
pub(super) async fn list(
    State(app): State<App>,
    desk: Desk,
    Path((slug, name)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let (operation, list) = find(&app, &desk, Verb::DatasetRead, &slug, &name).await?;
    show_list(&app, &desk, &operation, &list, asked, told.sentence(desk.words()), None).await
}

pub(super) async fn show_list(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    list: &EntityList,
    asked: Asked,
    told: String,
    mistakes: Option<(String, Vec<String>)>,
) -> Result<Response, Problem> {
    let (w, on) = (desk.words(), On::Project(&operation.id));
    let here = list_address(operation, list);
    let access = access_to_read(desk, operation);
    let may_read = access.is_some();
    let sees_all = access.as_ref().is_some_and(Access::is_everything);
    let theirs = EntityFilter { access: access.unwrap_or_default(), ..EntityFilter::default() };
    let n_entities = match may_read && !sees_all {
        true => app.store.count_entities(list, &theirs).await?,
        false => list.n_entities,
    };
    let filter = EntityFilter {
        search: (!asked.q.trim().is_empty()).then(|| asked.q.clone()),
        value: (!asked.property.is_empty() && !asked.value.trim().is_empty())
            .then(|| (asked.property.clone(), asked.value.clone())),
        conflict: asked.show == "conflicts",
        deleted: asked.show == "deleted",
        ..theirs
    };
    let page = match may_read {
        true => app.store.entities(list, &filter, asked.before.parse().ok(), EACH + 1, 0).await?,
        false => Vec::new(),
    };
    let next = (page.len() > EACH as usize).then(|| {
        let last = page[EACH as usize - 1].seq;
        let part = |name: &str, value: &str| format!("{name}={}&", links::encode(value));
        let kept = part("q", &asked.q) + &part("property", &asked.property) + &part("value", &asked.value);
        format!("{here}?{kept}{}before={last}", part("show", &asked.show))
    });
    let rows = page.iter().take(EACH as usize).map(|entity| EntityLine {
        href: format!("{here}/{}", entity.id),
        label: entity.version.label.clone(),
        id: entity.id.as_str()[..8].to_owned(),
        values: brief(&entity.version.data),
        version: entity.version.number,
        conflict: conflict_words(w, entity.conflict),
    });
    let troubles = match sees_all {
        true => app.store.entity_troubles(list, 20).await?,
        false => Vec::new(),
    };
    let (pending, held) = (app.store.count_pending_entities(list).await?, app.store.count_held_entities(list).await?);
    let waiting = |key: &str, n: u64| if n == 0 { String::new() } else { w.t_n(key, counted(n)) };
    let rule = list.filters.first().map(|rule| {
        let parts = [("property", Arg::from(rule.property.as_str())), ("own", Arg::from(rule.actor_property.as_str()))];
        w.t_args("office-list-access", &parts)
    });
    let view = ListView {
        w,
        said: told,
        mistakes,
        operation: OperationHead::new(app, desk, operation).await?,
        back: lists_address(operation),
        name: list.name.clone(),
        entities: w.t_n("office-list-entities", counted(n_entities)),
        conflicts: clashes(w, if may_read && !sees_all { 0 } else { list.n_conflicts }),
        narrowed: may_read && !sees_all,
        area: list.area_property.clone().unwrap_or_default(),
        rule: list.filters.first().map(|rule| (rule.property.clone(), rule.actor_property.clone())).unwrap_or_default(),
        phone_properties: match desk.can(Verb::DatasetUpdate, on) {
            true => app.store.actor_properties(&operation.id).await?,
            false => Vec::new(),
        },
        phones: format!("/office/o/{}/phones", links::encode(&operation.slug)),
        pending: waiting("office-list-pending", pending),
        held: waiting("office-list-held", held),
        troubles: troubles
            .iter()
            .map(|trouble| {
                format!(
                    "{} · {} : {}",
                    Clock::of(w, operation).text(trouble.at),
                    trouble.entity,
                    w.typeset(&trouble.why.message(desk.lang))
                )
            })
            .collect(),
        approval: list.approval_required,
        owner: list.owner_only,
        access: rule.unwrap_or_default(),
        finds_by_property: list.properties.iter().any(|property| property.indexed || property.unique),
        properties: list
            .properties
            .iter()
            .map(|property| PropertyLine {
                name: property.name.clone(),
                kind: serde_json::to_value(property.kind)
                    .ok()
                    .and_then(|kind| Some(kind.as_str()?.to_owned()))
                    .unwrap_or_default(),
                unique: property.unique,
                indexed: property.indexed || property.unique,
            })
            .collect(),
        rows: rows.collect(),
        next,
        asked,
        here,
        may_update: desk.can(Verb::DatasetUpdate, on),
        may_create: desk.can(Verb::EntityCreate, on),
        may_read,
    };
    desk.answer(&list.name, view.render(), view.mistakes.is_some())
}

/// The first values of an entity, for a line of a table.
fn brief(data: &BTreeMap<String, String>) -> String {
    let filled = data.iter().filter(|(_, value)| !value.trim().is_empty());
    let parts: Vec<String> =
        filled.take(4).map(|(name, value)| format!("{name} {}", value.chars().take(40).collect::<String>())).collect();
    parts.join(" · ")
}
