-- The tables of a segment are held together by the file of the first of them, its root. Until now they were by the moment
-- they were made at, and two segments could not have the same content in a repeat, as where nobody answered it.
CREATE TABLE segment_tables (
    root TEXT NOT NULL,
    table_name TEXT NOT NULL,
    hash TEXT NOT NULL,
    form_version_id TEXT NOT NULL REFERENCES form_versions (id),
    n_rows BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    first_record TEXT,
    last_record TEXT,
    PRIMARY KEY (root, table_name)
);
INSERT INTO segment_tables (root, table_name, hash, form_version_id, n_rows, made_at, first_record, last_record)
    SELECT hash, table_name, hash, form_version_id, n_rows, made_at, first_record, last_record FROM segments
    WHERE table_name = '';
INSERT INTO segment_tables (root, table_name, hash, form_version_id, n_rows, made_at, first_record, last_record)
    SELECT min(r.hash), t.table_name, t.hash, t.form_version_id, t.n_rows, t.made_at, t.first_record, t.last_record
    FROM segments t JOIN segments r ON r.form_version_id = t.form_version_id AND r.made_at = t.made_at
    WHERE r.table_name = '' AND t.table_name <> ''
    GROUP BY t.table_name, t.hash, t.form_version_id, t.n_rows, t.made_at, t.first_record, t.last_record
    ON CONFLICT (root, table_name) DO NOTHING;
DROP TABLE segments;
ALTER TABLE segment_tables RENAME TO segments;
CREATE INDEX segments_version ON segments (form_version_id);
CREATE INDEX segments_hash ON segments (hash);
