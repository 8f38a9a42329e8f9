-- What officers chose about checks: which question of a form stands for what, thresholds of an operation, their own rules.
-- A choice is never overwritten: each is a version, with who made it and why. `about` is the id of a form or an operation.
CREATE TABLE check_settings (
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT NOT NULL,
    reason TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    CONSTRAINT check_settings_version PRIMARY KEY (kind, about, version)
);
