-- Submissions as a whole: what holds for all versions of one stands with its record; each version keeps its own row.

-- A test submission and a real one may carry the same instance id, and a file that a version names may be missing yet.
-- SQLite cannot change a table's rules in place, so both tables are made anew.

CREATE TABLE kept_files AS SELECT submission_id, name, hash, size, content_type FROM submission_files;
CREATE TABLE kept_submissions AS
    SELECT id, form_id, form_version_id, round_id, instance_id, deprecated_id, device_id, app_user_id, record_id,
           superseded_by, xml, xml_hash, received_at, received_by FROM submissions;
DROP TABLE submission_files;
DROP TABLE submissions;

-- `draft` is 1 for a test submission. `received_by` is `user:…`, `app-user:…`, `public-link:…`, `job:…`. A purged version
-- keeps its row without its content (`purged_at`), so that a phone which sends it again is recognised.
CREATE TABLE submissions (
    id TEXT NOT NULL PRIMARY KEY,
    form_id TEXT NOT NULL REFERENCES forms (id),
    form_version_id TEXT NOT NULL REFERENCES form_versions (id),
    round_id TEXT REFERENCES rounds (id),
    draft BIGINT NOT NULL,
    instance_id TEXT NOT NULL,
    deprecated_id TEXT,
    instance_name TEXT,
    device_id TEXT,
    user_agent TEXT,
    app_user_id TEXT REFERENCES app_users (id),
    record_id TEXT NOT NULL,
    superseded_by TEXT,
    xml TEXT NOT NULL,
    xml_hash TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    received_by TEXT NOT NULL,
    purged_at BIGINT,
    CONSTRAINT submissions_instance UNIQUE (form_id, draft, instance_id)
);
INSERT INTO submissions (id, form_id, form_version_id, round_id, draft, instance_id, deprecated_id, device_id, app_user_id,
                         record_id, superseded_by, xml, xml_hash, received_at, received_by)
    SELECT id, form_id, form_version_id, round_id, 0, instance_id, deprecated_id, device_id, app_user_id,
           record_id, superseded_by, xml, xml_hash, received_at, received_by FROM kept_submissions;
DROP TABLE kept_submissions;
CREATE INDEX submissions_round ON submissions (round_id, id);
CREATE INDEX submissions_record ON submissions (record_id);

-- A file without a hash is named by the XML and has not come yet (or was cleared). `expected` is 0 for a file that came
-- although the XML does not name it.
CREATE TABLE submission_files (
    submission_id TEXT NOT NULL REFERENCES submissions (id),
    name TEXT NOT NULL,
    hash TEXT,
    size BIGINT NOT NULL,
    content_type TEXT NOT NULL,
    expected BIGINT NOT NULL,
    PRIMARY KEY (submission_id, name)
);
INSERT INTO submission_files (submission_id, name, hash, size, content_type, expected)
    SELECT submission_id, name, hash, size, content_type, 1 FROM kept_files;
DROP TABLE kept_files;
CREATE INDEX submission_files_hash ON submission_files (hash);

-- What holds for a submission across its versions. All of it is empty for a row of an imported table.
-- `instance_id`, `submitter`, `device_id` and `created_at` are those of its first version; `submission_id` is the newest.
-- `review_state` is empty (received), `hasIssues`, `edited`, `approved` or `rejected`.
ALTER TABLE records ADD COLUMN form_id TEXT;
ALTER TABLE records ADD COLUMN draft BIGINT NOT NULL DEFAULT 0;
ALTER TABLE records ADD COLUMN submission_id TEXT;
ALTER TABLE records ADD COLUMN instance_id TEXT;
ALTER TABLE records ADD COLUMN submitter TEXT;
ALTER TABLE records ADD COLUMN device_id TEXT;
ALTER TABLE records ADD COLUMN created_at BIGINT;
ALTER TABLE records ADD COLUMN updated_at BIGINT;
ALTER TABLE records ADD COLUMN review_state TEXT;
ALTER TABLE records ADD COLUMN deleted_at BIGINT;
ALTER TABLE records ADD COLUMN assigned_to TEXT;
UPDATE records SET
    submission_id = (SELECT s.id FROM submissions s WHERE s.record_id = records.id AND s.superseded_by IS NULL),
    form_id = (SELECT min(s.form_id) FROM submissions s WHERE s.record_id = records.id),
    created_at = (SELECT min(s.received_at) FROM submissions s WHERE s.record_id = records.id)
WHERE source_file IS NULL;
UPDATE records SET
    instance_id = (SELECT s.instance_id FROM submissions s WHERE s.id = (SELECT min(o.id) FROM submissions o WHERE o.record_id = records.id)),
    submitter = (SELECT s.received_by FROM submissions s WHERE s.id = (SELECT min(o.id) FROM submissions o WHERE o.record_id = records.id)),
    device_id = (SELECT s.device_id FROM submissions s WHERE s.id = (SELECT min(o.id) FROM submissions o WHERE o.record_id = records.id)),
    review_state = CASE WHEN edition > 1 THEN 'edited' ELSE NULL END,
    updated_at = (SELECT max(s.received_at) FROM submissions s WHERE s.record_id = records.id AND records.edition > 1)
WHERE submission_id IS NOT NULL;
CREATE INDEX records_form ON records (form_id, draft, id);
CREATE INDEX records_deleted ON records (deleted_at) WHERE deleted_at IS NOT NULL;

-- What reviewers write to each other about a submission.
CREATE TABLE submission_comments (
    id TEXT NOT NULL PRIMARY KEY,
    record_id TEXT NOT NULL REFERENCES records (id),
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX submission_comments_record ON submission_comments (record_id, id);

-- Whether only approved records of an exercise count in its figures.
ALTER TABLE exercises ADD COLUMN only_approved BIGINT NOT NULL DEFAULT 0;

-- Content that a purge removed from the blobs: a submission that was on its way with the same content must send it again.
CREATE TABLE purged_blobs (
    hash TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);
