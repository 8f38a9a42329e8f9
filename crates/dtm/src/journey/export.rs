//! Reads submissions for those who take many: OData, CSV, GeoJSON.
//!
//! A task reads ahead, a portion at a time, and waits when nobody takes the portions: memory stays the same however many
//! submissions there are. What comes out is the XML as sent with what the server knows of it. Encrypted submissions are
//! opened here, on all cores, for readers who hold their keys; of the others what stays readable is read.

use super::opening::{self, Closed, Keyring};
use crate::http::{App, Scope};
use dtm_capture::encrypted;
use dtm_capture::instance::{Instance, Shape};
use dtm_capture::odata::{Comparison, Expression, Field, System, SystemValues, Value};
use dtm_capture::submission;
use dtm_model::{FieldKind, FormSchema, FormVersionId, Instant, RecordId, SubmissionId};
use dtm_store::{
    Column, Condition, ExportSource, FileCounts, Form, Near, StoreError, Submission, SubmissionFile, Trash,
};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Submissions looked at in one go.
const PAGE: u32 = 512;
/// Submissions of one portion.
const PORTION: usize = 128;
/// Bytes of XML in one portion, unless a single submission is larger.
const PORTION_BYTES: u64 = 2 << 20;

/// A submission as it leaves.
pub(crate) struct Sent {
    pub(crate) record: RecordId,
    pub(crate) version: SubmissionId,
    pub(crate) system: SystemValues,
    /// The answers, or those of them that stay readable; none where nothing can be read.
    xml: Option<String>,
    /// Whether it was encrypted, and the reader holds its key.
    pub(crate) is_opened: bool,
    /// Paths of the answers that are not for the reader.
    hidden: Option<HashSet<String>>,
}

impl Sent {
    /// Reads the answers that are for the reader; false, and an empty instance, where none can be read.
    pub(crate) fn read(&self, instance: &mut Instance, shape: &Shape) -> bool {
        let is_read = self.xml.as_deref().is_some_and(|xml| match instance.read(xml, shape) {
            Ok(()) => true,
            Err(error) => {
                // What was stored was whole; should it not be read, its row is left empty and the log says so.
                tracing::error!(submission = %self.version, %error, "a stored submission could not be read");
                false
            }
        });
        if !is_read {
            *instance = Instance::default();
        }
        self.hide(instance, shape);
        is_read
    }

    /// The answers in clear, where they were encrypted and every one of them is for the reader.
    pub(crate) fn opened(self) -> Option<String> {
        self.xml.filter(|_| self.is_opened && self.hidden.is_none())
    }

    /// Whether every answer is for the reader, and with it the files.
    pub(crate) fn shows_all(&self) -> bool {
        self.hidden.is_none()
    }

    fn hide(&self, instance: &mut Instance, shape: &Shape) {
        let Some(hidden) = &self.hidden else { return };
        let is_hidden = |node: usize| hidden.contains(&shape.node(node).path);
        instance.hide(is_hidden);
        // How many turns a repeat has is told to those only who may read something of it.
        let mut shown = vec![false; shape.nodes().len()];
        for (at, node) in shape.nodes().iter().enumerate() {
            if !node.is_structure() && !is_hidden(at) {
                let mut above = Some(at);
                while let Some(here) = above {
                    shown[here] = true;
                    above = shape.node(here).parent;
                }
            }
        }
        instance.leave_out(|node| shape.node(node).kind == FieldKind::Repeat && !shown[node]);
    }
}

/// What is the same for all submissions of a form.
pub(crate) struct Source {
    app: App,
    pub(crate) form: Form,
    /// What of it the reader may see.
    scope: Scope,
    /// What the database leaves out of what they may not see.
    near: Option<Near>,
    /// The keys that the reader holds.
    pub(crate) keys: Keyring,
    draft: bool,
    /// The draft that is tried out.
    draft_version: Option<FormVersionId>,
    until: Instant,
    /// Names of those who sent something, as the audit log calls them.
    names: HashMap<String, String>,
    versions: HashMap<FormVersionId, String>,
    /// Whether submissions may be encrypted.
    pub(crate) encrypts: bool,
    /// What each published version asks, the newest first; of a draft, what it asks.
    pub(crate) schemas: Vec<FormSchema>,
}

