//! Takes submissions in: one task commits what has queued meanwhile, and answers only after the commit.
//!
//! A phone that repeats itself is recognised by the form, the instance id and the hash of the XML. A submission that
//! cannot be stored does not take its neighbours with it: the group is then committed one by one. Two servers on one
//! PostgreSQL take turns at the end of the audit chain, so what one has committed the other sees.

use crate::open::{Core, Write};
use crate::record::stored_answers;
use crate::sql::{self, Columns, json as to_json, list, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{AppUserId, BlobHash, FormId, FormVersionId, Record, RecordId, RoundId, Source, SubmissionId};
use futures::FutureExt;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::str::FromStr;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// How many requests may wait for the task before callers have to wait themselves.
const QUEUE: usize = 4096;
/// How many requests one commit carries at most.
const GROUP: usize = 512;
/// How many identifiers one look-up names at most.
const NAMES_AT_ONCE: usize = 256;

/// What a phone sent, with the answers read from it.
#[derive(Clone, Debug)]
pub struct NewSubmission {
    /// The id it gets.
    pub id: SubmissionId,
    /// The form version it was filled on.
    pub form_version: FormVersionId,
    /// The round it belongs to, if any.
    pub round: Option<RoundId>,
    /// The phone's own name for it.
    pub instance_id: String,
    /// The instance it replaces.
    pub deprecated_id: Option<String>,
    /// The phone.
    pub device_id: Option<String>,
    /// The access it came through.
    pub app_user: Option<AppUserId>,
    /// The XML as received, byte for byte.
    pub xml: String,
    /// The files that came with it, stored as blobs already.
    pub files: Vec<SubmissionFile>,
    /// The answers read from it. Its id is used unless it replaces an instance, whose record then goes on.
    pub record: Record,
    /// Who sent it, and when it arrived.
    pub stamp: Stamp,
}

/// A file that came with a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionFile {
    /// The name the XML uses.
    pub name: String,
    /// Its content.
    pub hash: BlobHash,
    /// Bytes.
    pub size: u64,
    /// MIME type.
    pub content_type: String,
}

/// What became of a submission. Whichever it is, what it says is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Receipt {
    /// Stored.
    New(SubmissionId),
    /// The very same was there; files not known yet were added to it.
    Again(SubmissionId),
    /// The same instance with another XML was there, and stays; this one was not stored.
    Differs(SubmissionId),
}

impl Receipt {
    /// The submission as stored.
    pub fn id(&self) -> &SubmissionId {
        match self {
            Receipt::New(id) | Receipt::Again(id) | Receipt::Differs(id) => id,
        }
    }
}

/// What the task is asked.
#[derive(Debug)]
pub(crate) enum Message {
    Take(Vec<NewSubmission>, oneshot::Sender<Vec<Result<Receipt>>>),
    Close(oneshot::Sender<()>),
}

/// The task's side of the queue.
pub(crate) struct Intake {
    core: Arc<Core>,
    queue: mpsc::Receiver<Message>,
}

impl Store {
    /// Stores a submission, durably when this returns.
    pub async fn submit(&self, submission: NewSubmission) -> Result<Receipt> {
        let mut receipts = self.submit_many(vec![submission]).await?;
        receipts.pop().unwrap_or_else(|| Err(gone()))
    }

    /// Stores submissions in one commit, and answers for each in the order given.
    pub async fn submit_many(&self, submissions: Vec<NewSubmission>) -> Result<Vec<Result<Receipt>>> {
        let (reply, receipts) = oneshot::channel();
        self.intake.send(Message::Take(submissions, reply)).await.map_err(|_| gone())?;
        receipts.await.map_err(|_| gone())
    }
}

/// The store was closed while the submission waited.
fn gone() -> StoreError {
    StoreError::from(sqlx::Error::PoolClosed)
}

