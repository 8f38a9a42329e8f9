//! What changed from one version of a form to another, sorted by what it means for the data.
//!
//! Takes two XForms and returns groups of lines: what breaks a series first, then fields, places, choices, wordings and
//! translations, logic. Any two versions of a form can be compared, its draft among them.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::clock::Clock;
use super::form::find;
use super::{App, Desk, OperationHead};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use dtm_capture::xform::changes::{Change, What, between};
use dtm_model::FormSchema;
use dtm_publish::words::Words;
use dtm_store::FormVersion;
use serde::Deserialize;

/// Lines shown of one group.
const LINES: usize = 300;

/// One change.
pub(super) struct Line {
    /// How the newer form words the field.
    pub(super) label: String,
    pub(super) path: String,
    pub(super) text: String,
    pub(super) breaks: bool,
}

/// Changes of one kind.
pub(super) struct Group {
    pub(super) title: String,
    pub(super) n: String,
    pub(super) lines: Vec<Line>,
    /// Says how many lines are left out; empty where none is.
    pub(super) more: String,
    pub(super) open: bool,
}

/// Everything that changed.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) groups: Vec<Group>,
    /// Says how many changes part what was collected from what is to come; empty where none does.
    pub(super) breaking: String,
}

impl Changes {
    /// What changed from the one version to the other.
    pub(super) async fn of(old: &FormVersion, new: &FormVersion, w: &'static Words) -> Result<Self, Problem> {
        let (old, new, schema) = (old.xform.clone(), new.xform.clone(), new.schema.clone());
        let compared = tokio::task::spawn_blocking(move || between(&old, &new).map(|all| Self::told(&all, &schema, w)));
        compared.await.map_err(Problem::internal)?.map_err(Problem::internal)
    }

    fn told(all: &[Change], schema: &FormSchema, w: &Words) -> Self {
        let n_breaking = all.iter().filter(|change| change.breaks_series()).count() as i64;
        let group = |kind: &'static str| {
            let of_kind: Vec<&Change> = all.iter().filter(|change| kind_of(&change.what) == kind).collect();
            let line = |change: &&Change| {
                let label = super::records::label(Some(schema), &change.path, w);
                Line {
                    label: if change.path.ends_with(&label) { String::new() } else { label },
                    path: change.path.clone(),
                    text: w.typeset(&change.what.message(w.lang())),
                    breaks: change.breaks_series(),
                }
            };
            let more = of_kind.len().saturating_sub(LINES) as i64;
            Group {
                title: w.label("office-changes", kind),
                n: w.number(of_kind.len() as i64),
                lines: of_kind.iter().take(LINES).map(line).collect(),
                more: if more > 0 { w.t_n("office-changes-more", more) } else { String::new() },
                open: of_kind.len() <= 20,
            }
        };
        let groups = KINDS.map(group).into_iter().filter(|group| !group.lines.is_empty()).collect();
        let breaking = if n_breaking > 0 { w.t_n("office-changes-breaking", n_breaking) } else { String::new() };
        Self { groups, breaking }
    }
}

/// The kinds of changes, in the order they are told.
const KINDS: [&str; 7] = ["form", "removed", "added", "moved", "choices", "wording", "logic"];

fn kind_of(what: &What) -> &'static str {
    match what {
        What::Form { .. } | What::LanguageAdded { .. } | What::LanguageRemoved { .. } => "form",
        What::Removed { .. } => "removed",
        What::Added { .. } => "added",
        What::Type { .. } | What::Moved { .. } | What::Reordered { .. } => "moved",
        What::ChoiceAdded { .. } | What::ChoiceRemoved { .. } => "choices",
        What::Wording { .. } => "wording",
        What::Logic { .. } => "logic",
    }
}

/// A version as the page offers it: its id, its name, whether it is chosen as the older, as the newer.
struct Offered {
    id: String,
    name: String,
    old: bool,
    new: bool,
}

#[derive(Template)]
#[template(path = "office/changes_page.html")]
struct ChangesView {
    w: &'static Words,
    operation: OperationHead,
    here: String,
    may_fill: bool,
    name: String,
    versions: Vec<Offered>,
    changes: Changes,
    /// None while there is nothing to compare.
    compared: Option<(String, String)>,
}

