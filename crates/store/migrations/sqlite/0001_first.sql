-- Who works here.
CREATE TABLE officer (
    id BLOB PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    totp_secret BLOB,
    totp_last_step INTEGER NOT NULL DEFAULT 0,
    disabled_at INTEGER,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE TABLE officer_role (
    officer_id BLOB NOT NULL REFERENCES officer (id),
    agency_id BLOB NOT NULL,
    role TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    PRIMARY KEY (officer_id, agency_id, role, valid_from)
) STRICT, WITHOUT ROWID;
CREATE INDEX officer_role_agency ON officer_role (agency_id, role);
CREATE TABLE session (
    token_hash TEXT PRIMARY KEY,
    officer_id BLOB NOT NULL REFERENCES officer (id),
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_officer ON session (officer_id);
-- Failed log-ins, per account and per address.
CREATE TABLE login_guard (
    subject TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    locked_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
    id BLOB PRIMARY KEY,
    at INTEGER NOT NULL,
    officer_id BLOB,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    details TEXT NOT NULL CHECK (json_valid(details))
) STRICT;
CREATE INDEX audit_at ON audit (at);

-- What an administrator edits: agencies, wards, fields, routes, deadlines, calendar, grounds, texts, limits; all dated.
CREATE TABLE reference (
    kind TEXT NOT NULL,
    item TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    body TEXT NOT NULL CHECK (json_valid(body)),
    source TEXT NOT NULL,
    status TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    updated_by BLOB,
    PRIMARY KEY (kind, item, valid_from)
) STRICT, WITHOUT ROWID;
CREATE TABLE setting (
    item TEXT PRIMARY KEY,
    value TEXT NOT NULL CHECK (json_valid(value)),
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Channels and what came in on them.
CREATE TABLE channel_account (
    id BLOB PRIMARY KEY,
    channel TEXT NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    agency_id BLOB,
    settings TEXT NOT NULL CHECK (json_valid(settings)),
    secret BLOB,
    enabled INTEGER NOT NULL,
    health TEXT NOT NULL CHECK (json_valid(health)),
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    UNIQUE (channel, address)
) STRICT;
CREATE TABLE mail_cursor (
    account_id BLOB NOT NULL REFERENCES channel_account (id),
    folder TEXT NOT NULL,
    uidvalidity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    PRIMARY KEY (account_id, folder)
) STRICT, WITHOUT ROWID;
CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until INTEGER NOT NULL,
    fence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE delivery_in (
    id BLOB PRIMARY KEY,
    account_id BLOB,
    channel TEXT NOT NULL,
    headers TEXT NOT NULL CHECK (json_valid(headers)),
    body BLOB NOT NULL,
    sha256 TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    note TEXT
) STRICT;
CREATE INDEX delivery_in_trouble ON delivery_in (received_at) WHERE state IN ('failed', 'unknown_account');
CREATE TABLE inbound (
    id BLOB PRIMARY KEY,
    delivery_id BLOB NOT NULL REFERENCES delivery_in (id),
    account_id BLOB NOT NULL,
    external_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    sender TEXT NOT NULL,
    payload TEXT NOT NULL CHECK (json_valid(payload)),
    received_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    message_id BLOB,
    UNIQUE (account_id, external_id)
) STRICT;
CREATE INDEX inbound_delivery ON inbound (delivery_id);

-- People and businesses.
CREATE TABLE contact (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    language TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE identity (
    id BLOB PRIMARY KEY,
    contact_id BLOB NOT NULL REFERENCES contact (id),
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    verified_at INTEGER,
    mail_stopped_at INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
-- A web form proves nothing about the address typed into it, so only identities that a channel vouches for are unique.
CREATE UNIQUE INDEX identity_vouched ON identity (kind, value) WHERE kind <> 'typed_email' AND kind <> 'typed_phone';
CREATE INDEX identity_value ON identity (value);
CREATE INDEX identity_contact ON identity (contact_id);
CREATE TABLE business (
    id BLOB PRIMARY KEY,
    tax_code TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    name TEXT,
    registry TEXT NOT NULL CHECK (json_valid(registry)),
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE contact_business (
    contact_id BLOB NOT NULL REFERENCES contact (id),
    business_id BLOB NOT NULL REFERENCES business (id),
    relation TEXT NOT NULL,
    PRIMARY KEY (contact_id, business_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE conversation (
    id BLOB PRIMARY KEY,
    account_id BLOB NOT NULL,
    identity_id BLOB NOT NULL REFERENCES identity (id),
    contact_id BLOB NOT NULL REFERENCES contact (id),
    subject TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (account_id, identity_id)
) STRICT;

-- Cases. `state` is the domain's own; the columns beside it are drawn from it for lists.
CREATE TABLE cases (
    id BLOB PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (json_valid(state)),
    stage TEXT NOT NULL,
    label TEXT NOT NULL,
    queue TEXT NOT NULL,
    open INTEGER NOT NULL,
    sealed INTEGER NOT NULL,
    visibility TEXT NOT NULL,
    track TEXT,
    field TEXT,
    ward TEXT,
    title TEXT NOT NULL,
    language TEXT NOT NULL,
    channel TEXT NOT NULL,
    conversation_id BLOB NOT NULL REFERENCES conversation (id),
    contact_id BLOB NOT NULL REFERENCES contact (id),
    business_id BLOB,
    agency_id BLOB NOT NULL,
    officer_id BLOB,
    proposal TEXT NOT NULL CHECK (json_valid(proposal)),
    explanation TEXT CHECK (explanation IS NULL OR json_valid(explanation)),
    hint_case_id BLOB,
    received_at INTEGER NOT NULL,
    confirm_by INTEGER,
    due_at INTEGER,
    sort_at INTEGER NOT NULL,
    clock_at INTEGER,
    timer_at INTEGER,
    answered_at INTEGER,
    closed_at INTEGER,
    published_at INTEGER,
    updated_at INTEGER NOT NULL
) STRICT;
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
    case_id BLOB NOT NULL REFERENCES cases (id),
    agency_id BLOB NOT NULL,
    role TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (case_id, agency_id, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_party_agency ON case_party (agency_id, role, received_at, case_id);
CREATE TABLE case_event (
    case_id BLOB NOT NULL REFERENCES cases (id),
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL CHECK (json_valid(actor)),
    kind TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    personal TEXT CHECK (personal IS NULL OR json_valid(personal)),
    personal_salt TEXT,
    personal_hash TEXT,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (case_id, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE chain_root (
    day TEXT PRIMARY KEY,
    root TEXT NOT NULL,
    chains INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;

-- What is said.
CREATE TABLE message (
    id BLOB PRIMARY KEY,
    conversation_id BLOB NOT NULL REFERENCES conversation (id),
    direction TEXT NOT NULL,
    kind TEXT NOT NULL,
    officer_id BLOB,
    agency_id BLOB,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    quoted TEXT,
    html INTEGER NOT NULL,
    external_id TEXT,
    threading TEXT NOT NULL CHECK (json_valid(threading)),
    recipient TEXT,
    state TEXT NOT NULL,
    state_reason TEXT,
    state_at INTEGER NOT NULL,
    unconfirmed INTEGER NOT NULL,
    delivery_id BLOB,
    created_at INTEGER NOT NULL,
    stored_at INTEGER NOT NULL
) STRICT;
CREATE INDEX message_conversation ON message (conversation_id, created_at, id);
CREATE INDEX message_external ON message (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX message_receipt ON message (recipient, created_at) WHERE kind = 'receipt';
CREATE INDEX message_unsent ON message (state, state_at) WHERE state IN ('queued', 'sending', 'unknown', 'failed');
CREATE TABLE case_message (
    case_id BLOB NOT NULL REFERENCES cases (id),
    message_id BLOB NOT NULL REFERENCES message (id),
    PRIMARY KEY (case_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_message_message ON case_message (message_id);
-- Never sent to anybody: a table of its own, so that no mistake can send it.
CREATE TABLE note (
    id BLOB PRIMARY KEY,
    case_id BLOB NOT NULL REFERENCES cases (id),
    officer_id BLOB NOT NULL,
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX note_case ON note (case_id, created_at);
CREATE TABLE file (
    id BLOB PRIMARY KEY,
    case_id BLOB,
    message_id BLOB,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    mime TEXT NOT NULL,
    size INTEGER NOT NULL,
    original TEXT NOT NULL,
    shown TEXT,
    content_id TEXT,
    refused TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX file_message ON file (message_id, position);
CREATE TABLE answer (
    id BLOB PRIMARY KEY,
    case_id BLOB NOT NULL REFERENCES cases (id),
    number INTEGER NOT NULL,
    checked TEXT NOT NULL,
    legal_basis TEXT NOT NULL,
    next_steps TEXT NOT NULL,
    contact_line TEXT NOT NULL,
    drafted_by BLOB NOT NULL,
    drafted_at INTEGER NOT NULL,
    decided_by BLOB,
    decided_at INTEGER,
    decision TEXT NOT NULL,
    reason TEXT,
    message_id BLOB,
    UNIQUE (case_id, number)
) STRICT;
CREATE TABLE publication (
    id BLOB PRIMARY KEY,
    case_id BLOB NOT NULL REFERENCES cases (id),
    field TEXT NOT NULL,
    agency_id BLOB NOT NULL,
    title TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    answered_at INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    published_by BLOB NOT NULL,
    unpublished_at INTEGER,
    unpublished_reason TEXT
) STRICT;
CREATE INDEX publication_case ON publication (case_id);
CREATE INDEX publication_list ON publication (published_at, id) WHERE unpublished_at IS NULL;
CREATE INDEX publication_field ON publication (field, published_at, id) WHERE unpublished_at IS NULL;
CREATE TABLE rating (
    case_id BLOB NOT NULL REFERENCES cases (id),
    round INTEGER NOT NULL,
    score INTEGER NOT NULL,
    comment TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (case_id, round)
) STRICT, WITHOUT ROWID;

-- How a sender comes back to a case.
CREATE TABLE secret_link (
    token_hash TEXT PRIMARY KEY,
    case_id BLOB NOT NULL REFERENCES cases (id),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX secret_link_case ON secret_link (case_id);
CREATE TABLE sender_pass (
    token_hash TEXT PRIMARY KEY,
    case_id BLOB NOT NULL REFERENCES cases (id),
    link_hash TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sender_pass_case ON sender_pass (case_id);
CREATE TABLE one_time_code (
    id BLOB PRIMARY KEY,
    case_id BLOB,
    contact_hash TEXT NOT NULL,
    address_hash TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    used_at INTEGER
) STRICT;
CREATE INDEX one_time_code_contact ON one_time_code (contact_hash, created_at);
CREATE INDEX one_time_code_address ON one_time_code (address_hash, created_at);
CREATE INDEX one_time_code_day ON one_time_code (created_at);

-- Work to do and news of what was done.
CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    lane TEXT,
    payload TEXT NOT NULL CHECK (json_valid(payload)),
    state TEXT NOT NULL,
    run_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    fence INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER,
    last_error TEXT,
    dedup_key TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX job_ready ON job (run_at, id) WHERE state = 'ready';
CREATE INDEX job_lane ON job (lane, id) WHERE lane IS NOT NULL AND state <> 'dead';
CREATE UNIQUE INDEX job_lane_leased ON job (lane) WHERE lane IS NOT NULL AND state = 'leased';
CREATE INDEX job_lease ON job (lease_until) WHERE state = 'leased';
CREATE INDEX job_dead ON job (id) WHERE state = 'dead';
CREATE UNIQUE INDEX job_dedup ON job (dedup_key) WHERE dedup_key IS NOT NULL AND state <> 'dead';
CREATE TABLE change_feed (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    subject BLOB NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX file_case ON file (case_id) WHERE message_id IS NULL;
