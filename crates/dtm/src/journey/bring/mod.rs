//! Data come over from another server: forms with their versions, submissions with files, reviews and comments, entities.
//!
//! Reads an ODK Central or KoboToolbox server through its API, or an export of one (folders, archives, tables), and stores
//! what it finds as if it had arrived here at its own time. Run again it goes on where it stopped: what is here already is recognised by
//! form and version, instanceID or entity id, and left as it is. What cannot be taken is said, and nothing stops for it.

mod central;
mod entities;
mod files;
mod folder;
mod kobo;
mod remote;
mod report;
mod run;
mod tables;
mod upload;

pub(crate) use central::{Central, Login};
pub(crate) use folder::Folder;
pub(crate) use kobo::Kobo;
pub(crate) use report::{Brought, Ended};
pub(crate) use run::{Kind, projects, spawn};
pub(crate) use upload::{Incoming, MAX_ARCHIVE, Refused, forget};

use crate::journey::logic::{Logics, MAX_IN_CLEAR};
use crate::journey::{forms, intake, keys};
use crate::vault::Vault;
use anyhow::{Context, Result};
use axum::body::Bytes;
use dtm_capture::submission;
use dtm_model::{Exercise, Instant, Lang, RecordId, RoundId, SubmissionId};
use dtm_store::{Blobs, Form, FormMedia, FormVersion, Receipt, ReviewState, Stamp, Store, StoreError, SubmissionHead};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Submissions examined at once.
const EXAMINED_AT_ONCE: usize = 50;

/// Where to put what comes.
pub(crate) struct Here<'a> {
    pub(crate) store: &'a Store,
    pub(crate) blobs: &'a Blobs,
    pub(crate) exercise: &'a Exercise,
    /// The round the submissions belong to, if any.
    pub(crate) round: Option<RoundId>,
    /// Who brings them, for the audit log.
    pub(crate) by: String,
    pub(crate) lang: Lang,
    pub(crate) watch: &'a Watch,
    /// Recognises what is sealed as it comes, and keeps the tokens of drafts.
    pub(crate) vault: Vault,
    /// The rules of forms, which submissions are held against as they come.
    pub(crate) logics: Arc<Logics>,
    /// Submissions that were stored and are not examined yet, with what came where it is stored sealed.
    pub(crate) unexamined: Mutex<Vec<(SubmissionId, Option<Bytes>)>>,
}

/// What a run is doing, for those who watch; and whether it shall stop.
#[derive(Default)]
pub(crate) struct Watch {
    said: Mutex<String>,
    stops: AtomicBool,
}

impl Watch {
    /// What it is doing now.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks it to stop at the next submission.
    pub(crate) fn stop(&self) {
        self.stops.store(true, Ordering::Relaxed);
    }
}

/// A run was asked to stop.
#[derive(Debug, thiserror::Error)]
#[error("stopped")]
struct Stopped;

/// A file that comes with a submission.
pub(crate) struct Attached {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) bytes: Bytes,
}

/// One version of a submission, as another server kept it.
pub(crate) struct Come {
    pub(crate) xml: Bytes,
    pub(crate) files: Vec<Attached>,
    pub(crate) at: Instant,
    pub(crate) device_id: Option<String>,
    /// Who sent it, as the other server names them.
    pub(crate) sender: Option<String>,
    /// The instanceID of its first version, where the other server says so.
    pub(crate) root: Option<String>,
    /// The program that made it, where it is not what a phone sent.
    pub(crate) program: Option<String>,
}

impl Come {
    /// What a phone sent, at this moment.
    pub(crate) fn sent(xml: Bytes, files: Vec<Attached>, at: Instant) -> Self {
        Self { xml, files, at, device_id: None, sender: None, root: None, program: None }
    }
}

/// What became of one version of a submission.
pub(crate) enum Taken {
    New(RecordId),
    Known(RecordId),
}

/// A form and one version of it.
type OnShelf = (Form, Arc<FormVersion>);

/// The forms of the exercise as they are met.
#[derive(Default)]
pub(crate) struct Shelf {
    versions: HashMap<(String, String), Option<OnShelf>>,
}

impl Shelf {
    async fn find(&mut self, here: &Here<'_>, id: &str, version: &str) -> Result<Option<OnShelf>> {
        let key = (id.to_owned(), version.to_owned());
        if let Some(known) = self.versions.get(&key) {
            return Ok(known.clone());
        }
        let form = here.store.form_by_xml_id(&here.exercise.operation, id).await?;
        let read = here.store.form_version(&here.exercise.operation, id, version).await?;
        let found = form.zip(read.map(|read| Arc::new(read.version)));
        self.versions.insert(key, found.clone());
        Ok(found)
    }

