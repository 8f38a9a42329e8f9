//! Where SQLite and PostgreSQL differ: how a transaction takes its turn, and how each names what went wrong.

use crate::StoreError;
use sqlx::error::ErrorKind;
use std::sync::Arc;

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// The statements with which a connection tries whether it can write.
pub(crate) struct Trial {
    pub(crate) before: &'static str,
    pub(crate) begin: &'static str,
    pub(crate) write: &'static str,
    pub(crate) end: &'static str,
    pub(crate) after: &'static str,
}

impl Dialect {
    /// The database an address names.
    pub(crate) fn of(url: &str) -> Option<Dialect> {
        match url.split(':').next() {
            Some("sqlite") => Some(Dialect::Sqlite),
            Some("postgres" | "postgresql") => Some(Dialect::Postgres),
            _ => None,
        }
    }

    /// Opens a transaction that will write. SQLite takes its only write lock at once, for a later upgrade can fail.
    pub(crate) fn begin(self) -> &'static str {
        match self {
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            Dialect::Postgres => "BEGIN",
        }
    }

    /// Opens a transaction that sees the database as it is at its first read, and only reads.
    pub(crate) fn begin_snapshot(self) -> &'static str {
        match self {
            Dialect::Sqlite => "BEGIN",
            Dialect::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        }
    }

    /// What a transaction that takes its time is told first.
    pub(crate) fn long_session(self) -> &'static [&'static str] {
        match self {
            Dialect::Sqlite => &[],
            Dialect::Postgres => &["SET LOCAL idle_in_transaction_session_timeout = 0"],
        }
    }

    /// Every column of every table of ours: table, column, type.
    pub(crate) fn columns(self) -> &'static str {
        match self {
            Dialect::Sqlite => {
                "SELECT m.name, p.name, p.type FROM sqlite_master m JOIN pragma_table_info(m.name) p \
                 WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name <> '_sqlx_migrations' ORDER BY m.name, p.cid"
            }
            Dialect::Postgres => {
                "SELECT CAST(c.table_name AS TEXT), CAST(c.column_name AS TEXT), CAST(c.data_type AS TEXT) \
                 FROM information_schema.columns c JOIN information_schema.tables t \
                 ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE' \
                 WHERE c.table_schema = current_schema() AND c.table_name <> '_sqlx_migrations' \
                 ORDER BY c.table_name, c.ordinal_position"
            }
        }
    }

    /// Which table refers to which.
    pub(crate) fn references(self) -> &'static str {
        match self {
            Dialect::Sqlite => {
                "SELECT m.name, f.\"table\" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'"
            }
            Dialect::Postgres => {
                "SELECT CAST(a.relname AS TEXT), CAST(b.relname AS TEXT) FROM pg_constraint k \
                 JOIN pg_class a ON a.oid = k.conrelid JOIN pg_class b ON b.oid = k.confrelid \
                 WHERE k.contype = 'f' AND a.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
            }
        }
    }

    /// Asks the database about the state of its own file, where it can say.
    pub(crate) fn verify_file(self) -> Option<&'static str> {
        match self {
            Dialect::Sqlite => Some("PRAGMA quick_check(20)"),
            // Its checksums of pages are checked whenever a page is read.
            Dialect::Postgres => None,
        }
    }

    /// Reads the end of the audit chain and keeps other writers from it until the transaction ends.
    pub(crate) fn take_audit_head(self) -> &'static str {
        match self {
            Dialect::Sqlite => "SELECT seq, hash FROM audit_head WHERE one = 1",
            Dialect::Postgres => "SELECT seq, hash FROM audit_head WHERE one = 1 FOR UPDATE",
        }
    }

    /// Finds the next due job that nobody else is taking; `$1` is now.
    pub(crate) fn next_job(self) -> &'static str {
        match self {
            Dialect::Sqlite => {
                "SELECT id FROM jobs WHERE (state = 'waiting' AND run_at <= $1) OR (state = 'running' AND lease_until <= $1) \
                 ORDER BY run_at, id LIMIT 1"
            }
            Dialect::Postgres => {
                "SELECT id FROM jobs WHERE (state = 'waiting' AND run_at <= $1) OR (state = 'running' AND lease_until <= $1) \
                 ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED"
            }
        }
    }

    /// What every new connection is told first.
    pub(crate) fn session(self) -> &'static [&'static str] {
        match self {
            // The page cache is per connection (kibibytes when negative); the limit gives a burst's journal back to the disk.
            Dialect::Sqlite => &[
                "PRAGMA busy_timeout = 15000",
                "PRAGMA journal_mode = WAL",
                "PRAGMA synchronous = FULL",
                "PRAGMA foreign_keys = ON",
                "PRAGMA cache_size = -4000",
                "PRAGMA journal_size_limit = 67108864",
            ],
            // Whatever the server's defaults: a commit is on disk, and a statement sees what others committed before it.
            Dialect::Postgres => &[
                "SET client_min_messages = warning",
                "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
                // A server that hangs while it writes must not hold up the others for good.
                "SET lock_timeout = '20s'",
                "SET idle_in_transaction_session_timeout = '60s'",
                "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED",
            ],
        }
    }

    /// How a new connection tries whether it can write, where one that cannot looks like any other: to be told before,
    /// what it tries within a transaction that is rolled back, to be told after. SQLite opens a file read-only when it
    /// fails to open it for writing (no file handle left, a disk that fails for a moment), and such a connection would
    /// stay in the pool and refuse whatever comes its way.
    pub(crate) fn tries_to_write(self) -> Option<Trial> {
        match self {
            Dialect::Sqlite => Some(Trial {
                // Not to wait for another writer: that it got as far as the lock shows that it may write.
                before: "PRAGMA busy_timeout = 0",
                // The log and its index are found out at once; but where the file itself is read-only this begins a
                // transaction that only reads, and says nothing: it takes a statement that writes.
                begin: "BEGIN IMMEDIATE",
                write: "PRAGMA user_version = 0",
                end: "ROLLBACK",
                after: "PRAGMA busy_timeout = 15000",
            }),
            Dialect::Postgres => None,
        }
    }

    /// Reads how the database keeps text; what comes back must be `UTF8`.
    pub(crate) fn encoding(self) -> &'static str {
        match self {
            // SQLite's texts are Unicode in any of its encodings.
            Dialect::Sqlite => "SELECT 'UTF8'",
            Dialect::Postgres => "SELECT current_setting('server_encoding')",
        }
    }
}

