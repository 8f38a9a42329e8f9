//! The submissions of a form in a list: filtered, page after page, reviewed one by one or many at once.
//!
//! A page is read by key, so that the last of a million comes as fast as the first. Who may see only some rows or answers
//! gets those, here as everywhere.

use super::super::central::named;
use super::super::problem::Problem;
use super::super::scope::Scope;
use super::super::viewer::{On, Verb, Viewer, reached};
use super::clock::{Clock, Moment};
use super::records::{glance, title};
use super::{App, Desk, OperationHead, Said, said};
use crate::journey::submissions::{Asked, page as page_of};
use crate::world;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use dtm_model::{FormId, FormSchema, FormVersionId, Instant, Operation, RecordId};
use dtm_publish::page::links;
use dtm_publish::words::Words;
use dtm_store::{Form, ReviewState, Reviewed, Submission, Wanted};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// Submissions on one page.
const LINES: usize = 50;

/// A submission in the list.
struct Line {
    id: String,
    title: String,
    answers: String,
    sender: String,
    received: Moment,
    /// The word of its state, empty as received.
    state: &'static str,
    state_name: String,
    reviewer: String,
    /// How many files are missing.
    n_missing: i64,
}

#[derive(Template)]
#[template(path = "office/submissions.html")]
struct View {
    w: &'static Words,
    said: String,
    operation: OperationHead,
    form: String,
    here: String,
    form_here: String,
    lines: Vec<Line>,
    n_all: String,
    /// The moment of a review that can be taken back.
    undo: String,
    /// When this page was read.
    seen: i64,
    /// Whether all rows of the page come ticked, and where they do.
    ticked: bool,
    tick_all: String,
    may_manage: bool,
    states: Vec<(&'static str, String, bool)>,
    rounds: Vec<(String, bool)>,
    questions: Vec<(String, String, bool)>,
    value: String,
    mine: bool,
    trash: bool,
    narrowed: bool,
    next: Option<String>,
    is_first: bool,
    may_review: bool,
    may_fill: bool,
    may_rule: bool,
    only_approved: bool,
    /// Where this page is, with its filters, to come back to.
    back: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Filter {
    state: String,
    round: String,
    field: String,
    value: String,
    mine: String,
    trash: String,
    before: String,
    tick: String,
}

/// Where the submissions of a form are listed.
pub(super) fn address(operation: &Operation, form: &Form) -> String {
    let (operation, form) = (links::encode(&operation.slug), links::encode(&form.xml_form_id));
    format!("/office/o/{operation}/forms/{form}/submissions")
}

/// How the badge of a review state looks: what it adds to the class.
pub(super) fn state_look(code: &str) -> &'static str {
    match code {
        "rejected" => " bad",
        "approved" => " good",
        "hasIssues" | "edited" => " note",
        _ => "",
    }
}

/// The word of a state in the reader's language.
pub(super) fn state_name(w: &Words, state: Option<ReviewState>) -> String {
    w.t(match state {
        None => "office-sub-received",
        Some(ReviewState::HasIssues) => "office-sub-has-issues",
        Some(ReviewState::Edited) => "office-sub-edited",
        Some(ReviewState::Approved) => "office-sub-approved",
        Some(ReviewState::Rejected) => "office-sub-rejected",
    })
}

/// A state as an address or a form names it.
pub(super) fn state_of(word: &str) -> Option<Option<ReviewState>> {
    match word {
        "received" => Some(None),
        word => ReviewState::from_code(word).map(Some),
    }
}

async fn find(app: &App, desk: &Desk, operation: &str, form: &str) -> Result<(Operation, Form), Problem> {
    let viewer = desk.viewer()?;
    let (operation, found) = named(app, app.store.operation_by_slug(operation).await?, form).await?;
    let absent = viewer.absent(Verb::SubmissionList, reached(operation.as_ref(), None));
    operation.zip(found).ok_or(absent)
}

/// The names of the people and phones that stand behind submissions.
pub(super) struct Names<'a> {
    app: &'a App,
    known: HashMap<String, String>,
}

impl<'a> Names<'a> {
    pub(super) fn new(app: &'a App) -> Self {
        Self { app, known: HashMap::new() }
    }

