-- Which check says a finding, so that findings of one kind are listed and resolved together. It is known from the next
-- time on that a round is settled.
ALTER TABLE findings ADD COLUMN check_id TEXT NOT NULL DEFAULT '';
CREATE INDEX findings_check ON findings (round_id, check_id, weight);
