//! Forms that lay in the trash for 30 days are emptied for good; their submissions leave by the trash of submissions.

use crate::http::App;
use crate::world;
use anyhow::Result;
use dtm_model::Instant;
use dtm_store::{Stamp, Store};
use std::time::Duration;

/// How long a form can be taken back from the trash.
const DAYS: i64 = 30;
/// How often the job looks.
const EVERY: Duration = Duration::from_secs(3600);

/// Starts the job in the background. Two servers may run it at once: what one has emptied, the other no longer finds.
pub(crate) fn spawn(app: App) {
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(EVERY).await;
            let now = world::now();
            if let Err(error) = empty(&app.store, now).await {
                tracing::warn!(%error, "emptying old forms in the trash failed; it is tried again");
            }
        }
    });
}

/// Empties the forms that were put into the trash more than 30 days before this moment; returns how many.
pub(crate) async fn empty(store: &Store, now: Instant) -> Result<usize> {
    let stamp = Stamp::new(now, "job:trash");
    let before = Instant::from_millis(now.as_millis() - DAYS * 86_400_000);
    let mut n = 0;
    for form in store.forms_trashed_before(before).await? {
        n += usize::from(store.purge_form(&form.id, &stamp).await?);
    }
    Ok(n)
}
