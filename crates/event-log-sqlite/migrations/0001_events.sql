-- The first schema. Numbers are big-endian where a checksum includes them.

-- What a version has to know before it reads the rest.
CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- Rows with the body of an event do not fit a table without row ids: those spill to overflow pages.
CREATE TABLE events (
    debate_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    event_id BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    -- The event in its envelope, as JSON.
    body BLOB NOT NULL,
    -- CRC-32 of all other columns.
    crc INTEGER NOT NULL,
    -- The chain hash of the log up to this event.
    hash BLOB NOT NULL,
    UNIQUE (debate_id, seq)
);

-- What lists and writers need of each debate, written with its events.
CREATE TABLE debates (
    id BLOB NOT NULL UNIQUE,
    last_seq INTEGER NOT NULL,
    -- The sequence number of the last event that set the status.
    status_seq INTEGER NOT NULL,
    -- Milliseconds since 1970.
    updated_at INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    purged INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    -- The worker of the last claim, and whether it has not released the debate.
    worker TEXT,
    incarnation BLOB,
    on_request INTEGER NOT NULL,
    held INTEGER NOT NULL,
    -- The chain hash of the whole log.
    hash BLOB NOT NULL,
    -- The question in lower case, for searches.
    topic TEXT,
    -- CRC-32 of all other columns.
    crc INTEGER NOT NULL
);

CREATE INDEX unfinished_debates ON debates (id) WHERE finished = 0 AND purged = 0;
CREATE INDEX held_debates ON debates (incarnation) WHERE held = 1;

CREATE TABLE workers (
    name TEXT NOT NULL PRIMARY KEY,
    incarnation BLOB NOT NULL,
    -- Milliseconds by the clock of the boot below.
    lease_until INTEGER NOT NULL,
    boot_id TEXT NOT NULL,
    pid INTEGER NOT NULL
) WITHOUT ROWID;

-- Idempotency keys, with the SHA-256 of the request.
CREATE TABLE keys (
    key TEXT NOT NULL PRIMARY KEY,
    request BLOB NOT NULL,
    debate_id BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE records (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    json TEXT NOT NULL,
    crc INTEGER NOT NULL,
    UNIQUE (kind, key)
);
