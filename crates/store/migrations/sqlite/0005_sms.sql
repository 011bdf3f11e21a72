-- SMS: the parts of a long message wait for each other, over restarts and nodes.
CREATE TABLE sms_group (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL,
    sender TEXT NOT NULL,
    receiver TEXT NOT NULL,
    reference INTEGER NOT NULL,
    total INTEGER NOT NULL,
    begun_at INTEGER NOT NULL,
    closed_at INTEGER
) STRICT;
CREATE INDEX sms_group_sender ON sms_group (account_id, sender, reference, begun_at);
CREATE TABLE sms_part (
    group_id BLOB NOT NULL REFERENCES sms_group (id),
    position INTEGER NOT NULL,
    delivery_id BLOB NOT NULL,
    coding INTEGER NOT NULL,
    octets BLOB NOT NULL,
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
