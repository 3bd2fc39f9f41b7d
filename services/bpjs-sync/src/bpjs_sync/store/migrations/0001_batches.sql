-- Batches, and answers of BPJS that could not be placed. What a batch is and who is in it stands in the ledger, in the
-- batch's own stream; the tables here are its shadow: a list of what is to be carried out, and an index of members.

CREATE SCHEMA bpjs;
COMMENT ON SCHEMA bpjs IS 'Batches under way, and answers that wait for a person.';

-- closed_at NULL: about to be closed; its stream says whether it was.
CREATE TABLE bpjs.batch (
    id            uuid PRIMARY KEY,
    office        text NOT NULL,
    kumpulan      text NOT NULL,
    period        text NOT NULL,
    closed_at     timestamptz,
    closed_by     uuid,
    carried_out   boolean NOT NULL DEFAULT false,
    claimed_until timestamptz,
    prepared_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (office, kumpulan, period)
) WITH (fillfactor = 70);
COMMENT ON COLUMN bpjs.batch.closed_by IS 'Id of its BatchClosed: a request made twice closes once.';
COMMENT ON COLUMN bpjs.batch.claimed_until IS 'Real time: one process carries it out.';
CREATE INDEX batch_under_way ON bpjs.batch (prepared_at) WHERE NOT carried_out;

CREATE TABLE bpjs.member (
    batch     uuid NOT NULL,
    "case"    uuid NOT NULL,
    slot      text NOT NULL,
    tugas     text NOT NULL,
    closed_at timestamptz NOT NULL,
    PRIMARY KEY (batch, "case", slot)
);
CREATE INDEX member_case ON bpjs.member ("case", slot, closed_at DESC);

-- Cases that still wait for a batch to close, and since when. A case in a closed one waits for it no longer, until an act
-- leaves the case where it was (a reconciliation that did not agree).
CREATE VIEW bpjs.waiting AS
    SELECT d.office, d.kumpulan, s.sop, d.stream AS "case", d.slot, d.tugas, d.langkah, d.who,
           greatest(d.since, m.acted_at) AS since
    FROM es.due d
    JOIN es.stream s ON s.stream_no = d.stream_no
    LEFT JOIN LATERAL (
        SELECT o.closed_at, (SELECT max(e.recorded_at) FROM es.event e
                             WHERE e.stream_no = d.stream_no AND e.slot = d.slot AND e.tugas = d.tugas
                               AND e.hasil IS NOT NULL AND e.recorded_at >= o.closed_at) AS acted_at
        FROM bpjs.member o
        WHERE o."case" = d.stream AND o.slot = d.slot AND o.tugas = d.tugas AND o.closed_at >= d.since
        ORDER BY o.closed_at DESC LIMIT 1) AS m ON true
    WHERE d.kumpulan IS NOT NULL AND d.parked IS NULL AND (m.closed_at IS NULL OR m.acted_at IS NOT NULL);

-- Members of closed batches with whom the task of the batch has still to be done.
CREATE VIEW bpjs.open_member AS
    SELECT d.office, d.kumpulan, m.batch, m.closed_at, b.period, m."case", m.slot, m.tugas
    FROM es.due d
    JOIN bpjs.member m ON m."case" = d.stream AND m.slot = d.slot AND m.tugas = d.tugas AND m.closed_at >= d.since
    JOIN bpjs.batch b ON b.id = m.batch
    WHERE d.kumpulan IS NOT NULL
      AND NOT EXISTS (SELECT FROM es.event e WHERE e.stream_no = d.stream_no AND e.slot = d.slot AND e.tugas = d.tugas
                        AND e.hasil IS NOT NULL AND e.recorded_at >= m.closed_at);

