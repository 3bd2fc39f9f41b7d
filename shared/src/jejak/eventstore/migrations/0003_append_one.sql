-- append_one(): append() of one command with one event and at most two due rows, by scalars and in two statements. An
-- expression or statement of PL/pgSQL is made ready anew in every transaction: of a single append, that was most of it.
-- The same locks in the same order, the same chain, the same answers; what is commented in append() is not repeated.
CREATE FUNCTION es.append_one(
    p_key uuid, p_kind text, p_office text, p_sop text, p_expected bigint,
    p_id uuid, p_type text, p_slot text, p_langkah text, p_tugas text, p_hasil text, p_oleh text, p_actor text,
    p_recorder text, p_payload bytea, p_occurred_at timestamptz,
    p_due_words text[], p_due_times timestamptz[], p_due_flags boolean[],
    OUT status text, OUT version bigint, OUT "position" bigint, OUT recorded_at timestamptz
)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan
AS $append$
#variable_conflict use_column
DECLARE
    v_no bigint;
    v_head bytea;
    v_kind text;
    v_office text;
    v_slots text[];
    v_new_slots text[];
    v_due text;
    v_header text;
    v_wrong text;
    v_rows bigint;
    -- NULL when these are not the arrays of so many due rows.
    v_count int := CASE concat_ws(',', array_dims(p_due_words), array_dims(p_due_times), array_dims(p_due_flags))
                   WHEN '' THEN 0 WHEN '[1:7],[1:2],[1:2]' THEN 1 WHEN '[1:14],[1:4],[1:4]' THEN 2 END;
