//! Entities in one piece: as CSV for people and for phones, as GeoJSON, and what changed since.

use super::found_for;
use super::looking::Walk;
use super::odata::Asked;
use crate::http::central::exports::moment;
use crate::http::central::operation;
use crate::http::central::submissions::{Actors, actor_number};
use crate::http::sender::{Sender, Who};
use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem};
use crate::journey::entities as journey;
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dtm_capture::openrosa;
use dtm_model::{EntityConflict, EntityId, FieldKind, Instant};
use dtm_store::{Access, EntityFilter, EntityList, EntityRow, Mark};
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::sync::Arc;

/// How many entities are read at once.
const PAGE: u32 = 2000;

/// What names the list in an address, whoever asks.
#[derive(Deserialize)]
pub(crate) struct Named {
    list: String,
}

/// A list as a phone or a person who fills forms may have it.
async fn shared(app: &App, sender: &Sender, name: &str) -> Result<(EntityList, Access), Problem> {
    let list = app.store.entity_list(&sender.operation.id, name).await?;
    if let Some(access) = access_to_read(sender) {
        return Ok((list.ok_or_else(Problem::not_found)?, access));
    }
    let refused = || match &sender.who {
        Who::Person(_) => Problem::forbidden(),
        _ => Problem::not_found(),
    };
    let list = list.ok_or_else(refused)?;
    for form in journey::linked_forms(&app.store, &list).await? {
        if sender.may_fill(app, &form).await? {
            let access = access_to_fill(app, sender, &list).await?;
            return Ok((list, access));
        }
    }
    Err(refused())
}

/// What somebody has who may read entities.
fn access_to_read(sender: &Sender) -> Option<Access> {
    let Who::Person(viewer) = &sender.who else { return None };
    let areas = viewer.areas(Verb::EntityList, On::Project(&sender.operation.id)).ok()?;
    Some(journey::access_of_areas(areas))
}

/// What somebody has who fills in forms: what the list's rules give, in the areas they were given.
async fn access_to_fill(app: &App, sender: &Sender, list: &EntityList) -> Result<Access, Problem> {
    let areas = match &sender.who {
        Who::Person(viewer) => viewer.areas_to_fill(&sender.operation.id),
        _ => None,
    };
    let access = journey::access(&app.store, list, &sender.by()).await?;
    Ok(Access { areas: journey::access_of_areas(areas).areas, ..access })
}

/// What a sender may have of a list.
async fn access_of(app: &App, sender: &Sender, list: &EntityList) -> Result<Access, Problem> {
    match access_to_read(sender) {
        Some(access) => Ok(access),
        None => access_to_fill(app, sender, list).await,
    }
}

/// The hash by which a phone knows whether it has what it may have of a list.
pub(crate) async fn attachment_hash(app: &App, sender: &Sender, list: &EntityList) -> Result<String, Problem> {
    let access = access_of(app, sender, list).await?;
    Ok(openrosa::md5(app.store.entity_list_mark(list, &access).await?.as_bytes()))
}

/// A list as the CSV that a form reads, with what this sender may have of it.
pub(crate) async fn attachment(
    app: &App,
    sender: &Sender,
    list: &EntityList,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let access = match &sender.who {
        // Who reads a form and neither its entities nor fills it in has no use for them.
        Who::Person(_) if sender.draft.is_none() => shared(app, sender, &list.name).await?.1,
        _ => access_of(app, sender, list).await?,
    };
    let mark = app.store.entity_list_mark(list, &access).await?;
    let tag = format!("W/\"{}\"", openrosa::md5(mark.as_bytes()));
    let held = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|held| held.to_str().ok());
    if held.flat_map(|held| held.split(',')).any(|held| held.trim() == tag || held.trim() == &tag[2..]) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let takes_gzip = headers.get(header::ACCEPT_ENCODING).and_then(|kinds| kinds.to_str().ok()).unwrap_or("");
    let mut response = match journey::kept_csv(app, list, &access, &mark).await? {
        Some(zipped) if takes_gzip.contains("gzip") => {
            ([(header::CONTENT_ENCODING, "gzip")], Body::from(zipped)).into_response()
        }
        Some(zipped) => Body::from_stream(futures::stream::iter(journey::unzipped(zipped))).into_response(),
        None => streamed(app, list, of(access), Sheet::Phone).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Ok(response)
}

/// All that somebody may have.
fn of(access: Access) -> EntityFilter {
    EntityFilter { access, ..EntityFilter::default() }
}

/// Which columns a CSV has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sheet {
    /// What a form reads.
    Phone,
    /// What a person downloads.
    Whole,
}

