//! All encrypted submissions of a form, opened and held against its rules for somebody whose session has the key open.
//!
//! In: a source of the form's submissions with the reader's keys. Out: how often each rule was broken at each question, and
//! the first findings one by one. A portion at a time is in memory, and one call looks at a bounded number of submissions
//! in a bounded time: it says where the next goes on. What of it is kept, [`Logics::examine_opened`] says.
//!
//! [`Logics::examine_opened`]: super::logic::Logics::examine_opened

use super::export::{Rows, Source};
use crate::http::App;
use crate::world;
use anyhow::Result;
use dtm_model::{Finding, RecordId, SubmissionId};
use dtm_store::Stamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Submissions looked at in one call.
const MOST_LOOKED_AT: u64 = 2000;
/// After this long a call ends early, with the portion it is at.
const PATIENCE_MS: i64 = 20_000;
/// Findings told one by one.
const MOST_TOLD: usize = 200;

/// What was found.
#[derive(Default)]
pub(crate) struct Rechecked {
    /// Submissions that were opened and held against the rules.
    pub(crate) n_opened: u64,
    /// Those that were passed over: not encrypted, or for another key.
    pub(crate) n_passed: u64,
    /// Of each rule and question, how often, and one finding of it.
    pub(crate) by_rule: BTreeMap<(String, String), (u64, Finding)>,
    /// The first findings.
    pub(crate) findings: Vec<Finding>,
    /// Where to go on; none at the end.
    pub(crate) next: Option<RecordId>,
}

/// Looks at submissions, the newest first, those before `before`.
pub(crate) async fn some(
    app: &App,
    source: &Arc<Source>,
    before: Option<RecordId>,
    stamp: &Stamp,
) -> Result<Rechecked> {
    let began_at = world::now().as_millis();
    let rows = Rows::Newest { source: source.all(), before, skip: 0, limit: Some(MOST_LOOKED_AT) };
    let mut portions = source.read(rows);
    let mut found = Rechecked::default();
    while let Some(portion) = portions.recv().await {
        let portion = portion?;
        let last = portion.last().map(|sent| sent.record.clone());
        let ids: Vec<SubmissionId> = portion.iter().map(|sent| sent.version.clone()).collect();
        let mut heads = app.store.submission_heads(&ids).await?;
        let n_portion = portion.len() as u64;
        let opened = portion.into_iter().filter_map(|sent| {
            let head = heads.remove(&sent.version)?;
            Some((head, sent.opened()?))
        });
        let opened: Vec<_> = opened.collect();
        found.n_opened += opened.len() as u64;
        found.n_passed += n_portion - opened.len() as u64;
        for finding in app.logics.examine_opened(&app.store, &app.blobs, opened, stamp).await? {
            let question = finding.question.as_deref().map(without_turns).unwrap_or_default();
            let rule = found.by_rule.entry((finding.check.clone(), question));
            rule.or_insert_with(|| (0, finding.clone())).0 += 1;
            if found.findings.len() < MOST_TOLD {
                found.findings.push(finding);
            }
        }
        found.next = last.or(found.next);
        if world::now().as_millis() - began_at > PATIENCE_MS {
            break;
        }
    }
    if found.next.is_some() && app.store.export_page(&source.all(), found.next.as_ref(), 0, 1).await?.is_empty() {
        found.next = None;
    }
    Ok(found)
}

/// The path of a question, whichever turn of a repeat it was answered in.
fn without_turns(path: &str) -> String {
    dtm_process::corrections::path_of(path)
}
