//! How a problem is written: as JSON, as the XML of phones, in the envelope of the DTM API, as a page.

use super::Problem;
use crate::http::{office, path_language, reader_language};
use askama::Template;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use dtm_model::{Lang, Text};
use dtm_publish::page;
use dtm_publish::words::Words;

/// The problem behind a failed response; a plain one where an extractor or a layer of the framework failed.
fn problem_of(response: &Response) -> Option<Problem> {
    if let Some(problem) = response.extensions().get::<Problem>() {
        return Some(problem.clone());
    }
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    Some(match status {
        StatusCode::NOT_FOUND => Problem::not_found(),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(
            status,
            "method_not_allowed",
            405.1,
            Text::both("This address does not take this method.", "Cette adresse n’accepte pas cette méthode."),
        ),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
        StatusCode::REQUEST_TIMEOUT => Problem::too_slow(),
        status if status.is_client_error() => Problem::new(
            status,
            "bad_request",
            400.1,
            Text::both("The request could not be read.", "La demande n’a pas pu être lue."),
        ),
        _ => Problem::internal("the framework answered with a failure, or a handler panicked"),
    })
}

/// Replaces body and type, keeping the other headers (Retry-After, WWW-Authenticate).
fn rewritten(mut response: Response, content_type: &'static str, body: String) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.remove(header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(body);
    response
}

/// Problems as problem JSON in the reader's language; those that are written as XML already, for who asks for XML, stay.
pub(crate) async fn as_json(request: Request, next: Next) -> Response {
    let lang = reader_language(request.headers());
    let response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_xml = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/xml"));
    match problem_of(&response).filter(|_| !is_xml) {
        Some(problem) => {
            let body = problem.to_json(lang).to_string();
            rewritten(response, "application/problem+json", body)
        }
        None => response,
    }
}

/// Problems as the OpenRosaResponse that phones show to the enumerator.
pub(crate) async fn as_openrosa(request: Request, next: Next) -> Response {
    let lang = reader_language(request.headers());
    let response = next.run(request).await;
    match problem_of(&response) {
        Some(problem) => openrosa_problem(response, &problem, lang),
        None => response,
    }
}

fn openrosa_problem(response: Response, problem: &Problem, lang: Lang) -> Response {
    let body = dtm_capture::openrosa::response(&problem.sentence(lang), "error");
    let mut response = rewritten(response, "text/xml; charset=utf-8", body);
    response.headers_mut().insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.code()));
    response
}

/// Problems in the envelope of the DTM API, whose clients show the first message.
pub(crate) async fn as_dtm_api(request: Request, next: Next) -> Response {
    let lang = reader_language(request.headers());
    let response = next.run(request).await;
    match problem_of(&response) {
        Some(problem) => dtm_api_problem(response, &problem, lang),
        None => response,
    }
}

fn dtm_api_problem(response: Response, problem: &Problem, lang: Lang) -> Response {
    let body = serde_json::json!({
        "result": null, "statusCode": problem.status.as_u16(), "isSuccess": false,
        "errorMessages": [problem.sentence(lang)], "totalRecordsCount": 0,
    });
    rewritten(response, "application/json; charset=utf-8", body.to_string())
}

/// Problems in the envelopes of the HNA API, whose client shows the first message.
pub(crate) async fn as_hna(request: Request, next: Next) -> Response {
    let lang = reader_language(request.headers());
    let response = next.run(request).await;
    match problem_of(&response) {
        Some(problem) => hna_problem(response, &problem, lang),
        None => response,
    }
}

fn hna_problem(response: Response, problem: &Problem, lang: Lang) -> Response {
    let body = dtm_publish::files::hna::failure(&problem.sentence(lang));
    rewritten(response, "application/json; charset=utf-8", body.to_string())
}

