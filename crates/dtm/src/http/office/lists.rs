//! Entity lists in the office: the lists of an operation, one list with its entities, one entity with its versions.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::{App, Desk, MAX_FORM, OperationHead, Said, moment, said};
use crate::world;
use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Form, Multipart, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use dtm_model::{EntityConflict, EntityId, EntityListId, Operation, is_list_name};
use dtm_publish::page::links;
use dtm_publish::words::{Arg, Words};
use dtm_store::{
    EntityError, EntityFilter, EntityList, EntityPatch, EntityProperty, EntityRow, EntitySource, EntityVersion,
    NewEntity,
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// How many entities one page shows.
const EACH: u32 = 50;
/// How many problems of a file are told.
const TOLD: usize = 50;
/// How many entities one file may bring.
const MOST_ROWS: usize = 200_000;

struct ListLine {
    name: String,
    href: String,
    entities: String,
    /// Words, empty where nothing clashes.
    conflicts: String,
    properties: String,
}

#[derive(Template)]
#[template(path = "office/lists.html")]
struct ListsView {
    w: &'static Words,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    here: String,
    lists: Vec<ListLine>,
    may_create: bool,
}

fn lists_address(operation: &Operation) -> String {
    format!("/office/o/{}/lists", links::encode(&operation.slug))
}

fn list_address(operation: &Operation, list: &EntityList) -> String {
    format!("{}/{}", lists_address(operation), links::encode(&list.name))
}

fn counted(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn clashes(w: &Words, n: u64) -> String {
    if n == 0 { String::new() } else { w.t_n("office-list-conflicts", counted(n)) }
}

/// The lists of an operation.
pub(super) async fn lists(State(app): State<App>, desk: Desk, Path(slug): Path<String>) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::DatasetList, &slug).await?;
    show_lists(&app, &desk, &operation, None).await
}

async fn show_lists(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    mistake: Option<String>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let lists = app.store.entity_lists(&operation.id, false).await?;
    let line = |list: EntityList| ListLine {
        href: list_address(operation, &list),
        entities: w.t_n("office-list-entities", counted(list.n_entities)),
        conflicts: clashes(w, list.n_conflicts),
        properties: list.properties.iter().map(|property| property.name.as_str()).collect::<Vec<_>>().join(", "),
        name: list.name,
    };
    let is_mistake = mistake.is_some();
    let view = ListsView {
        w,
        mistakes: mistake.map(|mistake| (mistake, Vec::new())),
        operation: OperationHead::new(app, desk, operation).await?,
        here: lists_address(operation),
        lists: lists.into_iter().map(line).collect(),
        may_create: desk.can(Verb::DatasetCreate, On::Project(&operation.id)),
    };
    let mut response = desk.page(&w.t("office-lists"), view.render())?;
    if is_mistake {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(response)
}

#[derive(Deserialize)]
pub(super) struct NewList {
    name: String,
}

/// Makes a list.
pub(super) async fn create(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Form(new): Form<NewList>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::DatasetCreate, &slug).await?;
    let (w, name) = (desk.words(), new.name.trim());
    if !is_list_name(name) {
        return show_lists(&app, &desk, &operation, Some(w.t("office-list-name-bad"))).await;
    }
    if app.store.similar_entity_list(&operation.id, name).await?.is_some() {
        return show_lists(&app, &desk, &operation, Some(w.t("office-list-taken"))).await;
    }
    let id = world::fresh(EntityListId::new);
    app.store.create_entity_list(&id, &operation.id, name, [false, false], &desk.viewer()?.stamp()).await?;
    Ok(Redirect::to(&format!("{}/{}", lists_address(&operation), links::encode(name))).into_response())
}

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

