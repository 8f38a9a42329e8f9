//! Entities that come over from another server, with every version they had there.

use super::turn::Turn;
use super::write::{Current, Draft, make, revise, settle};
use super::{EntityError, EntityList};
use crate::{Stamp, Store};
use dtm_model::{EntityConflict, EntityId, Instant};
use serde_json::json;
use std::collections::BTreeMap;

/// A version of an entity as another server kept it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BroughtVersion {
    /// The label.
    pub label: String,
    /// Every value, by property.
    pub data: BTreeMap<String, String>,
    /// What was sent to make it, where the server says so.
    pub received: Option<BTreeMap<String, String>>,
    /// When it was made.
    pub at: Instant,
    /// Who made it, as the other server names them.
    pub by: String,
    /// The program it came with.
    pub user_agent: Option<String>,
    /// The version it changed.
    pub base_version: Option<u32>,
    /// How it clashed.
    pub conflict: Option<EntityConflict>,
    /// The properties that clashed.
    pub conflicting: Vec<String>,
}

impl Store {
    /// Adds an entity with its versions, or the versions that came after those that are here; the first is the oldest. What
    /// was changed or deleted here is left as it is. Returns how many versions were added, and whether the entity is new.
    pub async fn bring_entity(
        &self,
        list: &EntityList,
        id: &EntityId,
        versions: &[BroughtVersion],
        still_clashes: bool,
        stamp: &Stamp,
    ) -> Result<(usize, bool), EntityError> {
        let mut write = self.write(stamp).await?;
        let mut turn = Turn::of(&mut write, &list.id).await?;
        let mut current = Current::find(&mut write, turn.number, id).await?;
        let is_new = current.is_none();
        let here = current.as_ref().map_or(0, |current| current.version as usize);
        let touched = current.as_ref().is_some_and(|current| current.deleted_at.is_some());
        let mut n_added = 0;
        for version in versions.iter().skip(if touched { versions.len() } else { here }) {
            let stamp = Stamp::new(version.at, version.by.clone());
            let seq = current.as_ref().map(|current| current.seq);
            if let Some(property) = turn.clash(&mut write, &version.data, seq).await? {
                return Err(EntityError::NotUnique { property, id: id.clone() });
            }
            let draft = Draft {
                label: version.label.clone(),
                data: version.data.clone(),
                received: version.received.clone(),
                user_agent: version.user_agent.clone(),
                base_version: version.base_version,
                conflict: version.conflict,
                conflicting: version.conflicting.clone(),
                ..Draft::default()
            };
            match &current {
                None => make(&mut write, &mut turn, id, &draft, &stamp).await?,
                Some(current) => revise(&mut write, &mut turn, current, &draft, &stamp).await?,
            }
            current = Current::find(&mut write, turn.number, id).await?;
            n_added += 1;
        }
        if n_added == 0 {
            return Ok((0, false));
        }
        if let Some(current) = current.filter(|current| current.conflict.is_some() && !still_clashes) {
            settle(&mut write, &mut turn, &current, stamp.at).await?;
        }
        write.note("entity.brought", id, json!({ "list": list.id, "versions": n_added }));
        turn.save(&mut write).await?;
        write.commit().await?;
        Ok((n_added, is_new))
    }
}
