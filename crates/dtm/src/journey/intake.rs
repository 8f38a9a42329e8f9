//! A submission arrives: read, matched to its form and round, stored whole, acknowledged.
//!
//! One that was filled on a version which is not published yet is a test: it has no round and counts nowhere. Where a form
//! keeps some questions readable, the rest is sealed here, before anything of it is written anywhere.

use crate::http::Problem;
use crate::world;
use axum::body::Bytes;
use axum::http::StatusCode;
use dtm_capture::encrypted::{self, PublicKey, SealError};
use dtm_capture::{entities, openrosa, submission};
use dtm_model::{
    AppUserId, ExerciseId, FormId, FormSchema, Instant, Lang, OperationId, Record, RecordId, Round, RoundId,
    RoundState, Source, SubmissionId, Text,
};
use dtm_store::{
    Blobs, Form, FormState, FormVersion, NewSubmission, Receipt, Stamp, Store, StoreError, SubmissionFile,
    SubmissionHead,
};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// The most files one request may bring.
pub(crate) const MAX_FILES: usize = 500;

/// A file beside the answers.
pub(crate) struct FilePart {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) bytes: Bytes,
}

/// Which submissions a sender may put a new version in the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MayEdit {
    /// None.
    Nothing,
    /// What the same access sent from the same phone, where the form lets people change what they sent.
    ItsOwn,
    /// Any of the form.
    All,
}

impl MayEdit {
    /// Whether this arrival may replace that submission.
    fn lets(self, arrival: &Arrival, version: &FormVersion, replaced: &SubmissionHead) -> bool {
        let same_phone = replaced.device_id.is_none() || replaced.device_id == arrival.device_id;
        match self {
            MayEdit::Nothing => false,
            MayEdit::ItsOwn => {
                let its_own = arrival.app_user.is_some() && replaced.app_user == arrival.app_user && same_phone;
                version.schema.client_editable && its_own
            }
            MayEdit::All => true,
        }
    }
}

/// What a phone sent.
pub(crate) struct Arrival {
    pub(crate) app_user: Option<AppUserId>,
    /// Who and when, for the audit log.
    pub(crate) stamp: Stamp,
    pub(crate) device_id: Option<String>,
    /// The program that sent it.
    pub(crate) user_agent: Option<String>,
    pub(crate) may_edit: MayEdit,
    pub(crate) xml: Bytes,
    /// What recognises the XML where it is sealed or names itself in no way: see
    /// [`Vault::mark`](crate::vault::Vault::mark).
    pub(crate) mark: String,
    pub(crate) files: Vec<FilePart>,
}

/// The way in for one form version and round: what is the same for every submission that takes it.
pub(crate) struct Door {
    pub(crate) version: Arc<FormVersion>,
    pub(crate) round: Option<RoundId>,
    /// Whether that round does not collect now.
    pub(crate) late: bool,
}

/// Form versions that phones fill, read once: a published version never changes.
#[derive(Default)]
pub(crate) struct Versions(Mutex<HashMap<(FormId, String), Arc<FormVersion>>>);

/// More versions than this are not in use at once; then they are read anew.
const VERSIONS_KEPT: usize = 200;

impl Versions {
    /// The form and the published version that a submission says it was filled on.
    pub(crate) async fn published(
        &self,
        store: &Store,
        operation: &OperationId,
        form: &str,
        version: &str,
    ) -> Result<(Form, Arc<FormVersion>), Problem> {
        let unknown = || unknown_form(form, version);
        let found = store.form_by_xml_id(operation, form).await?.ok_or_else(unknown)?;
        let key = (found.id.clone(), version.to_owned());
        if let Some(kept) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok((found, kept.clone()));
        }
        let read = store.form_version(operation, form, version).await?;
        let read = read.filter(|read| read.version.published_at.is_some()).ok_or_else(unknown)?;
        let read = Arc::new(read.version);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= VERSIONS_KEPT {
            kept.clear();
        }
        kept.insert(key, read.clone());
        Ok((found, read))
    }
}

