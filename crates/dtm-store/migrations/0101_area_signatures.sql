-- Who signed for the figures of an area in a round. `fingerprint` is of the figures as they stood: where they change, the
-- signature no longer holds. Withdrawn with a reason, never removed.
CREATE TABLE area_signatures (
    id TEXT NOT NULL PRIMARY KEY,
    round_id TEXT NOT NULL REFERENCES rounds (id),
    area TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    n_places BIGINT NOT NULL,
    persons BIGINT NOT NULL,
    note TEXT NOT NULL,
    signed_by TEXT NOT NULL,
    signed_at BIGINT NOT NULL,
    withdrawn_by TEXT,
    withdrawn_at BIGINT,
    withdrawn_why TEXT
);
CREATE INDEX area_signatures_round ON area_signatures (round_id, area);
