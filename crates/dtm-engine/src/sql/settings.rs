//! What a client sets for its connection, and what it may ask about.
//!
//! Most of what clients set changes nothing here; it is kept and told again, so that they find what they left.

use super::errors::error;
use crate::catalog::VERSION;
use pgwire::error::PgWireResult;
use std::collections::BTreeMap;
use std::time::Duration;

/// Settings of one connection at most, and the longest value.
const MOST: usize = 100;
const LONGEST: usize = 1000;

/// What is told where nothing was set.
const DEFAULTS: [(&str, &str); 26] = [
    ("application_name", ""),
    ("array_nulls", "on"),
    ("bytea_output", "hex"),
    ("client_encoding", "UTF8"),
    ("client_min_messages", "notice"),
    ("datestyle", "ISO, YMD"),
    ("default_transaction_isolation", "read committed"),
    ("default_transaction_read_only", "on"),
    ("extra_float_digits", "1"),
    ("geqo", "on"),
    ("in_hot_standby", "off"),
    ("integer_datetimes", "on"),
    ("intervalstyle", "postgres"),
    ("is_superuser", "off"),
    ("lc_collate", "C"),
    ("lc_ctype", "C"),
    ("lc_monetary", "C"),
    ("max_identifier_length", "63"),
    ("max_index_keys", "32"),
    ("search_path", "public"),
    ("server_encoding", "UTF8"),
    ("server_version", VERSION),
    ("server_version_num", "160006"),
    ("standard_conforming_strings", "on"),
    ("timezone", "Etc/UTC"),
    ("transaction_read_only", "on"),
];

/// What one connection has set.
#[derive(Debug, Default)]
pub(super) struct Settings(BTreeMap<String, String>);

impl Settings {
    /// Sets something; what only an administrator of a database might set is kept like the rest, and does nothing.
    pub(super) fn set(&mut self, name: &str, value: &str) -> PgWireResult<()> {
        if name == "client_encoding"
            && !matches!(value.to_lowercase().as_str(), "utf8" | "utf-8" | "unicode" | "default")
        {
            return Err(error("0A000", "texts are sent in UTF8 only"));
        }
        if name.len() > LONGEST || value.len() > LONGEST || self.0.len() >= MOST && !self.0.contains_key(name) {
            return Err(error("53400", "too many settings, or too long ones"));
        }
        match value.to_lowercase().as_str() {
            "default" => self.0.remove(name),
            _ => self.0.insert(name.to_owned(), value.to_owned()),
        };
        Ok(())
    }

    /// What is set.
    pub(super) fn show(&self, name: &str) -> PgWireResult<String> {
        let name = match name {
            "time zone" => "timezone",
            "transaction isolation level" | "transaction_isolation" => "default_transaction_isolation",
            name => name,
        };
        let default = DEFAULTS.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let value = self.0.get(name).map(String::as_str).or(default);
        value
            .map(str::to_owned)
            .ok_or_else(|| error("42704", format!("unrecognized configuration parameter \"{name}\"")))
    }

    /// Schemas in which names are looked for.
    pub(super) fn search_path(&self) -> Vec<String> {
        let path = self.0.get("search_path").map_or("", String::as_str);
        path.split(',').map(|schema| schema.trim().trim_matches(['"', '\'']).to_owned()).collect()
    }

    /// How long a statement may take: what the client wants, but never more than is allowed.
    pub(super) fn patience(&self, most: Duration) -> Duration {
        let wanted = self.0.get("statement_timeout").and_then(|text| duration(text)).filter(|wanted| !wanted.is_zero());
        wanted.map_or(most, |wanted| wanted.min(most))
    }
}

/// `1500`, `1500ms`, `30s`, `2min`.
fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..at].parse().ok()?;
    Some(match text[at..].trim() {
        "" | "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "min" => Duration::from_secs(number.saturating_mul(60)),
        "h" => Duration::from_secs(number.saturating_mul(3600)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_can_be_more_patient_than_itself_but_not_than_the_server() {
        let most = Duration::from_secs(60);
        let patience = |text: &str| {
            let mut settings = Settings::default();
            settings.set("statement_timeout", text).unwrap();
            settings.patience(most).as_millis()
        };
        let told: Vec<u128> =
            ["1500", "2s", "1min", "24h", "0", "soon", "18446744073709551615min"].map(patience).to_vec();
        assert_eq!(told, [1500, 2000, 60_000, 60_000, 60_000, 60_000, 60_000]);
    }
}
