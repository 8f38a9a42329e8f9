-- Runs that bring a project over from another server: what was asked, where it stands, what came. The secret to ask there
-- with is sealed under the server's key, and gone when the run is over.
CREATE TABLE bring_runs (
    id TEXT NOT NULL PRIMARY KEY,
    operation_id TEXT NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    address TEXT NOT NULL,
    project TEXT,
    project_name TEXT NOT NULL,
    forms TEXT NOT NULL,
    exercise_id TEXT,
    round_id TEXT,
    lang TEXT NOT NULL,
    state TEXT NOT NULL,
    said TEXT NOT NULL,
    report TEXT,
    secret_sealed TEXT,
    lease_until BIGINT,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX bring_runs_operation ON bring_runs (operation_id, created_at);
CREATE INDEX bring_runs_state ON bring_runs (state, lease_until);
