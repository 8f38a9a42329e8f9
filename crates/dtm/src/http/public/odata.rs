//! OData 4.0 of what is published, for Power BI, Excel and Tableau.
//!
//! `/odata/{operation}` is a service; each dataset is a set of its own, flat, with typed properties and a key, no
//! `$expand` (its clients fail on it). Pages are driven by the server and stable: a page's token names the moment of the first
//! page, and releases do not change. Source: OASIS OData 4.01 parts 1 and 2; PUBLISH.md §3.3.

use super::{Published, read_in_background};
use crate::http::problem::Problem;
use crate::http::{App, reader_language};
use crate::journey::edition;
use crate::world;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dtm_capture::odata::{self, Expression, Facts, Field, Moment, QueryError, Value};
use dtm_model::{Instant, Lang, Text};
use dtm_publish::dataset::{self, Column, Dataset, Datum, Form, Kind, Row};
use serde_json::{Value as Json_, json};
use std::fmt::Write;

/// Rows of a page where the client does not ask for fewer.
const PAGE: usize = 5_000;
/// The name of the key: the release, and the number of the row in it.
const KEY: &str = "_id";
const VERSION: (HeaderName, HeaderValue) = (HeaderName::from_static("odata-version"), HeaderValue::from_static("4.0"));

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/odata/{operation}", get(service))
        .route("/odata/{operation}/", get(service))
        .route("/odata/{operation}/{set}", get(resource))
        .route("/odata/{operation}/{set}/{inside}", get(inside))
}

type Parameters = Query<Vec<(String, String)>>;

fn root(app: &App, headers: &HeaderMap, operation: &str) -> String {
    format!("{}/odata/{operation}", app.base_url(headers))
}

/// The service document: every set with its title.
async fn service(
    State(app): State<App>,
    Path(operation): Path<String>,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    negotiate(&headers, &parameters, false)?;
    let published = Published::now(&app, &operation).await?;
    let lang = reader_language(&headers);
    let root = root(&app, &headers, &operation);
    let sets = datasets(&published)?;
    let sets: Vec<Json_> = sets
        .iter()
        .map(
            |set| json!({ "name": set.name(), "title": set.title().get(lang), "kind": "EntitySet", "url": set.name() }),
        )
        .collect();
    Ok(json_answer(json!({ "@odata.context": format!("{root}/$metadata"), "value": sets })))
}

fn json_answer(body: Json_) -> Response {
    let kind = HeaderValue::from_static("application/json; charset=utf-8; odata.metadata=minimal");
    let mut response = Json(body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response.headers_mut().insert(VERSION.0, VERSION.1);
    response
}

fn datasets(published: &Published) -> Result<Vec<Dataset<'_>>, Problem> {
    dataset::all(&published.releases(), &published.edition.atlas, &Form::every_language()).map_err(Problem::internal)
}

/// `$metadata`, `$batch` that is not offered, a Power BI file, a set, or one row of a set by its key.
async fn resource(
    State(app): State<App>,
    Path((operation, set)): Path<(String, String)>,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let lang = reader_language(&headers);
    if set == "$metadata" {
        negotiate(&headers, &parameters, true)?;
        let published = Published::now(&app, &operation).await?;
        let body = metadata(&datasets(&published)?, lang);
        return Ok(([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], [VERSION], body).into_response());
    }
    if set == "powerbi.pbids" {
        Published::now(&app, &operation).await?;
        return Ok(power_bi(&root(&app, &headers, &operation), &operation));
    }
    negotiate(&headers, &parameters, false)?;
    match set.split_once('(') {
        Some((name, key)) => {
            let key = key.strip_suffix(')').and_then(text_literal).ok_or_else(Problem::not_found)?;
            one(&app, &operation, name, &key, &parameters, &headers).await
        }
        None => rows(&app, operation, set, parameters, &headers, Wanted::Rows).await,
    }
}

