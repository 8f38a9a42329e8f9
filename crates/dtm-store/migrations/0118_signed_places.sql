-- What each place of the area stood at when it was signed, as JSON: tells which of them changed since. Signatures of before
-- have none.
ALTER TABLE area_signatures ADD COLUMN places TEXT;
