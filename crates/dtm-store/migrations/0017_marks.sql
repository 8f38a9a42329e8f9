-- A submission that the server sealed on its arrival is not stored as it was sent. `mark` recognises the same submission
-- sent again: a keyed hash of what was sent, under the server's own key, or empty where it has none. Others have none.
ALTER TABLE submissions ADD COLUMN mark TEXT;
