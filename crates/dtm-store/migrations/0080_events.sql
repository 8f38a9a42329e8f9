-- Emergency events: put together from reports, and what people decided about them.

-- Derived from records and decisions, and made again whenever one of them changes.
CREATE TABLE events (
    operation_id TEXT NOT NULL REFERENCES operations (id),
    event TEXT NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT events_key PRIMARY KEY (operation_id, event)
);

-- Never changed but to say who took a decision back.
CREATE TABLE event_decisions (
    id TEXT NOT NULL PRIMARY KEY,
    operation_id TEXT NOT NULL REFERENCES operations (id),
    body TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    undone_by TEXT,
    undone_at BIGINT
);
CREATE INDEX event_decisions_operation ON event_decisions (operation_id, id);

CREATE TABLE event_alerts (
    operation_id TEXT NOT NULL REFERENCES operations (id),
    alert TEXT NOT NULL,
    event TEXT NOT NULL,
    body TEXT NOT NULL,
    raised_at BIGINT NOT NULL,
    seen_by TEXT,
    seen_at BIGINT,
    CONSTRAINT event_alerts_once PRIMARY KEY (operation_id, alert)
);

-- How the reports of an operation are put together, and what raises an alert.
CREATE TABLE event_rules (
    operation_id TEXT NOT NULL PRIMARY KEY REFERENCES operations (id),
    body TEXT NOT NULL
);
