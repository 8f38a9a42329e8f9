//! What public maps are made from: the released layers of an operation, and tiles of them kept ready.
//!
//! Tiles are kept under the releases and the edition of the atlas that they were made from. What is released, released
//! again or withdrawn changes that stamp, so the next tile is right at once; what is kept under the old one is let go of
//! as new ones come.

use super::edition::{self, Edition};
use crate::http::App;
use anyhow::Result;
use dtm_model::{BlobHash, Operation, RoundLabel, Tool};
use dtm_protect::Release;
use dtm_publish::maps::{LayerId, Look, TileAt, Tiles, layers};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// The releases behind an operation's map, and the areas to draw them on.
pub(crate) struct Ground {
    pub(crate) operation: Operation,
    /// Rounds of the exercise that the pages are about, oldest first.
    pub(crate) stocks: Vec<Arc<Release>>,
    /// Rounds of the newest exercise of flow monitoring, oldest first.
    pub(crate) flows: Vec<Arc<Release>>,
    pub(crate) edition: Edition,
    atlas_edition: i64,
}

impl Ground {
    /// The ground of this operation; none where nothing of it is public.
    pub(crate) async fn of(app: &App, operation: Operation) -> Result<Option<Ground>> {
        let edition = edition::of(app, &operation).await?;
        let flows = match &edition.flows {
            Some(newest) => {
                let (tool, exercise) = (Tool::Fmr, &newest.heading().exercise);
                let same =
                    |release: &&Arc<Release>| release.heading().tool == tool && release.heading().exercise == *exercise;
                edition.all.iter().filter(same).cloned().collect()
            }
            None => Vec::new(),
        };
        if edition.main.is_empty() && flows.is_empty() {
            return Ok(None);
        }
        let atlas_edition = app.store.atlas_edition(&operation.admin0).await?;
        Ok(Some(Ground { operation, stocks: edition.main.clone(), flows, edition, atlas_edition }))
    }

    /// The ground of the operation with this short name.
    pub(crate) async fn named(app: &App, slug: &str) -> Result<Option<Ground>> {
        match app.store.operation_by_slug(slug).await? {
            Some(operation) => Ground::of(app, operation).await,
            None => Ok(None),
        }
    }

    /// The layers there are.
    pub(crate) fn ids(&self) -> Vec<LayerId> {
        layers::ids(&refs(&self.stocks), &refs(&self.flows), &self.edition.atlas)
    }

    /// The releases of a layer, oldest first.
    pub(crate) fn releases(&self, id: LayerId) -> &[Arc<Release>] {
        match id {
            LayerId::FlowPoints => &self.flows,
            LayerId::Areas(_) | LayerId::Places => &self.stocks,
        }
    }

    /// What a map shows of a layer: its newest release, or the one of a round.
    pub(crate) fn shown(&self, id: LayerId, round: Option<&RoundLabel>) -> Option<&Arc<Release>> {
        let mut newest_first = self.releases(id).iter().rev();
        newest_first.find(|release| round.is_none_or(|round| release.heading().round == *round))
    }

    /// Whether a layer has a release of this round.
    pub(crate) fn has_round(&self, round: &RoundLabel) -> bool {
        self.stocks.iter().chain(&self.flows).any(|release| release.heading().round == *round)
    }

    /// Stands for what these releases and the atlas say: another stamp whenever they may say something else.
    pub(crate) fn stamp<'a>(&self, releases: impl IntoIterator<Item = &'a Arc<Release>>) -> String {
        let mut said = format!("{} {}", self.operation.id, self.atlas_edition);
        for release in releases {
            said.push(' ');
            said.push_str(&release.id().to_string());
        }
        BlobHash::of(said.as_bytes()).as_str()[..20].to_owned()
    }

    /// The tiles of the newest releases, or of those of a round.
    fn tiles(&self, round: Option<&RoundLabel>) -> Tiles {
        let of = |id: LayerId| {
            let release = self.shown(id, round)?;
            let rows = layers::rows(id, &[release.as_ref()], &self.edition.atlas, &[]);
            Some((id, rows.ok().flatten()?))
        };
        Tiles::of(&self.ids().into_iter().filter_map(of).collect::<Vec<_>>())
    }
}

/// How the layers of a ground look: in classes that are the same in every round.
pub(crate) fn looks(ground: &Ground) -> Vec<Look> {
    let of = |id: LayerId| Look::of(id, &refs(ground.releases(id)), &ground.edition.atlas);
    ground.ids().into_iter().filter_map(of).collect()
}