/// A CSV that is written while it is read, page by page.
fn streamed(app: &App, list: &EntityList, filter: EntityFilter, sheet: Sheet) -> Body {
    let start = (app.clone(), list.clone(), filter, None::<i64>, true, false);
    let pages = futures::stream::try_unfold(start, move |(app, list, filter, before, is_first, is_done)| async move {
        if is_done {
            return Ok::<_, std::io::Error>(None);
        }
        let rows = app.store.entity_rows(&list, &filter, before, PAGE).await.map_err(std::io::Error::other)?;
        let is_last = rows.len() < PAGE as usize;
        let before = rows.last().map(|row| row.seq).or(before);
        let text = match sheet {
            Sheet::Phone => journey::phone_csv(&list, &rows, is_first),
            Sheet::Whole => whole_csv(&app, &list, &rows, is_first).await,
        };
        let bytes = Bytes::from(text.map_err(std::io::Error::other)?);
        Ok(Some((bytes, (app, list, filter, before, false, is_last))))
    });
    Body::from_stream(pages)
}

/// A CSV of chosen rows that is written while they are read.
fn walked(walk: Walk) -> Body {
    let pages = futures::stream::try_unfold((Some(walk), true), |(walk, is_first)| async move {
        let Some(mut walk) = walk else { return Ok::<_, std::io::Error>(None) };
        let rows = walk.next().await.map_err(|problem| std::io::Error::other(problem.code))?;
        let is_over = rows.is_none();
        let text = whole_csv(&walk.app, &walk.list, &rows.unwrap_or_default(), is_first).await;
        let bytes = Bytes::from(text.map_err(std::io::Error::other)?);
        Ok(Some((bytes, ((!is_over).then_some(walk), false))))
    });
    Body::from_stream(pages)
}

async fn whole_csv(app: &App, list: &EntityList, rows: &[EntityRow], is_first: bool) -> anyhow::Result<Vec<u8>> {
    let mut sheet = csv::Writer::from_writer(Vec::new());
    let names: Vec<&str> = list.properties.iter().map(|property| property.name.as_str()).collect();
    if is_first {
        let system = ["__createdAt", "__creatorId", "__creatorName", "__updates", "__updatedAt", "__version"];
        sheet.write_record(["__id", "label"].iter().chain(&names).chain(&system))?;
    }
    let mut actors = Actors::new(app);
    for row in rows {
        let who = actors.json(&row.created_by).await.map_err(|problem| anyhow::anyhow!("{}", problem.code))?;
        let system = [
            row.created_at.to_string(),
            who["id"].to_string(),
            who["displayName"].as_str().unwrap_or_default().to_owned(),
            (row.version - 1).to_string(),
            row.updated_at.map(|at| at.to_string()).unwrap_or_default(),
            row.version.to_string(),
        ];
        let values = names.iter().map(|name| row.data.get(*name).map_or("", String::as_str));
        let cells = [row.id.as_str(), row.label.as_str()].into_iter().chain(values);
        sheet.write_record(cells.chain(system.iter().map(String::as_str)))?;
    }
    Ok(sheet.into_inner()?)
}

/// The entities of a list in the trash as CSV. The list goes by its number: its name may have been given anew.
pub(super) async fn csv_of_trashed(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, number)): Path<(i64, String)>,
) -> Result<Response, Problem> {
    let operation = operation(&app, &viewer, Verb::EntityList, project).await?;
    let trash = app.store.entity_lists(&operation.id, true).await?;
    let list = trash.into_iter().find(|list| list.number.to_string() == number).ok_or_else(Problem::not_found)?;
    viewer.saw(&app, &list.id).await;
    let about = csv_headers(&format!("{}-deleted", list.name));
    Ok((about, streamed(&app, &list, EntityFilter::default(), Sheet::Whole)).into_response())
}

fn csv_headers(name: &str) -> [(header::HeaderName, String); 2] {
    let name = openrosa::url_part(name);
    let disposition = format!("attachment; filename=\"entities.csv\"; filename*=UTF-8''{name}.csv");
    [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, disposition)]
}

/// The entities of a list as CSV: all of them, or those that the options of OData ask for.
pub(super) async fn csv(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name)): Path<(i64, String)>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (list, access) = found_for(&app, &viewer, Verb::EntityList, project, &name).await?;
    let asked = Asked::read(&list, &parameters)?;
    if !asked.is_everything() {
        viewer.saw(&app, &list.id).await;
        let walk = asked.walk(&app, &list, access).await?;
        return Ok((csv_headers(&name), walked(walk)).into_response());
    }
    let mark = app.store.entity_list_mark(&list, &access).await?;
    let tag = format!("W/\"{}\"", openrosa::md5(format!("csv:{mark}").as_bytes()));
    viewer.saw(&app, &list.id).await;
    let body = streamed(&app, &list, of(access), Sheet::Whole);
    Ok((csv_headers(&name), [(header::ETAG, tag)], body).into_response())
}

