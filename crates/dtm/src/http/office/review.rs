//! What stands beside a record's answers on its page: the review, what colleagues wrote, versions with what changed,
//! files, and what happened to it. And the forms on it.

use super::super::central::differences_of;
use super::super::fill::edit_address;
use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::clock::{Clock, Moment};
use super::record::{self, Showing};
use super::records::{label, media_type};
use super::submissions::{Names, moment, state_name, state_of};
use super::{App, Desk, said};
use crate::journey::{opening, records, submissions};
use crate::world;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use dtm_capture::edits::{Difference, Part};
use dtm_model::{FormSchema, Instant, RecordId, SubmissionId, UserId};
use dtm_publish::page::links;
use dtm_publish::words::{Arg, Words};
use dtm_store::{AuditEntry, LONGEST_COMMENT, ReviewState, Submission, User};
use serde::Deserialize;
use serde_json::Value;

/// One change of one question between two versions.
pub(super) struct Changed {
    pub(super) label: String,
    pub(super) question: String,
    pub(super) old: String,
    pub(super) new: String,
}

/// One version.
pub(super) struct VersionLine {
    pub(super) name: String,
    pub(super) is_current: bool,
    pub(super) by: String,
    pub(super) at: Moment,
    pub(super) device: String,
    pub(super) href: String,
    /// How much changed from the version before; empty for the first.
    pub(super) summary: String,
    pub(super) changes: Vec<Changed>,
}

/// What somebody wrote, or did.
pub(super) struct Entry {
    pub(super) text: String,
    pub(super) by: String,
    pub(super) at: Moment,
}

/// A file that the newest version names, or that came beside it.
pub(super) struct FileLine {
    pub(super) name: String,
    /// Empty while it is missing.
    pub(super) href: String,
    pub(super) is_extra: bool,
    /// Whether it was encrypted, is open to the reader, and is a picture.
    pub(super) is_picture: bool,
}

/// The submission behind a record.
pub(super) struct Review {
    pub(super) here: String,
    pub(super) list: String,
    pub(super) form: String,
    pub(super) state: &'static str,
    pub(super) state_name: String,
    /// Who shall review it.
    pub(super) assigned_to: Option<UserId>,
    pub(super) reviewer: String,
    /// Whom it can be given to.
    pub(super) people: Vec<(UserId, String)>,
    pub(super) may_review: bool,
    pub(super) may_delete: bool,
    /// Where the answers are changed in the browser; empty for those who may not.
    pub(super) edit: String,
    pub(super) draft: bool,
    pub(super) no_round: bool,
    /// Since when it lies in the trash; empty if it does not.
    pub(super) trashed: String,
    pub(super) comments: Vec<Entry>,
    pub(super) versions: Vec<VersionLine>,
    pub(super) files: Vec<FileLine>,
    pub(super) history: Vec<Entry>,
}

fn text_of(value: Option<&Value>, w: &Words) -> String {
    match value {
        None => w.t("office-blank"),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Object(map)) => {
            let some: Vec<String> = map
                .iter()
                .take(6)
                .map(|(name, value)| match value.as_str() {
                    Some(text) => w.pair(name, text),
                    None => name.clone(),
                })
                .collect();
            if some.is_empty() { w.t("office-sub-turn") } else { some.join(" · ") }
        }
        Some(other) => other.to_string(),
    }
}

fn changed(one: &Difference, schema: Option<&FormSchema>, w: &Words) -> Changed {
    let field = one.field();
    let mut label = label(schema, &field, w);
    let turns: Vec<String> = one
        .path
        .iter()
        .filter_map(|part| match part {
            Part::Turn(_, at) => Some((at + 1).to_string()),
            Part::Name(_) => None,
        })
        .collect();
    if !turns.is_empty() {
        label = w.t_args("office-sub-in-turn", &[("label", label.into()), ("turn", turns.join(".").into())]);
    }
    Changed { label, question: one.question(), old: text_of(one.old.as_ref(), w), new: text_of(one.new.as_ref(), w) }
}

