//! Who publishes the figures of an operation, and under which licence.

use crate::sql::{self, Columns as _, json as to_json, vals};
use crate::{Result, Stamp, Store};
use dtm_model::{OperationId, Publisher};
use serde_json::{Value, json};

impl Store {
    /// Sets who publishes an operation's figures, or goes back to the usual publisher.
    pub async fn set_publisher(
        &self,
        operation: &OperationId,
        publisher: Option<&Publisher>,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        match publisher {
            Some(publisher) => {
                let sql = "INSERT INTO publishers (operation_id, body) VALUES ($1,$2) \
                           ON CONFLICT (operation_id) DO UPDATE SET body = excluded.body";
                write.run(sql, vals![operation, to_json(publisher)?]).await?;
                write.note("publisher.set", operation, json!(publisher));
            }
            None => {
                if write.run("DELETE FROM publishers WHERE operation_id = $1", vals![operation]).await? > 0 {
                    write.note("publisher.unset", operation, Value::Null);
                }
            }
        }
        write.commit().await
    }

    /// Who publishes an operation's figures, where that was set.
    pub async fn publisher(&self, operation: &OperationId) -> Result<Option<Publisher>> {
        let sql = "SELECT body FROM publishers WHERE operation_id = $1";
        let row = sql::one(&mut *self.read().await?, sql, vals![operation]).await?;
        row.map(|row| Ok(serde_json::from_str(&row.text(0)?)?)).transpose()
    }
}
