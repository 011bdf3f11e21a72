-- Chats: what a conversation waits for, when the person last acted (which opens the vendor's window), what is left to send.
ALTER TABLE conversation ADD COLUMN talk TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(talk));
ALTER TABLE conversation ADD COLUMN acted_at INTEGER;
ALTER TABLE conversation ADD COLUMN quota TEXT CHECK (quota IS NULL OR json_valid(quota));
-- A message goes over the wire in one or more parts; each is begun once.
CREATE TABLE message_part (
    message_id BLOB NOT NULL REFERENCES message (id),
    position INTEGER NOT NULL,
    account_id BLOB NOT NULL,
    text_hash TEXT NOT NULL,
    external_id TEXT,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (message_id, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX message_part_external ON message_part (account_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX message_part_unsettled ON message_part (account_id, at) WHERE state <> 'sent';
-- A read receipt names a moment, an echo a text: both are looked for among the newest messages of a conversation.
CREATE INDEX message_sent ON message (conversation_id, state_at) WHERE direction = 'out' AND state IN ('sending', 'sent', 'delivered', 'unknown');
CREATE INDEX conversation_contact ON conversation (contact_id);
CREATE INDEX conversation_acted ON conversation (account_id, acted_at) WHERE acted_at IS NOT NULL;
CREATE INDEX delivery_in_account ON delivery_in (account_id, received_at);
