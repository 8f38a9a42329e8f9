-- What was done to places, so that it can be read and taken back, and which pairs of them somebody said are two.

-- An empty body: the place was taken back.
CREATE TABLE place_versions (
    operation_id TEXT NOT NULL REFERENCES operations (id),
    ssid TEXT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT NOT NULL,
    reason TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (operation_id, ssid, version)
);
CREATE INDEX place_versions_moment ON place_versions (operation_id, changed_at);

-- The places of before have a first version of which nobody knows the day.
INSERT INTO place_versions (operation_id, ssid, version, body, reason, changed_by, changed_at)
SELECT operation_id, ssid, 1, body, '', '', 0 FROM places;

-- The earlier id first.
CREATE TABLE distinct_places (
    operation_id TEXT NOT NULL REFERENCES operations (id),
    ssid TEXT NOT NULL,
    other TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at BIGINT NOT NULL,
    PRIMARY KEY (operation_id, ssid, other)
);
