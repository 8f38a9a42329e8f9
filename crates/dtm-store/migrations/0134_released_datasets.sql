-- The datasets of releases as Parquet files among the blobs. All of it can be made again from the releases.
CREATE TABLE released_datasets (
    release_id TEXT NOT NULL REFERENCES releases (id),
    name TEXT NOT NULL,
    blob TEXT NOT NULL,
    n_rows BIGINT NOT NULL,
    n_bytes BIGINT NOT NULL,
    -- The edition of the atlas whose names and outlines are in it.
    atlas BIGINT NOT NULL,
    -- The way it was written.
    layout BIGINT NOT NULL,
    CONSTRAINT released_dataset PRIMARY KEY (release_id, name)
);
