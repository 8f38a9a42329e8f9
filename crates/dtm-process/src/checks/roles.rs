//! What the questions of a form stand for: who asked, when, where, with whose consent, under which name.
//!
//! In goes a form; out come the roles that names and types of its questions suggest ([`Roles::of`]). An officer who knows
//! the form better chooses others; what is chosen is held against the form again ([`Roles::within`]), so that a question
//! that a new version dropped is no longer asked for.

use super::words::Words;
use crate::corrections::{OtherQuestion, other_questions};
use crate::folding::plain;
use crate::patterns::dont_know::is_no_answer;
use dtm_model::{FieldKind, FormSchema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which questions say what of an interview.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Roles {
    /// Who asked.
    pub enumerator: Option<String>,
    /// When the interview began.
    pub start: Option<String>,
    /// When it ended.
    pub end: Option<String>,
    /// Where it was held.
    pub position: Option<String>,
    /// Whether who was asked agreed to be.
    pub consent: Option<String>,
    /// The code of the household, person or site, which two records may not share.
    pub id: Option<String>,
    /// The column that names a record in logs and exports, where it is not the phone's own name for it.
    pub uuid: Option<String>,
    /// Names of choices that say that somebody does not know or will not say.
    pub dont_know: Vec<String>,
    /// Questions with a choice «other», and those that ask for its words.
    pub others: Vec<OtherQuestion>,
    /// The least minutes that an interview takes.
    pub least_minutes: Option<f64>,
    /// The most minutes that an interview takes.
    pub most_minutes: Option<f64>,
}

/// A role that one question has.
#[derive(Clone, Copy, Debug)]
pub struct Role {
    /// The word for it in files and addresses.
    pub code: &'static str,
    /// What it is called.
    pub words: Words,
    kinds: &'static [FieldKind],
    get: fn(&Roles) -> &Option<String>,
    put: fn(&mut Roles, Option<String>),
}

impl Role {
    /// The question that has it.
    pub fn of(self, roles: &Roles) -> Option<&str> {
        (self.get)(roles).as_deref()
    }

    /// Gives it to a question.
    pub fn give(self, roles: &mut Roles, question: Option<String>) {
        (self.put)(roles, question);
    }

    /// The questions of a form that can have it.
    pub fn candidates(self, form: &FormSchema) -> Vec<&str> {
        let repeats: Vec<String> = form
            .fields
            .iter()
            .filter(|field| field.kind == FieldKind::Repeat)
            .map(|repeat| format!("{}/", repeat.path))
            .collect();
        let once = |path: &str| !repeats.iter().any(|repeat| path.starts_with(repeat.as_str()));
        let fields = form.fields.iter().filter(|field| self.kinds.contains(&field.kind) && once(&field.path));
        fields.map(|field| field.path.as_str()).collect()
    }
}

const CODES: &[FieldKind] = &[FieldKind::Text, FieldKind::Integer, FieldKind::SelectOne];

/// The roles that one question has each, in the order of a page.
pub const ROLES: &[Role] = &[
    Role {
        code: "enumerator",
        words: Words { en: "Enumerator", fr: "Enquêteur" },
        kinds: CODES,
        get: |roles| &roles.enumerator,
        put: |roles, question| roles.enumerator = question,
    },
    Role {
        code: "start",
        words: Words { en: "Start of the interview", fr: "Début de l’entretien" },
        kinds: &[FieldKind::DateTime],
        get: |roles| &roles.start,
        put: |roles, question| roles.start = question,
    },
    Role {
        code: "end",
        words: Words { en: "End of the interview", fr: "Fin de l’entretien" },
        kinds: &[FieldKind::DateTime],
        get: |roles| &roles.end,
        put: |roles, question| roles.end = question,
    },
    Role {
        code: "position",
        words: Words { en: "Position (GPS)", fr: "Position (GPS)" },
        kinds: &[FieldKind::Geopoint],
        get: |roles| &roles.position,
        put: |roles, question| roles.position = question,
    },
    Role {
        code: "consent",
        words: Words { en: "Consent", fr: "Consentement" },
        kinds: &[FieldKind::SelectOne],
        get: |roles| &roles.consent,
        put: |roles, question| roles.consent = question,
    },
    Role {
        code: "id",
        words: Words {
            en: "Code that two records may not share (household, person)",
            fr: "Code que deux fiches ne peuvent partager (ménage, personne)",
        },
        kinds: CODES,
        get: |roles| &roles.id,
        put: |roles, question| roles.id = question,
    },
    Role {
        code: "uuid",
        words: Words { en: "Name of the record in logs (uuid)", fr: "Nom de la fiche dans les journaux (uuid)" },
        kinds: &[FieldKind::Text],
        get: |roles| &roles.uuid,
        put: |roles, question| roles.uuid = question,
    },
];

const ENUMERATORS: &[&str] = &[
    "enumerator",
    "enumerator id",
    "enumerator num",
    "enumerator code",
    "enumerator name",
    "enum id",
    "interviewer",
    "enqueteur",
    "code enqueteur",
    "nom enqueteur",
    // The dictionary calls it m0981_meta_enum_name.
    "m0981 meta enum name",
    "meta enum name",
    "username",
    "deviceid",
];
const CONSENTS: &[&str] =
    &["consent", "consent remote", "informed consent", "consent given", "consentement", "accord", "agree"];
const IDS: &[&str] =
    &["hh id", "household id", "household code", "hh code", "code menage", "id menage", "registration number"];

impl Roles {
    /// What the names and types of the form's questions suggest.
    pub fn of(form: &FormSchema) -> Self {
        let named = |kinds: &[FieldKind], names: &[&str]| {
            names.iter().find_map(|wanted| {
                let of_kind = form.fields.iter().filter(|field| kinds.contains(&field.kind));
                of_kind.filter(|field| plain(field.name()) == *wanted).map(|field| field.path.clone()).next()
            })
        };
        let only_position = || {
            let mut positions = form.fields.iter().filter(|field| field.kind == FieldKind::Geopoint);
            positions.next().filter(|_| positions.next().is_none()).map(|field| field.path.clone())
        };
        let choices = form.fields.iter().flat_map(|field| &field.choices).map(|choice| &choice.name);
        let dont_know: BTreeSet<&String> = choices.filter(|name| is_no_answer(name)).collect();
        Self {
            enumerator: named(CODES, ENUMERATORS),
            start: named(&[FieldKind::DateTime], &["start", "debut"]),
            end: named(&[FieldKind::DateTime], &["end", "fin"]),
            position: named(&[FieldKind::Geopoint], &["position", "gps", "geopoint", "location"])
                .or_else(only_position),
            consent: named(&[FieldKind::SelectOne], CONSENTS),
            id: named(CODES, IDS),
            uuid: None,
            dont_know: dont_know.into_iter().cloned().collect(),
            others: other_questions(form),
            least_minutes: None,
            most_minutes: None,
        }
    }

    /// The same without questions that this form does not ask, or not of that kind.
    pub fn within(mut self, form: &FormSchema) -> Self {
        for role in ROLES {
            let known = role.of(&self).is_none_or(|question| role.candidates(form).contains(&question));
            if !known {
                role.give(&mut self, None);
            }
        }
        let choices = form.fields.iter().flat_map(|field| &field.choices);
        let names: BTreeSet<&str> = choices.map(|choice| choice.name.as_str()).collect();
        self.dont_know.retain(|name| names.contains(name.as_str()));
        let offers = |other: &OtherQuestion| {
            let select = form.fields.iter().find(|field| field.path == other.select);
            let text = form.fields.iter().any(|field| field.path == other.text && field.kind == FieldKind::Text);
            text && select.is_some_and(|select| select.choices.iter().any(|choice| choice.name == other.other))
        };
        self.others.retain(offers);
        let minutes = |minutes: f64| minutes.is_finite() && (0.0..=100_000.0).contains(&minutes);
        self.least_minutes = self.least_minutes.filter(|least| minutes(*least));
        self.most_minutes = self.most_minutes.filter(|most| minutes(*most));
        self
    }
}
