-- What a person's client remembers for them: for the whole server, or for one project.
CREATE TABLE preferences (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    project BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT preferences_name PRIMARY KEY (user_id, project, name)
);
