-- The pieces of an archive that was uploaded to be brought over, in order, until its run is over.
CREATE TABLE bring_pieces (
    run_id TEXT NOT NULL REFERENCES bring_runs (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (run_id, at)
);
