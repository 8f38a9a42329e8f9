//! What a form says about encryption on arrival: which questions stay readable, and the key that seals the rest.
//!
//! In: a form taken apart. Out: its [`OnArrival`], none where no question is declared readable and phones have no key. A question is declared by
//! `dtm:readable` on its bind, for all that stands in a group or repeat on the bind of that; the nearest word counts.
//! Phones pass over the attribute. What the form makes out of answers (the name of a submission, the label of an entity)
//! stays readable only if every question in it is. Decision: `docs/decisions/0016-encrypted-on-arrival.md`.

use super::Form;
use crate::encrypted::PublicKey;
use crate::xml::Node;
use dtm_model::{Field, FieldKind, OnArrival};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The namespace of what forms say to this server alone, under the prefix `dtm`.
pub const NAMESPACE: &str = "urn:dtm:xforms";
/// The attribute of a bind that keeps its question readable.
pub(crate) const READABLE: &str = "dtm:readable";
/// The attribute of `submission` that holds the key.
pub(super) const ARRIVAL_KEY: &str = "dtm:arrival-key";

/// What an attribute or a cell says; none where it says neither.
fn yes_no(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "yes" | "true" | "true()" | "1" => Some(true),
        "no" | "false" | "false()" | "0" => Some(false),
        _ => None,
    }
}

fn own<'n>(node: &'n Node, name: &str) -> Option<&'n str> {
    node.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

impl Form<'_> {
    /// What stays readable, and the key for the rest.
    pub(super) fn on_arrival(&self, fields: &[Field]) -> Option<OnArrival> {
        let said: HashMap<&str, bool> =
            self.binds.iter().filter_map(|(path, bind)| Some((path.as_str(), yes_no(own(bind, READABLE)?)?))).collect();
        let submission = self.tree.child(self.model, "submission");
        let key = |name: &str| {
            let key = submission.and_then(|node| own(node, name)).map(str::trim)?;
            PublicKey::read(key).map(|_| key.to_owned())
        };
        // Without these a submission could not be told from another, or edited.
        let always = ["meta/instanceID", "meta/deprecatedID"].map(str::to_owned);
        if !said.values().any(|readable| *readable) {
            // What phones should have encrypted may come in clear all the same, from a browser or a program.
            return key("base64RsaPublicKey").map(|key| OnArrival { key: Some(key), readable: always.into() });
        }
        let nearest = |path: &str| {
            let around = std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(above, _)| above));
            around.filter_map(|part| said.get(part).copied()).next().unwrap_or(false)
        };
        let questions = || fields.iter().filter(|field| !matches!(field.kind, FieldKind::Group | FieldKind::Repeat));
        let mut readable: BTreeSet<String> =
            questions().filter(|field| nearest(&field.path)).map(|field| field.path.clone()).collect();
        // Of fields that share a name, all must be readable.
        let mut by_name: BTreeMap<&str, bool> = BTreeMap::new();
        for field in fields {
            let is_open = readable.contains(&field.path);
            by_name.entry(field.name()).and_modify(|all| *all &= is_open).or_insert(is_open);
        }
        let formulas: HashMap<&str, &str> =
            self.binds.iter().filter_map(|(path, bind)| Some((path.as_str(), bind.attribute("calculate")?))).collect();
        let made = questions().filter(|field| is_name_or_label(&field.path) && !said.contains_key(field.path.as_str()));
        let made: Vec<String> = made
            .filter(|field| formulas.get(field.path.as_str()).is_some_and(|formula| speaks_of(formula, &by_name)))
            .map(|field| field.path.clone())
            .collect();
        readable.extend(made);
        readable.extend(always);
        Some(OnArrival { key: key(ARRIVAL_KEY).or_else(|| key("base64RsaPublicKey")), readable })
    }
}

/// Whether a field is made out of answers to name something: the submission, or an entity.
fn is_name_or_label(path: &str) -> bool {
    path == "meta/instanceName" || path == "meta/entity/label" || path.ends_with("/meta/entity/label")
}

/// Whether an expression speaks of these fields alone. What it cannot be sure of is not readable: wildcards, whole
/// groups, names it does not know.
fn speaks_of(expression: &str, readable: &BTreeMap<&str, bool>) -> bool {
    let bytes = expression.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'\'' | b'"') => at += 1 + bytes[at + 1..].iter().take_while(|byte| **byte != quote).count() + 1,
            byte if is_step(byte) => {
                let from = at;
                at += bytes[at..].iter().take_while(|byte| is_step(**byte)).count();
                let word = &expression[from..at];
                let is_call = expression[at..].trim_start().starts_with('(');
                let last = word.rsplit('/').next().unwrap_or(word);
                let is_path = word.contains('/');
                let is_number = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && word != ".";
                let is_word = !is_path && !readable.contains_key(last) && last != "." && last != "..";
                if is_call || is_number || is_word {
                    continue;
                }
                if readable.get(last) != Some(&true) {
                    return false;
                }
            }
            b'*' => return false,
            _ => at += 1,
        }
    }
    true
}

fn is_step(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-' | b':') || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_readable_only_if_every_question_in_it_is() {
        let known = BTreeMap::from([("site", true), ("head", false), ("household", false), ("idps", true)]);
        for (expression, expected) in [
            ("concat(/data/site, ' – ', /data/idps)", true),
            ("concat('head ', ../site)", true),
            ("/data/site", true),
            ("concat(/data/site, /data/household/head)", false),
            ("string(/data/household)", false),
            ("string(/data)", false),
            ("/data/*", false),
            ("if(1 = 1, head, 'x')", false),
            ("concat(/data/unknown)", false),
            ("'/data/head'", true),
            ("substr(/data/site, 0, 3)", true),
            ("\"unclosed", true),
            (".", false),
        ] {
            assert_eq!(speaks_of(expression, &known), expected, "{expression}");
        }
    }
}
