//! What this server would tell about its use if it told anybody: the counts of ODK Central's report, for whoever runs the
//! server. Nothing is ever sent.

use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem};
use crate::world;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use dtm_model::{Grant, Held, Instant, Role};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/analytics/preview", get(preview))
}

/// What happened in the last so many days counts as recent.
const RECENT_MS: i64 = 45 * 86_400_000;

async fn preview(State(app): State<App>, viewer: Viewer) -> Result<Json<Value>, Problem> {
    viewer.may(Verb::AnalyticsRead, On::Site)?;
    let now = world::now();
    let since = Instant::from_millis(now.as_millis() - RECENT_MS);
    let (users, grants) = (app.store.users().await?, app.store.grants().await?);
    let recent: BTreeSet<String> =
        users.iter().filter(|user| user.signed_in_at >= Some(since)).map(|user| user.id.to_string()).collect();
    let known: BTreeSet<String> = users.iter().map(|user| user.id.to_string()).collect();
    let holders = |fits: &dyn Fn(&Grant) -> bool| {
        let actors: BTreeSet<&String> = grants
            .iter()
            .filter(|grant| fits(grant))
            .map(|grant| &grant.actor)
            .filter(|id| known.contains(*id))
            .collect();
        let n_recent = actors.iter().filter(|id| recent.contains(**id)).count();
        json!({ "total": actors.len(), "recent": n_recent })
    };
    let mut projects = Vec::new();
    for project in app.store.projects(false).await? {
        let id = &project.operation.id;
        let of = |role: Role| {
            holders(&|grant: &Grant| {
                grant.role == role
                    && match &grant.held {
                        Held::Site => false,
                        Held::Project(held) | Held::Form(held, _) => held == id,
                    }
            })
        };
        let counts = app.store.project_counts(id, now).await?;
        let mut n_submissions = 0;
        for head in app.store.form_heads(id).await? {
            n_submissions += app.store.form_activity(&head.form.id).await?.submissions;
        }
        projects.push(json!({
            "id": project.number,
            "users": {
                "num_managers": of(Role::Manager), "num_viewers": of(Role::Viewer),
                "num_data_collectors": of(Role::Collector), "num_app_users": { "total": counts.app_users },
            },
            "forms": { "num_forms": { "total": counts.forms } },
            "submissions": { "num_submissions_received": { "total": n_submissions } },
            "other": { "has_description": i64::from(project.description.is_some()) },
            "datasets": { "num_datasets": { "total": app.store.entity_lists(id, false).await?.len() } },
        }));
    }
    Ok(Json(json!({
        "config": { "version": concat!("dtm ", env!("CARGO_PKG_VERSION")), "sent": false },
        "system": {
            "num_users": { "total": users.len(), "recent": recent.len() },
            "num_admins": holders(&|grant: &Grant| grant.role == Role::Admin),
            "num_projects": { "total": projects.len() },
        },
        "projects": projects,
    })))
}
