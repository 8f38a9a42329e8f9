//! The records of a round, wherever they lie: hot in the store, or sealed in Parquet segments.

use super::settle::TABLE_FORM;
use anyhow::Result;
use dtm_engine::{batch, segment};
use dtm_model::{BlobHash, Field, FieldKind, FormSchema, FormVersionId, Record, RecordId, RoundId, Text};
use dtm_process::mapping::{Question, QuestionSet};
use dtm_store::{Blobs, Store};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// A record and the form it was filled on.
pub(crate) struct RoundRecord {
    pub(crate) record: Record,
    /// The form's id, or the word that stands for imported tables.
    pub(crate) form_key: String,
    /// What the form asks; none for an imported row.
    pub(crate) schema: Option<Arc<FormSchema>>,
}

/// Every record of a round that was not taken out, by id.
pub(crate) async fn of_round(store: &Store, blobs: &Blobs, round: &RoundId) -> Result<Vec<RoundRecord>> {
    let mut forms: HashMap<FormVersionId, Arc<FormSchema>> = HashMap::new();
    let mut found = Vec::new();
    for stored in store.records(round).await? {
        if stored.removed {
            continue;
        }
        found.push(with_form(store, &mut forms, stored.record, stored.form_version).await?);
    }
    let mut by_segment: BTreeMap<BlobHash, HashMap<RecordId, Option<FormVersionId>>> = BTreeMap::new();
    for sealed in store.sealed_records(round).await? {
        if !sealed.removed {
            by_segment.entry(sealed.segment).or_default().insert(sealed.id, sealed.form_version);
        }
    }
    for (hash, wanted) in by_segment {
        let batches = segment::read(&blobs.get(&hash).await?)?;
        for record in batch::records_back(&batches)? {
            if let Some(version) = wanted.get(&record.id) {
                found.push(with_form(store, &mut forms, record, version.clone()).await?);
            }
        }
    }
    found.sort_by(|a, b| a.record.id.cmp(&b.record.id));
    Ok(found)
}

/// One record, hot or sealed.
pub(crate) async fn one(store: &Store, blobs: &Blobs, id: &RecordId) -> Result<Option<Record>> {
    if let Some(stored) = store.record(id).await? {
        return Ok(Some(stored.record));
    }
    let Ok(Some(hash)) = store.segment_of(id).await else { return Ok(None) };
    let batches = segment::read(&blobs.get(&hash).await?)?;
    Ok(batch::records_back(&batches)?.into_iter().find(|record| record.id == *id))
}

/// These records, hot or sealed, in the order asked for; each segment is read once. Unknown ones are left out.
pub(crate) async fn several(store: &Store, blobs: &Blobs, ids: &[RecordId]) -> Result<Vec<Record>> {
    let mut found: HashMap<RecordId, Record> = HashMap::new();
    let mut by_segment: BTreeMap<BlobHash, HashSet<&RecordId>> = BTreeMap::new();
    for id in ids {
        if let Some(stored) = store.record(id).await? {
            found.insert(id.clone(), stored.record);
        } else if let Ok(Some(segment)) = store.segment_of(id).await {
            by_segment.entry(segment).or_default().insert(id);
        }
    }
    for (segment, wanted) in by_segment {
        let batches = segment::read(&blobs.get(&segment).await?)?;
        let records = batch::records_back(&batches)?.into_iter().filter(|record| wanted.contains(&record.id));
        found.extend(records.map(|record| (record.id.clone(), record)));
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

async fn with_form(
    store: &Store,
    forms: &mut HashMap<FormVersionId, Arc<FormSchema>>,
    record: Record,
    version: Option<FormVersionId>,
) -> Result<RoundRecord> {
    let Some(version) = version else {
        return Ok(RoundRecord { record, form_key: TABLE_FORM.to_owned(), schema: None });
    };
    if !forms.contains_key(&version)
        && let Some(known) = store.form_version_by_id(&version).await?
    {
        forms.insert(version.clone(), Arc::new(known.schema));
    }
    let schema = forms.get(&version).cloned();
    let form_key = schema.as_ref().map_or_else(|| TABLE_FORM.to_owned(), |schema| schema.xml_form_id.clone());
    Ok(RoundRecord { record, form_key, schema })
}

/// The columns that imported rows have, as questions.
pub(crate) fn questions_of(records: &[Record]) -> QuestionSet {
    let names: BTreeSet<&str> =
        records.iter().flat_map(|record| record.answers.values.keys().map(String::as_str)).collect();
    QuestionSet::of_columns(names.into_iter().map(|name| Question::column(name, None, None)))
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
        entities: None,
    }
}
