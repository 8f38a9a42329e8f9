//! The records of a round, in a list, and the files that phones sent.

use super::super::central::made_at;
use super::super::problem::Problem;
use super::super::scope::Scope;
use super::super::viewer::{On, Verb, Viewer};
use super::clock::{Clock, Moment};
use super::{App, Desk, Pages, RoundHead};
use crate::journey::opening::{self, Closed, FileOpener};
use crate::journey::{records as kept, settle};
use crate::world;
use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use dtm_capture::submission::{answers, is_encrypted};
use dtm_model::{
    Answer, Answers, Exercise, FormSchema, Operation, Record, RecordId, RoundId, Severity, Source, SubmissionId,
};
use dtm_publish::words::Words;
use dtm_store::{Near, PageFrom, ReviewState, StoredSubmission, SubmissionFile};
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};

/// Records on one page.
const LINES: usize = 100;

/// A record in a list.
struct RecordLine {
    id: String,
    title: String,
    source: String,
    received: Moment,
    answers: String,
    n_findings: usize,
    weight: &'static str,
}

#[derive(Template)]
#[template(path = "office/records.html")]
struct RecordsView {
    w: &'static Words,
    is_late: bool,
    place: RoundHead,
    records: Vec<RecordLine>,
    n_all: String,
    pages: Pages,
}

/// The last part of a question's path.
fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The answer to the first question whose name holds one of these words, in the order of the words. Questions about the
/// people who asked and answered are passed over.
fn telling(answers: &Answers, words: &[&str]) -> Option<String> {
    words.iter().find_map(|word| {
        let of = |path: &str| {
            let name = last(path).to_lowercase();
            name.contains(word)
                && !["enum", "_ki_", "informant", "phone", "contact"].iter().any(|part| name.contains(part))
        };
        let text = answers.values.iter().find(|(path, _)| of(path)).map(|(_, answer)| answer.to_text())?;
        (!text.trim().is_empty()).then_some(text)
    })
}

/// What a person calls this record: its place, as far as the answers say.
pub(super) fn title(record: &Record, w: &Words) -> String {
    let name = telling(
        &record.answers,
        &["site_name", "locality_name", "loc_name", "fmp_name", "place_name", "nom_du_site", "nom_site"],
    );
    let code = telling(&record.answers, &["ssid", "site_id", "fmp_id", "fmp_code", "code_site"]);
    match (name, code) {
        (Some(name), Some(code)) => format!("{name} ({code})"),
        (Some(name), None) | (None, Some(name)) => name,
        (None, None) => w.t("office-record"),
    }
}

/// How a record came.
pub(super) fn source(source: &Source, w: &Words) -> String {
    match source {
        Source::Submission { .. } => w.t("office-came-phone"),
        Source::Row { name, row, .. } => {
            w.t_args("office-source-row", &[("row", row.to_string().into()), ("file", name.as_str().into())])
        }
    }
}

/// Up to two numbers with what they count, the numbers of people first.
pub(super) fn glance(answers: &Answers, schema: Option<&FormSchema>, w: &Words) -> String {
    const PEOPLE: [&str; 6] = ["idp_ind", "idp_hh", "return_idp_ind", "pdi_ind", "pdi_men", "total"];
    let numbers: Vec<(&String, String)> = answers
        .values
        .iter()
        .filter_map(|(path, answer)| match answer {
            Answer::Integer(n) => Some((path, w.number(*n))),
            _ => None,
        })
        .collect();
    let of_people = |path: &str| PEOPLE.iter().any(|part| last(path).to_lowercase().ends_with(part));
    let (first, rest): (Vec<_>, Vec<_>) = numbers.into_iter().partition(|(path, _)| of_people(path));
    let said = |(path, n): (&String, String)| w.pair(&label(schema, path, w), &n);
    first.into_iter().chain(rest).take(2).map(said).collect::<Vec<_>>().join(" · ")
}

/// How a form words a question, else its name.
pub(super) fn label(schema: Option<&FormSchema>, path: &str, w: &Words) -> String {
    let field = schema.and_then(|schema| schema.fields.iter().find(|field| field.path == path));
    let label = field.map(|field| w.text(&field.label).trim()).unwrap_or("");
    let label = if label.is_empty() { last(path) } else { label };
    match label.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &label[..end]),
        None => label.to_owned(),
    }
}

