//! The dissemination classes of a form's questions: what each is, why, and an officer's own word on it.
//!
//! A class says up to which ceiling a narrowed role sees an answer. What no officer spoke of takes the class of the
//! indicator it feeds or is named like, and is secret where nobody knows it. A class set on a group holds for all in it.

use super::super::problem::Problem;
use super::super::scope::{Because, Classes, Origin};
use super::super::viewer::{On, Verb};
use super::form::{address, find};
use super::{App, Desk, OperationHead, Said, said};
use crate::journey::forms;
use askama::Template;
use axum::extract::{Form as Posted, Path, Query, State};
use axum::response::{IntoResponse, Response};
use dtm_model::{Dissemination, FieldKind, FormSchema, Held, Operation, Sees};
use dtm_publish::words::{Arg, Words};
use dtm_store::Form;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The classes, the most open first.
const CLASSES: [(Dissemination, &str); 4] = [
    (Dissemination::Public, "public"),
    (Dissemination::Confidential, "confidential"),
    (Dissemination::Restricted, "restricted"),
    (Dissemination::Secret, "secret"),
];

fn code(class: Dissemination) -> &'static str {
    CLASSES.iter().find(|(known, _)| *known == class).map_or("secret", |(_, code)| code)
}

fn class_of(code: &str) -> Option<Dissemination> {
    CLASSES.iter().find(|(_, known)| *known == code).map(|(class, _)| *class)
}

/// A question or a group.
struct Line {
    path: String,
    label: String,
    /// How deep it lies in groups.
    depth: usize,
    is_group: bool,
    class: &'static str,
    class_name: String,
    why: String,
    /// The class an officer set on it, if any.
    set: &'static str,
    /// What it would be without an officer's word; empty for a group.
    derived: String,
}

/// How many questions have a class.
struct Count {
    code: &'static str,
    name: String,
    what: String,
    n: String,
}

/// Somebody who does not see every answer of the form.
struct Reader {
    name: String,
    role: String,
    sees: String,
}

#[derive(Template)]
#[template(path = "office/classes.html")]
struct ClassesView {
    w: &'static Words,
    said: String,
    operation: OperationHead,
    here: String,
    may_fill: bool,
    name: String,
    lines: Vec<Line>,
    counts: Vec<Count>,
    classes: Vec<(&'static str, String)>,
    readers: Vec<Reader>,
    /// Whether the page shows only what nobody classified.
    only_open: bool,
    n_open: String,
}

#[derive(Deserialize, Default)]
pub(super) struct Asked {
    #[serde(default)]
    only: String,
}

/// The questions of a form as people read them; what phones fill in by themselves included, as it is about people too.
fn lines(schema: &FormSchema, classes: &Classes, w: &Words) -> Vec<Line> {
    let shown = schema.fields.iter().filter(|field| field.path != "meta" && !field.path.starts_with("meta/"));
    let line = |field: &dtm_model::Field| {
        let is_group = matches!(field.kind, FieldKind::Group | FieldKind::Repeat);
        let (class, because) = classes.why(&field.path);
        let (derived, _) = classes.derived(&field.path);
        let why = match because {
            Because::Set => "set",
            Because::Around => "around",
            Because::Mapped => "mapped",
            Because::Named => "named",
            Because::Nothing => "nothing",
        };
        Line {
            label: super::records::label(Some(schema), &field.path, w),
            depth: field.path.matches('/').count().min(4),
            is_group,
            class: code(class),
            class_name: w.label("office-class", code(class)),
            why: w.label("office-class-why", why),
            set: classes.set.get(&field.path).copied().map(code).unwrap_or_default(),
            derived: if is_group { String::new() } else { w.label("office-class", code(derived)) },
            path: field.path.clone(),
        }
    };
    shown.map(line).collect()
}

/// The people whose role shows them a part of the form's answers only.
async fn readers(app: &App, desk: &Desk, form: &Form) -> Result<Vec<Reader>, Problem> {
    let w = desk.words();
    if !desk.can(Verb::AssignmentList, On::Project(&form.operation)) {
        return Ok(Vec::new());
    }
    let mut readers = Vec::new();
    let grants = app.store.grants().await?;
    for user in app.store.users().await? {
        let id = user.id.to_string();
        for grant in grants.iter().filter(|grant| grant.actor == id && grant.sees != Sees::Secret) {
            let reaches = match &grant.held {
                Held::Site => true,
                Held::Project(operation) => *operation == form.operation,
                Held::Form(_, of) => *of == form.id,
            };
            if reaches {
                readers.push(Reader {
                    name: if user.name.is_empty() { user.email.clone() } else { user.name.clone() },
                    role: w.label("people-role", grant.role.code()),
                    sees: w.label("people-sees", grant.sees.code()),
                });
            }
        }
    }
    Ok(readers)
}

async fn classes(app: &App, operation: &Operation, form: &Form) -> Result<Classes, Problem> {
    let exercise = app.store.exercise(&form.exercise).await?.ok_or_else(Problem::not_found)?;
    let origin = Origin { operation, exercise: &exercise, form_key: &form.xml_form_id, form: Some(&form.id) };
    Classes::of_form(app, &origin).await
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, String)>,
    Query(told): Query<Said>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (operation, form) = find(&app, &desk, &slug, &id).await?;
    let w = desk.words();
    let schema = forms::questions(&app.store, &form.id).await?.ok_or_else(Problem::not_found)?;
    let classes = classes(&app, &operation, &form).await?;
    let mut lines = lines(&schema, &classes, w);
    let count = |(class, code): (Dissemination, &'static str)| {
        let n = lines.iter().filter(|line| !line.is_group && class_of(line.class) == Some(class)).count();
        Count {
            code,
            name: w.label("office-class", code),
            what: w.label("office-class-what", code),
            n: w.number(n as i64),
        }
    };
    let counts = CLASSES.map(count).into();
    let is_open =
        |line: &Line| !line.is_group && classes.why(&line.path).1 == Because::Nothing && line.class == "secret";
    let n_open = lines.iter().filter(|line| is_open(line)).count() as i64;
    let only_open = asked.only == "open";
    if only_open {
        let around: BTreeSet<String> = lines
            .iter()
            .filter(|line| is_open(line))
            .flat_map(|line| line.path.match_indices('/').map(|(at, _)| line.path[..at].to_owned()).collect::<Vec<_>>())
            .collect();
        lines.retain(|line| is_open(line) || around.contains(&line.path));
    }
    let view = ClassesView {
        w,
        said: told.sentence(w),
        operation: OperationHead::new(&app, &desk, &operation).await?,
        here: address(&operation, &form),
        may_fill: desk.can(Verb::SubmissionCreate, On::Form(&form.operation, &form.id)),
        counts,
        classes: CLASSES.map(|(_, code)| (code, w.label("office-class", code))).into(),
        readers: readers(&app, &desk, &form).await?,
        only_open,
        n_open: if n_open > 0 { w.t_args("office-class-open", &[("n", Arg::from(n_open))]) } else { String::new() },
        lines,
        name: form.name,
    };
    let heading = w.pair(&w.t("office-classes"), &view.name);
    desk.page(&heading, view.render())
}