/// The text of a literal in single quotes.
fn text_literal(literal: &str) -> Option<String> {
    let literal = literal.strip_prefix(KEY).and_then(|rest| rest.strip_prefix('=')).unwrap_or(literal);
    Some(literal.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"))
}

/// The number of rows of a set, as text.
async fn inside(
    State(app): State<App>,
    Path((operation, set, inside)): Path<(String, String, String)>,
    Query(parameters): Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    match inside.as_str() {
        "$count" => rows(&app, operation, set, parameters, &headers, Wanted::Count).await,
        _ => Err(Problem::not_found()),
    }
}

/// A file that opens Power BI on this service.
fn power_bi(root: &str, operation: &str) -> Response {
    let address = json!({ "url": root });
    let connection = json!({ "details": { "protocol": "odata", "address": address }, "mode": "Import" });
    let body = json!({ "version": "0.1", "connections": [connection] });
    let name: String = operation.chars().filter(char::is_ascii_alphanumeric).collect();
    let about = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"dtm-{name}.pbids\"")),
    ];
    (about, body.to_string()).into_response()
}

/// Refuses a client that cannot read version 4 or asks for another format.
fn negotiate(headers: &HeaderMap, parameters: &[(String, String)], xml: bool) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if text("odata-maxversion").and_then(|version| version.parse::<f64>().ok()).is_some_and(|version| version < 4.0) {
        return Err(Problem::bad_request(
            "odata_version",
            "This service speaks OData 4.0 and later.",
            "Ce service parle OData 4.0 ou plus récent.",
        ));
    }
    let format = parameters.iter().find(|(name, _)| name == "$format").map(|(_, value)| value.as_str());
    let wanted = format.or(text("accept")).unwrap_or("*/*");
    let (named, allowed) = if xml { ("xml", "application/xml") } else { ("json", "application/json") };
    if wanted.is_empty() || wanted.contains(named) || wanted.contains("*/*") {
        return Ok(());
    }
    // A client that takes Atom first and anything after it gets what there is.
    let wanted: String = wanted.chars().take(100).collect();
    Err(Problem::new(
        StatusCode::NOT_ACCEPTABLE,
        "odata_format",
        406.1,
        Text::both(
            format!("This resource is given as {allowed} only, not as {wanted}."),
            format!("Cette ressource n’existe qu’en {allowed}, pas en {wanted}."),
        ),
    ))
}

fn edm_type(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Choice(_) => "Edm.String",
        Kind::Integer => "Edm.Int64",
        Kind::Decimal => "Edm.Double",
        Kind::Date => "Edm.Date",
        Kind::Flag => "Edm.Boolean",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The `$metadata` document: one type a set, what each property says in the reader's language.
fn metadata(sets: &[Dataset<'_>], lang: Lang) -> String {
    const DESCRIPTION: &str = "Org.OData.Core.V1.Description";
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<edmx:Edmx xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\" Version=\"4.0\">\n  <edmx:DataServices>\n    <Schema xmlns=\"http://docs.oasis-open.org/odata/ns/edm\" Namespace=\"dtm\">\n",
    );
    for set in sets {
        let _ = writeln!(out, "      <EntityType Name=\"{}\">", set.name());
        let _ = writeln!(out, "        <Key><PropertyRef Name=\"{KEY}\"/></Key>");
        let _ = writeln!(out, "        <Property Name=\"{KEY}\" Type=\"Edm.String\" Nullable=\"false\"/>");
        for column in set.columns() {
            let _ = writeln!(
                out,
                "        <Property Name=\"{}\" Type=\"{}\"><Annotation Term=\"{DESCRIPTION}\" String=\"{}\"/></Property>",
                column.name,
                edm_type(&column.kind),
                escaped(column.label.get(lang)),
            );
        }
        out.push_str("      </EntityType>\n");
    }
    out.push_str("      <EntityContainer Name=\"Container\">\n");
    for set in sets {
        let _ = writeln!(out, "        <EntitySet Name=\"{0}\" EntityType=\"dtm.{0}\">", set.name());
        let about = format!("{}. {}", set.title().get(lang), set.how_to_sum().get(lang));
        let _ = writeln!(out, "          <Annotation Term=\"{DESCRIPTION}\" String=\"{}\"/>", escaped(&about));
        out.push_str(CAPABILITIES);
        out.push_str("        </EntitySet>\n");
    }
    out.push_str("      </EntityContainer>\n    </Schema>\n  </edmx:DataServices>\n</edmx:Edmx>\n");
    out
}

/// What every set can do, and that nothing in it can be changed.
const CAPABILITIES: &str = r#"          <Annotation Term="Org.OData.Capabilities.V1.CountRestrictions"><Record><PropertyValue Property="Countable" Bool="true"/></Record></Annotation>
          <Annotation Term="Org.OData.Capabilities.V1.ExpandRestrictions"><Record><PropertyValue Property="Expandable" Bool="false"/></Record></Annotation>
          <Annotation Term="Org.OData.Capabilities.V1.InsertRestrictions"><Record><PropertyValue Property="Insertable" Bool="false"/></Record></Annotation>
          <Annotation Term="Org.OData.Capabilities.V1.UpdateRestrictions"><Record><PropertyValue Property="Updatable" Bool="false"/></Record></Annotation>
          <Annotation Term="Org.OData.Capabilities.V1.DeleteRestrictions"><Record><PropertyValue Property="Deletable" Bool="false"/></Record></Annotation>
"#;

/// Whether rows are wanted or their number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Rows,
    Count,
}

