-- The time zone in which an operation's pages show moments: its IANA name, none for UTC.
ALTER TABLE operations ADD COLUMN time_zone TEXT;
