//! Lists what a person should know about an XForm before it is taken.
//!
//! Takes the XML and returns problems in plain words: what blocks the form first, then what is merely odd. Reading is
//! lenient where it can be, so a form that others made still opens; what it will cost is said here.

use super::{Form, XFormError, itext_id, kind_of_type, list_id};
use crate::xml::{MAX_ELEMENTS, Tree};
use dtm_model::Lang;
use std::collections::{BTreeMap, HashSet};

/// Something about an uploaded XForm that a person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which one.
    pub code: &'static str,
    /// Whether the form cannot be taken as it is.
    pub blocking: bool,
    /// What it is about: a path, a name, a type.
    pub what: String,
}

impl Problem {
    /// The problem in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        let what = &self.what;
        let (en, fr) = match self.code {
            "xform_unreadable" => return what.clone(),
            "xform_no_body" => (
                "the form has no body, so nobody can fill it",
                "le formulaire n’a pas de corps : personne ne peut le remplir",
            ),
            "xform_no_title" => (
                "the form has no title; its id is shown instead",
                "le formulaire n’a pas de titre ; son identifiant est affiché à la place",
            ),
            "xform_no_version" => (
                "the form has no version, so changes to it cannot be told apart",
                "le formulaire n’a pas de version : ses modifications ne pourront pas être distinguées",
            ),
            "xform_no_instance_id" => (
                "the form has no `meta/instanceID`, so repeated submissions are recognised by their content only",
                "le formulaire n’a pas de `meta/instanceID` : les envois répétés ne seront reconnus que par leur contenu",
            ),
            "xform_bad_id" => (
                "the form id `{}` holds blanks or control characters",
                "l’identifiant de formulaire `{}` contient des espaces ou des caractères de contrôle",
            ),
            "xform_duplicate_bind" => ("`{}` has more than one bind", "`{}` a plus d’un bind"),
            "xform_bind_without_node" => (
                "a bind speaks of `{}`, which is not in the instance",
                "un bind parle de `{}`, qui n’est pas dans l’instance",
            ),
            "xform_control_without_node" => (
                "a question or group speaks of `{}`, which is not in the instance",
                "une question ou un groupe parle de `{}`, qui n’est pas dans l’instance",
            ),
            "xform_repeated_node" => (
                "`{}` stands twice in the instance and is not a repeat",
                "`{}` figure deux fois dans l’instance sans être une répétition",
            ),
            "xform_unknown_type" => (
                "type `{}` is not known; its answers are kept as text",
                "le type `{}` n’est pas connu ; ses réponses sont gardées comme texte",
            ),
            "xform_missing_text" => ("the text `{}` is not in the form", "le texte `{}` n’est pas dans le formulaire"),
            "xform_missing_list" => ("the list `{}` is not in the form", "la liste `{}` n’est pas dans le formulaire"),
            "xform_media_name" => ("`{}` cannot be the name of a file", "`{}` ne peut pas être le nom d’un fichier"),
            _ => ("`{}` is odd", "`{}` est inhabituel"),
        };
        (if lang == Lang::Fr { fr } else { en }).replace("{}", what)
    }
}

/// Lists what is wrong or odd about an XForm, what blocks it first. An empty list means that it can be taken as it is.
pub fn check(xml: &str, lang: Lang) -> Vec<Problem> {
    let unreadable =
        |error: XFormError| vec![Problem { code: "xform_unreadable", blocking: true, what: error.message(lang) }];
    let tree = match Tree::read(xml.as_bytes(), MAX_ELEMENTS) {
        Ok(tree) => tree,
        Err(error) => return unreadable(error.into()),
    };
    let form = match Form::of(&tree) {
        Ok(form) => form,
        Err(error) => return unreadable(error),
    };
    let schema = form.schema();
    let mut problems = Problems(Vec::new());
    if form.body.is_none() {
        problems.block("xform_no_body", "");
    }
    if schema.xml_form_id.chars().any(|char| char.is_whitespace() || char.is_control()) {
        problems.block("xform_bad_id", &schema.xml_form_id);
    }
    if form.title.is_none() {
        problems.note("xform_no_title", "");
    }
    if schema.version.is_empty() {
        problems.note("xform_no_version", "");
    }
    let paths: HashSet<&str> = schema.fields.iter().map(|field| field.path.as_str()).collect();
    if !paths.contains("meta/instanceID") {
        problems.note("xform_no_instance_id", "");
    }
    form.check_binds(&paths, &mut problems);
    for control in &form.controls {
        if !paths.contains(control.path.as_str()) {
            problems.block("xform_control_without_node", &control.path);
        }
        if let Some(id) = control.label.and_then(|label| itext_id(label.attribute("ref")?))
            && !form.texts.contains_key(id)
        {
            problems.note("xform_missing_text", id);
        }
        if let Some(list) = control.itemset.and_then(|itemset| list_id(itemset.attribute("nodeset")?))
            && !form.instances.contains_key(list)
        {
            problems.block("xform_missing_list", list);
        }
    }
    for path in form.repeated_nodes() {
        problems.block("xform_repeated_node", &path);
    }
    for name in &schema.media {
        if crate::openrosa::safe_name(name).is_err() {
            problems.block("xform_media_name", name);
        }
    }
    problems.0.sort_by_key(|problem| !problem.blocking);
    problems.0.dedup();
    problems.0
}

struct Problems(Vec<Problem>);

impl Problems {
    fn block(&mut self, code: &'static str, what: &str) {
        self.0.push(Problem { code, blocking: true, what: what.to_owned() });
    }

    fn note(&mut self, code: &'static str, what: &str) {
        self.0.push(Problem { code, blocking: false, what: what.to_owned() });
    }
}

impl Form<'_> {
    /// Paths that stand twice beside each other without being a repeat.
    fn repeated_nodes(&self) -> Vec<String> {
        let repeats: HashSet<&str> = self
            .controls
            .iter()
            .filter(|control| control.element == "repeat")
            .map(|control| control.path.as_str())
            .collect();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        self.walk_instance(|path, _| *counts.entry(path.to_owned()).or_default() += 1);
        let inside = |path: &str| path.match_indices('/').any(|(at, _)| repeats.contains(&path[..at]));
        let twice = counts.into_iter().filter(|(path, n)| *n > 1 && !repeats.contains(path.as_str()) && !inside(path));
        twice.map(|(path, _)| path).collect()
    }

    fn check_binds(&self, paths: &HashSet<&str>, problems: &mut Problems) {
        let mut seen = HashSet::new();
        for (path, bind) in &self.binds {
            // Attributes are bound too, as those of entities are.
            if !path.is_empty() && !path.contains('@') && !paths.contains(path.as_str()) {
                problems.block("xform_bind_without_node", path);
            }
            if !seen.insert(path) {
                problems.block("xform_duplicate_bind", path);
            }
            if let Some(name) = bind.attribute("type")
                && kind_of_type(name).is_none()
            {
                problems.note("xform_unknown_type", name);
            }
        }
    }
}
