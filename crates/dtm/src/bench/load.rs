//! Fills an empty data folder with very many submissions, to look at an instance that has grown.
//!
//! They go through the store's own intake, in large groups: read, typed, committed and audited as those of phones are.
//! A few are edited, reviewed, in the trash, or bring a photo. What is sealed is sealed by the job that always does it.

use super::workload::{self, Areas};
use crate::cli::{Caller, Report, millis};
use crate::journey::intake::{self, Arrival, Door, FilePart, MayEdit};
use crate::journey::{demo, seal};
use crate::world;
use anyhow::{Context, Result};
use dtm_capture::submission;
use dtm_model::{Instant, Lang, RecordId};
use dtm_store::{Blobs, NewSubmission, ReviewState, Stamp, Store};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Submissions in one commit.
const TOGETHER: u64 = 512;
/// So many submissions are sealed at once, so that the database does not grow by what leaves it again.
const SEAL_EVERY: u64 = 40 * TOGETHER;
/// They arrive within so many days.
const DAYS: i64 = 90;
/// Every so many of them: a photo, an edit, a review, the trash.
const PHOTO_EVERY: u64 = 50;
const EDIT_EVERY: u64 = 211;
const REVIEW_EVERY: u64 = 17;
const TRASH_EVERY: u64 = 997;

/// What is the same for all of them.
struct Load {
    blobs: Blobs,
    door: Door,
    areas: Areas,
    n: u64,
    begins: Instant,
}

/// Loads `n` submissions into an empty data folder.
pub(crate) async fn run(caller: &Caller, n: u64) -> Result<Report> {
    let (store, blobs) = caller.place.open().await?;
    anyhow::ensure!(store.operations().await?.is_empty(), "the bench needs an empty data folder: name one with --data");
    let started = world::stopwatch();
    let ground = demo::ground(&store, &blobs).await?;
    let load = Arc::new(Load {
        blobs: blobs.clone(),
        areas: Areas::of(&ground.areas),
        door: Door { version: Arc::new(ground.version), round: Some(ground.round), late: false },
        n,
        begins: Instant::from_millis(world::now().as_millis() - DAYS * 86_400_000),
    });
    let bar = ProgressBar::new(n);
    bar.set_style(
        ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} {per_sec}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let mut groups = load.prepare();
    let mut n_unsealed = 0;
    while let Some(group) = groups.recv().await {
        let group = group?;
        let ids: Vec<(u64, RecordId)> = group.iter().map(|(n, new)| (*n, new.record.id.clone())).collect();
        let news: Vec<NewSubmission> = group.into_iter().map(|(_, new)| new).collect();
        let at = news.last().map_or(load.begins, |last| last.stamp.at);
        n_unsealed += news.len() as u64;
        for receipt in store.submit_many(news).await? {
            receipt?;
        }
        touch(&store, &ids, &Stamp::new(at, "bench")).await?;
        if n_unsealed >= SEAL_EVERY {
            seal::all(&store, &blobs, 1, true).await?;
            n_unsealed = 0;
        }
        bar.inc(ids.len() as u64);
    }
    seal::all(&store, &blobs, 1, true).await?;
    bar.finish_and_clear();
    store.close().await;
    let seconds = millis(started) / 1000.0;
    let text = caller.say(
        format!("{n} submissions in {seconds:.0} s, {:.0} a second.", n as f64 / seconds),
        format!("{n} soumissions en {seconds:.0} s, {:.0} par seconde.", n as f64 / seconds),
    );
    Ok(Report::new(text, json!({ "submissions": n, "seconds": seconds })))
}

/// Reviews some of them, and moves some to the trash.
async fn touch(store: &Store, ids: &[(u64, RecordId)], stamp: &Stamp) -> Result<()> {
    let every = |each: u64| ids.iter().filter(move |(n, _)| n.is_multiple_of(each)).map(|(_, id)| id.clone());
    let reviewed: Vec<RecordId> = every(REVIEW_EVERY).collect();
    let (issues, approved) = reviewed.split_at(reviewed.len() / 8);
    store.review(approved, Some(ReviewState::Approved), stamp).await?;
    store.review(issues, Some(ReviewState::HasIssues), stamp).await?;
    for record in every(TRASH_EVERY) {
        store.trash_submission(&record, stamp).await?;
    }
    Ok(())
}

/// A group of submissions with their numbers.
type Group = Vec<(u64, NewSubmission)>;

impl Load {
    /// Makes groups ready, some ahead of what is stored.
    fn prepare(self: &Arc<Self>) -> mpsc::Receiver<Result<Group>> {
        let (sender, receiver) = mpsc::channel(2);
        let load = self.clone();
        tokio::spawn(async move {
            for first in (0..load.n).step_by(TOGETHER as usize) {
                if sender.send(load.group(first).await).await.is_err() {
                    return;
                }
            }
        });
        receiver
    }

    async fn group(&self, first: u64) -> Result<Group> {
        let mut group = Vec::with_capacity(TOGETHER as usize);
        for n in first..(first + TOGETHER).min(self.n) {
            let instance = format!("uuid:{}", instance_of(n));
            group.push((n, self.one(n, &instance, None).await?));
            // A later version of one of the same group.
            if n.is_multiple_of(EDIT_EVERY) && n > first {
                let edited = format!("uuid:{}", instance_of(u64::MAX - n));
                let before = format!("uuid:{}", instance_of(n - 1));
                group.push((u64::MAX, self.one(n, &edited, Some(before)).await?));
            }
        }
        Ok(group)
    }

    async fn one(&self, n: u64, instance: &str, replaces: Option<String>) -> Result<NewSubmission> {
        let at =
            self.begins.as_millis() + (n as i128 * i128::from(DAYS * 86_400_000) / i128::from(self.n.max(1))) as i64;
        let at = Instant::from_millis(at);
        let filled = workload::fill(n, instance, at.date(), &self.areas, PHOTO_EVERY);
        let xml = match replaces {
            None => filled.xml,
            Some(before) => filled.xml.replace("<meta>", &format!("<meta><deprecatedID>{before}</deprecatedID>")),
        };
        let envelope = submission::open(xml.as_bytes())?;
        let photo = |name: String| FilePart {
            content_type: "image/jpeg".to_owned(),
            bytes: name.repeat(200).into_bytes().into(),
            name,
        };
        let arrival = Arrival {
            app_user: None,
            stamp: Stamp::new(at, format!("app-user:{}", intake_phone(n))),
            device_id: Some(format!("collect:{:04}", n % 200)),
            user_agent: Some("org.odk.collect.android/v2026.1".to_owned()),
            may_edit: MayEdit::All,
            mark: String::new(),
            xml: xml.into_bytes().into(),
            files: filled.photo.map(photo).into_iter().collect(),
        };
        let entered = intake::enter(&self.blobs, &self.door, envelope, arrival).await;
        entered
            .map_err(|problem| anyhow::anyhow!("{}", problem.message.get(Lang::En)))
            .context("a submission of the bench")
    }
}

/// An instanceID that belongs to a number.
fn instance_of(n: u64) -> String {
    format!("{:08x}-{:04x}-4000-8000-{:012x}", n >> 32, (n >> 16) & 0xffff, n & 0xffff)
}

/// The phone that sends it: an id of our own kind, one of two hundred.
fn intake_phone(n: u64) -> String {
    format!("01990000-0000-7000-8000-{:012x}", n % 200)
}
