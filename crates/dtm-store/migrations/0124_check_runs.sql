-- The checks going over a round: since when, how far, and what changed by it. The last runs of a round are kept.
CREATE TABLE check_runs (
    id TEXT NOT NULL PRIMARY KEY,
    round_id TEXT NOT NULL REFERENCES rounds (id),
    began_at BIGINT NOT NULL,
    began_by TEXT NOT NULL,
    n_done BIGINT NOT NULL,
    n_all BIGINT NOT NULL,
    -- Empty while it runs, and where it came to no end.
    ended_at BIGINT,
    -- New and gone findings by check, as JSON.
    changes TEXT NOT NULL
);
CREATE INDEX check_runs_round ON check_runs (round_id, began_at);

-- Rounds over which no checks are to go until somebody says so.
CREATE TABLE check_stops (
    round_id TEXT NOT NULL PRIMARY KEY REFERENCES rounds (id),
    stopped_at BIGINT NOT NULL,
    stopped_by TEXT NOT NULL
);
