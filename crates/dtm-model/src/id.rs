//! Identifiers: UUIDv7 text made by us, and content hashes.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The text is not an identifier of this kind.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{text}` is not a valid {kind}")]
pub struct ParseIdError {
    /// What was expected, for example `round id`.
    pub kind: &'static str,
    /// What was given.
    pub text: String,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// Makes the id from the instant of creation and 80 random bits, so that ids sort by creation.
            pub fn new(at: crate::Instant, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(at.as_millis().max(0) as u64, &random).into_uuid())
            }

            /// The id that this number stands for.
            pub fn of_number(number: u128) -> Self {
                Self(uuid::Uuid::from_u128(number))
            }

            /// The id as a number; numbers sort as ids do.
            pub fn number(&self) -> u128 {
                self.0.as_u128()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                uuid::Uuid::parse_str(text).map(Self).map_err(|_| ParseIdError { kind: $kind, text: text.to_owned() })
            }
        }
    )*};
}

ids! {
    /// Names an operation.
    OperationId "operation id";
    /// Names an exercise.
    ExerciseId "exercise id";
    /// Names a round.
    RoundId "round id";
    /// Names a form, across its versions.
    FormId "form id";
    /// Names one version of a form.
    FormVersionId "form version id";
    /// Names a submission as the server knows it (the phone's own name is its instanceID).
    SubmissionId "submission id";
    /// Names a record.
    RecordId "record id";
    /// Names a finding.
    FindingId "finding id";
    /// Names a correction.
    CorrectionId "correction id";
    /// Names entries of the cleaning log that were made together.
    BatchId "batch id";
    /// Names what several people wanted of one answer.
    DisputeId "dispute id";
    /// Names a mapping.
    MappingId "mapping id";
    /// Names a release.
    ReleaseId "release id";
    /// Names a person who signs in.
    UserId "user id";
    /// Names a phone's access.
    AppUserId "app user id";
    /// Names a public link to a form.
    PublicLinkId "public link id";
    /// Names a key of the public API.
    ApiKeyId "API key id";
    /// Names an entity list.
    EntityListId "entity list id";
    /// Names a token with which a person's programs sign in.
    ApiTokenId "API token id";
    /// Names a run that brings a project over.
    BringRunId "import run id";
    /// Names a message to the outside.
    MessageId "message id";
    /// Names another system that is told what happens.
    HookId "hook id";
    /// Names a key of encrypted forms.
    FormKeyId "form key id";
    /// Names a field team.
    TeamId "team id";
    /// Names a message to a field team.
    TeamMessageId "team message id";
    /// Names a movement between two rounds.
    MovementId "movement id";
    /// Names one run of the checks over a round.
    CheckRunId "check run id";
    /// Names a note about a flow monitoring point.
    PointNoteId "note id";
    /// Names a decision about an emergency event.
    EventDecisionId "event decision id";
    /// Names a source that was added by hand, or a decision between sources.
    VerificationEntryId "verification entry id";
    /// Names a signature for the figures of an area.
    SignatureId "signature id";
    /// Names a request for data that are not public.
    DataRequestId "data request id";
    /// Names what a reader said of something published.
    FeedbackId "feedback id";
    /// Names a role given to somebody.
    GrantId "grant id";
}

/// The SHA-256 of a blob's content, which is also its address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlobHash(String);

impl BlobHash {
    /// Returns the address of this content.
    pub fn of(content: &[u8]) -> Self {
        use sha2::Digest;
        Self(hex::encode(sha2::Sha256::digest(content)))
    }

    /// Returns the 64 lower-case hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for BlobHash {
    type Err = ParseIdError;
    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let digits = text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        digits.then(|| Self(text.to_owned())).ok_or_else(|| ParseIdError { kind: "blob hash", text: text.to_owned() })
    }
}
