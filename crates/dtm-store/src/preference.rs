//! What a person's client remembers for them: columns, languages, folded sections. It says
//! nothing about displaced people, and there is a limit to it.

use crate::sql::{self, Columns, vals};
use crate::{Result, Stamp, Store};
use dtm_model::UserId;
use serde_json::json;

/// The most preferences of one person.
pub const MOST_PREFERENCES: i64 = 200;

/// Stands for the whole server where a project's number stands otherwise.
const WHOLE_SERVER: i64 = 0;

/// One thing remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preference {
    /// The number of the project it is about, none for the whole server.
    pub project: Option<i64>,
    /// Its name, as the client calls it.
    pub name: String,
    /// Its value, as JSON.
    pub value: String,
}

impl Store {
    /// Everything that is remembered for a person.
    pub async fn preferences(&self, user: &UserId) -> Result<Vec<Preference>> {
        let sql = "SELECT project, name, value FROM preferences WHERE user_id = $1 ORDER BY project, name";
        let rows = sql::all(&mut *self.read().await?, sql, vals![user]).await?;
        rows.iter()
            .map(|row| {
                let project = Some(row.int(0)?).filter(|project| *project != WHOLE_SERVER);
                Ok(Preference { project, name: row.text(1)?, value: row.text(2)? })
            })
            .collect()
    }

    /// Remembers something for a person; false where they have too many already.
    pub async fn set_preference(&self, user: &UserId, preference: &Preference, stamp: &Stamp) -> Result<bool> {
        let Preference { project, name, value } = preference;
        let project = project.unwrap_or(WHOLE_SERVER);
        let mut write = self.write(stamp).await?;
        let sql = "SELECT COUNT(*) FROM preferences WHERE user_id = $1 AND NOT (project = $2 AND name = $3)";
        let row = sql::one(write.conn(), sql, vals![user, project, name]).await?;
        if row.map(|row| row.int(0)).transpose()?.unwrap_or(0) >= MOST_PREFERENCES {
            return Ok(false);
        }
        let sql = "INSERT INTO preferences (user_id, project, name, value) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (user_id, project, name) DO UPDATE SET value = excluded.value";
        write.run(sql, vals![user, project, name, value]).await?;
        write.note("user.preference_set", user, json!({ "name": name }));
        write.commit().await?;
        Ok(true)
    }

    /// Forgets something; false where nothing of that name was remembered.
    pub async fn forget_preference(
        &self,
        user: &UserId,
        project: Option<i64>,
        name: &str,
        stamp: &Stamp,
    ) -> Result<bool> {
        let mut write = self.write(stamp).await?;
        let sql = "SELECT name FROM preferences WHERE user_id = $1 AND project = $2 AND name = $3";
        let project = project.unwrap_or(WHOLE_SERVER);
        if sql::one(write.conn(), sql, vals![user, project, name]).await?.is_none() {
            return Ok(false);
        }
        write
            .run(
                "DELETE FROM preferences WHERE user_id = $1 AND project = $2 AND name = $3",
                vals![user, project, name],
            )
            .await?;
        write.note("user.preference_forgotten", user, json!({ "name": name }));
        write.commit().await?;
        Ok(true)
    }
}
