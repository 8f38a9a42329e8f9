//! The stored form of a release: one line that names the format and seals the content, then the content as JSON.
//!
//! The seal is the SHA-256 of the content. It shows that what is read is what was written; who wrote it is for the
//! audit log to say.

use crate::Policy;
use crate::records::ReleasedRecords;
use crate::release::{Heading, Hiding, Release, ReleasedPlace, ReleasedTable};
use dtm_model::{BlobHash, Dissemination, Instant, ReleaseId, Text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const FORMAT: &str = "dtm release";
const VERSION: u32 = 1;

/// Why stored bytes are not a release.
#[derive(Debug, thiserror::Error)]
pub enum ReopenError {
    /// It is something else.
    #[error("not a stored release")]
    NotARelease,
    /// It was written by a later program.
    #[error("stored release has format {found}, this program reads format {VERSION}")]
    Format {
        /// The format found.
        found: u32,
    },
    /// It changed after it was written.
    #[error("stored release is damaged: content is {found}, sealed as {sealed}")]
    Seal {
        /// The hash of the content.
        found: String,
        /// The hash it was sealed with.
        sealed: String,
    },
    /// It is sealed and well but not of the shape a release has.
    #[error("stored release cannot be read")]
    Content(#[source] serde_json::Error),
}

#[derive(Serialize, Deserialize)]
struct Cover {
    format: String,
    version: u32,
    sha256: String,
}

/// The fields of a release, readable in this module only: nobody else turns text into a release.
#[derive(Deserialize)]
struct Content {
    id: ReleaseId,
    heading: Heading,
    version: u32,
    reason: Text,
    policy: Policy,
    classes: BTreeMap<String, Dissemination>,
    made_at: Instant,
    tables: Vec<ReleasedTable>,
    places: Vec<ReleasedPlace>,
    hidden: Vec<Hiding>,
    #[serde(default)]
    records: Option<ReleasedRecords>,
}

impl Release {
    /// The stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let content = serde_json::to_vec(self).expect("a release is made of strings, numbers and lists");
        let sha256 = BlobHash::of(&content).to_string();
        let cover = Cover { format: FORMAT.to_owned(), version: VERSION, sha256 };
        let mut bytes = serde_json::to_vec(&cover).expect("the cover is made of strings and a number");
        bytes.push(b'\n');
        bytes.extend(content);
        bytes
    }

    /// Reads the stored form back, if it is whole.
    pub fn reopen(bytes: &[u8]) -> Result<Release, ReopenError> {
        let end = bytes.iter().position(|byte| *byte == b'\n').ok_or(ReopenError::NotARelease)?;
        let (cover, content) = (&bytes[..end], &bytes[end + 1..]);
        let cover: Cover = serde_json::from_slice(cover).map_err(|_| ReopenError::NotARelease)?;
        if cover.format != FORMAT {
            return Err(ReopenError::NotARelease);
        }
        if cover.version != VERSION {
            return Err(ReopenError::Format { found: cover.version });
        }
        let found = BlobHash::of(content).to_string();
        if found != cover.sha256 {
            return Err(ReopenError::Seal { found, sealed: cover.sha256 });
        }
        let Content { id, heading, version, reason, policy, classes, made_at, tables, places, hidden, records } =
            serde_json::from_slice(content).map_err(ReopenError::Content)?;
        Ok(Release { id, heading, version, reason, policy, classes, made_at, tables, places, hidden, records })
    }
}
