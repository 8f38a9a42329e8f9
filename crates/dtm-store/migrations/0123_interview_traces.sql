-- What the phones noted about interviews beside the answers: how far off positions may be, and the time of each interview by
-- its log. Made from the newest version of a submission and its file `audit.csv`, and made anew when one of them changes.
CREATE TABLE interview_traces (
    record_id TEXT NOT NULL PRIMARY KEY REFERENCES records (id) ON DELETE CASCADE,
    submission_id TEXT NOT NULL,
    -- The hash of the log; empty where none came.
    log_hash TEXT NOT NULL,
    -- Metres by question, as JSON.
    accuracies TEXT NOT NULL,
    -- As JSON; none where no log came, or it could not be read.
    timing TEXT
);
