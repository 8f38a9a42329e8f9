//! The list of a form's submissions: whole, page by page, filtered.

use super::{Actors, Scene, Which, hide_name, submission_json};
use crate::http::central::{Extended, Paging};
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use crate::journey::opening::Keyring;
use crate::journey::submissions::{Asked, Row, page};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use dtm_model::RecordId;
use dtm_store::{ReviewState, SubmissionHead, Wanted};
use futures::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Submissions read at once.
const AT_ONCE: usize = 500;

/// What a list may be narrowed to. Central knows `deleted` alone; the others are ours.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Narrow {
    deleted: Option<String>,
    /// States, separated by commas; `null` stands for «as received».
    review_state: Option<String>,
    /// A round's label.
    round: Option<String>,
    submitter_id: Option<i64>,
    reviewer_id: Option<i64>,
    /// A question's path or name, and the answer wanted.
    field: Option<String>,
    value: Option<String>,
    /// The `id` of the last row of the page before.
    after: Option<String>,
}

/// The states that a list of words names.
pub(crate) fn states(words: &str) -> Result<Vec<Option<ReviewState>>, Problem> {
    let state = |word: &str| match word {
        "null" | "received" => Ok(None),
        word => match ReviewState::from_code(word) {
            Some(state) => Ok(Some(state)),
            None => Err(Problem::unexpected_value("reviewState", word)),
        },
    };
    words.split(',').map(str::trim).filter(|word| !word.is_empty()).map(state).collect()
}

impl Narrow {
    async fn asked(&self, app: &App, form: &dtm_store::Form, draft: bool) -> Result<Asked, Problem> {
        let mut wanted = Wanted { draft, ..Wanted::of(&form.id) };
        wanted.deleted = self.deleted.as_deref().is_some_and(|word| word.eq_ignore_ascii_case("true"));
        wanted.states = states(self.review_state.as_deref().unwrap_or(""))?;
        if let Some(label) = &self.round {
            let round = app.store.round_by_label(&form.exercise, &label.as_str().into()).await?;
            wanted.round = Some(round.ok_or_else(|| Problem::unexpected_value("round", label))?.id);
        }
        if let Some(number) = self.submitter_id {
            let all = app.store.submitters(&form.id, draft).await?;
            wanted.submitters = all.into_iter().filter(|by| super::actor_number(by) == number).collect();
            if wanted.submitters.is_empty() {
                wanted.submitters.push("nobody".to_owned());
            }
        }
        if let Some(number) = self.reviewer_id {
            let people = app.store.users().await?;
            let person = people.into_iter().find(|person| super::number(&person.id) == number);
            wanted.assigned_to =
                Some(person.ok_or_else(|| Problem::unexpected_value("reviewerId", &number.to_string()))?.id);
        }
        let answer = self.field.clone().map(|field| (field, self.value.clone().unwrap_or_default()));
        Ok(Asked { wanted, answer, with_answers: false, keys: Keyring::default() })
    }

    fn after(&self) -> Result<Option<RecordId>, Problem> {
        let parse = |text: &String| text.parse().map_err(|_| Problem::unexpected_value("after", text));
        self.after.as_ref().map(parse).transpose()
    }
}

/// How a list goes on.
struct Flow {
    app: App,
    scene: Scene,
    asked: Asked,
    extended: Extended,
    before: Option<RecordId>,
    skip: usize,
    left: usize,
}

pub(super) async fn list(
    State(app): State<App>,
    viewer: Viewer,
    which: Which,
    extended: Extended,
    paging: Paging,
    Query(narrow): Query<Narrow>,
) -> Result<Response, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionList).await?;
    let mut asked = narrow.asked(&app, &scene.form, scene.draft).await?;
    if asked.answer.is_some() {
        asked.keys = viewer.keys(&app, &scene.form, "list").await?;
    }
    let flow = Flow {
        app,
        scene,
        asked,
        extended,
        before: narrow.after()?,
        skip: paging.offset as usize,
        left: paging.limit.map_or(usize::MAX, |limit| limit as usize),
    };
    // A page that is short goes as a whole, and so carries an ETag; a long list streams, page after page.
    if flow.left <= AT_ONCE {
        let (rows, _) = next(flow).await?;
        return Ok(Json(Value::from(rows)).into_response());
    }
    let begun = futures::stream::unfold((Some(flow), true), |(flow, first)| async move {
        let flow = flow?;
        match next(flow).await {
            Ok((rows, flow)) => {
                let mut text = String::from(if first { "[" } else { "" });
                for (at, row) in rows.iter().enumerate() {
                    if at > 0 || !first {
                        text.push(',');
                    }
                    text.push_str(&row.to_string());
                }
                let is_over = flow.is_none();
                if is_over {
                    text.push(']');
                }
                let still_first = first && rows.is_empty() && !is_over;
                let text = if still_first { String::new() } else { text };
                Some((Ok(Bytes::from(text)), (flow, still_first)))
            }
            // The list breaks off, so that nobody takes it for whole.
            Err(problem) => Some((Err(std::io::Error::other(problem.code)), (None, false))),
        }
    });
    Ok(([(header::CONTENT_TYPE, "application/json")], Body::from_stream(begun.fuse())).into_response())
}

