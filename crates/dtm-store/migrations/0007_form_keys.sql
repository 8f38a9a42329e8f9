-- Keys of encrypted forms. `sealed` is the private half, encrypted under a passphrase that nobody keeps here; a key that
-- a form brought with it has none. An operation has at most one key that its forms get by themselves.
CREATE TABLE form_keys (
    id TEXT NOT NULL PRIMARY KEY,
    operation_id TEXT NOT NULL REFERENCES operations (id),
    public_key TEXT NOT NULL,
    managed BIGINT NOT NULL,
    sealed TEXT,
    hint TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT form_keys_public UNIQUE (operation_id, public_key)
);
CREATE UNIQUE INDEX form_keys_managed ON form_keys (operation_id) WHERE managed = 1;

ALTER TABLE form_versions ADD COLUMN key_id TEXT;
CREATE INDEX form_versions_key ON form_versions (key_id) WHERE key_id IS NOT NULL;