#[derive(Deserialize)]
pub(super) struct PlaceQuery {
    fieldpath: Option<String>,
    limit: Option<u64>,
    deleted: Option<String>,
}

/// Which entities a map shows, as the address says: each parameter may stand several times.
struct Shown {
    creators: Vec<i64>,
    conflicts: Vec<Option<EntityConflict>>,
    /// Made from and until, in milliseconds; both belong to it.
    from: i64,
    until: i64,
}

impl Shown {
    fn read(parameters: &[(String, String)]) -> Result<Self, Problem> {
        let mut shown = Self { creators: Vec::new(), conflicts: Vec::new(), from: i64::MIN, until: i64::MAX };
        for (name, value) in parameters {
            let wrong = || Problem::unexpected_value(name, value);
            let at = || moment(value).map(Instant::as_millis).ok_or_else(wrong);
            match name.as_str() {
                "creatorId" => shown.creators.push(value.parse().map_err(|_| wrong())?),
                "conflict" => shown.conflicts.push(match value.as_str() {
                    "soft" => Some(EntityConflict::Soft),
                    "hard" => Some(EntityConflict::Hard),
                    "null" | "" => None,
                    _ => return Err(wrong()),
                }),
                "start__gt" => shown.from = shown.from.max(at()?.saturating_add(1)),
                "start__gte" => shown.from = shown.from.max(at()?),
                "end__lt" => shown.until = shown.until.min(at()?.saturating_sub(1)),
                "end__lte" => shown.until = shown.until.min(at()?),
                _ => {}
            }
        }
        Ok(shown)
    }

    fn shows(&self, row: &EntityRow) -> bool {
        (self.creators.is_empty() || self.creators.contains(&actor_number(&row.created_by)))
            && (self.conflicts.is_empty() || self.conflicts.contains(&row.conflict))
            && (self.from..=self.until).contains(&row.created_at.as_millis())
    }
}

/// The entities of a list that have a place, as GeoJSON: by the property named, else by the first that is one.
pub(super) async fn geojson(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name)): Path<(i64, String)>,
    Query(query): Query<PlaceQuery>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (list, access) = found_for(&app, &viewer, Verb::EntityList, project, &name).await?;
    let shown = Arc::new(Shown::read(&parameters)?);
    let filter = EntityFilter { deleted: query.deleted.as_deref() == Some("true"), ..of(access) };
    viewer.saw(&app, &list.id).await;
    let is_place = |kind| matches!(kind, FieldKind::Geopoint | FieldKind::Geotrace | FieldKind::Geoshape);
    let property = match &query.fieldpath {
        Some(path) => list.property(path.trim_start_matches('/')),
        None => list.property("geometry").or_else(|| list.properties.iter().find(|property| is_place(property.kind))),
    };
    let property = property.map(|property| property.name.clone()).unwrap_or_default();
    let left = query.limit.unwrap_or(u64::MAX);
    let start = (app, list, filter, property, shown, None::<i64>, left, true, false);
    let pages = futures::stream::try_unfold(start, |state| async move {
        let (app, list, filter, property, shown, before, mut left, is_first, is_done) = state;
        if is_done {
            return Ok::<_, std::io::Error>(None);
        }
        let rows = app.store.entity_rows(&list, &filter, before, PAGE).await;
        let rows = rows.map_err(std::io::Error::other)?;
        let mut is_last = rows.len() < PAGE as usize;
        let before = rows.last().map(|row| row.seq).or(before);
        let mut text =
            if is_first { "{\"type\":\"FeatureCollection\",\"features\":[".to_owned() } else { String::new() };
        let mut is_empty = is_first;
        for row in rows.iter().filter(|row| shown.shows(row)) {
            if left == 0 {
                is_last = true;
                break;
            }
            let Some(geometry) = row.data.get(&property).and_then(|value| geometry(value)) else { continue };
            let mut properties = json!({ "label": row.label, "__version": row.version });
            for (name, value) in &row.data {
                properties[name] = value.clone().into();
            }
            let feature = json!({ "type": "Feature", "id": row.id, "geometry": geometry, "properties": properties });
            let comma = if is_empty { "" } else { "," };
            is_empty = false;
            left -= 1;
            let _ = write!(text, "{comma}{feature}");
        }
        let still_first = is_empty && !is_last;
        if is_last {
            text.push_str("]}");
        }
        Ok(Some((Bytes::from(text), (app, list, filter, property, shown, before, left, still_first, is_last))))
    });
    Ok(([(header::CONTENT_TYPE, "application/geo+json")], Body::from_stream(pages)).into_response())
}