/// A submission whose envelope was read: the form and the published version it says it was filled on.
pub(crate) struct Opened {
    pub(crate) envelope: submission::Envelope,
    pub(crate) form: Form,
    pub(crate) version: Arc<FormVersion>,
}

impl Opened {
    /// What was sent, where it will be sealed: who examines it must do so while it is in memory.
    pub(crate) fn in_clear(&self, xml: &Bytes) -> Option<Bytes> {
        let is_sealed = self.version.schema.sealing().is_some() && !self.envelope.encrypted;
        is_sealed.then(|| xml.clone())
    }

    /// Reads the envelope, so that a submission cut off anywhere is refused, and finds its form. Whether the sender may
    /// fill that form is for the caller to ask.
    pub(crate) async fn read(
        store: &Store,
        versions: &Versions,
        operation: &OperationId,
        xml: &[u8],
    ) -> Result<Self, Problem> {
        let envelope = submission::open(xml).map_err(|error| unreadable(&error))?;
        let (form, version) = versions.published(store, operation, &envelope.form_id, &envelope.version).await?;
        Ok(Self { envelope, form, version })
    }

    /// The same for a submission that tries the draft of a form out.
    pub(crate) async fn of_draft(store: &Store, form: &Form, xml: &[u8]) -> Result<Self, Problem> {
        let envelope = submission::open(xml).map_err(|error| unreadable(&error))?;
        let versions = store.form_versions(&form.id).await?;
        let draft = versions.into_iter().rev().find(|version| version.published_at.is_none());
        let version = Arc::new(draft.ok_or_else(|| unknown_form(&envelope.form_id, &envelope.version))?);
        Ok(Self { envelope, form: form.clone(), version })
    }

    /// The same for what tries a draft out: it must have been filled on that very draft.
    pub(crate) fn on_draft(form: &Form, draft: &FormVersion, xml: &[u8]) -> Result<Self, Problem> {
        let envelope = submission::open(xml).map_err(|error| unreadable(&error))?;
        if (envelope.form_id.as_str(), envelope.version.as_str())
            != (form.xml_form_id.as_str(), draft.schema.version.as_str())
        {
            return Err(unknown_form(&envelope.form_id, &envelope.version));
        }
        Ok(Self { envelope, form: form.clone(), version: Arc::new(draft.clone()) })
    }
}

/// Stores a submission and returns its receipt once it is committed. What differs from what is stored under the same
/// instanceID is refused.
pub(crate) async fn receive(
    store: &Store,
    blobs: &Blobs,
    opened: Opened,
    arrival: Arrival,
) -> Result<Receipt, Problem> {
    match take(store, blobs, opened, arrival).await? {
        Receipt::Differs(_) => Err(Problem::conflict(
            "instance_differs",
            409.1,
            "A submission with this instanceID and other answers is stored already. Nothing was changed.",
            "Une soumission avec ce même instanceID et d’autres réponses est déjà enregistrée. Rien n’a été modifié.",
        )),
        receipt => Ok(receipt),
    }
}

