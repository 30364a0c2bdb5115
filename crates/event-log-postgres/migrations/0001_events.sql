-- The first schema. Texts of users are bytea: a text of PostgreSQL cannot hold a NUL. Writes are functions, so
-- that a check and its write take one round trip; each returns its outcome as a word.

-- What a version has to know before it reads the rest.
CREATE TABLE meta (
    key text PRIMARY KEY,
    value text NOT NULL
);

CREATE TABLE events (
    debate_id uuid NOT NULL,
    seq bigint NOT NULL,
    event_id uuid NOT NULL,
    epoch bigint NOT NULL,
    -- The event in its envelope, as JSON: convert_from(body, 'UTF8').
    body bytea NOT NULL,
    -- CRC-32 of debate_id, seq, event_id and body.
    crc integer NOT NULL,
    -- The chain hash of the log up to this event.
    hash bytea NOT NULL,
    PRIMARY KEY (debate_id, seq)
);

-- What lists and writers need of each debate, written with its events. Every append updates a row: the free
-- space of its page keeps the new version beside the old one, and no index has a column that appends change.
CREATE TABLE debates (
    id uuid PRIMARY KEY,
    last_seq bigint NOT NULL,
    -- The sequence number of the last event that set the status.
    status_seq bigint NOT NULL,
    -- Milliseconds since 1970.
    updated_at bigint NOT NULL,
    finished boolean NOT NULL,
    purged boolean NOT NULL,
    epoch bigint NOT NULL,
    -- The worker of the last claim, and the lease with which it holds the debate; no lease once it was released.
    worker text,
    lease uuid,
    on_request boolean NOT NULL,
    -- The chain hash of the whole log.
    hash bytea NOT NULL,
    -- The question in lower case, for searches.
    topic bytea
) WITH (fillfactor = 70);

CREATE INDEX unfinished_debates ON debates (id) WHERE NOT finished AND NOT purged;

