//! Measures a large entity list: filling it, its pages, tables and downloads, and what a phone gets of it.
//!
//! Fills a data folder of its own (a folder that was filled before is used again), then asks a server of this process over
//! HTTP, each request three times; the middle one counts. Memory is the most that the process held while one request was
//! answered, above what it held before.

use crate::cli::{Caller, Report, create_user_with, millis, row};
use crate::http::{self, App, new_app_user};
use crate::journey::{demo, forms};
use crate::{secrets, world};
use anyhow::{Context, Result};
use dtm_model::{
    Area, EntityId, EntityListId, FieldKind, Grant, GrantId, Held, Instant, Lang, Operation, Role, Sees, UserId,
};
use dtm_store::{AccessFilter, EntityList, EntityPatch, EntityProperty, NewEntity, Store};
use serde_json::json;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const EMAIL: &str = "bench@example.org";
const PASSWORD: &str = "only for this bench";
const LIST: &str = "households";
/// How many entities are handed to the store at once.
const PORTION: u32 = 20_000;
/// How many entities a bulk request and a file bring.
const BULK: u32 = 100_000;

/// A form that reads the list.
const FORM: &str = r#"<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
<h:head><h:title>Visit</h:title><model><instance><data id="visit" version="1"><household/><meta><instanceID/></meta></data></instance>
<instance id="households" src="jr://file-csv/households.csv"/>
<bind nodeset="/data/household" type="string"/></model></h:head>
<h:body><select1 ref="/data/household"><label>Household</label><itemset nodeset="instance('households')/root/item"><value ref="name"/><label ref="label"/></itemset></select1></h:body></h:html>"#;

