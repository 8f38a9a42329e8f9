//! One problem, several envelopes.
//!
//! Handlers return [`Problem`]; it is written as problem JSON (RFC 9457, with the `message` and `code` that ODK clients
//! read). The layers below rewrite it for the protocols that ask for something else: the XML of OpenRosa, the envelope of
//! the DTM API, a page for a person. This file alone gives an error its status.

use super::reader_language;
use askama::Template;
use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use dtm_model::{Lang, Text};
use dtm_publish::page;
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

    pub(crate) fn sign_in() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "sign_in_required",
            401.2,
            Text::both("Please sign in first.", "Veuillez d’abord vous connecter."),
        )
    }

    pub(crate) fn wrong_sign_in() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "sign_in_failed",
            401.2,
            Text::both(
                "This e-mail address and password do not go together.",
                "Cette adresse et ce mot de passe ne vont pas ensemble.",
            ),
        )
    }

    /// The second factor is needed, and was not given.
    pub(crate) fn second_factor() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "second_factor_required",
            401.2,
            Text::both(
                "This account asks for a second factor: send the code of your authenticator app as `totp` with the \
                 sign-in, or use an API token.",
                "Ce compte demande un second facteur : envoyez le code de votre application d’authentification dans \
                 `totp` avec la connexion, ou utilisez un jeton d’API.",
            ),
        )
    }

    /// The code of the second factor is not the right one.
    pub(crate) fn wrong_code() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "wrong_code",
            401.2,
            Text::both(
                "This code is not the right one. Each code is good once, and for about a minute.",
                "Ce code n’est pas le bon. Chaque code ne sert qu’une fois, et pendant une minute environ.",
            ),
        )
    }

    /// The sign-in waited too long for its second step, or was finished elsewhere.
    pub(crate) fn sign_in_over() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "sign_in_over",
            401.2,
            Text::both(
                "This sign-in is over. Please begin again.",
                "Cette connexion n’est plus valable. Veuillez recommencer.",
            ),
        )
    }

    /// A password was typed twice, and not the same.
    pub(crate) fn not_alike() -> Self {
        Self::bad_request(
            "passwords_differ",
            "The new password was not typed twice alike.",
            "Le nouveau mot de passe n’a pas été saisi deux fois de la même façon.",
        )
    }

    /// A link to set a password was used, or is too old.
    pub(crate) fn link_over() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "link_over",
            401.2,
            Text::both(
                "This link was used already, or is older than a day. Ask for another.",
                "Ce lien a déjà servi, ou il a plus d’un jour. Demandez-en un autre.",
            ),
        )
    }

    /// Something was to be mailed, and nobody said how.
    pub(crate) fn no_mail() -> Self {
        Self::bad_request(
            "no_mail",
            "This server sends no mail: ask an administrator for a new password.",
            "Ce serveur n’envoie pas de courriel : demandez un nouveau mot de passe à un administrateur.",
        )
    }

    /// Passwords travel by TLS only.
    pub(crate) fn https_only() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "https_only",
            401.3,
            Text::both(
                "This server takes a password with a request by HTTPS only.",
                "Ce serveur n’accepte un mot de passe avec une demande que par HTTPS.",
            ),
        )
    }

    /// The password somebody else gave has to be replaced before anything else.
    pub(crate) fn password_due() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "password_due",
            403.1,
            Text::both(
                "Please choose a password of your own first.",
                "Veuillez d’abord choisir votre propre mot de passe.",
            ),
        )
    }

    /// This server asks people of this role for a second factor.
    pub(crate) fn second_factor_due() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "second_factor_due",
            403.1,
            Text::both(
                "Your role asks for a second factor. Please set it up in your account first.",
                "Votre rôle exige un second facteur. Veuillez d’abord le configurer dans votre compte.",
            ),
        )
    }

    /// For people who signed in themselves, not for their programs.
    pub(crate) fn in_person() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "in_person",
            403.1,
            Text::both(
                "This is done after signing in with a password, not with a token.",
                "Cela se fait après connexion avec un mot de passe, pas avec un jeton.",
            ),
        )
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            403.1,
            Text::both("You may not do this.", "Vous n’avez pas le droit de faire cela."),
        )
    }

    /// Another site made the browser send this.
    pub(crate) fn other_site() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "other_site",
            403.1,
            Text::both(
                "This request did not come from a page of this server, so nothing was done.",
                "Cette demande ne vient pas d’une page de ce serveur : rien n’a été fait.",
            ),
        )
    }

    pub(crate) fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            413.1,
            Text::both(
                "This is larger than the server takes in one piece (100 MB).",
                "C’est plus gros que ce que le serveur accepte en une fois (100 Mo).",
            ),
        )
    }

    /// The parts of a multipart body could not be read: it is malformed, cut off, or too large.
    pub(crate) fn of_multipart(error: &axum::extract::multipart::MultipartError) -> Self {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Self::too_large();
        }
        Self::bad_request(
            "bad_multipart",
            "The parts of the request could not be read to the end.",
            "Les parties de la demande n’ont pas pu être lues jusqu’au bout.",
        )
    }

    /// The connection broke while the body was arriving.
    pub(crate) fn cut_off() -> Self {
        Self::bad_request("cut_off", "The request did not arrive whole.", "La demande n’est pas arrivée entière.")
    }

    /// The body came too slowly, or stopped coming.
    pub(crate) fn too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "timeout",
            408.1,
            Text::both("The request took too long to arrive.", "La demande a mis trop de temps à arriver."),
        )
    }

    /// Too much is arriving at once.
    pub(crate) fn busy() -> Self {
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            503.1,
            Text::both(
                "Too much is arriving at once. Nothing was stored; please send it again in a moment.",
                "Trop d’envois arrivent à la fois. Rien n’a été enregistré ; veuillez renvoyer dans un instant.",
            ),
        );
        problem.retry_after = Some(30);
        problem
    }

    /// The answer could not be worked out in time.
    pub(crate) fn took_too_long() -> Self {
        tracing::error!("a request was given up because it took too long");
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "took_too_long",
            503.1,
            Text::both(
                "The server needed too long for this and gave up. Please try again, or ask for less.",
                "Le serveur a mis trop de temps et a renoncé. Réessayez, ou demandez moins à la fois.",
            ),
        );
        problem.retry_after = Some(30);
        problem
    }

    pub(crate) fn slow_down(seconds: u32) -> Self {
        let mut problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            429.1,
            Text::both(
                format!("Too many requests. Try again in {seconds} seconds."),
                format!("Trop de demandes. Réessayez dans {seconds} secondes."),
            ),
        );
        problem.retry_after = Some(seconds);
        problem
    }

    pub(crate) fn bad_request(code: &'static str, en: impl Into<String>, fr: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, 400.8, Text::both(en, fr))
    }

    /// A parameter of the address or a field of the body holds what it cannot be.
    pub(crate) fn unexpected_value(name: &str, value: &str) -> Self {
        let value: String = value.chars().take(60).collect();
        let mut problem = Self::bad_request(
            "unexpected_value",
            format!("`{name}` cannot be «{value}»."),
            format!("`{name}` ne peut pas être « {value} »."),
        );
        problem.facts = Some(Box::new(serde_json::json!({ "field": name, "value": value, "reason": "unexpected" })));
        problem
    }

    /// A field of the body or a parameter of the address is missing.
    pub(crate) fn missing(name: &str) -> Self {
        let message = Text::both(format!("`{name}` is missing."), format!("`{name}` manque."));
        let mut problem = Self::new(StatusCode::BAD_REQUEST, "missing_parameter", 400.2, message);
        problem.facts = Some(Box::new(serde_json::json!({ "field": name })));
        problem
    }

    /// Some of these fields are missing.
    pub(crate) fn missing_of(names: &[&str]) -> Self {
        let list = names.join(", ");
        let message =
            Text::both(format!("Something of this is missing: {list}."), format!("Il manque un de ceux-ci : {list}."));
        let mut problem = Self::new(StatusCode::BAD_REQUEST, "missing_parameters", 400.3, message);
        problem.facts = Some(Box::new(serde_json::json!({ "expected": names })));
        problem
    }

    /// A field is not what it must be.
    pub(crate) fn wrong_type(name: &str, en: &str, fr: &str) -> Self {
        let message = Text::both(
            format!("`{name}` must be another type: {en}."),
            format!("`{name}` n’est pas du bon type : {fr}."),
        );
        let mut problem = Self::new(StatusCode::BAD_REQUEST, "wrong_type", 400.11, message);
        problem.facts = Some(Box::new(serde_json::json!({ "field": name, "expected": en })));
        problem
    }

    /// A body is not of the format that it should be.
    pub(crate) fn unparseable(format: &str, length: usize) -> Self {
        let message = Text::both(
            format!("The body ({length} bytes) cannot be read as {format}."),
            format!("Le corps ({length} octets) ne se lit pas comme {format}."),
        );
        let mut problem = Self::new(StatusCode::BAD_REQUEST, "unparseable", 400.1, message);
        problem.facts = Some(Box::new(serde_json::json!({ "format": format, "rawLength": length })));
        problem
    }

    /// A key of an operation is made once.
    pub(crate) fn key_exists() -> Self {
        Self::conflict(
            "key_exists",
            409.4,
            "The forms of this operation are encrypted already.",
            "Les formulaires de cette opération sont déjà chiffrés.",
        )
    }

    /// A passphrase must withstand guessing.
    pub(crate) fn passphrase_short() -> Self {
        let mut problem = Self::bad_request(
            "passphrase_short",
            "The passphrase needs at least 10 characters.",
            "La phrase secrète doit compter au moins 10 caractères.",
        );
        problem.central = 400.21;
        problem
    }

    /// Encrypted answers are asked for by a session that has not opened them.
    pub(crate) fn not_opened() -> Self {
        Self::conflict(
            "not_opened",
            409.1,
            "These answers are encrypted, and this session has not opened them.",
            "Ces réponses sont chiffrées, et cette session ne les a pas ouvertes.",
        )
    }

    /// A passphrase or private key opens another key, or none.
    pub(crate) fn undecryptable() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "undecryptable",
            400.12,
            Text::both(
                "This passphrase does not open the key, or this private key is another. Nothing was decrypted; please check it and try again.",
                "Cette phrase secrète n’ouvre pas la clé, ou cette clé privée en est une autre. Rien n’a été déchiffré ; vérifiez-la, puis réessayez.",
            ),
        )
    }

    /// A workbook is not a form yet: every mistake is listed.
    pub(crate) fn form_mistakes(mistakes: &[String], warnings: &[String]) -> Self {
        let mut problem = Self::new(
            StatusCode::BAD_REQUEST,
            "form_invalid",
            400.15,
            Text::both(
                "The form has mistakes; nothing was stored. Each is listed below.",
                "Le formulaire contient des erreurs ; rien n’a été enregistré. Elles sont toutes listées ci-dessous.",
            ),
        );
        problem.details = mistakes.iter().cloned().map(Into::into).collect();
        problem.facts = Some(Box::new(serde_json::json!({ "error": mistakes.join("\n"), "warnings": warnings })));
        problem
    }

    /// The form works, but somebody should look at it first.
    pub(crate) fn form_warnings(of_sheet: &[String], of_workflow: &[serde_json::Value], lines: Vec<String>) -> Self {
        let mut problem = Self::new(
            StatusCode::BAD_REQUEST,
            "form_warnings",
            400.16,
            Text::both(
                "Nothing was stored yet: please read the warnings, then send the form again with ignoreWarnings=true.",
                "Rien n’a encore été enregistré : lisez les avertissements, puis renvoyez le formulaire avec ignoreWarnings=true.",
            ),
        );
        let null_if_none =
            |list: serde_json::Value| if list == serde_json::json!([]) { serde_json::Value::Null } else { list };
        problem.details = lines.into_iter().map(Into::into).collect();
        problem.facts = Some(Box::new(serde_json::json!({ "warnings": {
            "xlsFormWarnings": null_if_none(of_sheet.into()), "workflowWarnings": null_if_none(of_workflow.into()),
        }})));
        problem
    }

    /// A question changes the type that its answers were stored under.
    pub(crate) fn field_type_changed(path: &str, was: &str, is: &str) -> Self {
        let mut problem = Self::new(
            StatusCode::BAD_REQUEST,
            "field_type_changed",
            400.17,
            Text::both(
                format!(
                    "«{path}» was of type {was} and would become {is}. Answers are stored as {was}: give the question another name, or its old type."
                ),
                format!(
                    "« {path} » était de type {was} et deviendrait {is}. Des réponses sont enregistrées comme {was} : donnez un autre nom à la question, ou son ancien type."
                ),
            ),
        );
        problem.facts = Some(Box::new(serde_json::json!({ "path": path, "type": was, "newType": is })));
        problem
    }

    pub(crate) fn conflict(code: &'static str, central: f64, en: impl Into<String>, fr: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, central, Text::both(en, fr))
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

/// Problems as a page; somebody who is not signed in is led to the sign-in. Addresses that lead nowhere end here too,
/// and those of a program's protocol are answered in it.
pub(crate) async fn as_page(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let headers = request.headers();
    let lang = match super::path_language(&path) {
        Some(lang) => lang,
        None if path.starts_with("/v") => reader_language(headers),
        None => super::office::chosen_language(headers),
    };
    let address = request.uri().path_and_query().map_or("/office", |all| all.as_str()).to_owned();
    let back = super::office::came_from(headers);
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
    if is_below(&path, "/v1") {
        return rewritten(response, "application/problem+json", problem.to_json(lang).to_string());
    }
    if is_below(&path, "/v2") || is_below(&path, "/v3") {
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
