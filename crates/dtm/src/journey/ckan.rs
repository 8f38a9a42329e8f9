//! Telling a CKAN server, such as HDX, of an operation's data: the entry is made where there is none of its name, else
//! brought up to date, its resources too, each found again by its address so that it keeps its id.
//!
//! CKAN's action API, version 3: `package_show`, `package_create`, `package_update`, with an API token.

use anyhow::{Context, Result, bail};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// There was no entry of this name.
    Created,
    /// There was one.
    Updated,
}

/// A server that is told, and the token that lets us.
pub(crate) struct Ckan {
    /// A client that reaches as far as it may.
    pub(crate) client: Client,
    /// The server's address without a slash at its end.
    pub(crate) server: String,
    /// The API token.
    pub(crate) token: String,
}

impl Ckan {
    /// Makes the entry or brings it up to date, and says its id there.
    pub(crate) async fn push(&self, mut package: Value) -> Result<(Pushed, String)> {
        let name = package["name"].as_str().unwrap_or_default().to_owned();
        let (action, pushed) = match self.call("package_show", &json!({ "id": name })).await? {
            None => ("package_create", Pushed::Created),
            Some(known) => {
                keep_ids(&mut package, &known);
                ("package_update", Pushed::Updated)
            }
        };
        let answer = self.call(action, &package).await?.with_context(|| format!("{action} found nothing"))?;
        Ok((pushed, answer["id"].as_str().unwrap_or(&name).to_owned()))
    }

    /// The result of an action; none where what it is about is not there.
    async fn call(&self, action: &str, body: &Value) -> Result<Option<Value>> {
        let url = format!("{}/api/3/action/{action}", self.server);
        let sent = self.client.post(&url).header("Authorization", &self.token).json(body).send().await;
        let answer = sent.with_context(|| format!("{} did not answer", self.server))?;
        let status = answer.status();
        if status == StatusCode::NOT_FOUND && action == "package_show" {
            return Ok(None);
        }
        let text = answer.text().await.with_context(|| format!("{action} was cut off"))?;
        let said: Value = serde_json::from_str(&text).unwrap_or_default();
        if status.is_success() && said["success"] == true {
            return Ok(Some(said["result"].clone()));
        }
        // CKAN says which field it does not like, and why.
        let why = if said["error"].is_null() { text.chars().take(300).collect() } else { said["error"].to_string() };
        bail!("{} refused {action} ({status}): {why}", self.server)
    }
}

/// The entry and its resources keep the ids they have there.
fn keep_ids(package: &mut Value, known: &Value) {
    package["id"] = known["id"].clone();
    for field in ["owner_org", "maintainer"] {
        if package[field].is_null() {
            package[field] = known[field].clone();
        }
    }
    let known = known["resources"].as_array().map_or(&[][..], Vec::as_slice);
    for resource in package["resources"].as_array_mut().into_iter().flatten() {
        if let Some(same) = known.iter().find(|one| one["url"] == resource["url"]) {
            resource["id"] = same["id"].clone();
        }
    }
}
