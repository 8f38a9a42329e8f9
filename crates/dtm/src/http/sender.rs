//! Who fetches forms and sends submissions: a phone or the holder of a public link by the key in the address, whoever
//! tries a draft out by its token, or a person who signed in.
//!
//! One extractor for every address of capture, whatever its protocol. It says in which operation the sender is, which
//! forms they may fill, under which name the audit log keeps what they send, and where their addresses begin.

use super::App;
use super::problem::Problem;
use super::viewer::{On, Verb, Viewer};
use crate::journey::intake::MayEdit;
use crate::{secrets, world};
use axum::extract::{FromRequestParts, MatchedPath, Path, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use dtm_model::{AppUserId, Operation, Text};
use dtm_store::{AppUser, Form, FormVersion, PublicLink, Stamp};
use std::collections::HashMap;

/// Whose request it is.
pub(crate) enum Who {
    /// A phone with a key of its own.
    Phone(AppUser),
    /// Whoever has the address of a public link.
    Link(PublicLink),
    /// Whoever has the token of a draft.
    Tester,
    /// Somebody who signed in.
    Person(Viewer),
}

/// A sender, in the operation that the address names.
pub(crate) struct Sender {
    pub(crate) who: Who,
    pub(crate) operation: Operation,
    /// The draft that is tried out; none where published forms are meant.
    pub(crate) draft: Option<(Form, FormVersion)>,
    /// Where this sender's addresses begin: `http://host/v1/key/…/projects/1`.
    pub(crate) base: String,
    /// The phone, as it names itself.
    pub(crate) device_id: Option<String>,
}

impl Sender {
    /// Whether this sender may fetch and fill this form of the operation.
    pub(crate) async fn may_fill(&self, app: &App, form: &Form) -> Result<bool, Problem> {
        match &self.who {
            Who::Phone(phone) => Ok(app.store.may_fill(&phone.id, form).await?),
            Who::Link(link) => Ok(link.form == form.id && app.store.may_fill(&link.id, form).await?),
            Who::Tester => Ok(self.draft.as_ref().is_some_and(|(tried, _)| tried.id == form.id)),
            Who::Person(viewer) => {
                let verb = if self.draft.is_some() { Verb::FormUpdate } else { Verb::SubmissionCreate };
                Ok(viewer.can(verb, On::Form(&form.operation, &form.id)))
            }
        }
    }

    /// What this sender may put a new version in the place of. A phone's key gives no right to what others sent: it is
    /// in many hands.
    pub(crate) fn may_edit(&self, form: &Form) -> MayEdit {
        let viewer = match &self.who {
            Who::Person(viewer) => viewer,
            Who::Phone(_) => return MayEdit::ItsOwn,
            Who::Link(_) | Who::Tester => return MayEdit::Nothing,
        };
        match viewer.can(Verb::SubmissionUpdate, On::Form(&form.operation, &form.id)) {
            true => MayEdit::All,
            false => MayEdit::Nothing,
        }
    }

    /// Refuses a form that this sender may not fill: a phone is told that it is not there.
    pub(crate) async fn must_fill(&self, app: &App, form: &Form) -> Result<(), Problem> {
        match (self.may_fill(app, form).await?, &self.who) {
            (true, _) => Ok(()),
            (false, Who::Person(_)) => Err(Problem::forbidden()),
            (false, _) => Err(Problem::not_found()),
        }
    }

    /// The name under which the audit log keeps what this sender does.
    pub(crate) fn by(&self) -> String {
        match &self.who {
            Who::Phone(phone) => format!("app-user:{}", phone.id),
            Who::Link(link) => format!("public-link:{}", link.id),
            Who::Tester => "tester".to_owned(),
            Who::Person(viewer) => format!("user:{}", viewer.user.id),
        }
    }

    /// The name and the moment under which the audit log keeps what this sender does.
    pub(crate) fn stamp(&self) -> Stamp {
        match &self.who {
            Who::Person(viewer) => viewer.stamp(),
            _ => Stamp::new(world::now(), self.by()),
        }
    }

    /// The phone's access, if it is one.
    pub(crate) fn app_user(&self) -> Option<&AppUserId> {
        match &self.who {
            Who::Phone(phone) => Some(&phone.id),
            _ => None,
        }
    }
}

impl FromRequestParts<App> for Sender {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Path(path) =
            Path::<HashMap<String, String>>::from_request_parts(parts, app).await.map_err(|_| Problem::not_found())?;
        let Query(mut query) =
            Query::<HashMap<String, String>>::from_request_parts(parts, app).await.map_err(|_| {
                Problem::bad_request("bad_query", "The address is not readable.", "L’adresse est illisible.")
            })?;
        let device_id = query.remove("deviceID").filter(|device| !device.is_empty());
        let project: i64 = path.get("project").and_then(|text| text.parse().ok()).ok_or_else(Problem::not_found)?;
        let route = parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
        let (is_test, is_draft) = (route.starts_with("/v1/test/"), route.contains("/draft"));
        let home = app.base_url(&parts.headers);
        let token = path.get("token").cloned().or_else(|| query.remove("st"));
        let operation = app.store.operation_by_project(project).await?;
        let (who, base) = match token {
            Some(token) if is_test => (Who::Tester, format!("{home}/v1/test/{token}/projects/{project}")),
            Some(token) => {
                let who = key_holder(app, &token, device_id.as_deref()).await?;
                (who, format!("{home}/v1/key/{token}/projects/{project}"))
            }
            None => {
                let viewer = Viewer::from_request_parts(parts, app).await?;
                (Who::Person(viewer), format!("{home}/v1/projects/{project}"))
            }
        };
        let operation = operation.ok_or_else(Problem::not_found)?;
        if matches!(&who, Who::Phone(phone) if phone.operation != operation.id) {
            return Err(unknown_key());
        }
        let mut sender = Self { who, operation, draft: None, base, device_id };
        if is_draft {
            let named = path.get("form").map_or("", |form| form.strip_suffix(".xml").unwrap_or(form));
            let draft = sender.find_draft(app, path.get("token").filter(|_| is_test), named).await?;
            sender.draft = Some(draft.ok_or_else(Problem::not_found)?);
        }
        Ok(sender)
    }
}

