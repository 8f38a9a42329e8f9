-- What the rules of a form said about the submission of a record, so that it need not be asked again until the submission,
-- its corrections or the form's files change.
CREATE TABLE examinations (
    record_id TEXT NOT NULL PRIMARY KEY REFERENCES records (id) ON DELETE CASCADE,
    round_id TEXT,
    looked_at TEXT NOT NULL,
    findings TEXT NOT NULL,
    examined_at BIGINT NOT NULL
);
CREATE INDEX examinations_round ON examinations (round_id, record_id);
