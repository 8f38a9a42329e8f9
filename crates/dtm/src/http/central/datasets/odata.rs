//! OData of entities: one table, `Entities`, of any list.
//!
//! Rows come newest first, or sorted by what is asked, and are written while they are read. `$filter` takes any property
//! and what the server knows; what of it an index can say is said to the database ([`super::looking`]).

use super::looking::{Question, Walk};
use super::{found, found_for};
use crate::http::central::submissions::Actors;
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use crate::world;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dtm_capture::odata::{self, Expression, Field, FilterError, OrderBy, System, Value as Known};
use dtm_capture::openrosa::url_part;
use dtm_model::{EntityId, FieldKind, Lang, Text};
use dtm_store::{Access, EntityList, EntityRow};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// How many entities are read at once.
pub(super) const PAGE: u32 = 2000;
/// The place of the label among the properties.
pub(super) const LABEL: usize = usize::MAX;

/// The list whose name stands before `.svc`, for those who may do this with it.
async fn served(app: &App, viewer: &Viewer, verb: Verb, project: i64, named: &str) -> Result<EntityList, Problem> {
    let (name, is_service) = match named.strip_suffix(".svc") {
        Some(name) => (name, true),
        None => (named, false),
    };
    let list = found(app, viewer, verb, project, name).await?;
    if is_service { Ok(list) } else { Err(Problem::not_found()) }
}

fn address(app: &App, headers: &HeaderMap, project: i64, list: &str) -> String {
    format!("{}/v1/projects/{project}/datasets/{}.svc", app.base_url(headers), url_part(list))
}

fn answer(body: impl Into<Body>) -> Response {
    let about = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::HeaderName::from_static("odata-version"), "4.0"),
    ];
    (about, body.into()).into_response()
}

/// The service document: which tables there are.
pub(super) async fn service(
    app: &App,
    viewer: &Viewer,
    project: i64,
    name: &str,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let list = found(app, viewer, Verb::DatasetRead, project, name).await?;
    let context = format!("{}/$metadata", address(app, headers, project, &list.name));
    let tables = json!([{ "name": "Entities", "kind": "EntitySet", "url": "Entities" }]);
    Ok(answer(json!({ "@odata.context": context, "value": tables }).to_string()))
}

/// The description of the table.
pub(super) async fn metadata(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, named)): Path<(i64, String)>,
) -> Result<Response, Problem> {
    let list = served(&app, &viewer, Verb::DatasetRead, project, &named).await?;
    let names: Vec<String> = list.properties.iter().map(|property| property.name.clone()).collect();
    let about = [
        (header::CONTENT_TYPE, "application/xml; charset=utf-8"),
        (header::HeaderName::from_static("odata-version"), "4.0"),
    ];
    Ok((about, odata::entities_metadata(&list.name, &names)).into_response())
}

/// What a request asks of the table.
pub(super) struct Asked {
    top: Option<u64>,
    skip: u64,
    after: Option<EntityId>,
    count: bool,
    filter: Option<Expression>,
    order: Vec<OrderBy>,
    /// Names wanted, all where there are none.
    names: Option<BTreeSet<String>>,
}

impl Asked {
    /// Whether nothing is left out, and the rows come as they lie.
    pub(super) fn is_everything(&self) -> bool {
        let Asked { top, skip, after, filter, order, .. } = self;
        top.is_none() && *skip == 0 && after.is_none() && filter.is_none() && order.is_empty()
    }

    /// The rows that are asked for, as a file has them: in one piece.
    pub(super) async fn walk(self, app: &App, list: &EntityList, access: Access) -> Result<Walk, Problem> {
        let Asked { top, skip, after, filter, order, .. } = self;
        let question = Question { filter, order, access, now: world::now().as_millis() };
        let mut walk = question.walk(app, list).await?;
        walk.left = top.unwrap_or(u64::MAX);
        match after {
            Some(id) => walk.go_behind(&id).await?,
            None => walk.skip(skip).await?,
        }
        Ok(walk)
    }

