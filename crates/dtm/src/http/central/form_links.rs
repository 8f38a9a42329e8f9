//! Links that name a form by an id of its own (`enketoId`), as ODK Central's clients make them: what the form is, and, from
//! the addresses that Enketo had (`/-/…`) and that newer clients use (`/f/…`), the way to where it is filled in here.
//!
//! The id is the form's own, without its hyphens. Links of another server do not lead here: their ids are that server's.

use super::FormReader;
use super::forms::form_json;
use crate::http::sender::Sender;
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use crate::secrets;
use axum::extract::{FromRequestParts, Path, Query, Request, State};
use axum::response::Redirect;
use axum::routing::get;
use axum::{Json, Router};
use dtm_model::FormId;
use dtm_store::Form;
use serde::Deserialize;
use serde_json::Value;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/form-links/{id}/form", get(show))
}

/// The pages that old links open.
pub(crate) fn pages() -> Router<App> {
    Router::new().route("/-/{*rest}", get(lead))
}

/// The id by which links name a form.
pub(crate) fn link_id(form: &FormId) -> String {
    form.to_string().replace('-', "")
}

/// The form that a link names; forms in the trash have no links.
pub(crate) async fn linked(app: &App, id: &str) -> Result<Option<Form>, Problem> {
    let is_id = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let Some(id) = id.parse::<FormId>().ok().filter(|_| is_id) else { return Ok(None) };
    Ok(app.store.form(&id).await?.filter(|form| form.deleted_at.is_none()))
}

/// What the form is, for whoever may read it: somebody signed in, or the holder of a public link.
async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    request: Request,
) -> Result<Json<Value>, Problem> {
    let form = linked(&app, &id).await?.ok_or_else(Problem::not_found)?;
    let operation = app.store.operation(&form.operation).await?.ok_or_else(Problem::not_found)?;
    let project = app.store.project_of(&operation.id).await?.ok_or_else(Problem::not_found)?;
    let reader = match asked.st.as_str() {
        "" => {
            let viewer = Viewer::from_request_parts(&mut request.into_parts().0, &app).await;
            // Without any proof nothing is there.
            FormReader::Person(Box::new(viewer.map_err(|_| Problem::not_found())?))
        }
        token => FormReader::Link(Box::new(Sender::holding(&app, operation, token).await?)),
    };
    let form = reader.form(&app, Verb::FormRead, project, &form.xml_form_id).await?;
    Ok(Json(form_json(project, &app.store.form_head(form).await?)))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    st: String,
    instance_id: String,
}

/// Where a link leads: to the form as whoever holds its token fills it in, else to the office, which asks who it is.
pub(crate) fn way(id: &str, asked: &Asked) -> Option<String> {
    if secrets::looks_like_token(&asked.st) {
        return Some(format!("/f/{}", asked.st));
    }
    let is_id = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let instance = dtm_capture::openrosa::url_part(&asked.instance_id);
    let joint = if instance.is_empty() { String::new() } else { format!("?instance={instance}") };
    is_id.then(|| format!("/office/form-links/{id}{joint}"))
}

/// From an address of Enketo: `/-/ID`, `/-/single/ID`, `/-/edit/ID`, `/-/preview/ID`, with `x` before the id or without.
async fn lead(Path(rest): Path<String>, Query(asked): Query<Asked>) -> Result<Redirect, Problem> {
    let id = rest.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
    way(id, &asked).map(|way| Redirect::to(&way)).ok_or_else(Problem::not_found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_where_the_form_is_filled_in_and_to_no_other_site() {
        let id = "0198aabbccdd7eeff00112233445566a";
        let asked = |st: &str, instance: &str| Asked { st: st.to_owned(), instance_id: instance.to_owned() };
        let token = "A".repeat(64);
        assert_eq!(way(id, &asked(&token, "")), Some(format!("/f/{token}")));
        assert_eq!(way(id, &asked("", "")), Some(format!("/office/form-links/{id}")));
        assert_eq!(way(id, &asked("", "uuid:1&x")), Some(format!("/office/form-links/{id}?instance=uuid%3A1%26x")));
        assert_eq!(way("//evil.org", &asked("", "")), None);
        assert_eq!(way("x", &asked("https://evil.org", "")), None);
    }
}
