//! One problem, several envelopes.
//!
//! Handlers return [`Problem`]; it is written as problem JSON (RFC 9457, with the `message` and `code` that ODK clients
//! read). The layers below rewrite it for the protocols that ask for something else: the XML of OpenRosa, the envelope of
//! the DTM API, a page for a person ([`envelope`]). This folder alone gives an error its status: what callers share stands here,
//! what belongs to one subject beside it.

mod access;
mod envelope;
mod forms;
mod request;

pub(crate) use envelope::{as_dtm_api, as_hna, as_json, as_odata, as_openrosa, as_page};

use crate::cli::Mistakes;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dtm_model::{Lang, Text};
use dtm_publish::words::Words;
use dtm_store::StoreError;

/// What went wrong, as the client may know it.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    /// Stable word, for programs.
    pub(crate) code: &'static str,
    /// The number ODK clients test, such as 404.1.
    pub(crate) central: f64,
    /// What happened and what to do, per language.
    pub(crate) message: Text,
    /// Seconds after which trying again makes sense.
    pub(crate) retry_after: Option<u32>,
    /// Further lines, one a mistake (a form's problems, for example).
    pub(crate) details: Vec<serde_json::Value>,
    /// What programs read in place of the lines, where ODK clients look for something there.
    pub(crate) facts: Option<Box<serde_json::Value>>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, central: f64, message: Text) -> Self {
        Self { status, code, central, message, retry_after: None, details: Vec::new(), facts: None }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            404.1,
            Text::both(
                "Nothing is at this address, or it is not yours to see.",
                "Rien à cette adresse, ou vous n’y avez pas accès.",
            ),
        )
    }

    /// What was published once and is no more, with the reason that was given.
    pub(crate) fn withdrawn(why: &str) -> Self {
        Self::new(
            StatusCode::GONE,
            "withdrawn",
            410.2,
            Text::both(
                format!("This was withdrawn: {why}. The newest version is at the address without a version."),
                format!("Ceci a été retiré : {why}. La version la plus récente est à l’adresse sans version."),
            ),
        )
    }

    pub(crate) fn bad_request(code: &'static str, en: impl Into<String>, fr: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, 400.8, Text::both(en, fr))
    }

    pub(crate) fn conflict(code: &'static str, central: f64, en: impl Into<String>, fr: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, central, Text::both(en, fr))
    }

    /// What a journey refuses with lines that say what is wrong; anything else is a fault of ours. The number says the status.
    pub(crate) fn mistaken(code: &'static str, number: f64, error: anyhow::Error) -> Self {
        match error.downcast::<Mistakes>() {
            Ok(Mistakes { lines }) => {
                let status = StatusCode::from_u16(number as u16).unwrap_or(StatusCode::BAD_REQUEST);
                let told = lines.join("\n");
                Self::new(status, code, number, Text::both(told.clone(), told))
            }
            Err(error) => error.into(),
        }
    }

    /// A fault of ours: logged whole here, shown without its insides.
    pub(crate) fn internal(error: impl std::fmt::Debug) -> Self {
        tracing::error!(?error, "a request failed inside");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            500.1,
            Text::both(
                "Something failed on the server; nothing you sent was changed. The administrator can find it in the log.",
                "Une erreur s’est produite sur le serveur ; rien de ce que vous avez envoyé n’a été modifié. \
                 L’administrateur la trouvera dans le journal.",
            ),
        )
    }

    /// What happened and what to do, as a person reads it: set with the spaces that the language wants.
    pub(crate) fn sentence(&self, lang: Lang) -> String {
        Words::of(lang).typeset(self.message.get(lang))
    }

    fn to_json(&self, lang: Lang) -> serde_json::Value {
        serde_json::json!({
            "type": format!("urn:dtm:problem:{}", self.code),
            "title": self.sentence(lang),
            "status": self.status.as_u16(),
            "code": self.central,
            "message": self.sentence(lang),
            "details": match &self.facts {
                Some(facts) => (**facts).clone(),
                None if self.details.is_empty() => serde_json::Value::Null,
                None => self.details.clone().into(),
            },
        })
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { .. } => Problem::not_found(),
            StoreError::Conflict { what: what @ ("entity_list_name" | "entity_property_name") } => {
                let central = if what == "entity_list_name" { 409.16 } else { 409.17 };
                Problem::conflict(
                    "name_in_other_letters",
                    central,
                    "An entity list or property of this name exists with other capital letters. Write it as it is there.",
                    "Une liste d’entités ou une propriété de ce nom existe avec d’autres majuscules. Écrivez-la comme elle existe.",
                )
            }
            StoreError::Conflict { what: "entity_property_not_unique" } => Problem::conflict(
                "values_not_unique",
                409.3,
                "Entities have the same value of this property already, so it cannot be made unique.",
                "Des entités ont déjà la même valeur de cette propriété : elle ne peut pas être rendue unique.",
            ),
            StoreError::Conflict { what } => {
                let mut problem = Problem::conflict(
                    "conflict",
                    409.3,
                    format!("This clashes with what is stored already ({what})."),
                    format!("Ceci contredit ce qui est déjà enregistré ({what})."),
                );
                problem.details.push(what.to_string().into());
                problem
            }
            StoreError::NulInText => Problem::bad_request(
                "unstorable_text",
                "The text holds a character that cannot be stored (NUL).",
                "Le texte contient un caractère qui ne peut pas être enregistré (NUL).",
            ),
            StoreError::Full { .. } => {
                tracing::error!("the disk is full");
                let mut problem = Self::new(
                    StatusCode::INSUFFICIENT_STORAGE,
                    "storage_full",
                    507.1,
                    Text::both(
                        "The server’s disk is full: nothing was stored. Keep what you have and send it again later.",
                        "Le disque du serveur est plein : rien n’a été enregistré. Gardez vos données et renvoyez-les plus tard.",
                    ),
                );
                problem.retry_after = Some(20);
                problem
            }
            StoreError::Unavailable { .. } => {
                tracing::error!(?error, "the database does not answer");
                let mut problem = Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "storage_unavailable",
                    503.1,
                    Text::both(
                        "The database does not answer just now. Nothing was stored; please try again.",
                        "La base de données ne répond pas pour l’instant. Rien n’a été enregistré ; veuillez réessayer.",
                    ),
                );
                problem.retry_after = Some(10);
                problem
            }
            other => Problem::internal(other),
        }
    }
}

impl From<anyhow::Error> for Problem {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<StoreError>() {
            Ok(store) => store.into(),
            Err(other) => Problem::internal(other),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.to_json(Lang::En))).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"dtm\""));
        }
        response.extensions_mut().insert(self);
        response
    }
}
