//! The DTM API, versions 3 and 2 and the paths before them, so that the existing clients work by changing a host.
//!
//! Paths and parameter names are matched in any case, as clients differ; a call of version 2 or 3 needs a key, in the header
//! `Ocp-Apim-Subscription-Key` or the parameter `subscription-key`. A key may call [`PER_MINUTE`] times a minute and [`PER_DAY`]
//! times a day, or as often as it was given. The paths before version 2 never had keys; they are slowed by address.

use super::App;
use super::problem::Problem;
use crate::journey::edition::{self, Edition};
use crate::{secrets, world};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use dtm_model::{Lang, Text};
use dtm_protect::Release;
use dtm_publish::files::dtm_api::{self, Query, Version};
use dtm_store::{ApiKey, Product, StoreError};
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;
use std::sync::Arc;

const KEY_HEADER: &str = "ocp-apim-subscription-key";
const KEY_PARAMETER: &str = "subscription-key";
/// Calls of a key in a minute and in a day, where it was given no number of its own.
pub(crate) const PER_MINUTE: u32 = 600;
pub(crate) const PER_DAY: u32 = 100_000;

pub(crate) fn routes() -> Router<App> {
    Router::new().route("/v3/displacement/{endpoint}", get(v3)).route("/v2/{endpoint}", get(v2))
}

/// The paths that older clients know, which need no key.
pub(crate) fn legacy_routes() -> Router<App> {
    Router::new().route("/api/common/{endpoint}", get(legacy_list)).route("/api/{level}/{endpoint}", get(legacy))
}

/// Writes the paths of this API in lower case, before they are routed.
pub(crate) fn in_any_case<B>(mut request: axum::http::Request<B>) -> axum::http::Request<B> {
    let path = request.uri().path();
    let lower = path.to_ascii_lowercase();
    if path != lower && ["/v3/", "/v2/", "/api/", "/hna/"].iter().any(|ours| lower.starts_with(ours)) {
        let address = match request.uri().query() {
            Some(query) => format!("{lower}?{query}"),
            None => lower,
        };
        if let Ok(uri) = address.parse::<Uri>() {
            *request.uri_mut() = uri;
        }
    }
    request
}

/// What an address asks for.
enum Endpoint {
    Level(u8),
    Countries,
    Operations,
}

async fn v3(State(app): State<App>, Path(name): Path<String>, request: Request) -> Result<Response, Problem> {
    let endpoint = match name.as_str() {
        "admin0" => Endpoint::Level(0),
        "admin1" => Endpoint::Level(1),
        "admin2" => Endpoint::Level(2),
        "country-list" => Endpoint::Countries,
        "operation-list" => Endpoint::Operations,
        _ => return Err(Problem::not_found()),
    };
    admit(&app, request.headers(), &parameters(request.uri()), Product::Displacement).await?;
    answer(&app, Version::V3, endpoint, request.uri()).await
}

async fn v2(State(app): State<App>, Path(name): Path<String>, request: Request) -> Result<Response, Problem> {
    let endpoint = match name.as_str() {
        "idpadmin0data" => Endpoint::Level(0),
        "idpadmin1data" => Endpoint::Level(1),
        "idpadmin2data" => Endpoint::Level(2),
        "countrylist" => Endpoint::Countries,
        "operationlist" => Endpoint::Operations,
        _ => return Err(Problem::not_found()),
    };
    admit(&app, request.headers(), &parameters(request.uri()), Product::Displacement).await?;
    answer(&app, Version::V2, endpoint, request.uri()).await
}