    /// The name behind `user:…`, `app-user:…` and the like; as it stands where nobody is known by it.
    pub(super) async fn of(&mut self, by: &str) -> Result<String, Problem> {
        if let Some(known) = self.known.get(by) {
            return Ok(known.clone());
        }
        let name = match by.split_once(':') {
            Some(("user", id)) => match id.parse() {
                Ok(id) => self.app.store.user(&id).await?.map(|user| match user.name.is_empty() {
                    true => user.email,
                    false => user.name,
                }),
                Err(_) => None,
            },
            Some(("app-user", id)) => match id.parse() {
                Ok(id) => self.app.store.app_user(&id).await?.map(|phone| phone.name),
                Err(_) => None,
            },
            _ => None,
        };
        let name = name.unwrap_or_else(|| by.to_owned());
        self.known.insert(by.to_owned(), name.clone());
        Ok(name)
    }
}

pub(super) async fn list(
    State(app): State<App>,
    desk: Desk,
    Path((operation, form)): Path<(String, String)>,
    Query(filter): Query<Filter>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let seen = world::now().as_millis();
    let (operation, form) = find(&app, &desk, &operation, &form).await?;
    let (w, viewer) = (desk.words(), desk.viewer()?);
    let scope = viewer.scope(&app, Verb::SubmissionList, &form).await?;
    let mut wanted = Wanted { deleted: filter.trash == "yes", ..Wanted::of(&form.id) };
    wanted.states = state_of(&filter.state).into_iter().collect();
    let rounds = app.store.rounds(&form.exercise).await?;
    wanted.round = rounds.iter().find(|round| round.label.as_str() == filter.round).map(|round| round.id.clone());
    if filter.mine == "yes" {
        wanted.assigned_to = Some(viewer.user.id.clone());
    }
    let sought = (!filter.field.is_empty()).then(|| (filter.field.clone(), filter.value.clone()));
    let narrowed = sought.is_some() || !wanted.states.is_empty() || wanted.round.is_some() || filter.mine == "yes";
    let counted = sought.is_none() && scope.is_whole();
    let n_all = if counted { Some(app.store.count_wanted(&wanted).await?) } else { None };
    let before: Option<RecordId> = filter.before.parse().ok();
    let keys = viewer.keys(&app, &form, "list").await?;
    let asked = Asked { wanted, answer: sought, with_answers: true, keys };
    let found = page_of(&app, &scope, &asked, before.as_ref(), 0, LINES).await?;

    let version = crate::journey::forms::published(&app.store, &form.operation, &form.xml_form_id).await?;
    let schema = version.map(|published| published.version.schema);
    let mut schemas: HashMap<FormVersionId, Option<FormSchema>> = HashMap::new();
    let currents: Vec<_> = found.rows.iter().map(|row| row.whole.current.clone()).collect();
    let files = app.store.file_counts(&currents).await?;
    let mut names = Names::new(&app);
    let clock = Clock::of(w, &operation);
    let mut lines = Vec::with_capacity(found.rows.len());
    for row in found.rows {
        if !schemas.contains_key(&row.whole.form_version) {
            let known = app.store.form_version_by_id(&row.whole.form_version).await?;
            schemas.insert(row.whole.form_version.clone(), known.map(|version| version.schema));
        }
        let schema = schemas.get(&row.whole.form_version).and_then(Option::as_ref);
        let counts = files.get(&row.whole.current).copied().unwrap_or_default();
        let reviewer = match &row.whole.assigned_to {
            Some(person) => names.of(&format!("user:{person}")).await?,
            None => String::new(),
        };
        lines.push(Line {
            id: row.whole.record.to_string(),
            title: row.record.as_ref().map_or_else(|| w.t("office-record"), |record| title(record, w)),
            answers: row.record.as_ref().map(|record| glance(&record.answers, schema, w)).unwrap_or_default(),
            sender: names.of(&row.whole.submitter).await?,
            received: clock.moment(row.whole.created_at),
            state: row.whole.review_state.map_or("", ReviewState::code),
            state_name: state_name(w, row.whole.review_state),
            reviewer,
            n_missing: i64::try_from(counts.expected.saturating_sub(counts.present)).unwrap_or(i64::MAX),
        });
    }
    let on = On::Form(&form.operation, &form.id);
    let head = OperationHead::new(&app, &desk, &operation).await?;
    let here = address(&operation, &form);
    let fixed = [
        ("state", &filter.state),
        ("round", &filter.round),
        ("field", &filter.field),
        ("value", &filter.value),
        ("mine", &filter.mine),
        ("trash", &filter.trash),
    ];
    let query: Vec<String> = fixed
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", links::encode(value)))
        .collect();
    let page = |more: Option<String>| {
        let all: Vec<String> = query.iter().cloned().chain(more).collect();
        if all.is_empty() { here.clone() } else { format!("{here}?{}", all.join("&")) }
    };
    let all_states = [None].into_iter().chain(ReviewState::ALL.map(Some));
    let view = View {
        w,
        said: told.sentence(w),
        undo: told.undo("reviewed").to_owned(),
        seen,
        ticked: filter.tick == "all",
        tick_all: page(
            before
                .iter()
                .map(|before| format!("before={before}"))
                .chain(["tick=all".to_owned()])
                .collect::<Vec<_>>()
                .join("&")
                .into(),
        ),
        may_manage: desk.can(Verb::FormUpdate, on),
        form: form.name.clone(),
        n_all: n_all.map(|n| w.t_n("office-sub-n", n as i64)).unwrap_or_default(),
        states: all_states
            .map(|state| {
                let code = state.map_or("received", ReviewState::code);
                (code, state_name(w, state), code == filter.state)
            })
            .collect(),
        rounds: rounds
            .iter()
            .map(|round| (round.label.as_str().to_owned(), round.label.as_str() == filter.round))
            .collect(),
        questions: schema.iter().flat_map(|schema| questions(schema, &filter.field, w)).collect(),
        value: filter.value.clone(),
        mine: filter.mine == "yes",
        trash: filter.trash == "yes",
        narrowed,
        next: found.next.map(|next| page(Some(format!("before={next}")))),
        is_first: before.is_none(),
        may_review: viewer.can_partly(Verb::SubmissionReview, on) && filter.trash != "yes",
        may_fill: viewer.can(Verb::SubmissionCreate, on),
        may_rule: viewer.can(Verb::RoundUpdate, On::Project(&form.operation)),
        only_approved: app.store.counts_only_approved(&form.exercise).await?,
        back: page(before.map(|before| format!("before={before}"))),
        form_here: super::form::address(&operation, &form),
        operation: head,
        here,
        lines,
    };
    let heading = w.pair(&w.t("office-submissions"), &view.form);
    desk.page(&heading, view.render())
}

