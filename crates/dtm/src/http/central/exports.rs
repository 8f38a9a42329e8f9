//! Submissions as files: CSV, a zip of CSV and media, GeoJSON. All of them are streams.

use super::odata::{refused, stream};
use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem};
use crate::journey::archive::{self, Archive};
use crate::journey::export::{Rows, Sent, Source, taken_apart, with_deleted_fields};
use crate::journey::opening::Keyring;
use crate::world;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dtm_capture::flat::Look;
use dtm_capture::geo_features::GeoFields;
use dtm_capture::instance::{Instance, Shape};
use dtm_capture::odata::{Facts, Moment, Options, RowWriter, Selection, Table, boolean};
use dtm_model::Instant;
use dtm_publish::page::links;
use dtm_store::{Column, Condition, Form, Trash};
use percent_encoding::percent_decode_str;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tokio::sync::mpsc;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/forms/{form}/submissions.csv", get(csv).post(csv))
        .route("/v1/projects/{project}/forms/{form}/submissions.csv.zip", get(zip).post(zip))
        .route("/v1/projects/{project}/forms/{form}/submissions.geojson", get(geojson))
        .route("/v1/projects/{project}/forms/{form}/draft/submissions.csv", get(draft_csv).post(draft_csv))
        .route("/v1/projects/{project}/forms/{form}/draft/submissions.csv.zip", get(draft_zip).post(draft_zip))
        .route("/v1/projects/{project}/forms/{form}/draft/submissions.geojson", get(draft_geojson))
}

type Named = Path<(i64, String)>;
type Parameters = Query<Vec<(String, String)>>;

/// What an export is asked for: in the address, and in a body the secrets of keys, so that no log of addresses has them.
struct Asked(Vec<(String, String)>);

impl FromRequest<App> for Asked {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let asked = request.uri().query().unwrap_or_default();
        let mut parameters: Vec<(String, String)> = form_fields(asked);
        if request.method() == Method::POST {
            let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            let is_json = kind.is_some_and(|kind| kind.starts_with("application/json"));
            let body = Bytes::from_request(request, app).await.map_err(|_| Problem::cut_off())?;
            parameters.extend(match is_json {
                true => json_fields(&body)?,
                false => form_fields(&String::from_utf8_lossy(&body)),
            });
        }
        Ok(Self(parameters))
    }
}

fn form_fields(text: &str) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(n, v)| (decode(n), decode(v))).collect()
}

fn json_fields(body: &[u8]) -> Result<Vec<(String, String)>, Problem> {
    if body.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    let fields: BTreeMap<String, serde_json::Value> = serde_json::from_slice(body).map_err(|_| {
        Problem::bad_request("not_json", "The body is not a JSON object.", "Le corps n’est pas un objet JSON.")
    })?;
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(fields.into_iter().map(|(name, value)| (name, text(value))).collect())
}

/// The keys that this person's session has open, and those whose passphrases or private keys are given by their number.
async fn keys(app: &App, viewer: &Viewer, form: &Form, parameters: &[(String, String)]) -> Result<Keyring, Problem> {
    let mut ring = viewer.keys(app, form, "export").await?;
    let secrets: HashMap<i64, &String> = parameters
        .iter()
        .filter(|(_, secret)| !secret.is_empty())
        .filter_map(|(name, secret)| Some((name.parse().ok()?, secret)))
        .collect();
    if secrets.is_empty() {
        return Ok(ring);
    }
    for key in app.store.keys_of_form(&form.id).await? {
        // As in Central, what is said of a key that the form does not have opens nothing and hinders nothing.
        let Some(secret) = secrets.get(&super::number(&key.id)) else { continue };
        viewer.may(Verb::SubmissionUnlock, On::Form(&form.operation, &form.id))?;
        // Guesses are counted as those of passwords are.
        app.guess(&format!("key:{}", key.id), &viewer.user.id.to_string())?;
        let on = format!("{}/export", form.id);
        if !ring.add(&app.store, &key, (*secret).clone(), &on, &viewer.stamp()).await? {
            return Err(Problem::undecryptable());
        }
        app.guessed(&format!("key:{}", key.id), &viewer.user.id.to_string());
    }
    Ok(ring)
}

async fn csv(app: State<App>, viewer: Viewer, form: Named, asked: Asked) -> Result<Response, Problem> {
    tables(app.0, viewer, form.0, asked.0, false, true).await
}

async fn zip(app: State<App>, viewer: Viewer, form: Named, asked: Asked) -> Result<Response, Problem> {
    tables(app.0, viewer, form.0, asked.0, false, false).await
}

async fn draft_csv(app: State<App>, viewer: Viewer, form: Named, asked: Asked) -> Result<Response, Problem> {
    tables(app.0, viewer, form.0, asked.0, true, true).await
}