impl Intake {
    /// Starts the task; it ends when the store is closed or its last clone is dropped.
    pub(crate) fn start(core: Arc<Core>) -> mpsc::Sender<Message> {
        let (sender, queue) = mpsc::channel(QUEUE);
        tokio::spawn(Intake { core, queue }.work());
        sender
    }

    async fn work(mut self) {
        let mut waiting = Vec::new();
        while self.queue.recv_many(&mut waiting, GROUP).await > 0 {
            let (mut group, mut replies, mut closing) = (Vec::new(), Vec::new(), None);
            for message in waiting.drain(..) {
                match message {
                    Message::Take(submissions, reply) => {
                        replies.push((submissions.len(), reply));
                        group.extend(submissions);
                    }
                    Message::Close(done) => closing = Some(done),
                }
            }
            let mut receipts = self.take(&group).await.into_iter();
            for (n, reply) in replies {
                // Nobody listens when the phone has hung up; what it sent is stored all the same.
                let _ = reply.send(receipts.by_ref().take(n).collect());
            }
            if let Some(done) = closing {
                let _ = done.send(());
                return;
            }
        }
    }

    /// Commits a group; when that fails for a reason that may lie in one of them, commits them one by one.
    async fn take(&self, group: &[NewSubmission]) -> Vec<Result<Receipt>> {
        if group.is_empty() {
            return Vec::new();
        }
        let error = match self.commit_or_catch(group).await {
            Ok(receipts) => return receipts,
            Err(error) => error,
        };
        let concerns_all = matches!(error, StoreError::Full(_) | StoreError::Unavailable(_));
        if concerns_all || group.len() == 1 {
            return group.iter().map(|_| Err(error.clone())).collect();
        }
        tracing::warn!(n = group.len(), %error, "a group of submissions was refused and is stored one by one");
        let mut receipts = Vec::with_capacity(group.len());
        for submission in group {
            receipts.push(match self.commit_or_catch(std::slice::from_ref(submission)).await {
                Ok(mut one) => one.pop().unwrap_or_else(|| Err(gone())),
                Err(error) => Err(error),
            });
        }
        receipts
    }

    /// Commits a group. The task outlives a mistake of ours: a panic becomes the error of this group.
    async fn commit_or_catch(&self, group: &[NewSubmission]) -> Result<Vec<Result<Receipt>>> {
        let caught = AssertUnwindSafe(self.commit(group)).catch_unwind().await;
        caught.unwrap_or_else(|_| {
            Err(StoreError::Other(Arc::new(std::io::Error::other("storing a submission panicked"))))
        })
    }

    async fn commit(&self, group: &[NewSubmission]) -> Result<Vec<Result<Receipt>>> {
        let Some(first) = group.first() else { return Ok(Vec::new()) };
        let mut write = self.core.write(&first.stamp).await?;
        let receipts = store(&mut write, group).await?;
        write.commit().await?;
        Ok(receipts)
    }
}

/// A submission's name within the database.
type Instance = (String, String);

/// What is known of a stored instance.
#[derive(Clone)]
struct Known {
    id: SubmissionId,
    xml_hash: BlobHash,
    record: RecordId,
}

/// The rows to write for a group.
#[derive(Default)]
struct Rows {
    submissions: Vec<Vec<sql::Val>>,
    files: Vec<Vec<sql::Val>>,
    records: Vec<Vec<sql::Val>>,
    edits: Vec<(SubmissionId, RecordId, Vec<sql::Val>)>,
}