/// The scope in which somebody does this with records of a form, or of imported tables where none is named.
pub(in crate::http) async fn scope_of(
    app: &App,
    viewer: &Viewer,
    verb: Verb,
    operation: &Operation,
    exercise: &Exercise,
    form_key: &str,
) -> Result<Scope, Problem> {
    match app.store.form_by_xml_id(&operation.id, form_key).await? {
        Some(form) => viewer.scope(app, verb, &form).await,
        None => viewer.scope_of_tables(app, verb, operation, exercise).await,
    }
}

/// Who sent a record, as the submission says; nobody for an imported row.
pub(super) async fn sent_by(app: &App, source: &Source) -> Result<String, Problem> {
    match source {
        Source::Submission { id } => {
            let heads = app.store.submission_heads(std::slice::from_ref(id)).await?;
            Ok(heads.get(id).map(|head| head.received_by.clone()).unwrap_or_default())
        }
        Source::Row { .. } => Ok(String::new()),
    }
}

/// What somebody may see of the records of a round, form by form.
pub(super) struct Scopes<'a> {
    app: &'a App,
    viewer: &'a Viewer,
    operation: &'a Operation,
    exercise: &'a Exercise,
    /// None where nothing of the form is theirs.
    known: HashMap<String, Option<Scope>>,
}

impl<'a> Scopes<'a> {
    pub(super) fn new(app: &'a App, viewer: &'a Viewer, operation: &'a Operation, exercise: &'a Exercise) -> Self {
        Self { app, viewer, operation, exercise, known: HashMap::new() }
    }

    async fn of(&mut self, form_key: &str) -> Result<Option<&Scope>, Problem> {
        if !self.known.contains_key(form_key) {
            let Self { app, viewer, operation, exercise, .. } = self;
            let scope = scope_of(app, viewer, Verb::SubmissionList, operation, exercise, form_key).await;
            self.known.insert(form_key.to_owned(), scope.ok());
        }
        Ok(self.known[form_key].as_ref())
    }

    /// What the database can leave out of the round's records; none where that is nothing.
    async fn near(&mut self) -> Result<Option<Near>, Problem> {
        let app = self.app;
        let mut near = Near { areas: Vec::new(), sender: None };
        for form in app.store.forms(&self.exercise.id).await? {
            let Some(scope) = self.of(&form.xml_form_id).await? else { continue };
            let Some(of_form) = scope.near(&app.store, &form.id).await? else { return Ok(None) };
            near.areas.extend(of_form.areas);
            near.sender = near.sender.or(of_form.sender);
        }
        near.areas.sort();
        near.areas.dedup();
        // Rows of imported tables lie in no area that is kept: they are looked at where any are.
        Ok((!near.areas.is_empty()).then_some(near))
    }

    /// The record as they see it, if it is theirs.
    async fn seen(&mut self, record: kept::RoundRecord) -> Result<Option<kept::RoundRecord>, Problem> {
        Ok(self.seen_and_whole(record).await?.map(|(record, _)| record))
    }

