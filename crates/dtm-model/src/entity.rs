//! Entities: the things that forms make, change and look up again (sites, households, informants).
//!
//! A form says which lists it feeds and from which questions ([`EntityForm`]); a submission then asks for
//! [`EntityChange`]s. Values travel as text; a property may have a type beside it, by which it is compared and found.
//! Rules: ODK Entities specification, 2022.1 to 2025.1 (getodk.github.io/xforms-spec/entities).

use crate::{FieldKind, Lang};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The name of an entity within its list: a version 4 UUID, written in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntityId(String);

impl EntityId {
    /// Makes an id from random bytes.
    pub fn new(random: [u8; 16]) -> Self {
        Self(uuid::Builder::from_random_bytes(random).into_uuid().to_string())
    }

    /// The text, 36 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text is not a version 4 UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a version 4 UUID")]
pub struct ParseEntityIdError;

impl FromStr for EntityId {
    type Err = ParseEntityIdError;

    /// Reads a UUID in any case, with or without `uuid:` before it.
    fn from_str(text: &str) -> Result<Self, ParseEntityIdError> {
        let digits = match text.get(..5) {
            Some(prefix) if prefix.eq_ignore_ascii_case("uuid:") => &text[5..],
            _ => text,
        };
        let is_v4 = digits.len() == 36
            && digits.bytes().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => byte == b'-',
                14 => byte == b'4',
                19 => matches!(byte, b'8' | b'9' | b'a' | b'b' | b'A' | b'B'),
                _ => byte.is_ascii_hexdigit(),
            });
        if is_v4 { Ok(Self(digits.to_ascii_lowercase())) } else { Err(ParseEntityIdError) }
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a form says about entities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityForm {
    /// The version of the specification it follows, such as `2024.1.0`.
    pub spec: String,
    /// The lists it feeds, in document order.
    pub feeds: Vec<EntityFeed>,
}

/// One entity block of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityFeed {
    /// The list.
    pub list: String,
    /// The section whose `meta` holds the block, as a path below the root; empty for the root itself.
    pub path: String,
    /// Whether that section is, or lies in, a repeat: then one submission speaks of several entities.
    pub in_repeat: bool,
    /// Whether the form may add entities.
    pub creates: bool,
    /// Whether the form may change entities.
    pub updates: bool,
    /// Which questions go into which properties, in document order.
    pub saves: Vec<SaveTo>,
}

/// A question whose answer goes into a property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaveTo {
    /// The question's path below the root.
    pub path: String,
    /// The property.
    pub property: String,
    /// The type of the question.
    pub kind: FieldKind,
}

/// What a submission wants of one entity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityChange {
    /// The list.
    pub list: String,
    /// The entity.
    pub id: EntityId,
    /// Adds it, if it is not there.
    pub create: bool,
    /// Changes it.
    pub update: bool,
    /// The new label, if it is given and not blank.
    pub label: Option<String>,
    /// The version the phone had before it; within an offline branch, the phone's own count.
    pub base_version: Option<u32>,
    /// The server's version an offline branch began at; none if the entity itself was made offline.
    pub trunk_version: Option<u32>,
    /// The offline branch.
    pub branch: Option<EntityId>,
    /// The values sent, by property.
    pub data: BTreeMap<String, String>,
}

/// What a submission says about entities: what can be tried, and what cannot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityWishes {
    /// Changes to apply, in document order.
    pub changes: Vec<EntityChange>,
    /// Blocks that cannot be followed.
    pub refused: Vec<RefusedEntity>,
}

impl EntityWishes {
    /// Whether the submission says nothing of entities.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.refused.is_empty()
    }
}

/// An entity block that was not followed. The submission itself is stored all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedEntity {
    /// The list it names.
    pub list: String,
    /// The id it gives, as sent.
    pub id: String,
    /// Why.
    pub why: EntityRefusal,
}

/// Why an entity was not made or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum EntityRefusal {
    /// It has no id.
    NoId,
    /// Its id is not a version 4 UUID.
    BadId,
    /// It has no label.
    NoLabel,
    /// The form does not declare that it does this.
    NotDeclared {
        /// `create` or `update`.
        action: String,
    },
    /// An update does not say which version it began with.
    NoBaseVersion,
    /// A version or branch cannot be read.
    BadVersion {
        /// `baseVersion`, `trunkVersion` or `branchId`.
        field: String,
    },
    /// The submission speaks of more entities than are taken.
    TooMany,
    /// There is no such list.
    UnknownList,
    /// There is no such entity.
    UnknownEntity,
    /// The entity never had that version.
    UnknownVersion {
        /// The version it names.
        version: u32,
    },
    /// An entity of this id is there already.
    Exists,
    /// The entity was deleted.
    Deleted,
    /// Another entity has this value, which must be unique.
    NotUnique {
        /// The property.
        property: String,
    },
}

