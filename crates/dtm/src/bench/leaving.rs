//! What goes out: the list, the manifest and the definition of forms to phones; submissions as OData and as a zip of CSV.

use super::side::{Peer, Side, sides};
use super::{Line, arrivals, ratio, table, workload};
use crate::cli::{Caller, Report, millis};
use crate::world;
use anyhow::{Context, Result};
use futures::StreamExt;
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Connections at once that ask for forms.
const READERS: usize = 8;
/// Further questions that make the form about 180 kB.
const MORE: usize = 450;

/// Asks for each kind of document so many times.
pub(crate) async fn phones(caller: &Caller, count: u64, peer: &Peer) -> Result<Report> {
    let sides: Vec<Arc<Side>> = sides(caller, peer, workload::FORM, MORE).await?.into_iter().map(Arc::new).collect();
    let form = workload::FORM;
    let kinds = [
        ("formList", "formList".to_owned()),
        ("manifest", format!("forms/{form}/manifest")),
        ("form XML", format!("forms/{form}.xml")),
    ];
    let mut lines = Vec::new();
    for (what, path) in kinds {
        let of_sides = lines.len();
        for side in &sides {
            lines.push(read_many(side, what, &path, count).await?);
        }
        lines.extend(ratio(&lines[of_sides..]));
    }
    Ok(Report::new(table(&lines), json!({ "runs": lines.iter().map(Line::json).collect::<Vec<_>>() })))
}

async fn read_many(side: &Arc<Side>, what: &str, path: &str, count: u64) -> Result<Line> {
    let next = Arc::new(AtomicU64::new(0));
    let (before, started) = (side.used(), world::stopwatch());
    let mut readers = Vec::new();
    for _ in 0..READERS {
        let (side, next, path) = (side.clone(), next.clone(), path.to_owned());
        readers.push(tokio::spawn(async move {
            let mut n_bytes = 0;
            while next.fetch_add(1, Ordering::Relaxed) < count {
                let answer = side.of_phone(Method::GET, &path).send().await?.error_for_status()?;
                n_bytes = answer.bytes().await?.len();
            }
            Ok::<usize, reqwest::Error>(n_bytes)
        }));
    }
    let mut n_bytes = 0;
    for reader in readers {
        n_bytes = n_bytes.max(reader.await?.with_context(|| format!("asking for {path}"))?);
    }
    let seconds = millis(started) / 1000.0;
    let cpu = before.zip(side.used()).map(|(before, after)| (after.cpu_ms - before.cpu_ms) as f64 / count as f64);
    let figures = vec![
        ("per second", Some(count as f64 / seconds)),
        ("cpu ms each", cpu),
        ("kB each", Some(n_bytes as f64 / 1000.0)),
    ];
    Ok(Line { what: what.to_owned(), side: side.name, figures })
}

/// Sends so many submissions and takes them out again.
pub(crate) async fn exports(caller: &Caller, count: u64, peer: &Peer) -> Result<Report> {
    let sides: Vec<Arc<Side>> = sides(caller, peer, workload::FORM, 0).await?.into_iter().map(Arc::new).collect();
    for side in &sides {
        arrivals::send(side, count, 32).await?;
    }
    let form = workload::FORM;
    let kinds = [
        ("OData", format!("forms/{form}.svc/Submissions")),
        ("CSV", format!("forms/{form}/submissions.csv")),
        ("CSV zip", format!("forms/{form}/submissions.csv.zip?attachments=false")),
    ];
    let mut lines = Vec::new();
    for (what, path) in kinds {
        let of_sides = lines.len();
        for side in &sides {
            let (before, started) = (side.used(), world::stopwatch());
            let n_bytes = drain(side.of_project(&path)).await.with_context(|| format!("asking for {path}"))?;
            let seconds = millis(started) / 1000.0;
            let after = side.used();
            let cpu =
                before.zip(after).map(|(before, after)| (after.cpu_ms - before.cpu_ms) as f64 * 1000.0 / count as f64);
            let figures = vec![
                ("rows/s", Some(count as f64 / seconds)),
                ("cpu ms per 1000", cpu),
                ("MB", Some(n_bytes as f64 / 1e6)),
                ("peak MB", after.map(|used| used.peak_mb as f64)),
            ];
            lines.push(Line { what: what.to_owned(), side: side.name, figures });
        }
        lines.extend(ratio(&lines[of_sides..]));
    }
    Ok(Report::new(table(&lines), json!({ "rows": count, "runs": lines.iter().map(Line::json).collect::<Vec<_>>() })))
}

/// Reads an answer to its end and keeps nothing of it.
async fn drain(request: RequestBuilder) -> Result<u64> {
    let mut pieces = request.send().await?.error_for_status()?.bytes_stream();
    let mut n_bytes = 0;
    while let Some(piece) = pieces.next().await {
        n_bytes += piece?.len() as u64;
    }
    Ok(n_bytes)
}