/// The options of a request, read against the columns of a set.
struct Options {
    filter: Option<Expression>,
    order_by: Vec<(usize, bool)>,
    /// Columns to write, by position; the key is column [`usize::MAX`].
    select: Vec<usize>,
    selected: Option<String>,
    top: Option<usize>,
    skip: usize,
    count: bool,
}

/// The position of the key among columns.
const OF_KEY: usize = usize::MAX;
/// Longer expressions and lists are nobody's query.
const LONGEST: usize = 8_000;

fn wrong(en: impl Into<String>, fr: impl Into<String>) -> Problem {
    Problem::bad_request("odata_option", en, fr)
}

impl Options {
    fn read(parameters: &[(String, String)], columns: &[Column]) -> Result<Options, Problem> {
        const KNOWN: [&str; 8] = ["$filter", "$orderby", "$select", "$top", "$skip", "$count", "$format", "$skiptoken"];
        for (at, (name, value)) in parameters.iter().enumerate() {
            let odd: String = name.chars().take(60).collect();
            if name.starts_with('$') && !KNOWN.contains(&name.as_str()) {
                return Err(wrong(
                    format!("The option {odd} is not offered: options are {}.", KNOWN.join(", ")),
                    format!("L’option {odd} n’est pas proposée : les options sont {}.", KNOWN.join(", ")),
                ));
            }
            if name.starts_with('$') && parameters[..at].iter().any(|(other, _)| other == name) {
                return Err(wrong(
                    format!("The option {odd} is given twice."),
                    format!("L’option {odd} est donnée deux fois."),
                ));
            }
            if value.len() > LONGEST {
                return Err(wrong(
                    format!("The option {odd} is too long."),
                    format!("L’option {odd} est trop longue."),
                ));
            }
        }
        let given = |name: &str| {
            let found = parameters.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
        };
        let position = |name: &str| match name {
            KEY => Some(OF_KEY),
            name => columns.iter().position(|column| column.name == name),
        };
        let no_such = |name: &str| {
            let name: String = name.chars().take(60).collect();
            let known = columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
            wrong(
                format!("There is no property {name}: properties are {known}."),
                format!("Il n’y a pas de propriété {name} : les propriétés sont {known}."),
            )
        };
        let whole = |name: &str| match given(name).map(str::parse::<usize>) {
            None => Ok(None),
            Some(Ok(number)) => Ok(Some(number)),
            Some(Err(_)) => Err(wrong(
                format!("{name} must be a whole number, 0 or larger."),
                format!("{name} doit être un nombre entier, 0 ou plus."),
            )),
        };
        let find = |name: &str| position(name).map(|at| if at == OF_KEY { Field::Id } else { Field::Answer(at) });
        let filter = given("$filter").map(|text| odata::parse(text, &find)).transpose().map_err(|error| {
            let error = QueryError::Filter(error);
            wrong(error.message(Lang::En), error.message(Lang::Fr))
        })?;
        let mut order_by = Vec::new();
        for part in given("$orderby").into_iter().flat_map(|text| text.split(',')) {
            let mut words = part.split_whitespace();
            let at = words.next().ok_or_else(|| no_such(""))?;
            let at = position(at).ok_or_else(|| no_such(at))?;
            let descending = match (words.next(), words.next()) {
                (None | Some("asc"), None) => false,
                (Some("desc"), None) => true,
                _ => {
                    return Err(wrong(
                        "$orderby takes properties, each with asc or desc behind it.",
                        "$orderby prend des propriétés, suivies de asc ou desc.",
                    ));
                }
            };
            order_by.push((at, descending));
        }
        let selected = given("$select").filter(|names| *names != "*");
        let select = match selected {
            None => std::iter::once(OF_KEY).chain(0..columns.len()).collect(),
            Some(names) => {
                let names = names.split(',').map(str::trim);
                names.map(|name| position(name).ok_or_else(|| no_such(name))).collect::<Result<_, _>>()?
            }
        };
        let count = match given("$count") {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(wrong("$count is true or false.", "$count vaut true ou false.")),
        };
        let selected = selected.map(|names| names.split(',').map(str::trim).collect::<Vec<_>>().join(","));
        Ok(Options {
            filter,
            order_by,
            select,
            selected,
            top: whole("$top")?,
            skip: whole("$skip")?.unwrap_or(0),
            count,
        })
    }
}

