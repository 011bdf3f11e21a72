-- SMS: the parts of a long message wait for each other, over restarts and nodes.
CREATE TABLE sms_group (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL,
    key TEXT NOT NULL,
    begun_at INTEGER NOT NULL,
    closed_at INTEGER
) STRICT;
CREATE INDEX sms_group_key ON sms_group (account_id, key, begun_at);
CREATE INDEX sms_group_open ON sms_group (begun_at) WHERE closed_at IS NULL;
CREATE TABLE sms_part (
    group_id BLOB NOT NULL REFERENCES sms_group (id),
    position INTEGER NOT NULL,
    delivery_id BLOB NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (group_id, position)
) STRICT, WITHOUT ROWID;
-- What an account sent in a day: in all (number empty), and to each number (its keyed hash), for the caps.
CREATE TABLE sms_day (
    account_id BLOB NOT NULL,
    day TEXT NOT NULL,
    number TEXT NOT NULL,
    messages INTEGER NOT NULL,
    segments INTEGER NOT NULL,
    PRIMARY KEY (account_id, day, number)
) STRICT, WITHOUT ROWID;
-- The route that a part went by, and what the handset's receipt said.
ALTER TABLE message_part ADD COLUMN route TEXT;
ALTER TABLE message_part ADD COLUMN receipt TEXT;