/// Which submissions are read, and in which order.
#[derive(Clone)]
pub(crate) enum Rows {
    /// The newest first: those before `before`, after `skip` of them, at most `limit`.
    Newest { source: ExportSource, before: Option<RecordId>, skip: u64, limit: Option<u64> },
    /// These, in this order.
    These(Vec<RecordId>),
}

/// The number that stands for one of our ids where clients expect a whole number: its last 48 bits.
fn number(id: &str) -> Option<i64> {
    i64::from_str_radix(id.rsplit('-').next()?, 16).ok()
}

impl Source {
    /// The submissions of a form up to this moment; with `draft` those that only try it out.
    pub(crate) async fn open(
        app: &App,
        form: &Form,
        scope: Scope,
        keys: Keyring,
        draft: bool,
        until: Instant,
    ) -> Result<Source, StoreError> {
        let mut names = HashMap::new();
        for user in app.store.users().await? {
            names.insert(format!("user:{}", user.id), user.name);
        }
        for phone in app.store.app_users(&form.operation).await? {
            names.insert(format!("app-user:{}", phone.id), phone.name);
        }
        let versions = app.store.form_versions(&form.id).await?;
        let of_draft = versions.iter().rev().find(|version| draft && version.published_at.is_none());
        let draft_version = of_draft.map(|version| version.id.clone());
        let shown = versions.iter().rev().filter(|version| match draft {
            true => Some(&version.id) == draft_version.as_ref(),
            false => version.published_at.is_some(),
        });
        let schemas = shown.map(|version| version.schema.clone()).collect();
        let encrypts = versions.iter().any(|version| version.schema.encrypted || version.schema.sealing().is_some());
        let versions = versions.into_iter().map(|version| (version.id, version.version)).collect();
        let near = scope.near(&app.store, &form.id).await?;
        Ok(Source {
            near,
            app: app.clone(),
            form: form.clone(),
            scope,
            keys,
            draft,
            draft_version,
            until,
            names,
            versions,
            encrypts,
            schemas,
        })
    }

    /// Whether the reader may see every row and every answer.
    pub(crate) fn shows_all(&self) -> bool {
        self.scope.is_whole()
    }

    /// The paths of a submission's answers that the reader may not see; nothing where the row is not theirs at all.
    fn hidden(&self, head: &Submission, xml: Option<&str>) -> Option<Option<HashSet<String>>> {
        if self.scope.is_whole() {
            return Some(None);
        }
        let schema = self.schemas.first()?;
        let answers = xml.and_then(|xml| submission::answers(xml, schema).ok()).map(|reading| reading.answers);
        let share = self.scope.share(&head.submitter, answers.as_ref())?;
        if share.is_whole() {
            return Some(None);
        }
        let fields = self.schemas.iter().flat_map(|schema| &schema.fields);
        Some(Some(fields.filter(|field| !share.shows(&field.path)).map(|field| field.path.clone()).collect()))
    }

    /// All of them but those in the trash.
    pub(crate) fn all(&self) -> ExportSource {
        ExportSource {
            form: self.form.id.clone(),
            draft: self.draft,
            version: self.draft_version.clone(),
            trash: Trash::Without,
            until: self.until,
            conditions: Vec::new(),
            near: self.near.clone(),
        }
    }

    /// What the server knows of a submission.
    pub(crate) fn system(&self, head: &Submission, files: FileCounts) -> SystemValues {
        SystemValues {
            instance_id: head.instance_id.clone(),
            submission_date: head.created_at,
            updated_at: head.updated_at,
            submitter_id: number(&head.submitter),
            submitter_name: self.names.get(&head.submitter).cloned(),
            attachments_present: files.present,
            attachments_expected: files.expected,
            status: None,
            review_state: head.review_state.map(|state| state.code().to_owned()),
            device_id: head.device_id.clone(),
            edits: u64::try_from(head.edits).unwrap_or(0),
            form_version: self.versions.get(&head.form_version).cloned().unwrap_or_default(),
            deleted_at: head.deleted_at,
        }
    }

    /// Reads submissions ahead; the task ends when the receiver is dropped.
    pub(crate) fn read(self: &Arc<Self>, rows: Rows) -> mpsc::Receiver<Result<Vec<Sent>, StoreError>> {
        let (sender, receiver) = mpsc::channel(2);
        let source = self.clone();
        tokio::spawn(async move {
            if let Err(Some(error)) = source.read_to(rows, &sender).await {
                let _ = sender.send(Err(error)).await;
            }
        });
        receiver
    }

