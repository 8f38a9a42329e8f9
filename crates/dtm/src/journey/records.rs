//! The records of a round, wherever they lie: hot in the store, or sealed in Parquet segments.

use super::settle::TABLE_FORM;
use anyhow::Result;
use dtm_capture::submission;
use dtm_engine::{batch, segment};
use dtm_model::{
    BlobHash, Correction, Field, FieldKind, FormSchema, FormVersionId, Record, RecordId, RoundId, Source, SubmissionId,
    Text,
};
use dtm_process::corrections;
use dtm_store::{Blobs, ReviewState, SealedRecord, Store, StoreError};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// A record and the form it was filled on.
pub(crate) struct RoundRecord {
    pub(crate) record: Record,
    /// The form's id, or the word that stands for imported tables.
    pub(crate) form_key: String,
    /// What the form asks; none for an imported row.
    pub(crate) schema: Option<Arc<FormSchema>>,
    /// What the review made of its submission; none as received, and for an imported row.
    pub(crate) review_state: Option<ReviewState>,
    /// Whether it came while its round did not collect.
    pub(crate) late: bool,
    /// Whether a correction took it out.
    pub(crate) removed: bool,
}

/// What is known of a record beside its answers.
type About = (Option<FormVersionId>, Option<ReviewState>, bool, bool);

/// Every record of a round that was not taken out and does not lie in the trash, by id.
pub(crate) async fn of_round(store: &Store, blobs: &Blobs, round: &RoundId) -> Result<Vec<RoundRecord>> {
    let all = of_round_with_removed(store, blobs, round).await?;
    Ok(all.into_iter().filter(|record| !record.removed).collect())
}

/// The same, with those that a correction took out.
pub(crate) async fn of_round_with_removed(store: &Store, blobs: &Blobs, round: &RoundId) -> Result<Vec<RoundRecord>> {
    found_in_round(store, blobs, round, |_| true).await
}

/// Those of these records of a round that were not taken out and do not lie in the trash, by id. Only the segments in which
/// one of them lies are read.
pub(crate) async fn some_of_round(
    store: &Store,
    blobs: &Blobs,
    round: &RoundId,
    wanted: &HashSet<RecordId>,
) -> Result<Vec<RoundRecord>> {
    let found = found_in_round(store, blobs, round, |id| wanted.contains(id)).await?;
    Ok(found.into_iter().filter(|record| !record.removed).collect())
}

async fn found_in_round(
    store: &Store,
    blobs: &Blobs,
    round: &RoundId,
    wanted: impl Fn(&RecordId) -> bool,
) -> Result<Vec<RoundRecord>> {
    match look_in_round(store, blobs, round, &wanted).await {
        // Segments were put together on the way; now the records name the new one.
        Err(error) if matches!(error.downcast_ref(), Some(StoreError::NotFound { .. })) => {
            look_in_round(store, blobs, round, &wanted).await
        }
        found => found,
    }
}

async fn look_in_round(
    store: &Store,
    blobs: &Blobs,
    round: &RoundId,
    wanted: &impl Fn(&RecordId) -> bool,
) -> Result<Vec<RoundRecord>> {
    let mut forms: HashMap<FormVersionId, Arc<FormSchema>> = HashMap::new();
    let mut found = Vec::new();
    for stored in store.records(round).await? {
        if stored.deleted || !wanted(&stored.record.id) {
            continue;
        }
        let about = (stored.form_version, stored.review_state, stored.late, stored.removed);
        found.push(with_form(store, &mut forms, stored.record, about).await?);
    }
    let mut by_segment: BTreeMap<BlobHash, HashMap<RecordId, SealedRecord>> = BTreeMap::new();
    for sealed in store.sealed_records(round).await? {
        if !sealed.deleted && wanted(&sealed.id) {
            by_segment.entry(sealed.segment.clone()).or_default().insert(sealed.id.clone(), sealed);
        }
    }
    for (hash, wanted) in by_segment {
        let bytes = blobs.get(&hash).await?;
        let read = move || batch::records_back(&segment::read(&bytes)?);
        for record in tokio::task::spawn_blocking(read).await?? {
            if let Some(sealed) = wanted.get(&record.id) {
                let about = (sealed.form_version.clone(), sealed.review_state, sealed.late, sealed.removed);
                found.push(with_form(store, &mut forms, record, about).await?);
            }
        }
    }
    found.sort_by(|a, b| a.record.id.cmp(&b.record.id));
    Ok(found)
}

/// The records of a round that `counts`, corrections applied; those that a correction took out are left out.
pub(crate) async fn clean(
    store: &Store,
    blobs: &Blobs,
    round: &RoundId,
    counts: impl Fn(&RoundRecord) -> bool,
) -> Result<Vec<RoundRecord>> {
    let log = corrections::by_record(store.corrections(round).await?);
    Ok(corrected(of_round(store, blobs, round).await?.into_iter().filter(counts), &log))
}

