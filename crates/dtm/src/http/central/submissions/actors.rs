//! The people and phones behind names of the audit log, as clients read them.

use super::actor_number;
use crate::http::{App, Problem};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Looks each actor up once.
pub(crate) struct Actors<'a> {
    app: &'a App,
    known: HashMap<String, Value>,
}

impl<'a> Actors<'a> {
    pub(crate) fn new(app: &'a App) -> Self {
        Self { app, known: HashMap::new() }
    }

    /// The actor that the audit log keeps under this name.
    pub(crate) async fn json(&mut self, by: &str) -> Result<Value, Problem> {
        if let Some(known) = self.known.get(by) {
            return Ok(known.clone());
        }
        let (kind, id) = by.split_once(':').unwrap_or(("", by));
        let mut found = (by.to_owned(), None, None);
        match kind {
            "user" => {
                if let Ok(id) = id.parse()
                    && let Some(user) = self.app.store.user(&id).await?
                {
                    let name = if user.name.is_empty() { user.email } else { user.name };
                    found = (name, Some(user.created_at), None);
                }
            }
            "app-user" => {
                if let Ok(id) = id.parse()
                    && let Some(phone) = self.app.store.app_user(&id).await?
                {
                    found = (phone.name, Some(phone.created_at), phone.revoked_at);
                }
            }
            _ => {}
        }
        let kind = match kind {
            "app-user" => "field_key",
            "public-link" => "public_link",
            "user" => "user",
            _ => "system",
        };
        let json = json!({
            "id": actor_number(by), "type": kind, "displayName": found.0,
            "createdAt": found.1.map(|at| at.to_string()), "updatedAt": null,
            "deletedAt": found.2.map(|at| at.to_string()),
        });
        self.known.insert(by.to_owned(), json.clone());
        Ok(json)
    }
}
