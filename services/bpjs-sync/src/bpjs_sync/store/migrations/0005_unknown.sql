-- Sets aside what one sender answered to submissions of no office, in one statement: places (0004_settled.sql) are taken once all
-- its rows are locked. Row by row, whoever takes answers in could hold a row that is still to come, and wait for the places.
CREATE FUNCTION bpjs.dismiss_unknown(p_sender text, p_reason text) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH theirs AS (
        SELECT id FROM bpjs.reply WHERE state = 'kept' AND office IS NULL AND coalesce(client, topic, '-') = p_sender
        ORDER BY id FOR UPDATE
    ), resolved AS (
        UPDATE bpjs.reply r
        SET state = 'resolved', settled_at = es.now(), resolved_by = 'operator', resolution = p_reason, sealed = NULL
        FROM theirs WHERE r.id = theirs.id RETURNING 1)
    SELECT count(*) FROM resolved
$$;
GRANT EXECUTE ON FUNCTION bpjs.dismiss_unknown(text, text) TO jejak_bpjs_sync;
