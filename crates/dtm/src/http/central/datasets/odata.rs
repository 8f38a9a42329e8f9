//! OData of entities: one table, `Entities`, of any list.
//!
//! Rows come newest first and are written while they are read. `$filter` takes any property and what the server knows.

use super::found;
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
use dtm_capture::odata::{self, Expression, Facts, Field, FilterError, Moment, System, Value as Known};
use dtm_capture::openrosa::url_part;
use dtm_model::{EntityId, FieldKind, Lang, Text};
use dtm_store::{EntityFilter, EntityList, EntityRow};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// How many entities are read at once.
const PAGE: u32 = 2000;

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
struct Asked {
    top: Option<u64>,
    skip: u64,
    after: Option<EntityId>,
    count: bool,
    filter: Option<Expression>,
    /// Names wanted, all where there are none.
    names: Option<BTreeSet<String>>,
}

impl Asked {
    fn read(list: &EntityList, parameters: &[(String, String)]) -> Result<Asked, Problem> {
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
        if let Some(order) = given("$orderby").filter(|order| *order != "__system/createdAt desc") {
            return Err(unsupported(order));
        }
        let number =
            |name: &str| given(name).and_then(|text| text.parse::<i64>().ok()).map(|n| n.max(0).unsigned_abs());
        let filter = given("$filter").map(|text| odata::parse(text, &|path| field(list, path))).transpose();
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
            names,
        })
    }

    /// Whether the request itself says which deleted rows it wants; others are not shown any.
    fn speaks_of_deleted(&self) -> bool {
        self.filter.as_ref().is_some_and(|filter| filter.fields().contains(&Field::System(System::DeletedAt)))
    }

    fn wants(&self, list: &EntityList, row: &EntityRow, now: i64) -> bool {
        let Some(filter) = &self.filter else { return true };
        filter.wants(&Facts { value: &|field| fact(list, row, field), now: Moment(now) })
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

fn unsupported(what: &str) -> Problem {
    let what: String = what.chars().take(60).collect();
    let message = Text::both(
        format!("`{what}` is not supported for entities: they come newest first."),
        format!(
            "`{what}` n’est pas pris en charge pour les entités : elles viennent de la plus récente à la plus ancienne."
        ),
    );
    Problem::new(StatusCode::NOT_IMPLEMENTED, "odata_unsupported", 501.4, message)
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
        return Some(Field::Answer(usize::MAX));
    }
    if let Some(name) = path.strip_prefix("__system/") {
        return System::OF_ENTITY.iter().find(|(_, known)| *known == name).map(|(system, _)| Field::System(*system));
    }
    let found =
        list.properties.iter().position(|property| property.name == path || odata::identifier(&property.name) == path);
    found.map(Field::Answer)
}