async fn find(app: &App, desk: &Desk, verb: Verb, slug: &str, name: &str) -> Result<(Operation, EntityList), Problem> {
    let operation = desk.operation(app, verb, slug).await?;
    let list = app.store.entity_list(&operation.id, name).await?.ok_or_else(Problem::not_found)?;
    Ok((operation, list))
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

async fn show_list(
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
    let may_read = desk.can(Verb::EntityList, on);
    let filter = EntityFilter {
        search: (!asked.q.trim().is_empty()).then(|| asked.q.clone()),
        value: (!asked.property.is_empty() && !asked.value.trim().is_empty())
            .then(|| (asked.property.clone(), asked.value.clone())),
        conflict: asked.show == "conflicts",
        deleted: asked.show == "deleted",
        ..EntityFilter::default()
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
    let troubles = match may_read {
        true => app.store.entity_troubles(list, 20).await?,
        false => Vec::new(),
    };
    let (pending, held) = (app.store.count_pending_entities(list).await?, app.store.count_held_entities(list).await?);
    let waiting = |key: &str, n: u64| if n == 0 { String::new() } else { w.t_n(key, counted(n)) };
    let rule = list.filters.first().map(|rule| {
        let parts = [("property", Arg::from(rule.property.as_str())), ("own", Arg::from(rule.actor_property.as_str()))];
        w.t_args("office-list-access", &parts)
    });
    let is_mistake = mistakes.is_some();
    let view = ListView {
        w,
        said: told,
        mistakes,
        operation: OperationHead::new(app, desk, operation).await?,
        back: lists_address(operation),
        name: list.name.clone(),
        entities: w.t_n("office-list-entities", counted(list.n_entities)),
        conflicts: clashes(w, list.n_conflicts),
        pending: waiting("office-list-pending", pending),
        held: waiting("office-list-held", held),
        troubles: troubles
            .iter()
            .map(|trouble| {
                format!("{} · {} : {}", moment(w, trouble.at), trouble.entity, trouble.why.message(desk.lang))
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
    let mut response = desk.page(&list.name, view.render())?;
    if is_mistake {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(response)
}

/// The first values of an entity, for a line of a table.
fn brief(data: &BTreeMap<String, String>) -> String {
    let filled = data.iter().filter(|(_, value)| !value.trim().is_empty());
    let parts: Vec<String> =
        filled.take(4).map(|(name, value)| format!("{name} {}", value.chars().take(40).collect::<String>())).collect();
    parts.join(" · ")
}

fn conflict_words(w: &Words, conflict: Option<EntityConflict>) -> String {
    match conflict {
        None => String::new(),
        Some(EntityConflict::Soft) => w.t("office-entity-soft"),
        Some(EntityConflict::Hard) => w.t("office-entity-hard"),
    }
}

#[derive(Deserialize)]
pub(super) struct Settings {
    act: String,
    #[serde(default)]
    approval: Option<String>,
    #[serde(default)]
    owner: Option<String>,
    #[serde(default)]
    property: String,
    #[serde(default)]
    unique: Option<String>,
    #[serde(default)]
    indexed: Option<String>,
}

/// Changes the settings of a list or of a property.
pub(super) async fn settings(
    State(app): State<App>,
    desk: Desk,
    Path((slug, name)): Path<(String, String)>,
    Form(set): Form<Settings>,
) -> Result<Response, Problem> {
    let (operation, list) = find(&app, &desk, Verb::DatasetUpdate, &slug, &name).await?;
    let stamp = desk.viewer()?.stamp();
    if set.act == "property" {
        let known = list.property(&set.property).ok_or_else(Problem::not_found)?.clone();
        let changed = EntityProperty { unique: set.unique.is_some(), indexed: set.indexed.is_some(), ..known };
        if let Err(error) = app.store.set_entity_property(&list, &changed, &stamp).await {
            let problem: Problem = error.into();
            let told = problem.message.get(desk.lang).to_owned();
            return show_list(
                &app,
                &desk,
                &operation,
                &list,
                Asked::default(),
                String::new(),
                Some((told, Vec::new())),
            )
            .await;
        }
    } else {
        let opens = list.approval_required && set.approval.is_none();
        app.store.set_entity_list(&list, [set.approval.is_some(), set.owner.is_some()], &stamp).await?;
        if opens {
            app.store.convert_pending_entities(&list, &stamp).await?;
        }
    }
    Ok(said(&list_address(&operation, &list), "list-saved", &[]).into_response())
}

/// Reads a file of entities: those to add, and every problem.
fn read_file(w: &Words, list: &EntityList, bytes: &[u8]) -> (Vec<NewEntity>, Vec<String>) {
    let (mut entities, mut problems) = (Vec::new(), Vec::new());
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut sheet = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let names: Vec<String> = match sheet.headers() {
        Ok(names) => names.iter().map(|name| name.trim().to_owned()).collect(),
        Err(_) => return (entities, vec![w.t("office-list-not-csv")]),
    };
    let at = |wanted: &str| names.iter().position(|name| name == wanted);
    let Some(label) = at("label") else { return (entities, vec![w.t("office-list-no-label")]) };
    let id = at("__id").or(at("name")).or(at("uuid"));
    let mut columns = Vec::new();
    for (column, name) in names.iter().enumerate().filter(|(column, _)| *column != label && Some(*column) != id) {
        match list.property(name) {
            Some(_) => columns.push((column, name)),
            None if name.starts_with("__") => {}
            None => problems.push(w.t_args("office-list-no-property", &[("name", Arg::from(name.as_str()))])),
        }
    }
    for (n, row) in sheet.records().enumerate() {
        let line = Arg::from(i64::try_from(n + 2).unwrap_or(i64::MAX));
        if n >= MOST_ROWS {
            problems.push(w.t_n("office-list-too-long", MOST_ROWS as i64));
            break;
        }
        let Ok(row) = row else {
            problems.push(w.t_args("office-list-row-unreadable", &[("row", line)]));
            continue;
        };
        if row.len() != names.len() {
            problems.push(w.t_args("office-list-row-width", &[("row", line.clone())]));
        }
        let label = row.get(label).unwrap_or_default();
        if label.trim().is_empty() {
            problems.push(w.t_args("office-list-row-label", &[("row", line.clone())]));
        }
        let given = id.and_then(|column| row.get(column)).map(str::trim).filter(|text| !text.is_empty());
        let id = match given.map(str::parse::<EntityId>) {
            None => EntityId::new(world::random()),
            Some(Ok(id)) => id,
            Some(Err(_)) => {
                problems.push(w.t_args("office-list-row-id", &[("row", line)]));
                continue;
            }
        };
        let values =
            columns.iter().map(|(column, name)| ((*name).clone(), row.get(*column).unwrap_or_default().to_owned()));
        entities.push(NewEntity { id, label: label.to_owned(), data: values.collect() });
    }
    (entities, problems)
}

/// Takes a file of entities: adds all of them, or tells what is wrong and adds none; or only looks.
pub(super) async fn upload(
    State(app): State<App>,
    desk: Desk,
    Path((slug, name)): Path<(String, String)>,
    parts: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    let (operation, list) = find(&app, &desk, Verb::EntityCreate, &slug, &name).await?;
    let (w, stamp) = (desk.words(), desk.viewer()?.stamp());
    let mut parts = parts.map_err(|_| {
        Problem::bad_request("bad_upload", "The upload could not be read.", "Le téléversement n’a pas pu être lu.")
    })?;
    let (mut bytes, mut file, mut only_check) = (Bytes::new(), String::new(), false);
    while let Some(part) = parts.next_field().await.map_err(|error| Problem::of_multipart(&error))? {
        match part.name() {
            Some("file") => {
                file = part.file_name().unwrap_or("entities.csv").chars().take(200).collect();
                bytes = part.bytes().await.map_err(|error| Problem::of_multipart(&error))?;
            }
            Some("check") => only_check = true,
            _ => {}
        }
    }
    let size = bytes.len();
    let again = |told: String, mistakes| show_list(&app, &desk, &operation, &list, Asked::default(), told, mistakes);
    let (entities, mut problems) = read_file(w, &list, &bytes);
    if entities.is_empty() && problems.is_empty() {
        problems.push(w.t("office-list-file-empty"));
    }
    if !problems.is_empty() {
        let title = w.t_n("office-list-problems", counted(problems.len() as u64));
        problems.truncate(TOLD);
        return again(String::new(), Some((title, problems))).await;
    }
    let n = counted(entities.len() as u64);
    if only_check {
        return again(w.t_n("office-list-checked", n), None).await;
    }
    let source = serde_json::json!({ "name": file, "size": size, "count": entities.len() });
    match app.store.create_entities(&list, &entities, Some(source), None, &stamp).await {
        Ok(()) => Ok(said(&list_address(&operation, &list), "list-added", &[n]).into_response()),
        Err(EntityError::Store(error)) => Err(error.into()),
        Err(error) => {
            let problem: Problem = error.into();
            again(
                String::new(),
                Some((w.t_n("office-list-problems", 1), vec![problem.message.get(desk.lang).to_owned()])),
            )
            .await
        }
    }
}

/// A cell that no spreadsheet takes for a formula.
fn harmless(cell: &str) -> String {
    let begins = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if begins && cell.parse::<f64>().is_err() { format!("'{cell}") } else { cell.to_owned() }
}

/// The entities of a list for a spreadsheet.
pub(super) async fn download(
    State(app): State<App>,
    desk: Desk,
    Path((slug, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (_, list) = find(&app, &desk, Verb::EntityList, &slug, &name).await?;
    desk.viewer()?.saw(&app, &list.id).await;
    let disposition =
        format!("attachment; filename=\"entities.csv\"; filename*=UTF-8''{}.csv", links::encode(&list.name));
    let pages = futures::stream::try_unfold(
        (app, list, None::<i64>, true, false),
        |(app, list, before, first, over)| async move {
            if over {
                return Ok::<_, std::io::Error>(None);
            }
            let rows = app
                .store
                .entity_rows(&list, &EntityFilter::default(), before, 2000)
                .await
                .map_err(std::io::Error::other)?;
            let (over, before) = (rows.len() < 2000, rows.last().map(|row| row.seq));
            let text = sheet(&list, &rows, first).map_err(std::io::Error::other)?;
            Ok(Some((Bytes::from(text), (app, list, before, false, over))))
        },
    );
    let about =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((about, Body::from_stream(pages)).into_response())
}

fn sheet(list: &EntityList, rows: &[EntityRow], with_head: bool) -> anyhow::Result<Vec<u8>> {
    let mut sheet = csv::Writer::from_writer(Vec::new());
    let names: Vec<&str> = list.properties.iter().map(|property| property.name.as_str()).collect();
    if with_head {
        sheet.write_record(["__id", "label"].iter().chain(&names))?;
    }
    for row in rows {
        let values = names.iter().map(|name| harmless(row.data.get(*name).map_or("", String::as_str)));
        sheet.write_record([row.id.clone(), harmless(&row.label)].into_iter().chain(values))?;
    }
    Ok(sheet.into_inner()?)
}

struct VersionLine {
    number: u32,
    when: String,
    who: String,
    source: String,
    changes: Vec<(String, String, String)>,
    conflict: String,
    clashing: String,
    is_resolved: bool,
}

#[derive(Template)]
#[template(path = "office/entity.html")]
struct EntityView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    list: String,
    list_href: String,
    here: String,
    id: String,
    label: String,
    version: u32,
    is_deleted: bool,
    conflict: String,
    values: Vec<(String, String)>,
    versions: Vec<VersionLine>,
    may_update: bool,
    may_delete: bool,
}

/// One entity, with every version and what it changed.
pub(super) async fn entity(
    State(app): State<App>,
    desk: Desk,
    Path((slug, name, id)): Path<(String, String, String)>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let (operation, list) = find(&app, &desk, Verb::EntityRead, &slug, &name).await?;
    let id: EntityId = id.parse().map_err(|_| Problem::not_found())?;
    desk.viewer()?.saw(&app, &id).await;
    show_entity(&app, &desk, &operation, &list, &id, told.sentence(desk.words()), None).await
}

async fn show_entity(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    list: &EntityList,
    id: &EntityId,
    told: String,
    mistake: Option<String>,
) -> Result<Response, Problem> {
    let (w, on) = (desk.words(), On::Project(&operation.id));
    let found = match app.store.entity(list, id, false).await? {
        Some(entity) => entity,
        None => app.store.entity(list, id, true).await?.ok_or_else(Problem::not_found)?,
    };
    let versions = app.store.entity_versions(list, id).await?;
    let mut lines = Vec::new();
    for (at, version) in versions.iter().enumerate() {
        lines.push(version_line(app, w, version, at.checked_sub(1).and_then(|at| versions.get(at))).await?);
    }
    lines.reverse();
    let names = list.properties.iter().map(|property| property.name.clone());
    let value = |name: String| (name.clone(), found.version.data.get(&name).cloned().unwrap_or_default());
    let is_mistake = mistake.is_some();
    let view = EntityView {
        w,
        said: told,
        mistakes: mistake.map(|mistake| (mistake, Vec::new())),
        operation: OperationHead::new(app, desk, operation).await?,
        list: list.name.clone(),
        list_href: list_address(operation, list),
        here: format!("{}/{id}", list_address(operation, list)),
        id: id.to_string(),
        version: found.version.number,
        is_deleted: found.deleted_at.is_some(),
        conflict: conflict_words(w, found.conflict),
        values: names.map(value).collect(),
        label: found.version.label.clone(),
        versions: lines,
        may_update: desk.can(Verb::EntityUpdate, on),
        may_delete: desk.can(Verb::EntityDelete, on),
    };
    let mut response = desk.page(&found.version.label, view.render())?;
    if is_mistake {
        *response.status_mut() = StatusCode::CONFLICT;
    }
    Ok(response)
}

async fn version_line(
    app: &App,
    w: &Words,
    version: &EntityVersion,
    before: Option<&EntityVersion>,
) -> Result<VersionLine, Problem> {
    let source = match &version.source {
        EntitySource::Api => String::new(),
        EntitySource::Upload(detail) => {
            let detail: serde_json::Value = serde_json::from_str(detail).unwrap_or_default();
            detail["name"].as_str().unwrap_or_default().to_owned()
        }
        EntitySource::Submission { record, .. } => {
            app.store.submission_of_record(record).await?.map(|whole| whole.instance_id).unwrap_or_default()
        }
    };
    let old = |name: &str| before.and_then(|before| before.data.get(name)).cloned().unwrap_or_default();
    let mut changes: Vec<(String, String, String)> = version
        .data
        .iter()
        .map(|(name, new)| (name.clone(), old(name), new.clone()))
        .filter(|(_, old, new)| old != new)
        .collect();
    let was = before.map_or(String::new(), |before| before.label.clone());
    if was != version.label {
        changes.insert(0, (w.t("office-entity-label"), was, version.label.clone()));
    }
    let who = match version.made_by.split_once(':') {
        Some(("user", id)) => match id.parse() {
            Ok(id) => app.store.user(&id).await?.map(|user| if user.name.is_empty() { user.email } else { user.name }),
            Err(_) => None,
        },
        Some(("app-user", id)) => match id.parse() {
            Ok(id) => app.store.app_user(&id).await?.map(|phone| phone.name),
            Err(_) => None,
        },
        _ => None,
    };
    Ok(VersionLine {
        number: version.number,
        when: moment(w, version.made_at),
        who: who.unwrap_or_else(|| version.made_by.clone()),
        source,
        changes,
        conflict: conflict_words(w, version.conflict),
        clashing: version.conflicting.join(", "),
        is_resolved: version.resolved_at.is_some(),
    })
}

/// Changes, settles, deletes or restores an entity.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((slug, name, id)): Path<(String, String, String)>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let field = |wanted: &str| fields.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value.as_str());
    let verb = match field("act") {
        "delete" => Verb::EntityDelete,
        "restore" => Verb::EntityRestore,
        _ => Verb::EntityUpdate,
    };
    let (operation, list) = find(&app, &desk, verb, &slug, &name).await?;
    let stamp = desk.viewer()?.stamp();
    let id: EntityId = id.parse().map_err(|_| Problem::not_found())?;
    let here = format!("{}/{id}", list_address(&operation, &list));
    let done = match field("act") {
        "delete" => app.store.delete_entities(&list, std::slice::from_ref(&id), &stamp).await.map(|_| "entity-deleted"),
        "restore" => {
            app.store.restore_entities(&list, std::slice::from_ref(&id), &stamp).await.map(|_| "entity-restored")
        }
        "resolve" => {
            let patch = EntityPatch { resolve: true, ..EntityPatch::default() };
            app.store.update_entity(&list, &id, &patch, &stamp).await.map(|()| "entity-settled")
        }
        _ => {
            let entity = app.store.entity(&list, &id, false).await?.ok_or_else(Problem::not_found)?;
            let label = field("label").trim();
            if label.is_empty() {
                let told = desk.words().t("office-entity-no-label");
                return show_entity(&app, &desk, &operation, &list, &id, String::new(), Some(told)).await;
            }
            let changed = fields.iter().filter_map(|(name, value)| {
                let name = name.strip_prefix("p.")?;
                let known = entity.version.data.get(name).map_or("", String::as_str);
                // A browser sends line ends of its own.
                let value = value.replace("\r\n", "\n");
                (list.property(name).is_some() && known != value).then(|| (name.to_owned(), value))
            });
            let patch = EntityPatch {
                data: changed.collect(),
                label: (label != entity.version.label).then(|| label.to_owned()),
                base_version: Some(field("version").parse().unwrap_or(0)),
                ..EntityPatch::default()
            };
            app.store.update_entity(&list, &id, &patch, &stamp).await.map(|()| "entity-saved")
        }
    };
    match done {
        Ok(what) => Ok(said(&here, what, &[]).into_response()),
        Err(EntityError::Store(error)) => Err(error.into()),
        Err(error) => {
            let problem: Problem = error.into();
            let told = problem.message.get(desk.lang).to_owned();
            show_entity(&app, &desk, &operation, &list, &id, String::new(), Some(told)).await
        }
    }
}

/// The largest file of entities.
pub(super) const MAX_FILE: usize = MAX_FORM;

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::{FieldKind, Instant, Lang};

    #[test]
    fn a_file_of_entities_is_read_whole_or_every_problem_is_told() {
        let list = EntityList {
            id: EntityListId::new(Instant::default(), [0; 10]),
            number: 1,
            operation: dtm_model::OperationId::new(Instant::default(), [0; 10]),
            name: "sites".to_owned(),
            approval_required: false,
            owner_only: false,
            created_at: Instant::default(),
            deleted_at: None,
            changed_at: Instant::default(),
            changes: 0,
            n_entities: 0,
            n_conflicts: 0,
            last_entity_at: None,
            properties: vec![EntityProperty {
                name: "area".to_owned(),
                kind: FieldKind::Text,
                unique: false,
                indexed: false,
                published_at: Instant::default(),
            }],
            filters: Vec::new(),
        };
        let read = |text: &str| read_file(Words::of(Lang::En), &list, text.as_bytes());
        let (entities, problems) = read("\u{feff}label,area,__version\n\"Camp, A\",XS01,3\nCamp B,,1\n");
        assert_eq!((entities.len(), problems), (2, Vec::new()));
        assert_eq!((entities[0].label.as_str(), entities[0].data["area"].as_str()), ("Camp, A", "XS01"));
        let (_, problems) = read("label,colour,name\n,red,x\nCamp,blue\n");
        assert_eq!(problems.len(), 4, "{problems:?}");
        assert_eq!(read("area\nXS01\n").1.len(), 1);
    }

    #[test]
    fn no_cell_runs_in_a_spreadsheet_and_numbers_stay_numbers() {
        for (cell, safe) in [("=1+1", "'=1+1"), ("@x", "'@x"), ("-12.5", "-12.5"), ("+509", "+509"), ("Camp", "Camp")] {
            assert_eq!(harmless(cell), safe);
        }
    }
}
