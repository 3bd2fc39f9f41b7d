-- What else services may do: only through these, each granted to those it belongs to (0004_grants.sql).

-- A service touches its own due rows only: role jejak_x owns the rows of service x.
CREATE FUNCTION es.is_own(p_service text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT 'jejak_' || replace(p_service, '-', '_') = session_user
$$;

-- Returns the number of this attempt (from 1), or NULL when the row is gone, parked, claimed or put off.
CREATE FUNCTION es.claim(p_stream uuid, p_slot text, p_tugas text, p_seconds double precision) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE es.due d SET claimed_until = clock_timestamp() + make_interval(secs => p_seconds), attempts = d.attempts + 1
    FROM es.stream s
    WHERE s.key = p_stream AND d.stream_no = s.stream_no AND d.slot = p_slot AND d.tugas = p_tugas AND es.is_own(d.service)
      AND d.parked IS NULL
      AND (d.claimed_until IS NULL OR d.claimed_until <= clock_timestamp())
      AND (d.retry_at IS NULL OR d.retry_at <= clock_timestamp())
    RETURNING d.attempts
$$;

-- Puts a row off for a while (real time) and lets go of its claim. Without a claim the try counts here.
CREATE FUNCTION es.defer(p_stream uuid, p_slot text, p_tugas text, p_pause interval, p_reason text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH put AS (
        UPDATE es.due d SET retry_at = clock_timestamp() + p_pause, deferred = p_reason, claimed_until = NULL,
                            attempts = d.attempts + (d.claimed_until IS NULL)::int
        FROM es.stream s
        WHERE s.key = p_stream AND d.stream_no = s.stream_no AND d.slot = p_slot AND es.is_own(d.service)
          AND (p_tugas IS NULL OR d.tugas = p_tugas)
        RETURNING 1)
    SELECT EXISTS (SELECT FROM put)
$$;

CREATE FUNCTION es.park(p_stream uuid, p_slot text, p_tugas text, p_reason text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH put AS (
        UPDATE es.due d SET parked = p_reason, claimed_until = NULL
        FROM es.stream s
        WHERE s.key = p_stream AND d.stream_no = s.stream_no AND d.slot = p_slot AND es.is_own(d.service)
          AND (p_tugas IS NULL OR d.tugas = p_tugas)
        RETURNING 1)
    SELECT EXISTS (SELECT FROM put)
$$;

-- Puts a parked row back, as new: at once to be tried, attempts counted from 0. By its service or an administrator.
CREATE FUNCTION es.unpark(p_stream uuid, p_slot text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH put AS (
        UPDATE es.due d SET parked = NULL, claimed_until = NULL, retry_at = NULL, attempts = 0
        FROM es.stream s
        WHERE s.key = p_stream AND d.stream_no = s.stream_no AND d.slot = p_slot AND d.parked IS NOT NULL
          AND (es.is_own(d.service) OR pg_has_role(session_user, 'jejak_owner', 'member'))
        RETURNING 1)
    SELECT EXISTS (SELECT FROM put)
$$;

-- Keys of a case are made once: whoever comes second gets the first's. Returns the pair that is stored.
CREATE FUNCTION keys.put_case_key(p_stream uuid, p_working bytea, p_archive bytea)
RETURNS TABLE (working bytea, archive bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO keys.case_key (stream, working, archive) VALUES (p_stream, p_working, p_archive) ON CONFLICT DO NOTHING;
    RETURN QUERY SELECT k.working, k.archive FROM keys.case_key k WHERE k.stream = p_stream;
END $$;

CREATE FUNCTION es.put_person(p_stream uuid, p_hmac bytea[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT es.check_arrays(es.is_flat(p_hmac, cardinality(p_hmac)));
    INSERT INTO es.person (hmac, stream) SELECT h, p_stream FROM unnest(p_hmac) AS h ORDER BY h ON CONFLICT DO NOTHING
$$;

-- Bytes are stored once a case: a second time nothing happens. Returns how many were new.
CREATE FUNCTION es.put_blob(p_stream uuid, p_sha256 text[], p_sealed bytea[], p_media_type text[], p_size int[])
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT es.check_arrays(es.is_flat(p_sha256, cardinality(p_sha256)) AND es.is_flat(p_sealed, cardinality(p_sha256))
                           AND es.is_flat(p_media_type, cardinality(p_sha256)) AND es.is_flat(p_size, cardinality(p_sha256)));
    WITH put AS (
        INSERT INTO es.blob (stream, sha256, sealed, media_type, size)
        SELECT p_stream, b.* FROM unnest(p_sha256, p_sealed, p_media_type, p_size) AS b (sha256, sealed, media_type, size)
        ORDER BY b.sha256
        ON CONFLICT DO NOTHING RETURNING 1)
    SELECT count(*) FROM put
$$;

CREATE FUNCTION es.put_sop(p_dinas text, p_body bytea) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO es.sop (sha256, dinas, body) VALUES (encode(sha256(p_body), 'hex'), p_dinas, p_body) ON CONFLICT DO NOTHING;
    SELECT encode(sha256(p_body), 'hex')
$$;

-- A file put again for the same day replaces the one before it.
CREATE FUNCTION es.put_kantor(p_kode text, p_berlaku_sejak date, p_body bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO es.kantor AS k (kode, berlaku_sejak, body) VALUES (p_kode, p_berlaku_sejak, p_body)
    ON CONFLICT (kode, berlaku_sejak) DO UPDATE SET body = excluded.body, put_at = clock_timestamp() WHERE k.body <> excluded.body
$$;

CREATE FUNCTION es.set_dev_clock(p_skew interval) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE es.dev_clock SET skew = p_skew WHERE enabled;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the clock can be set in development only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN es.now();
END $$;