fn fact<'r>(list: &EntityList, row: &'r EntityRow, field: Field) -> Known<'r> {
    match field {
        Field::Id => Known::text(row.id.as_str()),
        Field::Answer(usize::MAX) => Known::text(row.label.as_str()),
        Field::Answer(at) => {
            let Some(property) = list.properties.get(at) else { return Known::Null };
            let Some(text) = row.data.get(&property.name).filter(|text| !text.is_empty()) else { return Known::Null };
            let number = match property.kind {
                FieldKind::Integer | FieldKind::Decimal => text.trim().parse().ok().map(Known::Number),
                _ => None,
            };
            number.unwrap_or_else(|| Known::text(text.as_str()))
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
    asked: &Asked,
    actors: &mut Actors<'_>,
) -> Result<Value, Problem> {
    let wants = |name: &str| asked.names.as_ref().is_none_or(|names| names.contains(name));
    let mut json = Map::new();
    if wants("__id") {
        json.insert("__id".to_owned(), row.id.clone().into());
    }
    if wants("label") {
        json.insert("label".to_owned(), row.label.clone().into());
    }
    let part = asked.names.iter().flatten().any(|name| name.starts_with("__system/"));
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

/// A walk over the rows that are wanted.
struct Walk {
    app: App,
    list: EntityList,
    asked: Asked,
    now: i64,
    before: Option<i64>,
    /// Whether those in the trash are read now, and whether they are to be.
    in_trash: bool,
    with_trash: bool,
    to_skip: u64,
    left: u64,
    is_done: bool,
}

impl Walk {
    /// The next rows, none at the end; some pages may be empty.
    async fn next(&mut self) -> Result<Option<Vec<EntityRow>>, Problem> {
        if self.is_done || self.left == 0 {
            return Ok(None);
        }
        let filter = EntityFilter { deleted: self.in_trash, ..EntityFilter::default() };
        let most = if self.asked.filter.is_some() {
            PAGE
        } else {
            PAGE.min(u32::try_from(self.left.saturating_add(self.to_skip)).unwrap_or(PAGE))
        };
        let rows = self.app.store.entity_rows(&self.list, &filter, self.before, most).await?;
        if rows.len() < most as usize {
            self.is_done = self.in_trash || !self.with_trash;
            self.in_trash = true;
            self.before = None;
        } else {
            self.before = rows.last().map(|row| row.seq);
        }
        let mut wanted = Vec::new();
        for row in rows {
            if self.left == 0 {
                break;
            }
            if !self.asked.wants(&self.list, &row, self.now) {
                continue;
            }
            if self.to_skip > 0 {
                self.to_skip -= 1;
                continue;
            }
            self.left -= 1;
            wanted.push(row);
        }
        Ok(Some(wanted))
    }
}

/// The entities of a list.
pub(super) async fn rows(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, named)): Path<(i64, String)>,
    Query(parameters): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let list = served(&app, &viewer, Verb::EntityList, project, &named).await?;
    let asked = Asked::read(&list, &parameters)?;
    viewer.saw(&app, &list.id).await;
    let address = address(&app, &headers, project, &list.name);
    let before = match &asked.after {
        Some(id) => {
            let after = app.store.entity(&list, id, false).await?;
            Some(
                after
                    .ok_or_else(|| {
                        let mut problem = Problem::not_found();
                        problem.central = 400.34;
                        problem.status = StatusCode::BAD_REQUEST;
                        problem
                    })?
                    .seq,
            )
        }
        None => None,
    };
    let with_trash = asked.speaks_of_deleted();
    let now = world::now().as_millis();
    let (top, skip, count) = (asked.top, if before.is_some() { 0 } else { asked.skip }, asked.count);
    let walk = |asked: Asked, to_skip: u64, left: u64, before: Option<i64>| Walk {
        app: app.clone(),
        list: list.clone(),
        asked,
        now,
        before,
        in_trash: false,
        with_trash,
        to_skip,
        left,
        is_done: false,
    };
    let n_all = match (count, asked.filter.is_some()) {
        (false, _) => None,
        (true, false) => Some(list.n_entities),
        (true, true) => {
            let mut all = walk(Asked::read(&list, &parameters)?, 0, u64::MAX, None);
            let mut n = 0;
            while let Some(rows) = all.next().await? {
                n += rows.len() as u64;
            }
            Some(n)
        }
    };
    // One more than asked for tells whether there is a next page.
    let walk = walk(asked, skip, top.map_or(u64::MAX, |top| if top == 0 { 0 } else { top.saturating_add(1) }), before);
    let kept: Vec<(String, String)> =
        parameters.into_iter().filter(|(name, _)| !matches!(name.as_str(), "$skiptoken" | "$skip")).collect();
    let start = (walk, address, kept, n_all, 0_u64, None::<String>, false);
    let pages = futures::stream::try_unfold(
        start,
        move |(mut walk, address, kept, n_all, mut n, mut last, is_over)| async move {
            if is_over {
                return Ok::<_, std::io::Error>(None);
            }
            let mut text = String::new();
            if n == 0 && last.is_none() {
                text.push_str("{\"value\":[");
                last = Some(String::new());
            }
            let page = walk.next().await.map_err(|problem| std::io::Error::other(problem.code))?;
            let mut more = false;
            let is_over = page.is_none();
            let app = walk.app.clone();
            let mut actors = Actors::new(&app);
            for row in page.into_iter().flatten() {
                if top == Some(n) {
                    more = true;
                    break;
                }
                let json = row_json(&walk.list, &row, &walk.asked, &mut actors).await;
                let json = json.map_err(|problem| std::io::Error::other(problem.code))?;
                if n > 0 {
                    text.push(',');
                }
                text.push_str(&json.to_string());
                n += 1;
                last = Some(row.id);
            }
            let is_over = is_over || more;
            if is_over {
                let mut end = Map::new();
                end.insert("@odata.context".to_owned(), format!("{address}/$metadata#Entities").into());
                if more {
                    let token = STANDARD.encode(json!({ "uuid": last }).to_string());
                    let rest: String =
                        kept.iter().map(|(name, value)| format!("{}={}&", url_part(name), url_part(value))).collect();
                    end.insert(
                        "@odata.nextLink".to_owned(),
                        format!("{address}/Entities?{rest}%24skiptoken=01{}", url_part(&token)).into(),
                    );
                }
                if let Some(n_all) = n_all {
                    end.insert("@odata.count".to_owned(), n_all.into());
                }
                let end = Value::Object(end).to_string();
                text.push_str("],");
                text.push_str(&end[1..]);
            }
            Ok(Some((Bytes::from(text), (walk, address, kept, n_all, n, last, is_over))))
        },
    );
    Ok(answer(Body::from_stream(pages)))
}
