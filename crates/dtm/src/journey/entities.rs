//! Entity lists between forms and phones: a published form makes the lists it feeds, a phone gets what it may have of
//! the lists its forms read, and what waited too long is dealt with in the background.

use crate::http::{App, Problem};
use crate::world;
use anyhow::Result;
use axum::body::Bytes;
use axum::http::StatusCode;
use bytes::Buf as _;
use dtm_capture::entities::EntityFormError;
use dtm_model::{FormVersionId, Instant, Lang, OperationId, Pcode, Text};
use dtm_store::{Access, EntityFilter, EntityList, EntityRow, Form, FormVersion, Stamp, Store, StoreError};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

/// How long an offline update waits for what it is based on.
const BACKLOG_DAYS: i64 = 5;
/// How long deleted entities stay in the trash.
const TRASH_DAYS: i64 = 30;
const DAY_MS: i64 = 86_400_000;
/// How often the job looks.
const EVERY: Duration = Duration::from_secs(30 * 60);

/// The problem of a form whose entity declaration cannot be followed.
pub(crate) fn invalid_form(error: &EntityFormError) -> Problem {
    let (en, fr) = (error.message(Lang::En), error.message(Lang::Fr));
    let message = Text::both(
        format!("The entity definition within the form is invalid: {en}."),
        format!("La définition des entités dans le formulaire n’est pas valable : {fr}."),
    );
    let mut problem = Problem::new(StatusCode::BAD_REQUEST, "entity_form_invalid", 400.25, message);
    problem.details.push(serde_json::json!({ "reason": en }));
    problem
}

/// The lists that a form version reads, with the names under which it reads them: those linked, and those named like a
/// file of the form that was not uploaded.
pub(crate) async fn linked_lists(
    store: &Store,
    operation: &OperationId,
    version: &FormVersion,
) -> Result<Vec<(String, EntityList)>, Problem> {
    Ok(lists_read(store, operation, &version.id, &version.schema.media).await?)
}

/// The same of a version that names these files.
pub(crate) async fn lists_read(
    store: &Store,
    operation: &OperationId,
    version: &FormVersionId,
    media: &[String],
) -> Result<Vec<(String, EntityList)>, StoreError> {
    if media.is_empty() {
        return Ok(Vec::new());
    }
    let files = store.form_files(version).await?;
    let mut lists = Vec::new();
    for name in media {
        let file = files.iter().find(|file| file.name == *name);
        let list = match file {
            Some(file) => file.list.clone(),
            None => name.strip_suffix(".csv").map(str::to_owned),
        };
        let Some(list) = list else { continue };
        if let Some(list) = store.entity_list(operation, &list).await? {
            lists.push((name.clone(), list));
        }
    }
    Ok(lists)
}

/// The forms whose published version reads a list.
pub(crate) async fn linked_forms(store: &Store, list: &EntityList) -> Result<Vec<Form>, Problem> {
    let mut forms = Vec::new();
    for published in store.published_forms(&list.operation).await? {
        if published.version.schema.media.is_empty() {
            continue;
        }
        let lists = linked_lists(store, &list.operation, &published.version).await?;
        if lists.iter().any(|(_, linked)| linked.number == list.number) {
            forms.push(published.form);
        }
    }
    Ok(forms)
}

/// What an app user or public link may have of a list. A rule that asks for a property it does not have gives nothing.
pub(crate) async fn access(store: &Store, list: &EntityList, by: &str) -> Result<Access, Problem> {
    let mut access = Access { owner: list.owner_only.then(|| by.to_owned()), ..Access::default() };
    if !list.filters.is_empty() {
        let actor = by.split_once(':').map_or(by, |(_, id)| id);
        let own = store.actor_property_values(actor).await?;
        for filter in &list.filters {
            match own.get(&filter.actor_property) {
                Some(value) => access.values.push((filter.property.clone(), value.clone())),
                None => access.nothing = true,
            }
        }
    }
    Ok(access)
}

/// What people have who may see these areas alone; everything where none are named.
pub(crate) fn access_of_areas(areas: Option<Vec<Pcode>>) -> Access {
    Access { areas: areas.map(|areas| areas.into_iter().map(|area| area.0).collect()), ..Access::default() }
}

/// The rows of a CSV that a form reads.
pub(crate) fn phone_csv(list: &EntityList, rows: &[EntityRow], with_head: bool) -> Result<Vec<u8>> {
    let mut sheet = csv::Writer::from_writer(Vec::with_capacity(rows.len() * 100));
    let names: Vec<&str> = list.properties.iter().map(|property| property.name.as_str()).collect();
    if with_head {
        sheet.write_record(["name", "label", "__version"].iter().chain(&names))?;
    }
    for row in rows {
        let version = row.version.to_string();
        let values = names.iter().map(|name| row.data.get(*name).map_or("", String::as_str));
        sheet.write_record([row.id.as_str(), row.label.as_str(), &version].into_iter().chain(values))?;
    }
    Ok(sheet.into_inner()?)
}

