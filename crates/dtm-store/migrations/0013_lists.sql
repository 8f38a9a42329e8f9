-- Lists at a million submissions.

-- A form's list is counted, narrowed and passed over in the index alone; `area` is where a record lies, once the job that
-- seals it has found out: a p-code, empty where it lies nowhere, nothing while it is not known.
ALTER TABLE records ADD COLUMN area TEXT;
DROP INDEX records_form;
CREATE INDEX records_form ON records (form_id, draft, id, deleted_at, review_state, created_at, round_id, area);
DROP INDEX records_round;
CREATE INDEX records_round ON records (round_id, id, removed, deleted_at, area);

-- What the areas of a form's sealed records rest on: a fingerprint of its mapping, the places and the areas. While they
-- are found out anew it is the name of that work, so that of two such works only the later one counts.
CREATE TABLE form_areas (
    form_id TEXT NOT NULL PRIMARY KEY REFERENCES forms (id),
    known_by TEXT NOT NULL
);

-- Of what was sealed, these rows are not (or no longer) as their segment has them; what is not sealed is found here, too.
-- The queries name this very condition.
DROP INDEX records_hot;
DROP INDEX records_unsettled;
CREATE INDEX records_unsettled ON records (form_id, id)
    WHERE (segment IS NULL OR edition > 1 OR deleted_at IS NOT NULL);

-- A draft that is discarded asks whether anything was filled on it.
CREATE INDEX records_version ON records (form_version_id);
CREATE INDEX submissions_version ON submissions (form_version_id);

-- A finding is looked up by its record, counted by its weight (1 to know, 2 to confirm, 3 blocks) and read page by page.
-- Where the record stands in a body is found by trying: both databases know substr, and no common word for searching.
ALTER TABLE findings ADD COLUMN record_id TEXT;
ALTER TABLE findings ADD COLUMN weight BIGINT NOT NULL DEFAULT 1;
UPDATE findings SET weight = 3 WHERE body LIKE '%"severity":"block"%';
UPDATE findings SET weight = 2 WHERE body LIKE '%"severity":"confirm"%';
WITH RECURSIVE place (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM place WHERE at < 200)
UPDATE findings SET record_id =
    (SELECT min(substr(body, at + 10, 36)) FROM place WHERE substr(body, at, 10) = '"record":"')
WHERE body LIKE '%"record":"%';
CREATE INDEX findings_record ON findings (record_id) WHERE record_id IS NOT NULL;
CREATE INDEX findings_weight ON findings (round_id, weight, resolved_at, id);
