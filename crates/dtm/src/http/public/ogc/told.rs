//! What the API says of itself: its landing page, what it conforms to, its description, its collections.

use crate::http::problem::Problem;
use crate::journey::maps::{Ground, refs};
use askama::Template;
use chrono::NaiveDate;
use dtm_model::Lang;
use dtm_publish::maps::{LayerId, layers};
use dtm_publish::page;
use dtm_publish::words::{Arg, Words};
use serde_json::{Value, json};

const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/// A link, as all answers of this API have them.
pub(super) fn link(rel: &str, kind: &str, href: &str) -> Value {
    json!({ "rel": rel, "type": kind, "href": href })
}

/// The address of a collection.
pub(super) fn address(root: &str, ground: &Ground, id: LayerId) -> String {
    format!("{root}/collections/{}.{}", ground.operation.slug, id.name())
}

/// The landing page for programs.
pub(super) fn landing(root: &str, lang: Lang) -> Value {
    let words = Words::of(lang);
    let json = "application/json";
    json!({
        "title": words.t("maps-ogc-title"),
        "description": words.t("maps-ogc-lead"),
        "links": [
            link("self", json, root),
            link("alternate", "text/html", &format!("{root}?f=html")),
            link("service-desc", "application/vnd.oai.openapi+json;version=3.0", &format!("{root}/api")),
            link("service-doc", "text/html", &format!("{root}?f=html")),
            link("conformance", json, &format!("{root}/conformance")),
            link("data", json, &format!("{root}/collections")),
        ],
    })
}

/// What the API conforms to.
pub(super) fn conformance() -> Value {
    let classes = ["core", "oas30", "geojson"];
    let classes = classes.map(|class| format!("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{class}"));
    json!({ "conformsTo": classes })
}

/// What a collection holds, where and when.
pub(super) fn collection(root: &str, ground: &Ground, id: LayerId, lang: Lang) -> Value {
    let words = Words::of(lang);
    let here = address(root, ground, id);
    let releases = refs(ground.releases(id));
    let operation = words.text(&ground.operation.name);
    let days = releases.iter().map(|release| release.heading().reported_on);
    let instant = |day: Option<NaiveDate>| day.map(|day| format!("{day}T00:00:00Z"));
    let dataset = layers::rows(id, &releases, &ground.edition.atlas, &[]).ok().flatten();
    let mut extent = json!({
        "temporal": { "interval": [[instant(days.clone().min()), instant(days.max())]],
            "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian" },
    });
    let bounds = dataset.as_ref().and_then(|dataset| dtm_publish::maps::bounds(dataset));
    if let Some(bounds) = bounds {
        extent["spatial"] = json!({ "bbox": [bounds], "crs": CRS84 });
    }
    let about = dataset.as_ref().map_or("", |dataset| words.text(dataset.how_to_sum()));
    let code = lang.code();
    let style = format!("{}/{code}/{}/styles/{}.qml", root.trim_end_matches("/ogc"), ground.operation.slug, id.name());
    json!({
        "id": format!("{}.{}", ground.operation.slug, id.name()),
        "title": format!("{operation} – {}", words.text(&id.title())),
        "description": words.t_args("maps-collection", &[("sum", Arg::from(about))]),
        "extent": extent,
        "itemType": "feature",
        "crs": [CRS84],
        "links": [
            link("self", "application/json", &here),
            link("items", "application/geo+json", &format!("{here}/items")),
            link("describedby", "application/xml", &style),
        ],
    })
}

/// The landing page for people: what there is, and how to come by it.
#[derive(Template)]
#[template(path = "ogc.html")]
struct Landing<'a> {
    w: &'static Words,
    root: &'a str,
    origin: &'a str,
    operations: Vec<Listed<'a>>,
}

struct Listed<'a> {
    slug: &'a str,
    name: String,
    layers: Vec<(String, String, String)>,
}

pub(super) fn landing_page(root: &str, grounds: &[Ground], lang: Lang) -> Result<String, Problem> {
    let w = Words::of(lang);
    let operations = grounds.iter().map(|ground| Listed {
        slug: &ground.operation.slug,
        name: format!("{} – {}", w.text(&ground.operation.country), w.text(&ground.operation.name)),
        layers: ground
            .ids()
            .into_iter()
            .map(|id| {
                let here = address(root, ground, id);
                (w.text(&id.title()).to_owned(), format!("{}.{}", ground.operation.slug, id.name()), here)
            })
            .collect(),
    });
    let origin = root.trim_end_matches("/ogc");
    let view = Landing { w, root, origin, operations: operations.collect() };
    let inner = view.render().map_err(Problem::internal)?;
    Ok(page::frame(
        lang,
        &w.t("maps-ogc-title"),
        &page::Nav { switch: None, ..page::public_nav(lang, "", "api") },
        &inner,
    ))
}

