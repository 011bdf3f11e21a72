-- Telephone calls, as the exchange told of them. `facts` is the domain's own; the columns beside it are drawn from it.
CREATE TABLE call (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES channel_account (id),
    agency_id BLOB NOT NULL,
    external_id TEXT NOT NULL,
    direction TEXT NOT NULL,
    number TEXT,
    hotline TEXT,
    state TEXT NOT NULL,
    live INTEGER NOT NULL,
    facts TEXT NOT NULL CHECK (json_valid(facts)),
    extension TEXT,
    queue TEXT,
    agent TEXT,
    cause TEXT,
    begun_at INTEGER NOT NULL,
    answered_at INTEGER,
    ended_at INTEGER,
    duration_s INTEGER,
    updated_at INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    UNIQUE (account_id, external_id)
) STRICT;
CREATE INDEX call_log ON call (agency_id, begun_at, id);
CREATE INDEX call_number ON call (number, begun_at, id) WHERE number IS NOT NULL;
CREATE INDEX call_live ON call (agency_id, begun_at, id) WHERE live;
-- What was written down during a call, or what it was about.
CREATE TABLE call_case (
    call_id BLOB NOT NULL REFERENCES call (id),
    case_id BLOB NOT NULL REFERENCES cases (id),
    PRIMARY KEY (call_id, case_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_case_case ON call_case (case_id);
-- The octets rest with the attachments until the retention is over; the row and its hash stay.
CREATE TABLE recording (
    id BLOB PRIMARY KEY,
    call_id BLOB NOT NULL REFERENCES call (id),
    url TEXT NOT NULL,
    voicemail INTEGER NOT NULL,
    state TEXT NOT NULL,
    sha256 TEXT,
    mime TEXT NOT NULL,
    size INTEGER NOT NULL,
    note TEXT,
    created_at INTEGER NOT NULL,
    kept_at INTEGER,
    UNIQUE (call_id, url)
) STRICT;
CREATE INDEX recording_kept ON recording (kept_at, id) WHERE state = 'kept';
CREATE INDEX recording_contents ON recording (sha256) WHERE state = 'kept';
-- Callers whom nobody answered: to be called back.
CREATE TABLE call_back (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES channel_account (id),
    agency_id BLOB NOT NULL,
    number TEXT NOT NULL,
    call_id BLOB NOT NULL REFERENCES call (id),
    calls INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    open INTEGER NOT NULL,
    officer_id BLOB,
    claimed_at INTEGER,
    tries INTEGER NOT NULL DEFAULT 0,
    tried_at INTEGER,
    outcome TEXT,
    settled_at INTEGER,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX call_back_open ON call_back (agency_id, last_at, id) WHERE open;
CREATE INDEX call_back_number ON call_back (account_id, number, last_at) WHERE open;
