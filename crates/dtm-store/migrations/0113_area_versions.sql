-- What was done to areas, so that it can be read and taken back.

-- An empty body: the area was taken back. `outline_before` is the outline that this state took the place of; empty where
-- there was none, NULL where the outline stayed.
CREATE TABLE area_versions (
    admin0 TEXT NOT NULL,
    pcode TEXT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT NOT NULL,
    outline_before TEXT,
    reason TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (admin0, pcode, version)
);
CREATE INDEX area_versions_moment ON area_versions (admin0, changed_at);

-- The areas of before have a first version of which nobody knows the day.
INSERT INTO area_versions (admin0, pcode, version, body, outline_before, reason, changed_by, changed_at)
SELECT admin0, pcode, 1, body, NULL, '', '', 0 FROM areas;
