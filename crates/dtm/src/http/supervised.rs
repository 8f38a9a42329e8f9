//! Supervision of a round as one reader may see it, for the pages and the API alike.
//!
//! Counted are the interviews of which the reader may see every answer, in the areas that are theirs; what is usual is then
//! usual among these. Names of enumerators are for those who review; others see their work under numbers. That somebody
//! looked is noted, for these are figures about people.

use super::office::records::scope_of;
use super::viewer::{On, Verb, Viewer};
use super::{App, Problem, Scope};
use crate::journey::RoundOf;
use crate::journey::supervision::{Asked, Book, gather};
use crate::world;
use std::collections::HashMap;

/// The work of a round, as far as it is this reader's to see.
pub(super) async fn book(app: &App, viewer: &Viewer, of: RoundOf<'_>, asked: Asked) -> Result<Book, Problem> {
    let on = On::Project(&of.operation.id);
    if !viewer.can_partly(Verb::SubmissionList, on) {
        return Err(Problem::forbidden());
    }
    let mut gathered = gather(&app.store, &app.blobs, of, world::today()).await?;
    let mut scopes: HashMap<String, Scope> = HashMap::new();
    for key in gathered.form_keys() {
        let scope = scope_of(app, viewer, Verb::SubmissionList, of.operation, of.exercise, &key).await;
        if let Ok(scope) = scope {
            scopes.insert(key, scope);
        }
    }
    let narrow = move || {
        gathered.retain(|record, by| {
            let scope = scopes.get(&record.form_key);
            let share = scope.and_then(|scope| scope.share(by, Some(&record.record.answers)));
            share.is_some_and(|share| share.is_whole())
        });
        gathered
    };
    // To ask each record for its area takes long where there are many.
    let gathered = tokio::task::spawn_blocking(narrow).await.map_err(Problem::internal)?;
    let mut book = gathered.book(asked).await?;
    if !viewer.can_partly(Verb::SubmissionReview, on) {
        book.hide_names();
    }
    viewer.saw(app, format!("{}/supervision", of.round.id)).await;
    Ok(book)
}