/// Where a page begins: so many rows into what was published at this moment.
struct SkipToken {
    at: Instant,
    offset: usize,
}

impl SkipToken {
    fn write(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}.{}", self.at.as_millis(), self.offset))
    }

    fn read(text: &str) -> Option<SkipToken> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (at, offset) = text.split_once('.')?;
        let (at, offset) = (at.parse().ok()?, offset.parse().ok()?);
        (0..=4_102_444_800_000).contains(&at).then(|| SkipToken { at: Instant::from_millis(at), offset })
    }
}

/// How many rows the client wants of a page at most (`Prefer: odata.maxpagesize`).
fn page_size(headers: &HeaderMap) -> usize {
    let preferred = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    let sizes = preferred.flat_map(|text| text.split([',', ';'])).filter_map(|part| {
        let (name, size) = part.split_once('=')?;
        ["odata.maxpagesize", "maxpagesize"].contains(&name.trim()).then(|| size.trim().parse::<usize>().ok())?
    });
    sizes.filter(|size| *size > 0).min().map_or(PAGE, |size| size.min(PAGE))
}

/// A row with its key: the release and the number of the row in it.
struct Keyed<'a> {
    release: usize,
    number: usize,
    row: Row<'a>,
}

fn keyed<'a>(set: &Dataset<'a>) -> impl Iterator<Item = Keyed<'a>> + use<'a> {
    let mut last = (usize::MAX, 0);
    set.rows().map(move |row| {
        last = if last.0 == row.release { (last.0, last.1 + 1) } else { (row.release, 0) };
        Keyed { release: last.0, number: last.1, row }
    })
}

impl Keyed<'_> {
    fn key(&self, set: &Dataset<'_>) -> String {
        format!("{}.{}", set.releases()[self.release].id(), self.number)
    }

    fn value(&self, at: usize, set: &Dataset<'_>) -> Value<'static> {
        let Some(cell) = self.row.cells.get(at) else { return Value::Text(self.key(set).into()) };
        match cell {
            Datum::Nothing => Value::Null,
            Datum::Integer(number) => Value::Int(*number),
            Datum::Decimal(number) => Value::Number(*number),
            Datum::Date(day) => Value::Date(*day),
            Datum::Flag(yes) => Value::Bool(*yes),
            text => Value::Text(text.plain(&set.columns()[at]).into_owned().into()),
        }
    }

    fn write(&self, out: &mut String, select: &[usize], set: &Dataset<'_>) {
        out.push('{');
        for (position, &at) in select.iter().enumerate() {
            if position > 0 {
                out.push(',');
            }
            let quoted = |text: &str| Json_::from(text).to_string();
            let Some(cell) = self.row.cells.get(at) else {
                let _ = write!(out, "\"{KEY}\":{}", quoted(&self.key(set)));
                continue;
            };
            let column = &set.columns()[at];
            let _ = write!(out, "\"{}\":", column.name);
            let _ = match cell {
                Datum::Nothing => write!(out, "null"),
                Datum::Integer(number) => write!(out, "{number}"),
                Datum::Decimal(number) => write!(out, "{}", Json_::from(*number)),
                Datum::Flag(yes) => write!(out, "{yes}"),
                text => write!(out, "{}", quoted(&text.plain(column))),
            };
        }
        out.push('}');
    }
}

