-- SMS: the parts of a long message wait for each other, over restarts and nodes.
CREATE TABLE sms_group (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    begun_at BIGINT NOT NULL,
    closed_at BIGINT
);
CREATE INDEX sms_group_key ON sms_group (account_id, key, begun_at);
CREATE INDEX sms_group_open ON sms_group (begun_at) WHERE closed_at IS NULL;
CREATE TABLE sms_part (
    group_id UUID NOT NULL REFERENCES sms_group (id),
    position BIGINT NOT NULL,
    delivery_id UUID NOT NULL,
    body JSONB NOT NULL,
    PRIMARY KEY (group_id, position)
);
-- What an account sent in a day: in all (number empty), and to each number (its keyed hash), for the caps.
CREATE TABLE sms_day (
    account_id UUID NOT NULL,
    day TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    messages BIGINT NOT NULL,
    segments BIGINT NOT NULL,
    PRIMARY KEY (account_id, day, number)
);
-- The route that a part went by, and what the handset's receipt said.
ALTER TABLE message_part ADD COLUMN route TEXT COLLATE "C";
ALTER TABLE message_part ADD COLUMN receipt TEXT COLLATE "C";