/// These records with the corrections of their round applied; those that a correction took out are left out.
pub(crate) fn corrected(
    raw: impl IntoIterator<Item = RoundRecord>,
    log: &BTreeMap<RecordId, Vec<Correction>>,
) -> Vec<RoundRecord> {
    raw.into_iter()
        .filter_map(|one| {
            let entries = log.get(&one.record.id).map_or(&[][..], Vec::as_slice);
            Some(RoundRecord { record: corrections::apply(&one.record, entries)?, ..one })
        })
        .collect()
}

/// One record, hot or sealed.
pub(crate) async fn one(store: &Store, id: &RecordId) -> Result<Option<Record>> {
    Ok(several(store, std::slice::from_ref(id)).await?.pop())
}

/// Submissions whose XML is read at once.
const AT_ONCE: usize = 64;

/// These records, hot or sealed, in the order asked for. Answers that are sealed are read anew from the submission they
/// came from, whose XML is in the store: for a page of a list that is quicker than any file, wherever files lie. Unknown
/// ones are left out.
pub(crate) async fn several(store: &Store, ids: &[RecordId]) -> Result<Vec<Record>> {
    let (hot, sealed) = store.records_by_id(ids).await?;
    let mut found: HashMap<RecordId, Record> =
        hot.into_iter().map(|stored| (stored.record.id.clone(), stored.record)).collect();
    let mut forms: HashMap<FormVersionId, Arc<FormSchema>> = HashMap::new();
    for some in sealed.chunks(AT_ONCE) {
        let sent: Vec<SubmissionId> = some.iter().filter_map(submission_of).cloned().collect();
        let xml = store.xml_of(&sent).await?;
        for one in some {
            let (Some(version), Some(xml)) = (&one.form_version, submission_of(one).and_then(|id| xml.get(id))) else {
                continue;
            };
            let Some(schema) = schema_of_version(store, &mut forms, version).await? else { continue };
            let answers = submission::answers(xml, &schema)?.answers;
            let record = Record { id: one.id.clone(), source: one.source.clone(), answers };
            found.insert(one.id.clone(), record);
        }
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

fn submission_of(sealed: &SealedRecord) -> Option<&SubmissionId> {
    match &sealed.source {
        Source::Submission { id } => Some(id),
        Source::Row { .. } => None,
    }
}

/// What a form version asks, read once.
async fn schema_of_version(
    store: &Store,
    forms: &mut HashMap<FormVersionId, Arc<FormSchema>>,
    version: &FormVersionId,
) -> Result<Option<Arc<FormSchema>>> {
    if !forms.contains_key(version)
        && let Some(known) = store.form_version_by_id(version).await?
    {
        forms.insert(version.clone(), Arc::new(known.schema));
    }
    Ok(forms.get(version).cloned())
}

/// These records of a round, hot or sealed, with their forms, in the order asked for.
pub(crate) async fn these(store: &Store, ids: &[RecordId]) -> Result<Vec<RoundRecord>> {
    let (hot, sealed) = store.records_by_id(ids).await?;
    let hot = hot.into_iter().map(|one| (one.record.id, (one.form_version, one.review_state, one.late, one.removed)));
    let sealed = sealed.into_iter().map(|one| (one.id, (one.form_version, one.review_state, one.late, one.removed)));
    let mut known: HashMap<RecordId, About> = hot.chain(sealed).collect();
    let mut forms: HashMap<FormVersionId, Arc<FormSchema>> = HashMap::new();
    let mut found = Vec::with_capacity(ids.len());
    for record in several(store, ids).await? {
        let about = known.remove(&record.id).unwrap_or_default();
        found.push(with_form(store, &mut forms, record, about).await?);
    }
    Ok(found)
}

async fn with_form(
    store: &Store,
    forms: &mut HashMap<FormVersionId, Arc<FormSchema>>,
    record: Record,
    (version, review_state, late, removed): About,
) -> Result<RoundRecord> {
    let Some(version) = version else {
        return Ok(RoundRecord { record, form_key: TABLE_FORM.to_owned(), schema: None, review_state, late, removed });
    };
    let schema = schema_of_version(store, forms, &version).await?;
    let form_key = schema.as_ref().map_or_else(|| TABLE_FORM.to_owned(), |schema| schema.xml_form_id.clone());
    Ok(RoundRecord { record, form_key, schema, review_state, late, removed })
}

/// The columns that imported rows have, as a form of texts.
pub(crate) fn schema_of(records: &[Record]) -> FormSchema {
    let mut seen = HashSet::new();
    let mut fields: Vec<Field> = Vec::new();
    for name in records.iter().flat_map(|record| record.answers.values.keys()) {
        if seen.insert(name) {
            fields.push(Field {
                path: name.clone(),
                kind: FieldKind::Text,
                label: Text::new(),
                hxl: None,
                choices: Vec::new(),
            });
        }
    }
    FormSchema {
        xml_form_id: TABLE_FORM.to_owned(),
        version: String::new(),
        title: String::new(),
        root: "row".to_owned(),
        fields,
        media: Vec::new(),
        encrypted: false,
        client_editable: false,
        entities: None,
        on_arrival: None,
    }
}
