-- Why something odd in a round's figures is right all the same. `anomaly` names it with its numbers: where these change, the
-- explanation no longer stands.
CREATE TABLE anomaly_explanations (
    round_id TEXT NOT NULL REFERENCES rounds (id),
    anomaly TEXT NOT NULL,
    why TEXT NOT NULL,
    note TEXT NOT NULL,
    said_by TEXT NOT NULL,
    said_at BIGINT NOT NULL,
    CONSTRAINT anomaly_explanations_once PRIMARY KEY (round_id, anomaly)
);