impl EntityRefusal {
    /// The number under which ODK Central reports it.
    pub fn central(&self) -> f64 {
        match self {
            Self::NoId | Self::NoLabel | Self::NoBaseVersion => 400.2,
            Self::BadId | Self::BadVersion { .. } => 400.11,
            Self::TooMany => 400.28,
            Self::NotDeclared { .. } => 403.2,
            Self::UnknownList => 404.7,
            Self::UnknownEntity => 404.8,
            Self::UnknownVersion { .. } => 404.9,
            Self::Exists | Self::NotUnique { .. } => 409.3,
            Self::Deleted => 409.19,
        }
    }

    /// The reason for a person.
    pub fn message(&self, lang: Lang) -> String {
        let (en, fr) = match self {
            Self::NoId => ("it has no id".into(), "elle n’a pas d’identifiant".into()),
            Self::BadId => {
                ("its id is not a version 4 UUID".into(), "son identifiant n’est pas un UUID de version 4".into())
            }
            Self::NoLabel => ("it has no label".into(), "elle n’a pas de libellé".into()),
            Self::NotDeclared { action } => (
                format!("the form does not declare the action “{action}”"),
                format!("le formulaire ne déclare pas l’action « {action} »"),
            ),
            Self::NoBaseVersion => (
                "it does not say which version it changes".into(),
                "elle ne dit pas quelle version elle modifie".into(),
            ),
            Self::BadVersion { field } => (format!("“{field}” cannot be read"), format!("« {field} » est illisible")),
            Self::TooMany => {
                ("the submission speaks of too many entities".into(), "la soumission parle de trop d’entités".into())
            }
            Self::UnknownList => ("there is no such list".into(), "cette liste n’existe pas".into()),
            Self::UnknownEntity => ("there is no such entity".into(), "cette entité n’existe pas".into()),
            Self::UnknownVersion { version } => {
                (format!("the entity has no version {version}"), format!("l’entité n’a pas de version {version}"))
            }
            Self::Exists => {
                ("an entity of this id is there already".into(), "une entité de cet identifiant existe déjà".into())
            }
            Self::Deleted => ("the entity was deleted".into(), "l’entité a été supprimée".into()),
            Self::NotUnique { property } => (
                format!("another entity has the same value of “{property}”"),
                format!("une autre entité a la même valeur de « {property} »"),
            ),
        };
        let (en, fr): (String, String) = (en, fr);
        if lang == Lang::Fr { fr } else { en }
    }
}

/// How an update clashed with what happened on the server meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntityConflict {
    /// Somebody else changed other properties.
    Soft,
    /// Somebody else changed the same properties to other values.
    Hard,
}

/// Whether a list may have this name: an XML name without a full stop that does not begin with `__`.
pub fn is_list_name(name: &str) -> bool {
    is_name(name, |c| c.is_alphabetic() || matches!(c, '_' | ':'), |c| c == '-')
}

/// Whether a property may have this name: an XML name without a colon, not reserved.
pub fn is_property_name(name: &str) -> bool {
    let reserved = ["name", "label"].iter().any(|word| name.eq_ignore_ascii_case(word));
    !reserved && is_name(name, |c| c.is_alphabetic() || c == '_', |c| matches!(c, '-' | '.'))
}

/// The longest name of a list or property, in characters.
const MAX_NAME: usize = 200;

fn is_name(name: &str, first: impl Fn(char) -> bool, further: impl Fn(char) -> bool) -> bool {
    let begins = name.chars().next().is_some_and(&first);
    let goes_on = name.chars().all(|c| first(c) || c.is_ascii_digit() || further(c));
    begins && goes_on && !name.starts_with("__") && name.chars().count() <= MAX_NAME
}

/// The longest key of a value, in bytes.
const MAX_KEY: usize = 200;

