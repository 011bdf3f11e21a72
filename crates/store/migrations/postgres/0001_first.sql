-- Who works here.
CREATE TABLE officer (
    id UUID PRIMARY KEY,
    login TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    password_hash TEXT COLLATE "C" NOT NULL,
    totp_secret BYTEA,
    totp_last_step BIGINT NOT NULL DEFAULT 0,
    disabled_at BIGINT,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE TABLE officer_role (
    officer_id UUID NOT NULL REFERENCES officer (id),
    agency_id UUID NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    valid_from TEXT COLLATE "C" NOT NULL,
    valid_to TEXT COLLATE "C",
    PRIMARY KEY (officer_id, agency_id, role, valid_from)
);
CREATE INDEX officer_role_agency ON officer_role (agency_id, role);
CREATE TABLE session (
    token_hash TEXT COLLATE "C" PRIMARY KEY,
    officer_id UUID NOT NULL REFERENCES officer (id),
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    agent TEXT COLLATE "C" NOT NULL
);
CREATE INDEX session_officer ON session (officer_id);
-- Failed log-ins, per account and per address.
CREATE TABLE login_guard (
    subject TEXT COLLATE "C" PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    locked_until BIGINT NOT NULL
);
CREATE TABLE audit (
    id UUID PRIMARY KEY,
    at BIGINT NOT NULL,
    officer_id UUID,
    act TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    details JSONB NOT NULL
);
CREATE INDEX audit_at ON audit (at);

-- What an administrator edits: agencies, wards, fields, routes, deadlines, calendar, grounds, texts, limits; all dated.
CREATE TABLE reference (
    kind TEXT COLLATE "C" NOT NULL,
    item TEXT COLLATE "C" NOT NULL,
    valid_from TEXT COLLATE "C" NOT NULL,
    valid_to TEXT COLLATE "C",
    body JSONB NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL,
    updated_by UUID,
    PRIMARY KEY (kind, item, valid_from)
);
CREATE TABLE setting (
    item TEXT COLLATE "C" PRIMARY KEY,
    value JSONB NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Channels and what came in on them.
CREATE TABLE channel_account (
    id UUID PRIMARY KEY,
    channel TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    agency_id UUID,
    settings JSONB NOT NULL,
    secret BYTEA,
    enabled BOOLEAN NOT NULL,
    health JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    UNIQUE (channel, address)
);
CREATE TABLE mail_cursor (
    account_id UUID NOT NULL REFERENCES channel_account (id),
    folder TEXT COLLATE "C" NOT NULL,
    uidvalidity BIGINT NOT NULL,
    uid BIGINT NOT NULL,
    PRIMARY KEY (account_id, folder)
);
CREATE TABLE lease (
    name TEXT COLLATE "C" PRIMARY KEY,
    holder TEXT COLLATE "C" NOT NULL,
    until BIGINT NOT NULL,
    fence BIGINT NOT NULL
);
CREATE TABLE delivery_in (
    id UUID PRIMARY KEY,
    account_id UUID,
    channel TEXT COLLATE "C" NOT NULL,
    headers JSONB NOT NULL,
    body BYTEA NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    received_at BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C"
);
CREATE INDEX delivery_in_trouble ON delivery_in (received_at) WHERE state IN ('failed', 'unknown_account');
CREATE TABLE inbound (
    id UUID PRIMARY KEY,
    delivery_id UUID NOT NULL REFERENCES delivery_in (id),
    account_id UUID NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    sender TEXT COLLATE "C" NOT NULL,
    payload JSONB NOT NULL,
    received_at BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    message_id UUID,
    UNIQUE (account_id, external_id)
);
CREATE INDEX inbound_delivery ON inbound (delivery_id);

-- People and businesses.
CREATE TABLE contact (
    id UUID PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE identity (
    id UUID PRIMARY KEY,
    contact_id UUID NOT NULL REFERENCES contact (id),
    kind TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    verified_at BIGINT,
    mail_stopped_at BIGINT,
    created_at BIGINT NOT NULL
);
-- A web form proves nothing about the address typed into it, so only identities that a channel vouches for are unique.
CREATE UNIQUE INDEX identity_vouched ON identity (kind, value) WHERE kind <> 'typed_email' AND kind <> 'typed_phone';
CREATE INDEX identity_value ON identity (value);
CREATE INDEX identity_contact ON identity (contact_id);
CREATE TABLE business (
    id UUID PRIMARY KEY,
    tax_code TEXT COLLATE "C" NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C",
    registry JSONB NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE contact_business (
    contact_id UUID NOT NULL REFERENCES contact (id),
    business_id UUID NOT NULL REFERENCES business (id),
    relation TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (contact_id, business_id)
);
CREATE TABLE conversation (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL,
    identity_id UUID NOT NULL REFERENCES identity (id),
    contact_id UUID NOT NULL REFERENCES contact (id),
    subject TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, identity_id)
);

-- Cases. `state` is the domain's own; the columns beside it are drawn from it for lists.
CREATE TABLE cases (
    id UUID PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    version BIGINT NOT NULL,
    state JSONB NOT NULL,
    stage TEXT COLLATE "C" NOT NULL,
    label TEXT COLLATE "C" NOT NULL,
    queue TEXT COLLATE "C" NOT NULL,
    open BOOLEAN NOT NULL,
    sealed BOOLEAN NOT NULL,
    visibility TEXT COLLATE "C" NOT NULL,
    track TEXT COLLATE "C",
    field TEXT COLLATE "C",
    ward TEXT COLLATE "C",
    title TEXT COLLATE "C" NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    conversation_id UUID NOT NULL REFERENCES conversation (id),
    contact_id UUID NOT NULL REFERENCES contact (id),
    business_id UUID,
    agency_id UUID NOT NULL,
    officer_id UUID,
    proposal JSONB NOT NULL,
    explanation JSONB,
    hint_case_id UUID,
    received_at BIGINT NOT NULL,
    confirm_by BIGINT,
    due_at BIGINT,
    sort_at BIGINT NOT NULL,
    clock_at BIGINT,
    timer_at BIGINT,
    answered_at BIGINT,
    closed_at BIGINT,
    published_at BIGINT,
    updated_at BIGINT NOT NULL
);
CREATE INDEX cases_agency_queue ON cases (agency_id, queue, sort_at, id) WHERE open AND NOT sealed;
CREATE INDEX cases_agency_open ON cases (agency_id, sort_at, id) WHERE open AND NOT sealed;
CREATE INDEX cases_officer ON cases (officer_id, sort_at, id) WHERE open;
CREATE INDEX cases_queue ON cases (queue, sort_at, id) WHERE open AND NOT sealed;
CREATE INDEX cases_agency_clock ON cases (agency_id, clock_at, id) WHERE clock_at IS NOT NULL AND NOT sealed;
CREATE INDEX cases_clock ON cases (clock_at, id) WHERE clock_at IS NOT NULL AND NOT sealed;
CREATE INDEX cases_agency_all ON cases (agency_id, received_at, id) WHERE NOT sealed;
CREATE INDEX cases_all ON cases (received_at, id) WHERE NOT sealed;
CREATE INDEX cases_contact ON cases (contact_id, received_at);
CREATE INDEX cases_business ON cases (business_id, received_at) WHERE business_id IS NOT NULL;
CREATE INDEX cases_conversation ON cases (conversation_id, received_at);
CREATE INDEX cases_timer ON cases (timer_at) WHERE timer_at IS NOT NULL;
-- Agencies beside the responsible one: co-agencies, the reception it entered by, earlier leads; named receivers of a sealed case.
CREATE TABLE case_party (
    case_id UUID NOT NULL REFERENCES cases (id),
    agency_id UUID NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (case_id, agency_id, role)
);
CREATE INDEX case_party_agency ON case_party (agency_id, role, received_at, case_id);
CREATE TABLE case_event (
    case_id UUID NOT NULL REFERENCES cases (id),
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor JSONB NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    body JSONB NOT NULL,
    personal JSONB,
    personal_salt TEXT COLLATE "C",
    personal_hash TEXT COLLATE "C",
    prev_hash TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (case_id, seq)
);
CREATE TABLE chain_root (
    day TEXT COLLATE "C" PRIMARY KEY,
    root TEXT COLLATE "C" NOT NULL,
    chains BIGINT NOT NULL,
    at BIGINT NOT NULL
);

-- What is said.
CREATE TABLE message (
    id UUID PRIMARY KEY,
    conversation_id UUID NOT NULL REFERENCES conversation (id),
    direction TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    officer_id UUID,
    agency_id UUID,
    subject TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    quoted TEXT COLLATE "C",
    html BOOLEAN NOT NULL,
    external_id TEXT COLLATE "C",
    threading JSONB NOT NULL,
    recipient TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL,
    state_reason TEXT COLLATE "C",
    state_at BIGINT NOT NULL,
    unconfirmed BOOLEAN NOT NULL,
    delivery_id UUID,
    created_at BIGINT NOT NULL,
    stored_at BIGINT NOT NULL
);
CREATE INDEX message_conversation ON message (conversation_id, created_at, id);
CREATE INDEX message_external ON message (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX message_receipt ON message (recipient, created_at) WHERE kind = 'receipt';
CREATE INDEX message_unsent ON message (state, state_at) WHERE state IN ('queued', 'sending', 'unknown', 'failed');
CREATE TABLE case_message (
    case_id UUID NOT NULL REFERENCES cases (id),
    message_id UUID NOT NULL REFERENCES message (id),
    PRIMARY KEY (case_id, message_id)
);
CREATE INDEX case_message_message ON case_message (message_id);
-- Never sent to anybody: a table of its own, so that no mistake can send it.
CREATE TABLE note (
    id UUID PRIMARY KEY,
    case_id UUID NOT NULL REFERENCES cases (id),
    officer_id UUID NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX note_case ON note (case_id, created_at);
CREATE TABLE file (
    id UUID PRIMARY KEY,
    case_id UUID,
    message_id UUID,
    position BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    mime TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    original TEXT COLLATE "C" NOT NULL,
    shown TEXT COLLATE "C",
    content_id TEXT COLLATE "C",
    refused TEXT COLLATE "C",
    created_at BIGINT NOT NULL
);
CREATE INDEX file_message ON file (message_id, position);
CREATE TABLE answer (
    id UUID PRIMARY KEY,
    case_id UUID NOT NULL REFERENCES cases (id),
    number BIGINT NOT NULL,
    checked TEXT COLLATE "C" NOT NULL,
    legal_basis TEXT COLLATE "C" NOT NULL,
    next_steps TEXT COLLATE "C" NOT NULL,
    contact_line TEXT COLLATE "C" NOT NULL,
    drafted_by UUID NOT NULL,
    drafted_at BIGINT NOT NULL,
    decided_by UUID,
    decided_at BIGINT,
    decision TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C",
    message_id UUID,
    UNIQUE (case_id, number)
);
CREATE TABLE publication (
    id UUID PRIMARY KEY,
    case_id UUID NOT NULL REFERENCES cases (id),
    field TEXT COLLATE "C" NOT NULL,
    agency_id UUID NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    question TEXT COLLATE "C" NOT NULL,
    answer TEXT COLLATE "C" NOT NULL,
    answered_at BIGINT NOT NULL,
    published_at BIGINT NOT NULL,
    published_by UUID NOT NULL,
    unpublished_at BIGINT,
    unpublished_reason TEXT COLLATE "C"
);
CREATE INDEX publication_case ON publication (case_id);
CREATE INDEX publication_list ON publication (published_at, id) WHERE unpublished_at IS NULL;
CREATE INDEX publication_field ON publication (field, published_at, id) WHERE unpublished_at IS NULL;
CREATE TABLE rating (
    case_id UUID NOT NULL REFERENCES cases (id),
    round BIGINT NOT NULL,
    score BIGINT NOT NULL,
    comment TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (case_id, round)
);

-- How a sender comes back to a case.
CREATE TABLE secret_link (
    token_hash TEXT COLLATE "C" PRIMARY KEY,
    case_id UUID NOT NULL REFERENCES cases (id),
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX secret_link_case ON secret_link (case_id);
CREATE TABLE sender_pass (
    token_hash TEXT COLLATE "C" PRIMARY KEY,
    case_id UUID NOT NULL REFERENCES cases (id),
    link_hash TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sender_pass_case ON sender_pass (case_id);
CREATE TABLE one_time_code (
    id UUID PRIMARY KEY,
    case_id UUID,
    contact_hash TEXT COLLATE "C" NOT NULL,
    address_hash TEXT COLLATE "C" NOT NULL,
    code_hash TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX one_time_code_contact ON one_time_code (contact_hash, created_at);
CREATE INDEX one_time_code_address ON one_time_code (address_hash, created_at);
CREATE INDEX one_time_code_day ON one_time_code (created_at);

-- Work to do and news of what was done.
CREATE TABLE job (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    lane TEXT COLLATE "C",
    payload JSONB NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    fence BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT,
    last_error TEXT COLLATE "C",
    dedup_key TEXT COLLATE "C",
    created_at BIGINT NOT NULL
);
CREATE INDEX job_ready ON job (run_at, id) WHERE state = 'ready';
CREATE INDEX job_lane ON job (lane, id) WHERE lane IS NOT NULL AND state <> 'dead';
CREATE UNIQUE INDEX job_lane_leased ON job (lane) WHERE lane IS NOT NULL AND state = 'leased';
CREATE INDEX job_lease ON job (lease_until) WHERE state = 'leased';
CREATE INDEX job_dead ON job (id) WHERE state = 'dead';
CREATE UNIQUE INDEX job_dedup ON job (dedup_key) WHERE dedup_key IS NOT NULL AND state <> 'dead';
CREATE TABLE change_feed (
    seq BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    xid XID8 NOT NULL DEFAULT pg_current_xact_id(),
    kind TEXT COLLATE "C" NOT NULL,
    subject UUID NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX change_feed_order ON change_feed (xid, seq);
CREATE INDEX file_case ON file (case_id) WHERE message_id IS NULL;
