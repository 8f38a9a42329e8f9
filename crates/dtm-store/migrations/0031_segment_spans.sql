-- Between which records those of a segment lie, so that who looks for some of them need not open every file. A segment of
-- an earlier version has none until it was looked through.
ALTER TABLE segments ADD COLUMN first_record TEXT;
ALTER TABLE segments ADD COLUMN last_record TEXT;