/// Stores a submission and says what became of it.
///
/// An edit names the version it replaces. It goes into the round of that version, whatever that round's state, and is
/// taken only from those who may edit it.
pub(crate) async fn take(store: &Store, blobs: &Blobs, opened: Opened, arrival: Arrival) -> Result<Receipt, Problem> {
    let Opened { envelope, form, version } = opened;
    let draft = version.published_at.is_none();
    // A resend is recognised before anything else is asked of it: what was acknowledged once stays acknowledged.
    let mut instance_id = instance_id(&envelope, &arrival);
    if envelope.instance_id.is_none() {
        // Earlier releases called it by a plain hash of its content.
        let before = submission::stand_in_instance_id(&arrival.xml);
        if store.was_submitted(&form.id, draft, &before).await? {
            instance_id = before;
        }
    }
    let known = store.submission_by_instance(&form.id, draft, &instance_id).await?;
    let mut late = false;
    let round = match (&known, &envelope.deprecated_id) {
        (Some(known), _) => known.round.clone(),
        (None, Some(deprecated)) => {
            let replaced = store.submission_by_instance(&form.id, draft, deprecated).await?;
            match replaced {
                Some(replaced) if arrival.may_edit.lets(&arrival, &version, &replaced) => replaced.round,
                None if arrival.may_edit == MayEdit::All => return Err(unknown_version(deprecated)),
                // Who may not edit does not learn what is here.
                _ => return Err(edit_refused()),
            }
        }
        (None, None) if form.state_at(arrival.stamp.at) == FormState::Closed && !draft => {
            return Err(closed_form(&envelope.form_id));
        }
        (None, None) if draft => None,
        (None, None) => {
            let found = round_to_take(store, &form.exercise, arrival.stamp.at).await?;
            late = found.as_ref().is_some_and(|round| round.state != RoundState::Collecting);
            found.map(|round| round.id)
        }
    };
    let deprecated = envelope.deprecated_id.clone().unwrap_or_default();
    let door = Door { version, round, late };
    let new = enter(blobs, &door, envelope, arrival).await?;
    store.submit(NewSubmission { instance_id, ..new }).await.map_err(|error| match error {
        StoreError::Conflict { what: "edit_of_unknown" } => unknown_version(&deprecated),
        StoreError::Conflict { what: "edit_outdated" } => outdated_edit(&deprecated),
        StoreError::Conflict { what: "submission_deleted" } => deleted_submission(),
        other => other.into(),
    })
}

/// Makes a submission ready to be stored: seals what is to be sealed, keeps its files and derives the typed record.
pub(crate) async fn enter(
    blobs: &Blobs,
    door: &Door,
    envelope: submission::Envelope,
    arrival: Arrival,
) -> Result<NewSubmission, Problem> {
    let schema = &door.version.schema;
    let instance_id = instance_id(&envelope, &arrival);
    let xml = String::from_utf8(arrival.xml.to_vec()).expect("submission::open refuses what is not UTF-8");
    let came = match schema.sealing().filter(|_| !envelope.encrypted) {
        Some((key, readable)) => {
            // The files stand among the answers, which nobody can read afterwards.
            let named = submission::answers(&xml, schema).map_err(|error| unreadable(&error))?.files;
            let mut sealed = seal(xml, envelope, arrival.files, key, readable).await?;
            sealed.envelope.files.extend(named.into_iter().map(|name| format!("{name}.enc")));
            Came { mark: Some(arrival.mark), ..sealed }
        }
        None => Came { xml, envelope, files: arrival.files, mark: None },
    };
    let Came { xml, envelope, files: parts, mark } = came;
    // Of an envelope only what stays readable is anybody's to read.
    let open = if envelope.encrypted { encrypted::readable_part(&xml) } else { Some(xml.as_str()) };
    let reading = open.map(|open| submission::answers(open, schema)).transpose().map_err(|error| unreadable(&error))?;
    let reading = reading.unwrap_or_default();
    let entities = match (&schema.entities, open) {
        (Some(form), Some(open)) => entities::changes(form, open).map_err(|error| unreadable(&error))?,
        _ => Default::default(),
    };
    // The files of an encrypted envelope stand in the envelope; those of a readable one among its answers.
    let named = if envelope.encrypted { &envelope.files } else { &reading.files };
    let expected = named.iter().filter(|name| openrosa::safe_name(name).is_ok()).take(MAX_FILES).cloned().collect();
    let mut files = Vec::with_capacity(parts.len());
    for part in parts {
        files.push(keep_file(blobs, part).await?);
    }
    let id = SubmissionId::new(arrival.stamp.at, world::random());
    let record = Record {
        id: RecordId::new(arrival.stamp.at, world::random()),
        source: Source::Submission { id: id.clone() },
        answers: reading.answers,
    };
    Ok(NewSubmission {
        id,
        form_version: door.version.id.clone(),
        round: door.round.clone(),
        late: door.late,
        draft: door.version.published_at.is_none(),
        instance_id,
        deprecated_id: envelope.deprecated_id,
        instance_name: envelope.instance_name,
        device_id: arrival.device_id,
        user_agent: arrival.user_agent,
        app_user: arrival.app_user,
        expected,
        xml,
        mark,
        salt: hex::encode(world::random::<16>()),
        files,
        record,
        entities,
        stamp: arrival.stamp,
    })
}

