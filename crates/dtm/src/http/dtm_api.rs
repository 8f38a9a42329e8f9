//! stub until files land
use super::App;
pub(crate) fn routes() -> axum::Router<App> { axum::Router::new() }