/// Unique rules: the constraint's name in PostgreSQL, the columns SQLite names, and the word callers know.
const UNIQUE: &[(&str, &str, &str)] = &[
    ("users_email", "users.email", "user_email"),
    ("grants_once", "grants.actor_id, grants.role, grants.place", "grant"),
    ("api_tokens_hash", "api_tokens.token_hash", "api_token"),
    ("app_users_token", "app_users.token_hash", "app_user_token"),
    ("api_keys_hash", "api_keys.key_hash", "api_key"),
    ("operations_project", "operations.project", "operation_project"),
    ("operations_slug", "operations.slug", "operation_slug"),
    ("teams_name", "teams.operation_id, teams.name", "team_name"),
    ("exercises_slug", "exercises.operation_id, exercises.slug", "exercise_slug"),
    ("rounds_label", "rounds.exercise_id, rounds.label", "round_label"),
    ("mappings_version", "mappings.exercise_id, mappings.form_key, mappings.version", "mapping"),
    ("forms_xml_form_id", "forms.operation_id, forms.xml_form_id", "form_id"),
    ("form_versions_version", "form_versions.form_id, form_versions.version", "form_version"),
    ("form_versions_token", "form_versions.token_hash", "draft_token"),
    ("public_links_token", "public_links.token_hash", "public_link_token"),
    ("submissions_instance", "submissions.form_id, submissions.draft, submissions.instance_id", "submission_instance"),
    (
        "records_source_row",
        "records.round_id, records.source_file, records.source_sheet, records.source_row",
        "record_source_row",
    ),
    ("findings_body", "findings.round_id, findings.body_hash", "finding"),
    ("check_settings_version", "check_settings.kind, check_settings.about, check_settings.version", "check_setting"),
    ("round_data_pkey", "round_data.round_id, round_data.kind, round_data.version", "round_data_version"),
    ("entity_lists_name", "entity_lists.operation_id, entity_lists.live_name", "entity_list_name"),
    ("entity_properties_name", "entity_properties.list, entity_properties.folded", "entity_property_name"),
    ("releases_version", "releases.round_id, releases.version, releases.audience", "release_version"),
];

/// What a database said, reduced to what tells failures apart.
struct Complaint<'a> {
    code: &'a str,
    constraint: Option<&'a str>,
    message: &'a str,
}