    /// Reads to the end, or until nobody listens (`Err(None)`).
    async fn read_to(
        &self,
        rows: Rows,
        sender: &mpsc::Sender<Result<Vec<Sent>, StoreError>>,
    ) -> Result<(), Option<StoreError>> {
        match rows {
            Rows::Newest { source, mut before, mut skip, limit } => {
                let mut left = limit.unwrap_or(u64::MAX);
                while left > 0 {
                    let n = u64::from(PAGE).min(left) as u32;
                    let heads = self.app.store.export_page(&source, before.as_ref(), skip, n).await?;
                    let Some(last) = heads.last() else { return Ok(()) };
                    (before, skip) = (Some(last.record.clone()), 0);
                    left -= heads.len() as u64;
                    self.send(heads, sender).await?;
                }
            }
            Rows::These(ids) => {
                for ids in ids.chunks(PAGE as usize) {
                    let found = self.app.store.submissions_of_records(ids).await?;
                    let found: HashMap<&RecordId, &Submission> = found.iter().map(|one| (&one.record, one)).collect();
                    // A submission may come several times, once for each of its turns that are wanted.
                    let heads = ids.iter().filter_map(|id| found.get(id).map(|one| (*one).clone())).collect();
                    self.send(heads, sender).await?;
                }
            }
        }
        Ok(())
    }

    /// Reads the XML of these and sends them off in portions.
    async fn send(
        &self,
        heads: Vec<Submission>,
        sender: &mpsc::Sender<Result<Vec<Sent>, StoreError>>,
    ) -> Result<(), Option<StoreError>> {
        let store = &self.app.store;
        let versions: Vec<SubmissionId> = heads.iter().map(|head| head.current.clone()).collect();
        let sizes = store.xml_sizes(&versions).await?;
        let counts = store.file_counts(&versions).await?;
        // Of what may be encrypted the answers lie in a file, and count as it does.
        let encrypted: Vec<SubmissionId> = match self.encrypts {
            true => versions.iter().filter(|id| counts.contains_key(id)).cloned().collect(),
            false => Vec::new(),
        };
        let files = store.files_of(&encrypted).await?;
        let size = |head: &Submission, files: &HashMap<SubmissionId, Vec<SubmissionFile>>| {
            let sealed = files.get(&head.current).map_or(0, |files| opening::size_of_answers(files));
            sizes.get(&head.current).copied().unwrap_or(0) + sealed
        };
        let mut heads = heads.into_iter().peekable();
        while heads.peek().is_some() {
            let (mut portion, mut bytes) = (Vec::new(), 0);
            while let Some(head) = heads.next_if(|head| {
                portion.is_empty() || (portion.len() < PORTION && bytes + size(head, &files) <= PORTION_BYTES)
            }) {
                bytes += size(&head, &files);
                portion.push(head);
            }
            let mut ids: Vec<SubmissionId> = portion.iter().map(|head: &Submission| head.current.clone()).collect();
            ids.sort();
            ids.dedup();
            let mut xml = store.xml_of(&ids).await?;
            let closed = self.closed(&mut xml, &files);
            let opened = match self.keys.is_empty() {
                true => HashMap::new(),
                false => {
                    let openable = closed.iter().filter(|(_, one)| opening::has_answers(&one.files));
                    let openable = openable.map(|(_, one)| one.clone()).collect();
                    opening::answers(&self.app.blobs, &self.keys, openable).await?
                }
            };
            let mut sent = Vec::with_capacity(portion.len());
            for head in portion {
                let mut system = self.system(&head, counts.get(&head.current).copied().unwrap_or_default());
                let is_opened = opened.contains_key(&head.current);
                let answers = match (xml.get(&head.current), closed.get(&head.current)) {
                    (Some(xml), _) => Some(xml.clone()),
                    (None, Some(_)) if is_opened => opened.get(&head.current).cloned(),
                    (None, Some(closed)) => {
                        let here = opening::has_answers(&closed.files);
                        system.status = Some(if here { "notDecrypted" } else { "missingEncryptedFormData" });
                        encrypted::readable_part(&closed.envelope).map(str::to_owned)
                    }
                    // One that was purged meanwhile is passed over.
                    (None, None) => continue,
                };
                let Some(hidden) = self.hidden(&head, answers.as_deref()) else { continue };
                if hidden.is_some() {
                    // Whether a file is there tells whether a question was answered.
                    (system.attachments_present, system.attachments_expected) = (0, 0);
                }
                sent.push(Sent { record: head.record, version: head.current, system, xml: answers, is_opened, hidden });
            }
            sender.send(Ok(sent)).await.map_err(|_| None)?;
        }
        Ok(())
    }