/// A submission as it will be stored.
struct Came {
    xml: String,
    envelope: submission::Envelope,
    files: Vec<FilePart>,
    mark: Option<String>,
}

/// Seals a submission and the files that came with it. Nothing was written down before.
async fn seal(
    xml: String,
    envelope: submission::Envelope,
    files: Vec<FilePart>,
    key: &str,
    readable: &BTreeSet<String>,
) -> Result<Came, Problem> {
    let (key, readable) = (key.to_owned(), readable.clone());
    let files = files.into_iter().map(safely_named).collect::<Result<Vec<_>, _>>()?;
    let work = move || {
        let public = PublicKey::read(&key).ok_or(SealError::WrongKey)?;
        let parts = encrypted::seal_on_arrival(&xml, &envelope, &readable, &public, world::fill)?;
        // The answers come first: no file can take their place.
        let octets = || "application/octet-stream".to_owned();
        let answers = parts.files.into_iter();
        let answers = answers.map(|(name, bytes)| FilePart { name, content_type: octets(), bytes: bytes.into() });
        let mut sealed: Vec<FilePart> = answers.collect();
        for file in files {
            sealed.push(sealed_file(file, &public)?);
        }
        Ok::<_, SealError>(Came {
            envelope: submission::open(parts.xml.as_bytes())?,
            xml: parts.xml,
            files: sealed,
            mark: None,
        })
    };
    let sealed = tokio::task::spawn_blocking(work).await.map_err(Problem::internal)?;
    sealed.map_err(|error| Problem::bad_request(error.code(), error.message(Lang::En), error.message(Lang::Fr)))
}

/// A file sealed on its own, as it may come before or after its submission.
fn sealed_file(file: FilePart, public: &PublicKey) -> Result<FilePart, SealError> {
    let bytes = encrypted::seal_file(&file.name, &file.bytes, public, world::fill)?;
    Ok(FilePart { name: format!("{}.enc", file.name), bytes: bytes.into(), ..file })
}

/// The file as it is kept for a submission to this form: sealed, where the form's submissions are.
pub(crate) async fn sealed_for(schema: &FormSchema, file: FilePart) -> Result<FilePart, Problem> {
    let Some((key, _)) = schema.sealing() else { return Ok(file) };
    let (key, file) = (key.to_owned(), safely_named(file)?);
    let work = move || sealed_file(file, &PublicKey::read(&key).ok_or(SealError::WrongKey)?);
    let sealed = tokio::task::spawn_blocking(work).await.map_err(Problem::internal)?;
    sealed.map_err(|error| Problem::bad_request(error.code(), error.message(Lang::En), error.message(Lang::Fr)))
}

/// Keeps a file among the blobs, under a name that leads nowhere else.
pub(crate) async fn keep_file(blobs: &Blobs, file: FilePart) -> Result<SubmissionFile, Problem> {
    let FilePart { name, content_type, bytes } = safely_named(file)?;
    let size = bytes.len() as u64;
    let hash = blobs.put(bytes).await?;
    Ok(SubmissionFile { name, hash, size, content_type })
}

fn safely_named(file: FilePart) -> Result<FilePart, Problem> {
    let name = openrosa::safe_name(&file.name)
        .map_err(|error| Problem::bad_request(error.code(), error.message(Lang::En), error.message(Lang::Fr)))?;
    Ok(FilePart { name, ..file })
}

