//! What can go wrong in the store, by what a caller does about it.

use std::sync::Arc;

/// A result of the store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why the store could not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// What was named does not exist.
    #[error("{what} `{id}` does not exist")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// Its name.
        id: String,
    },
    /// It contradicts what is stored.
    #[error("conflict with what is stored: {what}")]
    Conflict {
        /// A stable word for the rule that was broken, such as `operation_slug` or `round_state`.
        what: &'static str,
    },
    /// A text holds the character NUL, which no database keeps alike.
    #[error("a text contains the character NUL")]
    NulInText,
    /// The disk, the quota or the bucket is full; nothing was stored.
    #[error("the storage is full")]
    Full(#[source] Source),
    /// The database or the bucket cannot be reached just now; the same request may succeed later.
    #[error("the storage is not available")]
    Unavailable(#[source] Source),
    /// What is stored is not what was written.
    #[error("what is stored is damaged: {what}")]
    Corrupt {
        /// What is damaged, such as the hash of a blob.
        what: String,
    },
    /// The address of the database or of the blobs is not understood.
    #[error("the storage cannot be opened: {why}")]
    Settings {
        /// What is wrong with it, without any password.
        why: String,
    },
    /// Anything else.
    #[error("the storage failed")]
    Other(#[source] Source),
}

/// The failure underneath.
pub(crate) type Source = Arc<dyn std::error::Error + Send + Sync>;

impl StoreError {
    pub(crate) fn not_found(what: &'static str, id: impl ToString) -> Self {
        Self::NotFound { what, id: id.to_string() }
    }

    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Other(Arc::new(error))
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full(Arc::new(error)),
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::Unavailable(Arc::new(error)),
            _ => Self::Other(Arc::new(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_under_the_blobs_is_full() {
        let full = StoreError::from(std::io::Error::from_raw_os_error(28));
        assert!(matches!(full, StoreError::Full(_)), "{full}");
    }
}
