-- The sessions of browsers that are open. The cookie itself says whose session it is, and is signed; a row says that it
-- has not ended: by sign-out, without use, or after its time. All times are real. Nothing here is an event, and all of it
-- may be lost: then everybody signs in again.

CREATE SCHEMA access;

CREATE TABLE access.session (
    id     uuid PRIMARY KEY,
    issuer text, -- the session at the issuer (`sid`), by which the issuer ends it
    idle   interval NOT NULL,
    seen   timestamptz NOT NULL DEFAULT clock_timestamp(),
    ends   timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX session_of_issuer ON access.session (issuer) WHERE issuer IS NOT NULL;

-- Begins a session, and removes those that have ended.
CREATE FUNCTION access.begin_session(p_id uuid, p_issuer text, p_idle interval, p_length interval) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM access.session WHERE id IN (
        SELECT id FROM access.session WHERE least(ends, seen + idle) < clock_timestamp() LIMIT 1000 FOR UPDATE SKIP LOCKED);
    INSERT INTO access.session (id, issuer, idle, ends) VALUES (p_id, p_issuer, p_idle, clock_timestamp() + p_length);
$$;

-- The governed clock if the session is open, else null. `p_used`: the person did something, which is noted once a minute.
CREATE FUNCTION access.see_session(p_id uuid, p_used boolean) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_seen timestamptz;
BEGIN
    SELECT s.seen INTO v_seen FROM access.session s
    WHERE s.id = p_id AND s.ends > clock_timestamp() AND s.seen + s.idle > clock_timestamp();
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF p_used AND v_seen < clock_timestamp() - interval '1 minute' THEN
        UPDATE access.session SET seen = clock_timestamp() WHERE id = p_id;
    END IF;
    RETURN es.now();
END $$;

-- Ends one session, or every session of a session at the issuer. A sign-out is durable before it is answered.
CREATE FUNCTION access.end_sessions(p_id uuid, p_issuer text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_ended bigint;
BEGIN
    PERFORM set_config('synchronous_commit', 'on', true);
    DELETE FROM access.session WHERE id = p_id OR issuer = p_issuer;
    GET DIAGNOSTICS v_ended = ROW_COUNT;
    RETURN v_ended;
END $$;

GRANT USAGE ON SCHEMA access
    TO jejak_intake, jejak_verification, jejak_approval, jejak_letters, jejak_bpjs_sync, jejak_ledger;
GRANT EXECUTE ON FUNCTION access.see_session(uuid, boolean)
    TO jejak_intake, jejak_verification, jejak_approval, jejak_letters, jejak_bpjs_sync, jejak_ledger;
GRANT EXECUTE ON FUNCTION access.begin_session(uuid, text, interval, interval), access.end_sessions(uuid, text)
    TO jejak_ledger;
