//! A backup: everything this instance keeps, in one encrypted file, made while the server goes on taking submissions.
//!
//! The file is a tar of the manifest, the rows of every table (JSON lines, compressed), the server's key and every file
//! under its hash, encrypted with a passphrase. The rows are those of one moment: the database is read in one snapshot. Files are
//! listed after that; as they are kept before the rows that name them, none of those is missing. `end.json` closes the
//! tar, so that a backup that was cut off is known for it.
//!
//! A restore goes into an empty place, SQLite or PostgreSQL whatever the backup came from. Its rows are committed when
//! all of it was read and counted; then the schema is brought up to date.

mod lock;
mod tar;

pub(crate) use lock::Lock;

use anyhow::{Context, Result, anyhow, bail, ensure};
use dtm_model::BlobHash;
use dtm_store::{Blobs, Cell, Restoring, Snapshot, Store, StoreError, TableShape};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};

/// The layout of the tar; a newer one is refused.
const FORMAT: u32 = 1;
/// Bytes of rows that go into one part of a table, before compression.
const PART: usize = 4 << 20;
/// Rows put at once.
const ROWS: usize = 512;

#[derive(Serialize, Deserialize)]
struct Manifest {
    format: u32,
    program: String,
    made_at: String,
    instance: Option<String>,
    schema: i64,
    tables: Vec<TableShape>,
}

/// What a backup holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holds {
    /// Rows by table.
    pub(crate) rows: BTreeMap<String, u64>,
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// Files that are damaged here, and could not go along.
    pub(crate) damaged: Vec<BlobHash>,
}

/// Writes a backup.
pub(crate) async fn make<W: Write>(
    store: &Store,
    blobs: &Blobs,
    server_key: Option<Vec<u8>>,
    lock: &Lock,
    out: W,
) -> Result<(Holds, W)> {
    let mut tar = tar::Writer::new(lock.close(out, crate::world::random())?);
    let mut snapshot = store.snapshot().await?;
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: crate::world::now().to_string(),
        instance: store.instance_id().await?,
        schema: snapshot.schema,
        tables: snapshot.tables.clone(),
    };
    tar.add("manifest.json", &serde_json::to_vec_pretty(&manifest)?)?;
    let mut holds = Holds::default();
    for table in &manifest.tables {
        let n = add_table(&mut tar, &mut snapshot, table).await?;
        holds.rows.insert(table.name.clone(), n);
    }
    drop(snapshot);
    if let Some(key) = server_key {
        tar.add("server.key", &key)?;
    }
    for hash in blobs.list().await? {
        match blobs.get(&hash).await {
            Ok(content) => {
                tar.add(&file_name(&hash), &content)?;
                holds.files += 1;
                holds.bytes += content.len() as u64;
            }
            // Purged since it was listed.
            Err(StoreError::NotFound { .. }) => {}
            Err(StoreError::Corrupt { .. }) => holds.damaged.push(hash),
            Err(error) => return Err(error.into()),
        }
    }
    tar.add("end.json", &serde_json::to_vec_pretty(&holds)?)?;
    Ok((holds, tar.finish()?.finish()?))
}

fn file_name(hash: &BlobHash) -> String {
    let (start, rest) = hash.as_str().split_at(2);
    format!("blobs/{start}/{rest}")
}

/// Adds the rows of a table, in parts of bounded size.
async fn add_table<W: Write>(tar: &mut tar::Writer<W>, snapshot: &mut Snapshot, table: &TableShape) -> Result<u64> {
    let (mut part, mut n_parts) = (Vec::new(), 0);
    let mut flush = |part: &mut Vec<u8>| -> Result<()> {
        n_parts += 1;
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(part)?;
        part.clear();
        Ok(tar.add(&format!("tables/{}/{n_parts:06}.jsonl.gz", table.name), &packed.finish()?)?)
    };
    let n = snapshot
        .read(table, |row| -> Result<()> {
            serde_json::to_writer(&mut part, &row)?;
            part.push(b'\n');
            if part.len() >= PART { flush(&mut part) } else { Ok(()) }
        })
        .await?;
    if !part.is_empty() {
        flush(&mut part)?;
    }
    Ok(n)
}

/// Puts a backup into an empty database and place for files; returns what it held and the server's key, if it has one.
pub(crate) async fn restore(
    input: impl Read,
    lock: &Lock,
    url: &str,
    blobs: &Blobs,
) -> Result<(Holds, Option<Vec<u8>>)> {
    let mut tar = tar::Reader::new(lock.open(input)?);
    let (name, content) = tar.next()?.context("the backup is empty")?;
    ensure!(name == "manifest.json", "not a backup: it does not begin with its manifest");
    let manifest: Manifest = serde_json::from_slice(&content).context("the backup's manifest")?;
    ensure!(manifest.format <= FORMAT, "the backup was made by a newer dtm ({})", manifest.program);
    let mut database = Restoring::begin(url, manifest.schema).await.map_err(|error| match error {
        StoreError::Conflict { what: "not_empty" } => {
            anyhow!("there are data here already: restore into an empty folder or database")
        }
        StoreError::Conflict { what: "newer_schema" } => {
            anyhow!("the backup was made by a newer dtm ({}); restore it with that one", manifest.program)
        }
        other => other.into(),
    })?;
    let shapes: BTreeMap<&str, &TableShape> =
        manifest.tables.iter().map(|table| (table.name.as_str(), table)).collect();
    let (mut found, mut server_key) = (Holds::default(), None);
    found.rows = manifest.tables.iter().map(|table| (table.name.clone(), 0)).collect();
    let told: Holds = loop {
        let (name, content) = tar.next()?.context("the backup is cut off: its end is missing")?;
        match name.split('/').collect::<Vec<_>>()[..] {
            ["end.json"] => break serde_json::from_slice(&content).context("the backup's end")?,
            ["server.key"] => server_key = Some(content),
            ["tables", table, _] => {
                let shape = shapes.get(table).with_context(|| format!("the backup does not describe {table}"))?;
                *found.rows.entry(table.to_owned()).or_default() += put_rows(&mut database, shape, &content).await?;
            }
            ["blobs", start, rest] => {
                let hash: BlobHash = format!("{start}{rest}").parse().map_err(|_| anyhow!("{name} names no file"))?;
                found.files += 1;
                found.bytes += content.len() as u64;
                ensure!(blobs.put(content).await? == hash, "the file {hash} is damaged in the backup");
            }
            _ => bail!("the backup holds `{name}`, which no backup has"),
        }
    };
    found.damaged.clone_from(&told.damaged);
    ensure!(found == told, "the backup does not hold what its end says");
    database.finish().await?;
    Ok((told, server_key))
}

async fn put_rows(database: &mut Restoring, shape: &TableShape, packed: &[u8]) -> Result<u64> {
    let mut lines = BufReader::new(GzDecoder::new(packed)).lines();
    let mut n = 0;
    loop {
        let rows: Result<Vec<Vec<Cell>>> =
            lines.by_ref().take(ROWS).map(|line| Ok(serde_json::from_str(&line?)?)).collect();
        let rows = rows?;
        if rows.is_empty() {
            return Ok(n);
        }
        n += rows.len() as u64;
        database.put(shape, rows).await?;
    }
}