    /// The same, with whether nothing of it is kept from them.
    pub(super) async fn seen_and_whole(
        &mut self,
        mut record: kept::RoundRecord,
    ) -> Result<Option<(kept::RoundRecord, bool)>, Problem> {
        let app = self.app;
        let Some(scope) = self.of(&record.form_key).await? else { return Ok(None) };
        let by = if scope.is_whole() { String::new() } else { sent_by(app, &record.record.source).await? };
        let Some(share) = scope.share(&by, Some(&record.record.answers)) else { return Ok(None) };
        let is_whole = share.is_whole();
        share.keep(&mut record.record.answers);
        Ok(Some((record, is_whole)))
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wanted {
    after: String,
    before: String,
    /// `yes` for what came while the round did not collect and waits for a reviewer.
    late: String,
}

/// Where a page begins, as its address says.
pub(super) fn page_from(after: &str, before: &str) -> PageFrom {
    match (after.parse(), before.parse()) {
        (Ok(after), _) => PageFrom::After(after),
        (_, Ok(before)) => PageFrom::Before(before),
        _ => PageFrom::Start,
    }
}

/// Records looked at for one page by those who see some of them; then the page says where it goes on.
const MOST_LOOKED_AT: usize = 2000;

/// A page of records, and where its neighbours begin.
pub(super) struct RecordPage {
    pub(super) records: Vec<kept::RoundRecord>,
    pub(super) previous: Option<RecordId>,
    pub(super) next: Option<RecordId>,
}

/// A page of `n_lines` of a round's records, those in a state of review alone where one is named. Who sees some of them only goes forward, over those that are not theirs.
pub(super) async fn page_of(
    app: &App,
    round: &RoundId,
    (from, state, n_lines): (&PageFrom, Option<Option<ReviewState>>, usize),
    scopes: Option<Scopes<'_>>,
) -> Result<RecordPage, Problem> {
    let store = &app.store;
    let Some(mut scopes) = scopes else {
        let mut ids = store.record_ids_page(round, from, (None, state), n_lines as u32 + 1).await?;
        let is_more = ids.len() > n_lines;
        let backwards = matches!(from, PageFrom::Before(_));
        if is_more {
            ids.remove(if backwards { 0 } else { n_lines });
        }
        let previous = ids.first().filter(|_| if backwards { is_more } else { *from != PageFrom::Start }).cloned();
        let next = ids.last().filter(|_| backwards || is_more).cloned();
        return Ok(RecordPage { records: kept::these(store, &ids).await?, previous, next });
    };
    let near = scopes.near().await?;
    let (mut records, mut n_seen, mut from) = (Vec::new(), 0, from.clone());
    loop {
        let ids = store.record_ids_page(round, &from, (near.as_ref(), state), n_lines as u32).await?;
        let is_last = ids.len() < n_lines;
        n_seen += ids.len();
        for record in kept::these(store, &ids).await? {
            let here = record.record.id.clone();
            if let Some(record) = scopes.seen(record).await? {
                records.push(record);
            }
            if records.len() == n_lines {
                return Ok(RecordPage { records, previous: None, next: Some(here) });
            }
        }
        let last = ids.last().cloned().filter(|_| !is_last);
        match last {
            Some(last) if n_seen < MOST_LOOKED_AT => from = PageFrom::After(last),
            next => return Ok(RecordPage { records, previous: None, next }),
        }
    }
}

/// The largest sealed answers that a list opens; larger ones are opened on their record's page.
const LARGEST_OPENED: u64 = 1 << 20;

/// Puts the answers of encrypted submissions in the place of those that stay readable, as far as this session has their
/// keys open and all of them are the reader's to see. The use is noted, once a page and form.
pub(super) async fn reveal(
    app: &App,
    viewer: &Viewer,
    (operation, exercise): (&Operation, &Exercise),
    records: &mut [kept::RoundRecord],
) -> Result<(), Problem> {
    if !app.open_keys.any(&viewer.token_hash, world::now()) {
        return Ok(());
    }
    let version_of = |record: &kept::RoundRecord| match &record.record.source {
        Source::Submission { id } => Some(id.clone()),
        Source::Row { .. } => None,
    };
    let forms: BTreeSet<String> = records.iter().map(|record| record.form_key.clone()).collect();
    for form_key in forms {
        let Some(form) = app.store.form_by_xml_id(&operation.id, &form_key).await? else { continue };
        let scope = scope_of(app, viewer, Verb::SubmissionRead, operation, exercise, &form_key).await;
        if !scope.is_ok_and(|scope| scope.is_whole()) {
            continue;
        }
        let of_form = records.iter().filter(|record| record.form_key == form_key);
        let versions: Vec<SubmissionId> = of_form.filter_map(version_of).collect();
        let mut xml = app.store.xml_of(&versions).await?;
        xml.retain(|_, xml| is_encrypted(xml));
        let mut files = app.store.files_of(&xml.keys().cloned().collect::<Vec<_>>()).await?;
        let closed = xml.into_iter().map(|(version, envelope)| {
            let files = files.remove(&version).unwrap_or_default();
            Closed { version, envelope, files }
        });
        let closed: Vec<Closed> = closed.filter(|one| opening::size_of_answers(&one.files) <= LARGEST_OPENED).collect();
        if closed.is_empty() {
            continue;
        }
        let keys = viewer.keys(app, &form, "records").await?;
        let opened = opening::answers(&app.blobs, &keys, closed).await?;
        for record in records.iter_mut() {
            let xml = version_of(record).and_then(|version| opened.get(&version));
            let reading = xml.zip(record.schema.as_deref()).and_then(|(xml, schema)| answers(xml, schema).ok());
            if let Some(reading) = reading {
                record.record.answers = reading.answers;
            }
        }
    }
    Ok(())
}

/// What came late and waits for a reviewer, newest first: one page of it, for each that is reviewed leaves it.
async fn late(app: &App, round: &RoundId, scopes: Option<Scopes<'_>>) -> Result<RecordPage, Problem> {
    let ids = app.store.late_records(round, LINES as u32).await?;
    let mut records = kept::these(&app.store, &ids).await?;
    if let Some(mut scopes) = scopes {
        let mut seen = Vec::with_capacity(records.len());
        for record in records {
            seen.extend(scopes.seen(record).await?);
        }
        records = seen;
    }
    Ok(RecordPage { records, previous: None, next: None })
}

pub(super) async fn list(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundRead, (&operation, &exercise, &round)).await?;
    let (w, viewer) = (desk.words(), desk.viewer()?);
    if !viewer.can_partly(Verb::SubmissionList, On::Project(&operation.id)) {
        return Err(Problem::forbidden());
    }
    let place = RoundHead::new(w, &operation, &exercise, &round);
    let address = format!("{}/records", place.here);
    let sees_all = viewer.can(Verb::SubmissionList, On::Project(&operation.id));
    let scopes = (!sees_all).then(|| Scopes::new(&app, viewer, &operation, &exercise));
    let is_late = wanted.late == "yes";
    let RecordPage { mut records, previous, next } = match is_late {
        true => late(&app, &round.id, scopes).await?,
        false => page_of(&app, &round.id, (&page_from(&wanted.after, &wanted.before), None, LINES), scopes).await?,
    };
    reveal(&app, viewer, (&operation, &exercise), &mut records).await?;
    // How many there are in all is for those to whom all are open.
    let n_all = match sees_all {
        true => w.t_n("office-records-n", app.store.count_records(&round.id).await? as i64),
        false => String::new(),
    };
    let pages = Pages {
        previous: previous.map(|id| format!("{address}?before={id}")),
        next: next.map(|id| format!("{address}?after={id}")),
        shown: String::new(),
    };
    let open = open_findings(&app, &records).await?;
    let clock = Clock::of(w, &operation);
    let line = |record: &kept::RoundRecord| {
        let (n_findings, severity) = open.get(&record.record.id).copied().unwrap_or((0, Severity::Note));
        RecordLine {
            id: record.record.id.to_string(),
            title: title(&record.record, w),
            source: source(&record.record.source, w),
            received: made_at(&record.record.id).map(|at| clock.moment(at)).unwrap_or_default(),
            answers: glance(&record.record.answers, record.schema.as_deref(), w),
            n_findings,
            weight: settle::severity_code(severity),
        }
    };
    let view = RecordsView { w, is_late, records: records.iter().map(line).collect(), n_all, place, pages };
    desk.page(&w.t("office-records"), view.render())
}

/// How many findings of records are open, and the weightiest of each.
pub(super) async fn open_findings(
    app: &App,
    records: &[kept::RoundRecord],
) -> Result<HashMap<RecordId, (usize, Severity)>, Problem> {
    let ids: Vec<RecordId> = records.iter().map(|record| record.record.id.clone()).collect();
    let mut open: HashMap<RecordId, (usize, Severity)> = HashMap::new();
    for stored in app.store.findings_about(&ids).await? {
        if let (Some(record), None) = (stored.finding.record, stored.resolved_at) {
            let entry = open.entry(record).or_insert((0, Severity::Note));
            *entry = (entry.0 + 1, entry.1.max(stored.finding.severity));
        }
    }
    Ok(open)
}

/// A submission, for those to whom every answer in it is open.
async fn whole_submission(app: &App, viewer: &Viewer, id: &SubmissionId) -> Result<StoredSubmission, Problem> {
    let submission = app.store.submission(id).await?.ok_or_else(|| viewer.absent(Verb::SubmissionRead, On::Site))?;
    let form = app.store.form(&submission.head.form).await?.ok_or_else(Problem::not_found)?;
    let scope = viewer.scope(app, Verb::SubmissionRead, &form).await?;
    let record = match scope.is_whole() {
        true => None,
        false => kept::one(&app.store, &submission.head.record).await?,
    };
    let share = scope.share(&submission.head.received_by, record.as_ref().map(|record| &record.answers));
    match share.is_some_and(|share| share.is_whole()) {
        true => Ok(submission),
        false => Err(Problem::forbidden()),
    }
}

pub(super) async fn submission(
    State(app): State<App>,
    desk: Desk,
    Path(file): Path<String>,
) -> Result<Response, Problem> {
    let viewer = desk.viewer()?;
    let id = file.strip_suffix(".xml").unwrap_or(&file).parse();
    let id: SubmissionId = id.map_err(|_| viewer.absent(Verb::SubmissionRead, On::Site))?;
    let submission = whole_submission(&app, viewer, &id).await?;
    viewer.saw(&app, &id).await;
    let headers = [
        (header::CONTENT_TYPE, "application/xml".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.xml\"")),
    ];
    Ok((headers, PRIVATE, submission.xml).into_response())
}

