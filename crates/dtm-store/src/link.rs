//! Public links: whoever has the address may fill one form.

use crate::sql::{self, Columns, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{FormId, Instant, PublicLinkId};
use serde_json::json;
use sqlx::any::AnyRow;

/// A public link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicLink {
    /// Its id.
    pub id: PublicLinkId,
    /// The form it leads to.
    pub form: FormId,
    /// What it is called in lists.
    pub name: String,
    /// Whether a browser sends one submission only.
    pub once: bool,
    /// The hash of its token.
    pub token_hash: String,
    /// The token, sealed; none where the server has no key of its own.
    pub token_sealed: Option<String>,
    /// When it was made.
    pub created_at: Instant,
    /// Who made it.
    pub created_by: String,
    /// When it ends by itself.
    pub expires_at: Option<Instant>,
    /// When it was withdrawn; none while it is good.
    pub revoked_at: Option<Instant>,
}

impl PublicLink {
    /// Whether the link is good at this moment.
    pub fn is_good(&self, now: Instant) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| now < at)
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, form_id, name, once, token_hash, token_sealed, created_at, created_by, expires_at, revoked_at ",
            "FROM public_links ",
            $rest
        )
    };
}

fn read(row: &AnyRow) -> Result<PublicLink> {
    Ok(PublicLink {
        id: row.parsed(0)?,
        form: row.parsed(1)?,
        name: row.text(2)?,
        once: row.flag(3)?,
        token_hash: row.text(4)?,
        token_sealed: row.maybe_text(5)?,
        created_at: row.instant(6)?,
        created_by: row.text(7)?,
        expires_at: row.maybe_instant(8)?,
        revoked_at: row.maybe_instant(9)?,
    })
}

impl Store {
    /// Adds a public link.
    pub async fn create_public_link(&self, link: &PublicLink, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO public_links (id, form_id, name, once, token_hash, token_sealed, created_at, created_by, \
                   expires_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)";
        let PublicLink { id, form, name, once, token_hash, token_sealed, created_at, created_by, expires_at, .. } =
            link;
        let vals = vals![id, form, name, *once, token_hash, token_sealed, *created_at, created_by, *expires_at];
        write.run(sql, vals).await?;
        write.note("public_link.created", id, json!({ "form": form, "once": once, "expires_at": expires_at }));
        write.commit().await
    }

    /// The link with this token, withdrawn ones included.
    pub async fn public_link_by_token(&self, token_hash: &str) -> Result<Option<PublicLink>> {
        let row = sql::one(&mut *self.read().await?, select!("WHERE token_hash = $1"), vals![token_hash]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The link with this id.
    pub async fn public_link(&self, id: &PublicLinkId) -> Result<Option<PublicLink>> {
        let row = sql::one(&mut *self.read().await?, select!("WHERE id = $1"), vals![id]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The links to a form, oldest first.
    pub async fn public_links(&self, form: &FormId) -> Result<Vec<PublicLink>> {
        let sql = select!("WHERE form_id = $1 ORDER BY id");
        let rows = sql::all(&mut *self.read().await?, sql, vals![form]).await?;
        rows.iter().map(read).collect()
    }

    /// Withdraws a link; a second time is a conflict.
    pub async fn revoke_public_link(&self, id: &PublicLinkId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE public_links SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
        if write.run(sql, vals![stamp.at, id]).await? == 0 {
            let known = sql::one(write.conn(), select!("WHERE id = $1"), vals![id]).await?;
            return Err(match known {
                Some(_) => StoreError::Conflict { what: "public_link_revoked" },
                None => StoreError::not_found("public link", id),
            });
        }
        write.note("public_link.revoked", id, json!({}));
        write.commit().await
    }
}
