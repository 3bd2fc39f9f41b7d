-- Which request, or which reaction to an event, appended an event: W3C Trace Context, so that one trace leads from the
-- page of an official to what all services did about it. It is beside the record, not of it: no hash covers it, nothing
-- decides by it, an event may have none, and an operator may delete rows that are older than the logs they lead to.
CREATE TABLE es.trace (
    position    bigint PRIMARY KEY,
    traceparent text NOT NULL
);

-- Called in the statement of an append, with what it answers: the position of the last event of a command (0 where it
-- lost), and how many events the command has. A command that was stored before keeps its trace.
CREATE FUNCTION es.put_trace(p_position bigint, p_events bigint, p_traceparent text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF p_position = 0 OR p_traceparent IS NULL THEN
        RETURN;
    END IF;
    IF p_traceparent !~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' THEN
        RAISE EXCEPTION 'a traceparent of another form' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF p_events = 1 THEN
        INSERT INTO es.trace (position, traceparent) VALUES (p_position, p_traceparent) ON CONFLICT DO NOTHING;
        RETURN;
    END IF;
    INSERT INTO es.trace (position, traceparent)
    SELECT e.position, p_traceparent
    FROM es.event l
    JOIN es.event e ON e.stream_no = l.stream_no AND e.version > l.version - p_events AND e.version <= l.version
    WHERE l.position = p_position
    ON CONFLICT DO NOTHING;
END $$;

GRANT SELECT ON es.trace
    TO jejak_intake, jejak_verification, jejak_approval, jejak_letters, jejak_bpjs_sync, jejak_ledger;
GRANT EXECUTE ON FUNCTION es.put_trace(bigint, bigint, text)
    TO jejak_intake, jejak_verification, jejak_approval, jejak_letters, jejak_bpjs_sync;
