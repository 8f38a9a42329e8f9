-- Who may do what, and how people prove who they are.

-- A role, where it holds, and what it is narrowed to. `actor_id` is a person, a phone or a public link: their ids never
-- meet. `place` is `site`, the operation's id or the form's, so that a role is given once at a place.
CREATE TABLE grants (
    id TEXT NOT NULL PRIMARY KEY,
    actor_id TEXT NOT NULL,
    role TEXT NOT NULL,
    place TEXT NOT NULL,
    operation_id TEXT REFERENCES operations (id),
    form_id TEXT REFERENCES forms (id),
    areas TEXT NOT NULL,
    sees TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    given_by TEXT NOT NULL,
    CONSTRAINT grants_once UNIQUE (actor_id, role, place)
);
CREATE INDEX grants_place ON grants (place, role);
CREATE INDEX grants_operation ON grants (operation_id);

-- The role everybody had until now becomes a grant for everything. Viewers saw no records, and see none now.
INSERT INTO grants (id, actor_id, role, place, areas, sees, given_at, given_by)
SELECT id, id, CASE role WHEN 'officer' THEN 'manager' ELSE role END, 'site', '[]',
    CASE role WHEN 'viewer' THEN 'nothing' ELSE 'secret' END, created_at, 'dtm'
FROM users;
-- Phones could fill every form of their operation, and still can.
INSERT INTO grants (id, actor_id, role, place, operation_id, areas, sees, given_at, given_by)
SELECT id, id, 'app-user', operation_id, operation_id, '[]', 'secret', created_at, 'dtm'
FROM app_users;
ALTER TABLE users DROP COLUMN role;

ALTER TABLE users ADD COLUMN language TEXT;
ALTER TABLE users ADD COLUMN updated_at BIGINT;
ALTER TABLE users ADD COLUMN removed_at BIGINT;
ALTER TABLE users ADD COLUMN signed_in_at BIGINT;
-- 1 while the password is one that somebody else gave, to be replaced at the next sign-in.
ALTER TABLE users ADD COLUMN one_time BIGINT NOT NULL DEFAULT 0;
-- The second factor: its secret, since when it is asked for (none while it is being set up), the last step used.
ALTER TABLE users ADD COLUMN totp_secret TEXT;
ALTER TABLE users ADD COLUMN totp_since BIGINT;
ALTER TABLE users ADD COLUMN totp_step BIGINT NOT NULL DEFAULT 0;

ALTER TABLE sessions ADD COLUMN client TEXT NOT NULL DEFAULT '';

CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES users (id),
    code_hash TEXT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (user_id, code_hash)
);

-- Who somebody is at an OpenID provider.
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_user ON identities (user_id);

-- A sign-in that waits for its second step or for the provider; over after some minutes.
CREATE TABLE sign_ins (
    ticket_hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT REFERENCES users (id),
    body TEXT NOT NULL,
    began_at BIGINT NOT NULL
);
CREATE INDEX sign_ins_began ON sign_ins (began_at);

-- What programs sign in with, in the name of a person and never with more than that person may.
CREATE TABLE api_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    verbs TEXT NOT NULL,
    operations TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT,
    CONSTRAINT api_tokens_hash UNIQUE (token_hash)
);
CREATE INDEX api_tokens_user ON api_tokens (user_id);

-- The class of an answer where no indicator says it, or says otherwise than the officer.
CREATE TABLE field_classes (
    form_id TEXT NOT NULL REFERENCES forms (id),
    path TEXT NOT NULL,
    class TEXT NOT NULL,
    PRIMARY KEY (form_id, path)
);

-- What an administrator decided for the whole server.
CREATE TABLE policies (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