    /// Forgets what was not there, after a version was added.
    fn renew(&mut self) {
        self.versions.retain(|_, found| found.is_some());
    }
}

impl<'a> Here<'a> {
    /// Where to put what comes, nothing being under way yet.
    pub(crate) fn new(store: &'a Store, blobs: &'a Blobs, exercise: &'a Exercise, watch: &'a Watch) -> Self {
        Self {
            store,
            blobs,
            exercise,
            round: None,
            by: "import".to_owned(),
            lang: Lang::En,
            watch,
            vault: Vault::without_key(),
            logics: Arc::default(),
            unexamined: Mutex::default(),
        }
    }

    pub(crate) fn say(&self, en: impl Into<String>, fr: impl Into<String>) -> String {
        match self.lang {
            Lang::En => en.into(),
            Lang::Fr => fr.into(),
        }
    }

    /// Says what is going on, and goes on unless somebody asked to stop.
    fn go_on(&self, doing: impl Into<String>) -> Result<()> {
        *self.watch.said.lock().unwrap_or_else(PoisonError::into_inner) = doing.into();
        if self.watch.stops.load(Ordering::Relaxed) { Err(Stopped.into()) } else { Ok(()) }
    }

    /// Examines what waits, and says how the run ended.
    async fn end(&self, went: Result<()>, brought: &mut Brought) {
        self.examine().await;
        brought.ended = match went {
            Ok(()) => Ended::Whole,
            Err(error) if error.is::<Stopped>() => Ended::Stopped,
            Err(error) => Ended::CutOff(format!("{error:#}")),
        };
    }

    fn stamp(&self, at: Instant) -> Stamp {
        Stamp::new(at, self.by.clone())
    }

    /// The same for what somebody did on the other server.
    fn stamp_of(&self, at: Instant, who: Option<&str>) -> Stamp {
        match who.map(str::trim).filter(|who| !who.is_empty()) {
            Some(who) => Stamp::new(at, format!("{} ({who})", self.by)),
            None => self.stamp(at),
        }
    }

    /// Stores a version of a form as it was published elsewhere, its name and text as they are, so that its submissions
    /// find it. Whether it is new here.
    async fn take_form(&self, form: Bytes, file_name: &str, at: Instant) -> Result<(FormVersion, bool)> {
        let reading = forms::read(file_name, form.to_vec(), self.lang).await?;
        let (id, version) = (&reading.schema.xml_form_id, &reading.schema.version);
        let is_new = self.store.form_version(&self.exercise.operation, id, version).await?.is_none();
        let stamp = self.stamp(at);
        let kept = forms::keep_published(self.store, self.blobs, self.exercise, reading, self.lang, &stamp).await?;
        Ok((kept, is_new))
    }

    /// Stores what is being worked on elsewhere as the draft of the form here. A draft that is here stays; what was
    /// published here already is no draft any more.
    async fn take_draft(&self, form: Bytes, file_name: &str, brought: &mut Brought) -> Result<Option<FormVersion>> {
        let reading = forms::read(file_name, form.to_vec(), self.lang).await?;
        let stamp = self.stamp(crate::world::now());
        let id = &reading.schema.xml_form_id;
        let form = match self.store.form_by_xml_id(&self.exercise.operation, id).await? {
            Some(form) => form,
            None => {
                brought.forms += 1;
                forms::create(self.store, self.exercise, &reading.schema, &stamp).await?
            }
        };
        let versions = self.store.form_versions(&form.id).await?;
        if versions.iter().any(|known| known.xform == reading.xform) {
            return Ok(None);
        }
        if versions.iter().any(|known| known.published_at.is_none()) {
            brought.left_behind.push(self.say(
                format!("{id}: there is a draft here already; the one on the other server was not put in its place"),
                format!("{id} : un brouillon est déjà ici ; celui de l’autre serveur n’a pas pris sa place"),
            ));
            return Ok(None);
        }
        let draft = forms::put_draft(self.store, self.blobs, &self.vault, &form, reading, &stamp).await?;
        brought.drafts += 1;
        Ok(Some(draft))
    }