    pub(super) fn read(list: &EntityList, parameters: &[(String, String)]) -> Result<Asked, Problem> {
        let given = |name: &str| {
            let found = parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim());
            found.filter(|value| !value.is_empty())
        };
        let known = [
            "$top",
            "$skip",
            "$skiptoken",
            "$count",
            "$filter",
            "$select",
            "$orderby",
            "$expand",
            "$format",
            "$search",
        ];
        if let Some((name, _)) =
            parameters.iter().find(|(name, _)| name.starts_with('$') && !known.contains(&name.as_str()))
        {
            return Err(Problem::unexpected_value(name, ""));
        }
        let number =
            |name: &str| given(name).and_then(|text| text.parse::<i64>().ok()).map(|n| n.max(0).unsigned_abs());
        let filter = given("$filter").map(|text| odata::parse(text, &|path| field(list, path))).transpose();
        let order = given("$orderby").map(|text| read_order(list, text)).transpose()?;
        let names = given("$select")
            .filter(|names| *names != "*")
            .map(|names| names.split(',').map(|name| name.trim().to_owned()).collect::<BTreeSet<_>>());
        if let Some(unknown) = names
            .iter()
            .flatten()
            .find(|name| !matches!(name.as_str(), "__id" | "__system" | "label") && field(list, name).is_none())
        {
            let mut problem = Problem::unexpected_value("$select", unknown);
            problem.central = 400.23;
            return Err(problem);
        }
        Ok(Asked {
            top: number("$top"),
            skip: number("$skip").unwrap_or(0),
            after: given("$skiptoken").map(read_token).transpose()?,
            count: given("$count").is_some_and(odata::boolean),
            filter: filter.map_err(|error| unreadable(&error))?,
            order: order.unwrap_or_default(),
            names,
        })
    }
}

fn unreadable(error: &FilterError) -> Problem {
    let central = if matches!(error, FilterError::UnknownField { .. } | FilterError::Unsupported { .. }) {
        501.5
    } else {
        400.18
    };
    let status = StatusCode::from_u16(central as u16).unwrap_or(StatusCode::BAD_REQUEST);
    let message = Text::both(
        format!("The filter cannot be used: {}.", error.message(Lang::En)),
        format!("Le filtre ne peut pas être utilisé : {}.", error.message(Lang::Fr)),
    );
    Problem::new(status, "odata_filter", central, message)
}

pub(super) fn unsortable(list: &EntityList) -> Problem {
    let message = Text::both(
        format!(
            "A list of {} entities can be sorted by its label, by when they were made, or by one property that is marked \
             “find by it” in the settings of the list.",
            list.n_entities
        ),
        format!(
            "Une liste de {} entités peut être triée par libellé, par date de création, ou par une seule propriété marquée \
             « trouver par elle » dans les réglages de la liste.",
            list.n_entities
        ),
    );
    Problem::new(StatusCode::NOT_IMPLEMENTED, "odata_unsupported", 501.4, message)
}

/// The fields to sort by, each with its direction.
fn read_order(list: &EntityList, text: &str) -> Result<Vec<OrderBy>, Problem> {
    let unreadable = || {
        let mut problem = Problem::unexpected_value("$orderby", &text.chars().take(60).collect::<String>());
        problem.central = 501.5;
        problem.status = StatusCode::NOT_IMPLEMENTED;
        problem
    };
    let one = |part: &str| {
        let mut words = part.split_whitespace();
        let field = words.next().and_then(|name| field(list, name)).ok_or_else(unreadable)?;
        let descending = match (words.next(), words.next()) {
            (None | Some("asc"), None) => false,
            (Some("desc"), None) => true,
            _ => return Err(unreadable()),
        };
        Ok(OrderBy { field, descending })
    };
    if text.matches(',').count() > 8 { Err(unreadable()) } else { text.split(',').map(one).collect() }
}

