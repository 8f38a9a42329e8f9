//! What officers chose about checks: roles of questions, thresholds, their own rules, how rounds are verified. Every choice
//! is a version that stays.

use crate::sql::{self, Columns, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{ExerciseId, FormId, Instant, OperationId};
use serde_json::json;
use sqlx::any::AnyRow;

/// What a choice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckSetting<'a> {
    /// Which questions of a form say who asked, when, where.
    Roles(&'a FormId),
    /// From where on something is odd in an operation.
    Thresholds(&'a OperationId),
    /// The officers' own rules of a form.
    Rules(&'a FormId),
    /// How the rounds of an exercise are verified.
    Verification(&'a ExerciseId),
}

impl CheckSetting<'_> {
    fn kind(self) -> &'static str {
        match self {
            CheckSetting::Roles(_) => "roles",
            CheckSetting::Thresholds(_) => "thresholds",
            CheckSetting::Rules(_) => "rules",
            CheckSetting::Verification(_) => "verification",
        }
    }

    fn about(self) -> String {
        match self {
            CheckSetting::Roles(form) | CheckSetting::Rules(form) => form.to_string(),
            CheckSetting::Thresholds(operation) => operation.to_string(),
            CheckSetting::Verification(exercise) => exercise.to_string(),
        }
    }
}

/// One version of a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenSetting {
    /// Counts from 1.
    pub version: i64,
    /// What was chosen.
    pub body: String,
    /// Why.
    pub reason: String,
    /// Who chose it.
    pub made_by: String,
    /// When.
    pub made_at: Instant,
}

fn read(row: &AnyRow) -> Result<ChosenSetting> {
    Ok(ChosenSetting {
        version: row.int(0)?,
        body: row.text(1)?,
        reason: row.text(2)?,
        made_by: row.text(3)?,
        made_at: row.instant(4)?,
    })
}

impl Store {
    /// Chooses anew, where nobody has since version `after` (0 where there was none); else the conflict
    /// `check_setting`. Returns the new version.
    pub async fn choose_setting(
        &self,
        of: CheckSetting<'_>,
        after: i64,
        body: &str,
        reason: &str,
        stamp: &Stamp,
    ) -> Result<i64> {
        let (kind, about, version) = (of.kind(), of.about(), after + 1);
        let mut write = self.write(stamp).await?;
        let sql = "SELECT version FROM check_settings WHERE kind = $1 AND about = $2 ORDER BY version DESC LIMIT 1";
        let row = sql::one(write.conn(), sql, vals![kind, &about]).await?;
        if row.map(|row| row.int(0)).transpose()?.unwrap_or(0) != after {
            return Err(StoreError::Conflict { what: "check_setting" });
        }
        let sql = "INSERT INTO check_settings (kind, about, version, body, reason, made_by, made_at) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7)";
        write.run(sql, vals![kind, &about, version, body, reason, &stamp.by, stamp.at]).await?;
        let action = match of {
            CheckSetting::Roles(_) => "checks.roles_chosen",
            CheckSetting::Thresholds(_) => "checks.thresholds_chosen",
            CheckSetting::Rules(_) => "checks.rules_put",
            CheckSetting::Verification(_) => "checks.verification_chosen",
        };
        write.note(action, about, json!({ "version": version, "reason": reason }));
        write.commit().await?;
        Ok(version)
    }

    /// What stands; none where nobody chose anything.
    pub async fn setting(&self, of: CheckSetting<'_>) -> Result<Option<ChosenSetting>> {
        let sql = "SELECT version, body, reason, made_by, made_at FROM check_settings \
                   WHERE kind = $1 AND about = $2 ORDER BY version DESC LIMIT 1";
        let row = sql::one(&mut *self.read().await?, sql, vals![of.kind(), of.about()]).await?;
        row.as_ref().map(read).transpose()
    }

    /// One version of it.
    pub async fn setting_version(&self, of: CheckSetting<'_>, version: i64) -> Result<Option<ChosenSetting>> {
        let sql = "SELECT version, body, reason, made_by, made_at FROM check_settings \
                   WHERE kind = $1 AND about = $2 AND version = $3";
        let row = sql::one(&mut *self.read().await?, sql, vals![of.kind(), of.about(), version]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The last versions, the newest first.
    pub async fn setting_versions(&self, of: CheckSetting<'_>, limit: u32) -> Result<Vec<ChosenSetting>> {
        let sql = "SELECT version, body, reason, made_by, made_at FROM check_settings \
                   WHERE kind = $1 AND about = $2 ORDER BY version DESC LIMIT $3";
        let rows = sql::all(&mut *self.read().await?, sql, vals![of.kind(), of.about(), limit]).await?;
        rows.iter().map(read).collect()
    }
}
