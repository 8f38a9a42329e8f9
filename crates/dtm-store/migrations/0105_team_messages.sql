-- What officers write to their field teams about a round. Never changed but to say who withdrew it; a team that is removed
-- later leaves what was written to it.
CREATE TABLE team_messages (
    id TEXT NOT NULL PRIMARY KEY,
    round_id TEXT NOT NULL REFERENCES rounds (id),
    team_id TEXT,
    body TEXT NOT NULL,
    written_by TEXT NOT NULL,
    written_at BIGINT NOT NULL,
    withdrawn_by TEXT,
    withdrawn_at BIGINT
);
CREATE INDEX team_messages_round ON team_messages (round_id, id);

-- Mail addresses of a team's people, with blanks between.
ALTER TABLE teams ADD COLUMN addresses TEXT NOT NULL DEFAULT '';
