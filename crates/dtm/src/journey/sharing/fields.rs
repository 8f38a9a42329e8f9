//! What can be asked for: the records of published rounds that came on forms, and the fields of these forms with the class of
//! each and what it tells.
//!
//! Questions within repeats, files, lines and polygons are not offered. Where a record lies is offered as one field, `area`,
//! as the mapping reads it.

use crate::http::App;
use crate::http::{Classes, Origin};
use anyhow::Result;
use dtm_model::{Dissemination, Exercise, Field, FieldKind, FormSchema, Operation, Round, RoundState, Text};
use dtm_process::mapping::{Mapping, PositionMapping};
use dtm_protect::{Meaning, RecordChoice, RecordField};
use dtm_store::Form;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The records that came on one form in one round.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) operation: Operation,
    pub(crate) exercise: Exercise,
    pub(crate) round: Round,
    pub(crate) form: Form,
    pub(crate) schema: Arc<FormSchema>,
}

impl Source {
    /// How addresses and forms name it.
    pub(crate) fn code(&self) -> String {
        format!("{}/{}/{}", self.exercise.slug, self.round.label, self.form.xml_form_id)
    }
}

/// A field that can be asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Offer {
    pub(crate) field: RecordField,
    /// The question; empty for the area as the mapping reads it.
    pub(crate) path: String,
    pub(crate) choices: Vec<RecordChoice>,
}

/// The code of a class.
pub(crate) fn class_code(class: Dissemination) -> &'static str {
    match class {
        Dissemination::Public => "public",
        Dissemination::Confidential => "confidential",
        Dissemination::Restricted => "restricted",
        Dissemination::Secret => "secret",
    }
}

/// What can be asked for of an operation, newest rounds first.
pub(crate) async fn sources(app: &App, operation: &Operation) -> Result<Vec<Source>> {
    let mut found = Vec::new();
    for exercise in app.store.exercises(&operation.id).await? {
        let mut forms = Vec::new();
        for form in app.store.forms(&exercise.id).await? {
            if let Some(version) = app.store.current_version(&form.id).await?
                && !version.schema.encrypted
            {
                forms.push((form, Arc::new(version.schema)));
            }
        }
        for round in app.store.rounds(&exercise.id).await? {
            if round.state != RoundState::Published {
                continue;
            }
            for (form, schema) in &forms {
                let (operation, exercise) = (operation.clone(), exercise.clone());
                let (form, schema) = (form.clone(), schema.clone());
                found.push(Source { operation, exercise, round: round.clone(), form, schema });
            }
        }
    }
    found.sort_by(|a, b| b.round.reported_on.cmp(&a.round.reported_on).then_with(|| a.code().cmp(&b.code())));
    Ok(found)
}

/// The source of this code.
pub(crate) async fn source(app: &App, operation: &Operation, code: &str) -> Result<Option<Source>> {
    Ok(sources(app, operation).await?.into_iter().find(|source| source.code() == code))
}