/// The phone's name for a submission, or the name its content gives it, so that a resend is recognised all the same: the
/// mark that only this server can make, as a plain hash would outlive a purge and could be searched for.
fn instance_id(envelope: &submission::Envelope, arrival: &Arrival) -> String {
    let by_content = || match arrival.mark.as_str() {
        "" => submission::stand_in_instance_id(&arrival.xml),
        mark => format!("mark:{mark}"),
    };
    envelope.instance_id.clone().unwrap_or_else(by_content)
}

/// The round that takes new submissions of this exercise: the one that collects. Where none does, what comes belongs to
/// the round that collected last, or to the next one that is planned, and is late. An exercise that plans no rounds takes
/// submissions without one.
async fn round_to_take(store: &Store, exercise: &ExerciseId, at: Instant) -> Result<Option<Round>, Problem> {
    let rounds = store.rounds(exercise).await?;
    let newest = |wanted: fn(RoundState) -> bool| {
        let stands = rounds.iter().filter(|round| wanted(round.state));
        stands.max_by_key(|round| (round.starts_on <= at.date(), round.starts_on))
    };
    let collecting = newest(|state| state == RoundState::Collecting);
    let last = || newest(|state| state > RoundState::Collecting);
    let next = || rounds.iter().min_by_key(|round| round.starts_on);
    Ok(collecting.or_else(last).or_else(next).cloned())
}

/// Somebody without the right to edit sent an edit: it stays with them.
fn edit_refused() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "edit_not_allowed",
        403.1,
        Text::both(
            "This is an edited copy of a form that was sent before, and you may not replace what was sent. \
             Your answers stay on the phone: ask the officer to make the correction.",
            "Ceci est une copie modifiée d’un formulaire déjà envoyé, et vous ne pouvez pas remplacer un envoi. \
             Vos réponses restent sur le téléphone : demandez la correction à l’officier.",
        ),
    )
}

/// An edit of something that is not here.
fn unknown_version(deprecated: &str) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "edit_of_unknown",
        404.5,
        Text::both(
            format!(
                "The submission that this edit replaces («{deprecated}») is not here. Your answers stay on the phone."
            ),
            format!(
                "L’envoi que cette modification remplace (« {deprecated} ») n’est pas ici. Vos réponses restent sur le téléphone."
            ),
        ),
    )
}

/// An edit of a version that somebody else replaced meanwhile.
pub(crate) fn outdated_edit(deprecated: &str) -> Problem {
    Problem::conflict(
        "edit_outdated",
        409.9,
        format!(
            "Somebody edited this submission meanwhile: «{deprecated}» is no longer its newest version. Fetch it again and edit that."
        ),
        format!(
            "Cet envoi a été modifié entre-temps : « {deprecated} » n’est plus sa version la plus récente. Rechargez-le, puis modifiez-le."
        ),
    )
}

/// Something for a submission that lies in the trash, or was purged.
fn deleted_submission() -> Problem {
    Problem::conflict(
        "submission_deleted",
        409.18,
        "This submission was deleted here. Nothing was stored: ask the officer to take it back from the trash first.",
        "Cet envoi a été supprimé ici. Rien n’a été enregistré : demandez d’abord à l’officier de le reprendre dans la corbeille.",
    )
}

fn unreadable(error: &submission::SubmissionError) -> Problem {
    let mut problem = Problem::new(
        StatusCode::BAD_REQUEST,
        error.code(),
        400.1,
        Text::both(error.message(dtm_model::Lang::En), error.message(dtm_model::Lang::Fr)),
    );
    problem.details.push(error.code().into());
    problem
}

fn unknown_form(form: &str, version: &str) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown_form",
        404.1,
        Text::both(
            format!("The form «{form}» has no published version «{version}» here."),
            format!("Le formulaire « {form} » n’a pas de version publiée « {version} » ici."),
        ),
    )
}

fn closed_form(form: &str) -> Problem {
    Problem::conflict(
        "form_closed",
        409.2,
        format!("The form «{form}» is closed and takes no submissions."),
        format!("Le formulaire « {form} » est fermé et n’accepte plus d’envois."),
    )
}