/// The description of the API, OpenAPI 3.0.
pub(super) fn openapi(root: &str, lang: Lang) -> Value {
    let words = Words::of(lang);
    let problem = |what: &str| json!({ "description": what, "content": { "application/problem+json": { "schema": shape("problem") } } });
    let mut slow = problem("Too many requests");
    slow["headers"] = json!({ "Retry-After": { "description": "Seconds to wait", "schema": { "type": "integer" } } });
    let path = |id: &str, summary: &str, parameters: &[&str], kind: &str| {
        let parameters: Vec<Value> =
            parameters.iter().map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })).collect();
        let mut content = json!({ kind: { "schema": shape(id) } });
        if id == "landing" {
            content["text/html"] = json!({ "schema": { "type": "string" } });
        }
        json!({ "get": { "operationId": id, "summary": words.t(summary), "parameters": parameters,
            "responses": { "200": { "description": "OK", "content": content }, "400": problem("Not understood"),
                "404": problem("Not found"), "429": slow } } })
    };
    let in_path = |name: &str| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } });
    let in_query = |name: &str, shape: Value| json!({ "name": name, "in": "query", "required": false, "style": "form", "explode": false, "schema": shape });
    let (json, geo) = ("application/json", "application/geo+json");
    json!({
        "openapi": "3.0.3",
        "info": { "title": words.t("maps-ogc-title"), "description": words.t("maps-ogc-lead"),
            "version": env!("CARGO_PKG_VERSION") },
        "servers": [{ "url": root }],
        "paths": {
            "/": path("landing", "maps-op-landing", &["f"], json),
            "/conformance": path("conformance", "maps-op-conformance", &["f"], json),
            "/collections": path("collections", "maps-op-collections", &["f"], json),
            "/collections/{collectionId}": path("collection", "maps-op-collection", &["collectionId", "f"], json),
            "/collections/{collectionId}/items": path("items", "maps-op-items",
                &["collectionId", "limit", "offset", "bbox", "datetime", "f"], geo),
            "/collections/{collectionId}/items/{featureId}": path("item", "maps-op-item",
                &["collectionId", "featureId", "f"], geo),
        },
        "components": { "schemas": schemas(), "parameters": {
            "collectionId": in_path("collectionId"),
            "featureId": in_path("featureId"),
            "f": in_query("f", json!({ "type": "string" })),
            "limit": in_query("limit", json!({ "type": "integer", "minimum": 1, "maximum": super::asked::LARGEST_PAGE,
                "default": super::asked::PAGE })),
            "offset": in_query("offset", json!({ "type": "integer", "minimum": 0, "default": 0 })),
            "bbox": in_query("bbox", json!({ "type": "array", "minItems": 4, "maxItems": 6,
                "items": { "type": "number" } })),
            "datetime": in_query("datetime", json!({ "type": "string" })),
        } },
    })
}

/// A reference to a shape of [`schemas`].
fn shape(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The shapes of answers, by the operation that gives them.
fn schemas() -> Value {
    let text = || json!({ "type": "string" });
    let list = |of: Value| json!({ "type": "array", "items": of });
    let object = |fields: Value| {
        let required: Vec<String> = fields.as_object().into_iter().flat_map(|all| all.keys().cloned()).collect();
        json!({ "type": "object", "required": required, "properties": fields })
    };
    let number = || json!({ "type": "integer", "minimum": 0 });
    let geometry = json!({ "type": "object", "nullable": true, "required": ["type", "coordinates"],
        "properties": { "type": { "type": "string", "enum": ["Point", "Polygon", "MultiPolygon"] },
            "coordinates": { "type": "array", "items": {} } } });
    let feature = object(json!({ "type": { "type": "string", "enum": ["Feature"] }, "id": text(),
        "geometry": geometry, "properties": { "type": "object" } }));
    json!({
        "link": object(json!({ "rel": text(), "type": text(), "href": text() })),
        "landing": object(json!({ "title": text(), "description": text(), "links": list(shape("link")) })),
        "conformance": object(json!({ "conformsTo": list(text()) })),
        "collections": object(json!({ "links": list(shape("link")), "collections": list(shape("collection")) })),
        "collection": object(json!({ "id": text(), "title": text(), "description": text(), "itemType": text(),
            "extent": { "type": "object" }, "crs": list(text()), "links": list(shape("link")) })),
        "items": object(json!({ "type": { "type": "string", "enum": ["FeatureCollection"] },
            "features": list(feature.clone()), "numberMatched": number(), "numberReturned": number(),
            "timeStamp": { "type": "string", "format": "date-time" }, "links": list(shape("link")) })),
        "item": feature,
        "problem": { "type": "object", "required": ["type", "title", "status", "code"],
            "properties": { "type": text(), "title": text(), "status": { "type": "integer" },
                "code": { "type": "number" }, "message": text() } },
    })
}
