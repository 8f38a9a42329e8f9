-- A list of entities may be made of the operation's places and follow them; then nobody else writes it.
ALTER TABLE entity_lists ADD COLUMN follows_places BIGINT NOT NULL DEFAULT 0;
