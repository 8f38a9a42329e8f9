-- One text for SQLite and PostgreSQL: identifiers and JSON are TEXT, instants BIGINT milliseconds UTC, days ISO 8601.

CREATE TABLE instance (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL
);

CREATE TABLE audit (
    seq BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE INDEX audit_subject ON audit (subject, seq);

-- The end of the chain. Every writer takes this row first, so entries follow each other without gaps.
CREATE TABLE audit_head (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (one, seq, hash) VALUES (1, 0, '');

CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    n BIGINT NOT NULL
);
INSERT INTO counters (name, n) VALUES ('job', 0);

-- People, phones and keys.

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT users_email UNIQUE (email)
);

CREATE TABLE sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    opened_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE operations (
    id TEXT NOT NULL PRIMARY KEY,
    project BIGINT NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    admin0 TEXT NOT NULL,
    iso3 TEXT NOT NULL,
    country TEXT NOT NULL,
    active BIGINT NOT NULL,
    CONSTRAINT operations_project UNIQUE (project),
    CONSTRAINT operations_slug UNIQUE (slug)
);

CREATE TABLE app_users (
    id TEXT NOT NULL PRIMARY KEY,
    operation_id TEXT NOT NULL REFERENCES operations (id),
    name TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    CONSTRAINT app_users_token UNIQUE (token_hash)
);
CREATE INDEX app_users_operation ON app_users (operation_id);

CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    product TEXT NOT NULL,
    key_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    CONSTRAINT api_keys_hash UNIQUE (key_hash)
);

CREATE TABLE api_key_uses (
    key_id TEXT NOT NULL REFERENCES api_keys (id),
    day TEXT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (key_id, day)
);

-- Exercises, rounds and where they look.

CREATE TABLE exercises (
    id TEXT NOT NULL PRIMARY KEY,
    operation_id TEXT NOT NULL REFERENCES operations (id),
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    tool TEXT NOT NULL,
    assessment TEXT NOT NULL,
    carry_rounds BIGINT NOT NULL,
    CONSTRAINT exercises_slug UNIQUE (operation_id, slug)
);

CREATE TABLE rounds (
    id TEXT NOT NULL PRIMARY KEY,
    exercise_id TEXT NOT NULL REFERENCES exercises (id),
    label TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    reported_on TEXT NOT NULL,
    scope TEXT NOT NULL,
    state TEXT NOT NULL,
    CONSTRAINT rounds_label UNIQUE (exercise_id, label)
);

CREATE TABLE areas (
    admin0 TEXT NOT NULL,
    pcode TEXT NOT NULL,
    level BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (admin0, pcode)
);

CREATE TABLE boundaries (
    admin0 TEXT NOT NULL,
    pcode TEXT NOT NULL,
    geojson TEXT NOT NULL,
    PRIMARY KEY (admin0, pcode)
);

CREATE TABLE places (
    operation_id TEXT NOT NULL REFERENCES operations (id),
    ssid TEXT NOT NULL,
    area TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (operation_id, ssid)
);
CREATE INDEX places_area ON places (operation_id, area);

CREATE TABLE indicators (
    code TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
);

CREATE TABLE mappings (
    id TEXT NOT NULL PRIMARY KEY,
    exercise_id TEXT NOT NULL REFERENCES exercises (id),
    form_key TEXT NOT NULL,
    version BIGINT NOT NULL,
    text TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    CONSTRAINT mappings_version UNIQUE (exercise_id, form_key, version)
);

-- Forms.

CREATE TABLE forms (
    id TEXT NOT NULL PRIMARY KEY,
    operation_id TEXT NOT NULL REFERENCES operations (id),
    exercise_id TEXT NOT NULL REFERENCES exercises (id),
    xml_form_id TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT forms_xml_form_id UNIQUE (operation_id, xml_form_id)
);
CREATE INDEX forms_exercise ON forms (exercise_id);

CREATE TABLE form_versions (
    id TEXT NOT NULL PRIMARY KEY,
    form_id TEXT NOT NULL REFERENCES forms (id),
    version TEXT NOT NULL,
    xform TEXT NOT NULL,
    xform_hash TEXT NOT NULL,
    source_hash TEXT,
    source_name TEXT,
    form_schema TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    published_at BIGINT,
    CONSTRAINT form_versions_version UNIQUE (form_id, version)
);
CREATE INDEX form_versions_published ON form_versions (form_id, published_at);