/// Problems as OData clients read them.
pub(crate) async fn as_odata(request: Request, next: Next) -> Response {
    let lang = reader_language(request.headers());
    let response = next.run(request).await;
    match problem_of(&response) {
        Some(problem) => odata_problem(response, &problem, lang),
        None => response,
    }
}

fn odata_problem(response: Response, problem: &Problem, lang: Lang) -> Response {
    let body = serde_json::json!({ "error": { "code": problem.code, "message": problem.sentence(lang) } });
    let mut response = rewritten(response, "application/json; charset=utf-8", body.to_string());
    response.headers_mut().insert("odata-version", HeaderValue::from_static("4.0"));
    response
}

/// Problems as a page; somebody who is not signed in is led to the sign-in. Addresses that lead nowhere end here too,
/// and those of a program's protocol are answered in it.
pub(crate) async fn as_page(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let headers = request.headers();
    let lang = match path_language(&path) {
        Some(lang) => lang,
        None if path.starts_with("/v") => reader_language(headers),
        None => office::chosen_language(headers),
    };
    let address = request.uri().path_and_query().map_or("/office", |all| all.as_str()).to_owned();
    let back = office::came_from(headers);
    let reads = request.method().is_safe();
    let response = next.run(request).await;
    let is_page =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let Some(problem) = problem_of(&response).filter(|_| !is_page) else { return response };
    if problem.code == "sign_in_required" && reads && is_below(&path, "/office") {
        let next = percent_encoding::utf8_percent_encode(&address, percent_encoding::NON_ALPHANUMERIC);
        return axum::response::Redirect::to(&format!("/office/sign-in?next={next}")).into_response();
    }
    // Who has to choose a password or set up a second factor is led to where that is done.
    if ["password_due", "second_factor_due"].contains(&problem.code) && is_below(&path, "/office") {
        return axum::response::Redirect::to("/office/account").into_response();
    }
    if is_below(&path, "/v1/key") {
        return openrosa_problem(response, &problem, lang);
    }
    if ["/v1", "/ogc", "/tiles"].iter().any(|folder| is_below(&path, folder)) {
        return rewritten(response, "application/problem+json", problem.to_json(lang).to_string());
    }
    if is_below(&path, "/odata") {
        return odata_problem(response, &problem, lang);
    }
    if is_below(&path, "/hna") {
        return hna_problem(response, &problem, lang);
    }
    if ["/v2", "/v3", "/api"].iter().any(|api| is_below(&path, api)) {
        return dtm_api_problem(response, &problem, lang);
    }
    let page =
        if is_below(&path, "/office") { office_page(&problem, lang, &back) } else { public_page(&problem, lang) };
    rewritten(response, "text/html; charset=utf-8", page)
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A problem of the back office, with every mistake and a way back.
#[derive(Template)]
#[template(path = "office/problem.html")]
struct ProblemView<'a> {
    w: &'static Words,
    status: u16,
    title: &'a str,
    code: &'a str,
    lines: Vec<String>,
    back: &'a str,
}

fn office_page(problem: &Problem, lang: Lang, back: &str) -> String {
    let w = Words::of(lang);
    let line = |detail: &serde_json::Value| detail.as_str().map_or_else(|| detail.to_string(), |line| w.typeset(line));
    let title = problem.sentence(lang);
    let view = ProblemView {
        w,
        status: problem.status.as_u16(),
        title: &title,
        code: problem.code,
        lines: problem.details.iter().map(line).collect(),
        back,
    };
    let nav = page::Nav {
        home: page::links::home(lang),
        items: vec![page::NavItem { label: w.t("office"), href: "/office".to_owned(), current: true }],
        ..page::Nav::default()
    };
    page::frame(lang, &title, &nav, &view.render().unwrap_or_default())
}

fn public_page(problem: &Problem, lang: Lang) -> String {
    match problem.status {
        StatusCode::NOT_FOUND => page::not_found(lang),
        status => page::problem(lang, status.as_u16(), &problem.sentence(lang), "", problem.code),
    }
}