CREATE TABLE workers (
    name text PRIMARY KEY,
    incarnation uuid NOT NULL,
    -- A new one after each lapse, so that claims made before it count no more.
    lease uuid NOT NULL,
    lease_until timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Idempotency keys, with the SHA-256 of the request.
CREATE TABLE keys (
    key bytea PRIMARY KEY,
    request bytea NOT NULL,
    debate_id uuid NOT NULL
);

CREATE TABLE records (
    kind text NOT NULL,
    key bytea NOT NULL,
    json bytea NOT NULL,
    -- CRC-32 of kind, key and json, with a NUL between them.
    crc integer NOT NULL,
    PRIMARY KEY (kind, key)
) WITH (fillfactor = 70);

-- The text so far of open calls. Not logged: it costs no sync, and is empty after a crash of PostgreSQL.
CREATE UNLOGGED TABLE partials (
    debate_id uuid PRIMARY KEY,
    -- A JSON object.
    texts bytea NOT NULL,
    crc integer NOT NULL
) WITH (fillfactor = 50);

-- The time of leases: that of the database, unless a test gives one in milliseconds since 1970.
CREATE FUNCTION lease_time(p_at bigint) RETURNS timestamptz LANGUAGE sql AS $$
    SELECT coalesce(to_timestamp(p_at / 1000.0), clock_timestamp())
$$;

-- The leases that have not expired.
CREATE FUNCTION live_leases(p_at bigint) RETURNS uuid[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(lease), '{}') FROM workers WHERE lease_until > lease_time(p_at)
$$;

-- Inserts events after number p_last of a debate whose row is locked. Returns the hash of its log.
CREATE FUNCTION insert_events(
    p_id uuid, p_last bigint, p_epoch bigint, p_hash bytea,
    p_event_ids uuid[], p_bodies bytea[], p_crcs integer[]
) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    v_hash bytea := p_hash;
BEGIN
    FOR i IN 1 .. cardinality(p_event_ids) LOOP
        v_hash := sha256(v_hash || uuid_send(p_event_ids[i]) || p_bodies[i]);
        INSERT INTO events (debate_id, seq, event_id, epoch, body, crc, hash)
        VALUES (p_id, p_last + i, p_event_ids[i], p_epoch, p_bodies[i], p_crcs[i], v_hash);
    END LOOP;
    RETURN v_hash;
END
$$;

-- p_status is the number of the last of the events that sets the status, if one does.
CREATE FUNCTION create_debate(
    p_id uuid, p_expected bigint, p_key bytea, p_request bytea, p_topic bytea,
    p_event_ids uuid[], p_bodies bytea[], p_crcs integer[],
    p_status bigint, p_updated_at bigint, p_finished boolean,
    OUT outcome text, OUT existing uuid, OUT last bigint, OUT current_epoch bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_hash bytea := sha256(uuid_send(p_id));
BEGIN
    IF p_key IS NOT NULL THEN
        -- Waits for a concurrent request with the same key.
        INSERT INTO keys (key, request, debate_id) VALUES (p_key, p_request, p_id) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            SELECT CASE WHEN k.request = p_request THEN 'existing' ELSE 'key_reused' END, k.debate_id
            INTO outcome, existing FROM keys k WHERE k.key = p_key;
            RETURN;
        END IF;
    END IF;
    IF p_expected = 0 THEN
        INSERT INTO debates (id, last_seq, status_seq, updated_at, finished, purged, epoch, on_request, hash, topic)
        VALUES (p_id, cardinality(p_event_ids), coalesce(p_status, 0), p_updated_at, p_finished, false, 0, false,
            v_hash, p_topic)
        ON CONFLICT DO NOTHING;
    END IF;
    IF p_expected <> 0 OR NOT FOUND THEN
        DELETE FROM keys WHERE key = p_key;
        SELECT CASE WHEN d.purged THEN 'purged' ELSE 'conflict' END, d.last_seq, d.epoch
        INTO outcome, last, current_epoch FROM debates d WHERE d.id = p_id;
        IF NOT FOUND THEN
            outcome := 'conflict'; last := 0; current_epoch := 0;
        END IF;
        RETURN;
    END IF;
    v_hash := insert_events(p_id, 0, 0, v_hash, p_event_ids, p_bodies, p_crcs);
    UPDATE debates SET hash = v_hash WHERE id = p_id;
    outcome := 'done'; last := cardinality(p_event_ids); current_epoch := 0;
END
$$;

CREATE FUNCTION append_events(
    p_id uuid, p_expected bigint, p_epoch bigint,
    p_event_ids uuid[], p_bodies bytea[], p_crcs integer[],
    p_status bigint, p_updated_at bigint, p_finished boolean,
    OUT outcome text, OUT last bigint, OUT current_epoch bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_debate debates;
BEGIN
    SELECT * INTO v_debate FROM debates WHERE id = p_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        outcome := 'unknown';
        RETURN;
    END IF;
    last := v_debate.last_seq;
    current_epoch := v_debate.epoch;
    IF v_debate.purged THEN
        outcome := 'purged';
    ELSIF p_epoch <> v_debate.epoch THEN
        outcome := 'fenced';
    ELSIF p_expected <> v_debate.last_seq THEN
        outcome := 'conflict';
    ELSE
        outcome := 'done';
        last := last + cardinality(p_event_ids);
        UPDATE debates SET
            hash = insert_events(p_id, p_expected, v_debate.epoch, v_debate.hash, p_event_ids, p_bodies, p_crcs),
            last_seq = last,
            status_seq = coalesce(p_status, status_seq),
            updated_at = p_updated_at,
            finished = p_finished
        WHERE id = p_id;
    END IF;
END
$$;

-- Adds copied events, and creates their debate if they are its first. The worker is its last one, and holds nothing.
CREATE FUNCTION import_events(
    p_id uuid, p_expected bigint, p_worker text, p_on_request boolean, p_topic bytea,
    p_event_ids uuid[], p_bodies bytea[], p_crcs integer[],
    p_status bigint, p_updated_at bigint, p_finished boolean, p_at bigint,
    OUT outcome text, OUT last bigint, OUT current_epoch bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_debate debates;
BEGIN
    IF p_expected = 0 THEN
        INSERT INTO debates (id, last_seq, status_seq, updated_at, finished, purged, epoch, on_request, hash, topic)
        VALUES (p_id, 0, 0, p_updated_at, false, false, 0, false, sha256(uuid_send(p_id)), p_topic)
        ON CONFLICT DO NOTHING;
    END IF;
    SELECT * INTO v_debate FROM debates WHERE id = p_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        outcome := 'conflict'; last := 0; current_epoch := 0;
        RETURN;
    END IF;
    PERFORM FROM workers WHERE lease = v_debate.lease FOR SHARE;
    last := v_debate.last_seq;
    current_epoch := v_debate.epoch;
    IF v_debate.purged THEN
        outcome := 'purged';
    ELSIF v_debate.lease = ANY (live_leases(p_at)) THEN
        outcome := 'held';
    ELSIF p_expected <> v_debate.last_seq OR v_debate.finished THEN
        outcome := 'conflict';
    ELSE
        outcome := 'done';
        last := last + cardinality(p_event_ids);
        current_epoch := current_epoch + 1;
        UPDATE debates SET
            hash = insert_events(p_id, p_expected, current_epoch, v_debate.hash, p_event_ids, p_bodies, p_crcs),
            last_seq = last,
            status_seq = coalesce(p_status, status_seq),
            updated_at = p_updated_at,
            finished = p_finished,
            epoch = current_epoch,
            worker = p_worker,
            lease = NULL,
            on_request = p_on_request
        WHERE id = p_id;
    END IF;
END
$$;

CREATE FUNCTION purge_debate(p_id uuid, OUT outcome text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM debates WHERE id = p_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        -- A damaged debate, whose row is missing, can be deleted.
        INSERT INTO debates (id, last_seq, status_seq, updated_at, finished, purged, epoch, on_request, hash)
        SELECT p_id, 0, 0, 0, true, false, 0, false, sha256(uuid_send(p_id))
        WHERE EXISTS (SELECT FROM events WHERE debate_id = p_id);
        IF NOT FOUND THEN
            outcome := 'unknown';
            RETURN;
        END IF;
    END IF;
    outcome := 'done';
    UPDATE debates SET last_seq = 0, status_seq = 0, finished = true, purged = true, worker = NULL, lease = NULL,
        hash = sha256(uuid_send(p_id)), topic = NULL
    WHERE id = p_id AND NOT purged;
    DELETE FROM events WHERE debate_id = p_id;
    DELETE FROM partials WHERE debate_id = p_id;
END
$$;

CREATE FUNCTION register_worker(
    p_worker text, p_incarnation uuid, p_lease_ms bigint, p_at bigint, OUT outcome text
) LANGUAGE plpgsql AS $$
DECLARE
    v_now timestamptz := lease_time(p_at);
BEGIN
    INSERT INTO workers AS w (name, incarnation, lease, lease_until)
    VALUES (p_worker, p_incarnation, gen_random_uuid(), v_now + p_lease_ms * interval '1 ms')
    ON CONFLICT (name) DO UPDATE SET
        incarnation = excluded.incarnation,
        lease_until = excluded.lease_until,
        -- A registration that is repeated keeps the claims of the first one.
        lease = CASE WHEN w.incarnation = excluded.incarnation AND w.lease_until > v_now
            THEN w.lease ELSE excluded.lease END;
    DELETE FROM workers WHERE name IN (
        SELECT name FROM workers WHERE lease_until < v_now - interval '1 day' FOR UPDATE SKIP LOCKED
    );
    outcome := 'done';
END
$$;

CREATE FUNCTION renew_lease(
    p_worker text, p_incarnation uuid, p_lease_ms bigint, p_at bigint, OUT outcome text
) LANGUAGE plpgsql AS $$
DECLARE
    v_worker workers;
    v_now timestamptz;
BEGIN
    SELECT * INTO v_worker FROM workers WHERE name = p_worker FOR UPDATE;
    v_now := lease_time(p_at);
    IF v_worker.incarnation <> p_incarnation THEN
        outcome := 'lease_lost';
    ELSIF v_worker.lease_until > v_now THEN
        UPDATE workers SET lease_until = v_now + p_lease_ms * interval '1 ms' WHERE name = p_worker;
        outcome := 'continued';
    ELSE
        PERFORM register_worker(p_worker, p_incarnation, p_lease_ms, p_at);
        outcome := 'restarted';
    END IF;
END
$$;

CREATE FUNCTION claim_debate(
    p_id uuid, p_worker text, p_incarnation uuid, p_on_request boolean, p_at bigint,
    OUT outcome text, OUT last bigint, OUT current_epoch bigint
) LANGUAGE plpgsql AS $$
DECLARE
    v_debate debates;
    v_live uuid[];
    v_lease uuid;
BEGIN
    SELECT * INTO v_debate FROM debates WHERE id = p_id FOR NO KEY UPDATE;
    -- Waits for a renewal under way.
    PERFORM FROM workers WHERE lease = v_debate.lease FOR SHARE;
    v_live := live_leases(p_at);
    SELECT lease INTO v_lease FROM workers
    WHERE name = p_worker AND incarnation = p_incarnation AND lease = ANY (v_live);
    IF v_lease IS NULL THEN
        outcome := 'lease_lost';
    ELSIF v_debate.id IS NULL THEN
        outcome := 'unknown';
    ELSIF v_debate.purged THEN
        outcome := 'purged';
    ELSIF v_debate.finished OR (v_debate.lease <> v_lease AND v_debate.lease = ANY (v_live)) THEN
        outcome := 'held';
    ELSE
        outcome := 'done';
        last := v_debate.last_seq;
        current_epoch := v_debate.epoch + 1;
        UPDATE debates SET epoch = current_epoch, worker = p_worker, lease = v_lease, on_request = p_on_request
        WHERE id = p_id;
    END IF;
END
$$;

-- One row with the outcome 'lease_lost', or one for each claim.
CREATE FUNCTION take_over_debates(
    p_worker text, p_incarnation uuid, p_on_request boolean, p_except uuid[], p_limit bigint, p_at bigint
) RETURNS TABLE (outcome text, debate uuid, last bigint, current_epoch bigint) LANGUAGE plpgsql AS $$
DECLARE
    v_live uuid[] := live_leases(p_at);
    v_lease uuid;
    v_free uuid[];
BEGIN
    v_free := ARRAY(
        SELECT d.id FROM debates d
        WHERE NOT d.finished AND NOT d.purged AND d.status_seq > 1 AND NOT d.on_request
            AND (d.lease IS NULL OR d.lease <> ALL (v_live)) AND d.id <> ALL (p_except)
        ORDER BY d.id LIMIT p_limit FOR NO KEY UPDATE SKIP LOCKED
    );
    -- The rows are locked now. Leases that were renewed or begun since the first look count.
    PERFORM FROM workers w
    WHERE w.lease IN (SELECT d.lease FROM debates d WHERE d.id = ANY (v_free))
    ORDER BY w.name FOR SHARE;
    v_live := live_leases(p_at);
    SELECT w.lease INTO v_lease FROM workers w
    WHERE w.name = p_worker AND w.incarnation = p_incarnation AND w.lease = ANY (v_live);
    IF v_lease IS NULL THEN
        RETURN QUERY SELECT 'lease_lost', NULL::uuid, NULL::bigint, NULL::bigint;
        RETURN;
    END IF;
    RETURN QUERY
    UPDATE debates d SET epoch = d.epoch + 1, worker = p_worker, lease = v_lease, on_request = p_on_request
    WHERE d.id = ANY (v_free) AND NOT d.finished AND NOT d.purged AND NOT d.on_request
        AND (d.lease IS NULL OR d.lease <> ALL (v_live))
    RETURNING 'done', d.id, d.last_seq, d.epoch;
END
$$;

CREATE FUNCTION release_debate(p_id uuid, p_epoch bigint, OUT outcome text) LANGUAGE plpgsql AS $$
DECLARE
    v_debate debates;
BEGIN
    SELECT * INTO v_debate FROM debates WHERE id = p_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        outcome := 'unknown';
    ELSIF v_debate.purged THEN
        outcome := 'purged';
    ELSE
        outcome := 'done';
        UPDATE debates SET lease = NULL WHERE id = p_id AND epoch = p_epoch AND lease IS NOT NULL;
    END IF;
END
$$;