#[derive(Deserialize, Default)]
pub(super) struct Asked {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

/// Every version of a form, the newest first: its draft, then what was published.
async fn versions(app: &App, form: &dtm_store::Form) -> Result<Vec<FormVersion>, Problem> {
    let mut all = app.store.form_versions(&form.id).await?;
    let draft = app.store.draft(&form.id).await?.map(|draft| draft.version.id);
    all.retain(|version| version.published_at.is_some() || Some(&version.id) == draft.as_ref());
    all.sort_by_key(|version| std::cmp::Reverse((version.published_at.is_none(), version.published_at)));
    Ok(all)
}

/// The version published before this one.
pub(super) async fn before(app: &App, version: &FormVersion) -> Result<Option<FormVersion>, Problem> {
    let mut all = app.store.form_versions(&version.form).await?;
    let earlier = |one: &FormVersion| {
        one.id != version.id && one.published_at.is_some_and(|at| version.published_at.is_none_or(|last| at <= last))
    };
    all.retain(earlier);
    Ok(all.into_iter().max_by_key(|version| version.published_at))
}

/// How a version is called on a page.
pub(super) fn version_name(version: &FormVersion, clock: Clock) -> String {
    let w = clock.words();
    let name = match version.version.as_str() {
        "" => w.t("office-form-no-version"),
        name => name.to_owned(),
    };
    match version.published_at {
        Some(at) => format!("{name} · {}", clock.text(at)),
        None => format!("{name} · {}", w.t("office-draft")),
    }
}

/// Compares two versions: those asked for, else the newest with the one before it.
pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (operation, form) = find(&app, &desk, &slug, &id).await?;
    let w = desk.words();
    let clock = Clock::of(w, &operation);
    let all = versions(&app, &form).await?;
    let by_id = |id: &str| all.iter().position(|version| version.id.to_string() == id);
    let new = by_id(&asked.to).unwrap_or(0);
    let old = by_id(&asked.from).unwrap_or((new + 1).min(all.len().saturating_sub(1)));
    let pair = all.get(old).zip(all.get(new)).filter(|(old, new)| old.id != new.id);
    let changes = match pair {
        Some((old, new)) => Changes::of(old, new, w).await?,
        None => Changes::default(),
    };
    let offered = |(at, version): (usize, &FormVersion)| Offered {
        id: version.id.to_string(),
        name: version_name(version, clock),
        old: at == old,
        new: at == new,
    };
    let view = ChangesView {
        w,
        operation: OperationHead::new(&app, &desk, &operation).await?,
        here: super::form::address(&operation, &form),
        may_fill: desk.can(Verb::SubmissionCreate, On::Form(&form.operation, &form.id)),
        versions: all.iter().enumerate().map(offered).collect(),
        compared: pair.map(|(old, new)| (version_name(old, clock), version_name(new, clock))),
        changes,
        name: form.name,
    };
    let heading = w.pair(&w.t("office-changes-title"), &view.name);
    desk.page(&heading, view.render())
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::{FieldKind, Lang};

    #[test]
    fn what_breaks_a_series_is_counted_and_every_kind_of_change_has_a_name() {
        let change = |path: &str, what| Change { path: path.to_owned(), what };
        let all = [
            change("idp_ind", What::Type { old: FieldKind::Integer, new: FieldKind::Text }),
            change("site/name", What::Removed { kind: FieldKind::Text }),
            change("", What::LanguageAdded { language: "ht".to_owned() }),
        ];
        let form = "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml'><h:head><model>\
                    <instance><data id='site'><idp_ind/></data></instance></model></h:head><h:body/></h:html>";
        let schema = dtm_capture::xform::read(form).unwrap();
        for lang in Lang::ALL {
            let told = Changes::told(&all, &schema, Words::of(lang));
            let titles: Vec<&str> = told.groups.iter().map(|group| group.title.as_str()).collect();
            assert_eq!(titles.len(), 3);
            assert!(titles.iter().all(|title| !KINDS.contains(title)), "{titles:?}");
            assert!(told.breaking.contains('2'), "{}", told.breaking);
        }
    }
}
