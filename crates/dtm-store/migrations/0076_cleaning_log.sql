-- Entries of the cleaning log that were made together: a log that was brought, a decision about many records. `sheet` is
-- the log as it was read, while it is looked at; it goes when it is applied, dropped, or a record is purged.
CREATE TABLE correction_batches (
    id TEXT NOT NULL PRIMARY KEY,
    round_id TEXT NOT NULL REFERENCES rounds (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    sheet TEXT,
    n_entries BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    applied_at BIGINT,
    undone_at BIGINT
);
CREATE INDEX correction_batches_round ON correction_batches (round_id, id);

ALTER TABLE corrections ADD COLUMN batch_id TEXT;
CREATE INDEX corrections_batch ON corrections (batch_id, at, id) WHERE batch_id IS NOT NULL;

-- An entry that somebody brought about an answer that somebody else had changed meanwhile: both stand here until one
-- chooses, and after.
CREATE TABLE correction_disputes (
    id TEXT NOT NULL PRIMARY KEY,
    round_id TEXT NOT NULL REFERENCES rounds (id),
    record_id TEXT NOT NULL REFERENCES records (id) ON DELETE CASCADE,
    batch_id TEXT NOT NULL REFERENCES correction_batches (id),
    body TEXT NOT NULL,
    settled_at BIGINT,
    settled_by TEXT,
    taken BIGINT
);
CREATE INDEX correction_disputes_round ON correction_disputes (round_id, id);
CREATE INDEX correction_disputes_record ON correction_disputes (record_id);