/// The next rows of a list, and how it goes on if it does.
async fn next(mut flow: Flow) -> Result<(Vec<Value>, Option<Flow>), Problem> {
    let n = flow.left.min(AT_ONCE);
    if n == 0 {
        return Ok((Vec::new(), None));
    }
    let found = page(&flow.app, &flow.scene.scope, &flow.asked, flow.before.as_ref(), flow.skip, n).await?;
    let rows = rows_json(&flow.app, &found.rows, flow.extended).await?;
    flow.left = flow.left.saturating_sub(rows.len());
    flow.skip = found.still_to_skip;
    let goes_on = found.next.is_some() && flow.left > 0;
    flow.before = found.next;
    Ok((rows, goes_on.then_some(flow)))
}

async fn rows_json(app: &App, rows: &[Row], extended: Extended) -> Result<Vec<Value>, Problem> {
    let currents: Vec<_> = rows.iter().map(|row| row.whole.current.clone()).collect();
    let heads = app.store.submission_heads(&currents).await?;
    let edited: Vec<_> = rows.iter().filter(|row| row.whole.edits > 0).map(|row| row.whole.record.clone()).collect();
    let mut first_agents: HashMap<RecordId, Option<String>> = HashMap::new();
    for record in edited {
        let versions = app.store.submissions_of(&record).await?;
        first_agents.insert(record, versions.into_iter().next().and_then(|head| head.user_agent));
    }
    let mut actors = Actors::new(app);
    let mut versions: HashMap<dtm_model::FormVersionId, Option<String>> = HashMap::new();
    let mut list = Vec::with_capacity(rows.len());
    for Row { whole, is_whole, .. } in rows {
        let head: Option<&SubmissionHead> = heads.get(&whole.current);
        let agent = match first_agents.get(&whole.record) {
            Some(agent) => agent.as_deref(),
            None => head.and_then(|head| head.user_agent.as_deref()),
        };
        let mut json = submission_json(whole, agent, head);
        if !is_whole {
            hide_name(&mut json);
        }
        if extended.0 {
            json["submitter"] = actors.json(&whole.submitter).await?;
            if let Some(head) = head {
                json["currentVersion"]["submitter"] = actors.json(&head.received_by).await?;
            }
            if !versions.contains_key(&whole.form_version) {
                let known = app.store.form_version_by_id(&whole.form_version).await?;
                versions.insert(whole.form_version.clone(), known.map(|version| version.version));
            }
            json["currentVersion"]["formVersion"] = versions.get(&whole.form_version).cloned().flatten().into();
        }
        list.push(json);
    }
    Ok(list)
}

/// Everybody who sent something to the form.
pub(super) async fn submitters(State(app): State<App>, viewer: Viewer, which: Which) -> Result<Json<Value>, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionList).await?;
    let mut actors = Actors::new(&app);
    let mut list = Vec::new();
    for by in app.store.submitters(&scene.form.id, scene.draft).await? {
        // Who sees some rows only is told of nobody but themselves.
        if scene.scope.is_whole() || by == viewer.actor() {
            list.push(actors.json(&by).await?);
        }
    }
    list.sort_by_key(|actor| actor["displayName"].as_str().unwrap_or("").to_owned());
    Ok(Json(list.into()))
}

/// The keys that the form's submissions are encrypted with.
pub(super) async fn keys(State(app): State<App>, viewer: Viewer, which: Which) -> Result<Json<Value>, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionRead).await?;
    let keys = app.store.keys_of_form(&scene.form.id).await?;
    let one = |key: &dtm_store::FormKey| {
        json!({
            "id": super::super::number(&key.id), "public": key.public_key, "managed": key.managed,
            "hint": (!key.hint.is_empty()).then_some(&key.hint), "createdAt": key.created_at.to_string(),
        })
    };
    Ok(Json(keys.iter().map(one).collect::<Vec<_>>().into()))
}
