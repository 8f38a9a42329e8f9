//! What time does to agreements: a reminder before the end, the end, and that it is forgotten who asked.

use super::told;
use crate::http::App;
use crate::world;
use anyhow::Result;
use dtm_model::Instant;
use dtm_store::{RequestState, Stamp, StoreError};
use std::time::Duration;

/// How long before its end a partner is reminded.
const REMINDED_MS: i64 = 14 * 86_400_000;
/// How long it is known who asked, after a request was refused, withdrawn or came to its end.
const KNOWN_MS: i64 = 365 * 86_400_000;
/// How often the job looks.
const EVERY: Duration = Duration::from_secs(3600);

/// Starts the job in the background. Several servers may run it: each step is done by one.
pub(crate) fn spawn(app: App) {
    tokio::spawn(async move {
        loop {
            if let Err(error) = pass(&app, world::now()).await {
                tracing::warn!(%error, "agreements could not be looked through");
            }
            tokio::time::sleep(EVERY).await;
        }
    });
}

/// Does what is due at this moment.
pub(crate) async fn pass(app: &App, now: Instant) -> Result<()> {
    let stamp = Stamp::new(now, "server");
    for request in app.store.ended_agreements(now).await? {
        let Some(operation) = app.store.operation(&request.operation).await? else { continue };
        let mails = told(app, &operation, &request, "ended");
        match app.store.move_data_request(&request, RequestState::Expired, &request.words, &mails, &stamp).await {
            Ok(()) | Err(StoreError::Conflict { .. }) => {}
            Err(other) => return Err(other.into()),
        }
    }
    let soon = Instant::from_millis(now.as_millis() + REMINDED_MS);
    for agreement in app.store.agreements_to_remind(soon).await? {
        let Some(request) = app.store.data_request_by_id(&agreement.request).await? else { continue };
        let Some(operation) = app.store.operation(&request.operation).await? else { continue };
        // One that was made for a few days only needs no reminder.
        let lasts = agreement.ends_at.as_millis() - agreement.granted_at.as_millis();
        let mails = if lasts > REMINDED_MS { told(app, &operation, &request, "reminder") } else { Vec::new() };
        app.store.remind_of_end(&request.id, &mails, &stamp).await?;
    }
    app.store.forget_requesters(Instant::from_millis(now.as_millis() - KNOWN_MS), &stamp).await?;
    Ok(())
}
