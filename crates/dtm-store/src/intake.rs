//! Takes submissions in: one task commits what has queued meanwhile, and answers only after the commit.
//!
//! A phone that repeats itself is recognised by the form, the instance id and the hash of the XML; where the submission was
//! sealed on arrival, by its mark. A submission that
//! cannot be stored does not take its neighbours with it: the group is then committed one by one. Two servers on one
//! PostgreSQL take turns at the end of the audit chain, so what one has committed the other sees.
//!
//! An edit names the version it replaces. It is taken when that version is the newest one of a submission that is here;
//! else the conflict says why not: `edit_of_unknown`, `edit_outdated`, `submission_deleted`. Of two edits of one version
//! that race, one is stored and the other outdated.

use crate::entity;
use crate::evidence;
use crate::open::{Core, Write};
use crate::record::stored_answers;
use crate::sql::{self, Columns, json as to_json, list, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{
    AppUserId, BlobHash, EntityWishes, FormId, FormVersionId, Record, RecordId, RoundId, Source, SubmissionId,
};
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
    /// Whether it came while its round did not collect: it counts once a reviewer has approved it.
    pub late: bool,
    /// Whether it only tries a draft out: it then has no round and never counts.
    pub draft: bool,
    /// The phone's own name for it.
    pub instance_id: String,
    /// The instance it replaces: the newest version of a submission that is here.
    pub deprecated_id: Option<String>,
    /// A name for people.
    pub instance_name: Option<String>,
    /// The phone.
    pub device_id: Option<String>,
    /// The program that sent it.
    pub user_agent: Option<String>,
    /// The access it came through.
    pub app_user: Option<AppUserId>,
    /// The XML as received, byte for byte; of one that was sealed on arrival, its envelope.
    pub xml: String,
    /// What recognises a sealed submission that is sent again; none where the XML does.
    pub mark: Option<String>,
    /// Chance that goes with the hash of the XML into the audit log, and that a purge forgets.
    pub salt: String,
    /// The files that came with it, stored as blobs already.
    pub files: Vec<SubmissionFile>,
    /// The files its answers name. What comes beside them is kept and marked; what is missing is known to be missing.
    pub expected: Vec<String>,
    /// The answers read from it. Its id is used unless it replaces an instance, whose record then goes on.
    pub record: Record,
    /// What it says about entities. They are made and changed with it; a test submission leaves them alone.
    pub entities: EntityWishes,
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

/// A submission's name within the database: its form, whether it tries a draft out, and the phone's name for it.
type Instance = (String, bool, String);

/// What is known of a stored instance.
#[derive(Clone)]
struct Known {
    id: SubmissionId,
    xml_hash: BlobHash,
    mark: Option<String>,
    record: RecordId,
    /// Whether a newer version stands in its place.
    is_replaced: bool,
    /// Whether the submission lies in the trash, or was purged.
    is_deleted: bool,
}

impl Known {
    /// Whether what was sealed here may be what was sealed now: their marks do not say otherwise. Marks made with
    /// different keys say nothing.
    fn may_be(&self, new: &NewSubmission) -> bool {
        let (Some(old), Some(new)) = (&self.mark, &new.mark) else { return false };
        match (old.split_once(':'), new.split_once(':')) {
            (Some((old_key, old)), Some((new_key, new))) if old_key == new_key => old == new,
            _ => true,
        }
    }
}

/// The rows to write for a group.
#[derive(Default)]
struct Rows {
    submissions: Vec<Vec<sql::Val>>,
    files: BTreeMap<(SubmissionId, String), FileRow>,
    records: Vec<Vec<sql::Val>>,
    edits: Vec<Edit>,
}

/// A file of a version, as it will stand in its row.
struct FileRow {
    file: Option<SubmissionFile>,
    expected: bool,
}

/// A new version of a submission that is here already.
struct Edit {
    id: SubmissionId,
    replaces: SubmissionId,
    record: RecordId,
    set: Vec<sql::Val>,
}

async fn store(write: &mut Write, group: &[NewSubmission]) -> Result<Vec<Result<Receipt>>> {
    let forms = forms_of(write, group).await?;
    let rounds =
        existing(write, "SELECT id FROM rounds WHERE id IN", group.iter().filter_map(|s| s.round.as_ref())).await?;
    let mut known = known_instances(write, group, &forms).await?;
    let lost = removed_meanwhile(write, group).await?;
    let mut rows = Rows::default();
    let mut receipts = Vec::with_capacity(group.len());
    let (mut again, mut arrivals) = (Vec::new(), Vec::new());
    for new in group {
        let (form, answers) = match admit(new, &forms, &rounds) {
            Ok(admitted) => admitted,
            Err(error) => {
                receipts.push(Err(error));
                continue;
            }
        };
        let instance = (form.to_string(), new.draft, new.instance_id.clone());
        let xml_hash = BlobHash::of(new.xml.as_bytes());
        let receipt = match known.get(&instance) {
            Some(old) if old.is_deleted => Err(StoreError::Conflict { what: "submission_deleted" }),
            _ if is_lost(new, &lost) => {
                Err(StoreError::Unavailable(Arc::new(std::io::Error::other("a file was removed on its way"))))
            }
            Some(old) if old.xml_hash == xml_hash || old.may_be(new) => Ok(Receipt::Again(old.id.clone())),
            Some(old) => Ok(Receipt::Differs(old.id.clone())),
            None => match replaced(new, &instance, &known) {
                Err(error) => Err(error),
                Ok(replaced) => {
                    let record = replaced.as_ref().map_or(&new.record.id, |old| &old.record).clone();
                    rows.add(new, form, &xml_hash, &record, answers, replaced.as_ref())?;
                    let detail = json!({
                        "form": form, "instance": new.instance_id, "xml": evidence::told(Some(&new.salt), &xml_hash),
                        "files": new.files.len(),
                        "replaces": replaced.as_ref().map(|old| &old.id),
                    });
                    let action = if replaced.is_some() { "submission.edited" } else { "submission.received" };
                    write.note_as(&new.stamp, action, &new.id, detail);
                    if let Some(old) = &replaced {
                        known
                            .values_mut()
                            .filter(|one| one.record == old.record)
                            .for_each(|one| one.is_replaced = true);
                    }
                    if !new.draft && !new.entities.is_empty() {
                        let (form, record) = (form.clone(), record.clone());
                        arrivals.push(entity::Arrival { new, form, record, is_edit: replaced.is_some() });
                    }
                    let (id, mark) = (new.id.clone(), new.mark.clone());
                    let stored = Known { id, xml_hash, mark, record, is_replaced: false, is_deleted: false };
                    known.insert(instance, stored);
                    Ok(Receipt::New(new.id.clone()))
                }
            },
        };
        match &receipt {
            Ok(Receipt::New(id)) => rows.add_files(id, new),
            Ok(Receipt::Again(id)) if !new.files.is_empty() => again.push((id.clone(), new)),
            _ => {}
        }
        receipts.push(receipt);
    }
    rows.save(write).await?;
    add_later(write, again).await?;
    entity::arrived(write, arrivals).await?;
    Ok(receipts)
}

/// The version that a new one replaces; none where it replaces nothing.
fn replaced(new: &NewSubmission, instance: &Instance, known: &HashMap<Instance, Known>) -> Result<Option<Known>> {
    let Some(deprecated) = &new.deprecated_id else { return Ok(None) };
    match known.get(&(instance.0.clone(), instance.1, deprecated.clone())) {
        None => Err(StoreError::Conflict { what: "edit_of_unknown" }),
        Some(old) if old.is_deleted => Err(StoreError::Conflict { what: "submission_deleted" }),
        Some(old) if old.is_replaced => Err(StoreError::Conflict { what: "edit_outdated" }),
        Some(old) => Ok(Some(old.clone())),
    }
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
        replaces: Option<&Known>,
    ) -> Result<()> {
        self.submissions.push(vals![
            &new.id,
            form,
            &new.form_version,
            &new.round,
            new.draft,
            &new.instance_id,
            &new.deprecated_id,
            &new.instance_name,
            &new.device_id,
            &new.user_agent,
            &new.app_user,
            record,
            &new.xml,
            xml_hash,
            new.stamp.at,
            &new.stamp.by,
            &new.mark,
            &new.salt,
        ]);
        let source = to_json(&Source::Submission { id: new.id.clone() })?;
        match replaces {
            Some(old) => self.edits.push(Edit {
                id: new.id.clone(),
                replaces: old.id.clone(),
                record: record.clone(),
                set: vals![&new.form_version, source, answers, &new.id, new.stamp.at, record],
            }),
            None => self.records.push(vals![
                record,
                &new.round,
                &new.form_version,
                source,
                answers,
                false,
                1_i64,
                form,
                new.draft,
                &new.id,
                &new.instance_id,
                &new.stamp.by,
                &new.device_id,
                new.stamp.at,
                new.late,
            ]),
        }
        Ok(())
    }

    /// The files that came with a version, and those its answers name without their having come.
    fn add_files(&mut self, id: &SubmissionId, new: &NewSubmission) {
        for name in &new.expected {
            let row = FileRow { file: None, expected: true };
            self.files.entry((id.clone(), name.clone())).or_insert(row);
        }
        for file in &new.files {
            let row = self.files.entry((id.clone(), file.name.clone()));
            let row = row.or_insert(FileRow { file: None, expected: false });
            row.file.get_or_insert_with(|| file.clone());
        }
    }

    async fn save(self, write: &mut Write) -> Result<()> {
        let head = "INSERT INTO submissions (id, form_id, form_version_id, round_id, draft, instance_id, deprecated_id, \
                    instance_name, device_id, user_agent, app_user_id, record_id, xml, xml_hash, received_at, received_by, mark, \
                    xml_salt)";
        sql::insert(write.conn(), head, "", self.submissions).await?;
        let files = self.files.into_iter().map(|((id, name), row)| {
            let (hash, size, kind) = match row.file {
                Some(file) => (Some(file.hash), i64::try_from(file.size).unwrap_or(i64::MAX), file.content_type),
                None => (None, 0, String::new()),
            };
            vals![&id, name, &hash, size, kind, row.expected]
        });
        let head = "INSERT INTO submission_files (submission_id, name, hash, size, content_type, expected)";
        sql::insert(write.conn(), head, "", files.collect()).await?;
        let head = "INSERT INTO records (id, round_id, form_version_id, source, answers, removed, edition, form_id, draft, \
                    submission_id, instance_id, submitter, device_id, created_at, late)";
        sql::insert(write.conn(), head, "", self.records).await?;
        for Edit { id, replaces, record, set } in self.edits {
            let sql = "UPDATE records SET form_version_id = $1, source = $2, answers = $3, segment = NULL, \
                       area = NULL, edition = edition + 1, submission_id = $4, updated_at = $5, review_state = 'edited' WHERE id = $6";
            write.must(sql, set, "record", &record).await?;
            // The newest version of a record is the one received last, whatever the clocks of the servers say.
            let sql = "UPDATE submissions SET superseded_by = CASE WHEN id = $1 THEN NULL ELSE $1 END \
                       WHERE record_id = $2";
            write.run(sql, vals![&id, &record]).await?;
            // A file that the new version names still is not sent again: it goes on with it.
            let sql = "UPDATE submission_files SET \
                       hash = (SELECT p.hash FROM submission_files p WHERE p.submission_id = $2 AND p.name = submission_files.name), \
                       size = (SELECT p.size FROM submission_files p WHERE p.submission_id = $2 AND p.name = submission_files.name), \
                       content_type = (SELECT p.content_type FROM submission_files p \
                                       WHERE p.submission_id = $2 AND p.name = submission_files.name) \
                       WHERE submission_id = $1 AND hash IS NULL AND EXISTS (SELECT 1 FROM submission_files p \
                       WHERE p.submission_id = $2 AND p.name = submission_files.name AND p.hash IS NOT NULL)";
            write.run(sql, vals![&id, &replaces]).await?;
        }
        Ok(())
    }
}