async fn store(write: &mut Write, group: &[NewSubmission]) -> Result<Vec<Result<Receipt>>> {
    let forms = forms_of(write, group).await?;
    let rounds =
        existing(write, "SELECT id FROM rounds WHERE id IN", group.iter().filter_map(|s| s.round.as_ref())).await?;
    let mut known = known_instances(write, group, &forms).await?;
    let mut rows = Rows::default();
    let mut receipts = Vec::with_capacity(group.len());
    for new in group {
        let (form, answers) = match admit(new, &forms, &rounds) {
            Ok(admitted) => admitted,
            Err(error) => {
                receipts.push(Err(error));
                continue;
            }
        };
        let instance = (form.to_string(), new.instance_id.clone());
        let xml_hash = BlobHash::of(new.xml.as_bytes());
        let receipt = match known.get(&instance) {
            Some(old) if old.xml_hash == xml_hash => Receipt::Again(old.id.clone()),
            Some(old) => Receipt::Differs(old.id.clone()),
            None => {
                let replaced = match &new.deprecated_id {
                    Some(deprecated) => known.get(&(instance.0.clone(), deprecated.clone())).cloned(),
                    None => None,
                };
                let record = replaced.as_ref().map_or(&new.record.id, |old| &old.record).clone();
                rows.add(new, form, &xml_hash, &record, answers, replaced.is_some())?;
                let detail = json!({
                    "form": form, "instance": new.instance_id, "xml": xml_hash, "files": new.files.len(),
                    "replaces": replaced.as_ref().map(|old| &old.id),
                });
                write.note_as(&new.stamp, "submission.received", &new.id, detail);
                known.insert(instance, Known { id: new.id.clone(), xml_hash, record });
                Receipt::New(new.id.clone())
            }
        };
        if let Receipt::New(id) | Receipt::Again(id) = &receipt {
            rows.files.extend(new.files.iter().map(|file| {
                let size = i64::try_from(file.size).unwrap_or(i64::MAX);
                vals![id, &file.name, &file.hash, size, &file.content_type]
            }));
        }
        receipts.push(Ok(receipt));
    }
    rows.save(write).await?;
    Ok(receipts)
}

/// What can be said against one submission without touching its neighbours; else its form and its answers as stored.
fn admit<'a>(
    new: &NewSubmission,
    forms: &'a BTreeMap<FormVersionId, FormId>,
    rounds: &BTreeSet<String>,
) -> Result<(&'a FormId, String)> {
    if holds_nul(new) {
        return Err(StoreError::NulInText);
    }
    let form = forms.get(&new.form_version);
    let form = form.ok_or_else(|| StoreError::not_found("form version", &new.form_version))?;
    if let Some(round) = new.round.as_ref().filter(|id| !rounds.contains(&id.to_string())) {
        return Err(StoreError::not_found("round", round));
    }
    Ok((form, stored_answers(&new.record.answers)?))
}

impl Rows {
    fn add(
        &mut self,
        new: &NewSubmission,
        form: &FormId,
        xml_hash: &BlobHash,
        record: &RecordId,
        answers: String,
        edits: bool,
    ) -> Result<()> {
        self.submissions.push(vals![
            &new.id,
            form,
            &new.form_version,
            &new.round,
            &new.instance_id,
            &new.deprecated_id,
            &new.device_id,
            &new.app_user,
            record,
            &new.xml,
            xml_hash,
            new.stamp.at,
            &new.stamp.by,
        ]);
        let source = to_json(&Source::Submission { id: new.id.clone() })?;
        if edits {
            self.edits.push((new.id.clone(), record.clone(), vals![&new.form_version, source, answers, record]));
        } else {
            self.records.push(vals![record, &new.round, &new.form_version, source, answers, false, 1_i64]);
        }
        Ok(())
    }