BEGIN
    v_wrong := pg_advisory_xact_lock_shared(7300171);

    IF p_expected = 0 THEN
        INSERT INTO es.stream (key, kind, office, sop, version, head, recorded_at, slots)
        VALUES (p_key, p_kind, p_office, p_sop, 0,
                sha256(convert_to(concat_ws(E'\n', p_key::text, p_kind, p_office, p_sop), 'UTF8')),
                '-infinity', '{}')
        ON CONFLICT (key) DO NOTHING;
    END IF;
    -- What stands outside the subquery that locks is worked out when the lock is held: the clock, then the number, which
    -- a command that lost, or may not, does not draw. The role that connected, not the definer, must own the type.
    SELECT n.*, CASE WHEN n.version = p_expected AND n.wrong IS NULL AND v_count IS NOT NULL
                     THEN nextval('es.event_position') END
    INTO v_no, version, v_head, v_kind, v_office, v_slots, recorded_at, v_wrong, v_due, v_new_slots, position
    FROM (SELECT s.stream_no, s.version, s.head, s.kind, s.office, s.slots,
                 CASE WHEN s.version <> p_expected THEN s.recorded_at
                      ELSE greatest(s.recorded_at, clock_timestamp() + c.skew) END,
                 CASE WHEN NOT EXISTS (SELECT FROM es.event_owner o WHERE o.role = session_user AND o.type = p_type)
                      THEN coalesce(p_type, 'NULL') END AS wrong,
                 concat(CASE WHEN v_count > 0 THEN
                            concat(p_due_words[2], '/', p_due_words[3], ';', p_due_words[4], ';', p_due_words[5], ';',
                                   p_due_words[1]) END,
                        CASE WHEN v_count > 1 THEN
                            concat(',', p_due_words[9], '/', p_due_words[10], ';', p_due_words[11], ';', p_due_words[12],
                                   ';', p_due_words[8]) END),
                 CASE v_count WHEN 0 THEN '{}' WHEN 1 THEN ARRAY[p_due_words[1]]
                                  ELSE ARRAY[p_due_words[1], p_due_words[8]] END
          FROM es.dev_clock c
          LEFT JOIN (SELECT s.* FROM es.stream s WHERE s.key = p_key FOR NO KEY UPDATE) AS s ON true
          OFFSET 0) AS n;
    IF position IS NULL THEN
        PERFORM es.check_arrays(v_count IS NOT NULL);
        IF v_wrong IS NOT NULL THEN
            RAISE EXCEPTION '% may not append %', session_user, v_wrong USING ERRCODE = 'JK001';
        END IF;
        SELECT n.* INTO status, version, position, recorded_at
        FROM es.not_appended(v_no, version, recorded_at, p_expected, ARRAY[p_id]) AS n;
        RETURN;
    END IF;

    version := version + 1;
    v_header := concat_ws(E'\n', position, p_key, version, v_kind, v_office, p_id,
        p_type, p_slot, coalesce(p_langkah, E'\x01'), coalesce(p_tugas, E'\x01'), coalesce(p_hasil, E'\x01'),
        coalesce(p_oleh, E'\x01'), coalesce(p_actor, E'\x01'), coalesce(p_recorder, E'\x01'),
        coalesce((extract(epoch FROM p_occurred_at) * 1000000)::bigint::text, E'\x01'),
        (extract(epoch FROM recorded_at) * 1000000)::bigint, v_due);
    IF octet_length(v_header) - octet_length(replace(v_header, E'\n', '')) <> 16
       OR length(v_due) - length(translate(v_due, ',;/', '')) <> greatest(5 * v_count - 1, 0) THEN
        RAISE EXCEPTION 'a line feed or a separator within a field would make the hashed header or a due token ambiguous'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    v_head := sha256(v_head || convert_to(v_header, 'UTF8') || sha256(p_payload));
    WITH told AS (
        INSERT INTO es.event (position, stream, version, kind, office, id, type, slot, langkah, tugas, hasil, oleh, actor,
                              recorder, occurred_at, recorded_at, due, payload, hash, stream_no)
        VALUES (append_one.position, p_key, append_one.version, v_kind, v_office, p_id, p_type, p_slot, p_langkah,
                p_tugas, p_hasil, p_oleh, p_actor, p_recorder, p_occurred_at, append_one.recorded_at, v_due,
                p_payload, v_head, v_no)
    ), headed AS (
        UPDATE es.stream s
        SET version = append_one.version, head = v_head, recorded_at = append_one.recorded_at, slots = v_new_slots
        WHERE s.stream_no = v_no
    )
    -- A row that is due as before keeps what was done about it: claim, attempts, back-off, parking.
    INSERT INTO es.due AS x (stream_no, slot, stream, office, service, tugas, langkah, who, since, not_before, automatic,
                             owner, kumpulan, urgent, made_at, ready_at)
    SELECT v_no, p_due_words[7 * k - 6], p_key, v_office, p_due_words[7 * k - 5], p_due_words[7 * k - 4],
           p_due_words[7 * k - 3], p_due_words[7 * k - 2], coalesce(p_due_times[2 * k - 1], append_one.recorded_at),
           p_due_times[2 * k], p_due_flags[2 * k - 1], p_due_words[7 * k - 1], p_due_words[7 * k],
           p_due_flags[2 * k], clock_timestamp(), coalesce(p_due_times[2 * k], '-infinity')
    FROM (VALUES (1), (2)) AS n (k) WHERE k <= v_count
    ON CONFLICT (stream_no, slot) DO UPDATE SET
        service = excluded.service, tugas = excluded.tugas, langkah = excluded.langkah, who = excluded.who,
        since = excluded.since, not_before = excluded.not_before, ready_at = excluded.ready_at,
        automatic = excluded.automatic, owner = excluded.owner, kumpulan = excluded.kumpulan, urgent = excluded.urgent,
        made_at = excluded.made_at, retry_at = NULL, claimed_until = NULL, attempts = 0, deferred = NULL, parked = NULL
    WHERE (x.langkah, x.tugas, x.who, x.since) <> (excluded.langkah, excluded.tugas, excluded.who, excluded.since);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    IF v_rows < v_count THEN
        PERFORM es.restate_due('{1,2}', ARRAY[v_no, v_no], p_due_words, p_due_times, p_due_flags);
    END IF;
    -- A due row's key is its stream and slot; slots that are no longer named go.
    IF NOT v_slots <@ v_new_slots THEN
        DELETE FROM es.due x WHERE x.stream_no = v_no AND x.slot <> ALL (v_new_slots);
    END IF;
    status := 'appended';
END $append$;