/// The rows of a page.
struct Page {
    json: String,
    next: Option<usize>,
    count: Option<usize>,
}

fn read_page(set: &Dataset<'_>, options: &Options, offset: usize, size: usize, counted: bool, now: Instant) -> Page {
    let wants = |keyed: &Keyed<'_>| match &options.filter {
        None => true,
        Some(filter) => {
            let value = |field: Field| match field {
                Field::Answer(at) => keyed.value(at, set),
                _ => Value::Text(keyed.key(set).into()),
            };
            filter.wants(&Facts { value: &value, now: Moment(now.as_millis()) })
        }
    };
    let begin = options.skip.saturating_add(offset);
    let left = options.top.map_or(usize::MAX, |top| top.saturating_sub(offset));
    let take = size.min(left);
    let mut json = String::from("[");
    let (mut written, mut seen) = (0, 0);
    let mut put = |keyed: &Keyed<'_>| {
        if written > 0 {
            json.push(',');
        }
        json.push('\n');
        keyed.write(&mut json, &options.select, set);
        written += 1;
        written
    };
    let count;
    if options.order_by.is_empty() {
        for keyed in keyed(set).filter(wants) {
            if seen >= begin && seen - begin < take {
                put(&keyed);
            }
            seen += 1;
            // One more than the page tells that there is a next one.
            if !counted && seen > begin.saturating_add(take) {
                break;
            }
        }
        count = seen;
    } else {
        let mut sorted: Vec<(Vec<Value<'static>>, Keyed<'_>)> = keyed(set)
            .filter(wants)
            .map(|keyed| (options.order_by.iter().map(|(at, _)| keyed.value(*at, set)).collect(), keyed))
            .collect();
        sorted.sort_by(|(a, _), (b, _)| {
            let orders = a.iter().zip(b).zip(&options.order_by).map(|((a, b), (_, descending))| {
                let order = a.sort(b);
                if *descending { order.reverse() } else { order }
            });
            orders.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
        });
        count = sorted.len();
        for (_, keyed) in sorted.iter().skip(begin).take(take) {
            put(keyed);
        }
    }
    json.push_str("\n]");
    let next = (take == size && left > size && count > begin.saturating_add(size)).then(|| offset + size);
    Page { json, next, count: counted.then_some(count) }
}

async fn rows(
    app: &App,
    operation: String,
    name: String,
    parameters: Vec<(String, String)>,
    headers: &HeaderMap,
    wanted: Wanted,
) -> Result<Response, Problem> {
    let token = match parameters.iter().find(|(name, _)| name == "$skiptoken") {
        None => SkipToken { at: world::now(), offset: 0 },
        Some((_, text)) => SkipToken::read(text)
            .ok_or_else(|| wrong("This $skiptoken is none of ours.", "Ce $skiptoken n’est pas de ce service."))?,
    };
    let found = app.store.operation_by_slug(&operation).await?.ok_or_else(Problem::not_found)?;
    let edition = edition::at(app, &found, token.at).await?.ok_or_else(|| {
        Problem::new(
            StatusCode::GONE,
            "odata_withdrawn",
            410.1,
            Text::both(
                "Something was withdrawn while you read: begin again at the first page.",
                "Une diffusion a été retirée pendant la lecture : recommencez à la première page.",
            ),
        )
    })?;
    let published = Published { operation: found, edition };
    let (root, size) = (root(app, headers, &operation), page_size(headers));
    read_in_background(move || answer(&published, &name, &parameters, &root, token, size, wanted)).await
}

