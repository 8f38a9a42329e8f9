//! Problems of how something was asked: bodies that are too large or cut off, values that are missing or unexpected.

use super::Problem;
use axum::http::StatusCode;
use dtm_model::Text;

impl Problem {
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
}
