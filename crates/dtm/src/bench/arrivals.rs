//! Durable submissions a second, the time each waits for its acknowledgement, and the processor time each costs.

use super::side::{Peer, Side, sides};
use super::workload::{self, Areas};
use super::{Line, ratio, table};
use crate::cli::{Caller, Report, millis};
use crate::world;
use anyhow::{Context, Result};
use dtm_model::SubmissionId;
use reqwest::{Method, header};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Posts `count` submissions for each number of connections, to one server after the other.
pub(crate) async fn run(caller: &Caller, count: u64, connections: &[usize], peer: &Peer) -> Result<Report> {
    let sides: Vec<Arc<Side>> = sides(caller, peer, workload::FORM, 0).await?.into_iter().map(Arc::new).collect();
    let mut lines = Vec::new();
    for &n in connections {
        let of_sides = lines.len();
        for side in &sides {
            let sent = send(side, count, n).await?;
            lines.push(Line {
                what: format!("{n} connections"),
                side: side.name,
                figures: vec![
                    ("per second", Some(sent.per_second)),
                    ("cpu ms each", sent.cpu_ms),
                    ("p50 ms", Some(sent.p50)),
                    ("p95 ms", Some(sent.p95)),
                ],
            });
        }
        lines.extend(ratio(&lines[of_sides..]));
    }
    let bytes = workload::fill(1, "uuid:1", world::today(), &Areas::of(&[]), 0).xml.len();
    let head = caller.say(
        format!("Submissions of {bytes} bytes, each acknowledged after its commit is on disk."),
        format!("Soumissions de {bytes} octets, chacune confirmée quand son enregistrement est sur disque."),
    );
    Ok(Report::new(
        format!("{head}\n{}", table(&lines)),
        json!({ "bytes": bytes, "runs": lines.iter().map(Line::json).collect::<Vec<_>>() }),
    ))
}

/// What sending came to.
pub(crate) struct Sent {
    per_second: f64,
    cpu_ms: Option<f64>,
    p50: f64,
    p95: f64,
}

/// Posts submissions over so many connections.
pub(crate) async fn send(side: &Arc<Side>, count: u64, connections: usize) -> Result<Sent> {
    let next = Arc::new(AtomicU64::new(0));
    let before = side.used();
    let started = world::stopwatch();
    let workers: Vec<_> =
        (0..connections.max(1)).map(|_| tokio::spawn(work(side.clone(), next.clone(), count))).collect();
    let mut waits = Vec::new();
    for worker in workers {
        waits.extend(worker.await??);
    }
    let seconds = millis(started) / 1000.0;
    let cpu_ms = before.zip(side.used()).map(|(before, after)| (after.cpu_ms - before.cpu_ms) as f64 / count as f64);
    waits.sort_by(f64::total_cmp);
    let at = |share: f64| waits.get((waits.len() as f64 * share) as usize).copied().unwrap_or(0.0);
    Ok(Sent { per_second: waits.len() as f64 / seconds, cpu_ms, p50: at(0.5), p95: at(0.95) })
}

/// One connection: posts until the count is reached; returns the milliseconds each acknowledgement took.
async fn work(side: Arc<Side>, next: Arc<AtomicU64>, count: u64) -> Result<Vec<f64>> {
    let (areas, today) = (Areas::of(&[]), world::today());
    let mut waits = Vec::new();
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        if n >= count {
            return Ok(waits);
        }
        let instance = format!("uuid:{}", world::fresh(SubmissionId::new));
        let xml = workload::fill(n, &instance, today, &areas, 0).xml;
        let body = format!(
            "--dtm\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; filename=\"s.xml\"\r\nContent-Type: text/xml\r\n\r\n{xml}\r\n--dtm--\r\n"
        );
        let request = side.of_phone(Method::POST, "submission");
        let request = request.header(header::CONTENT_TYPE, "multipart/form-data; boundary=dtm").body(body);
        let started = world::stopwatch();
        let answer = request.send().await.context("sending a submission")?;
        let status = answer.status();
        let text = answer.text().await?;
        anyhow::ensure!(status == 201, "{} answered {status}: {text}", side.name);
        waits.push(millis(started));
    }
}
