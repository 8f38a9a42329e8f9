//! The data dictionary, and the mappings that feed it.

use crate::sql::{self, Columns, json as to_json, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{Dictionary, ExerciseId, Indicator, Instant, MappingId};
use serde_json::json;
use sqlx::any::AnyRow;

/// A version of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMapping {
    /// Its id.
    pub id: MappingId,
    /// The exercise it belongs to.
    pub exercise: ExerciseId,
    /// The form or table it reads.
    pub form_key: String,
    /// Its version, from 1.
    pub version: u32,
    /// The mapping as written.
    pub text: String,
    /// Why it was made; empty where nobody said.
    pub reason: String,
    /// When this version was made.
    pub made_at: Instant,
    /// Who made it.
    pub made_by: String,
}

/// A version of a mapping that is to be.
#[derive(Clone, Copy, Debug)]
pub struct NewMapping<'a> {
    /// The exercise it belongs to.
    pub exercise: &'a ExerciseId,
    /// The form or table it reads.
    pub form_key: &'a str,
    /// The mapping as written.
    pub text: &'a str,
    /// Why.
    pub reason: &'a str,
    /// The version it was made from, 0 where there was none; none lets it follow whatever stands.
    pub after: Option<u32>,
}

const COLUMNS: &str = "id, exercise_id, form_key, version, text, reason, made_at, made_by";

fn read(row: &AnyRow) -> Result<StoredMapping> {
    Ok(StoredMapping {
        id: row.parsed(0)?,
        exercise: row.parsed(1)?,
        form_key: row.text(2)?,
        version: row.small(3)?,
        text: row.text(4)?,
        reason: row.text(5)?,
        made_at: row.instant(6)?,
        made_by: row.text(7)?,
    })
}

impl Store {
    /// Adds or replaces indicators.
    pub async fn put_indicators(&self, indicators: &[Indicator], stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let mut rows = Vec::with_capacity(indicators.len());
        for indicator in Dictionary::new(indicators.iter().cloned()).iter() {
            rows.push(vals![&indicator.code, to_json(indicator)?]);
        }
        let n = rows.len();
        let head = "INSERT INTO indicators (code, body)";
        sql::insert(write.conn(), head, "ON CONFLICT (code) DO UPDATE SET body = excluded.body", rows).await?;
        write.note("indicators.put", "dictionary", json!({ "indicators": n }));
        write.commit().await
    }

    /// Every indicator that was put.
    pub async fn dictionary(&self) -> Result<Dictionary> {
        let rows = sql::all(&mut *self.read().await?, "SELECT body FROM indicators", vals![]).await?;
        let indicators: Vec<Indicator> = rows.iter().map(|row| row.json(0)).collect::<Result<_>>()?;
        Ok(Dictionary::new(indicators))
    }

    /// Adds a version of a mapping and returns its number; the very text of the newest version adds none. Where somebody
    /// made another since the version it was made from, the conflict `mapping`.
    pub async fn add_mapping(&self, id: &MappingId, new: NewMapping<'_>, stamp: &Stamp) -> Result<u32> {
        let NewMapping { exercise, form_key, text, reason, after } = new;
        let mut write = self.write(stamp).await?;
        let sql = "SELECT version, text FROM mappings WHERE exercise_id = $1 AND form_key = $2 \
                   ORDER BY version DESC LIMIT 1";
        let row = sql::one(write.conn(), sql, vals![exercise, form_key]).await?;
        let last = row.map(|row| Ok::<_, StoreError>((row.small(0)?, row.text(1)?))).transpose()?;
        let (last, known) = last.unwrap_or_default();
        if last > 0 && known == text {
            return Ok(last);
        }
        if after.is_some_and(|after| after != last) {
            return Err(StoreError::Conflict { what: "mapping" });
        }
        let version = last + 1;
        let sql = "INSERT INTO mappings (id, exercise_id, form_key, version, text, reason, made_at, made_by) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7,$8)";
        write.run(sql, vals![id, exercise, form_key, version, text, reason, stamp.at, &stamp.by]).await?;
        let note = json!({ "exercise": exercise, "form": form_key, "version": version, "reason": reason });
        write.note("mapping.put", id, note);
        write.commit().await?;
        Ok(version)
    }

    /// Adds a version of a mapping, whatever stands, with nothing to say about it.
    pub async fn put_mapping(
        &self,
        id: &MappingId,
        exercise: &ExerciseId,
        form_key: &str,
        text: &str,
        stamp: &Stamp,
    ) -> Result<u32> {
        self.add_mapping(id, NewMapping { exercise, form_key, text, reason: "", after: None }, stamp).await
    }

    /// The newest version of the mapping of a form or table, and its number.
    pub async fn mapping(&self, exercise: &ExerciseId, form_key: &str) -> Result<Option<(u32, String)>> {
        let sql = "SELECT version, text FROM mappings WHERE exercise_id = $1 AND form_key = $2 \
                   ORDER BY version DESC LIMIT 1";
        let row = sql::one(&mut *self.read().await?, sql, vals![exercise, form_key]).await?;
        row.map(|row| Ok((row.small(0)?, row.text(1)?))).transpose()
    }

    /// The newest version of each mapping of an exercise.
    pub async fn mappings(&self, exercise: &ExerciseId) -> Result<Vec<StoredMapping>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM mappings m WHERE exercise_id = $1 AND version = (SELECT max(version) \
             FROM mappings n WHERE n.exercise_id = m.exercise_id AND n.form_key = m.form_key)"
        );
        let rows = sql::all(&mut *self.read().await?, sql, vals![exercise]).await?;
        sql::sorted(&rows, read, |mapping| &mapping.form_key)
    }

    /// The last versions of a mapping, the newest first.
    pub async fn mapping_versions(
        &self,
        exercise: &ExerciseId,
        form_key: &str,
        limit: u32,
    ) -> Result<Vec<StoredMapping>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM mappings WHERE exercise_id = $1 AND form_key = $2 ORDER BY version DESC LIMIT $3"
        );
        let rows = sql::all(&mut *self.read().await?, sql, vals![exercise, form_key, limit]).await?;
        rows.iter().map(read).collect()
    }

    /// One version of a mapping.
    pub async fn mapping_version(
        &self,
        exercise: &ExerciseId,
        form_key: &str,
        version: u32,
    ) -> Result<Option<StoredMapping>> {
        let sql = format!("SELECT {COLUMNS} FROM mappings WHERE exercise_id = $1 AND form_key = $2 AND version = $3");
        let row = sql::one(&mut *self.read().await?, sql, vals![exercise, form_key, version]).await?;
        row.as_ref().map(read).transpose()
    }
}