    /// Where the operation has a key, what phones fetch from now on carries it: the newest version is published once more.
    async fn give_key(&self, newest: &FormVersion, brought: &mut Brought) -> Result<()> {
        let stamp = self.stamp(crate::world::now());
        if keys::give_to_form(self.store, &self.exercise.operation, newest, &stamp).await? {
            let id = &newest.schema.xml_form_id;
            brought.note(self.say(
                format!("{id}: published once more with the operation's key, so that what phones send from now on is encrypted"),
                format!("{id} : publié à nouveau avec la clé de l’opération, pour que les prochains envois des téléphones soient chiffrés"),
            ));
        }
        Ok(())
    }

    /// Where a submission of this form with this instanceID stands here.
    async fn known(&self, form: &Form, instance: &str) -> Result<Option<SubmissionHead>> {
        Ok(self.store.submission_by_instance(&form.id, false, instance).await?)
    }

    /// The version here that a later one replaces: the one it names, else the newest of the submission it began as. A
    /// server that keeps only the newest names versions that nobody has: then it is the first.
    async fn replaced(&self, form: &Form, named: Option<&str>, root: Option<&str>) -> Result<Option<String>> {
        if let Some(named) = named
            && self.known(form, named).await?.is_some()
        {
            return Ok(Some(named.to_owned()));
        }
        let Some(root) = root else { return Ok(None) };
        let Some(first) = self.known(form, root).await? else { return Ok(None) };
        let versions = self.store.submissions_of(&first.record).await?;
        Ok(versions.into_iter().find(|head| head.superseded_by.is_none()).map(|head| head.instance_id))
    }

    /// Stores one version of a submission; its form must be here.
    async fn take(&self, shelf: &mut Shelf, come: Come, brought: &mut Brought) -> Result<Taken> {
        let mut envelope =
            submission::open(&come.xml).map_err(|error| anyhow::anyhow!("{}", error.message(self.lang)))?;
        let found = shelf.find(self, &envelope.form_id, &envelope.version).await?;
        let (form, version) = found.with_context(|| {
            self.say(
                format!("the form {} version {} is not here", envelope.form_id, envelope.version),
                format!("le formulaire {} version {} n’est pas ici", envelope.form_id, envelope.version),
            )
        })?;
        let is_sealed = version.schema.sealing().is_some() && !envelope.encrypted;
        if let Some(instance) = &envelope.instance_id
            && let Some(known) = self.known(&form, instance).await?
        {
            match known.xml_hash == dtm_model::BlobHash::of(&come.xml) {
                true => return Ok(Taken::Known(known.record)),
                // What was sealed here never looks as it came: the store tells by its mark.
                false if is_sealed => {}
                false => anyhow::bail!(self.differs(instance)),
            }
        }
        let named = envelope.deprecated_id.take();
        let deprecated = self.replaced(&form, named.as_deref(), come.root.as_deref()).await?;
        let files = come.files.into_iter().map(|file| intake::FilePart {
            name: file.name,
            content_type: file.content_type,
            bytes: file.bytes,
        });
        let arrival = intake::Arrival {
            app_user: None,
            stamp: self.stamp_of(come.at, come.sender.as_deref()),
            device_id: come.device_id,
            user_agent: come.program,
            may_edit: intake::MayEdit::All,
            mark: self.vault.mark(&come.xml),
            xml: come.xml,
            files: files.collect(),
        };
        let in_clear = is_sealed.then(|| arrival.xml.clone()).filter(|xml| xml.len() <= MAX_IN_CLEAR);
        let n_files = arrival.files.len() as u64;
        let is_edit = deprecated.is_some();
        let door = intake::Door { version, round: self.round.clone(), late: false };
        let mut new = intake::enter(self.blobs, &door, envelope, arrival)
            .await
            .map_err(|problem| anyhow::anyhow!("{}", problem.message.get(self.lang)))?;
        new.deprecated_id = deprecated;
        // Entities come over as they stand there now; what made them is not done a second time.
        new.entities = Default::default();
        let record = new.record.id.clone();
        let receipt = self.store.submit(new).await.map_err(|error| match error {
            StoreError::Conflict { what: "submission_deleted" } => {
                anyhow::anyhow!(self.say("it was deleted here", "elle a été supprimée ici"))
            }
            error => error.into(),
        })?;
        match receipt {
            Receipt::New(id) => {
                brought.files += n_files;
                if is_edit {
                    brought.edits += 1;
                } else {
                    brought.submissions += 1;
                }
                let stored = self.store.submission(&id).await?;
                self.examine_soon(id, in_clear).await;
                Ok(Taken::New(stored.map_or(record, |stored| stored.head.record)))
            }
            Receipt::Again(id) => {
                let stored = self.store.submission(&id).await?;
                Ok(Taken::Known(stored.map_or(record, |stored| stored.head.record)))
            }
            Receipt::Differs(id) => Err(anyhow::anyhow!(self.differs(&id.to_string()))),
        }
    }