CREATE TABLE form_media (
    form_version_id TEXT NOT NULL REFERENCES form_versions (id),
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    size BIGINT NOT NULL,
    content_type TEXT NOT NULL,
    PRIMARY KEY (form_version_id, name)
);

-- What arrived, and the answers read from it.

CREATE TABLE submissions (
    id TEXT NOT NULL PRIMARY KEY,
    form_id TEXT NOT NULL REFERENCES forms (id),
    form_version_id TEXT NOT NULL REFERENCES form_versions (id),
    round_id TEXT REFERENCES rounds (id),
    instance_id TEXT NOT NULL,
    deprecated_id TEXT,
    device_id TEXT,
    app_user_id TEXT REFERENCES app_users (id),
    record_id TEXT NOT NULL,
    superseded_by TEXT,
    xml TEXT NOT NULL,
    xml_hash TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    received_by TEXT NOT NULL,
    CONSTRAINT submissions_instance UNIQUE (form_id, instance_id)
);
CREATE INDEX submissions_round ON submissions (round_id, id);
CREATE INDEX submissions_form ON submissions (form_id, id);
CREATE INDEX submissions_record ON submissions (record_id);

CREATE TABLE submission_files (
    submission_id TEXT NOT NULL REFERENCES submissions (id),
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    size BIGINT NOT NULL,
    content_type TEXT NOT NULL,
    PRIMARY KEY (submission_id, name)
);

-- `answers` is empty once sealed into a segment; `edition` counts the versions of the record.
CREATE TABLE records (
    id TEXT NOT NULL PRIMARY KEY,
    round_id TEXT REFERENCES rounds (id),
    form_version_id TEXT REFERENCES form_versions (id),
    source TEXT NOT NULL,
    source_file TEXT,
    source_sheet TEXT,
    source_row BIGINT,
    answers TEXT,
    segment TEXT,
    removed BIGINT NOT NULL,
    edition BIGINT NOT NULL,
    CONSTRAINT records_source_row UNIQUE (round_id, source_file, source_sheet, source_row)
);
CREATE INDEX records_round ON records (round_id, id);
CREATE INDEX records_hot ON records (form_version_id, id) WHERE segment IS NULL;

CREATE TABLE segments (
    hash TEXT NOT NULL,
    form_version_id TEXT NOT NULL REFERENCES form_versions (id),
    table_name TEXT NOT NULL,
    n_rows BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (form_version_id, table_name, hash)
);

-- Checks, corrections and what comes of a round.

CREATE TABLE findings (
    id TEXT NOT NULL PRIMARY KEY,
    round_id TEXT NOT NULL REFERENCES rounds (id),
    body TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    resolved_at BIGINT,
    resolved_by TEXT,
    resolution TEXT,
    CONSTRAINT findings_body UNIQUE (round_id, body_hash)
);

CREATE TABLE corrections (
    id TEXT NOT NULL PRIMARY KEY,
    round_id TEXT NOT NULL REFERENCES rounds (id),
    record_id TEXT NOT NULL REFERENCES records (id),
    at BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX corrections_round ON corrections (round_id, at, id);
CREATE INDEX corrections_record ON corrections (record_id, at, id);

CREATE TABLE round_data (
    round_id TEXT NOT NULL REFERENCES rounds (id),
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    hash TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (round_id, kind, version)
);

CREATE TABLE releases (
    id TEXT NOT NULL PRIMARY KEY,
    operation_id TEXT NOT NULL REFERENCES operations (id),
    exercise_id TEXT NOT NULL REFERENCES exercises (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    version BIGINT NOT NULL,
    audience TEXT NOT NULL,
    policy TEXT NOT NULL,
    blob TEXT NOT NULL,
    reason TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    withdrawn_at BIGINT,
    withdrawn_why TEXT,
    CONSTRAINT releases_version UNIQUE (round_id, version, audience)
);
CREATE INDEX releases_operation ON releases (operation_id, audience);

-- Work to do later. A finished job leaves; one that gave up stays as `failed`.
CREATE TABLE jobs (
    id BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    payload_hash TEXT NOT NULL,
    state TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    lease_until BIGINT,
    attempts BIGINT NOT NULL,
    error TEXT
);
CREATE UNIQUE INDEX jobs_waiting ON jobs (kind, payload_hash) WHERE state = 'waiting';
CREATE INDEX jobs_due ON jobs (state, run_at);