async fn legacy(
    State(app): State<App>,
    Path((level, name)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let endpoint = match (level.as_str(), name.as_str()) {
        ("idpadmin0data", "getadmin0datav2") => Endpoint::Level(0),
        ("idpadmin1data", "getadmin1datav2") => Endpoint::Level(1),
        ("idpadmin2data", "getadmin2datav2") => Endpoint::Level(2),
        _ => return Err(Problem::not_found()),
    };
    answer(&app, Version::V2, endpoint, request.uri()).await
}

async fn legacy_list(State(app): State<App>, Path(name): Path<String>, request: Request) -> Result<Response, Problem> {
    let endpoint = match name.as_str() {
        "getallcountrylist" => Endpoint::Countries,
        "getalloperationlist" => Endpoint::Operations,
        _ => return Err(Problem::not_found()),
    };
    answer(&app, Version::V2, endpoint, request.uri()).await
}

/// The parameters of a call, decoded.
pub(super) fn parameters(uri: &Uri) -> Vec<(String, String)> {
    let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs = uri.query().unwrap_or("").split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// Lets a call with a standing key of this product pass, counts it, and slows a key that calls too often.
pub(super) async fn admit(
    app: &App,
    headers: &HeaderMap,
    given: &[(String, String)],
    product: Product,
) -> Result<(), Problem> {
    let in_header = headers.get(KEY_HEADER).and_then(|value| value.to_str().ok());
    let in_query =
        given.iter().find(|(name, _)| name.eq_ignore_ascii_case(KEY_PARAMETER)).map(|(_, value)| value.as_str());
    let refused = |en: &str, fr: &str| Problem::new(StatusCode::UNAUTHORIZED, "api_key", 401.2, Text::both(en, fr));
    let secret = in_header.or(in_query).ok_or_else(|| {
        refused(
            "Access denied: send your key in the header Ocp-Apim-Subscription-Key.",
            "Accès refusé : envoyez votre clé dans l’en-tête Ocp-Apim-Subscription-Key.",
        )
    })?;
    let key = standing_key(app, secret, product).await?.ok_or_else(|| {
        refused(
            "Access denied: this key is not known, was withdrawn, or is for another product.",
            "Accès refusé : cette clé est inconnue, a été retirée, ou vaut pour un autre produit.",
        )
    })?;
    match count_call(app, &key).await? {
        Some(seconds) => Err(Problem::slow_down(seconds)),
        None => Ok(()),
    }
}

/// The key of this product whose secret this is, if it stands.
pub(super) async fn standing_key(app: &App, secret: &str, product: Product) -> Result<Option<ApiKey>, StoreError> {
    let known = app.store.api_key_by_hash(&secrets::hash_token(secret)).await?;
    Ok(known.filter(|key| key.revoked_at.is_none() && key.product == product))
}

/// Counts a call of a key; the seconds to wait where it is one too many.
pub(super) async fn count_call(app: &App, key: &ApiKey) -> Result<Option<u32>, StoreError> {
    let now = world::now();
    let allowed = key.per_minute.unwrap_or(PER_MINUTE);
    if let Err(seconds) = app.calls.count_to(&key.id.to_string(), allowed, now) {
        return Ok(Some(seconds));
    }
    let uses = app.store.count_use(&key.id, now.date()).await?;
    if uses > u64::from(key.per_day.unwrap_or(PER_DAY)) {
        const DAY: i64 = 24 * 60 * 60;
        let left = DAY - now.as_millis().div_euclid(1000).rem_euclid(DAY);
        return Ok(Some(u32::try_from(left).unwrap_or(3600)));
    }
    Ok(None)
}

async fn answer(app: &App, version: Version, endpoint: Endpoint, uri: &Uri) -> Result<Response, Problem> {
    let given = parameters(uri);
    let query = match endpoint {
        Endpoint::Level(_) => {
            let pairs = given.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            Some(Query::parse(pairs).map_err(|problem| {
                Problem::bad_request("bad_parameter", problem.message(Lang::En), problem.message(Lang::Fr))
            })?)
        }
        Endpoint::Countries | Endpoint::Operations => None,
    };
    let operations = app.store.operations().await?;
    let active: BTreeMap<String, bool> =
        operations.iter().map(|operation| (operation.slug.clone(), operation.active)).collect();
    let editions = edition::of_all(app, &operations).await?;
    // Thousands of rows take a while to make: not on the threads that answer others.
    let result = tokio::task::spawn_blocking(move || {
        let mut result = Vec::new();
        for Edition { all, atlas, .. } in &editions {
            let releases: Vec<&Release> = all.iter().map(Arc::as_ref).collect();
            match (&endpoint, &query) {
                (Endpoint::Level(level), Some(query)) => {
                    result.extend(query.answer(&releases, atlas, *level).iter().map(|row| row.json(version)));
                }
                (Endpoint::Countries, _) => result.extend(dtm_api::country_list(&releases, atlas)),
                _ => result.extend(dtm_api::operation_list(&releases, atlas, |slug| active.get(slug) == Some(&true))),
            }
        }
        if let Endpoint::Countries = endpoint {
            result.sort_by_key(|row| row["admin0Name"].as_str().map(str::to_owned));
            result.dedup();
        }
        dtm_api::envelope(result)
    })
    .await
    .map_err(Problem::internal)?;
    Ok(Json(result).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_write_paths_in_any_case_and_parameters_keep_theirs() {
        let request = axum::http::Request::get("/V2/idpAdmin2Data?CountryName=Ha%C3%AFti+Nord").body(()).unwrap();
        let request = in_any_case(request);
        assert_eq!(request.uri(), "/v2/idpadmin2data?CountryName=Ha%C3%AFti+Nord");
        assert_eq!(parameters(request.uri()), [("CountryName".to_owned(), "Haïti Nord".to_owned())]);
    }
}
