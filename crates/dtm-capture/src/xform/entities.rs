//! What an XForm declares about entities: which lists it feeds, from which questions.
//!
//! In: a form taken apart. Out: its [`EntityForm`], none where it speaks of no entities, or why the declaration cannot
//! be followed. Rules: ODK Entities specification, 2022.1 to 2025.1.

use super::{Form, XFormError};
use crate::xml::{MAX_ELEMENTS, Tree};
use dtm_model::{EntityFeed, EntityForm, Field, FieldKind, Lang, SaveTo, is_list_name, is_property_name};
use std::collections::{BTreeSet, HashMap};

/// Why the entity declaration of a form cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntityFormError {
    /// The form cannot be read at all.
    #[error(transparent)]
    Form(#[from] XFormError),
    /// The model does not say which version of the specification it follows.
    #[error("the version of the entities specification is missing")]
    NoSpec,
    /// It follows a version that is not known here.
    #[error("version `{0}` of the entities specification is not supported (2022.1 to 2025.1 are)")]
    Spec(String),
    /// An entity block names no list.
    #[error("an entity block does not name its list")]
    NoList,
    /// The list has a name it may not have.
    #[error("`{0}` cannot be the name of an entity list")]
    ListName(String),
    /// The block neither creates nor updates.
    #[error("the entity block of the list `{0}` declares neither `create` nor `update`")]
    NoAction(String),
    /// The list is fed by two blocks.
    #[error("the list `{0}` is fed by two entity blocks")]
    ListTwice(String),
    /// A property has a name it may not have.
    #[error("`{0}` cannot be the name of a property")]
    PropertyName(String),
    /// Two questions go into one property.
    #[error("several questions are saved to the property `{0}`")]
    PropertyTwice(String),
}

impl EntityFormError {
    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return match self {
                Self::Form(error) => error.message(lang),
                other => other.to_string(),
            };
        }
        match self {
            Self::Form(error) => error.message(lang),
            Self::NoSpec => "la version de la spécification des entités manque".to_owned(),
            Self::Spec(version) => format!(
                "la version `{version}` de la spécification des entités n’est pas prise en charge (2022.1 à 2025.1 le sont)"
            ),
            Self::NoList => "un bloc d’entité ne nomme pas sa liste".to_owned(),
            Self::ListName(name) => format!("`{name}` ne peut pas être le nom d’une liste d’entités"),
            Self::NoAction(list) => {
                format!("le bloc d’entité de la liste `{list}` ne déclare ni `create` ni `update`")
            }
            Self::ListTwice(list) => format!("deux blocs d’entité alimentent la liste `{list}`"),
            Self::PropertyName(name) => format!("`{name}` ne peut pas être le nom d’une propriété"),
            Self::PropertyTwice(name) => format!("plusieurs questions alimentent la propriété `{name}`"),
        }
    }
}

/// Reads what an XForm declares about entities.
pub fn entities(xml: &str) -> Result<Option<EntityForm>, EntityFormError> {
    let tree = Tree::read(xml.as_bytes(), MAX_ELEMENTS).map_err(XFormError::from)?;
    let form = Form::of(&tree)?;
    form.entities(&form.fields())
}

/// Whether a form of this specification can be filled offline over several turns; older ones should be warned of.
pub fn knows_offline(form: &EntityForm) -> bool {
    edition(&form.spec).is_some_and(|edition| edition >= (2024, 1))
}

/// Year and number of a version such as `2024.1.0`.
fn edition(spec: &str) -> Option<(u32, u32)> {
    let mut parts = spec.split('.');
    let edition = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let patch: Option<u32> = parts.next().and_then(|part| part.parse().ok());
    (patch.is_some() && parts.next().is_none()).then_some(edition)
}