    /// Takes those that are encrypted from among these, with the files that came with them.
    fn closed(
        &self,
        xml: &mut HashMap<SubmissionId, String>,
        files: &HashMap<SubmissionId, Vec<SubmissionFile>>,
    ) -> HashMap<SubmissionId, Closed> {
        if !self.encrypts {
            return HashMap::new();
        }
        let encrypted: Vec<SubmissionId> =
            xml.iter().filter(|(_, xml)| submission::is_encrypted(xml)).map(|(id, _)| id.clone()).collect();
        let taken = encrypted.into_iter().filter_map(|version| {
            let envelope = xml.remove(&version)?;
            let files = files.get(&version).cloned().unwrap_or_default();
            Some((version.clone(), Closed { version, envelope, files }))
        });
        taken.collect()
    }
}

/// What a filter asks, taken apart: what the database can say, and what must be computed for each submission.
pub(crate) struct Asked {
    pub(crate) source: ExportSource,
    pub(crate) rest: Vec<Expression>,
}

/// Takes a filter apart. What becomes a condition of the database means there exactly what it means in the filter.
pub(crate) fn taken_apart(mut source: ExportSource, filter: Option<&Expression>, of_repeat: bool) -> Asked {
    let Some(filter) = filter else { return Asked { source, rest: Vec::new() } };
    if filter.fields().contains(&Field::System(System::DeletedAt)) {
        source.trash = Trash::With;
    }
    let mut rest = Vec::new();
    for part in filter.clone().conditions() {
        match condition(&part, of_repeat) {
            Some(condition) => source.conditions.push(condition),
            None => rest.push(part),
        }
    }
    Asked { source, rest }
}

fn condition(part: &Expression, of_repeat: bool) -> Option<Condition> {
    let (field, how, value) = part.comparison()?;
    let column = match field {
        Field::System(System::SubmissionDate) => Column::CreatedAt,
        Field::System(System::UpdatedAt) => Column::UpdatedAt,
        Field::System(System::DeletedAt) => Column::DeletedAt,
        Field::System(System::ReviewState) => Column::ReviewState,
        Field::System(System::DeviceId) => Column::DeviceId,
        Field::System(System::Edits) => Column::Edits,
        Field::System(System::SubmitterId) => Column::SubmitterEnd,
        Field::Id if !of_repeat => Column::InstanceId,
        _ => return None,
    };
    let equal = match how {
        Comparison::Eq => Some(true),
        Comparison::Ne => Some(false),
        _ => None,
    };
    match (column, value) {
        (Column::SubmitterEnd, value) => {
            let id = match value {
                Value::Int(id) => *id,
                Value::Text(text) => text.parse().ok()?,
                _ => return None,
            };
            (0..1 << 48)
                .contains(&id)
                .then(|| Condition::Text(column, equal == Some(true), format!("-{id:012x}")))
                .filter(|_| equal.is_some())
        }
        (_, Value::Null) => equal.map(|is| Condition::Known(column, !is)),
        (Column::CreatedAt | Column::UpdatedAt | Column::DeletedAt, value) => {
            let at = match value {
                Value::Instant(at) => *at,
                Value::Date(day) => day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis(),
                _ => return None,
            };
            Some(Condition::Number(column, how.sql(), at))
        }
        (Column::Edits, Value::Int(n)) => Some(Condition::Number(column, how.sql(), *n)),
        (Column::ReviewState | Column::DeviceId | Column::InstanceId, Value::Text(text)) => {
            Some(Condition::Text(column, equal?, text.clone().into_owned()))
        }
        _ => None,
    }
}

/// The fields of a form with those of its earlier versions that are gone, each group before what stands in it.
pub(crate) fn with_deleted_fields(schemas: &[FormSchema]) -> FormSchema {
    let mut all = schemas[0].clone();
    let mut known: HashSet<String> = all.fields.iter().map(|field| field.path.clone()).collect();
    for field in schemas.iter().skip(1).flat_map(|schema| &schema.fields) {
        if known.insert(field.path.clone()) {
            all.fields.push(field.clone());
        }
    }
    all
}