/// Fills a list of so many entities unless it is there, and measures what is done with it.
pub(crate) async fn run(caller: &Caller, count: u32) -> Result<Report> {
    let (store, blobs) = caller.place.open().await?;
    let (stamp, vault) = (caller.stamp(), caller.place.vault()?);
    let mut lines = vec![row(&["what", "milliseconds", "bytes", "memory kB"].map(str::to_owned))];
    let mut json = Vec::new();
    let mut told = |what: &str, ms: f64, bytes: u64, memory: Option<u64>| {
        let memory = memory.map_or_else(|| "–".to_owned(), |kb| kb.to_string());
        lines.push(row(&[what.to_owned(), format!("{ms:.0}"), bytes.to_string(), memory.clone()]));
        json.push(json!({ "what": what, "milliseconds": ms, "bytes": bytes, "memoryKb": memory }));
    };
    let operation = match store.operations().await?.into_iter().next() {
        Some(operation) => operation,
        None => {
            let operation = demo::ground(&store, &blobs).await?.operation;
            let exercise = store.exercises(&operation.id).await?.into_iter().next().context("no exercise")?;
            let grant = |user: &UserId| Grant {
                id: world::fresh(GrantId::new),
                actor: user.to_string(),
                role: Role::Admin,
                held: Held::Site,
                areas: Vec::new(),
                sees: Sees::Secret,
                given_at: stamp.at,
            };
            create_user_with(&store, EMAIL, "Bench", PASSWORD, &stamp, |user| vec![grant(user)]).await?;
            let started = world::stopwatch();
            fill(&store, &operation, count, &stamp).await?;
            told("fill the list", millis(started), 0, None);
            let upload = forms::Upload {
                file_name: "visit.xml",
                bytes: FORM.as_bytes().to_vec(),
                publish: true,
                lang: Lang::En,
            };
            forms::upload(&store, &blobs, &vault, &exercise, upload, stamp.clone()).await?;
            operation
        }
    };
    let list = store.entity_list(&operation.id, LIST).await?.context("this folder was filled by something else")?;
    let project = store.project_of(&operation.id).await?.context("the operation has no number")?;
    let person = session(&store, EMAIL, &stamp).await?;
    let area = leaf_areas(&store, &operation).await?.remove(0).parent.context("an area without a parent")?;
    let narrowed = format!("viewer-{}@example.org", area.0);
    if store.user_by_email(&narrowed).await?.is_none() {
        let held = Held::Project(operation.id.clone());
        let grant = |user: &UserId| Grant {
            id: world::fresh(GrantId::new),
            actor: user.to_string(),
            role: Role::Viewer,
            held,
            areas: vec![area],
            sees: Sees::Secret,
            given_at: stamp.at,
        };
        create_user_with(&store, &narrowed, "Viewer", PASSWORD, &stamp, |user| vec![grant(user)]).await?;
    }
    let viewer = session(&store, &narrowed, &stamp).await?;
    let (phone, token) = new_app_user(&store, &vault, &operation, "bench", &stamp).await?;
    let app = App::new(store.clone(), blobs, vault, None);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let asking = Asking { address: listener.local_addr()?, bearer: format!("Authorization: Bearer {person}\r\n") };
    let part = Asking { address: asking.address, bearer: format!("Authorization: Bearer {viewer}\r\n") };
    let server = tokio::spawn(http::serve(app, listener));

    let rest = format!("/v1/projects/{project}/datasets/{LIST}");
    let odata = format!("{rest}.svc/Entities");
    let office = format!("/office/o/{}/lists/{LIST}", operation.slug);
    let key = format!("/v1/key/{token}/projects/{project}");
    let one = store.entity_rows(&list, &dtm_store::EntityFilter::default(), None, 1).await?;
    let one = one.first().context("the list is empty")?;
    let code = one.data.get("pcode").cloned().unwrap_or_default();
    let far = list.n_entities.saturating_sub(1000);
    let since = Instant::from_millis(stamp.at.as_millis() - 60_000);
    let pages = [
        ("REST: first page", format!("{rest}/entities?limit=50")),
        ("REST: a page near the end", format!("{rest}/entities?limit=50&offset={far}")),
        ("REST: search", format!("{rest}/entities?limit=50&search=awa%2077")),
        ("REST: one entity", format!("{rest}/entities/{}", one.id)),
        ("REST: creators", format!("{rest}/entities/creators")),
        ("office: first page", office.clone()),
        ("office: search", format!("{office}?q=awa+12345")),
        ("office: search of a common word", format!("{office}?q=household")),
        ("office: search without a hit", format!("{office}?q=household+zzz")),
        ("office: by a value", format!("{office}?property=pcode&value={code}")),
        ("OData: first page", format!("{odata}?%24top=50&%24count=true")),
        ("OData: deep $skip", format!("{odata}?%24top=50&%24skip={far}")),
        (
            "OData: equal to a value, counted",
            format!("{odata}?%24top=50&%24count=true&%24filter=pcode%20eq%20'{code}'"),
        ),
        ("OData: a rare value", format!("{odata}?%24top=50&%24count=true&%24filter=number%20eq%204711")),
        (
            "OData: a range",
            format!("{odata}?%24top=50&%24count=true&%24filter=number%20gt%201000%20and%20number%20lt%202000"),
        ),
        ("OData: a wide range", format!("{odata}?%24top=50&%24count=true&%24filter=hh_size%20ge%204")),
        ("OData: sorted by a property", format!("{odata}?%24top=50&%24orderby=number%20desc")),
        ("OData: sorted by label", format!("{odata}?%24top=50&%24orderby=label")),
        ("OData: filtered and sorted", format!("{odata}?%24top=50&%24filter=pcode%20eq%20'{code}'&%24orderby=number")),
        ("OData: changed since", format!("{odata}?%24top=50&%24filter=__system/updatedAt%20gt%20{since}")),
        (
            "OData: made or changed since",
            format!(
                "{odata}?%24top=50&%24filter=__system/createdAt%20gt%20{since}%20or%20__system/updatedAt%20gt%20{since}"
            ),
        ),
        ("OData: a value nobody finds by", format!("{odata}?%24top=50&%24filter=phone%20eq%20'555-0004711'")),
    ];
    for (what, path) in &pages {
        let asked = asking.thrice("GET", path, "", &[]).await?;
        told(what, asked.ms, asked.bytes, Some(asked.memory));
    }
    for (what, path) in [
        ("one region, REST: first page", format!("{rest}/entities?limit=50")),
        ("one region, office: first page", office.clone()),
        ("one region, OData: counted", format!("{odata}?%24top=50&%24count=true")),
    ] {
        let asked = part.thrice("GET", &path, "", &[]).await?;
        told(what, asked.ms, asked.bytes, Some(asked.memory));
    }
    for (what, path) in [
        ("whole list: entities.csv", format!("{rest}/entities.csv")),
        ("whole list: entities.geojson", format!("{rest}/entities.geojson")),
        ("whole list: OData", odata.clone()),
        ("whole list: REST", format!("{rest}/entities")),
    ] {
        let asked = asking.once("GET", &path, "", &[]).await?;
        told(what, asked.ms, asked.bytes, Some(asked.memory));
    }

    // A phone gets the whole list, then the part that its property gives it.
    let (manifest, media) =
        (format!("{key}/forms/visit/manifest"), format!("{key}/forms/visit/attachments/{LIST}.csv"));
    let open = "X-OpenRosa-Version: 1.0\r\n";
    let integrity = format!("{key}/datasets/{LIST}/integrity?id={}", one.id);
    for (what, path, headers) in [
        ("phone: manifest", &manifest, open),
        ("phone: the whole list", &media, ""),
        ("phone: integrity", &integrity, open),
        ("phone: what changed since", &format!("{key}/datasets/{LIST}/changes?since=x&limit=100"), ""),
    ] {
        let asked = asking.thrice("GET", path, headers, &[]).await?;
        told(what, asked.ms, asked.bytes, Some(asked.memory));
    }
    let asked = asking.once("GET", &media, "", &[]).await?;
    let held = format!("If-None-Match: {}\r\n", asked.tag);
    let asked = asking.thrice("GET", &media, &held, &[]).await?;
    told("phone: the whole list, not changed", asked.ms, asked.bytes, Some(asked.memory));
    share(&store, &operation, &list, &phone.id.to_string(), &code, &stamp).await?;
    for (what, path, headers) in
        [("phone of one area: manifest", &manifest, open), ("phone of one area: its list", &media, "")]
    {
        let asked = asking.thrice("GET", path, headers, &[]).await?;
        told(what, asked.ms, asked.bytes, Some(asked.memory));
    }
    let list = store.entity_list(&operation.id, LIST).await?.context("the list is gone")?;
    store.set_access_filter(&list, None, &stamp).await?;

    // Many at once, and one by one.
    let body = bulk();
    let asked = asking.once("POST", &format!("{rest}/entities"), "Content-Type: application/json\r\n", &body).await?;
    told(&format!("REST: {BULK} entities in one request"), asked.ms, body.len() as u64, Some(asked.memory));
    let body = file();
    let asked = asking
        .once("POST", &format!("{office}/upload"), "Content-Type: multipart/form-data; boundary=dtm\r\n", &body)
        .await?;
    told(&format!("office: a file of {BULK} rows"), asked.ms, body.len() as u64, Some(asked.memory));
    let started = world::stopwatch();
    let id: EntityId = one.id.parse().context("an id of the list")?;
    const UPDATES: u32 = 200;
    for n in 0..UPDATES {
        let patch = EntityPatch { data: [("hh_size".to_owned(), n.to_string())].into(), ..EntityPatch::default() };
        store.update_entity(&list, &id, &patch, &stamp).await?;
    }
    told("one update of an entity", millis(started) / f64::from(UPDATES), 0, None);
    server.abort();
    let n = store.entity_list(&operation.id, LIST).await?.map_or(0, |list| list.n_entities);
    let text = caller.say(
        format!("A list of {n} entities.\n{}", lines.join("\n")),
        format!("Une liste de {n} entités.\n{}", lines.join("\n")),
    );
    Ok(Report::new(text, json!({ "entities": n, "runs": json })))
}