/// Adds files that came after their submission: those it lacks. What is there stays, for it was acknowledged.
async fn add_later(write: &mut Write, again: Vec<(SubmissionId, &NewSubmission)>) -> Result<()> {
    for (id, new) in again {
        let mut added = Vec::new();
        for file in &new.files {
            let size = i64::try_from(file.size).unwrap_or(i64::MAX);
            let expected = new.expected.contains(&file.name);
            let sql = "INSERT INTO submission_files (submission_id, name, hash, size, content_type, expected) \
                       VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT (submission_id, name) DO UPDATE SET hash = excluded.hash, \
                       size = excluded.size, content_type = excluded.content_type WHERE submission_files.hash IS NULL";
            if write.run(sql, vals![&id, &file.name, &file.hash, size, &file.content_type, expected]).await? > 0 {
                added.push(json!({ "name": file.name, "hash": file.hash }));
            }
        }
        if !added.is_empty() {
            write.note_as(&new.stamp, "submission.files_added", &id, json!({ "files": added }));
        }
    }
    Ok(())
}

/// When a purge removed content that this group brings: what was put before that moment may be gone again.
async fn removed_meanwhile(write: &mut Write, group: &[NewSubmission]) -> Result<HashMap<String, i64>> {
    let hashes: BTreeSet<String> = group.iter().flat_map(|new| &new.files).map(|file| file.hash.to_string()).collect();
    let hashes: Vec<String> = hashes.into_iter().collect();
    let mut lost = HashMap::new();
    for hashes in hashes.chunks(NAMES_AT_ONCE) {
        let sql = format!("SELECT hash, at FROM purged_blobs WHERE hash IN ({})", list(1, hashes.len()));
        for row in sql::all(write.conn(), sql, hashes.iter().map(sql::Val::from).collect()).await? {
            lost.insert(row.text(0)?, row.int(1)?);
        }
    }
    Ok(lost)
}