impl Sender {
    /// Whoever holds this token of a phone or a public link, where the address names no project.
    pub(crate) async fn holding(app: &App, operation: Operation, token: &str) -> Result<Self, Problem> {
        let who = key_holder(app, token, None).await?;
        if matches!(&who, Who::Phone(phone) if phone.operation != operation.id) {
            return Err(unknown_key());
        }
        Ok(Self { who, operation, draft: None, base: String::new(), device_id: None })
    }

    /// The draft of a form of the operation: the one that the token opens, where there is a token.
    async fn find_draft(
        &self,
        app: &App,
        token: Option<&String>,
        xml_form_id: &str,
    ) -> Result<Option<(Form, FormVersion)>, Problem> {
        let Some(form) = app.store.form_by_xml_id(&self.operation.id, xml_form_id).await? else { return Ok(None) };
        let version = match token {
            Some(token) => app.store.draft_by_token(&secrets::hash_token(token)).await?,
            None => app.store.draft(&form.id).await?.map(|draft| draft.version),
        };
        Ok(version.filter(|version| version.form == form.id).map(|version| (form, version)))
    }
}

/// The access behind the key of an address. One that is kept to a phone lets only that phone in.
async fn key_holder(app: &App, key: &str, device: Option<&str>) -> Result<Who, Problem> {
    if !secrets::looks_like_token(key) {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "bad_key",
            401.2,
            Text::both("The key in the address is not well formed.", "La clé dans l’adresse est mal formée."),
        ));
    }
    let (hash, now) = (secrets::hash_token(key), world::now());
    let Some(mut phone) = app.store.app_user_by_token(&hash).await? else {
        let link = app.store.public_link_by_token(&hash).await?.ok_or_else(unknown_key)?;
        return if link.is_good(now) { Ok(Who::Link(link)) } else { Err(ended()) };
    };
    if phone.revoked_at.is_some() {
        return Err(unknown_key());
    }
    if !phone.is_good(now) {
        return Err(ended());
    }
    if phone.binds {
        let device = device.ok_or_else(another_phone)?;
        if phone.device_id.is_none() {
            let stamp = Stamp::new(now, format!("app-user:{}", phone.id));
            phone.device_id = app.store.bind_app_user(&phone.id, device, &stamp).await?;
        }
        if phone.device_id.as_deref() != Some(device) {
            return Err(another_phone());
        }
    }
    if let Err(error) = app.store.app_user_seen(&phone, now).await {
        tracing::warn!(%error, phone = %phone.id, "that a phone was used could not be noted");
    }
    Ok(Who::Phone(phone))
}

/// Never 401, which would make a phone ask for a password.
fn unknown_key() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "unknown_key",
        403.1,
        Text::both(
            "This phone’s access is not known or was withdrawn. Ask your supervisor for a new QR code.",
            "L’accès de ce téléphone est inconnu ou a été retiré. Demandez un nouveau code QR à votre superviseur.",
        ),
    )
}

/// The access was good until a moment that has passed.
fn ended() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "access_ended",
        403.1,
        Text::both(
            "This access has ended. What you filled in stays on the device: ask your supervisor to let you in again, then send it.",
            "Cet accès a pris fin. Ce que vous avez rempli reste sur l’appareil : demandez à votre superviseur de rouvrir l’accès, puis envoyez.",
        ),
    )
}

/// The access is kept to one phone, and this is another.
fn another_phone() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "another_phone",
        403.1,
        Text::both(
            "This access is kept to another phone. Ask your supervisor for a QR code of your own.",
            "Cet accès est réservé à un autre téléphone. Demandez votre propre code QR à votre superviseur.",
        ),
    )
}