/// A whole list as a form reads it; none where it is larger than this many bytes.
pub(crate) async fn whole_csv(store: &Store, list: &EntityList, most: usize) -> Result<Option<Vec<u8>>> {
    let (mut text, mut before) = (Vec::new(), None);
    loop {
        let rows = store.entity_rows(list, &EntityFilter::default(), before, PAGE).await?;
        text.extend(phone_csv(list, &rows, before.is_none())?);
        if text.len() > most {
            return Ok(None);
        }
        if rows.len() < PAGE as usize {
            return Ok(Some(text));
        }
        before = rows.last().map(|row| row.seq);
    }
}

/// How many entities are read at once.
const PAGE: u32 = 5000;
/// A list that is larger than this when compressed is written anew for each phone.
const LARGEST: usize = 12 << 20;
/// How much is kept of all lists together.
const KEPT: usize = 36 << 20;

/// Lists as phones get them, compressed: hundreds of phones ask for the same one on the same morning.
#[derive(Default)]
pub(crate) struct Sheets(Mutex<Vec<(String, Arc<Sheet>)>>);

/// One list, once it is made.
type Sheet = OnceCell<Option<Bytes>>;

impl Sheets {
    /// The place of a sheet, and the others pushed out where there is no room.
    fn place(&self, mark: &str) -> Arc<Sheet> {
        let mut sheets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = match sheets.iter().position(|(known, _)| known == mark) {
            Some(at) => sheets.remove(at).1,
            None => Arc::default(),
        };
        sheets.push((mark.to_owned(), place.clone()));
        let size = |cell: &Arc<Sheet>| cell.get().and_then(Option::as_ref).map_or(0, Bytes::len);
        while sheets.len() > 200 || sheets.iter().map(|(_, cell)| size(cell)).sum::<usize>() > KEPT {
            sheets.remove(0);
        }
        place
    }
}

/// A list as a phone gets it, compressed; nothing where it is too large to be kept. Whoever asks while it is being made
/// waits for it.
pub(crate) async fn kept_csv(
    app: &App,
    list: &EntityList,
    access: &Access,
    mark: &str,
) -> Result<Option<Bytes>, Problem> {
    let place = app.entity_sheets.place(mark);
    let made = place.get_or_try_init(|| async {
        let mut zipped = GzEncoder::new(Vec::new(), Compression::fast());
        let filter = EntityFilter { access: access.clone(), ..EntityFilter::default() };
        let (mut before, mut is_first) = (None, true);
        loop {
            let rows = app.store.entity_rows(list, &filter, before, PAGE).await?;
            let is_last = rows.len() < PAGE as usize;
            before = rows.last().map(|row| row.seq);
            zipped.write_all(&phone_csv(list, &rows, is_first)?)?;
            is_first = false;
            if zipped.get_ref().len() > LARGEST {
                return Ok(None);
            }
            if is_last {
                return anyhow::Ok(Some(Bytes::from(zipped.finish()?)));
            }
        }
    });
    Ok(made.await?.clone())
}

/// The same, for those who cannot read it compressed: piece by piece, for it may be ten times as large.
pub(crate) fn unzipped(zipped: Bytes) -> impl Iterator<Item = std::io::Result<Bytes>> {
    const PIECE: usize = 256 << 10;
    let mut text = flate2::read::GzDecoder::new(zipped.reader());
    std::iter::from_fn(move || {
        let mut piece = Vec::with_capacity(PIECE);
        match text.by_ref().take(PIECE as u64).read_to_end(&mut piece) {
            Ok(0) => None,
            read => Some(read.map(|_| Bytes::from(piece))),
        }
    })
}

/// Starts the job that applies by force what waited too long, and empties the trash. Two servers may run it at once.
pub(crate) fn spawn(app: App) {
    tokio::spawn(async move {
        loop {
            if let Err(error) = tidy(&app.store, world::now()).await {
                tracing::warn!(%error, "entities that wait or were deleted could not be dealt with; it is tried again");
            }
            tokio::time::sleep(EVERY).await;
        }
    });
}

/// Applies by force what waited too long, and removes for good what was deleted long ago.
pub(crate) async fn tidy(store: &Store, now: Instant) -> Result<()> {
    let before = |days: i64| Instant::from_millis(now.as_millis() - days * DAY_MS);
    let stamp = Stamp::new(now, "job:entities");
    store.force_entities(before(BACKLOG_DAYS), &stamp).await?;
    store.purge_entities(before(TRASH_DAYS), &stamp).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_that_were_not_asked_for_longest_make_room() {
        let sheets = Sheets::default();
        let first = sheets.place("first");
        first.set(Some(Bytes::from(vec![0; KEPT - 10]))).unwrap();
        sheets.place("second").set(Some(Bytes::from(vec![0; 20]))).unwrap();
        assert!(Arc::ptr_eq(&sheets.place("second"), &sheets.place("second")));
        assert!(!Arc::ptr_eq(&sheets.place("first"), &first));
    }
}