/// The areas below which there are none.
async fn leaf_areas(store: &Store, operation: &Operation) -> Result<Vec<Area>> {
    if store.atlas(&operation.admin0).await?.areas().next().is_none() {
        let mut areas = Vec::new();
        let area = |pcode: String, level: u8, parent: Option<String>| Area {
            name: dtm_model::Text::both(&pcode, &pcode),
            pcode: pcode.as_str().into(),
            level,
            parent: parent.as_deref().map(Into::into),
            aliases: std::collections::BTreeMap::new(),
            valid_from: None,
            valid_to: None,
            became: Vec::new(),
        };
        areas.push(area("XS".to_owned(), 0, None));
        for region in 1..=10 {
            areas.push(area(format!("XS{region:02}"), 1, Some("XS".to_owned())));
            for district in 1..=50 {
                areas.push(area(format!("XS{region:02}{district:02}"), 2, Some(format!("XS{region:02}"))));
            }
        }
        let stamp = dtm_store::Stamp::new(world::now(), "bench");
        store.put_areas(&operation.admin0, &areas, &[], &stamp).await?;
    }
    let atlas = store.atlas(&operation.admin0).await?;
    let deepest = atlas.areas().map(|area| area.level).max().unwrap_or(0);
    Ok(atlas.level(deepest).cloned().collect())
}

