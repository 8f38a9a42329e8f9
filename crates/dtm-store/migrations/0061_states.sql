-- How a form's submissions stand in review is counted, and those in one state are listed, without passing over the others.
-- It has the columns of its own condition, too: without them SQLite looks them up in every row.
CREATE INDEX records_state ON records (form_id, review_state, id, created_at, round_id, area, draft, deleted_at)
    WHERE draft = 0 AND deleted_at IS NULL;