/// The fields of a source, as they stand on the form.
pub(crate) async fn offers(app: &App, source: &Source) -> Result<Vec<Offer>> {
    let Source { operation, exercise, form, schema, .. } = source;
    let origin = Origin { operation, exercise, form_key: &form.xml_form_id, form: Some(&form.id) };
    let classes = Classes::of_form(app, &origin).await.map_err(|problem| anyhow::anyhow!("{}", problem.code))?;
    let text = app.store.mapping(&exercise.id, &form.xml_form_id).await?;
    let mapping = text.and_then(|(_, text)| Mapping::from_toml(&text).ok()).unwrap_or_default();
    let mut taken = BTreeSet::from(["area".to_owned(), "record".to_owned(), "agreement".to_owned()]);
    let area = Offer {
        field: RecordField {
            name: "area".to_owned(),
            label: Text::both("Area", "Zone"),
            hxl: "#adm+code".to_owned(),
            class: Dissemination::Public,
            meaning: Meaning::Area,
        },
        path: String::new(),
        choices: Vec::new(),
    };
    let mut found = vec![area];
    let repeats: Vec<&str> = of_kind(schema, FieldKind::Repeat).map(|field| field.path.as_str()).collect();
    for field in &schema.fields {
        let in_repeat =
            repeats.iter().any(|repeat| field.path.strip_prefix(repeat).is_some_and(|p| p.starts_with('/')));
        if in_repeat || field.path.starts_with("meta/") || field.path == "meta" {
            continue;
        }
        let Some(meaning) = meaning(field, &mapping) else { continue };
        let mut name = column_name(field.name());
        while !taken.insert(name.clone()) {
            name.push('_');
        }
        let record_field = RecordField {
            name,
            label: if field.label.iter().next().is_some() {
                field.label.clone()
            } else {
                Text::both(field.name(), field.name())
            },
            hxl: field.hxl.clone().unwrap_or_default(),
            class: classes.why(&field.path).0,
            meaning,
        };
        let choice =
            |choice: &dtm_model::Choice| RecordChoice { code: choice.name.clone(), label: choice.label.clone() };
        found.push(Offer {
            field: record_field,
            path: field.path.clone(),
            choices: field.choices.iter().map(choice).collect(),
        });
    }
    Ok(found)
}

fn of_kind(schema: &FormSchema, kind: FieldKind) -> impl Iterator<Item = &Field> {
    schema.fields.iter().filter(move |field| field.kind == kind)
}

fn column_name(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(28).collect();
    if plain.starts_with(|c: char| c.is_ascii_alphabetic()) { plain } else { format!("q_{plain}") }
}

/// Words in names of questions that ask who somebody is or how to reach them, in English and French.
const IDENTIFYING: [&str; 22] = [
    "name",
    "nom",
    "names",
    "noms",
    "prenom",
    "surname",
    "phone",
    "tel",
    "telephone",
    "mobile",
    "contact",
    "email",
    "mail",
    "courriel",
    "address",
    "adresse",
    "deviceid",
    "device",
    "simserial",
    "subscriberid",
    "username",
    "imei",
];

/// What a question tells; none where it is not offered.
fn meaning(field: &Field, mapping: &Mapping) -> Option<Meaning> {
    let is = |questions: &[String]| questions.iter().any(|q| *q == field.path || *q == field.name());
    let place = &mapping.place;
    let is_position = match &place.position {
        Some(PositionMapping::One { question }) => is(std::slice::from_ref(question)),
        Some(PositionMapping::Two { lat, lon }) => is(&[lat.clone(), lon.clone()]),
        None => false,
    };
    // Where a record lies is told by one field of its own.
    if is(&place.area) {
        return None;
    }
    if is(&place.ssid) || is(&place.name) {
        return Some(Meaning::Place);
    }
    if is_position || field.kind == FieldKind::Geopoint {
        return Some(Meaning::Position).filter(|_| field.kind == FieldKind::Geopoint);
    }
    let name = field.name().to_lowercase();
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    let identifies = words.any(|word| IDENTIFYING.contains(&word));
    let is_age = name == "age"
        || name.ends_with("_age")
        || field.hxl.as_deref().is_some_and(|tag| tag.split('+').skip(1).any(|attribute| attribute == "age"));
    match field.kind {
        FieldKind::Group
        | FieldKind::Repeat
        | FieldKind::File
        | FieldKind::Geotrace
        | FieldKind::Geoshape
        | FieldKind::Time
        | FieldKind::Geopoint => None,
        FieldKind::SelectOne | FieldKind::SelectMultiple if !field.choices.is_empty() => Some(Meaning::Answer),
        _ if identifies => Some(Meaning::Identifier),
        FieldKind::Integer if is_age => Some(Meaning::Age),
        FieldKind::Integer | FieldKind::Decimal | FieldKind::Date | FieldKind::DateTime => Some(Meaning::Answer),
        FieldKind::Text | FieldKind::SelectOne | FieldKind::SelectMultiple => Some(Meaning::Words),
    }
}
