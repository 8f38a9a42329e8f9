-- What an administrator set for the whole server, by key: JSON, or a file beside the database.
CREATE TABLE configs (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT,
    hash TEXT,
    media TEXT,
    set_at BIGINT NOT NULL
);
