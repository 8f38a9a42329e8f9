//! Bodies of JSON, and what is wrong with one, by the numbers that clients of ODK Central know.

use crate::http::{App, Problem};
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// A body of JSON, whatever its type is said to be. No body stands for an empty object.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, app).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
            StatusCode::REQUEST_TIMEOUT => Problem::too_slow(),
            _ => Problem::cut_off(),
        })?;
        read(&bytes).map(Self)
    }
}

/// Reads JSON; nothing stands for an empty object.
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = if bytes.trim_ascii().is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(text).map_err(|error| match error.classify() {
        Category::Data => wrong(&error.to_string()),
        Category::Syntax | Category::Eof | Category::Io => Problem::unparseable("json", bytes.len()),
    })
}

/// What a well-formed body lacks, or has of another type.
fn wrong(said: &str) -> Problem {
    let said = said.split(" at line ").next().unwrap_or(said);
    match said.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        Some(field) => Problem::missing(field),
        None => Problem::wrong_type("body", said, said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Named {
        #[allow(dead_code)]
        name: String,
    }

    #[test]
    fn what_is_wrong_with_a_body_has_the_number_that_clients_know() {
        let told = |text: &str| read::<Named>(text.as_bytes()).unwrap_err().central;
        assert_eq!(
            [told(""), told("{}"), told("{"), told("\u{0}"), told("{\"name\":1}")],
            [400.2, 400.2, 400.1, 400.1, 400.11]
        );
        assert!(read::<Named>(b"{\"name\":\"x\",\"more\":1}").is_ok());
    }
}