/// The releases as publishing reads them.
pub(crate) fn refs(releases: &[Arc<Release>]) -> Vec<&Release> {
    releases.iter().map(Arc::as_ref).collect()
}

/// A tile as it is sent.
pub(crate) struct Tile {
    /// Compressed with gzip; empty where nothing lies there.
    pub(crate) gzipped: Vec<u8>,
    /// Stands for its content.
    pub(crate) tag: String,
}

/// The tiles of an operation, and what they were cut from.
type Cut = (Arc<str>, Arc<Tiles>);

type TileKey = (Arc<str>, Option<LayerId>, TileAt);

/// Tiles and what they are cut from, as far as they were asked for.
pub(crate) struct TileStore {
    cuts: Mutex<Recent<String, Cut>>,
    tiles: Mutex<Recent<TileKey, Arc<Tile>>>,
}

impl Default for TileStore {
    fn default() -> Self {
        // Some operations at a time; tiles of 16 MiB, and as much again of those not asked for lately.
        Self { cuts: Mutex::new(Recent::up_to(8)), tiles: Mutex::new(Recent::up_to(16 << 20)) }
    }
}

impl TileStore {
    /// What the tiles of an operation are cut from, with their stamp, which names releases, atlas and round.
    pub(crate) async fn cut(&self, ground: Ground, round: Option<RoundLabel>) -> Result<(Arc<str>, Arc<Tiles>)> {
        let stamp = match &round {
            Some(round) => format!("{} {}", self.stamp(&ground, Some(round)), round.as_str()),
            None => self.stamp(&ground, None),
        };
        if let Some(known) = self.cuts.lock().unwrap_or_else(PoisonError::into_inner).get(&stamp) {
            return Ok(known);
        }
        let tiles = tokio::task::spawn_blocking(move || Arc::new(ground.tiles(round.as_ref()))).await?;
        let made = (Arc::from(stamp.as_str()), tiles);
        self.cuts.lock().unwrap_or_else(PoisonError::into_inner).put(stamp, made.clone(), 1);
        Ok(made)
    }

    /// The stamp of the tiles of the newest releases, or of those of a round.
    pub(crate) fn stamp(&self, ground: &Ground, round: Option<&RoundLabel>) -> String {
        let shown = [LayerId::Places, LayerId::FlowPoints].into_iter().filter_map(|id| ground.shown(id, round));
        ground.stamp(shown)
    }

    /// One tile.
    pub(crate) async fn tile(
        &self,
        (stamp, tiles): (Arc<str>, Arc<Tiles>),
        layer: Option<LayerId>,
        at: TileAt,
    ) -> Result<Arc<Tile>> {
        let key = (stamp, layer, at);
        if let Some(known) = self.tiles.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(known);
        }
        let gzipped = tokio::task::spawn_blocking(move || tiles.tile(layer, at)).await?;
        let tag = BlobHash::of(&gzipped).as_str()[..20].to_owned();
        let weight = gzipped.len() + 200;
        let tile = Arc::new(Tile { gzipped, tag });
        self.tiles.lock().unwrap_or_else(PoisonError::into_inner).put(key, tile.clone(), weight);
        Ok(tile)
    }
}

/// Values by key, up to a weight: what was not asked for while as much again came is let go of.
struct Recent<K, V> {
    most: usize,
    weight: usize,
    young: HashMap<K, (V, usize)>,
    old: HashMap<K, (V, usize)>,
}

impl<K: Eq + Hash + Clone, V: Clone> Recent<K, V> {
    fn up_to(most: usize) -> Self {
        Self { most, weight: 0, young: HashMap::new(), old: HashMap::new() }
    }

    fn get(&mut self, key: &K) -> Option<V> {
        if let Some((value, _)) = self.young.get(key) {
            return Some(value.clone());
        }
        let (value, weight) = self.old.remove(key)?;
        self.put(key.clone(), value.clone(), weight);
        Some(value)
    }

    fn put(&mut self, key: K, value: V, weight: usize) {
        if self.weight + weight > self.most {
            self.old = std::mem::take(&mut self.young);
            self.weight = 0;
        }
        self.weight += weight;
        self.young.insert(key, (value, weight));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_again_stays_and_what_is_not_goes() {
        let mut recent = Recent::up_to(2);
        recent.put("a", 1, 1);
        recent.put("b", 2, 1);
        recent.put("c", 3, 1);
        assert_eq!(recent.get(&"a"), Some(1));
        recent.put("d", 4, 1);
        assert_eq!((recent.get(&"a"), recent.get(&"c"), recent.get(&"b")), (Some(1), Some(3), None));
    }
}
