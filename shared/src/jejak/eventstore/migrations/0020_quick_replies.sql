-- An answer may come before the message it answers is kept: messages are said as soon as they are derived, and kept a few
-- times a second. Whatever is not kept yet stands in the ledger after the position up to which messages are.

CREATE FUNCTION bpjs.asked_by(p_submission uuid) RETURNS TABLE (office text, "case" uuid)
LANGUAGE sql STABLE AS $$
    SELECT found.* FROM (
        SELECT m.office, m."case" FROM bpjs.message m WHERE m.submission = p_submission
        UNION ALL
        SELECT e.office, e.stream FROM es.event e
        WHERE e.position > (SELECT d.position FROM bpjs.derived d)
          AND e.position <= (SELECT d.position + 20000 FROM bpjs.derived d)
          AND e.id = p_submission AND e.type = 'SubmissionSent') AS found
    LIMIT 1
$$;
REVOKE EXECUTE ON FUNCTION bpjs.asked_by(uuid) FROM PUBLIC;

CREATE OR REPLACE FUNCTION bpjs.claim_replies(p_limit integer, p_seconds double precision)
RETURNS TABLE (id uuid, reply uuid, submission uuid, result text, since date, replied_at timestamptz, key uuid,
               sealed bytea, office text, "case" uuid, arrived_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH picked AS (
        SELECT r.id FROM bpjs.reply r
        WHERE r.state = 'waiting' AND r.seen IS NULL AND r.ready_at <= es.now()
          AND (r.claimed_until IS NULL OR r.claimed_until <= clock_timestamp())
        ORDER BY r.ready_at, r.arrived_at LIMIT p_limit FOR UPDATE SKIP LOCKED
    ), claimed AS (
        UPDATE bpjs.reply r SET claimed_until = clock_timestamp() + make_interval(secs => p_seconds)
        FROM picked WHERE r.id = picked.id
        RETURNING r.*)
    SELECT c.id, c.reply, c.submission, c.result, c.since, c.replied_at, c.key, c.sealed, m.office, m."case",
           c.arrived_at
    FROM claimed c LEFT JOIN LATERAL bpjs.asked_by(c.submission) AS m ON true
    ORDER BY c.arrived_at
$$;
