-- Why a version of a mapping was made; empty where a program drafted it or nobody said.
ALTER TABLE mappings ADD COLUMN reason TEXT NOT NULL DEFAULT '';