/// A token says after which entity the page begins.
fn read_token(text: &str) -> Result<EntityId, Problem> {
    let said = text.strip_prefix("01").filter(|coded| coded.len() < 400).and_then(|coded| STANDARD.decode(coded).ok());
    let said: Option<Value> = said.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let id = said.and_then(|said| said.get("uuid")?.as_str()?.parse().ok());
    id.ok_or_else(|| {
        let mut problem = Problem::unexpected_value("$skiptoken", text);
        problem.central = 400.35;
        problem
    })
}

fn field(list: &EntityList, path: &str) -> Option<Field> {
    if path == "__id" || path == "name" {
        return Some(Field::Id);
    }
    if path == "label" {
        return Some(Field::Answer(LABEL));
    }
    if let Some(name) = path.strip_prefix("__system/") {
        return System::OF_ENTITY.iter().find(|(_, known)| *known == name).map(|(system, _)| Field::System(*system));
    }
    let found =
        list.properties.iter().position(|property| property.name == path || odata::identifier(&property.name) == path);
    found.map(Field::Answer)
}

pub(super) fn fact<'r>(list: &EntityList, row: &'r EntityRow, field: Field) -> Known<'r> {
    match field {
        Field::Id => Known::text(row.id.as_str()),
        Field::Answer(LABEL) => Known::text(row.label.trim()),
        Field::Answer(at) => {
            let Some(property) = list.properties.get(at) else { return Known::Null };
            let text = row.data.get(&property.name).map_or("", |text| text.trim());
            let number = match property.kind {
                FieldKind::Integer | FieldKind::Decimal => text.parse().ok().filter(|n: &f64| n.is_finite()),
                _ => None,
            };
            match number {
                Some(number) => Known::Number(number),
                None if text.is_empty() => Known::Null,
                None => Known::text(text),
            }
        }
        Field::System(system) => match system {
            System::CreatedAt => Known::Instant(row.created_at.as_millis()),
            System::UpdatedAt => row.updated_at.map_or(Known::Null, |at| Known::Instant(at.as_millis())),
            System::DeletedAt => row.deleted_at.map_or(Known::Null, |at| Known::Instant(at.as_millis())),
            System::CreatorId => Known::Int(crate::http::central::submissions::actor_number(&row.created_by)),
            System::Updates => Known::Int(i64::from(row.version) - 1),
            System::Version => Known::Int(i64::from(row.version)),
            System::Conflict => row.conflict.map_or(Known::Null, |conflict| {
                Known::text(if conflict == dtm_model::EntityConflict::Hard { "hard" } else { "soft" })
            }),
            _ => Known::Null,
        },
        _ => Known::Null,
    }
}

/// A row as clients read it.
async fn row_json(
    list: &EntityList,
    row: &EntityRow,
    wanted: Option<&BTreeSet<String>>,
    actors: &mut Actors<'_>,
) -> Result<Value, Problem> {
    let wants = |name: &str| wanted.is_none_or(|names| names.contains(name));
    let mut json = Map::new();
    if wants("__id") {
        json.insert("__id".to_owned(), row.id.clone().into());
    }
    if wants("label") {
        json.insert("label".to_owned(), row.label.clone().into());
    }
    let part = wanted.into_iter().flatten().any(|name| name.starts_with("__system/"));
    if wants("__system") || part {
        let who = actors.json(&row.created_by).await?;
        let mut system = json!({
            "createdAt": row.created_at.to_string(), "creatorId": who["id"].to_string(),
            "creatorName": who["displayName"], "updates": row.version - 1,
            "updatedAt": row.updated_at.map(|at| at.to_string()), "deletedAt": row.deleted_at.map(|at| at.to_string()),
            "version": row.version, "conflict": row.conflict,
        });
        if !wants("__system")
            && let Some(system) = system.as_object_mut()
        {
            system.retain(|name, _| wants(&format!("__system/{name}")));
        }
        json.insert("__system".to_owned(), system);
    }
    for property in &list.properties {
        let name = odata::identifier(&property.name);
        if wants(&name) || wants(&property.name) {
            json.insert(name, row.data.get(&property.name).map_or("", String::as_str).into());
        }
    }
    Ok(Value::Object(json))
}