/// What a posted page leaves set: the questions it names take what it says, others keep what they have.
fn set_by(
    before: BTreeMap<String, Dissemination>,
    fields: &[(String, String)],
    known: &BTreeSet<&str>,
) -> Option<BTreeMap<String, Dissemination>> {
    let mut set = before;
    for (name, value) in fields {
        let Some(path) = name.strip_prefix("c.").filter(|path| known.contains(path)) else { continue };
        match value.as_str() {
            "" => set.remove(path),
            code => set.insert(path.to_owned(), class_of(code)?),
        };
    }
    Some(set)
}

pub(super) async fn set(
    State(app): State<App>,
    desk: Desk,
    Path((slug, id)): Path<(String, String)>,
    Posted(fields): Posted<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (operation, form) = find(&app, &desk, &slug, &id).await?;
    let schema = forms::questions(&app.store, &form.id).await?.ok_or_else(Problem::not_found)?;
    let known: BTreeSet<&str> = schema.fields.iter().map(|field| field.path.as_str()).collect();
    let before = app.store.field_classes(&form.id).await?;
    let Some(set) = set_by(before.clone(), &fields, &known) else {
        return Err(Problem::unexpected_value("class", "?"));
    };
    let changed: BTreeSet<&String> =
        before.keys().chain(set.keys()).filter(|path| before.get(*path) != set.get(*path)).collect();
    let n_changed = changed.len() as i64;
    if n_changed > 0 {
        app.store.set_field_classes(&form.id, &set, &desk.viewer()?.stamp()).await?;
    }
    Ok(said(&format!("{}/classes", address(&operation, &form)), "classes-set", &[n_changed]).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_sets_the_classes_it_names_and_leaves_the_others() {
        let known = BTreeSet::from(["protection", "protection/cases", "ki_name"]);
        let before = BTreeMap::from([
            ("protection".to_owned(), Dissemination::Restricted),
            ("ki_name".to_owned(), Dissemination::Public),
        ]);
        let fields = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let posted = fields(&[("c.ki_name", ""), ("c.protection/cases", "secret"), ("c.unknown", "public")]);
        let set = set_by(before.clone(), &posted, &known).unwrap();
        let told: Vec<String> = set.iter().map(|(path, class)| format!("{path} {}", code(*class))).collect();
        assert_eq!(told, ["protection restricted", "protection/cases secret"]);
        assert!(set_by(before, &fields(&[("c.ki_name", "open")]), &known).is_none(), "no such class");
    }
}
