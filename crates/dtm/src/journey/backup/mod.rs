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

pub(crate) use lock::Lock;

use anyhow::{Context, Result, anyhow, bail, ensure};
use dtm_model::BlobHash;
use dtm_store::{Blobs, Cell, Restoring, Snapshot, Store, StoreError, TableShape};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use tar::{Archive, Builder, Entries, Header};

/// The layout of the tar; a newer one is refused.
const FORMAT: u32 = 1;
/// Bytes of rows that go into one part of a table, before compression.
const PART: usize = 4 << 20;
/// The largest part read back.
const MOST_BYTES: u64 = 4 << 30;
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
    let mut tar = Builder::new(lock.close(out, crate::world::random())?);
    let mut snapshot = store.snapshot().await?;
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: crate::world::now().to_string(),
        instance: store.instance_id().await?,
        schema: snapshot.schema,
        tables: snapshot.tables.clone(),
    };
    add(&mut tar, "manifest.json", &serde_json::to_vec_pretty(&manifest)?)?;
    let mut holds = Holds::default();
    for table in &manifest.tables {
        let n = add_table(&mut tar, &mut snapshot, table).await?;
        holds.rows.insert(table.name.clone(), n);
    }
    drop(snapshot);
    if let Some(key) = server_key {
        add(&mut tar, "server.key", &key)?;
    }
    for hash in blobs.list().await? {
        match blobs.get(&hash).await {
            Ok(content) => {
                add(&mut tar, &file_name(&hash), &content)?;
                holds.files += 1;
                holds.bytes += content.len() as u64;
            }
            // Purged since it was listed.
            Err(StoreError::NotFound { .. }) => {}
            Err(StoreError::Corrupt { .. }) => holds.damaged.push(hash),
            Err(error) => return Err(error.into()),
        }
    }
    add(&mut tar, "end.json", &serde_json::to_vec_pretty(&holds)?)?;
    Ok((holds, tar.into_inner()?.finish()?))
}

/// Adds one part.
fn add<W: Write>(tar: &mut Builder<W>, name: &str, content: &[u8]) -> io::Result<()> {
    let mut head = Header::new_ustar();
    head.set_size(content.len() as u64);
    head.set_mode(0o600);
    tar.append_data(&mut head, name, content)
}

/// The next part; none at the end.
fn next<R: Read>(parts: &mut Entries<'_, R>) -> Result<Option<(String, Vec<u8>)>> {
    let Some(mut part) = parts.next().transpose()? else { return Ok(None) };
    let name = String::from_utf8(part.path_bytes().into_owned()).context("the name of a part")?;
    ensure!(part.size() <= MOST_BYTES, "the part {name} is larger than any that a backup has");
    let mut content = Vec::new();
    part.read_to_end(&mut content)?;
    Ok(Some((name, content)))
}

fn file_name(hash: &BlobHash) -> String {
    let (start, rest) = hash.as_str().split_at(2);
    format!("blobs/{start}/{rest}")
}

/// Adds the rows of a table, in parts of bounded size.
async fn add_table<W: Write>(tar: &mut Builder<W>, snapshot: &mut Snapshot, table: &TableShape) -> Result<u64> {
    let (mut part, mut n_parts) = (Vec::new(), 0);
    let mut flush = |part: &mut Vec<u8>| -> Result<()> {
        n_parts += 1;
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(part)?;
        part.clear();
        Ok(add(tar, &format!("tables/{}/{n_parts:06}.jsonl.gz", table.name), &packed.finish()?)?)
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
    let mut tar = Archive::new(lock.open(input)?);
    let mut parts = tar.entries()?;
    let (name, content) = next(&mut parts)?.context("the backup is empty")?;
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
        let (name, content) = next(&mut parts)?.context("the backup is cut off: its end is missing")?;
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
