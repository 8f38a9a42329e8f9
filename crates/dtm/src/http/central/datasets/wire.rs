//! Lists and entities as clients read them.

use crate::http::central::submissions::{Actors, actor_number};
use crate::http::{App, Problem};
use axum::http::{HeaderMap, header};
use dtm_capture::odata::identifier;
use dtm_store::{EntityList, EntitySource, EntityVersion, StoredEntity, StoredFeed};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How a client wants the forms of a property: Central gives objects, and pyodk up to 1.3 can read only names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FormsAs {
    Objects,
    Names,
}

impl FormsAs {
    pub(super) fn of(headers: &HeaderMap) -> FormsAs {
        let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or("");
        let minor = agent.strip_prefix("pyodk v1.").and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
        if minor.is_some_and(|minor| minor <= 3) { FormsAs::Names } else { FormsAs::Objects }
    }
}

/// A list as it stands in the list of lists.
pub(crate) fn list_json(project: i64, list: &EntityList, extended: bool) -> Value {
    let mut json = json!({
        "name": list.name, "projectId": project, "createdAt": list.created_at.to_string(),
        "approvalRequired": list.approval_required, "ownerOnly": list.owner_only,
    });
    if list.deleted_at.is_some() {
        json["id"] = list.number.into();
        json["deletedAt"] = list.deleted_at.map(|at| at.to_string()).into();
    }
    if extended {
        json["entities"] = list.n_entities.into();
        json["conflicts"] = list.n_conflicts.into();
        json["lastEntity"] = list.last_entity_at.map(|at| at.to_string()).into();
    }
    json
}

/// A form that uses a list.
pub(super) struct Linked {
    pub(super) xml_form_id: String,
    pub(super) name: String,
}

/// A list with all that is known of it.
pub(super) fn whole_list_json(
    project: i64,
    list: &EntityList,
    feeds: &[StoredFeed],
    linked: &[Linked],
    forms_as: FormsAs,
    extended: bool,
) -> Value {
    let mut json = list_json(project, list, extended);
    let current: Vec<&StoredFeed> = feeds.iter().filter(|feed| feed.current).collect();
    let form = |id: &str, name: &str| json!({ "xmlFormId": id, "name": if name.is_empty() { id } else { name } });
    let properties = list.properties.iter().map(|property| {
        let mut forms: Vec<&&StoredFeed> = current.iter().collect();
        forms.retain(|feed| feed.feed.saves.iter().any(|save| save.property == property.name));
        let forms: Vec<Value> = match forms_as {
            FormsAs::Objects => forms.iter().map(|feed| form(&feed.xml_form_id, &feed.form_name)).collect(),
            FormsAs::Names => forms.iter().map(|feed| feed.xml_form_id.clone().into()).collect(),
        };
        json!({
            "name": property.name, "odataName": identifier(&property.name),
            "publishedAt": property.published_at.to_string(), "forms": forms,
            "type": property.kind, "unique": property.unique, "indexed": property.indexed,
        })
    });
    json["properties"] = properties.collect();
    json["lastUpdate"] = list.changed_at.to_string().into();
    json["linkedForms"] = linked.iter().map(|linked| form(&linked.xml_form_id, &linked.name)).collect();
    json["sourceForms"] = current
        .iter()
        .map(|feed| {
            let mut json = form(&feed.xml_form_id, &feed.form_name);
            json["repeatGroup"] = feed.feed.in_repeat.then(|| feed.feed.path.clone()).into();
            json
        })
        .collect();
    json["draftLinkedForms"] = json!([]);
    json["draftSourceForms"] = json!([]);
    json["accessFilter"] = filter_json(list);
    json["areaProperty"] = json!(list.area_property);
    json
}

pub(super) fn filter_json(list: &EntityList) -> Value {
    let rule = list.filters.first();
    rule.map_or(Value::Null, |rule| json!({ "datasetProperty": rule.property, "actorProperty": rule.actor_property }))
}

fn texts(data: &BTreeMap<String, String>) -> Value {
    Value::Object(data.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect::<Map<_, _>>())
}

fn version_json(version: &EntityVersion, current: bool) -> Value {
    json!({
        "label": version.label, "current": current, "createdAt": version.made_at.to_string(),
        "creatorId": actor_number(&version.made_by),
        // Clients with strict models want a text even where no program was named.
        "userAgent": version.user_agent.as_deref().unwrap_or(""),
        "version": version.number, "baseVersion": version.base_version,
        "conflictingProperties": (!version.conflicting.is_empty()).then_some(&version.conflicting),
        "branchId": version.branch, "trunkVersion": version.trunk_version,
        "branchBaseVersion": version.branch_base_version,
    })
}