fn answer(
    published: &Published,
    name: &str,
    parameters: &[(String, String)],
    root: &str,
    token: SkipToken,
    size: usize,
    wanted: Wanted,
) -> Result<Response, Problem> {
    let set = dataset::of(name, &published.releases(), &published.edition.atlas, &Form::every_language());
    let set = set.map_err(Problem::internal)?.ok_or_else(Problem::not_found)?;
    let options = Options::read(parameters, set.columns())?;
    if wanted == Wanted::Count {
        // The number of all that fits, whatever page is asked for.
        let all = Options { skip: 0, top: None, order_by: Vec::new(), ..options };
        let count = read_page(&set, &all, 0, 0, true, token.at).count.unwrap_or(0);
        return Ok(
            ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], [VERSION], count.to_string()).into_response()
        );
    }
    let page = read_page(&set, &options, token.offset, size, options.count, token.at);
    let select = options.selected.as_ref().map(|names| format!("({names})")).unwrap_or_default();
    let mut body = format!("{{\"@odata.context\":{}", Json_::from(format!("{root}/$metadata#{name}{select}")));
    if let Some(count) = page.count {
        let _ = write!(body, ",\"@odata.count\":{count}");
    }
    let _ = write!(body, ",\"value\":{}", page.json);
    if let Some(offset) = page.next {
        let mut pairs = parameters.iter().filter(|(name, _)| name != "$skiptoken").map(pair).collect::<Vec<_>>();
        pairs.push(pair(&("$skiptoken".to_owned(), SkipToken { at: token.at, offset }.write())));
        let _ = write!(body, ",\"@odata.nextLink\":{}", Json_::from(format!("{root}/{name}?{}", pairs.join("&"))));
    }
    body.push_str("}\n");
    let kind = "application/json; charset=utf-8; odata.metadata=minimal";
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], [VERSION], body).into_response())
}

fn pair((name, value): &(String, String)) -> String {
    let encode = dtm_publish::page::links::encode;
    format!("{}={}", encode(name).replace("%24", "$"), encode(value))
}

/// One row by its key.
async fn one(
    app: &App,
    operation: &str,
    name: &str,
    key: &str,
    parameters: &[(String, String)],
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let published = Published::now(app, operation).await?;
    let root = root(app, headers, operation);
    let set = dataset::of(name, &published.releases(), &published.edition.atlas, &Form::every_language());
    let set = set.map_err(Problem::internal)?.ok_or_else(Problem::not_found)?;
    let options = Options::read(parameters, set.columns())?;
    let (release, number) = key.rsplit_once('.').ok_or_else(Problem::not_found)?;
    let number: usize = number.parse().map_err(|_| Problem::not_found())?;
    let of = set.releases().iter().position(|known| known.id().to_string() == release);
    let of = of.ok_or_else(Problem::not_found)?;
    let found = keyed(&set).find(|keyed| keyed.release == of && keyed.number == number);
    let found = found.ok_or_else(Problem::not_found)?;
    let mut row = String::new();
    found.write(&mut row, &options.select, &set);
    let context = Json_::from(format!("{root}/$metadata#{name}/$entity"));
    let body = format!("{{\"@odata.context\":{context},{}", row.strip_prefix('{').unwrap_or("}"));
    let kind = "application/json; charset=utf-8; odata.metadata=minimal";
    Ok(([(header::CONTENT_TYPE, kind)], [VERSION], body).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_when_reading_began_and_how_far_it_came() {
        let token = SkipToken { at: Instant::from_millis(1_732_300_000_000), offset: 5_000 };
        let read = SkipToken::read(&token.write()).unwrap();
        assert_eq!((read.at, read.offset), (token.at, token.offset));
        for odd in ["", "!!", "eHg", "MS4tMQ", "OTk5OTk5OTk5OTk5OTk5OTk5LjA"] {
            assert!(SkipToken::read(odd).is_none(), "{odd}");
        }
    }

    #[test]
    fn a_client_may_ask_for_smaller_pages_but_not_for_larger_ones() {
        let with = |prefer: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("prefer", HeaderValue::from_static(prefer));
            page_size(&headers)
        };
        assert_eq!(with("odata.maxpagesize=100"), 100);
        assert_eq!(with("return=minimal; maxpagesize=7"), 7);
        assert_eq!(with("odata.maxpagesize=1000000"), PAGE);
        assert_eq!(with("odata.maxpagesize=0"), PAGE);
        assert_eq!(with("odata.maxpagesize=-3"), PAGE);
    }
}