CREATE FUNCTION bpjs.prepare_batch(p_id uuid, p_office text, p_kumpulan text, p_period text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO bpjs.batch (id, office, kumpulan, period) VALUES (p_id, p_office, p_kumpulan, p_period) ON CONFLICT DO NOTHING
$$;

-- What the batch's stream says of it, as often as one likes.
CREATE FUNCTION bpjs.note_closed(p_id uuid, p_closed_at timestamptz, p_closed_by uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE bpjs.batch SET closed_at = p_closed_at, closed_by = p_closed_by WHERE id = p_id AND closed_at IS NULL
$$;

CREATE FUNCTION bpjs.note_members(p_batch uuid, p_closed_at timestamptz, p_case uuid[], p_slot text[], p_tugas text[])
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT es.check_arrays(es.is_flat(p_case, cardinality(p_case)) AND es.is_flat(p_slot, cardinality(p_case))
                           AND es.is_flat(p_tugas, cardinality(p_case)));
    INSERT INTO bpjs.member (batch, "case", slot, tugas, closed_at)
    SELECT p_batch, m."case", m.slot, m.tugas, p_closed_at FROM unnest(p_case, p_slot, p_tugas) AS m ("case", slot, tugas)
    ON CONFLICT DO NOTHING
$$;

CREATE FUNCTION bpjs.drop_members(p_batch uuid, p_case uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT es.check_arrays(es.is_flat(p_case, cardinality(p_case)));
    DELETE FROM bpjs.member WHERE batch = p_batch AND "case" = ANY (p_case)
$$;

CREATE FUNCTION bpjs.claim_batch(p_id uuid, p_seconds double precision) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH claimed AS (
        UPDATE bpjs.batch SET claimed_until = clock_timestamp() + make_interval(secs => p_seconds)
        WHERE id = p_id AND NOT carried_out AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())
        RETURNING 1)
    SELECT EXISTS (SELECT FROM claimed)
$$;

-- Lets go of the claim; a batch that is carried out is not looked at again, one that was never closed is forgotten.
CREATE FUNCTION bpjs.release_batch(p_id uuid, p_carried_out boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE bpjs.batch SET claimed_until = NULL, carried_out = carried_out OR p_carried_out WHERE id = p_id
$$;

CREATE FUNCTION bpjs.forget_batch(p_id uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM bpjs.batch b WHERE b.id = p_id AND b.closed_at IS NULL
        AND NOT EXISTS (SELECT FROM es.stream s WHERE s.key = p_id)
$$;

-- Files of answers: each is read once an office. Its key seals the rows that could not be placed.
CREATE TABLE bpjs.answer_file (
    no          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          uuid NOT NULL UNIQUE,
    office      text NOT NULL,
    sha256      bytea NOT NULL CHECK (octet_length(sha256) = 32),
    imported_by text NOT NULL CHECK (imported_by <> ''),
    begun_at    timestamptz NOT NULL DEFAULT es.now(),
    finished_at timestamptz,
    rows        integer NOT NULL DEFAULT 0,
    applied     integer NOT NULL DEFAULT 0,
    unplaced    integer NOT NULL DEFAULT 0,
    wrapped_key bytea NOT NULL,
    UNIQUE (office, sha256)
);

CREATE TABLE bpjs.unplaced (
    id          uuid PRIMARY KEY,
    file_no     integer NOT NULL REFERENCES bpjs.answer_file,
    office      text NOT NULL,
    row_no      integer NOT NULL,
    reason      text NOT NULL,
    "case"      uuid,
    sealed      bytea,
    kept_at     timestamptz NOT NULL DEFAULT es.now(),
    resolved_at timestamptz,
    resolved_by text,
    resolution  text,
    UNIQUE (file_no, row_no),
    CHECK ((resolved_at IS NULL) = (resolved_by IS NULL)),
    CHECK (resolved_at IS NULL OR sealed IS NULL)
);
COMMENT ON COLUMN bpjs.unplaced."case" IS 'The case it seems to be about, or was placed with.';
CREATE INDEX unplaced_open ON bpjs.unplaced (office, kept_at, id) WHERE resolved_at IS NULL;

-- `fresh` is false for a file that was begun before: then its own key and counts are returned.
CREATE FUNCTION bpjs.begin_answers(p_id uuid, p_office text, p_sha256 bytea, p_imported_by text, p_wrapped_key bytea)
RETURNS TABLE (fresh boolean, no integer, id uuid, wrapped_key bytea, finished boolean, rows integer, applied integer,
               unplaced integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_new boolean;
BEGIN
    INSERT INTO bpjs.answer_file (id, office, sha256, imported_by, wrapped_key)
        VALUES (p_id, p_office, p_sha256, p_imported_by, p_wrapped_key) ON CONFLICT (office, sha256) DO NOTHING;
    v_new := FOUND;
    RETURN QUERY SELECT v_new, f.no, f.id, f.wrapped_key, f.finished_at IS NOT NULL, f.rows, f.applied, f.unplaced
        FROM bpjs.answer_file f WHERE f.office = p_office AND f.sha256 = p_sha256;
END $$;

CREATE FUNCTION bpjs.keep_unplaced(
    p_file_no integer, p_id uuid[], p_row_no integer[], p_reason text[], p_case uuid[], p_sealed bytea[]
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT es.check_arrays(es.is_flat(p_id, cardinality(p_id)) AND es.is_flat(p_row_no, cardinality(p_id))
                           AND es.is_flat(p_reason, cardinality(p_id)) AND es.is_flat(p_case, cardinality(p_id))
                           AND es.is_flat(p_sealed, cardinality(p_id)));
    INSERT INTO bpjs.unplaced (id, file_no, office, row_no, reason, "case", sealed)
    SELECT u.id, p_file_no, f.office, u.row_no, u.reason, u."case", u.sealed
    FROM unnest(p_id, p_row_no, p_reason, p_case, p_sealed) AS u (id, row_no, reason, "case", sealed),
         bpjs.answer_file f
    WHERE f.no = p_file_no
    ON CONFLICT (file_no, row_no) DO NOTHING
$$;

CREATE FUNCTION bpjs.finish_answers(p_file_no integer, p_rows integer, p_applied integer, p_unplaced integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE bpjs.answer_file SET finished_at = es.now(), rows = p_rows, applied = p_applied, unplaced = p_unplaced
    WHERE no = p_file_no AND finished_at IS NULL
$$;

-- A row that is resolved keeps its record and loses its values.
CREATE FUNCTION bpjs.resolve_unplaced(p_id uuid, p_by text, p_resolution text, p_case uuid) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH resolved AS (
        UPDATE bpjs.unplaced SET resolved_at = es.now(), resolved_by = p_by, resolution = p_resolution,
                                 "case" = coalesce(p_case, "case"), sealed = NULL
        WHERE id = p_id AND resolved_at IS NULL RETURNING 1)
    SELECT EXISTS (SELECT FROM resolved)
$$;

GRANT USAGE ON SCHEMA bpjs TO jejak_bpjs_sync;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bpjs TO jejak_bpjs_sync;
GRANT SELECT ON ALL TABLES IN SCHEMA bpjs TO jejak_bpjs_sync;
