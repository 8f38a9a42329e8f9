-- Movements of people between two rounds that somebody knows of. Never changed but to say who withdrew them.
CREATE TABLE movements (
    id TEXT NOT NULL PRIMARY KEY,
    round_id TEXT NOT NULL REFERENCES rounds (id),
    area TEXT NOT NULL,
    kind TEXT NOT NULL,
    persons BIGINT NOT NULL,
    margin BIGINT NOT NULL,
    source TEXT NOT NULL,
    written_by TEXT NOT NULL,
    written_at BIGINT NOT NULL,
    withdrawn_by TEXT,
    withdrawn_at BIGINT
);
CREATE INDEX movements_round ON movements (round_id, id);
