-- The event store's tables. Run as jejak_owner; services get SELECT where they read, and write through functions only.

-- No role may call a function until it is granted.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE SCHEMA es;
CREATE SCHEMA keys;
COMMENT ON SCHEMA es IS 'The ledger: streams, events, what is due, and what they lean on.';
COMMENT ON SCHEMA keys IS 'Wrapped keys of the cases. Its own schema because it has its own backup, taken after the ledger''s.';

-- One row a stream (a case, a batch): the authority on its version. Nothing that changes is indexed, and a page keeps
-- room, so that an append's update stays on its page (HOT).
CREATE TABLE es.stream (
    stream_no   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key         uuid NOT NULL UNIQUE,
    kind        text NOT NULL,
    office      text NOT NULL,
    sop         text NOT NULL,
    version     bigint NOT NULL,
    head        bytea NOT NULL,
    recorded_at timestamptz NOT NULL,
    slots       text[] NOT NULL
) WITH (fillfactor = 70);
COMMENT ON COLUMN es.stream.head IS 'Hash of the last event; of a stream without events, SHA-256 of its own description.';
COMMENT ON COLUMN es.stream.slots IS 'Of its due rows: an append that leaves them as they are need not look for rows to remove.';
-- The cases of one office, and its batches, newest first.
CREATE INDEX stream_office ON es.stream (office, stream_no) WHERE kind = 'case';
CREATE INDEX stream_batch ON es.stream (office, stream_no) WHERE kind = 'batch';

CREATE SEQUENCE es.event_position AS bigint;

