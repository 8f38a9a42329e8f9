//! Many entities at once: added, deleted, restored.

use super::{bodies, entity_id, found, success, unexpected_keys};
use crate::http::central::JsonBody;
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use dtm_model::EntityId;
use dtm_store::{EntityList, EntityUpload, NewEntity, Stamp};
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::fmt;
use tokio::sync::mpsc;

/// How many ids one request names at most.
const MOST: usize = 20_000;

/// How many entities are made of a body at once.
const PORTION: usize = 4000;
/// How many portions wait for the store at most.
const WAITING: usize = 2;

/// What a body says beside its entities; those are only counted.
#[derive(Deserialize)]
pub(super) struct Head {
    /// How many entities there are; none where there is no such key.
    #[serde(default)]
    entities: Entities,
    source: Option<Value>,
}

impl Head {
    /// Reads a body that speaks of many entities; none where it does not.
    pub(super) fn read(body: &[u8]) -> Option<Head> {
        let head: Head = serde_json::from_slice(body).ok()?;
        (!matches!(head.entities, Entities::Absent)).then_some(head)
    }
}

#[derive(Default)]
enum Entities {
    #[default]
    Absent,
    NoList,
    Counted(usize),
}

impl<'de> Deserialize<'de> for Entities {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Counting)
    }
}

/// Counts the items of a list without keeping any.
struct Counting;

impl<'de> Visitor<'de> for Counting {
    type Value = Entities;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of entities")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Entities, A::Error> {
        let mut n = 0;
        while items.next_element::<IgnoredAny>()?.is_some() {
            n += 1;
        }
        Ok(Entities::Counted(n))
    }

    fn visit_unit<E>(self) -> Result<Entities, E> {
        Ok(Entities::Absent)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entities, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Entities::NoList)
    }

    fn visit_str<E>(self, _: &str) -> Result<Entities, E> {
        Ok(Entities::NoList)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Entities, E> {
        Ok(Entities::NoList)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Entities, E> {
        Ok(Entities::NoList)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Entities, E> {
        Ok(Entities::NoList)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Entities, E> {
        Ok(Entities::NoList)
    }
}

/// Makes entities of a body while it is read, and hands them on in portions.
struct Making<'a> {
    list: &'a EntityList,
    portions: &'a mpsc::Sender<Vec<NewEntity>>,
    /// What is wrong with an entity; nothing after it is read.
    wrong: &'a mut Option<Problem>,
}

impl<'de> Visitor<'de> for Making<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with entities")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "entities" {
                map.next_value_seed(MakingEach(&mut self))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct MakingEach<'m, 'a>(&'m mut Making<'a>);

impl<'de> DeserializeSeed<'de> for MakingEach<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for MakingEach<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of entities")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Making { list, portions, wrong } = self.0;
        let stop = || A::Error::custom("no further entity is wanted");
        let mut portion = Vec::new();
        while let Some(item) = items.next_element::<Value>()? {
            match bodies::new_entity(list, &item) {
                Ok(new) => portion.push(new),
                Err(problem) => {
                    **wrong = Some(problem);
                    return Err(stop());
                }
            }
            if portion.len() == PORTION {
                portions.blocking_send(std::mem::take(&mut portion)).map_err(|_| stop())?;
            }
        }
        if portion.is_empty() { Ok(()) } else { portions.blocking_send(portion).map_err(|_| stop()) }
    }
}

/// Adds all entities of a body, or none. Of a large body only some entities are held at a time, and who breaks the
/// connection off does not leave half an upload.
pub(super) async fn create(
    app: &App,
    viewer: &Viewer,
    list: &EntityList,
    head: Head,
    body: Bytes,
    agent: Option<&str>,
) -> Result<Json<Value>, Problem> {
    let n = match head.entities {
        Entities::Counted(0) => return Err(unexpected_keys(&["entities: [...]"], vec!["empty array".to_owned()])),
        Entities::Counted(n) => n,
        _ => return Err(unexpected_keys(&["entities: [...]"], vec!["not an array".to_owned()])),
    };
    let source = bodies::source(head.source.as_ref(), n, agent)?;
    let upload = app.store.upload_entities(list, Some(source), agent);
    let (list, stamp) = (list.clone(), viewer.stamp());
    tokio::spawn(take(upload, list, body, stamp)).await.map_err(Problem::internal)??;
    Ok(success())
}

async fn take(mut upload: EntityUpload, list: EntityList, body: Bytes, stamp: Stamp) -> Result<(), Problem> {
    let (sender, mut portions) = mpsc::channel(WAITING);
    let reading = tokio::task::spawn_blocking(move || {
        let mut wrong = None;
        let making = Making { list: &list, portions: &sender, wrong: &mut wrong };
        let read = serde_json::Deserializer::from_slice(&body).deserialize_map(making);
        match (read, wrong) {
            (_, Some(problem)) => Err(problem),
            (Ok(()), None) => Ok(()),
            (Err(_), None) => Err(Problem::unparseable("json", body.len())),
        }
    });
    let mut refused = None;
    while let Some(portion) = portions.recv().await {
        if let Err(error) = upload.add(portion, &stamp).await {
            refused = Some(error);
            break;
        }
    }
    // What still reads finds nobody who listens, and ends.
    drop(portions);
    let read = reading.await.map_err(Problem::internal)?;
    if let Some(error) = refused {
        return Err(error.into());
    }
    match read {
        Ok(()) => Ok(upload.finish(&stamp).await?),
        Err(problem) => {
            upload.give_up(&stamp).await?;
            Err(problem)
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Ids {
    #[serde(alias = "uuids", alias = "entities")]
    ids: Vec<String>,
}

impl Ids {
    fn read(&self) -> Result<Vec<EntityId>, Problem> {
        if self.ids.len() > MOST {
            return Err(Problem::unexpected_value("ids", &self.ids.len().to_string()));
        }
        self.ids.iter().map(|id| entity_id(id)).collect()
    }
}

/// Moves entities to the trash.
pub(super) async fn delete(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name)): Path<(i64, String)>,
    JsonBody(ids): JsonBody<Ids>,
) -> Result<Json<Value>, Problem> {
    let list = found(&app, &viewer, Verb::EntityDelete, project, &name).await?;
    app.store.delete_entities(&list, &ids.read()?, &viewer.stamp()).await?;
    Ok(success())
}

/// Takes entities back from the trash.
pub(super) async fn restore(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name)): Path<(i64, String)>,
    JsonBody(ids): JsonBody<Ids>,
) -> Result<Json<Value>, Problem> {
    let list = found(&app, &viewer, Verb::EntityRestore, project, &name).await?;
    app.store.restore_entities(&list, &ids.read()?, &viewer.stamp()).await?;
    Ok(success())
}