const NAMES: [&str; 8] = ["Awa", "Moussa", "Fatou", "Ibrahim", "Aïcha", "Jean", "Marie", "Yusuf"];

/// The values of the n-th household: some properties are found by, others are not.
fn household(n: u32, areas: &[Area]) -> (String, [(&'static str, String); 8]) {
    let name = NAMES[(n as usize * 7919) % NAMES.len()];
    let area = &areas[(n as usize * 31) % areas.len()];
    let (lat, lon) = (10.0 + f64::from(n % 1000) / 250.0, 20.0 + f64::from(n / 1000 % 1000) / 250.0);
    let values = [
        ("pcode", area.pcode.0.clone()),
        ("number", n.to_string()),
        ("hh_size", (1 + n % 9).to_string()),
        ("head", name.to_owned()),
        ("phone", format!("555-{n:07}")),
        ("status", ["displaced", "returned", "host"][n as usize % 3].to_owned()),
        ("registered", format!("2026-{:02}-{:02}", 1 + n % 12, 1 + n % 28)),
        ("geometry", format!("{lat} {lon} 0 0")),
    ];
    (format!("Household {n} {name} {}", n % 100_000), values)
}

async fn fill(store: &Store, operation: &Operation, count: u32, stamp: &dtm_store::Stamp) -> Result<()> {
    let areas = leaf_areas(store, operation).await?;
    store.create_entity_list(&world::fresh(EntityListId::new), &operation.id, LIST, [false, false], stamp).await?;
    for (name, kind) in [
        ("pcode", FieldKind::Text),
        ("number", FieldKind::Integer),
        ("hh_size", FieldKind::Integer),
        ("head", FieldKind::Text),
        ("phone", FieldKind::Text),
        ("status", FieldKind::SelectOne),
        ("registered", FieldKind::Date),
        ("geometry", FieldKind::Geopoint),
    ] {
        let list = store.entity_list(&operation.id, LIST).await?.context("the list was not made")?;
        store.add_entity_property(&list, name, kind, stamp).await?;
    }
    for name in ["pcode", "number", "hh_size"] {
        let list = store.entity_list(&operation.id, LIST).await?.context("the list was not made")?;
        let found = EntityProperty { indexed: true, ..list.property(name).context("a property is missing")?.clone() };
        store.set_entity_property(&list, &found, stamp).await?;
    }
    let list = store.entity_list(&operation.id, LIST).await?.context("the list was not made")?;
    let mut upload = store.upload_entities(&list, Some(json!({ "name": "bench.csv" })), None);
    let mut n = 0;
    while n < count {
        let portion = (n..count.min(n + PORTION)).map(|n| {
            let (label, values) = household(n, &areas);
            let data = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            NewEntity { id: EntityId::new(world::random()), label, data }
        });
        upload.add(portion.collect(), stamp).await?;
        n += PORTION;
    }
    Ok(upload.finish(stamp).await?)
}

/// Gives a phone the entities of one area.
async fn share(
    store: &Store,
    operation: &Operation,
    list: &EntityList,
    phone: &str,
    area: &str,
    stamp: &dtm_store::Stamp,
) -> Result<()> {
    if store.actor_properties(&operation.id).await?.is_empty() {
        store.add_actor_property(&operation.id, "pcode", stamp).await?;
    }
    let values = [("pcode".to_owned(), area.to_owned())].into();
    store.set_actor_properties(&operation.id, phone, &values, stamp).await?;
    let rule = AccessFilter { property: "pcode".to_owned(), actor_property: "pcode".to_owned() };
    Ok(store.set_access_filter(list, Some(&rule), stamp).await?)
}

/// A bulk request of the REST API.
fn bulk() -> Vec<u8> {
    let mut text = String::from("{\"entities\":[");
    for n in 0..BULK {
        let comma = if n == 0 { "" } else { "," };
        text += &format!(
            "{comma}{{\"label\":\"Bulk {n}\",\"data\":{{\"pcode\":\"XS0101\",\"hh_size\":\"{}\",\"head\":\"Awa\"}}}}",
            n % 9
        );
    }
    text += "],\"source\":{\"name\":\"bench.csv\",\"size\":1}}";
    text.into_bytes()
}

/// A file of entities as the office page takes it.
fn file() -> Vec<u8> {
    let mut text = String::from(
        "--dtm\r\nContent-Disposition: form-data; name=\"file\"; filename=\"bench.csv\"\r\n\r\nlabel,pcode,hh_size,head\n",
    );
    for n in 0..BULK {
        text += &format!("File {n},XS0102,{},Moussa\n", n % 9);
    }
    text += "\r\n--dtm--\r\n";
    text.into_bytes()
}

async fn session(store: &Store, email: &str, stamp: &dtm_store::Stamp) -> Result<String> {
    let user = store.user_by_email(email).await?.context("nobody to sign in")?;
    let token = secrets::token();
    let ends = Instant::from_millis(stamp.at.as_millis() + 86_400_000);
    store.open_session(&secrets::hash_token(&token), &user.id, "bench", ends, stamp).await?;
    Ok(token)
}

/// Somebody who asks the server.
struct Asking {
    address: SocketAddr,
    bearer: String,
}

/// What an answer took.
#[derive(Default)]
struct Asked {
    ms: f64,
    bytes: u64,
    /// The most memory held, above what was held before, in kB.
    memory: u64,
    tag: String,
}

impl Asking {
    /// Asks three times; the one in the middle counts.
    async fn thrice(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Result<Asked> {
        let mut all = Vec::new();
        for _ in 0..3 {
            all.push(self.once(method, path, headers, body).await?);
        }
        all.sort_by(|a, b| a.ms.total_cmp(&b.ms));
        Ok(all.swap_remove(1))
    }

    async fn once(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Result<Asked> {
        let before = Memory::forget_peak();
        let bearer = if path.starts_with("/v1/key/") { "" } else { &self.bearer };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n{bearer}{headers}Content-Length: {}\r\n\r\n",
            body.len()
        );
        let started = world::stopwatch();
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body).await?;
        let (mut first, mut bytes, mut buffer) = (Vec::new(), 0, vec![0; 64 << 10]);
        loop {
            let n = stream.read(&mut buffer).await?;
            if n == 0 {
                break;
            }
            bytes += n as u64;
            if first.len() < 4096 {
                first.extend(&buffer[..n.min(4096)]);
            }
        }
        let ms = millis(started);
        let text = String::from_utf8_lossy(&first);
        let status = text.get(9..12).unwrap_or_default();
        anyhow::ensure!(
            matches!(status, "200" | "303" | "304"),
            "{method} {path}: {}",
            text.chars().take(600).collect::<String>()
        );
        let tag = text.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap_or_default().trim().to_owned();
        Ok(Asked { ms, bytes, memory: Memory::peak().saturating_sub(before), tag })
    }
}

/// What this process holds, where the system tells.
struct Memory;

impl Memory {
    /// Has the system forget the most that was held, and returns what is held now, in kB.
    fn forget_peak() -> u64 {
        // A system that cannot forget shows the peak of all requests together.
        let _ = std::fs::write("/proc/self/clear_refs", "5");
        Self::read("VmRSS:")
    }

    /// The most that was held, in kB.
    fn peak() -> u64 {
        Self::read("VmHWM:")
    }

    fn read(name: &str) -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
    }
}
