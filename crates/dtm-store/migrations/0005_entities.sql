-- Entity lists, entities with every version they ever had, and what waits to be applied.

-- `changes` numbers every change of the list; whoever knows a number can ask for what came after it. `live_name` is the
-- name in lower case while the list is not deleted; `number` names the list in the large tables.
CREATE TABLE entity_lists (
    number BIGINT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    operation_id TEXT NOT NULL REFERENCES operations (id),
    name TEXT NOT NULL,
    live_name TEXT,
    approval_required BIGINT NOT NULL,
    owner_only BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT,
    changed_at BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    next_seq BIGINT NOT NULL,
    n_entities BIGINT NOT NULL,
    n_deleted BIGINT NOT NULL,
    n_conflicts BIGINT NOT NULL,
    last_entity_at BIGINT,
    CONSTRAINT entity_lists_id UNIQUE (id),
    CONSTRAINT entity_lists_name UNIQUE (operation_id, live_name)
);

CREATE TABLE entity_properties (
    list BIGINT NOT NULL REFERENCES entity_lists (number),
    seq BIGINT NOT NULL,
    name TEXT NOT NULL,
    folded TEXT NOT NULL,
    kind TEXT NOT NULL,
    is_unique BIGINT NOT NULL,
    indexed BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    PRIMARY KEY (list, name),
    CONSTRAINT entity_properties_name UNIQUE (list, folded)
);

-- Which form versions feed a list, and from which questions.
CREATE TABLE entity_feeds (
    list BIGINT NOT NULL REFERENCES entity_lists (number),
    form_version_id TEXT NOT NULL REFERENCES form_versions (id),
    body TEXT NOT NULL,
    PRIMARY KEY (list, form_version_id)
);
CREATE INDEX entity_feeds_version ON entity_feeds (form_version_id);

-- A phone gets the entities whose property has the value that its own property has.
CREATE TABLE entity_access_filters (
    list BIGINT NOT NULL REFERENCES entity_lists (number),
    property TEXT NOT NULL,
    actor_property TEXT NOT NULL,
    PRIMARY KEY (list, property)
);

CREATE TABLE actor_properties (
    operation_id TEXT NOT NULL REFERENCES operations (id),
    name TEXT NOT NULL,
    PRIMARY KEY (operation_id, name)
);

-- `actor` is an app user's or a public link's id.
CREATE TABLE actor_property_values (
    actor TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (actor, name)
);

CREATE TABLE entity_sources (
    id BIGINT NOT NULL PRIMARY KEY,
    list BIGINT NOT NULL REFERENCES entity_lists (number),
    detail TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    done_at BIGINT
);

-- The current state. `deleted_at` is 0 while a large upload is not complete yet.
CREATE TABLE entities (
    list BIGINT NOT NULL REFERENCES entity_lists (number),
    seq BIGINT NOT NULL,
    uuid TEXT NOT NULL,
    version BIGINT NOT NULL,
    label TEXT NOT NULL,
    data TEXT NOT NULL,
    conflict TEXT,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT,
    deleted_at BIGINT,
    changed BIGINT NOT NULL,
    PRIMARY KEY (list, uuid),
    CONSTRAINT entities_seq UNIQUE (list, seq)
);
CREATE INDEX entities_changed ON entities (list, changed, seq);
CREATE INDEX entities_creator ON entities (list, created_by, seq);
CREATE INDEX entities_deleted ON entities (list, deleted_at, seq) WHERE deleted_at IS NOT NULL;
CREATE INDEX entities_conflict ON entities (list, seq) WHERE conflict IS NOT NULL;

CREATE TABLE entity_versions (
    list BIGINT NOT NULL,
    uuid TEXT NOT NULL,
    version BIGINT NOT NULL,
    label TEXT NOT NULL,
    data TEXT NOT NULL,
    received TEXT,
    made_at BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    user_agent TEXT,
    source_id BIGINT,
    submission_id TEXT,
    record_id TEXT,
    base_version BIGINT,
    branch_id TEXT,
    trunk_version BIGINT,
    branch_base_version BIGINT,
    conflict TEXT,
    conflicting TEXT,
    forced BIGINT NOT NULL,
    resolved_at BIGINT,
    PRIMARY KEY (list, uuid, version),
    CONSTRAINT entity_versions_entity FOREIGN KEY (list, uuid) REFERENCES entities (list, uuid)
);
CREATE INDEX entity_versions_record ON entity_versions (record_id) WHERE record_id IS NOT NULL;
CREATE INDEX entity_versions_source ON entity_versions (source_id) WHERE source_id IS NOT NULL;

-- Values of living entities by which they are found, kept for properties that are marked so.
CREATE TABLE entity_values (
    list BIGINT NOT NULL,
    property TEXT NOT NULL,
    value TEXT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (list, property, seq)
);
CREATE INDEX entity_values_value ON entity_values (list, property, value, seq);

-- Words of the labels of entities, by which they are searched: seven bytes of a word as a number, so that both databases
-- order them alike.
CREATE TABLE entity_words (
    list BIGINT NOT NULL,
    word BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (list, word, seq)
);

-- Ids of entities that are gone for good: phones are told, and nothing new takes them.
CREATE TABLE entity_tombstones (
    list BIGINT NOT NULL REFERENCES entity_lists (number),
    uuid TEXT NOT NULL,
    changed BIGINT NOT NULL,
    purged_at BIGINT NOT NULL,
    PRIMARY KEY (list, uuid)
);
CREATE INDEX entity_tombstones_changed ON entity_tombstones (list, changed);

-- Offline updates that came before what they are based on, and changes that wait for their submission's approval.
CREATE TABLE entity_waiting (
    id BIGINT NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL,
    list BIGINT NOT NULL REFERENCES entity_lists (number),
    uuid TEXT NOT NULL,
    submission_id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    body TEXT NOT NULL,
    held_at BIGINT NOT NULL,
    held_by TEXT NOT NULL
);
CREATE INDEX entity_waiting_entity ON entity_waiting (list, uuid, reason);
CREATE INDEX entity_waiting_record ON entity_waiting (record_id);
CREATE INDEX entity_waiting_reason ON entity_waiting (reason, held_at);

-- Entity blocks of submissions that could not be followed.
CREATE TABLE entity_errors (
    id BIGINT NOT NULL PRIMARY KEY,
    operation_id TEXT NOT NULL REFERENCES operations (id),
    list_name TEXT NOT NULL,
    uuid TEXT NOT NULL,
    submission_id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    why TEXT NOT NULL,
    met_at BIGINT NOT NULL
);
CREATE INDEX entity_errors_list ON entity_errors (operation_id, list_name, id);
CREATE INDEX entity_errors_record ON entity_errors (record_id);

INSERT INTO counters (name, n) VALUES ('entity', 0);
