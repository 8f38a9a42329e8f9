-- How often a key may call: a minute and a day; the usual allowance where nothing is said.
ALTER TABLE api_keys ADD COLUMN per_minute BIGINT;
ALTER TABLE api_keys ADD COLUMN per_day BIGINT;