    async fn save(self, write: &mut Write) -> Result<()> {
        let head = "INSERT INTO submissions (id, form_id, form_version_id, round_id, instance_id, deprecated_id, \
                    device_id, app_user_id, record_id, xml, xml_hash, received_at, received_by)";
        sql::insert(write.conn(), head, "", self.submissions).await?;
        let head = "INSERT INTO submission_files (submission_id, name, hash, size, content_type)";
        sql::insert(write.conn(), head, "ON CONFLICT (submission_id, name) DO NOTHING", self.files).await?;
        let head = "INSERT INTO records (id, round_id, form_version_id, source, answers, removed, edition)";
        sql::insert(write.conn(), head, "", self.records).await?;
        for (id, record, edit) in self.edits {
            let sql = "UPDATE records SET form_version_id = $1, source = $2, answers = $3, segment = NULL, \
                       edition = edition + 1 WHERE id = $4";
            write.must(sql, edit, "record", &record).await?;
            // The newest version of a record is the one received last, whatever the clocks of the servers say.
            let sql = "UPDATE submissions SET superseded_by = CASE WHEN id = $1 THEN NULL ELSE $1 END \
                       WHERE record_id = $2";
            write.run(sql, vals![&id, &record]).await?;
        }
        Ok(())
    }
}

fn holds_nul(new: &NewSubmission) -> bool {
    let optional = [&new.deprecated_id, &new.device_id];
    let texts = [&new.instance_id, &new.xml, &new.stamp.by].into_iter().chain(optional.into_iter().flatten());
    let files = new.files.iter().flat_map(|file| [&file.name, &file.content_type]);
    texts.chain(files).any(|text| text.contains('\0'))
}

async fn forms_of(write: &mut Write, group: &[NewSubmission]) -> Result<BTreeMap<FormVersionId, FormId>> {
    let versions: BTreeSet<&FormVersionId> = group.iter().map(|new| &new.form_version).collect();
    let mut forms = BTreeMap::new();
    for version in versions {
        let sql = "SELECT form_id FROM form_versions WHERE id = $1";
        if let Some(row) = sql::one(write.conn(), sql, vals![version]).await? {
            forms.insert(version.clone(), row.parsed(0)?);
        }
    }
    Ok(forms)
}

async fn existing<'a, T: ToString + 'a>(
    write: &mut Write,
    sql: &'static str,
    ids: impl Iterator<Item = &'a T>,
) -> Result<BTreeSet<String>> {
    let ids: Vec<String> = ids.map(ToString::to_string).collect::<BTreeSet<_>>().into_iter().collect();
    let mut found = BTreeSet::new();
    for ids in ids.chunks(NAMES_AT_ONCE) {
        let sql = format!("{sql} ({})", list(1, ids.len()));
        for row in sql::all(write.conn(), sql, ids.iter().map(sql::Val::from).collect()).await? {
            found.insert(row.text(0)?);
        }
    }
    Ok(found)
}

/// The instances of the group, and those they replace, that are stored already.
async fn known_instances(
    write: &mut Write,
    group: &[NewSubmission],
    forms: &BTreeMap<FormVersionId, FormId>,
) -> Result<HashMap<Instance, Known>> {
    let mut wanted: BTreeMap<&FormId, BTreeSet<&String>> = BTreeMap::new();
    for new in group {
        let Some(form) = forms.get(&new.form_version) else { continue };
        let names = [Some(&new.instance_id), new.deprecated_id.as_ref()].into_iter().flatten();
        wanted.entry(form).or_default().extend(names.filter(|name| !name.contains('\0')));
    }
    let mut known = HashMap::new();
    for (form, names) in wanted {
        let names: Vec<&String> = names.into_iter().collect();
        for names in names.chunks(NAMES_AT_ONCE) {
            let sql = format!(
                "SELECT instance_id, id, xml_hash, record_id FROM submissions WHERE form_id = $1 AND instance_id IN ({})",
                list(2, names.len())
            );
            let mut vals = vals![form];
            vals.extend(names.iter().map(|name| sql::Val::from(*name)));
            for row in sql::all(write.conn(), sql, vals).await? {
                let stored = Known {
                    id: row.parsed(1)?,
                    xml_hash: BlobHash::from_str(&row.text(2)?)
                        .map_err(|error| StoreError::corrupt(error.to_string()))?,
                    record: row.parsed(3)?,
                };
                known.insert((form.to_string(), row.text(0)?), stored);
            }
        }
    }
    Ok(known)
}
