-- Messages to the outside: written with what causes them, sent by a job, kept a while after. No message holds a password or
-- a token: letters with a link say whose link it is, and the link is made when they are sent.
CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    operation_id TEXT REFERENCES operations (id) ON DELETE CASCADE,
    recipient TEXT NOT NULL,
    lang TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    tries BIGINT NOT NULL,
    next_at BIGINT,
    sent_at BIGINT,
    given_up_at BIGINT,
    problem TEXT,
    answer BIGINT
);
CREATE INDEX outbox_next ON outbox (next_at);
CREATE INDEX outbox_created ON outbox (created_at);

-- Addresses of other systems that are told what happens. The secret that signs is sealed under the server's key.
CREATE TABLE hooks (
    id TEXT NOT NULL PRIMARY KEY,
    operation_id TEXT NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    events TEXT NOT NULL,
    secret_sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX hooks_operation ON hooks (operation_id);
