-- What a round expects: teams, visits, the steps that were ticked; and what came when no round took it.

CREATE TABLE teams (
    id TEXT NOT NULL PRIMARY KEY,
    operation_id TEXT NOT NULL REFERENCES operations (id),
    name TEXT NOT NULL,
    CONSTRAINT teams_name UNIQUE (operation_id, name)
);

-- A phone belongs to one team at most.
CREATE TABLE team_phones (
    app_user_id TEXT NOT NULL PRIMARY KEY REFERENCES app_users (id) ON DELETE CASCADE,
    team_id TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE
);
CREATE INDEX team_phones_team ON team_phones (team_id);

-- A place may be planned that is not known yet: it is found, or not, by who goes there.
CREATE TABLE visits (
    round_id TEXT NOT NULL REFERENCES rounds (id),
    ssid TEXT NOT NULL,
    team_id TEXT REFERENCES teams (id) ON DELETE SET NULL,
    due_on TEXT,
    unreached TEXT,
    CONSTRAINT visits_place PRIMARY KEY (round_id, ssid)
);
CREATE INDEX visits_team ON visits (team_id);

CREATE TABLE round_ticks (
    round_id TEXT NOT NULL REFERENCES rounds (id),
    step TEXT NOT NULL,
    note TEXT NOT NULL,
    ticked_by TEXT NOT NULL,
    ticked_at BIGINT NOT NULL,
    CONSTRAINT round_ticks_step PRIMARY KEY (round_id, step)
);

-- 1 where it came while its round did not collect: it counts once a reviewer has approved it.
ALTER TABLE records ADD COLUMN late BIGINT NOT NULL DEFAULT 0;
CREATE INDEX records_late ON records (round_id, id) WHERE late = 1;
