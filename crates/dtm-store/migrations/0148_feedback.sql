-- What readers say of what was published: whether it served them, and what they hold for wrong. Nobody is asked who they
-- are; an address to answer to is forgotten with the answer.
CREATE TABLE feedback (
    id TEXT NOT NULL PRIMARY KEY,
    operation_id TEXT NOT NULL REFERENCES operations (id),
    -- The page below the operation, without its language: '/6/report', '/data/areas'; empty for the first page.
    product TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('useful', 'partly', 'not_useful', 'correction')),
    reader TEXT NOT NULL,
    words TEXT NOT NULL,
    contact TEXT,
    lang TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    answer TEXT,
    answered_at BIGINT,
    answered_by TEXT
);

CREATE INDEX feedback_by_operation ON feedback (operation_id, given_at);
