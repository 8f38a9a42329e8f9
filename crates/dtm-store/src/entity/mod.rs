//! Entity lists and their entities, each with every version it ever had.
//!
//! A list keeps the current state of its entities for pages and downloads, and beside it each version whole. Every
//! change of a list has a number, so that whoever knows one can ask for what came after it. Writers take turns at the
//! end of the audit chain, which is why a rule that looks before it writes cannot be overtaken.

mod arrive;
mod bring;
mod filter;
mod index;
mod list;
mod read;
mod search;
mod thread;
mod turn;
mod write;

pub use bring::BroughtVersion;
pub use filter::{Access, EntityColumn, EntityCondition, EntityFilter, EntityOrder, EntityPlace};
pub use read::{EntityDelta, EntityRow, EntityState, Mark};
pub use write::{EntityError, EntityPatch, EntityUpload, NewEntity};

pub(crate) use arrive::{Arrival, approved, arrived};
pub(crate) use list::published;

use dtm_model::{
    EntityConflict, EntityFeed, EntityId, EntityListId, EntityRefusal, FieldKind, FormVersionId, Instant, OperationId,
    RecordId, SubmissionId,
};
use std::collections::BTreeMap;

/// A list of entities, which phones and the REST API know by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityList {
    /// Its id.
    pub id: EntityListId,
    /// The number that stands for it where clients expect one.
    pub number: i64,
    /// The operation it belongs to.
    pub operation: OperationId,
    /// Its name.
    pub name: String,
    /// Whether submissions make entities only once they are approved.
    pub approval_required: bool,
    /// Whether phones see only the entities they made.
    pub owner_only: bool,
    /// When it was made.
    pub created_at: Instant,
    /// When it was deleted.
    pub deleted_at: Option<Instant>,
    /// When anything in it changed last.
    pub changed_at: Instant,
    /// The number of its last change.
    pub changes: i64,
    /// How many entities it has.
    pub n_entities: u64,
    /// How many of them clash.
    pub n_conflicts: u64,
    /// When an entity was added last.
    pub last_entity_at: Option<Instant>,
    /// The property that holds the p-code of an entity: by it, people who were given some areas see some entities.
    pub area_property: Option<String>,
    /// Whether it is made of the operation's places and follows them.
    pub follows_places: bool,
    /// Its properties, in the order they came.
    pub properties: Vec<EntityProperty>,
    /// Which entities a phone may have.
    pub filters: Vec<AccessFilter>,
}

impl EntityList {
    /// Whether entities come sorted by a property, or are found by it, without all of them being read.
    pub fn finds_by(&self, name: &str) -> bool {
        name == LABEL || self.property(name).is_some_and(|property| property.indexed || property.unique)
    }

    /// The property of this name.
    pub fn property(&self, name: &str) -> Option<&EntityProperty> {
        self.properties.iter().find(|property| property.name == name)
    }
}

/// A property of the entities of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityProperty {
    /// Its name.
    pub name: String,
    /// Its type. Values travel as text; by the type they are compared and found.
    pub kind: FieldKind,
    /// Whether no two entities may have the same value.
    pub unique: bool,
    /// Whether entities can be found by it.
    pub indexed: bool,
    /// When it was added.
    pub published_at: Instant,
}

/// A phone gets the entities whose property equals this property of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessFilter {
    /// The property of the list.
    pub property: String,
    /// The property of the app user or public link.
    pub actor_property: String,
}

/// A form version that feeds a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFeed {
    /// The version.
    pub form_version: FormVersionId,
    /// The id phones know the form by.
    pub xml_form_id: String,
    /// The form's name.
    pub form_name: String,
    /// Whether this is the form's published version.
    pub current: bool,
    /// What it feeds.
    pub feed: EntityFeed,
}

/// An entity as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntity {
    /// Its id.
    pub id: EntityId,
    /// Its place in the list.
    pub seq: i64,
    /// When it was made.
    pub created_at: Instant,
    /// Who made it.
    pub created_by: String,
    /// When it changed last, if it did.
    pub updated_at: Option<Instant>,
    /// When it was deleted.
    pub deleted_at: Option<Instant>,
    /// How it clashes, if it does.
    pub conflict: Option<EntityConflict>,
    /// Its current version.
    pub version: EntityVersion,
}

/// One version of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityVersion {
    /// Its number, from 1.
    pub number: u32,
    /// The label.
    pub label: String,
    /// Every value, by property.
    pub data: BTreeMap<String, String>,
    /// What was sent to make it; a label under `label`.
    pub received: BTreeMap<String, String>,
    /// When it was made.
    pub made_at: Instant,
    /// Who made it.
    pub made_by: String,
    /// The program it came with.
    pub user_agent: Option<String>,
    /// Where it came from.
    pub source: EntitySource,
    /// The version it changed.
    pub base_version: Option<u32>,
    /// The offline branch.
    pub branch: Option<EntityId>,
    /// The version the branch began at.
    pub trunk_version: Option<u32>,
    /// The phone's own number of what it changed.
    pub branch_base_version: Option<u32>,
    /// How it clashed.
    pub conflict: Option<EntityConflict>,
    /// The properties that clashed.
    pub conflicting: Vec<String>,
    /// When the clash was settled.
    pub resolved_at: Option<Instant>,
}

/// Where a version came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EntitySource {
    /// Somebody wrote it by the API or a page.
    #[default]
    Api,
    /// A file or a list, with what was said about it, as JSON.
    Upload(String),
    /// A submission.
    Submission {
        /// The submission.
        id: SubmissionId,
        /// Its record.
        record: RecordId,
    },
}

/// An entity block of a submission that could not be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityTrouble {
    /// The list it names.
    pub list: String,
    /// The entity it names, as sent.
    pub entity: String,
    /// The submission.
    pub submission: SubmissionId,
    /// Why.
    pub why: EntityRefusal,
    /// When.
    pub at: Instant,
}

/// The word under which a label stands among values.
const LABEL: &str = "label";

/// The text folded for searching: lower case, and the accents of Latin letters left out.
fn folded(text: &str) -> String {
    let plain = |c: char| match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ý' | 'ÿ' => 'y',
        '’' => '\'',
        other => other,
    };
    text.chars().flat_map(char::to_lowercase).map(plain).collect()
}
