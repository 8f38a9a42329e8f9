-- Who publishes an operation's figures and under which licence, as JSON; the usual publisher where there is no row.
CREATE TABLE publishers (
    operation_id TEXT NOT NULL PRIMARY KEY REFERENCES operations (id),
    body TEXT NOT NULL
);
