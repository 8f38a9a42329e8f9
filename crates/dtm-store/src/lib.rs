//! Keeps what was captured, what was decided and who did it: in SQLite or PostgreSQL, with binary content beside it
//! in a folder or a bucket.
//!
//! One set of SQL texts and migrations serves both databases; the few differences are in `dialect.rs`. Callers pass
//! identifiers and a [`Stamp`]: the store knows no clock and no chance. Every change of state writes an audit entry in
//! the same transaction, chained to the one before by its hash (jobs and counters of use are not state in this
//! sense). Submissions are committed in groups, and acknowledged only after the commit.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod area_version;
mod audit;
mod backup;
mod blob;
mod bring_run;
mod check_run;
mod check_setting;
mod cleaning_log;
mod config;
mod dialect;
mod entity;
mod error;
mod event;
mod evidence;
mod examination;
mod explanation;
mod export;
mod feedback;
mod finding;
mod form;
mod form_file;
mod form_key;
mod form_version;
mod grant;
mod hook;
mod indicator;
mod intake;
mod job;
mod key;
mod link;
mod movement;
mod open;
mod operation;
mod outbox;
mod people;
mod phone;
mod place;
mod place_version;
mod plan;
mod point;
mod preference;
mod project;
mod proof;
mod publisher;
mod purge;
mod record;
mod release;
mod released;
mod review;
mod severity;
mod sharing;
mod sql;
mod submission;
mod team_message;
mod token;
mod trace;
mod verification;
mod whereabouts;

pub use area_version::{AreaVersion, AreasChanged};
pub use audit::{AuditEntry, AuditFilter, ChainCheck};
pub use backup::{Cell, Restoring, Snapshot, TableShape};
pub use blob::Blobs;
pub use bring_run::{BringRun, BringState};
pub use check_run::{CheckRun, Replaced};
pub use check_setting::{CheckSetting, ChosenSetting};
pub use cleaning_log::{Batch, BatchKind, Dispute, Entering};
pub use config::{Config, ConfigContent};
pub use entity::{
    Access, AccessFilter, BroughtVersion, EntityColumn, EntityCondition, EntityDelta, EntityError, EntityFilter,
    EntityList, EntityOrder, EntityPatch, EntityPlace, EntityProperty, EntityRow, EntitySource, EntityState,
    EntityTrouble, EntityUpload, EntityVersion, Mark, NewEntity, StoredEntity, StoredFeed,
};
pub use error::{Result, StoreError};
pub use event::{EventDecision, NewAlert, StoredAlert, StoredEvent};
pub use evidence::EvidenceCheck;
pub use examination::Examination;
pub use explanation::Explanation;
pub use export::{Column, Condition, ExportSource, Lying, LyingSegment, Trash, Unsettled};
pub use feedback::{Feedback, FeedbackAnswer, FeedbackKind};
pub use finding::{FindingCount, FindingKind, FindingsTogether, StoredFinding, WantedFindings};
pub use form::{Form, FormActivity, FormState, Schedule};
pub use form_file::{FormFile, FormMedia};
pub use form_key::{FormKey, KeyUse};
pub use form_version::{Draft, FormHead, FormVersion, PublishedForm, VersionHead};
pub use grant::FormsToFill;
pub use hook::Hook;
pub use indicator::{NewMapping, StoredMapping};
pub use intake::{NewSubmission, Receipt, SubmissionFile};
pub use job::{Job, JobState, StoredJob};
pub use key::{ApiKey, Product};
pub use link::PublicLink;
pub use open::{Stamp, Store};
pub use outbox::{Message, MessageKind, NewMessage, OutboxCounts, Posted};
pub use people::{Session, User};
pub use phone::AppUser;
pub use place_version::{PlaceVersion, PlacesChanged};
pub use point::{NoteKind, PointNote};
pub use preference::{MOST_PREFERENCES, Preference};
pub use project::{Project, ProjectCounts};
pub use proof::{PendingSignIn, Totp};
pub use record::{ORDERED, PageFrom, SealedRecord, Sealing, Segment, Span, StoredRecord};
pub use release::ReleaseRow;
pub use released::ReleasedDataset;
pub use review::{Comment, LONGEST_COMMENT, Near, ReviewState, Reviewed, Submission, Wanted};
pub use severity::StoredSheet;
pub use sharing::{Agreement, DataRequest, RequestState, Requester, Wish};
pub use submission::{ExpectedFile, FileCounts, StoredSubmission, SubmissionFilter, SubmissionHead};
pub use team_message::Sender;
pub use token::ApiToken;
pub use trace::{Trace, Untraced};
pub use verification::{NewSignature, Signature, VerificationEntry, VerificationKind};
