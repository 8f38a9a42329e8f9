-- Flow monitoring: what is to be watched, and what people noted about points.

CREATE TABLE flow_plans (
    operation_id TEXT NOT NULL PRIMARY KEY REFERENCES operations (id),
    body TEXT NOT NULL
);

-- `kind` says what the note is about: a shift that somebody watched, or the state of a point of entry.
CREATE TABLE point_notes (
    id TEXT NOT NULL PRIMARY KEY,
    operation_id TEXT NOT NULL REFERENCES operations (id),
    kind TEXT NOT NULL,
    noted_for TEXT NOT NULL,
    body TEXT NOT NULL,
    noted_by TEXT NOT NULL,
    noted_at BIGINT NOT NULL,
    removed_by TEXT,
    removed_at BIGINT
);
CREATE INDEX point_notes_day ON point_notes (operation_id, kind, noted_for);

-- The rules of needs of an operation, each upload a version.
CREATE TABLE severity_sheets (
    operation_id TEXT NOT NULL REFERENCES operations (id),
    version BIGINT NOT NULL,
    file_name TEXT NOT NULL,
    body TEXT NOT NULL,
    uploaded_by TEXT NOT NULL,
    uploaded_at BIGINT NOT NULL,
    CONSTRAINT severity_sheets_version PRIMARY KEY (operation_id, version)
);
