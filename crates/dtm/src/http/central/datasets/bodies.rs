//! Entities as clients send them, judged before anything is stored.

use super::{invalid_entity, unexpected_keys};
use crate::http::Problem;
use crate::world;
use dtm_model::EntityId;
use dtm_store::{EntityList, NewEntity};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a client says of one entity.
pub(super) struct Sent {
    pub(super) id: Option<EntityId>,
    pub(super) label: Option<String>,
    pub(super) data: BTreeMap<String, String>,
}

const KEYS: [&str; 3] = ["label", "uuid", "data"];

/// Reads an entity, or what changes of one.
pub(super) fn sent(list: &EntityList, body: &Value) -> Result<Sent, Problem> {
    let Some(body) = body.as_object() else {
        return Err(unexpected_keys(&KEYS, vec!["not an object".to_owned()]));
    };
    if body.keys().any(|key| !KEYS.contains(&key.as_str())) {
        return Err(unexpected_keys(&KEYS, body.keys().take(30).cloned().collect()));
    }
    let id = match filled(body, "uuid") {
        None => None,
        Some(Value::String(text)) if text.is_empty() => None,
        Some(Value::String(text)) => Some(super::entity_id(text)?),
        Some(_) => return Err(Problem::wrong_type("uuid", "text", "du texte")),
    };
    let label = match filled(body, "label") {
        None => None,
        Some(Value::String(text)) if text.trim().is_empty() => {
            return Err(Problem::bad_request(
                "unexpected_value",
                "`label` cannot be blank.",
                "`label` ne peut pas être vide.",
            ));
        }
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => return Err(Problem::wrong_type("label", "text", "du texte")),
    };
    let mut data = BTreeMap::new();
    match filled(body, "data") {
        None if label.is_none() => {
            return Err(invalid_entity(
                "No entity data or label provided.",
                "Ni valeurs ni libellé de l’entité n’ont été donnés.",
            ));
        }
        None => {}
        Some(Value::Object(values)) => {
            for (name, value) in values {
                let Value::String(text) = value else { return Err(Problem::wrong_type(name, "text", "du texte")) };
                if list.property(name).is_none() {
                    return Err(invalid_entity(
                        format!("You specified the dataset property [{name}] which does not exist."),
                        format!("La propriété [{name}] n’existe pas dans cette liste."),
                    ));
                }
                data.insert(name.clone(), text.clone());
            }
        }
        Some(_) => return Err(Problem::wrong_type("data", "an object", "un objet")),
    }
    Ok(Sent { id, label, data })
}

/// Reads an entity to add; one without an id gets a new one.
pub(super) fn new_entity(list: &EntityList, body: &Value) -> Result<NewEntity, Problem> {
    let Sent { id, label, data } = sent(list, body)?;
    let label = label.ok_or_else(|| Problem::missing("label"))?;
    Ok(NewEntity { id: id.unwrap_or_else(|| EntityId::new(world::random())), label, data })
}

fn filled<'a>(body: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    body.get(key).filter(|value| !value.is_null())
}

/// Reads what a bulk upload says about where it comes from.
pub(super) fn source(source: Option<&Value>, n: usize, agent: Option<&str>) -> Result<Value, Problem> {
    let source = source.filter(|source| !source.is_null()).ok_or_else(|| Problem::missing("source"))?;
    let name = match source.get("name") {
        None | Some(Value::Null) => return Err(Problem::missing("source.name")),
        Some(Value::String(name)) if name.is_empty() => return Err(Problem::missing("source.name")),
        Some(Value::String(name)) => name,
        Some(_) => return Err(Problem::wrong_type("source.name", "text", "du texte")),
    };
    let size = match source.get("size") {
        None | Some(Value::Null) => Value::Null,
        Some(Value::Number(size)) => size.clone().into(),
        Some(_) => return Err(Problem::wrong_type("source.size", "a number", "un nombre")),
    };
    let mut kept = serde_json::json!({ "name": name, "count": n, "userAgent": agent });
    if !size.is_null() {
        kept["size"] = size;
    }
    Ok(kept)
}