enum Class {
    Full,
    Unavailable,
    Corrupt,
    Unique(&'static str),
    Reference,
    Other,
}

fn classify(complaint: &Complaint<'_>, kind: &ErrorKind) -> Class {
    match kind {
        ErrorKind::UniqueViolation => return Class::Unique(unique_word(complaint)),
        ErrorKind::ForeignKeyViolation => return Class::Reference,
        _ => {}
    }
    let Complaint { code, .. } = complaint;
    // SQLite gives decimal result codes (the low byte is the primary one), PostgreSQL five-character states.
    if code.len() == 5 {
        return match *code {
            "53100" => Class::Full,
            "XX001" | "XX002" => Class::Corrupt,
            // Lost connections, exhausted resources, deadlocks and serialisation, shutdown; then read-only, too slow, locked.
            state if ["08", "53", "40", "57"].contains(&&state[..2]) => Class::Unavailable,
            "25006" | "25P03" | "55P03" => Class::Unavailable,
            _ => Class::Other,
        };
    }
    let Ok(code) = code.parse::<u32>() else { return Class::Other };
    const SHARED_MEMORY_CANNOT_GROW: u32 = 4874;
    match (code & 0xff, code) {
        (13, _) | (_, SHARED_MEMORY_CANNOT_GROW) => Class::Full,
        (5 | 6 | 8 | 10 | 14, _) => Class::Unavailable, // busy, locked, read-only, the disk fails, cannot open
        (11 | 26, _) => Class::Corrupt,
        _ => Class::Other,
    }
}

fn unique_word(complaint: &Complaint<'_>) -> &'static str {
    let columns = complaint.message.split("UNIQUE constraint failed: ").nth(1).map(str::trim_end);
    let known = UNIQUE.iter().find(|(name, sqlite, _)| match complaint.constraint {
        Some(constraint) => constraint == *name,
        None => columns == Some(sqlite),
    });
    known.map_or("already_stored", |(_, _, word)| word)
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::Database(database) = &error {
            let code = database.code().unwrap_or_default();
            let complaint = Complaint { code: &code, constraint: database.constraint(), message: database.message() };
            return match classify(&complaint, &database.kind()) {
                Class::Full => StoreError::Full(Arc::new(error)),
                Class::Unavailable => StoreError::Unavailable(Arc::new(error)),
                Class::Corrupt => StoreError::corrupt(database.message()),
                Class::Unique(what) => StoreError::Conflict { what },
                Class::Reference => StoreError::Conflict { what: "reference" },
                Class::Other => StoreError::Other(Arc::new(error)),
            };
        }
        match error {
            sqlx::Error::Io(io) => match StoreError::from(io) {
                full @ StoreError::Full(_) => full,
                StoreError::Other(source) | StoreError::Unavailable(source) => StoreError::Unavailable(source),
                other => other,
            },
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Tls(_) => {
                StoreError::Unavailable(Arc::new(error))
            }
            sqlx::Error::ColumnDecode { ref index, .. } => StoreError::corrupt(format!("column {index}")),
            error => StoreError::Other(Arc::new(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(code: &str, constraint: Option<&str>, message: &str, kind: ErrorKind) -> &'static str {
        match classify(&Complaint { code, constraint, message }, &kind) {
            Class::Full => "full",
            Class::Unavailable => "unavailable",
            Class::Corrupt => "corrupt",
            Class::Unique(word) => word,
            Class::Reference => "reference",
            Class::Other => "other",
        }
    }

    #[test]
    fn a_full_disk_is_told_apart_from_a_busy_or_damaged_database() {
        let other = |code| class(code, None, "", ErrorKind::Other);
        for (code, expected) in [
            ("13", "full"),
            ("53100", "full"),
            ("4874", "full"),
            ("5", "unavailable"),
            ("517", "unavailable"),
            ("8", "unavailable"),
            ("1034", "unavailable"),
            ("57P01", "unavailable"),
            ("53300", "unavailable"),
            ("40P01", "unavailable"),
            ("08006", "unavailable"),
            ("55P03", "unavailable"),
            ("11", "corrupt"),
            ("26", "corrupt"),
            ("XX001", "corrupt"),
            ("1", "other"),
            ("42601", "other"),
            ("", "other"),
        ] {
            assert_eq!(other(code), expected, "{code}");
        }
    }

    #[test]
    fn both_databases_name_a_broken_rule_alike() {
        for (name, columns, word) in UNIQUE {
            let message = format!("UNIQUE constraint failed: {columns}");
            assert_eq!(class("2067", None, &message, ErrorKind::UniqueViolation), *word);
            assert_eq!(class("23505", Some(name), "duplicate key", ErrorKind::UniqueViolation), *word);
        }
    }
}