async fn draft_zip(app: State<App>, viewer: Viewer, form: Named, asked: Asked) -> Result<Response, Problem> {
    tables(app.0, viewer, form.0, asked.0, true, false).await
}

async fn geojson(app: State<App>, viewer: Viewer, form: Named, parameters: Parameters) -> Result<Response, Problem> {
    features(app.0, viewer, form.0, parameters.0, false).await
}

async fn draft_geojson(
    app: State<App>,
    viewer: Viewer,
    form: Named,
    parameters: Parameters,
) -> Result<Response, Problem> {
    features(app.0, viewer, form.0, parameters.0, true).await
}

/// The header that names a file to keep.
fn named(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|char| if char.is_ascii_graphic() && !"\"\\/:*?<>|".contains(char) { char } else { '_' })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", links::encode(name))
}

async fn tables(
    app: App,
    viewer: Viewer,
    (project, form): (i64, String),
    parameters: Vec<(String, String)>,
    draft: bool,
    root_only: bool,
) -> Result<Response, Problem> {
    let (form, scope) = super::scoped(&app, &viewer, Verb::SubmissionRead, project, &form).await?;
    let keys = keys(&app, &viewer, &form, &parameters).await?;
    let source = Source::open(&app, &form, scope, keys, draft, world::now()).await?;
    let given = |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let is = |name: &str| given(name).is_some_and(boolean);
    let is_not = |name: &str| given(name).is_some_and(|value| value.eq_ignore_ascii_case("false"));
    let current = source.schemas.first().ok_or_else(Problem::not_found)?;
    let schema = if is("deletedFields") { with_deleted_fields(&source.schemas) } else { current.clone() };
    let shape = Arc::new(Shape::of(&schema));
    // Of OData only the filter means something here.
    let filter: Vec<(String, String)> = parameters.iter().filter(|(name, _)| name == "$filter").cloned().collect();
    let options = Options::read(&filter, &Table { shape: &shape, repeat: None }).map_err(|error| refused(&error))?;
    let asked = taken_apart(source.all(), options.filter.as_ref(), false);
    let look = Look {
        group_paths: !is_not("groupPaths"),
        split: is("splitSelectMultiples").then(Default::default),
        labels: given("labels").filter(|lang| !lang.is_empty()).map(str::to_owned),
        for_people: is("spreadsheet"),
    };
    viewer.saw(&app, format!("{}/export", form.id)).await;
    let with_media = !root_only && !is_not("attachments");
    let name = match (root_only, with_media) {
        (true, _) => format!("{}.csv", form.xml_form_id),
        (false, false) => format!("{}.csv.zip", form.xml_form_id),
        (false, true) => format!("{}.zip", form.xml_form_id),
    };
    let kind = if root_only { "text/csv; charset=utf-8" } else { "application/zip" };
    let (sender, receiver) = mpsc::channel(8);
    let archive = Archive {
        app,
        source: Arc::new(source),
        shape,
        schema,
        look,
        from: asked.source,
        rest: asked.rest,
        now: Moment(world::now().as_millis()),
        with_media,
    };
    tokio::task::spawn_blocking(move || {
        let written = if root_only { archive.write_csv(&sender) } else { archive.write_zip(&sender) };
        archive::end(written, &sender);
    });
    Ok(([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, named(&name))], stream(receiver))
        .into_response())
}

/// The conditions that the parameters of a map say.
fn conditions(parameters: &[(String, String)]) -> Result<(Vec<Condition>, Trash), Problem> {
    let all = |name: &str| -> Vec<&str> {
        parameters.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    };
    let mut conditions = Vec::new();
    let mut any = |values: Vec<&str>, make: &dyn Fn(&str) -> Result<Condition, Problem>| {
        if !values.is_empty() {
            conditions.push(Condition::Any(values.into_iter().map(make).collect::<Result<_, _>>()?));
        }
        Ok::<(), Problem>(())
    };
    any(all("submissionID"), &|id| Ok(Condition::Text(Column::InstanceId, true, id.to_owned())))?;
    any(all("submitterId"), &|id| {
        let number: i64 = id.parse().map_err(|_| Problem::unexpected_value("submitterId", id))?;
        Ok(Condition::Text(Column::SubmitterEnd, true, format!("-{number:012x}")))
    })?;
    any(all("reviewState"), &|state| {
        Ok(match state {
            "received" | "null" | "" => Condition::Known(Column::ReviewState, false),
            state => Condition::Text(Column::ReviewState, true, state.to_owned()),
        })
    })?;
    for (name, how) in [("start__gt", ">"), ("start__gte", ">="), ("end__lt", "<"), ("end__lte", "<=")] {
        for text in all(name) {
            let at = moment(text).ok_or_else(|| Problem::unexpected_value(name, text))?;
            conditions.push(Condition::Number(Column::CreatedAt, how, at.as_millis()));
        }
    }
    let trash = if all("deleted").first().is_some_and(|value| boolean(value)) { Trash::Only } else { Trash::Without };
    Ok((conditions, trash))
}

