-- A page of a round's records may be narrowed to a state of review, from the index alone.
DROP INDEX records_round;
CREATE INDEX records_round ON records (round_id, id, removed, deleted_at, area, review_state);
