-- Telephone calls, as the exchange told of them. `facts` is the domain's own; the columns beside it are drawn from it.
CREATE TABLE call (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES channel_account (id),
    agency_id UUID NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    direction TEXT COLLATE "C" NOT NULL,
    number TEXT COLLATE "C",
    hotline TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL,
    live BOOLEAN NOT NULL,
    facts JSONB NOT NULL,
    extension TEXT COLLATE "C",
    queue TEXT COLLATE "C",
    agent TEXT COLLATE "C",
    cause TEXT COLLATE "C",
    begun_at BIGINT NOT NULL,
    answered_at BIGINT,
    ended_at BIGINT,
    duration_s BIGINT,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    UNIQUE (account_id, external_id)
);
CREATE INDEX call_log ON call (agency_id, begun_at, id);
CREATE INDEX call_number ON call (number, begun_at, id) WHERE number IS NOT NULL;
CREATE INDEX call_live ON call (agency_id, begun_at, id) WHERE live;
-- What was written down during a call, or what it was about.
CREATE TABLE call_case (
    call_id UUID NOT NULL REFERENCES call (id),
    case_id UUID NOT NULL REFERENCES cases (id),
    PRIMARY KEY (call_id, case_id)
);
CREATE INDEX call_case_case ON call_case (case_id);
-- The octets rest with the attachments until the retention is over; the row and its hash stay.
CREATE TABLE recording (
    id UUID PRIMARY KEY,
    call_id UUID NOT NULL REFERENCES call (id),
    url TEXT COLLATE "C" NOT NULL,
    voicemail BOOLEAN NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    sha256 TEXT COLLATE "C",
    mime TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    note TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    kept_at BIGINT,
    UNIQUE (call_id, url)
);
CREATE INDEX recording_kept ON recording (kept_at, id) WHERE state = 'kept';
CREATE INDEX recording_contents ON recording (sha256) WHERE state = 'kept';
-- Callers whom nobody answered: to be called back.
CREATE TABLE call_back (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES channel_account (id),
    agency_id UUID NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    call_id UUID NOT NULL REFERENCES call (id),
    calls BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    open BOOLEAN NOT NULL,
    officer_id UUID,
    claimed_at BIGINT,
    tries BIGINT NOT NULL DEFAULT 0,
    tried_at BIGINT,
    outcome TEXT COLLATE "C",
    settled_at BIGINT,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX call_back_open ON call_back (agency_id, last_at, id) WHERE open;
CREATE INDEX call_back_number ON call_back (account_id, number, last_at) WHERE open;