/// The questions a list can be filtered by.
fn questions(schema: &FormSchema, chosen: &str, w: &Words) -> Vec<(String, String, bool)> {
    use dtm_model::FieldKind;
    let asked = schema.fields.iter().filter(|field| {
        !matches!(field.kind, FieldKind::Group | FieldKind::Repeat | FieldKind::File)
            && !field.path.starts_with("meta/")
    });
    asked
        .map(|field| {
            let label = super::records::label(Some(schema), &field.path, w);
            (field.path.clone(), label, field.path == chosen)
        })
        .collect()
}

/// The fields of a posted form; a name may stand several times.
pub(super) fn posted(body: &str) -> Vec<(String, String)> {
    let decode =
        |text: &str| percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    body.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (decode(name), decode(value))).collect()
}

/// Every value that a form holds under a name.
pub(super) fn values<'a>(fields: &'a [(String, String)], wanted: &'a str) -> impl Iterator<Item = &'a str> {
    fields.iter().filter(move |(name, _)| name == wanted).map(|(_, value)| value.as_str())
}

/// The first value that a form holds under a name; empty where it holds none.
pub(super) fn value<'a>(fields: &'a [(String, String)], wanted: &str) -> &'a str {
    fields.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value)
}

/// Reviews the submissions that were ticked, or sets what counts in figures.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((operation, form)): Path<(String, String)>,
    body: String,
) -> Result<Response, Problem> {
    let (_, form) = find(&app, &desk, &operation, &form).await?;
    let viewer = desk.viewer()?;
    let fields = posted(&body);
    let first = |name: &str| value(&fields, name);
    let back = super::local(first("back")).to_owned();
    if first("act") == "rule" {
        desk.must(Verb::RoundUpdate, On::Project(&form.operation))?;
        let only = first("only") == "yes";
        app.store.count_only_approved(&form.exercise, only, &viewer.stamp()).await?;
        return Ok(said(&back, "rule", &[]).into_response());
    }
    viewer.scope(&app, Verb::SubmissionReview, &form).await?;
    decide(&app, viewer, On::Form(&form.operation, &form.id), &fields, &back, |whole| whole.form == form.id).await
}

