//! What happened to releases that the public sees: published, corrected, withdrawn.

use super::editions::PUBLIC;
use crate::http::App;
use anyhow::Result;
use dtm_model::Lang;
use dtm_model::{Operation, Text};
use dtm_publish::catalogue::feed::{News, What};

/// As much as a feed tells.
const MOST: usize = 100;

/// The newest news of these operations, newest first.
pub(crate) async fn of(app: &App, operations: &[Operation]) -> Result<Vec<News>> {
    let mut told = Vec::new();
    for operation in operations {
        for row in app.store.releases(&operation.id).await? {
            if row.audience == PUBLIC {
                told.push(row);
            }
        }
    }
    told.sort_by_key(|row| std::cmp::Reverse(row.withdrawn_at.unwrap_or(row.made_at)));
    told.truncate(MOST);
    let mut news = Vec::new();
    for row in &told {
        let release = app.editions.open(&app.blobs, row).await?;
        let heading = release.heading();
        let name = |lang: Lang| format!("{} – {}", heading.country.get(lang), heading.operation_name.get(lang));
        let about = |at, what| News {
            release: row.id.clone(),
            at,
            what,
            operation: Text::both(name(Lang::En), name(Lang::Fr)),
            slug: heading.operation.clone(),
            round: heading.round.as_str().to_owned(),
            exercise: heading.exercise.clone(),
            version: row.version,
        };
        let what = if row.version == 1 { What::Published } else { What::Corrected(release.reason().clone()) };
        news.push(about(row.made_at, what));
        if let Some(at) = row.withdrawn_at {
            news.push(about(at, What::Withdrawn(row.withdrawn_why.clone().unwrap_or_default())));
        }
    }
    news.sort_by_key(|news| std::cmp::Reverse(news.at));
    news.truncate(MOST);
    Ok(news)
}
