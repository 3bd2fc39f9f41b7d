-- What else services may do: only through these, each granted at the end of this file to those it belongs to. No service
-- writes a table but the checkpoint of what it publishes (0005_epoch.sql).

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

-- Keys of a case are made once: a second call gets those of the first. Returns the pair that is stored.
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
    UPDATE es.clock SET skew = p_skew WHERE enabled;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the clock can be set in development only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN es.now();
END $$;

-- How years of synthetic cases come into the store, where the clock may be set at all (development): append() of many
-- commands, one after the other, each at its own instant. The arguments of append(), the instants first; append() itself
-- holds every caller to what its role may append.
CREATE FUNCTION es.append_at(
    p_at timestamptz[], p_key uuid[], p_stream text[], p_number bigint[],
    p_id uuid[], p_words text[], p_payload bytea[], p_occurred_at timestamptz[],
    p_due_words text[], p_due_times timestamptz[], p_due_flags boolean[]
) RETURNS TABLE (status text, version bigint, "position" bigint, recorded_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    k int := 0;
    d int := 0;
    events int;
    dues int;
BEGIN
    IF NOT (SELECT enabled FROM es.dev_clock) THEN
        RAISE EXCEPTION 'events of another time are appended in development only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM es.check_arrays(
        es.is_flat(p_at, cardinality(p_key))
        AND es.is_call(p_key, p_stream, p_number, p_id, p_words, p_payload, p_occurred_at, p_due_words, p_due_times, p_due_flags));
    FOR c IN 1 .. cardinality(p_key) LOOP
        events := p_number[3 * c - 1];
        dues := p_number[3 * c];
        PERFORM set_config('jejak.moment', p_at[c]::text, true);
        IF events = 1 AND dues <= 2 THEN
            RETURN QUERY SELECT a.* FROM es.append_one(
                p_key[c], p_stream[3 * c - 2], p_stream[3 * c - 1], p_stream[3 * c], p_number[3 * c - 2],
                p_id[k + 1], p_words[8 * k + 1], p_words[8 * k + 2], p_words[8 * k + 3], p_words[8 * k + 4],
                p_words[8 * k + 5], p_words[8 * k + 6], p_words[8 * k + 7], p_words[8 * k + 8],
                p_payload[k + 1], p_occurred_at[k + 1], p_due_words[7 * d + 1 : 7 * (d + dues)],
                p_due_times[2 * d + 1 : 2 * (d + dues)], p_due_flags[2 * d + 1 : 2 * (d + dues)]) AS a;
        ELSE
            RETURN QUERY SELECT a.* FROM es.append(
                p_key[c:c], p_stream[3 * c - 2 : 3 * c], p_number[3 * c - 2 : 3 * c],
                p_id[k + 1 : k + events], p_words[8 * k + 1 : 8 * (k + events)],
                p_payload[k + 1 : k + events], p_occurred_at[k + 1 : k + events],
                p_due_words[7 * d + 1 : 7 * (d + dues)], p_due_times[2 * d + 1 : 2 * (d + dues)],
                p_due_flags[2 * d + 1 : 2 * (d + dues)]) AS a;
        END IF;
        k := k + events;
        d := d + dues;
    END LOOP;
    PERFORM es.check_arrays(k = cardinality(p_id) AND d = cardinality(p_due_flags) / 2);
END $$;

-- A payload as it is stored; NULL where it cannot be read, so that one damaged event takes no list with it.
CREATE FUNCTION es.readable(p_payload bytea) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN convert_from(p_payload, 'UTF8')::jsonb;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $$;

-- Whether a case was entered in this part of an office, as its first event says; NULL: the whole office. A first event
-- that cannot be read hides its own case there, and no other.
CREATE FUNCTION es.entered_in(p_stream_no bigint, p_wilayah text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT p_wilayah IS NULL OR coalesce((
        SELECT starts_with((es.readable(e.payload) ->> 'entry_office') || '.', p_wilayah || '.')
        FROM es.event e WHERE e.stream_no = p_stream_no AND e.version = 1), false)
$$;

GRANT USAGE ON SCHEMA es, keys
    TO jejak_intake, jejak_verification, jejak_approval, jejak_letters, jejak_bpjs_sync, jejak_ledger;

-- Everybody reads cases: the ledger renders them, the others decide on them.
GRANT SELECT ON es.stream, es.event, es.due, es.sop, es.kantor, es.dev_clock, es.blob, keys.case_key
    TO jejak_intake, jejak_verification, jejak_approval, jejak_letters, jejak_bpjs_sync, jejak_ledger;
GRANT EXECUTE ON FUNCTION es.now(), es.set_dev_clock(interval), es.entered_in(bigint, text),
    es.readable(bytea)
    TO jejak_intake, jejak_verification, jejak_approval, jejak_letters, jejak_bpjs_sync, jejak_ledger;
-- Who is known where is asked at the counter, by the look-ups, by answers of BPJS (which name people by NIK), and by
-- inspectors.
GRANT SELECT ON es.person TO jejak_intake, jejak_verification, jejak_bpjs_sync, jejak_ledger;
GRANT SELECT ON es.event_json TO jejak_ledger;

GRANT EXECUTE ON FUNCTION
    es.append(uuid[], text[], bigint[], uuid[], text[], bytea[], timestamptz[], text[], timestamptz[], boolean[]),
    es.append_one(uuid, text, text, text, bigint, uuid, text, text, text, text, text, text, text, text, bytea, timestamptz,
                  text[], timestamptz[], boolean[]),
    es.claim(uuid, text, text, double precision),
    es.defer(uuid, text, text, interval, text),
    es.park(uuid, text, text, text),
    es.unpark(uuid, text),
    es.append_at(timestamptz[], uuid[], text[], bigint[], uuid[], text[], bytea[], timestamptz[], text[], timestamptz[],
                 boolean[]),
    es.put_blob(uuid, text[], bytea[], text[], int[])
    TO jejak_intake, jejak_verification, jejak_approval, jejak_letters, jejak_bpjs_sync;
-- A case gets its keys at the counter; the list of a batch is sealed under keys of its own.
GRANT EXECUTE ON FUNCTION keys.put_case_key(uuid, bytea, bytea) TO jejak_intake, jejak_bpjs_sync;
GRANT EXECUTE ON FUNCTION es.put_person(uuid, bytea[]) TO jejak_intake;