/// What is about people is not kept in any cache.
const PRIVATE: [(header::HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

pub(super) async fn file(
    State(app): State<App>,
    desk: Desk,
    Path((submission, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let viewer = desk.viewer()?;
    let id: SubmissionId = submission.parse().map_err(|_| viewer.absent(Verb::SubmissionRead, On::Site))?;
    let stored = whole_submission(&app, viewer, &id).await?;
    let files = app.store.submission_files(&id).await?;
    // Whatever a phone called its type: a browser shall keep the file and not run it.
    let (mut kind, mut bytes) = ("application/octet-stream", None);
    if let Some(file) = files.iter().find(|file| file.name == name) {
        bytes = Some(app.blobs.get(&file.hash).await?);
    } else if let Some(file) = files.into_iter().find(|file| opening::clear_name(&file.name) == name) {
        kind = media_type(&name);
        bytes = Some(opened_file(&app, viewer, &stored, file).await?);
    }
    let bytes = bytes.ok_or_else(Problem::not_found)?;
    viewer.saw(&app, format!("{id}/{name}")).await;
    let encoded = dtm_publish::page::links::encode(&name);
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{encoded}")),
    ];
    Ok((headers, PRIVATE, bytes).into_response())
}

/// An encrypted file in clear, for a session that has its key open.
async fn opened_file(
    app: &App,
    viewer: &Viewer,
    stored: &StoredSubmission,
    file: SubmissionFile,
) -> Result<Bytes, Problem> {
    let form = app.store.form(&stored.head.form).await?.ok_or_else(Problem::not_found)?;
    let ring = viewer.keys(app, &form, "file").await?;
    if ring.is_empty() || !is_encrypted(&stored.xml) {
        return Err(Problem::not_found());
    }
    let bytes = app.blobs.get(&file.hash).await?;
    let envelope = stored.xml.clone();
    let work = move || Some(FileOpener::of(&ring, &envelope)?.open(&file.name, bytes.to_vec()));
    let opened = tokio::task::spawn_blocking(work).await.map_err(Problem::internal)?;
    let clear = opened.ok_or_else(Problem::not_found)?.map_err(|error| {
        Problem::conflict(error.code(), 409.0, error.message(dtm_model::Lang::En), error.message(dtm_model::Lang::Fr))
    })?;
    Ok(clear.into())
}

/// The type of a picture, sound or film that a browser may show; of anything else the type that it keeps.
pub(super) fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "mp4" => "video/mp4",
        "3gp" => "video/3gpp",
        "webm" => "video/webm",
        "csv" => "text/csv",
        "pdf" => "application/pdf",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_called_by_its_place_and_never_by_the_people_who_reported() {
        let mut answers = Answers::default();
        for (path, text) in [
            ("interview/enum_name", "Awa"),
            ("ki/ki_site_name_of", "Ali"),
            ("place/site_name", "Camp Nord"),
            ("place/site_id_ssid", "XS-7"),
        ] {
            answers.values.insert(path.to_owned(), Answer::Text(text.to_owned()));
        }
        let words = Words::of(dtm_model::Lang::En);
        assert_eq!(telling(&answers, &["name"]).as_deref(), Some("Ali"), "a name among others is the first of them");
        assert_eq!(telling(&answers, &["enum_name"]), None);
        let source =
            Source::Row { file: dtm_model::BlobHash::of(b""), name: "t.csv".to_owned(), sheet: String::new(), row: 2 };
        let id = RecordId::new(dtm_model::Instant::from_millis(1_768_464_000_000), [0; 10]);
        answers.values.remove("ki/ki_site_name_of");
        let record = Record { id: id.clone(), source, answers };
        assert_eq!(title(&record, words), "Camp Nord (XS-7)");
        assert_eq!(made_at(&id), Some(dtm_model::Instant::from_millis(1_768_464_000_000)));
    }
}
