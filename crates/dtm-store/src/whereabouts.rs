//! Which area sealed records lie in, so that those who see some areas only need not look at all the others.
//!
//! What is known rests on the form's mapping, the places and the areas, of which the caller keeps a fingerprint. When they
//! change, everything is found out anew under a name of its own; of two such works only the one that began last counts.

use crate::sql::{self, Columns, Val, list, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{BlobHash, FormId, RecordId};
use serde_json::json;
use std::collections::BTreeMap;

/// How many ids one statement names at most.
const AT_ONCE: usize = 256;

impl Store {
    /// What the areas of a form's sealed records rest on; nothing where they were never found out.
    pub async fn areas_known_by(&self, form: &FormId) -> Result<Option<String>> {
        let row = sql::one(&mut *self.read().await?, "SELECT known_by FROM form_areas WHERE form_id = $1", vals![form])
            .await?;
        row.map(|row| row.text(0)).transpose()
    }

    /// Begins to find out the areas of a form's records anew; `work` names this attempt and no other.
    pub async fn begin_locating(&self, form: &FormId, work: &str, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO form_areas (form_id, known_by) VALUES ($1,$2) \
                   ON CONFLICT (form_id) DO UPDATE SET known_by = excluded.known_by";
        write.run(sql, vals![form, work]).await?;
        write.note("form.locating", form, json!({}));
        write.commit().await
    }

    /// Says where records of a segment lie (empty: nowhere). The conflict `locating_overtaken` says that a later work has
    /// begun.
    pub async fn locate(
        &self,
        form: &FormId,
        work: &str,
        segment: &BlobHash,
        areas: &[(RecordId, String)],
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "SELECT 1 FROM form_areas WHERE form_id = $1 AND known_by = $2";
        if sql::one(write.conn(), sql, vals![form, work]).await?.is_none() {
            return Err(StoreError::Conflict { what: "locating_overtaken" });
        }
        let mut alike: BTreeMap<&str, Vec<&RecordId>> = BTreeMap::new();
        for (record, area) in areas {
            alike.entry(area).or_default().push(record);
        }
        for (area, records) in alike {
            for ids in records.chunks(AT_ONCE) {
                let sql = format!("UPDATE records SET area = $1 WHERE segment = $2 AND id IN ({})", list(3, ids.len()));
                let mut vals = vals![area, segment];
                vals.extend(ids.iter().map(|id| Val::from(*id)));
                sql::run(write.conn(), sql, vals).await?;
            }
        }
        write.note("records.located", segment, json!({ "records": areas.len() }));
        write.commit().await
    }

    /// Ends a work: from now on the areas rest on this fingerprint.
    pub async fn end_locating(&self, form: &FormId, work: &str, known_by: &str, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE form_areas SET known_by = $1 WHERE form_id = $2 AND known_by = $3";
        if write.run(sql, vals![known_by, form, work]).await? == 0 {
            return Err(StoreError::Conflict { what: "locating_overtaken" });
        }
        write.note("form.located", form, json!({ "by": known_by }));
        write.commit().await
    }

    /// Whether anybody sees some areas only.
    pub async fn narrows_to_areas(&self) -> Result<bool> {
        let sql = "SELECT 1 FROM grants WHERE areas <> '[]' LIMIT 1";
        Ok(sql::one(&mut *self.read().await?, sql, vals![]).await?.is_some())
    }
}