/// How far the clocks of two servers may stand apart, and how long a request may take, in milliseconds.
const DOUBT_MS: i64 = 5 * 60_000;

fn is_lost(new: &NewSubmission, lost: &HashMap<String, i64>) -> bool {
    let removed_at = |file: &SubmissionFile| lost.get(file.hash.as_str()).copied();
    new.files.iter().filter_map(removed_at).any(|at| new.stamp.at.as_millis() < at + DOUBT_MS)
}

fn holds_nul(new: &NewSubmission) -> bool {
    let optional = [&new.deprecated_id, &new.device_id, &new.instance_name, &new.user_agent];
    let texts = [&new.instance_id, &new.xml, &new.stamp.by].into_iter().chain(optional.into_iter().flatten());
    let files = new.files.iter().flat_map(|file| [&file.name, &file.content_type]);
    texts.chain(files).chain(&new.expected).any(|text| text.contains('\0'))
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
    let mut wanted: BTreeMap<(&FormId, bool), BTreeSet<&String>> = BTreeMap::new();
    for new in group {
        let Some(form) = forms.get(&new.form_version) else { continue };
        let names = [Some(&new.instance_id), new.deprecated_id.as_ref()].into_iter().flatten();
        wanted.entry((form, new.draft)).or_default().extend(names.filter(|name| !name.contains('\0')));
    }
    let mut known = HashMap::new();
    for ((form, draft), names) in wanted {
        let names: Vec<&String> = names.into_iter().collect();
        for names in names.chunks(NAMES_AT_ONCE) {
            let sql = format!(
                "SELECT s.instance_id, s.id, s.xml_hash, s.record_id, s.superseded_by, s.purged_at, r.deleted_at, s.mark \
                 FROM submissions s LEFT JOIN records r ON r.id = s.record_id \
                 WHERE s.form_id = $1 AND s.draft = $2 AND s.instance_id IN ({})",
                list(3, names.len())
            );
            let mut vals = vals![form, draft];
            vals.extend(names.iter().map(|name| sql::Val::from(*name)));
            for row in sql::all(write.conn(), sql, vals).await? {
                let stored = Known {
                    id: row.parsed(1)?,
                    xml_hash: BlobHash::from_str(&row.text(2)?)
                        .map_err(|error| StoreError::corrupt(error.to_string()))?,
                    record: row.parsed(3)?,
                    is_replaced: row.maybe_text(4)?.is_some(),
                    is_deleted: row.maybe_int(5)?.is_some() || row.maybe_int(6)?.is_some(),
                    mark: row.maybe_text(7)?,
                };
                known.insert((form.to_string(), draft, row.text(0)?), stored);
            }
        }
    }
    Ok(known)
}
