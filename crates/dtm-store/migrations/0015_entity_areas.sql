-- Where entities lie, and what of a list changed for whom.

-- `area_property` is the property that holds the p-code of an entity. `parts_since` is the change since which every part
-- of the list counts as changed; `values_ready` says that the values by which entities are found are all there.
ALTER TABLE entity_lists ADD COLUMN area_property TEXT;
ALTER TABLE entity_lists ADD COLUMN parts_since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE entity_lists ADD COLUMN values_ready BIGINT NOT NULL DEFAULT 0;

-- The area that an entity lies in, and each area around it. In the order of the list within each.
CREATE TABLE entity_areas (
    list BIGINT NOT NULL,
    area TEXT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (list, area, seq)
);

-- The last change of each part of a list that some get instead of the whole: the entities with a value (`kind` is `p:` and
-- the property), in an area (`area`), by who made them (`owner`).
CREATE TABLE entity_parts (
    list BIGINT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    changed BIGINT NOT NULL,
    PRIMARY KEY (list, kind, value)
);

CREATE INDEX entities_living ON entities (list, seq) WHERE deleted_at IS NULL;
CREATE INDEX entities_created ON entities (list, created_at);
CREATE INDEX entities_updated ON entities (list, updated_at) WHERE updated_at IS NOT NULL;

-- Values are kept in another way now, which sorts: the store fills the table anew when it opens.
DELETE FROM entity_values;
UPDATE entity_lists SET parts_since = changes;