/// The form of a value by which it is found, compared and sorted, none where it is blank: numbers by their worth, before
/// text, which has no blanks around it. A value that does not fit its type is text. Keys sort as their values do,
/// whatever the rules of the database for letters are: they are made of digits and the letters up to `f`.
pub fn index_key(kind: FieldKind, value: &str) -> Option<String> {
    let value = value.trim();
    if value.is_empty() {
        return None;
    }
    let number = match kind {
        FieldKind::Integer | FieldKind::Decimal => value.parse::<f64>().ok().filter(|n| n.is_finite()),
        _ => None,
    };
    Some(match number {
        Some(number) => number_key(number),
        None => {
            let bytes = &value.as_bytes()[..value.len().min(MAX_KEY)];
            let mut key = String::with_capacity(1 + 2 * bytes.len());
            key.push('2');
            for byte in bytes {
                key.extend([byte >> 4, byte & 15].map(|half| char::from(b"0123456789abcdef"[usize::from(half)])));
            }
            key
        }
    })
}

/// The key of a number: its bits, turned so that they sort as the numbers do.
pub fn number_key(number: f64) -> String {
    // Adding zero makes one zero of two.
    let bits = (number + 0.0).to_bits();
    let bits = if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
    format!("1{bits:016x}")
}

/// Whether a property of this name holds the p-code of where an entity lies, and how deep: forms that know several
/// levels number them (`adm2_pcode`).
pub fn area_depth(name: &str) -> Option<u8> {
    let plain: String = name.to_ascii_lowercase().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let rest = plain.strip_suffix("pcode")?;
    Some(rest.bytes().rev().find(u8::is_ascii_digit).map_or(0, |digit| digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_id_is_a_random_uuid_however_it_is_written() {
        let id = "2F646ADF-5AEC-4A5E-8B7C-0123456789AB".parse::<EntityId>().unwrap();
        assert_eq!(id.as_str(), "2f646adf-5aec-4a5e-8b7c-0123456789ab");
        assert_eq!("uuid:2f646adf-5aec-4a5e-8b7c-0123456789ab".parse(), Ok(id));
        for wrong in ["", "uuid:", "2f646adf5aec4a5e8b7c0123456789ab", "2f646adf-5aec-1a5e-8b7c-0123456789ab", "é-12"]
        {
            assert_eq!(wrong.parse::<EntityId>(), Err(ParseEntityIdError), "{wrong}");
        }
        assert!(EntityId::new([7; 16]).to_string().parse::<EntityId>().is_ok());
    }

    #[test]
    fn names_follow_the_specification() {
        for good in ["sites", "s_1", "ménages", "a-b", "a:b"] {
            assert!(is_list_name(good), "{good}");
        }
        for bad in ["", "__sites", "1site", "si.te", "a b", "-a"] {
            assert!(!is_list_name(bad), "{bad}");
        }
        for good in ["p_code", "_x", "a.b", "names"] {
            assert!(is_property_name(good), "{good}");
        }
        for bad in ["", "name", "Label", "__x", "a:b", "9a"] {
            assert!(!is_property_name(bad), "{bad}");
        }
    }

    #[test]
    fn values_are_compared_as_what_they_are() {
        let key = |kind, value| index_key(kind, value).unwrap_or_default();
        assert_eq!(key(FieldKind::Integer, " 007 "), key(FieldKind::Integer, "7.0"));
        assert_eq!(key(FieldKind::Decimal, "-0"), key(FieldKind::Decimal, "0"));
        assert_eq!(key(FieldKind::Text, " XS01 "), key(FieldKind::Integer, "XS01"));
        assert_eq!(index_key(FieldKind::Text, "  "), None);
        assert!(key(FieldKind::Text, &"é".repeat(500)).len() <= 2 * MAX_KEY + 1);
    }

    #[test]
    fn values_sort_as_what_they_are() {
        let sorted = |kind, values: &[&str]| {
            let keys: Vec<String> = values.iter().filter_map(|value| index_key(kind, value)).collect();
            assert_eq!(keys.len(), values.len());
            assert!(keys.is_sorted(), "{values:?}: {keys:?}");
            assert!(keys.iter().all(|key| key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))));
        };
        sorted(FieldKind::Decimal, &["-1e9", "-2.5", "-2", "0", "0.001", "7", "10", "1e12", "many"]);
        sorted(FieldKind::Text, &["-", "10", "9", "Camp", "Camp A", "Camps", "camp", "Éole"]);
    }

    #[test]
    fn a_property_that_is_called_a_p_code_holds_one() {
        assert_eq!(["pcode", "P_Code", "area_pcode"].map(area_depth), [Some(0); 3]);
        assert_eq!((area_depth("adm3_pcode"), area_depth("admin2Pcode")), (Some(3), Some(2)));
        assert_eq!(["area", "pcodes", "code", "postcode"].map(area_depth), [None; 4]);
    }
}
