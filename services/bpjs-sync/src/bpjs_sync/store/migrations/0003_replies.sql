-- What BPJS answers by message, as it came: stored once and durably before anything is made of it. A row's own id is the
-- id its sender gave; the same id with another body is a row too, under an id of its own, and waits for a person.

-- Keys under which free text lies until it is on a case: each wrapped by the master key, renewed as a process likes.
CREATE TABLE bpjs.reply_key (
    id      uuid PRIMARY KEY,
    wrapped bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE bpjs.reply (
    id            uuid PRIMARY KEY,
    reply         uuid NOT NULL,
    hash          bytea NOT NULL CHECK (octet_length(hash) = 32),
    submission    uuid NOT NULL,
    result        text NOT NULL,
    since         date,
    replied_at    timestamptz NOT NULL,
    key           uuid REFERENCES bpjs.reply_key,
    sealed        bytea,
    client        text,
    topic         text,
    "partition"   integer,
    "offset"      bigint,
    received_at   timestamptz NOT NULL,
    arrived_at    timestamptz NOT NULL,
    times         integer NOT NULL DEFAULT 1,
    office        text,
    "case"        uuid,
    state         text NOT NULL CHECK (state IN ('waiting', 'applied', 'kept', 'resolved')),
    kind          text,
    reason        text,
    ready_at      timestamptz NOT NULL DEFAULT '-infinity',
    seen          bigint,
    claimed_until timestamptz,
    settled_at    timestamptz,
    resolved_by   text,
    resolution    text,
    CHECK ((state = 'resolved') = (resolved_by IS NOT NULL)),
    CHECK (state IN ('waiting', 'kept') OR sealed IS NULL)
) WITH (fillfactor = 70);
COMMENT ON COLUMN bpjs.reply.hash IS 'Keyed: says whether a body is the same, not what it is.';
COMMENT ON COLUMN bpjs.reply.arrived_at IS 'Real time, to the microsecond in the order of arrival: in it they are put on cases.';
COMMENT ON COLUMN bpjs.reply.times IS 'How often it came; read again from the same place of a topic is not coming again.';
COMMENT ON COLUMN bpjs.reply.kind IS 'Of one kept for a person: what is the matter, as a code. `reason` says it in words.';
COMMENT ON COLUMN bpjs.reply.ready_at IS 'Time of the office: not put on its case before, for what holds from a later day.';
COMMENT ON COLUMN bpjs.reply.seen IS 'Version of the case that had nothing for it yet: looked at again when the case has moved.';
COMMENT ON COLUMN bpjs.reply.claimed_until IS 'Real time: one process puts it on its case.';
CREATE INDEX reply_waiting ON bpjs.reply (ready_at, arrived_at) WHERE state = 'waiting' AND seen IS NULL;
CREATE INDEX reply_looked_at ON bpjs.reply ("case") WHERE state = 'waiting' AND seen IS NOT NULL;
CREATE INDEX reply_kept ON bpjs.reply (office, settled_at, id) WHERE state = 'kept';

-- Whether another content came under the id of an answer, for a client that asks what became of it.
CREATE INDEX reply_contradicting ON bpjs.reply (reply) WHERE id <> reply;

-- Whose submission it is. An answer may come before the message it answers is kept: messages are said as soon as they are
-- derived, and kept a few times a second. What is not kept yet stands in the event store after the position up to
-- which messages are.
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

CREATE FUNCTION bpjs.put_reply_key(p_id uuid, p_wrapped bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO bpjs.reply_key (id, wrapped) VALUES (p_id, p_wrapped) ON CONFLICT DO NOTHING
$$;

-- Takes a batch in. Of what was there before it says, by place from 1, whether it contradicts what came under its id.
CREATE FUNCTION bpjs.take_replies(
    p_id uuid[], p_hash bytea[], p_submission uuid[], p_result text[], p_since date[], p_replied_at timestamptz[],
    p_key uuid, p_sealed bytea[], p_client text, p_topic text, p_partition integer[], p_offset bigint[]
) RETURNS TABLE (place bigint, contradicts boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz := es.now();
    v_real timestamptz := clock_timestamp();
BEGIN
    PERFORM es.check_arrays(es.is_flat(p_id, cardinality(p_id)) AND es.is_flat(p_hash, cardinality(p_id))
                            AND es.is_flat(p_submission, cardinality(p_id))
                            AND es.is_flat(p_result, cardinality(p_id)) AND es.is_flat(p_since, cardinality(p_id))
                            AND es.is_flat(p_replied_at, cardinality(p_id))
                            AND es.is_flat(p_sealed, cardinality(p_id)) AND es.is_flat(p_partition, cardinality(p_id))
                            AND es.is_flat(p_offset, cardinality(p_id)));
    -- In the order of ids, so that two processes never wait for each other.
    INSERT INTO bpjs.reply (id, reply, hash, submission, result, since, replied_at, key, sealed, client, topic,
                            "partition", "offset", received_at, arrived_at, state)
    SELECT DISTINCT ON (n.id) n.id, n.id, n.hash, n.submission, n.result, n.since, n.replied_at,
           CASE WHEN n.sealed IS NOT NULL THEN p_key END, n.sealed, p_client, p_topic, n."partition", n."offset",
           v_now, v_real + n.place * interval '1 microsecond', 'waiting'
    FROM unnest(p_id, p_hash, p_submission, p_result, p_since, p_replied_at, p_sealed, p_partition, p_offset)
         WITH ORDINALITY AS n (id, hash, submission, result, since, replied_at, sealed, "partition", "offset", place)
    ORDER BY n.id, n.place
    ON CONFLICT (id) DO NOTHING;

    RETURN QUERY
    WITH came AS (
        SELECT n.*, n.hash <> r.hash AS contradicts,
               r.topic IS NOT DISTINCT FROM p_topic AND r."partition" = n."partition" AND r."offset" = n."offset" AS reread
        FROM unnest(p_id, p_hash, p_submission, p_result, p_since, p_replied_at, p_sealed, p_partition, p_offset)
             WITH ORDINALITY AS n (id, hash, submission, result, since, replied_at, sealed, "partition", "offset", place)
        JOIN bpjs.reply r ON r.id = n.id AND r.arrived_at <> v_real + n.place * interval '1 microsecond'
    ), again AS (
        UPDATE bpjs.reply r SET times = r.times + c.often
        FROM (SELECT id, count(*) AS often FROM came WHERE NOT contradicts AND reread IS NOT TRUE GROUP BY id) AS c
        WHERE r.id = c.id
    ), other AS (
        INSERT INTO bpjs.reply (id, reply, hash, submission, result, since, replied_at, key, sealed, client, topic,
                                "partition", "offset", received_at, arrived_at, state, kind, reason, settled_at, office,
                                "case")
        SELECT DISTINCT ON (o.own) o.own, o.id, o.hash, o.submission, o.result, o.since, o.replied_at,
               CASE WHEN o.sealed IS NOT NULL THEN p_key END, o.sealed, p_client, p_topic, o."partition", o."offset",
               v_now, v_real + o.place * interval '1 microsecond', 'kept', 'bertentangan',
               'nomor jawaban ini sudah dipakai untuk jawaban lain', v_now, m.office, m."case"
        FROM (SELECT came.*, md5(came.id || encode(came.hash, 'hex'))::uuid AS own FROM came WHERE contradicts) AS o
        LEFT JOIN LATERAL bpjs.asked_by(o.submission) AS m ON true
        ORDER BY o.own, o.place
        ON CONFLICT (id) DO NOTHING
    )
    SELECT c.place, c.contradicts FROM came c ORDER BY c.place;
END $$;

-- Takes for so many seconds what waits and may be put on its case now, the longest waiting first.
CREATE FUNCTION bpjs.claim_replies(p_limit integer, p_seconds double precision)
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

-- What became of those that were claimed. Once it is on its case, free text is kept there and no longer here.
CREATE FUNCTION bpjs.settle_replies(
    p_id uuid[], p_state text[], p_kind text[], p_reason text[], p_ready_at timestamptz[], p_seen bigint[],
    p_office text[], p_case uuid[]
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT es.check_arrays(es.is_flat(p_id, cardinality(p_id)) AND es.is_flat(p_state, cardinality(p_id))
                           AND es.is_flat(p_kind, cardinality(p_id)) AND es.is_flat(p_reason, cardinality(p_id))
                           AND es.is_flat(p_ready_at, cardinality(p_id)) AND es.is_flat(p_seen, cardinality(p_id))
                           AND es.is_flat(p_office, cardinality(p_id)) AND es.is_flat(p_case, cardinality(p_id)));
    UPDATE bpjs.reply r
    SET state = n.state, kind = n.kind, reason = n.reason, ready_at = coalesce(n.ready_at, r.ready_at), seen = n.seen,
        office = n.office, "case" = n."case", claimed_until = NULL,
        sealed = CASE WHEN n.state <> 'applied' THEN r.sealed END,
        settled_at = CASE WHEN n.state <> 'waiting' THEN es.now() END
    FROM unnest(p_id, p_state, p_kind, p_reason, p_ready_at, p_seen, p_office, p_case)
         AS n (id, state, kind, reason, ready_at, seen, office, "case")
    WHERE r.id = n.id AND r.state = 'waiting'
$$;

-- Lets go of what could not be worked on now.
CREATE FUNCTION bpjs.release_replies(p_id uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT es.check_arrays(es.is_flat(p_id, cardinality(p_id)));
    UPDATE bpjs.reply SET claimed_until = NULL WHERE id = ANY (p_id) AND state = 'waiting'
$$;

-- Those whose case has moved since they were looked at are looked at again.
CREATE FUNCTION bpjs.wake_replies() RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH woken AS (
        UPDATE bpjs.reply r SET seen = NULL FROM es.stream s
        WHERE r.state = 'waiting' AND r.seen IS NOT NULL AND s.key = r."case" AND s.version <> r.seen
        RETURNING 1)
    SELECT count(*)::integer FROM woken
$$;

CREATE FUNCTION bpjs.resolve_reply(p_id uuid, p_by text, p_resolution text, p_case uuid) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH resolved AS (
        UPDATE bpjs.reply SET state = 'resolved', settled_at = es.now(), resolved_by = p_by, resolution = p_resolution,
                              "case" = coalesce(p_case, "case"), sealed = NULL
        WHERE id = p_id AND state = 'kept' RETURNING 1)
    SELECT EXISTS (SELECT FROM resolved)
$$;

GRANT EXECUTE ON FUNCTION
    bpjs.put_reply_key(uuid, bytea),
    bpjs.take_replies(uuid[], bytea[], uuid[], text[], date[], timestamptz[], uuid, bytea[], text, text, integer[], bigint[]),
    bpjs.claim_replies(integer, double precision),
    bpjs.settle_replies(uuid[], text[], text[], text[], timestamptz[], bigint[], text[], uuid[]),
    bpjs.release_replies(uuid[]),
    bpjs.wake_replies(),
    bpjs.resolve_reply(uuid, text, text, uuid)
    TO jejak_bpjs_sync;
GRANT SELECT ON bpjs.reply, bpjs.reply_key TO jejak_bpjs_sync;

-- What becomes of an answer is published to its sender: the order in which that is published. An answer has one place, the
-- newest: it takes another each time its state changes, and what is published of it is what it is then.

CREATE SEQUENCE bpjs.settled_place;
CREATE TABLE bpjs.settled (
    place bigint PRIMARY KEY,
    reply uuid NOT NULL UNIQUE REFERENCES bpjs.reply,
    at    timestamptz NOT NULL
) WITH (fillfactor = 80);
COMMENT ON COLUMN bpjs.settled.at IS 'Time of the office, as `settled_at` of the answer.';
CREATE INDEX settled_at ON bpjs.settled (at, place);

-- Places are taken one after another: a session that takes some keeps others waiting until it has committed, so that a reader
-- of a place sees all before it. It has locked its answers by then, so a session that waits here holds nothing that it needs.
CREATE FUNCTION bpjs.place_settled(p_reply uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF cardinality(p_reply) > 0 THEN
        PERFORM pg_advisory_xact_lock(7300185);
        INSERT INTO bpjs.settled (place, reply, at)
        SELECT nextval('bpjs.settled_place'), r.id, r.settled_at
        FROM (SELECT id, settled_at FROM bpjs.reply WHERE id = ANY (p_reply) ORDER BY settled_at, arrived_at) AS r
        ON CONFLICT (reply) DO UPDATE SET place = excluded.place, at = excluded.at;
        PERFORM pg_notify('bpjs_settled', '');
    END IF;
END $$;

CREATE FUNCTION bpjs.on_arrived() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM bpjs.place_settled(ARRAY(SELECT id FROM fresh WHERE state <> 'waiting'));
    RETURN NULL;
END $$;
CREATE TRIGGER arrived_settled AFTER INSERT ON bpjs.reply
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION bpjs.on_arrived();

CREATE FUNCTION bpjs.on_settled() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM bpjs.place_settled(ARRAY(
        SELECT id FROM fresh JOIN stale USING (id) WHERE fresh.state <> 'waiting' AND fresh.state <> stale.state));
    RETURN NULL;
END $$;
CREATE TRIGGER settled AFTER UPDATE ON bpjs.reply
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION bpjs.on_settled();

GRANT SELECT ON bpjs.settled TO jejak_bpjs_sync;

-- Sets aside what one sender answered to submissions of no office, in one statement: places are taken once all its rows
-- are locked. Row by row, a session that takes answers in could hold a row that is still to come, and wait for the places.
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
