//! Entity lists from an ODK Central server, with the versions that it kept of each entity.

use super::central::Central;
use super::{Brought, Here, items, moment};
use anyhow::{Context, Result};
use dtm_model::{EntityConflict, EntityId, EntityListId, FieldKind, Instant};
use dtm_store::{BroughtVersion, EntityError, EntityList};
use reqwest::Url;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

/// Entities asked for at once.
const PAGE: usize = 1000;

impl Central {
    /// A list with its entities, the deleted ones too. What submissions made or people changed here stays as it is.
    pub(super) async fn entities(&self, here: &Here<'_>, name: &str, brought: &mut Brought) -> Result<()> {
        let about = self.get(&["datasets", name]).await?.context("the list is gone")?;
        let list = here.entity_list(name, &about, brought).await?;
        let names: BTreeMap<String, String> = items(&about["properties"])
            .filter_map(|p| Some((p["odataName"].as_str()?.to_owned(), p["name"].as_str()?.to_owned())))
            .collect();
        for deleted in [false, true] {
            let mut url = self.url(&["datasets", &format!("{name}.svc"), "Entities"]);
            url.query_pairs_mut().append_pair("$top", &PAGE.to_string());
            if deleted {
                url.query_pairs_mut().append_pair("$filter", "__system/deletedAt ne null");
            }
            let (mut next, mut seen, mut n) = (Some(url), HashSet::new(), 0);
            while let Some(url) = next.take() {
                // Servers before deleted entities could be listed refuse the question.
                let page = match self.remote.json(url.clone()).await {
                    Err(_) if deleted => break,
                    page => page?.context("the entities are gone")?,
                };
                for row in items(&page["value"]) {
                    n += 1;
                    here.go_on(format!("{name}: {n}"))?;
                    let id = row["__id"].as_str().unwrap_or_default();
                    if let Err(error) = self.entity(here, &list, &names, row, brought).await {
                        brought.trouble(format!("{name} {id}: {error:#}"));
                    }
                }
                next = following(&url, &page, &mut seen);
            }
        }
        Ok(())
    }

    async fn entity(
        &self,
        here: &Here<'_>,
        list: &EntityList,
        names: &BTreeMap<String, String>,
        row: &Value,
        brought: &mut Brought,
    ) -> Result<()> {
        let id: EntityId = row["__id"].as_str().unwrap_or_default().parse().context("an entity without an id")?;
        let system = &row["__system"];
        let n_versions = system["version"].as_u64().unwrap_or(1) as u32;
        let state = here.store.entity_states(list, std::slice::from_ref(&id)).await?.into_iter().next();
        let deleted_at = system["deletedAt"].as_str().map(|at| moment(Some(at), crate::world::now()));
        let known = match &state {
            Some(state) if state.deleted => return Ok(()),
            Some(_) => here.store.entity(list, &id, false).await?.map_or(0, |known| known.version.number),
            None => 0,
        };
        if known < n_versions {
            let now = BroughtVersion {
                label: row["label"].as_str().unwrap_or_default().to_owned(),
                data: names
                    .iter()
                    .filter_map(|(odata, name)| Some((name.clone(), row[odata].as_str()?.to_owned())))
                    .collect(),
                at: moment(system["createdAt"].as_str(), crate::world::now()),
                by: here.stamp_of(Instant::default(), system["creatorName"].as_str()).by,
                ..BroughtVersion::default()
            };
            let versions = match n_versions {
                1 => vec![now],
                // Of a deleted entity only what it was in the end can be had.
                _ => match self.versions(here, &list.name, &id).await {
                    Ok(versions) if !versions.is_empty() => versions,
                    _ => vec![now],
                },
            };
            let clashes = system["conflict"].is_string();
            let stamp = here.stamp(crate::world::now());
            match here.store.bring_entity(list, &id, &versions, clashes, &stamp).await {
                Ok((n_added, is_new)) => {
                    brought.entities += u64::from(is_new);
                    brought.entity_edits += (n_added - usize::from(is_new)) as u64;
                }
                Err(EntityError::Store(error)) => return Err(error.into()),
                Err(error) => anyhow::bail!("{error}"),
            }
        }
        if let Some(at) = deleted_at {
            let gone = here.store.delete_entities(list, &[id], &here.stamp(at)).await;
            brought.entities_deleted += gone.map_err(|error| anyhow::anyhow!("{error}"))?.len() as u64;
        }
        Ok(())
    }

    /// Every version of an entity, the oldest first.
    async fn versions(&self, here: &Here<'_>, list: &str, id: &EntityId) -> Result<Vec<BroughtVersion>> {
        let mut versions = self.list(&["datasets", list, "entities", id.as_str(), "versions"]).await?;
        versions.sort_by_key(|version| version["version"].as_u64());
        let texts = |value: &Value| -> BTreeMap<String, String> {
            let pairs = value.as_object().into_iter().flatten();
            pairs.filter_map(|(name, text)| Some((name.clone(), text.as_str()?.to_owned()))).collect()
        };
        let read = |version: &Value| BroughtVersion {
            label: version["label"].as_str().unwrap_or_default().to_owned(),
            data: texts(&version["data"]),
            received: version["dataReceived"].is_object().then(|| texts(&version["dataReceived"])),
            at: moment(version["createdAt"].as_str(), crate::world::now()),
            by: here.stamp_of(Instant::default(), version["creator"]["displayName"].as_str()).by,
            user_agent: version["userAgent"].as_str().map(str::to_owned),
            base_version: version["baseVersion"].as_u64().and_then(|number| u32::try_from(number).ok()),
            conflict: match version["conflict"].as_str() {
                Some("soft") => Some(EntityConflict::Soft),
                Some("hard") => Some(EntityConflict::Hard),
                _ => None,
            },
            conflicting: items(&version["conflictingProperties"])
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect(),
        };
        Ok(versions.iter().map(read).collect())
    }
}

/// The page after this one. A server that names the same page for ever does not keep us for ever.
fn following(url: &Url, page: &Value, seen: &mut HashSet<String>) -> Option<Url> {
    let link = page["@odata.nextLink"].as_str()?;
    if !seen.insert(link.to_owned()) {
        return None;
    }
    // Only what it asks is followed: the address is ours.
    let told = Url::parse(link).ok()?;
    let mut following = url.clone();
    following.set_query(told.query());
    Some(following)
}

impl Here<'_> {
    /// The list of this name with at least these properties.
    async fn entity_list(&self, name: &str, about: &Value, brought: &mut Brought) -> Result<EntityList> {
        let stamp = self.stamp(crate::world::now());
        let operation = &self.exercise.operation;
        if self.store.entity_list(operation, name).await?.is_none() {
            let id = crate::world::fresh(EntityListId::new);
            let rules = ["approvalRequired", "ownerOnly"].map(|rule| about[rule] == true);
            self.store.create_entity_list(&id, operation, name, rules, &stamp).await?;
            brought.entity_lists += 1;
        }
        let list = self.store.entity_list(operation, name).await?.context("the list was not kept")?;
        for property in items(&about["properties"]).filter_map(|property| property["name"].as_str()) {
            if list.property(property).is_none() {
                self.store.add_entity_property(&list, property, FieldKind::Text, &stamp).await?;
            }
        }
        self.store.entity_list(operation, name).await?.context("the list was not kept")
    }
}
