-- What partners ask for of what is not public, and the agreements that were made. Whoever knows the token sees the state of a
-- request. Who asks stands in a column of its own, which is emptied when it is no longer needed.
CREATE TABLE data_requests (
    id TEXT NOT NULL PRIMARY KEY,
    operation_id TEXT NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
    round_id TEXT NOT NULL REFERENCES rounds (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    token_hash TEXT NOT NULL,
    lang TEXT NOT NULL,
    state TEXT NOT NULL,
    person TEXT,
    wish TEXT NOT NULL,
    words TEXT NOT NULL DEFAULT '',
    asked_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    CONSTRAINT data_requests_token UNIQUE (token_hash),
    CONSTRAINT data_requests_number UNIQUE (operation_id, number)
);
CREATE INDEX data_requests_state ON data_requests (operation_id, state);

-- What a granted request gave. The release lies in a blob and in no list of releases: nobody but the partner has it.
CREATE TABLE agreements (
    request_id TEXT NOT NULL PRIMARY KEY REFERENCES data_requests (id) ON DELETE CASCADE,
    policy TEXT NOT NULL,
    risk TEXT NOT NULL,
    blob TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    granted_by TEXT NOT NULL,
    ends_at BIGINT NOT NULL,
    most_downloads BIGINT NOT NULL,
    n_downloads BIGINT NOT NULL DEFAULT 0,
    reminded_at BIGINT,
    closed_at BIGINT
);
CREATE INDEX agreements_ends ON agreements (ends_at);
