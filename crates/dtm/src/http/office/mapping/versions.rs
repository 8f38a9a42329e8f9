//! The versions of a mapping: who made each, when and why, what it changed, what is otherwise between any two; and the way
//! back to an earlier one, as a new version that equals it.

use super::super::super::problem::Problem;
use super::super::submissions::{posted, value};
use super::super::{App, Desk, OperationHead, said};
use super::shown::{kept_since, told_of};
use super::{Address, CHANGES, READS, address, find, may_change, overview_address};
use crate::cli::Mistakes;
use crate::journey::mapping::{self, Keeping, Kept, Mapped};
use crate::journey::settle;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use dtm_model::Dictionary;
use dtm_publish::words::Words;
use dtm_store::StoredMapping;
use serde::Deserialize;

/// Changes of a version that are listed.
const CHANGES_LISTED: usize = 12;

struct VersionLine {
    version: u32,
    told: String,
    reason: String,
    changes: Vec<String>,
    n_more: String,
    download: String,
    is_current: bool,
}

#[derive(Template)]
#[template(path = "office/mapping_versions.html")]
struct View {
    w: &'static Words,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    form: String,
    form_here: String,
    may_manage: bool,
    may_fill: bool,
    exercise: String,
    overview: String,
    editor: String,
    here: String,
    may_change: bool,
    versions: Vec<VersionLine>,
    after: u32,
    /// The versions that were chosen to be compared, 0 where none was.
    from: u32,
    to: u32,
    compared: Option<Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    from: String,
    to: String,
}

fn in_words(desk: &Desk, dictionary: &Dictionary, before: &StoredMapping, after: &StoredMapping) -> Vec<String> {
    let changes = mapping::differences(&before.text, &after.text, dictionary);
    changes.iter().map(|change| desk.words().typeset(&change.message(desk.lang))).collect()
}

async fn show(
    app: &App,
    desk: &Desk,
    mapped: Mapped,
    asked: &Asked,
    mistakes: Option<(String, Vec<String>)>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let dictionary = settle::dictionary(&app.store).await?;
    let versions = mapped.versions(&app.store).await?;
    let editor = address(&mapped);
    let mut lines = Vec::new();
    for (at, version) in versions.iter().enumerate() {
        let mut changes = match versions.get(at + 1) {
            Some(before) => in_words(desk, &dictionary, before, version),
            None => Vec::new(),
        };
        let n_more = changes.len().saturating_sub(CHANGES_LISTED);
        changes.truncate(CHANGES_LISTED);
        lines.push(VersionLine {
            version: version.version,
            told: told_of(app, desk, &mapped, version).await?,
            reason: version.reason.clone(),
            changes,
            n_more: if n_more > 0 { w.t_n("mapping-more-changes", n_more as i64) } else { String::new() },
            download: format!("{editor}/{}.toml", version.version),
            is_current: at == 0,
        });
    }
    let named = |number: &str| versions.iter().find(|version| version.version.to_string() == *number);
    let (from, to) = (named(&asked.from), named(&asked.to));
    let compared = from.zip(to).map(|(from, to)| in_words(desk, &dictionary, from, to));
    let view = View {
        w,
        mistakes,
        operation: OperationHead::new(app, desk, &mapped.operation).await?,
        form: mapped.form.as_ref().map(|form| form.name.clone()).unwrap_or_default(),
        form_here: editor.trim_end_matches("/mapping").to_owned(),
        may_manage: may_change(desk, &mapped),
        may_fill: false,
        exercise: w.text(&mapped.exercise.name).to_owned(),
        overview: overview_address(&mapped.operation),
        here: format!("{editor}/versions"),
        may_change: may_change(desk, &mapped),
        after: versions.first().map_or(0, |version| version.version),
        versions: lines,
        from: from.map_or(0, |version| version.version),
        to: to.map_or(0, |version| version.version),
        compared,
        editor,
    };
    desk.answer(&w.t("mapping-versions"), view.render(), view.mistakes.is_some())
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path(at): Path<Address>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let mapped = find(&app, &desk, READS, &at).await?;
    show(&app, &desk, mapped, &asked, None).await
}

/// Returns to an earlier version.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path(at): Path<Address>,
    body: String,
) -> Result<Response, Problem> {
    let mapped = find(&app, &desk, CHANGES, &at).await?;
    let w = desk.words();
    let fields = posted(&body);
    let number = |name: &str| value(&fields, name).parse::<u32>().map_err(|_| Problem::not_found());
    let earlier = mapped.version(&app.store, number("version")?).await?.ok_or_else(Problem::not_found)?;
    let (after, reason) = (number("after")?, value(&fields, "reason"));
    let asked = Asked::default();
    if reason.trim().is_empty() {
        return show(&app, &desk, mapped, &asked, Some((w.t("mapping-no-reason"), Vec::new()))).await;
    }
    let keeping = Keeping { text: &earlier.text, reason, after: Some(after) };
    match mapping::keep(&app.store, &mapped, keeping, desk.lang, &desk.viewer()?.stamp()).await {
        Ok(Kept::Version(version)) => {
            Ok(said(&address(&mapped), "mapping-kept", &[i64::from(version)]).into_response())
        }
        Ok(Kept::Since(newer)) => {
            let mistake = kept_since(&app, &desk, &mapped, &newer).await?;
            show(&app, &desk, mapped, &asked, Some((mistake, Vec::new()))).await
        }
        Err(error) => {
            let Mistakes { lines } = error.downcast::<Mistakes>()?;
            let lines = lines.iter().map(|line| w.typeset(line)).collect();
            show(&app, &desk, mapped, &asked, Some((w.t("mapping-refused"), lines))).await
        }
    }
}