impl Form<'_> {
    /// The entity blocks, with the questions that feed them.
    pub(super) fn entities(&self, fields: &[Field]) -> Result<Option<EntityForm>, EntityFormError> {
        let mut feeds: Vec<EntityFeed> = Vec::new();
        let mut error = None;
        let mut seen = BTreeSet::new();
        self.walk_instance(|path, node| {
            let Some(section) = section_of(path) else { return };
            // A repeat's template and its first turn are one.
            if error.is_some() || !seen.insert(section.to_owned()) {
                return;
            }
            let has = |name: &str| node.attribute(name).is_some();
            let list = node.attribute("dataset").map(str::trim).unwrap_or_default().to_owned();
            let feed = EntityFeed {
                path: section.to_owned(),
                in_repeat: self.is_in_repeat(section),
                creates: has("create"),
                updates: has("update"),
                saves: Vec::new(),
                list,
            };
            match judge(&feed, &feeds) {
                Ok(()) => feeds.push(feed),
                Err(found) => error = Some(found),
            }
        });
        if feeds.is_empty() && error.is_none() {
            return Ok(None);
        }
        let spec = self.model.attribute("entities-version").ok_or(EntityFormError::NoSpec)?.trim().to_owned();
        if !edition(&spec).is_some_and(|edition| ((2022, 1)..=(2025, 1)).contains(&edition)) {
            return Err(EntityFormError::Spec(spec));
        }
        if let Some(error) = error {
            return Err(error);
        }
        self.fill(&mut feeds, fields)?;
        Ok(Some(EntityForm { spec, feeds }))
    }

    /// Gives each saved question to the nearest block around it.
    fn fill(&self, feeds: &mut [EntityFeed], fields: &[Field]) -> Result<(), EntityFormError> {
        let kinds: HashMap<&str, FieldKind> = fields.iter().map(|field| (field.path.as_str(), field.kind)).collect();
        for (path, bind) in &self.binds {
            let Some(property) = bind.attribute("saveto").map(str::trim).filter(|name| !name.is_empty()) else {
                continue;
            };
            if !is_property_name(property) {
                return Err(EntityFormError::PropertyName(property.to_owned()));
            }
            let around = feeds.iter_mut().filter(|feed| {
                feed.path.is_empty() || path.strip_prefix(&feed.path).is_some_and(|rest| rest.starts_with('/'))
            });
            let Some(feed) = around.max_by_key(|feed| feed.path.len()) else { continue };
            if feed.saves.iter().any(|save| save.property.to_lowercase() == property.to_lowercase()) {
                return Err(EntityFormError::PropertyTwice(property.to_owned()));
            }
            let kind = kinds.get(path.as_str()).copied().unwrap_or(FieldKind::Text);
            feed.saves.push(SaveTo { path: path.clone(), property: property.to_owned(), kind });
        }
        Ok(())
    }

    fn is_in_repeat(&self, section: &str) -> bool {
        self.controls.iter().filter(|control| control.element == "repeat").any(|repeat| {
            section.strip_prefix(repeat.path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

/// The section that an entity block at this path speaks of, if one stands there.
fn section_of(path: &str) -> Option<&str> {
    let section = path.strip_suffix("meta/entity")?;
    if section.is_empty() { Some(section) } else { section.strip_suffix('/') }
}

fn judge(feed: &EntityFeed, others: &[EntityFeed]) -> Result<(), EntityFormError> {
    if feed.list.is_empty() {
        return Err(EntityFormError::NoList);
    }
    if !is_list_name(&feed.list) {
        return Err(EntityFormError::ListName(feed.list.clone()));
    }
    if !feed.creates && !feed.updates {
        return Err(EntityFormError::NoAction(feed.list.clone()));
    }
    match others.iter().any(|other| other.list == feed.list) {
        true => Err(EntityFormError::ListTwice(feed.list.clone())),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// A form with this instance and these binds.
    fn form(version: &str, instance: &str, binds: &str) -> String {
        format!(
            "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml' \
             xmlns:entities='http://www.opendatakit.org/xforms/entities'><h:head><h:title>Sites</h:title>\
             <model {version}><instance><data id='sites' version='1'>{instance}</data></instance>{binds}</model></h:head>\
             <h:body><repeat nodeset='/data/tent'/></h:body></h:html>"
        )
    }

    const SPEC: &str = "entities:entities-version='2025.1.0'";

    fn check(version: &str, instance: &str, binds: &str, expected: Expect) {
        let printed = match entities(&form(version, instance, binds)) {
            Ok(None) => "nothing".to_owned(),
            Ok(Some(form)) => form
                .feeds
                .iter()
                .map(|feed| {
                    let saves: Vec<_> = feed
                        .saves
                        .iter()
                        .map(|save| format!("{}={}:{:?}", save.property, save.path, save.kind))
                        .collect();
                    let of = |flag: bool, word: &'static str| if flag { word } else { "" };
                    format!(
                        "{} at «{}»{}{}{} {}\n",
                        feed.list,
                        feed.path,
                        of(feed.in_repeat, " repeated"),
                        of(feed.creates, " creates"),
                        of(feed.updates, " updates"),
                        saves.join(" ")
                    )
                })
                .collect(),
            Err(error) => format!("{error} | {}", error.message(Lang::Fr)),
        };
        expected.assert_eq(&printed);
    }

    #[test]
    fn a_form_says_which_lists_it_feeds_from_which_questions() {
        check(
            SPEC,
            "<name/><hh/><tent><n/><meta><entity dataset='tents' create='1' id=''/></meta></tent>\
             <meta><entity dataset='sites' create='' update='' id='' baseVersion=''><label/></entity></meta>",
            "<bind nodeset='/data/name' type='string' entities:saveto='site_name'/>\
             <bind nodeset='/data/hh' type='int' entities:saveto='households'/>\
             <bind nodeset='/data/tent/n' type='int' entities:saveto='number'/>",
            expect![[r#"
                tents at «tent» repeated creates number=tent/n:Integer
                sites at «» creates updates site_name=name:Text households=hh:Integer
            "#]],
        );
        check("", "<name/>", "", expect!["nothing"]);
    }

    #[test]
    fn a_declaration_that_cannot_be_followed_is_refused_with_its_reason() {
        let block = "<meta><entity dataset='sites' create='1' id=''/></meta>";
        check(
            "",
            block,
            "",
            expect![
                "the version of the entities specification is missing | la version de la spécification des entités manque"
            ],
        );
        check(
            "entities:entities-version='2031.1.0'",
            block,
            "",
            expect![
                "version `2031.1.0` of the entities specification is not supported (2022.1 to 2025.1 are) | la version `2031.1.0` de la spécification des entités n’est pas prise en charge (2022.1 à 2025.1 le sont)"
            ],
        );
        check(
            SPEC,
            "<meta><entity create='1'/></meta>",
            "",
            expect!["an entity block does not name its list | un bloc d’entité ne nomme pas sa liste"],
        );
        check(
            SPEC,
            "<meta><entity dataset='__x' create='1'/></meta>",
            "",
            expect!["`__x` cannot be the name of an entity list | `__x` ne peut pas être le nom d’une liste d’entités"],
        );
        check(
            SPEC,
            "<meta><entity dataset='sites'/></meta>",
            "",
            expect![
                "the entity block of the list `sites` declares neither `create` nor `update` | le bloc d’entité de la liste `sites` ne déclare ni `create` ni `update`"
            ],
        );
        check(
            SPEC,
            &format!("<a/><b/>{block}"),
            "<bind nodeset='/data/a' entities:saveto='Name'/>",
            expect!["`Name` cannot be the name of a property | `Name` ne peut pas être le nom d’une propriété"],
        );
        check(
            SPEC,
            &format!("<a/><b/>{block}"),
            "<bind nodeset='/data/a' entities:saveto='x'/><bind nodeset='/data/b' entities:saveto='X'/>",
            expect![
                "several questions are saved to the property `X` | plusieurs questions alimentent la propriété `X`"
            ],
        );
    }
}