/// A moment as an address says it: a plus sign in it may have become a blank.
pub(super) fn moment(text: &str) -> Option<Instant> {
    let text = text.replace(' ', "+");
    let at = chrono::DateTime::parse_from_rfc3339(&text).map(|at| at.timestamp_millis());
    let day = || chrono::NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok();
    at.ok()
        .or_else(|| Some(day()?.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis()))
        .map(Instant::from_millis)
}

async fn features(
    app: App,
    viewer: Viewer,
    (project, form): (i64, String),
    parameters: Vec<(String, String)>,
    draft: bool,
) -> Result<Response, Problem> {
    let (form, scope) = super::scoped(&app, &viewer, Verb::SubmissionRead, project, &form).await?;
    let keys = viewer.keys(&app, &form, "map").await?;
    let source = Arc::new(Source::open(&app, &form, scope, keys, draft, world::now()).await?);
    let shape = Arc::new(Shape::of(source.schemas.first().ok_or_else(Problem::not_found)?));
    let paths: Vec<String> =
        parameters.iter().filter(|(name, _)| name == "fieldpath").map(|(_, value)| value.clone()).collect();
    let fields =
        GeoFields::find(&shape, &paths).ok_or_else(|| Problem::unexpected_value("fieldpath", &paths.join(", ")))?;
    let filter: Vec<(String, String)> = parameters.iter().filter(|(name, _)| name == "$filter").cloned().collect();
    let options = Options::read(&filter, &Table { shape: &shape, repeat: None }).map_err(|error| refused(&error))?;
    let mut asked = taken_apart(source.all(), options.filter.as_ref(), false);
    let (more, trash) = conditions(&parameters)?;
    asked.source.conditions.extend(more);
    if asked.source.trash == Trash::Without {
        asked.source.trash = trash;
    }
    let limit = parameters.iter().find(|(name, _)| name == "limit").map(|(_, value)| value.as_str());
    let limit =
        limit.map(|text| text.parse::<u64>().map_err(|_| Problem::unexpected_value("limit", text))).transpose()?;
    viewer.saw(&app, format!("{}/map", form.id)).await;
    let (sender, receiver) = mpsc::channel::<Result<Bytes, Problem>>(8);
    let mut portions = source.read(Rows::Newest { source: asked.source, before: None, skip: 0, limit: None });
    let now = Moment(world::now().as_millis());
    tokio::task::spawn_blocking(move || {
        let selection = Selection::all();
        let writer = RowWriter { shape: &shape, repeat: None, wkt: false, expand: false, selection: &selection };
        let mut instance = Instance::default();
        let (mut n_written, limit) = (0_u64, limit.unwrap_or(u64::MAX));
        let mut piece = b"{\"type\":\"FeatureCollection\",\"features\":[".to_vec();
        while let Some(portion) = portions.blocking_recv() {
            let portion: Vec<Sent> = match portion {
                Ok(portion) => portion,
                Err(error) => {
                    let _ = sender.blocking_send(Err(error.into()));
                    return;
                }
            };
            for one in &portion {
                if n_written >= limit || !one.read(&mut instance, &shape) {
                    continue;
                }
                let value = |field| writer.value(field, &instance, &one.system, None);
                if !asked.rest.iter().all(|part| part.wants(&Facts { value: &value, now })) {
                    continue;
                }
                if let Some(feature) = fields.feature(&shape, &instance, &one.system.instance_id) {
                    if n_written > 0 {
                        piece.push(b',');
                    }
                    piece.extend(feature.bytes());
                    n_written += 1;
                }
            }
            if n_written >= limit {
                break;
            }
            if piece.len() > 1 << 16 && sender.blocking_send(Ok(std::mem::take(&mut piece).into())).is_err() {
                return;
            }
        }
        piece.extend(b"]}");
        let _ = sender.blocking_send(Ok(piece.into()));
    });
    Ok(([(header::CONTENT_TYPE, "application/geo+json; charset=utf-8")], stream(receiver)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_is_harmless_whatever_the_form_is_called() {
        assert_eq!(named("simple.zip"), "attachment; filename=\"simple.zip\"; filename*=UTF-8''simple.zip");
        assert_eq!(
            named("a\"b/é\r\n.csv"),
            "attachment; filename=\"a_b____.csv\"; filename*=UTF-8''a%22b%2F%C3%A9%0D%0A.csv"
        );
    }

    #[test]
    fn moments_of_a_map_are_read_as_addresses_write_them() {
        let noon = Some(Instant::from_millis(1_768_478_400_000));
        for text in ["2026-01-15T12:00:00.000Z", "2026-01-15T14:00:00+02:00", "2026-01-15T14:00:00 02:00"] {
            assert_eq!(moment(text), noon);
        }
        assert_eq!(moment("soon"), None);
    }
}
