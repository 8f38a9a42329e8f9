//! Settings of the whole server that can be changed while it runs, under the keys of ODK Central: what people see before they
//! sign in. Keys with nothing behind them here (`analytics`, `backups.main`) are refused as Central refuses unknown ones:
//! nothing is ever sent away, and `dtm backup` makes backups.

use super::body;
use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem};
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use dtm_store::{Config, ConfigContent};
use serde_json::{Map, Value, json};

/// The largest picture.
const MOST_BYTES: usize = 5 << 20;
/// The longest title, and the longest description.
const LONGEST_TITLE: usize = 200;
const LONGEST_DESCRIPTION: usize = 5_000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/config/public", get(all_public))
        .route("/v1/config/public/{key}", get(read_public))
        .route("/v1/config/{key}", get(read).post(set).delete(unset).layer(DefaultBodyLimit::max(MOST_BYTES)))
}

/// A key that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    LoginAppearance,
    Logo,
    HeroImage,
}

impl Key {
    const ALL: [Key; 3] = [Key::LoginAppearance, Key::Logo, Key::HeroImage];

    fn code(self) -> &'static str {
        match self {
            Key::LoginAppearance => "login-appearance",
            Key::Logo => "logo",
            Key::HeroImage => "hero-image",
        }
    }

    /// The key of this word; any other cannot be set.
    fn read(code: &str) -> Result<Self, Problem> {
        let found = Self::ALL.into_iter().find(|key| key.code() == code);
        found.ok_or_else(|| Problem::unexpected_value("key", code))
    }
}

/// What the sign-in page says, within bounds; empty texts count as none.
fn appearance(given: &Value) -> Result<Value, Problem> {
    let mut kept = Map::new();
    for (name, longest) in [("title", LONGEST_TITLE), ("description", LONGEST_DESCRIPTION)] {
        let Some(text) = given.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()) else { continue };
        if text.chars().count() > longest || text.contains('\0') {
            return Err(Problem::unexpected_value(name, &text.chars().take(60).collect::<String>()));
        }
        kept.insert(name.to_owned(), text.into());
    }
    Ok(Value::Object(kept))
}

/// The media type of a picture, if it is one that every browser shows: by its first bytes, whatever it is said to be.
fn picture(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

fn config_json(config: &Config) -> Value {
    let mut json = json!({ "key": config.name, "setAt": config.set_at.to_string() });
    match &config.content {
        ConfigContent::Value(value) => json["value"] = serde_json::from_str(value).unwrap_or(Value::Null),
        ConfigContent::File { .. } => json["blobExists"] = true.into(),
    }
    json
}

async fn set(
    State(app): State<App>,
    viewer: Viewer,
    Path(key): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Problem> {
    viewer.may(Verb::ConfigSet, On::Site)?;
    let content = match Key::read(&key)? {
        Key::LoginAppearance => ConfigContent::Value(appearance(&body::read(&bytes)?)?.to_string()),
        Key::Logo | Key::HeroImage => {
            let media = picture(&bytes).ok_or_else(|| Problem::unexpected_value("Content-Type", "?"))?;
            ConfigContent::File { hash: app.blobs.put(bytes).await?, media: media.to_owned() }
        }
    };
    app.store.set_config(&key, &content, &viewer.stamp()).await?;
    let config = app.store.config(&key).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(config_json(&config)))
}

async fn unset(State(app): State<App>, viewer: Viewer, Path(key): Path<String>) -> Result<Json<Value>, Problem> {
    viewer.may(Verb::ConfigSet, On::Site)?;
    Key::read(&key)?;
    app.store.unset_config(&key, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}

/// What was set, or the picture itself.
async fn answer(app: &App, key: &str) -> Result<Response, Problem> {
    let config = app.store.config(key).await?.ok_or_else(Problem::not_found)?;
    let ConfigContent::File { hash, media } = &config.content else {
        return Ok(Json(config_json(&config)).into_response());
    };
    let mut about = HeaderMap::new();
    for (name, value) in [
        (header::CONTENT_TYPE, media.as_str()),
        (header::CONTENT_DISPOSITION, "inline"),
        (header::CACHE_CONTROL, "public, max-age=300"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
    ] {
        about.insert(name, value.parse().map_err(Problem::internal)?);
    }
    Ok((about, app.blobs.get(hash).await?).into_response())
}

async fn read(State(app): State<App>, viewer: Viewer, Path(key): Path<String>) -> Result<Response, Problem> {
    viewer.may(Verb::ConfigRead, On::Site)?;
    answer(&app, &key).await
}

/// Every key that can be set is everybody's to read; of others nobody is told whether they are there.
async fn read_public(State(app): State<App>, Path(key): Path<String>) -> Result<Response, Problem> {
    Key::read(&key).map_err(|_| Problem::forbidden())?;
    answer(&app, &key).await
}

/// Everything that was set and is everybody's to know.
async fn all_public(State(app): State<App>) -> Result<Json<Value>, Problem> {
    let all = app.store.configs().await?;
    Ok(Json(Value::Object(all.iter().map(|config| (config.name.clone(), config_json(config))).collect())))
}

/// What the sign-in page shows: a title, a description, and whether there are a logo and a picture.
#[derive(Default)]
pub(crate) struct Appearance {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) logo: bool,
    pub(crate) hero: bool,
}

impl Appearance {
    pub(crate) async fn of(app: &App) -> Result<Self, Problem> {
        let mut shown = Self::default();
        for config in app.store.configs().await? {
            let text = |name: &str| match &config.content {
                ConfigContent::Value(value) => {
                    let value: Value = serde_json::from_str(value).unwrap_or(Value::Null);
                    value[name].as_str().unwrap_or_default().to_owned()
                }
                ConfigContent::File { .. } => String::new(),
            };
            match Key::read(&config.name) {
                Ok(Key::LoginAppearance) => (shown.title, shown.description) = (text("title"), text("description")),
                Ok(Key::Logo) => shown.logo = true,
                Ok(Key::HeroImage) => shown.hero = true,
                Err(_) => {}
            }
        }
        Ok(shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_its_first_bytes_and_a_drawing_with_scripts_is_none() {
        assert_eq!(picture(b"\x89PNG\r\n\x1a\n...."), Some("image/png"));
        assert_eq!(picture(b"RIFF1234WEBPVP8 "), Some("image/webp"));
        for odd in [&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], b"", b"GIF", b"<html>"] {
            assert_eq!(picture(odd), None);
        }
    }

    #[test]
    fn of_what_the_sign_in_page_says_only_texts_are_kept() {
        let kept = appearance(&json!({ "title": "DTM Sorelia", "description": "", "more": 1 })).unwrap();
        assert_eq!(kept, json!({ "title": "DTM Sorelia" }));
        assert_eq!(appearance(&json!(null)).unwrap(), json!({}));
        assert_eq!(appearance(&json!({ "title": "x".repeat(300) })).unwrap_err().central, 400.8);
    }
}