/// The entities of a list.
pub(super) async fn rows(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, named)): Path<(i64, String)>,
    Query(parameters): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let name = named.strip_suffix(".svc").ok_or_else(Problem::not_found);
    let (list, access) =
        found_for(&app, &viewer, Verb::EntityList, project, name.as_ref().unwrap_or(&named.as_str())).await?;
    name?;
    let asked = Asked::read(&list, &parameters)?;
    viewer.saw(&app, &list.id).await;
    let address = address(&app, &headers, project, &list.name);
    let Asked { top, skip, after, count, filter, order, names } = asked;
    let question = Question { filter, order, access, now: world::now().as_millis() };
    let n_all = if count { Some(question.count(&app, &list).await?) } else { None };
    let mut walk = question.walk(&app, &list).await?;
    // One more than asked for tells whether there is a next page.
    walk.left = top.map_or(u64::MAX, |top| if top == 0 { 0 } else { top.saturating_add(1) });
    match after {
        Some(id) => walk.go_behind(&id).await?,
        None => walk.skip(skip).await?,
    }
    let kept: String = parameters
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "$skiptoken" | "$skip"))
        .map(|(name, value)| format!("{}={}&", url_part(name), url_part(value)))
        .collect();
    let start = Some(Writing { walk, address, kept, names, top, n_all, n: 0, last: None });
    let pages = futures::stream::try_unfold(start, |writing| async move {
        let Some(writing) = writing else { return Ok::<_, std::io::Error>(None) };
        let written = writing.page().await.map_err(|problem| std::io::Error::other(problem.code))?;
        Ok(Some(written))
    });
    Ok(answer(Body::from_stream(pages)))
}

/// A table that is written while it is read.
struct Writing {
    walk: Walk,
    address: String,
    /// The options of the request, for the address of the next page.
    kept: String,
    names: Option<BTreeSet<String>>,
    top: Option<u64>,
    n_all: Option<u64>,
    n: u64,
    last: Option<String>,
}

impl Writing {
    /// The next part of the answer, and how to go on while it is not over.
    async fn page(mut self) -> Result<(Bytes, Option<Writing>), Problem> {
        let mut text = String::new();
        if self.last.is_none() {
            text.push_str("{\"value\":[");
            self.last = Some(String::new());
        }
        let page = self.walk.next().await?;
        let mut is_over = page.is_none();
        let mut more = false;
        let app = self.walk.app.clone();
        let mut actors = Actors::new(&app);
        for row in page.into_iter().flatten() {
            if self.top == Some(self.n) {
                (more, is_over) = (true, true);
                break;
            }
            if self.n > 0 {
                text.push(',');
            }
            text.push_str(&row_json(&self.walk.list, &row, self.names.as_ref(), &mut actors).await?.to_string());
            self.n += 1;
            self.last = Some(row.id);
        }
        if !is_over {
            return Ok((Bytes::from(text), Some(self)));
        }
        let mut end = Map::new();
        end.insert("@odata.context".to_owned(), format!("{}/$metadata#Entities", self.address).into());
        if more {
            let token = STANDARD.encode(json!({ "uuid": self.last }).to_string());
            let next = format!("{}/Entities?{}%24skiptoken=01{}", self.address, self.kept, url_part(&token));
            end.insert("@odata.nextLink".to_owned(), next.into());
        }
        if let Some(n_all) = self.n_all {
            end.insert("@odata.count".to_owned(), n_all.into());
        }
        let end = Value::Object(end).to_string();
        text.push_str("],");
        text.push_str(&end[1..]);
        Ok((Bytes::from(text), None))
    }
}
