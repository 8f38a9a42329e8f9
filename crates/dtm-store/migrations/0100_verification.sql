-- What was heard of a round's places otherwise than by a form, and what officers decided between sources. Never changed but to
-- say who took it back. Of the decisions about a place the last that stands counts.
CREATE TABLE verification_entries (
    id TEXT NOT NULL PRIMARY KEY,
    round_id TEXT NOT NULL REFERENCES rounds (id),
    ssid TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    undone_by TEXT,
    undone_at BIGINT
);
CREATE INDEX verification_entries_round ON verification_entries (round_id, id);
