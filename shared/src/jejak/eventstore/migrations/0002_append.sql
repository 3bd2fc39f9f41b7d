-- append(): with append_one(), for the commonest command, the only way into the event store.
--
-- The chain: hash = SHA-256(previous ‖ header ‖ SHA-256(payload)); previous is 32 bytes.
--
-- The header is UTF-8 text of 17 lines joined by LF (no LF at the end):
--   position, stream, version, kind, office, id, type, slot, langkah, tugas, hasil, oleh, actor, recorder,
--   occurred_at, recorded_at, due
-- Numbers are decimal, uuids in lower case with hyphens, times whole microseconds since 1970-01-01 UTC. NULL is one
-- byte 0x01. No field may hold an LF.
--
-- The first event's previous is the stream's genesis: SHA-256 of the four lines stream, kind, office, sop.
-- jejak.eventstore.integrity.chain recomputes both.

CREATE FUNCTION es.genesis(p_key uuid, p_kind text, p_office text, p_sop text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(convert_to(concat_ws(E'\n', p_key::text, p_kind, p_office, p_sop), 'UTF8'))
$$;

-- Whether the arrays of append() have as many elements as the commands, events and due rows they are of. How events and
-- due rows are shared out among the commands is seen as they are gone through. As text: one expression of few parts.
CREATE FUNCTION es.is_call(
    p_key uuid[], p_stream text[], p_number bigint[],
    p_id uuid[], p_words text[], p_payload bytea[], p_occurred_at timestamptz[],
    p_due_words text[], p_due_times timestamptz[], p_due_flags boolean[]
) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT concat_ws(',', array_dims(p_key), array_dims(p_stream), array_dims(p_number), array_dims(p_id),
                     array_dims(p_words), array_dims(p_payload), array_dims(p_occurred_at))
         = format('[1:%s],[1:%s],[1:%2$s],[1:%s],[1:%s],[1:%3$s],[1:%3$s]', cardinality(p_key), 3 * cardinality(p_key),
                  cardinality(p_id), 8 * cardinality(p_id))
       AND concat_ws(',', array_dims(p_due_words), array_dims(p_due_times), array_dims(p_due_flags))
         = CASE cardinality(p_due_flags) WHEN 0 THEN ''
           ELSE format('[1:%s],[1:%s],[1:%2$s]', 7 * cardinality(p_due_flags) / 2, cardinality(p_due_flags)) END
       AND cardinality(p_due_flags) % 2 = 0 AND array_position(p_number, NULL) IS NULL
$$;

-- The first of these event types that the role which connected may not append; NULL if there is none.
CREATE FUNCTION es.not_owned(p_words text[]) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(t.type, 'NULL')
    FROM (SELECT DISTINCT p_words[8 * g - 7] AS type FROM generate_series(1, cardinality(p_words) / 8) AS g) AS t
    WHERE NOT EXISTS (SELECT FROM es.event_owner o WHERE o.role = session_user AND o.type = t.type) LIMIT 1
$$;

-- What becomes of a command whose stream, locked, does not stand at the expected version: the same event ids at the
-- expected versions were said before, and true; anything else lost to another.
CREATE FUNCTION es.not_appended(p_no bigint, p_version bigint, p_at timestamptz, p_expected bigint, p_ids uuid[])
RETURNS TABLE (status text, version bigint, "position" bigint, recorded_at timestamptz) LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN e.version IS NULL THEN 'conflict' ELSE 'already' END, coalesce(e.version, p_version, 0),
           coalesce(e.position, 0), coalesce(e.recorded_at, p_at)
    FROM (SELECT) AS one LEFT JOIN es.event e
      ON e.stream_no = p_no AND e.version = p_expected + cardinality(p_ids)
     AND p_ids = ARRAY(SELECT b.id FROM es.event b
                       WHERE b.stream_no = p_no AND b.version > p_expected AND b.version <= p_expected + cardinality(p_ids)
                       ORDER BY b.version)
$$;

-- Of these due rows (where each stands in the parameters, and its stream), what is due as before but said otherwise: what
-- was done about it stays.
CREATE FUNCTION es.restate_due(
    p_k int[], p_no bigint[], p_due_words text[], p_due_times timestamptz[], p_due_flags boolean[]
) RETURNS void LANGUAGE sql VOLATILE AS $$
    UPDATE es.due x SET
        service = n.service, not_before = n.not_before, ready_at = coalesce(n.not_before, '-infinity'),
        automatic = n.automatic, owner = n.owner, kumpulan = n.kumpulan, urgent = n.urgent
    FROM (SELECT r.stream_no, p_due_words[7 * k - 6] AS slot, p_due_words[7 * k - 5] AS service,
                 p_due_words[7 * k - 1] AS owner, p_due_words[7 * k] AS kumpulan, p_due_times[2 * k] AS not_before,
                 p_due_flags[2 * k - 1] AS automatic, p_due_flags[2 * k] AS urgent
          FROM unnest(p_k, p_no) AS r (k, stream_no)) AS n
    WHERE x.stream_no = n.stream_no AND x.slot = n.slot
      AND (x.service, x.not_before, x.automatic, x.owner, x.kumpulan, x.urgent)
          IS DISTINCT FROM (n.service, n.not_before, n.automatic, n.owner, n.kumpulan, n.urgent)
$$;

-- Many commands, each to a stream of its own, answered one by one in their order. Arrays, because one round trip carries
-- them all; flat, with so many elements a command, an event or a due row, because every array costs a call its share:
--   p_stream        kind, office, sop of each command
--   p_number        expected version, count of events, count of due rows of each command
--   p_words         type, slot, langkah, tugas, hasil, oleh, actor, recorder of each event
--   p_due_words     slot, service, tugas, langkah, who, owner, kumpulan of each due row
--   p_due_times     since (NULL: this append's recorded_at), not_before
--   p_due_flags     automatic, urgent
-- What needs no table is a plain expression in a loop, a tenth of the price of a statement; tables are touched once a
-- call, by a set. Elements are taken from the arrays one by one: a slice of a long array is sought from its beginning.
-- The commonest command has a way of its own, append_one().
CREATE FUNCTION es.append(
    p_key uuid[], p_stream text[], p_number bigint[],
    p_id uuid[], p_words text[], p_payload bytea[], p_occurred_at timestamptz[],
    p_due_words text[], p_due_times timestamptz[], p_due_flags boolean[]
) RETURNS TABLE (status text, version bigint, "position" bigint, recorded_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan
AS $append$
#variable_conflict use_column
DECLARE
    v_commands int := cardinality(p_key);
    v_skew interval;
    v_now timestamptz;
    v_wrong text;
    -- of every command: its stream as it was found, locked; head and time as they will be
    s_no bigint[];
    s_version bigint[];
    s_head bytea[];
    s_kind text[];
    s_office text[];
    s_at timestamptz[];
    s_slots text[];           -- joined by LF
    v_no bigint;
    v_version bigint;
    v_head bytea;
    v_kind text;
    v_office text;
    v_at timestamptz;
    v_slots text[];
    v_new_slots text[];
    v_header text;
    v_due text;
    v_position bigint;
    -- of every event and due row of the commands that won: where it stands in the parameters, and what was made of it
    e_k int[] := '{}';
    e_ord int[] := '{}';
    e_position bigint[] := '{}';
    e_version bigint[] := '{}';
    e_due text[] := '{}';
    e_hash bytea[] := '{}';
    d_k int[] := '{}';
    d_ord int[] := '{}';
    w_ord int[] := '{}';      -- the commands that won
    w_slots text[] := '{}';   -- their slots from now on, joined by LF
    r_no bigint[] := '{}';    -- due rows to remove: streams that may have some
    i int;
    k int := 0;
    d int := 0;
    m int := 0;
BEGIN
    IF es.is_call(p_key, p_stream, p_number, p_id, p_words, p_payload, p_occurred_at, p_due_words, p_due_times,
                  p_due_flags) IS NOT TRUE THEN
        PERFORM es.check_arrays(false);
    END IF;

    -- Every append in flight holds the fence shared until it ends; a tail that meets a hole waits for its holders.
    v_wrong := pg_advisory_xact_lock_shared(7300171);

    -- New streams first, then locks on those that exist, both in key order: no two calls can wait for each other.
    IF v_commands = 1 THEN
        IF p_number[1] = 0 THEN
            INSERT INTO es.stream AS s (key, kind, office, sop, version, head, recorded_at, slots)
            VALUES (p_key[1], p_stream[1], p_stream[2], p_stream[3], 0,
                    sha256(convert_to(concat_ws(E'\n', p_key[1]::text, p_stream[1], p_stream[2], p_stream[3]), 'UTF8')),
                    '-infinity', '{}')
            ON CONFLICT (key) DO NOTHING RETURNING s.stream_no, s.head INTO v_no, v_head;
        END IF;
        IF v_no IS NULL THEN
            SELECT s.stream_no, s.version, s.head, s.kind, s.office, s.recorded_at, s.slots
            INTO v_no, v_version, v_head, v_kind, v_office, v_at, v_slots
            FROM es.stream s WHERE s.key = p_key[1] FOR NO KEY UPDATE;
        ELSE
            v_version := 0; v_kind := p_stream[1]; v_office := p_stream[2]; v_at := '-infinity'; v_slots := '{}';
        END IF;
        s_no[1] := v_no; s_version[1] := v_version; s_head[1] := v_head; s_kind[1] := v_kind; s_office[1] := v_office;
        s_at[1] := v_at;
    ELSE
        IF v_commands <> (SELECT count(DISTINCT key) FROM unnest(p_key) AS t (key)) THEN
            RAISE EXCEPTION 'a call names each stream once' USING ERRCODE = 'invalid_parameter_value';
        END IF;
        INSERT INTO es.stream (key, kind, office, sop, version, head, recorded_at, slots)
        SELECT c.key, p_stream[3 * ord - 2], p_stream[3 * ord - 1], p_stream[3 * ord], 0,
               es.genesis(c.key, p_stream[3 * ord - 2], p_stream[3 * ord - 1], p_stream[3 * ord]), '-infinity', '{}'
        FROM unnest(p_key) WITH ORDINALITY AS c (key, ord) WHERE p_number[3 * ord - 2] = 0 ORDER BY c.key
        ON CONFLICT (key) DO NOTHING;
        SELECT array_agg(stream_no), array_agg(version), array_agg(head), array_agg(kind), array_agg(office),
               array_agg(recorded_at), array_agg(array_to_string(slots, E'\n'))
        INTO s_no, s_version, s_head, s_kind, s_office, s_at, s_slots
        FROM (SELECT l.* FROM unnest(p_key) WITH ORDINALITY AS c (key, ord)
              LEFT JOIN (SELECT s.* FROM es.stream s WHERE s.key = ANY (p_key) ORDER BY s.key FOR NO KEY UPDATE) AS l
                     ON l.key = c.key
              ORDER BY c.ord) AS locked;
    END IF;

    -- The role that connected, not the definer, must own every type.
    SELECT c.skew, es.not_owned(p_words) INTO v_skew, v_wrong FROM es.dev_clock c;
    IF v_wrong IS NOT NULL THEN
        RAISE EXCEPTION '% may not append %', session_user, v_wrong USING ERRCODE = 'JK001';
    END IF;
    v_now := clock_timestamp() + v_skew;

    -- Numbers are drawn only now, when every stream is locked: within a stream, position order is version order.
    FOR c IN 1 .. v_commands LOOP
        -- A command has at least one event, and takes none of another's.
        IF p_number[3 * c - 1] < 1 OR p_number[3 * c] < 0 OR k + p_number[3 * c - 1] > cardinality(p_id)
           OR d + p_number[3 * c] > cardinality(p_due_flags) / 2 THEN
            PERFORM es.check_arrays(false);
        END IF;
        IF s_version[c] = p_number[3 * c - 2] THEN
            w_ord[cardinality(w_ord) + 1] := c;
            v_at := greatest(s_at[c], v_now);
            s_at[c] := v_at;
            v_head := s_head[c];
            v_due := '';
            v_new_slots := '{}';
            FOR j IN d + 1 .. d + p_number[3 * c] LOOP
                v_due := concat(v_due, CASE WHEN v_due <> '' THEN ',' END, p_due_words[7 * j - 5], '/', p_due_words[7 * j - 4],
                                ';', p_due_words[7 * j - 3], ';', p_due_words[7 * j - 2], ';', p_due_words[7 * j - 6]);
                v_new_slots[j - d] := p_due_words[7 * j - 6];
                d_k[cardinality(d_k) + 1] := j;
                d_ord[cardinality(d_k)] := c;
            END LOOP;
            IF length(v_due) - length(translate(v_due, ',;/', '')) <> greatest(5 * p_number[3 * c] - 1, 0) THEN
                RAISE EXCEPTION 'a separator within a field would make a due token ambiguous'
                    USING ERRCODE = 'invalid_parameter_value';
            END IF;
            FOR j IN 1 .. p_number[3 * c - 1] LOOP
                i := k + j;
                m := m + 1;
                v_version := s_version[c] + j;
                v_position := nextval('es.event_position');
                v_header := concat_ws(E'\n', v_position, p_key[c], v_version, s_kind[c], s_office[c], p_id[i],
                    p_words[8 * i - 7], p_words[8 * i - 6], coalesce(p_words[8 * i - 5], E'\x01'),
                    coalesce(p_words[8 * i - 4], E'\x01'), coalesce(p_words[8 * i - 3], E'\x01'),
                    coalesce(p_words[8 * i - 2], E'\x01'), coalesce(p_words[8 * i - 1], E'\x01'),
                    coalesce(p_words[8 * i], E'\x01'),
                    coalesce((extract(epoch FROM p_occurred_at[i]) * 1000000)::bigint::text, E'\x01'),
                    (extract(epoch FROM v_at) * 1000000)::bigint,
                    CASE WHEN j = p_number[3 * c - 1] THEN v_due ELSE E'\x01' END);
                IF octet_length(v_header) - octet_length(replace(v_header, E'\n', '')) <> 16 THEN
                    RAISE EXCEPTION 'a line feed within a field would make the hashed header ambiguous'
                        USING ERRCODE = 'invalid_parameter_value';
                END IF;
                v_head := sha256(v_head || convert_to(v_header, 'UTF8') || sha256(p_payload[i]));
                e_k[m] := i;
                e_ord[m] := c;
                e_position[m] := v_position;
                e_version[m] := v_version;
                e_hash[m] := v_head;
                IF j = p_number[3 * c - 1] THEN
                    e_due[m] := v_due;
                ELSE
                    e_due[m] := NULL;
                END IF;
            END LOOP;
            s_head[c] := v_head;
            IF v_commands > 1 THEN
                w_slots[cardinality(w_ord)] := array_to_string(v_new_slots, E'\n');
                IF s_slots[c] <> '' AND s_slots[c] <> w_slots[cardinality(w_ord)] THEN
                    r_no[cardinality(r_no) + 1] := s_no[c];
                END IF;
            END IF;
        END IF;
        k := k + p_number[3 * c - 1];
        d := d + p_number[3 * c];
    END LOOP;
    IF k <> cardinality(p_id) OR d <> cardinality(p_due_flags) / 2 THEN
        PERFORM es.check_arrays(false);
    END IF;

    IF m > 0 THEN
        INSERT INTO es.event (position, stream, version, kind, office, id, type, slot, langkah, tugas, hasil, oleh, actor,
                              recorder, occurred_at, recorded_at, due, payload, hash, stream_no)
        SELECT e.position, p_key[ord], e.version, s_kind[ord], s_office[ord], p_id[k], p_words[8 * k - 7], p_words[8 * k - 6],
               p_words[8 * k - 5], p_words[8 * k - 4], p_words[8 * k - 3], p_words[8 * k - 2], p_words[8 * k - 1],
               p_words[8 * k], p_occurred_at[k], s_at[ord], e.due, p_payload[k], e.hash, s_no[ord]
        FROM unnest(e_k, e_ord, e_position, e_version, e_due, e_hash) AS e (k, ord, position, version, due, hash);
    END IF;

    -- A due row's key is its stream and slot; slots that are no longer named go.
    IF v_commands = 1 AND m > 0 THEN
        UPDATE es.stream s SET version = v_version, head = v_head, recorded_at = v_at, slots = v_new_slots
        WHERE s.stream_no = v_no;
        IF NOT v_slots <@ v_new_slots THEN
            DELETE FROM es.due x WHERE x.stream_no = v_no AND x.slot <> ALL (v_new_slots);
        END IF;
    ELSIF m > 0 THEN
        UPDATE es.stream s SET version = s_version[ord] + p_number[3 * ord - 1], head = s_head[ord], recorded_at = s_at[ord],
                               slots = string_to_array(w.slots, E'\n')
        FROM unnest(w_ord, w_slots) AS w (ord, slots) WHERE s.stream_no = s_no[ord];
        IF cardinality(r_no) > 0 THEN
            DELETE FROM es.due x USING unnest(r_no) AS r (stream_no), es.stream s
            WHERE x.stream_no = r.stream_no AND s.stream_no = r.stream_no AND x.slot <> ALL (s.slots);
        END IF;
    END IF;

    IF cardinality(d_k) > 0 THEN
        -- A row that is due as before keeps what was done about it: claim, attempts, back-off, parking.
        INSERT INTO es.due AS x (stream_no, slot, stream, office, service, tugas, langkah, who, since, not_before,
                                 automatic, owner, kumpulan, urgent, made_at, ready_at)
        SELECT s_no[ord], p_due_words[7 * k - 6], p_key[ord], s_office[ord], p_due_words[7 * k - 5], p_due_words[7 * k - 4],
               p_due_words[7 * k - 3], p_due_words[7 * k - 2], coalesce(p_due_times[2 * k - 1], s_at[ord]),
               p_due_times[2 * k], p_due_flags[2 * k - 1], p_due_words[7 * k - 1], p_due_words[7 * k],
               p_due_flags[2 * k], clock_timestamp(), coalesce(p_due_times[2 * k], '-infinity')
        FROM unnest(d_k, d_ord) AS n (k, ord)
        ON CONFLICT (stream_no, slot) DO UPDATE SET
            service = excluded.service, tugas = excluded.tugas, langkah = excluded.langkah, who = excluded.who,
            since = excluded.since, not_before = excluded.not_before, ready_at = excluded.ready_at,
            automatic = excluded.automatic, owner = excluded.owner, kumpulan = excluded.kumpulan, urgent = excluded.urgent,
            made_at = excluded.made_at, retry_at = NULL, claimed_until = NULL, attempts = 0, deferred = NULL, parked = NULL
        WHERE (x.langkah, x.tugas, x.who, x.since) <> (excluded.langkah, excluded.tugas, excluded.who, excluded.since);
        GET DIAGNOSTICS d = ROW_COUNT;
        IF d < cardinality(d_k) THEN
            PERFORM es.restate_due(d_k, ARRAY(SELECT s_no[ord] FROM unnest(d_ord) WITH ORDINALITY AS n (ord, k) ORDER BY k),
                                   p_due_words, p_due_times, p_due_flags);
        END IF;
    END IF;

    k := 0;
    m := 0;
    FOR c IN 1 .. v_commands LOOP
        IF s_version[c] = p_number[3 * c - 2] THEN
            m := m + p_number[3 * c - 1];
            status := 'appended';
            version := e_version[m];
            position := e_position[m];
            recorded_at := s_at[c];
        ELSE
            SELECT n.* INTO status, version, position, recorded_at
            FROM es.not_appended(s_no[c], s_version[c], coalesce(s_at[c], v_now), p_number[3 * c - 2],
                                 p_id[k + 1 : k + p_number[3 * c - 1]]) AS n;
        END IF;
        RETURN NEXT;
        k := k + p_number[3 * c - 1];
    END LOOP;
END $append$;