/// An entity; with its values where one is read, without in lists.
pub(super) async fn entity_json(
    entity: &StoredEntity,
    with_data: bool,
    actors: Option<&mut Actors<'_>>,
) -> Result<Value, Problem> {
    let mut json = json!({
        "uuid": entity.id, "createdAt": entity.created_at.to_string(),
        "updatedAt": entity.updated_at.map(|at| at.to_string()),
        "deletedAt": entity.deleted_at.map(|at| at.to_string()),
        "creatorId": actor_number(&entity.created_by), "conflict": entity.conflict,
        "currentVersion": version_json(&entity.version, true),
    });
    if with_data {
        json["currentVersion"]["data"] = texts(&entity.version.data);
        json["currentVersion"]["dataReceived"] = texts(&entity.version.received);
    }
    if let Some(actors) = actors {
        json["creator"] = actors.json(&entity.created_by).await?;
        json["currentVersion"]["creator"] = actors.json(&entity.version.made_by).await?;
    }
    Ok(json)
}

/// Every version with where it came from and how it clashed.
pub(super) async fn versions_json(
    app: &App,
    versions: &[EntityVersion],
    relevant_only: bool,
) -> Result<Value, Problem> {
    let unresolved = versions.iter().position(|version| version.conflict.is_some() && version.resolved_at.is_none());
    // The last version that nothing clashes with.
    let last_good = unresolved.map_or(versions.len(), |at| at.max(1));
    let bases: Vec<u32> = versions[last_good..].iter().filter_map(|version| version.base_version).collect();
    let mut actors = Actors::new(app);
    let mut all = Vec::new();
    for (at, version) in versions.iter().enumerate() {
        let relevant = unresolved.is_some() && (at + 1 >= last_good || bases.contains(&version.number));
        if relevant_only && !relevant {
            continue;
        }
        let base = version.base_version.and_then(|base| versions.get(base as usize - 1));
        let before = at.checked_sub(1).and_then(|at| versions.get(at));
        let mut json = version_json(version, at + 1 == versions.len());
        json["data"] = texts(&version.data);
        json["dataReceived"] = texts(&version.received);
        json["conflict"] = json!(version.conflict);
        json["resolved"] = (version.conflict.is_some() && version.resolved_at.is_some()).into();
        json["baseDiff"] = differing(version, base).into();
        json["serverDiff"] = differing(version, before).into();
        json["lastGoodVersion"] = (at + 1 == last_good).into();
        json["relevantToConflict"] = relevant.into();
        json["creator"] = actors.json(&version.made_by).await?;
        json["source"] = source_json(app, version).await?;
        all.push(json);
    }
    Ok(all.into())
}

/// What was sent that another version does not have.
fn differing(version: &EntityVersion, other: Option<&EntityVersion>) -> Vec<String> {
    let Some(other) = other else { return Vec::new() };
    let known = |name: &str| if name == "label" { Some(&other.label) } else { other.data.get(name) };
    version.received.iter().filter(|(name, value)| known(name) != Some(*value)).map(|(name, _)| name.clone()).collect()
}

async fn source_json(app: &App, version: &EntityVersion) -> Result<Value, Problem> {
    Ok(match &version.source {
        EntitySource::Api => json!({}),
        EntitySource::Upload(detail) => serde_json::from_str(detail).unwrap_or(Value::Null),
        EntitySource::Submission { record, .. } => {
            let Some(whole) = app.store.submission_of_record(record).await? else {
                return Ok(json!({ "submission": null }));
            };
            let form = app.store.form(&whole.form).await?.map(|form| form.xml_form_id);
            let gone = whole.deleted_at.is_some();
            json!({ "submission": {
                "instanceId": whole.instance_id, "xmlFormId": form, "createdAt": whole.created_at.to_string(),
                "submitterId": actor_number(&whole.submitter), "deviceId": whole.device_id,
                "reviewState": whole.review_state, "deletedAt": gone.then(|| whole.deleted_at.map(|at| at.to_string())),
            } })
        }
    })
}

/// For each version after the first, what it changed.
pub(super) fn diffs_json(versions: &[EntityVersion]) -> Value {
    let pairs = versions.iter().zip(versions.iter().skip(1));
    let diff = |(old, new): (&EntityVersion, &EntityVersion)| -> Value {
        let mut changes = Vec::new();
        if old.label != new.label {
            changes.push(json!({ "old": old.label, "new": new.label, "propertyName": "label" }));
        }
        for (name, value) in &new.data {
            if old.data.get(name) != Some(value) {
                let mut change = json!({ "new": value, "propertyName": name });
                if let Some(old) = old.data.get(name) {
                    change["old"] = old.clone().into();
                }
                changes.push(change);
            }
        }
        changes.into()
    };
    pairs.map(diff).collect()
}