-- Append-only. What its columns may hold is checked in append(), once a call: a CHECK is read and prepared again by
-- every statement. The first columns stand as jejak.contracts.envelope.Event has them. Stream key, kind and office are
-- repeated so that a reader of many events needs no join.
CREATE TABLE es.event (
    position    bigint PRIMARY KEY,
    stream      uuid NOT NULL,
    version     bigint NOT NULL,
    kind        text NOT NULL,
    office      text NOT NULL,
    id          uuid NOT NULL,
    type        text NOT NULL,
    slot        text NOT NULL,
    langkah     text,
    tugas       text,
    hasil       text,
    oleh        text,
    actor       text,
    recorder    text,
    occurred_at timestamptz,
    recorded_at timestamptz NOT NULL,
    due         text,
    payload     bytea NOT NULL,
    hash        bytea NOT NULL,
    stream_no   bigint NOT NULL,
    CONSTRAINT event_version UNIQUE (stream_no, version)
);
-- Where the retention window of a topic begins. Few pages: what is appended later is younger, but for a wrong clock.
CREATE INDEX event_recorded ON es.event USING brin (recorded_at) WITH (autosummarize = on);
ALTER TABLE es.event ALTER COLUMN payload SET STORAGE EXTERNAL; -- mostly sealed bytes: compressing them is wasted work
COMMENT ON COLUMN es.event.due IS
    'On the last event of an append: what is due after it, service/tugas;langkah;who;slot, comma-separated; '''' = nothing.';

CREATE VIEW es.event_json AS
    SELECT position, stream, version, kind, office, id, type, slot, langkah, tugas, hasil, oleh, actor, recorder,
           occurred_at, recorded_at, due, convert_from(payload, 'UTF8')::jsonb AS payload, encode(hash, 'hex') AS hash
    FROM es.event;

CREATE FUNCTION es.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % of %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER event_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON es.event
    FOR EACH STATEMENT EXECUTE FUNCTION es.refuse_change();
CREATE TRIGGER stream_is_never_removed BEFORE DELETE OR TRUNCATE ON es.stream
    FOR EACH STATEMENT EXECUTE FUNCTION es.refuse_change();

-- What is due now, at most one task a slot (the main line, and every open follow-up). `since` and `not_before` are times
-- of the office (the governed clock); made_at, retry_at and claimed_until are real time.
CREATE TABLE es.due (
    stream        uuid NOT NULL,
    office        text NOT NULL,
    slot          text NOT NULL,
    service       text NOT NULL,
    tugas         text NOT NULL,
    langkah       text NOT NULL,
    who           text NOT NULL,
    since         timestamptz NOT NULL,
    not_before    timestamptz,
    automatic     boolean NOT NULL,
    owner         text NOT NULL,
    kumpulan      text,
    urgent        boolean NOT NULL,
    retry_at      timestamptz,
    claimed_until timestamptz,
    attempts      integer NOT NULL DEFAULT 0,
    deferred      text,
    parked        text,
    made_at       timestamptz NOT NULL,
    stream_no     bigint NOT NULL,
    ready_at      timestamptz NOT NULL, -- not_before, or -infinity
    PRIMARY KEY (stream_no, slot)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000);
COMMENT ON COLUMN es.due.deferred IS 'Reason code of the last deferral (retry_at).';
COMMENT ON COLUMN es.due.parked IS 'Reason code; a parked row is skipped by all until it is put back.';

-- The worklist of people; the sweep of automatic work. Whole, not partial: a predicate is paid for at every append.
CREATE INDEX due_worklist ON es.due (office, automatic, who, urgent DESC, since);
CREATE INDEX due_sweep ON es.due (service, automatic, ready_at, made_at);
-- Few rows of all that is due: what waits for a batch; what the system has put off, for officials who may do it by hand.
CREATE INDEX due_batch ON es.due (kumpulan, office) WHERE kumpulan IS NOT NULL;
CREATE INDEX due_put_off ON es.due (office, who) WHERE automatic AND deferred IS NOT NULL;

CREATE TABLE es.event_owner (
    role  text NOT NULL,
    type  text NOT NULL,
    PRIMARY KEY (role, type)
);
COMMENT ON TABLE es.event_owner IS 'Which login role may append which event type; append() holds every caller to it.';

CREATE TABLE es.sop (
    sha256 text PRIMARY KEY,
    dinas  text NOT NULL,
    body   bytea NOT NULL,
    put_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX sop_dinas ON es.sop (dinas);

CREATE TABLE es.kantor (
    kode          text NOT NULL,
    berlaku_sejak date NOT NULL,
    body          bytea NOT NULL,
    put_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (kode, berlaku_sejak)
);

CREATE TABLE es.blob (
    stream     uuid NOT NULL,
    sha256     text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    sealed     bytea NOT NULL,
    media_type text NOT NULL,
    size       integer NOT NULL CHECK (size >= 0),
    put_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (stream, sha256)
);
ALTER TABLE es.blob ALTER COLUMN sealed SET STORAGE EXTERNAL;
COMMENT ON COLUMN es.blob.sha256 IS 'Of the bytes before sealing; `size` too.';

CREATE TABLE es.person (
    hmac   bytea NOT NULL,
    stream uuid NOT NULL,
    PRIMARY KEY (hmac, stream)
);

CREATE TABLE keys.case_key (
    stream  uuid PRIMARY KEY,
    working bytea NOT NULL,
    archive bytea NOT NULL,
    put_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE keys.case_key IS 'Both keys of a case, wrapped by the master key.';

-- The settable clock of development. Exactly one row; migrate decides whether it is enabled.
CREATE TABLE es.clock (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    enabled boolean NOT NULL,
    skew    interval NOT NULL
);
INSERT INTO es.clock (enabled, skew) VALUES (false, interval '0');

-- What everybody asks: the offset that was set for all, or, in a session that has set `jejak.moment`, that instant.
CREATE VIEW es.dev_clock AS
    SELECT one, enabled,
           CASE WHEN enabled AND current_setting('jejak.moment', true) <> ''
                THEN current_setting('jejak.moment', true)::timestamptz - clock_timestamp()
                ELSE skew END AS skew
    FROM es.clock;

CREATE FUNCTION es.now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT clock_timestamp() + skew FROM es.dev_clock
$$;
COMMENT ON FUNCTION es.now() IS 'The governed clock: real time, plus the offset that development may set.';

-- Whether an array has this many elements, in one dimension counted from 1: only then does each stand where it is sought.
CREATE FUNCTION es.is_flat(p_array anyarray, p_count int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT cardinality(p_array) = p_count AND (p_count = 0 OR array_ndims(p_array) = 1 AND array_lower(p_array, 1) = 1)
$$;

-- Every function that takes arrays asks this first: a caller may be wrong, or hide an element where nothing looks at it.
CREATE FUNCTION es.check_arrays(p_match boolean) RETURNS void LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF p_match IS NOT TRUE THEN
        RAISE EXCEPTION 'the arrays of a call do not match' USING ERRCODE = 'invalid_parameter_value';
    END IF;
END $$;
