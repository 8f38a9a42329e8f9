//! What a form asks, read off its XForm.

use crate::{EntityForm, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The type of a field, as the XForm's bind says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Text of any kind.
    Text,
    /// Whole number.
    Integer,
    /// Number with a fraction.
    Decimal,
    /// Calendar day.
    Date,
    /// Time of day.
    Time,
    /// Instant with a zone.
    DateTime,
    /// One position.
    Geopoint,
    /// A line.
    Geotrace,
    /// A polygon.
    Geoshape,
    /// One choice of a list.
    SelectOne,
    /// Several choices of a list, separated by blanks.
    SelectMultiple,
    /// The name of an attached file.
    File,
    /// A group of fields.
    Group,
    /// A group that may occur many times.
    Repeat,
}

/// One node of the form's instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Names from below the root down, joined by `/`, such as `location/idp_hh`.
    pub path: String,
    /// Type.
    pub kind: FieldKind,
    /// Wording per language, empty where the form shows none.
    pub label: Text,
    /// HXL tag given on the form, if any.
    pub hxl: Option<String>,
    /// The choices offered, for selects with an inline or secondary list.
    #[serde(default)]
    pub choices: Vec<Choice>,
}

impl Field {
    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// One choice of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// What is stored.
    pub name: String,
    /// What is shown, per language.
    pub label: Text,
}

/// Everything a form asks, in document order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormSchema {
    /// The id attribute of the primary instance.
    pub xml_form_id: String,
    /// The version attribute, empty if there is none.
    pub version: String,
    /// The title shown to enumerators.
    pub title: String,
    /// Name of the root element of the instance.
    pub root: String,
    /// All nodes below the root, groups and repeats included.
    pub fields: Vec<Field>,
    /// Files the form needs beside it (`jump-list.csv`), by name.
    #[serde(default)]
    pub media: Vec<String>,
    /// Whether submissions arrive encrypted.
    #[serde(default)]
    pub encrypted: bool,
    /// Whether people may change on their own phone what they sent (`client_editable`).
    #[serde(default)]
    pub client_editable: bool,
    /// The entity lists it feeds, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entities: Option<EntityForm>,
    /// What stays readable when the server encrypts submissions as they arrive; none where it shall not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_arrival: Option<OnArrival>,
}

/// A form whose submissions the server encrypts as they arrive, all but the questions that it declares readable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnArrival {
    /// The public key, as the form carries it; without one nothing is encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The paths of the answers that stay readable.
    pub readable: BTreeSet<String>,
}

impl OnArrival {
    /// Whether any question was declared readable, and not only what names a submission.
    pub fn keeps_readable(&self) -> bool {
        self.n_readable() > 0
    }

    /// How many questions stay readable.
    pub fn n_readable(&self) -> usize {
        self.readable.iter().filter(|path| !path.starts_with("meta/")).count()
    }
}

impl FormSchema {
    /// The key that the server encrypts submissions with as they arrive, and what stays readable.
    pub fn sealing(&self) -> Option<(&str, &BTreeSet<String>)> {
        let on_arrival = self.on_arrival.as_ref()?;
        Some((on_arrival.key.as_deref()?, &on_arrival.readable))
    }

    /// The field at this path, or the only field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        if let Some(field) = self.fields.iter().find(|field| field.path == name) {
            return Some(field);
        }
        let mut named = self.fields.iter().filter(|field| field.name() == name);
        match (named.next(), named.next()) {
            (Some(field), None) => Some(field),
            _ => None,
        }
    }
}
