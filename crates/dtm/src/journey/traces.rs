//! What phones noted about interviews beside the answers, read once: the accuracy of positions, and the log that ODK Collect
//! keeps of an interview (`audit.csv`).
//!
//! In: a round. Out: a [`Trace`] of each of its records, made from the newest version and its log and kept until one of
//! these changes. A log that cannot be read, or that is longer than any interview makes, says nothing; what is encrypted
//! is not looked at.

use crate::world;
use anyhow::Result;
use dtm_capture::submission;
use dtm_model::{BlobHash, FormSchema, FormVersionId, RoundId, SubmissionId, Timing};
use dtm_process::patterns::audit::AuditLog;
use dtm_store::{Blobs, Stamp, Store, Trace, Untraced};
use std::collections::HashMap;
use std::sync::Arc;

/// Records traced in one transaction.
const AT_ONCE: u32 = 200;
/// A longer log is no interview's.
const MOST_LOG_BYTES: usize = 8 << 20;

/// Makes the traces that are missing or out of date, at most `most`; the newest records come first.
pub(super) async fn make(store: &Store, blobs: &Blobs, round: &RoundId, most: usize) -> Result<()> {
    let mut forms: HashMap<FormVersionId, Option<Arc<FormSchema>>> = HashMap::new();
    let mut n_left = most;
    while n_left > 0 {
        let waiting = store.untraced(round, AT_ONCE.min(n_left as u32)).await?;
        if waiting.is_empty() {
            break;
        }
        n_left -= waiting.len().min(n_left);
        let ids: Vec<SubmissionId> = waiting.iter().map(|one| one.submission.clone()).collect();
        let mut texts = store.xml_of(&ids).await?;
        let mut read = Vec::with_capacity(waiting.len());
        for one in waiting {
            if !forms.contains_key(&one.form_version) {
                let form = store.form_version_by_id(&one.form_version).await?;
                forms.insert(one.form_version.clone(), form.map(|form| Arc::new(form.schema)));
            }
            let log = match &one.log {
                Some(hash) => read_log(blobs, hash).await,
                None => None,
            };
            let form = forms[&one.form_version].clone();
            read.push((texts.remove(&one.submission), form, log, one));
        }
        let traced = tokio::task::spawn_blocking(move || read.into_iter().map(trace).collect::<Vec<_>>()).await?;
        store.put_traces(round, &traced, &Stamp::new(world::now(), "job:traces")).await?;
    }
    Ok(())
}

/// The log as it was sent. One that is gone is told by the check of the instance.
async fn read_log(blobs: &Blobs, hash: &BlobHash) -> Option<bytes::Bytes> {
    blobs.get(hash).await.ok().filter(|bytes| bytes.len() <= MOST_LOG_BYTES)
}

fn trace(
    (xml, form, log, of): (Option<String>, Option<Arc<FormSchema>>, Option<bytes::Bytes>, Untraced),
) -> (Untraced, Trace) {
    let accuracies = xml.zip(form).and_then(|(xml, form)| submission::accuracies(&xml, &form).ok());
    let timing: Option<Timing> = log.and_then(|bytes| AuditLog::read(&bytes).ok()).map(|log| log.timing());
    (of, Trace { accuracies: accuracies.unwrap_or_default(), timing })
}
