//! Whether what arrived is still what arrived: every submission against its hash, and its hash against the audit log,
//! which is chained; and which files that rows name are to be there.

use crate::sql::{self, Columns, list, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{BlobHash, FormVersionId, SubmissionId};
use sqlx::any::AnyRow;
use std::collections::{BTreeMap, HashMap};

/// How the audit log names the XML of a submission: its hash with the row's salt, so that nobody learns from the log alone
/// whether a guess is right.
pub(crate) fn told(salt: Option<&str>, hash: &BlobHash) -> String {
    salt.map_or_else(
        || hash.to_string(),
        |salt| format!("salted:{}", BlobHash::of(format!("{salt} {hash}").as_bytes())),
    )
}

/// What a walk over the rows found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvidenceCheck {
    /// Rows read.
    pub n_rows: u64,
    /// Submissions whose XML is not what arrived.
    pub submissions: Vec<SubmissionId>,
    /// What the database itself says of its file, where it is not sound.
    pub database: Vec<String>,
}

/// Submissions read at once; their XML may be large.
const AT_ONCE: u32 = 200;

impl Store {
    /// Reads every submission and says which are not what the phone sent. While some are looked at, the next are read.
    pub async fn verify_submissions(&self) -> Result<EvidenceCheck> {
        let mut found = EvidenceCheck { database: self.verify_file().await?, ..EvidenceCheck::default() };
        let mut page = self.page_of_evidence("").await?;
        while let Some(last) = page.last() {
            let after = last.text(0)?;
            let (next, bad) = tokio::try_join!(self.page_of_evidence(&after), self.other_than_arrived(&page))?;
            found.n_rows += page.len() as u64;
            found.submissions.extend(bad);
            page = next;
        }
        Ok(found)
    }

    async fn page_of_evidence(&self, after: &str) -> Result<Vec<AnyRow>> {
        let sql = "SELECT id, xml, xml_hash, xml_salt FROM submissions WHERE id > $1 AND purged_at IS NULL \
                   ORDER BY id LIMIT $2";
        sql::all(&mut *self.read().await?, sql, vals![after, AT_ONCE]).await
    }

    /// Those of a page whose XML is not what their hash says, or whose hash is not what the audit log says.
    async fn other_than_arrived(&self, page: &[AnyRow]) -> Result<Vec<SubmissionId>> {
        let mut now: BTreeMap<String, Option<String>> = BTreeMap::new();
        for row in page {
            let hash = row.parsed::<BlobHash>(2).ok();
            let is_whole = row.text(1).is_ok_and(|xml| Some(BlobHash::of(xml.as_bytes())) == hash);
            let salt = row.maybe_text(3)?;
            now.insert(row.text(0)?, hash.filter(|_| is_whole).map(|hash| told(salt.as_deref(), &hash)));
        }
        let sql = format!(
            "SELECT subject, detail FROM audit WHERE subject IN ({}) AND action IN ('submission.received', 'submission.edited')",
            list(1, now.len())
        );
        let entries = sql::all(&mut *self.read().await?, sql, now.keys().map(sql::Val::from).collect()).await?;
        let mut arrived: HashMap<String, String> = HashMap::new();
        for row in &entries {
            let detail: serde_json::Value = row.json(1)?;
            arrived.insert(row.text(0)?, detail["xml"].as_str().unwrap_or_default().to_owned());
        }
        let bad = now.into_iter().filter(|(id, told)| told.as_ref().is_none_or(|told| arrived.get(id) != Some(told)));
        bad.map(|(id, _)| id.parse().map_err(|_| StoreError::corrupt(format!("id `{id}`")))).collect()
    }

    /// Every version of every form, drafts included.
    pub async fn form_version_ids(&self) -> Result<Vec<FormVersionId>> {
        let rows = sql::all(&mut *self.read().await?, "SELECT id FROM form_versions ORDER BY id", vals![]).await?;
        rows.iter().map(|row| row.parsed(0)).collect()
    }

    /// The files that rows of evidence name: those of submissions, of forms, and of releases.
    pub async fn files_of_evidence(&self) -> Result<Vec<BlobHash>> {
        let sql = "SELECT hash FROM submission_files WHERE hash IS NOT NULL UNION SELECT hash FROM form_media \
                   UNION SELECT source_hash FROM form_versions WHERE source_hash IS NOT NULL \
                   UNION SELECT hash FROM segments UNION SELECT blob FROM releases \
                   UNION SELECT blob FROM agreements \
                   UNION SELECT blob FROM released_datasets \
                   UNION SELECT hash FROM configs WHERE hash IS NOT NULL";
        let rows = sql::all(&mut *self.read().await?, sql, vals![]).await?;
        rows.iter().map(|row| row.parsed(0)).collect()
    }

    /// Notes in the audit log that everything was read through, and what was found.
    pub async fn note_check(&self, found: serde_json::Value, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        write.note("evidence.checked", "instance", found);
        write.commit().await
    }

    /// What the database says of its own file.
    async fn verify_file(&self) -> Result<Vec<String>> {
        let Some(sql) = self.core.dialect.verify_file() else { return Ok(Vec::new()) };
        let rows = sql::all(&mut *self.read().await?, sql, vals![]).await?;
        let lines: Result<Vec<String>> = rows.iter().map(|row| row.text(0)).collect();
        Ok(lines?.into_iter().filter(|line| line != "ok").collect())
    }
}