/// What the audit log's word for an act is for a person; none for what need not be told.
fn act_name(action: &str) -> Option<&'static str> {
    Some(match action {
        "submission.received" => "office-sub-act-received",
        "submission.edited" => "office-sub-act-edited",
        "submission.reviewed" => "office-sub-act-reviewed",
        "submission.assigned" => "office-sub-act-assigned",
        "submission.commented" => "office-sub-act-commented",
        "submission.files_added" | "submission.file_put" | "submission.file_cleared" => "office-sub-act-files",
        "submission.deleted" => "office-sub-act-deleted",
        "submission.restored" => "office-sub-act-restored",
        "seen" => "office-sub-act-seen",
        _ => return None,
    })
}

/// An entry of the audit log for a person; none where it need not be told.
async fn told(clock: Clock, names: &mut Names<'_>, entry: &AuditEntry) -> Result<Option<Entry>, Problem> {
    let w = clock.words();
    let Some(act) = act_name(&entry.action) else { return Ok(None) };
    let mut text = w.t(act);
    if entry.action == "submission.reviewed" {
        let detail: Value = serde_json::from_str(&entry.detail).unwrap_or(Value::Null);
        let state = detail["reviewState"].as_str().and_then(ReviewState::from_code);
        text = w.pair(&text, &state_name(w, state));
    }
    Ok(Some(Entry { text, by: names.of(&entry.actor).await?, at: clock.moment(entry.at) }))
}

