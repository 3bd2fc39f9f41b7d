-- append(): the only way into the ledger.
--
-- The chain: hash = SHA-256(previous ‖ header ‖ SHA-256(payload)); previous is 32 bytes.
--
-- The header is UTF-8 text of 17 lines joined by LF (no LF at the end):
--   position, stream, version, kind, office, id, type, slot, langkah, tugas, hasil, oleh, actor, recorder,
--   occurred_at, recorded_at, due
-- Numbers are decimal, uuids in lower case with hyphens, times whole microseconds since 1970-01-01 UTC. NULL is the
-- empty line; no column can hold '' but `due`, which is written "=" followed by its text. No field may hold an LF.
--
-- The first event's previous is the stream's genesis: SHA-256 of the four lines stream, kind, office, sop.
-- jejak.store.chain recomputes both.

CREATE FUNCTION es.now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT clock_timestamp() + skew FROM es.dev_clock
$$;
COMMENT ON FUNCTION es.now() IS 'The governed clock: real time, plus the offset that development may set.';

CREATE FUNCTION es.micros(p_at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT (extract(epoch FROM p_at) * 1000000)::bigint::text
$$;

CREATE FUNCTION es.genesis(p_key uuid, p_kind text, p_office text, p_sop text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(convert_to(concat_ws(E'\n', p_key::text, p_kind, p_office, p_sop), 'UTF8'))
$$;

CREATE FUNCTION es.chain_step(p_state bytea, p_seed bytea, p_link bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN sha256(coalesce(p_state, p_seed) || p_link);
END $$;
CREATE AGGREGATE es.chain(seed bytea, link bytea) (SFUNC = es.chain_step, STYPE = bytea);

-- Arrays in, one row a command out, in the order of the commands. p_count and p_due_count say how many of the flat
-- event and due arrays belong to each command. A due row's `since` NULL means: this append's recorded_at.
CREATE FUNCTION es.append(
    p_key uuid[], p_kind text[], p_expected bigint[], p_office text[], p_sop text[], p_count int[], p_due_count int[],
    p_id uuid[], p_type text[], p_payload bytea[], p_slot text[], p_langkah text[], p_tugas text[], p_hasil text[],
    p_oleh text[], p_actor text[], p_recorder text[], p_occurred_at timestamptz[],
    p_due_slot text[], p_due_service text[], p_due_tugas text[], p_due_langkah text[], p_due_who text[],
    p_due_since timestamptz[], p_due_not_before timestamptz[], p_due_automatic boolean[], p_due_owner text[],
    p_due_kumpulan text[], p_due_urgent boolean[]
) RETURNS TABLE (status text, version bigint, "position" bigint, recorded_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $append$
#variable_conflict use_column
DECLARE
    v_first int[];        -- of every command: where its events begin
    v_due_first int[];    -- and its due rows
    v_text text[];        -- and its due rows as the relay's header says them
    v_now timestamptz;
    v_position bigint[];
    v_wrong text;
    w_ord int[];          -- of every command that won: which, and its stream as it was found
    w_base int[];         -- how many events go before its own
    w_no bigint[];
    w_version bigint[];
    w_head bytea[];
    w_kind text[];
    w_office text[];
    w_at timestamptz[];
BEGIN
    IF cardinality(p_key) = 0 OR 0 >= ANY (p_count) OR 0 > ANY (p_expected) THEN
        RAISE EXCEPTION 'a command has at least one event, and expects version 0 or more'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF strpos(array_to_string(p_kind || p_office || p_sop || p_type || p_slot || p_langkah || p_tugas || p_hasil || p_oleh
                              || p_actor || p_recorder, ''), E'\n') > 0 THEN
        RAISE EXCEPTION 'a line feed would make the hashed header ambiguous' USING ERRCODE = 'invalid_parameter_value';
    END IF;

    -- The role that connected, not the definer, must own every type.
    SELECT t.type INTO v_wrong FROM unnest(p_type) AS t (type)
    WHERE NOT EXISTS (SELECT FROM es.event_owner o WHERE o.role = session_user AND o.type = t.type) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% may not append %', session_user, v_wrong USING ERRCODE = 'insufficient_privilege';
    END IF;

    -- Every append in flight holds the fence shared until it ends; a tail that meets a hole waits for its holders.
    PERFORM pg_advisory_xact_lock_shared(7300171);

    -- New streams first, then locks on those that exist, both in key order: no two calls can wait for each other.
    IF 0 = ANY (p_expected) THEN
        INSERT INTO es.stream (key, kind, office, sop, version, head, recorded_at)
        SELECT c.key, c.kind, c.office, c.sop, 0, es.genesis(c.key, c.kind, c.office, c.sop), '-infinity'
        FROM unnest(p_key, p_kind, p_expected, p_office, p_sop) AS c (key, kind, expected, office, sop)
        WHERE c.expected = 0 ORDER BY c.key
        ON CONFLICT (key) DO NOTHING;
    END IF;
    WITH locked AS MATERIALIZED (
        SELECT s.* FROM es.stream s WHERE s.key = ANY (p_key) ORDER BY s.key FOR NO KEY UPDATE
    ), won AS (
        SELECT c.ord::int AS ord, (sum(c.n) OVER (ORDER BY c.ord) - c.n)::int AS base, l.*
        FROM unnest(p_key, p_expected, p_count) WITH ORDINALITY AS c (key, expected, n, ord)
        JOIN locked l ON l.key = c.key AND l.version = c.expected
    )
    SELECT array_agg(ord), array_agg(base), array_agg(stream_no), array_agg(version), array_agg(head), array_agg(kind),
           array_agg(office), array_agg(recorded_at)
    INTO w_ord, w_base, w_no, w_version, w_head, w_kind, w_office, w_at
    FROM (SELECT * FROM won ORDER BY ord) AS w;

    SELECT array_agg(first), array_agg(due_first),
           array_agg((SELECT coalesce(string_agg(concat(p_due_service[k], '/', p_due_tugas[k], ';', p_due_langkah[k], ';',
                                                        p_due_who[k], ';', p_due_slot[k]), ',' ORDER BY k), '')
                      FROM generate_series(due_first + 1, due_first + d) AS k))
    INTO v_first, v_due_first, v_text
    FROM (SELECT d, (sum(n) OVER (ORDER BY ord) - n)::int AS first, (sum(d) OVER (ORDER BY ord) - d)::int AS due_first
          FROM unnest(p_count, p_due_count) WITH ORDINALITY AS c (n, d, ord) ORDER BY ord) AS o;

    IF w_ord IS NOT NULL THEN
        -- Numbers are drawn only now, when every stream is locked: within a stream, position order is version order.
        SELECT array_agg(nextval('es.event_position')) INTO v_position
        FROM generate_series(1, (SELECT sum(p_count[o]) FROM unnest(w_ord) AS o));
        v_now := es.now();
        SELECT array_agg(greatest(at, v_now) ORDER BY o) INTO w_at FROM unnest(w_at) WITH ORDINALITY AS a (at, o);

        WITH line AS MATERIALIZED (
            SELECT w.ord, i, v_first[w.ord] + i AS k, w.stream_no, w.version + i AS version, w.head, w.kind, w.office, w.at,
                   v_position[w.base + i] AS position, i = p_count[w.ord] AS last,
                   CASE WHEN i = p_count[w.ord] THEN v_text[w.ord] END AS due
            FROM unnest(w_ord, w_base, w_no, w_version, w_head, w_kind, w_office, w_at)
                     AS w (ord, base, stream_no, version, head, kind, office, at),
                 generate_series(1, p_count[w.ord]) AS i
        ), chained AS MATERIALIZED (
            SELECT l.*, es.chain(l.head, convert_to(array_to_string(ARRAY[
                l.position::text, p_key[l.ord]::text, l.version::text, l.kind, l.office, p_id[k]::text, p_type[k], p_slot[k],
                p_langkah[k], p_tugas[k], p_hasil[k], p_oleh[k], p_actor[k], p_recorder[k], es.micros(p_occurred_at[k]),
                es.micros(l.at), '=' || l.due], E'\n', ''), 'UTF8') || sha256(p_payload[k]))
                OVER (PARTITION BY l.ord ORDER BY l.i) AS hash
            FROM line l
        ), written AS (
            INSERT INTO es.event (position, stream_no, version, stream, kind, office, id, type, slot, langkah, tugas, hasil,
                                  oleh, actor, recorder, occurred_at, recorded_at, due, payload, hash)
            SELECT c.position, c.stream_no, c.version, p_key[c.ord], c.kind, c.office, p_id[k], p_type[k],
                   p_slot[k], p_langkah[k], p_tugas[k], p_hasil[k], p_oleh[k], p_actor[k], p_recorder[k],
                   p_occurred_at[k], c.at, c.due, p_payload[k], c.hash
            FROM chained c ORDER BY c.position
        )
        UPDATE es.stream s SET version = c.version, head = c.hash, recorded_at = c.at
        FROM chained c WHERE c.last AND s.stream_no = c.stream_no;

        DELETE FROM es.due d USING unnest(w_ord, w_no) AS w (ord, stream_no)
        WHERE d.stream_no = w.stream_no
          AND d.slot <> ALL (p_due_slot[v_due_first[w.ord] + 1 : v_due_first[w.ord] + p_due_count[w.ord]]);

        IF cardinality(p_due_slot) > 0 THEN
            -- A row that is due as before keeps what was done about it: claim, attempts, back-off, parking.
            INSERT INTO es.due AS d (stream_no, slot, stream, office, service, tugas, langkah, who, since, not_before,
                                     automatic, owner, kumpulan, urgent, made_at)
            SELECT w.stream_no, p_due_slot[k], p_key[w.ord], w.office, p_due_service[k], p_due_tugas[k], p_due_langkah[k],
                   p_due_who[k], coalesce(p_due_since[k], w.at), p_due_not_before[k], p_due_automatic[k], p_due_owner[k],
                   p_due_kumpulan[k], p_due_urgent[k], clock_timestamp()
            FROM unnest(w_ord, w_no, w_office, w_at) AS w (ord, stream_no, office, at),
                 generate_series(v_due_first[w.ord] + 1, v_due_first[w.ord] + p_due_count[w.ord]) AS k
            ON CONFLICT (stream_no, slot) DO UPDATE SET
                (service, tugas, langkah, who, since, not_before, automatic, owner, kumpulan, urgent, made_at, retry_at,
                 claimed_until, attempts, deferred, parked) =
                (SELECT excluded.service, excluded.tugas, excluded.langkah, excluded.who, excluded.since,
                        excluded.not_before, excluded.automatic, excluded.owner, excluded.kumpulan, excluded.urgent,
                        CASE WHEN same THEN d.made_at ELSE excluded.made_at END,
                        CASE WHEN same THEN d.retry_at END, CASE WHEN same THEN d.claimed_until END,
                        CASE WHEN same THEN d.attempts ELSE 0 END, CASE WHEN same THEN d.deferred END,
                        CASE WHEN same THEN d.parked END
                 FROM (SELECT (d.langkah, d.tugas, d.who, d.since)
                            = (excluded.langkah, excluded.tugas, excluded.who, excluded.since) AS same) AS s);
        END IF;
    END IF;

    RETURN QUERY
    SELECT CASE WHEN w.ord IS NOT NULL THEN 'appended' WHEN e.position IS NOT NULL THEN 'already' ELSE 'conflict' END,
           CASE WHEN w.ord IS NOT NULL THEN w.version + c.n ELSE coalesce(e.version, s.version, 0) END,
           CASE WHEN w.ord IS NOT NULL THEN v_position[w.base + c.n] ELSE coalesce(e.position, 0) END,
           coalesce(w.at, e.recorded_at, s.recorded_at, es.now())
    FROM unnest(p_key, p_expected, p_count) WITH ORDINALITY AS c (key, expected, n, ord)
    LEFT JOIN unnest(w_ord, w_base, w_version, w_at) AS w (ord, base, version, at) ON w.ord = c.ord
    LEFT JOIN es.stream s ON w.ord IS NULL AND s.key = c.key
    LEFT JOIN LATERAL (
        -- The same event ids at the expected versions: said before, and true.
        SELECT l.version, l.position, l.recorded_at FROM es.event l
        WHERE l.stream_no = s.stream_no AND l.version = c.expected + c.n
          AND p_id[v_first[c.ord] + 1 : v_first[c.ord] + c.n] = ARRAY(
              SELECT b.id FROM es.event b
              WHERE b.stream_no = s.stream_no AND b.version > c.expected AND b.version <= c.expected + c.n
              ORDER BY b.version)
    ) AS e ON true
    ORDER BY c.ord;
END $append$;
