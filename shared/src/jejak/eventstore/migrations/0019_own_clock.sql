-- A session's own clock, and appends at a time of their own: how years of synthetic cases come into a ledger. Only where
-- the clock may be set at all (development); elsewhere a session that asks for it is heard by nobody.

ALTER TABLE es.dev_clock RENAME TO clock;

-- What everybody asks: the offset that was set for all, or, in a session that has set `jejak.moment`, that instant.
CREATE VIEW es.dev_clock AS
    SELECT one, enabled,
           CASE WHEN enabled AND current_setting('jejak.moment', true) <> ''
                THEN current_setting('jejak.moment', true)::timestamptz - clock_timestamp()
                ELSE skew END AS skew
    FROM es.clock;
GRANT SELECT ON es.dev_clock
    TO jejak_intake, jejak_verification, jejak_approval, jejak_letters, jejak_bpjs_sync, jejak_ledger;

CREATE OR REPLACE FUNCTION es.set_dev_clock(p_skew interval) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE es.clock SET skew = p_skew WHERE enabled;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the clock can be set in development only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN es.now();
END $$;

-- append() of many commands, one after the other, each at its own instant: the arguments of append(), the instants first.
-- Whoever calls it is held to what he may append by append() itself.
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
GRANT EXECUTE ON FUNCTION
    es.append_at(timestamptz[], uuid[], text[], bigint[], uuid[], text[], bytea[], timestamptz[], text[], timestamptz[],
                 boolean[])
    TO jejak_intake, jejak_verification, jejak_approval, jejak_letters, jejak_bpjs_sync;