/// What others did to a submission while somebody looked at it, and what that person wanted, to be done all the same.
pub(super) struct Overtaken {
    pub(super) lines: Vec<Entry>,
    /// What was wanted, in words.
    pub(super) wanted: String,
    /// Where it is posted again, and with what.
    pub(super) address: String,
    pub(super) fields: Vec<(&'static str, String)>,
}

/// Who is chosen to review; nobody where the field is empty.
pub(super) async fn person(app: &App, on: On<'_>, chosen: &str) -> Result<Option<UserId>, Problem> {
    if chosen.is_empty() {
        return Ok(None);
    }
    let people = submissions::reviewers(app, on).await?;
    let person = people.into_iter().find(|person| person.id.to_string() == chosen);
    Ok(Some(person.ok_or_else(|| Problem::unexpected_value("person", chosen))?.id))
}

/// Whom a record can be given to: id and name.
pub(super) async fn people(app: &App, on: On<'_>) -> Result<Vec<(UserId, String)>, Problem> {
    let named = |person: User| (person.id, if person.name.is_empty() { person.email } else { person.name });
    Ok(submissions::reviewers(app, on).await?.into_iter().map(named).collect())
}

/// Entries of the history that are shown; a record that is looked at daily has hundreds.
const SHOWN: usize = 60;

impl Review {
    /// All of it, for those who see the record whole; without versions, comments and files for others.
    pub(super) async fn of(
        app: &App,
        desk: &Desk,
        whole: &Submission,
        schema: Option<&FormSchema>,
        sees_all: bool,
        may_review: bool,
        is_opened: bool,
    ) -> Result<Self, Problem> {
        let w = desk.words();
        let form = app.store.form(&whole.form).await?.ok_or_else(Problem::not_found)?;
        let operation = app.store.operation(&form.operation).await?.ok_or_else(Problem::not_found)?;
        let clock = Clock::of(w, &operation);
        let mut names = Names::new(app);
        let reviewer = match &whole.assigned_to {
            Some(person) => names.of(&format!("user:{person}")).await?,
            None => String::new(),
        };
        let on = On::Form(&form.operation, &form.id);
        let people = if may_review { people(app, on).await? } else { Vec::new() };
        let (mut comments, mut versions, mut files) = (Vec::new(), Vec::new(), Vec::new());
        if sees_all {
            for comment in app.store.comments(&whole.record).await? {
                comments.push(Entry {
                    text: comment.body,
                    by: names.of(&comment.actor).await?,
                    at: clock.moment(comment.at),
                });
            }
            versions = version_lines(app, clock, &mut names, whole, schema).await?;
            for file in app.store.expected_files(&whole.current).await? {
                if is_opened && file.name == opening::ANSWERS {
                    continue;
                }
                // Under the name it had, an encrypted file is opened for those who may.
                let name = if is_opened { opening::clear_name(&file.name) } else { &file.name };
                let href = format!("/office/submissions/{}/files/{}", whole.current, links::encode(name));
                files.push(FileLine {
                    href: if file.file.is_some() { href } else { String::new() },
                    is_extra: !file.expected,
                    is_picture: name != file.name && file.file.is_some() && media_type(name).starts_with("image/"),
                    name: name.to_owned(),
                });
            }
        }
        let mut history = Vec::new();
        for entry in submissions::history(app, whole).await?.iter().rev().take(SHOWN) {
            history.extend(told(clock, &mut names, entry).await?);
        }
        Ok(Self {
            here: format!("/office/records/{}", whole.record),
            list: super::submissions::address(&operation, &form),
            form: form.name.clone(),
            state: whole.review_state.map_or("", ReviewState::code),
            state_name: state_name(w, whole.review_state),
            assigned_to: whole.assigned_to.clone(),
            reviewer,
            people,
            may_review: may_review && whole.deleted_at.is_none(),
            may_delete: desk.can(Verb::SubmissionDelete, on),
            edit: match sees_all && !whole.draft && whole.deleted_at.is_none() && desk.can(Verb::SubmissionUpdate, on) {
                true => edit_address(&operation, &form, &whole.instance_id),
                false => String::new(),
            },
            draft: whole.draft,
            no_round: whole.round.is_none() && !whole.draft,
            trashed: whole
                .deleted_at
                .map(|at| w.t_args("office-sub-trashed-until", &[("at", Arg::from(clock.text(at)))]))
                .unwrap_or_default(),
            comments,
            versions,
            files,
            history,
        })
    }
}

async fn version_lines(
    app: &App,
    clock: Clock,
    names: &mut Names<'_>,
    whole: &Submission,
    schema: Option<&FormSchema>,
) -> Result<Vec<VersionLine>, Problem> {
    let w = clock.words();
    let differences = if whole.edits > 0 { differences_of(app, whole).await? } else { Vec::new() };
    let mut lines = Vec::new();
    for head in app.store.submissions_of(&whole.record).await?.iter().rev() {
        let changes: Vec<&Difference> = differences
            .iter()
            .filter(|(of, _)| of.id == head.id)
            .flat_map(|(_, changes)| changes)
            .filter(|change| change.path.first().is_none_or(|part| part.name() != "meta"))
            .collect();
        let is_first = head.instance_id == whole.instance_id;
        lines.push(VersionLine {
            name: w.t(if is_first { "office-sub-version-first" } else { "office-sub-version-edit" }),
            is_current: head.id == whole.current,
            by: names.of(&head.received_by).await?,
            at: clock.moment(head.received_at),
            device: head.device_id.clone().unwrap_or_default(),
            href: format!("/office/submissions/{}.xml", head.id),
            summary: if is_first { String::new() } else { w.t_n("office-sub-changed", changes.len() as i64) },
            changes: changes.into_iter().map(|change| changed(change, schema, w)).collect(),
        });
    }
    Ok(lines)
}

#[derive(Deserialize)]
pub(super) struct Act {
    act: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    person: String,
    #[serde(default)]
    comment: String,
    /// When the page was read.
    #[serde(default)]
    seen: String,
    /// The page that it was posted from, where that is not the record's own, and where a decision leads on to.
    #[serde(default)]
    back: String,
    #[serde(default)]
    next: String,
}

/// The page that a form on a record was posted from: its own where none is named.
pub(super) fn way_back(id: &RecordId, back: &str) -> String {
    if back.is_empty() { format!("/office/records/{id}") } else { super::local(back).to_owned() }
}

/// Does what a form on the record's page asks for.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<String>,
    Form(given): Form<Act>,
) -> Result<Response, Problem> {
    let viewer = desk.viewer()?;
    let verb = match given.act.as_str() {
        "trash" => Verb::SubmissionDelete,
        "restore" => Verb::SubmissionRestore,
        _ => Verb::SubmissionReview,
    };
    let id: RecordId = id.parse().map_err(|_| viewer.absent(verb, On::Site))?;
    let whole = app.store.submission_of_record(&id).await?.ok_or_else(|| viewer.absent(verb, On::Site))?;
    let form = app.store.form(&whole.form).await?.ok_or_else(Problem::not_found)?;
    let scope = viewer.scope(&app, verb, &form).await?;
    if !scope.is_whole() {
        let record = records::one(&app.store, &id).await?;
        scope.share(&whole.submitter, record.as_ref().map(|record| &record.answers)).ok_or_else(Problem::forbidden)?;
    }
    let stamp = viewer.stamp();
    let records = std::slice::from_ref(&whole.record);
    let (what, n) = match given.act.as_str() {
        "review" => {
            let state = state_of(&given.state).ok_or_else(|| Problem::unexpected_value("state", &given.state))?;
            let looked_at = moment(&given.seen);
            let done = app.store.review_as_seen(records, state, looked_at, &stamp).await?;
            if let Some(looked_at) = looked_at.filter(|_| !done.overtaken.is_empty()) {
                return overtaken(&app, &desk, &whole, looked_at, given).await;
            }
            let onward = if given.next.is_empty() { &given.back } else { &given.next };
            return Ok(super::submissions::reviewed(&way_back(&id, onward), &done, stamp.at));
        }
        "assign" => {
            let person = person(&app, On::Form(&form.operation, &form.id), &given.person).await?;
            app.store.assign_reviewer(records, person.as_ref(), &stamp).await?;
            ("assigned", 0)
        }
        "comment" => {
            let body = given.comment.trim();
            if body.is_empty() {
                return Ok(said(&way_back(&id, &given.back), "no-comment", &[]).into_response());
            }
            let mut end = body.len().min(LONGEST_COMMENT);
            while !body.is_char_boundary(end) {
                end -= 1;
            }
            let comment = world::fresh(SubmissionId::new).to_string();
            app.store.add_comment(&comment, &whole.record, &body[..end], &stamp).await?;
            ("commented", 0)
        }
        "trash" => {
            app.store.trash_submission(&whole.record, &stamp).await?;
            ("trashed", 0)
        }
        "restore" => {
            app.store.restore_submission(&whole.record, &stamp).await?;
            ("restored", 0)
        }
        other => return Err(Problem::unexpected_value("act", other)),
    };
    Ok(said(&way_back(&id, &given.back), what, &[n]).into_response())
}

/// The record's page, with what happened since it was looked at, and the decision that was not taken.
async fn overtaken(
    app: &App,
    desk: &Desk,
    whole: &Submission,
    looked_at: Instant,
    given: Act,
) -> Result<Response, Problem> {
    let found = record::find(app, desk, Verb::SubmissionReview, &whole.record.to_string()).await?;
    let (w, mut names, mut lines) = (desk.words(), Names::new(app), Vec::new());
    for entry in submissions::history(app, whole).await?.iter().filter(|entry| entry.at >= looked_at) {
        if matches!(entry.action.as_str(), "submission.reviewed" | "submission.edited") {
            lines.extend(told(found.clock, &mut names, entry).await?);
        }
    }
    let wanted = state_name(w, state_of(&given.state).flatten());
    let overtaken = Overtaken {
        lines,
        wanted: w.pair(&w.t("office-sub-act-reviewed"), &wanted),
        address: format!("/office/records/{}/review", whole.record),
        fields: vec![("act", given.act), ("state", given.state), ("back", given.back), ("next", given.next)],
    };
    record::show(app, desk, found, Showing { overtaken: Some(overtaken), ..Showing::default() }).await
}