    fn differs(&self, id: &str) -> String {
        self.say(
            format!("a submission of this name with other answers is here already ({id})"),
            format!("une soumission de ce nom avec d’autres réponses est déjà ici ({id})"),
        )
    }

    /// Has a submission held against its form's rules, some at a time.
    async fn examine_soon(&self, id: SubmissionId, in_clear: Option<Bytes>) {
        let n = {
            let mut waiting = self.unexamined.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.push((id, in_clear));
            waiting.len()
        };
        if n >= EXAMINED_AT_ONCE {
            self.examine().await;
        }
    }

    async fn examine(&self) {
        let waiting = std::mem::take(&mut *self.unexamined.lock().unwrap_or_else(PoisonError::into_inner));
        if let Err(error) = self.logics.examine_now(self.store, self.blobs, waiting).await {
            tracing::warn!(%error, "submissions could not be examined; they will be when their round is settled");
        }
    }

    /// The files that a submission here names and has not.
    async fn lacking(&self, head: &SubmissionHead) -> Result<Vec<String>> {
        let expected = self.store.expected_files(&head.id).await?;
        Ok(expected.into_iter().filter(|file| file.file.is_none()).map(|file| file.name).collect())
    }

    /// Adds a file to a submission that is here without it.
    async fn add_file(&self, head: &SubmissionHead, file: Attached, brought: &mut Brought) -> Result<()> {
        let part = intake::FilePart { name: file.name, content_type: file.content_type, bytes: file.bytes };
        let kept = intake::keep_file(self.blobs, part)
            .await
            .map_err(|problem| anyhow::anyhow!("{}", problem.message.get(self.lang)))?;
        self.store.put_submission_file(&head.id, &kept, &self.stamp(crate::world::now())).await?;
        brought.files += 1;
        Ok(())
    }

    /// Gives a submission the review state it had, with who gave it and when; a review made here stands.
    async fn review(&self, record: &RecordId, state: ReviewState, stamp: &Stamp, brought: &mut Brought) -> Result<()> {
        let here = self.store.submission_of_record(record).await?.and_then(|here| here.review_state);
        if here.is_none_or(|here| here == ReviewState::Edited) && here != Some(state) {
            brought.reviews += self.store.review(std::slice::from_ref(record), Some(state), stamp).await?;
        }
        Ok(())
    }

    /// Adds what somebody said about a submission, once.
    async fn comment(&self, record: &RecordId, body: &str, stamp: &Stamp, brought: &mut Brought) -> Result<()> {
        let said = self.store.comments(record).await?;
        if said.iter().any(|comment| comment.body == body && comment.at == stamp.at) {
            return Ok(());
        }
        let id = crate::world::fresh(dtm_model::CorrectionId::new).to_string();
        self.store.add_comment(&id, record, body, stamp).await?;
        brought.comments += 1;
        Ok(())
    }

    /// Keeps a file beside a version of a form, once.
    async fn form_file(
        &self,
        version: &FormVersion,
        (name, content_type, bytes): (&str, String, Bytes),
        brought: &mut Brought,
    ) -> Result<()> {
        let media = FormMedia {
            name: name.to_owned(),
            size: bytes.len() as u64,
            md5: Some(dtm_capture::openrosa::md5(&bytes)),
            hash: self.blobs.put(bytes).await?,
            content_type,
        };
        self.store.put_form_media(&version.id, &media, &self.stamp(crate::world::now())).await?;
        brought.form_files += 1;
        Ok(())
    }
}

/// What a list holds, however long.
fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// The moment an API writes, or the one given.
fn moment(text: Option<&str>, or: Instant) -> Instant {
    let text = text.unwrap_or_default();
    let zoned = chrono::DateTime::parse_from_rfc3339(text).map(|at| at.timestamp_millis());
    // Kobo writes UTC without saying so.
    let bare = || {
        chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
            .or_else(|_| chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f"))
            .map(|at| at.and_utc().timestamp_millis())
    };
    zoned.or_else(|_| bare()).map_or(or, Instant::from_millis)
}
