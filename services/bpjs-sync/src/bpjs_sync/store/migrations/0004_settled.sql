-- What becomes of an answer is told to whoever sent it: the order in which that is published. An answer has one place, the
-- newest: it takes another each time its state changes, and what is published of it is what it is then.

CREATE SEQUENCE bpjs.settled_place;
CREATE TABLE bpjs.settled (
    place bigint PRIMARY KEY,
    reply uuid NOT NULL UNIQUE REFERENCES bpjs.reply,
    at    timestamptz NOT NULL
) WITH (fillfactor = 80);
COMMENT ON COLUMN bpjs.settled.at IS 'Time of the office, as `settled_at` of the answer.';
CREATE INDEX settled_at ON bpjs.settled (at, place);

-- Places are taken one after another: whoever takes some keeps others waiting until he has committed, so that whoever sees a
-- place sees all before it. He has locked his answers by then, so nobody who waits here holds what he needs.
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

SELECT bpjs.place_settled(ARRAY(SELECT id FROM bpjs.reply WHERE state <> 'waiting'));

GRANT SELECT ON bpjs.settled TO jejak_bpjs_sync;