/// A place as phones write it («latitude longitude height accuracy», several separated by semicolons) as GeoJSON.
fn geometry(text: &str) -> Option<Value> {
    let point = |part: &str| -> Option<Vec<f64>> {
        let numbers: Vec<f64> = part.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
        let (latitude, longitude) = (*numbers.first()?, *numbers.get(1)?);
        let is_on_earth = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        let height = numbers.get(2).filter(|height| height.is_finite() && **height != 0.0);
        is_on_earth.then(|| [longitude, latitude].into_iter().chain(height.copied()).collect())
    };
    let parts: Vec<&str> = text.split(';').map(str::trim).filter(|part| !part.is_empty()).collect();
    let points: Vec<Vec<f64>> = parts.into_iter().map(point).collect::<Option<_>>()?;
    match points.as_slice() {
        [] => None,
        [one] => Some(json!({ "type": "Point", "coordinates": one })),
        [first, .., last] if points.len() >= 4 && first == last => {
            Some(json!({ "type": "Polygon", "coordinates": [points] }))
        }
        _ => Some(json!({ "type": "LineString", "coordinates": points })),
    }
}

#[derive(Deserialize)]
pub(super) struct ChangesQuery {
    since: Option<String>,
    limit: Option<u32>,
}

/// What changed in a list since a client asked last, for clients that keep a copy. Nothing known, everything comes.
pub(super) async fn changes(
    State(app): State<App>,
    sender: Sender,
    Path(named): Path<Named>,
    Query(query): Query<ChangesQuery>,
) -> Result<Json<Value>, Problem> {
    let (list, access) = shared(&app, &sender, &named.list).await?;
    // A client whose rights changed, or the areas themselves, begins anew: it cannot know what it must forget.
    let atlas = match &access.areas {
        Some(_) => app.store.atlas_edition(&sender.operation.admin0).await?,
        None => 0,
    };
    let rights = &openrosa::md5(format!("{}:{access:?}:{atlas}", list.id).as_bytes())[..8];
    let since = query.since.as_deref().and_then(|since| since.strip_prefix(rights)?.strip_prefix('-')?.parse().ok());
    let limit = query.limit.unwrap_or(PAGE).clamp(1, 5000);
    let delta = app.store.entity_changes(&list, &access, since.unwrap_or(Mark::default()), limit).await?;
    let rows: Vec<Value> = delta
        .rows
        .iter()
        .map(|row| json!({ "uuid": row.id, "version": row.version, "label": row.label, "data": row.data }))
        .collect();
    Ok(Json(json!({
        "reset": since.is_none(), "changes": rows, "gone": if since.is_none() { Vec::new() } else { delta.gone },
        "next": format!("{rights}-{}", delta.next), "more": delta.more,
    })))
}

#[derive(Deserialize)]
pub(super) struct IntegrityQuery {
    id: Option<String>,
}

/// Whether entities that a phone knows are still there.
pub(super) async fn integrity(
    State(app): State<App>,
    sender: Sender,
    Path(named): Path<Named>,
    Query(query): Query<IntegrityQuery>,
) -> Result<Response, Problem> {
    let (list, _) = shared(&app, &sender, &named.list).await?;
    let asked = query.id.unwrap_or_default();
    let ids: Vec<EntityId> = asked.split(',').filter_map(|id| id.trim().parse().ok()).take(10_000).collect();
    if ids.is_empty() {
        return Err(Problem::missing("id"));
    }
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<data>\n  <entities>\n");
    for state in app.store.entity_states(&list, &ids).await? {
        // The ids were read as UUIDs: nothing in them needs escaping.
        let _ = writeln!(
            xml,
            "    <entity id=\"{}\">\n      <deleted>{}</deleted>\n    </entity>",
            state.id, state.deleted
        );
    }
    xml.push_str("  </entities>\n</data>");
    let about = [(header::CONTENT_TYPE, "text/xml; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    Ok((about, xml).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_drawn_as_what_they_are() {
        let kind = |text: &str| geometry(text).map_or("none".to_owned(), |shape| shape.to_string());
        assert_eq!(kind("18.5 -72.3 0 0"), r#"{"type":"Point","coordinates":[-72.3,18.5]}"#);
        assert_eq!(
            kind("18.5 -72.3 12.5 4;18.6 -72.4"),
            r#"{"type":"LineString","coordinates":[[-72.3,18.5,12.5],[-72.4,18.6]]}"#
        );
        assert_eq!(
            kind("0 0;0 1;1 1;0 0"),
            r#"{"type":"Polygon","coordinates":[[[0.0,0.0],[1.0,0.0],[1.0,1.0],[0.0,0.0]]]}"#
        );
        for nowhere in ["", "north", "91 0", "0 NaN", "1"] {
            assert_eq!(kind(nowhere), "none", "{nowhere}");
        }
    }
}
