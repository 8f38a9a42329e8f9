-- What changed since a moment is asked for again and again by programs that keep a copy.
CREATE INDEX records_changed ON records (form_id, draft, updated_at) WHERE updated_at IS NOT NULL;

-- Of what was sealed, these rows are not (or no longer) as their segment has them. The query names this very condition.
CREATE INDEX records_unsettled ON records (form_id, draft, id)
    WHERE (segment IS NULL OR edition > 1 OR deleted_at IS NOT NULL);
