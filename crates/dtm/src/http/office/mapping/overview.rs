//! The mappings of an operation: each form and the imported tables of each exercise, with how far their mapping goes.

use super::super::super::problem::Problem;
use super::super::{App, Desk, OperationHead};
use super::shown::{sample_words, told_of};
use super::{READS, address};
use crate::journey::mapping::{self, Mapped, Workbench};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use dtm_publish::words::Words;
use std::sync::Arc;

/// Records that each mapping is looked at with here; its own page looks at more.
const LOOKED_AT: usize = 500;

struct MappingLine {
    name: String,
    href: String,
    stands: String,
    reason: String,
    facts: Vec<(&'static str, String, bool)>,
    sample: String,
}

struct ExerciseLines {
    slug: String,
    name: String,
    mappings: Vec<MappingLine>,
}

#[derive(Template)]
#[template(path = "office/mappings.html")]
struct View {
    w: &'static Words,
    operation: OperationHead,
    exercises: Vec<ExerciseLines>,
}

async fn line(app: &App, desk: &Desk, mapped: Mapped, atlas: &Arc<dtm_model::Atlas>) -> Result<MappingLine, Problem> {
    let w = desk.words();
    let bench = Workbench::of(&app.store, &app.blobs, mapped, atlas.clone(), LOOKED_AT).await?;
    let look = bench.look(&bench.text());
    let tool = bench.mapped.exercise.tool.code().to_uppercase();
    let is_core = |code: &&String| bench.dictionary.get(code).is_some_and(|known| known.core_in.contains(&tool));
    let n_unfed = look.coverage.unfed.iter().filter(is_core).count();
    let number = |n: usize| w.number(n as i64);
    Ok(MappingLine {
        name: match &bench.mapped.form {
            Some(form) => form.name.clone(),
            None => w.t("mapping-tables"),
        },
        href: address(&bench.mapped),
        stands: match &bench.stands {
            Some(version) => told_of(app, desk, &bench.mapped, version).await?,
            None => w.t("mapping-none-yet"),
        },
        reason: bench.stands.as_ref().map(|stands| stands.reason.clone()).unwrap_or_default(),
        facts: vec![
            ("mapping-fact-fed", number(look.n_fed()), false),
            ("mapping-fact-unfed", number(n_unfed), n_unfed > 0),
            ("mapping-fact-unused", number(look.coverage.unused.len()), false),
            ("mapping-fact-open", number(look.n_open()), look.n_open() > 0),
            ("mapping-fact-problems", number(look.problems.len()), !look.problems.is_empty()),
        ],
        sample: sample_words(w, &bench),
    })
}

pub(super) async fn page(State(app): State<App>, desk: Desk, Path(slug): Path<String>) -> Result<Response, Problem> {
    let operation = desk.operation(&app, READS, &slug).await?;
    let w = desk.words();
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let mut exercises = Vec::new();
    for exercise in app.store.exercises(&operation.id).await? {
        let mut mappings = Vec::new();
        for mapped in mapping::all(&app.store, &operation, &exercise).await? {
            mappings.push(line(&app, &desk, mapped, &atlas).await?);
        }
        exercises.push(ExerciseLines {
            slug: exercise.slug.clone(),
            name: w.text(&exercise.name).to_owned(),
            mappings,
        });
    }
    let view = View { w, operation: OperationHead::new(&app, &desk, &operation).await?, exercises };
    desk.page(&w.t("mapping-all"), view.render())
}
