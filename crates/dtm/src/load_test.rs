//! Measures durable submissions a second: the demo form over HTTP, to a server of this process on a data folder of its own.

use crate::cli::{Caller, Report, millis, row};
use crate::http::{self, App, new_app_user};
use crate::journey::demo;
use crate::world;
use anyhow::{Context, Result};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Posts `count` submissions for each number of connections and prints a table.
pub(crate) async fn submissions(caller: &Caller, count: usize, connections: &[usize]) -> Result<Report> {
    let (store, blobs) = caller.place.open().await?;
    anyhow::ensure!(store.operations().await?.is_empty(), "the bench needs an empty data folder: name one with --data");
    let vault = caller.place.vault()?;
    let (operation, sample) = demo::collecting(&store, &blobs).await?;
    let (_, token) = new_app_user(&store, &vault, &operation, "bench", &caller.stamp()).await?;
    let project = store.project_of(&operation.id).await?.context("the operation has no number")?;
    let path = Arc::new(format!("/v1/key/{token}/projects/{project}/submission"));
    let app = App::new(store.clone(), blobs, vault, None);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(http::serve(app, listener));
    let sample = Arc::new(sample);
    let mut lines =
        vec![row(&["connections", "submissions", "seconds", "per second", "p50 ms", "p95 ms"].map(str::to_owned))];
    let mut json = Vec::new();
    for &n in connections {
        let next = Arc::new(AtomicUsize::new(0));
        let started = world::stopwatch();
        let mut workers = Vec::new();
        for _ in 0..n.max(1) {
            workers.push(tokio::spawn(work(address, path.clone(), sample.clone(), next.clone(), count)));
        }
        let mut waits = Vec::with_capacity(count);
        for worker in workers {
            waits.extend(worker.await??);
        }
        let seconds = millis(started) / 1000.0;
        waits.sort_by(f64::total_cmp);
        let at = |share: f64| {
            waits
                .get(((waits.len() as f64 * share) as usize).min(waits.len().saturating_sub(1)))
                .copied()
                .unwrap_or(0.0)
        };
        let rate = waits.len() as f64 / seconds;
        lines.push(row(&[
            n.to_string(),
            waits.len().to_string(),
            format!("{seconds:.2}"),
            format!("{rate:.0}"),
            format!("{:.1}", at(0.5)),
            format!("{:.1}", at(0.95)),
        ]));
        json.push(
            json!({ "connections": n, "submissions": waits.len(), "perSecond": rate, "p50": at(0.5), "p95": at(0.95) }),
        );
    }
    server.abort();
    let text = caller.say(
        format!(
            "Submissions of {} bytes, each acknowledged after its commit is on disk.\n{}",
            sample.len(),
            lines.join("\n")
        ),
        format!(
            "Soumissions de {} octets, chacune confirmée quand son enregistrement est sur disque.\n{}",
            sample.len(),
            lines.join("\n")
        ),
    );
    Ok(Report::new(text, json!({ "bytes": sample.len(), "runs": json })))
}

/// One connection: posts until the count is reached; returns the milliseconds each acknowledgement took.
async fn work(
    address: SocketAddr,
    path: Arc<String>,
    sample: Arc<String>,
    next: Arc<AtomicUsize>,
    count: usize,
) -> Result<Vec<f64>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut waits = Vec::new();
    let mut answer = vec![0; 16 << 10];
    while next.fetch_add(1, Ordering::Relaxed) < count {
        let instance = format!("uuid:{}", world::fresh(dtm_model::SubmissionId::new));
        let xml = sample.replace(demo::SAMPLE_INSTANCE, &instance);
        let body = format!(
            "--dtm\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; filename=\"s.xml\"\r\nContent-Type: text/xml\r\n\r\n{xml}\r\n--dtm--\r\n"
        );
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nX-OpenRosa-Version: 1.0\r\nContent-Type: multipart/form-data; boundary=dtm\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let started = world::stopwatch();
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        let n = stream.read(&mut answer).await?;
        let status = answer.get(9..12).unwrap_or_default();
        anyhow::ensure!(n > 12 && status == b"201", "the server answered {}", String::from_utf8_lossy(&answer[..n]));
        waits.push(millis(started));
    }
    Ok(waits)
}
