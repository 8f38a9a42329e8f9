//! The nouns of displacement tracking, shared by every stage.
//!
//! Nothing here reads a file, a clock or a database: these are the values that capture, process, protect and
//! publish hand to each other. `docs/glossary.md` defines each word.

mod access;
mod entity;
mod figure;
mod finding;
mod form;
mod id;
mod indicator;
mod movement;
mod observation;
mod operation;
mod place;
mod plan;
mod publisher;
mod record;
mod table;
mod text;
mod time;

pub use access::{Grant, Held, On, Role, Sees, Sight, Verb};
pub use entity::{
    EntityChange, EntityConflict, EntityFeed, EntityForm, EntityId, EntityRefusal, EntityWishes, ParseEntityIdError,
    RefusedEntity, SaveTo, area_depth, index_key, is_list_name, is_property_name, number_key,
};
pub use figure::{Figure, How};
pub use finding::{Change, Correction, Finding, Severity};
pub use form::{Choice, Field, FieldKind, FormSchema, OnArrival};
pub use id::{
    ApiKeyId, ApiTokenId, AppUserId, BatchId, BlobHash, BringRunId, CheckRunId, CorrectionId, DataRequestId, DisputeId,
    EntityListId, EventDecisionId, ExerciseId, FeedbackId, FindingId, FormId, FormKeyId, FormVersionId, GrantId,
    HookId, MappingId, MessageId, MovementId, OperationId, ParseIdError, PointNoteId, PublicLinkId, RecordId,
    ReleaseId, RoundId, SignatureId, SubmissionId, TeamId, TeamMessageId, UserId, VerificationEntryId,
};
pub use indicator::{Aggregation, Dictionary, Dissemination, Group, Indicator, Unit, ValueKind};
pub use movement::{Movement, MovementKind};
pub use observation::{Breakdown, Observation, Setting, Sex};
pub use operation::{AssessmentType, Exercise, Operation, Round, RoundLabel, RoundState, Tool};
pub use place::{Area, Atlas, Boundary, Pcode, Place, PlaceKind, Point, Ssid};
pub use plan::{Team, TeamMessage, Ticked, Unreached, Visit, WhyUnreached};
pub use publisher::Publisher;
pub use record::{Answer, Answers, Record, Source, Timing};
pub use table::{Cell, Dim, FigureTable, Measure, Need, TOTAL, TableRow};
pub use text::{Lang, Text};
pub use time::Instant;
