-- Forms with drafts, trash and schedules; files and entity lists beside them; the access of phones and public links.

ALTER TABLE operations ADD COLUMN description TEXT;
ALTER TABLE operations ADD COLUMN updated_at BIGINT;
ALTER TABLE operations ADD COLUMN deleted_at BIGINT;

-- A form in the trash gives its form id free: `trashed_id` keeps it, and `xml_form_id` then holds what no form can be
-- called, so that the rule of one form a form id holds for those outside the trash.
ALTER TABLE forms ADD COLUMN trashed_id TEXT;
ALTER TABLE forms ADD COLUMN deleted_at BIGINT;
ALTER TABLE forms ADD COLUMN updated_at BIGINT;
ALTER TABLE forms ADD COLUMN created_by TEXT;
ALTER TABLE forms ADD COLUMN opens_at BIGINT;
ALTER TABLE forms ADD COLUMN closes_at BIGINT;
CREATE INDEX forms_trash ON forms (deleted_at) WHERE deleted_at IS NOT NULL;

-- A draft may carry the version of what is published already: `draft_version` keeps it until it is published.
-- `files` names what the version needs beside it, as a JSON list; nothing where it was not noted.
ALTER TABLE form_versions ADD COLUMN draft_version TEXT;
ALTER TABLE form_versions ADD COLUMN token_hash TEXT;
ALTER TABLE form_versions ADD COLUMN token_sealed TEXT;
ALTER TABLE form_versions ADD COLUMN published_by TEXT;
ALTER TABLE form_versions ADD COLUMN files TEXT;
CREATE UNIQUE INDEX form_versions_token ON form_versions (token_hash);

ALTER TABLE form_media ADD COLUMN md5 TEXT;
ALTER TABLE form_media ADD COLUMN put_at BIGINT;

-- Where a form reads an entity list in place of a file.
CREATE TABLE form_lists (
    form_version_id TEXT NOT NULL REFERENCES form_versions (id),
    name TEXT NOT NULL,
    list TEXT NOT NULL,
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (form_version_id, name)
);

-- `device_id` is the phone an access is kept to; with `binds` and none yet, the first phone that uses it.
ALTER TABLE app_users ADD COLUMN token_sealed TEXT;
ALTER TABLE app_users ADD COLUMN created_by TEXT;
ALTER TABLE app_users ADD COLUMN expires_at BIGINT;
ALTER TABLE app_users ADD COLUMN binds BIGINT NOT NULL DEFAULT 0;
ALTER TABLE app_users ADD COLUMN device_id TEXT;
ALTER TABLE app_users ADD COLUMN seen_at BIGINT;

CREATE TABLE public_links (
    id TEXT NOT NULL PRIMARY KEY,
    form_id TEXT NOT NULL REFERENCES forms (id),
    name TEXT NOT NULL,
    once BIGINT NOT NULL,
    token_hash TEXT NOT NULL,
    token_sealed TEXT,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    CONSTRAINT public_links_token UNIQUE (token_hash)
);
CREATE INDEX public_links_form ON public_links (form_id);