/// Reviews the submissions that were ticked, or takes back what was just reviewed, as far as they belong to the page and
/// are this person's to review.
pub(super) async fn decide(
    app: &App,
    viewer: &Viewer,
    on: On<'_>,
    fields: &[(String, String)],
    back: &str,
    belongs: impl Fn(&Submission) -> bool,
) -> Result<Response, Problem> {
    let mut reviewer = Reviewer { app, viewer, scopes: HashMap::new() };
    let stamp = viewer.stamp();
    if value(fields, "act") == "undo" {
        let at = moment(value(fields, "at")).ok_or_else(|| Problem::unexpected_value("at", value(fields, "at")))?;
        let mut by_state: BTreeMap<Option<ReviewState>, Vec<RecordId>> = BTreeMap::new();
        for (whole, before) in app.store.reviewed_at(&viewer.actor(), at).await? {
            if belongs(&whole) && reviewer.may(&whole).await? {
                by_state.entry(before).or_default().push(whole.record);
            }
        }
        let mut n = 0;
        for (state, records) in by_state {
            n += app.store.review(&records, state, &stamp).await? as i64;
        }
        return Ok(said(back, "review-undone", &[n]).into_response());
    }
    let theirs = reviewer.among(fields, belongs).await?;
    if theirs.is_empty() {
        return Ok(said(back, "none-ticked", &[]).into_response());
    }
    if value(fields, "act") == "assign" {
        let person = super::review::person(app, on, value(fields, "person")).await?;
        app.store.assign_reviewer(&theirs, person.as_ref(), &stamp).await?;
        return Ok(said(back, "assigned", &[]).into_response());
    }
    let word = value(fields, "state");
    let state = state_of(word).ok_or_else(|| Problem::unexpected_value("state", word))?;
    let done = app.store.review_as_seen(&theirs, state, moment(value(fields, "seen")), &stamp).await?;
    Ok(reviewed(back, &done, stamp.at))
}

/// The moment that a form names; none where it names none.
pub(super) fn moment(text: &str) -> Option<Instant> {
    text.parse().map(Instant::from_millis).ok()
}

/// Leads back to a page that says how many were reviewed and how many were overtaken, and offers to take it back.
pub(super) fn reviewed(back: &str, done: &Reviewed, at: Instant) -> Response {
    let numbers = [("n", done.n_changed as i64), ("m", done.overtaken.len() as i64), ("undo", at.as_millis())];
    super::said_with(back, "reviewed", &numbers).into_response()
}

/// Somebody who reviews, and what is theirs to review of each form.
struct Reviewer<'a> {
    app: &'a App,
    viewer: &'a Viewer,
    /// None where nothing of the form is theirs.
    scopes: HashMap<FormId, Option<Scope>>,
}

impl Reviewer<'_> {
    /// Whether a submission lies among those this person may review.
    async fn may(&mut self, whole: &Submission) -> Result<bool, Problem> {
        if !self.scopes.contains_key(&whole.form) {
            let form = self.app.store.form(&whole.form).await?.ok_or_else(Problem::not_found)?;
            let scope = self.viewer.scope(self.app, Verb::SubmissionReview, &form).await;
            self.scopes.insert(whole.form.clone(), scope.ok());
        }
        let Some(scope) = &self.scopes[&whole.form] else { return Ok(false) };
        let record = match scope.is_whole() {
            true => None,
            false => crate::journey::records::one(&self.app.store, &whole.record).await?,
        };
        Ok(scope.share(&whole.submitter, record.as_ref().map(|record| &record.answers)).is_some())
    }

    /// Those of the ticked submissions that belong to the page and are this person's to review.
    async fn among(
        &mut self,
        fields: &[(String, String)],
        belongs: impl Fn(&Submission) -> bool,
    ) -> Result<Vec<RecordId>, Problem> {
        let ids: Vec<RecordId> = values(fields, "record").filter_map(|id| id.parse().ok()).collect();
        let mut theirs = Vec::new();
        for whole in self.app.store.submissions_of_records(&ids).await? {
            if belongs(&whole) && self.may(&whole).await? {
                theirs.push(whole.record);
            }
        }
        Ok(theirs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_name_many_records() {
        let fields = posted("state=approved&record=a&record=b%20c&back=%2Foffice%3Fx%3D1&broken");
        assert_eq!(
            fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>(),
            ["state=approved", "record=a", "record=b c", "back=/office?x=1"]
        );
    }
}
