-- In which course of events the store is, and how far it has been published. A publisher of any service stands on them.

-- Which course of events a server writes on: a standby that is promoted and a restore to a point in time begin another
-- timeline; a dump that is read in makes another table, in this cluster or in another. (pg_control_checkpoint() names the
-- old timeline for a while after a promotion.)
CREATE FUNCTION es.history() RETURNS text LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    SELECT concat_ws('/', system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8), 'es.event'::regclass::oid)
    FROM pg_control_system()
$$;

-- Published with every message: a consumer that sees another epoch knows that the database went back to an earlier
-- state, and that positions may have been given again.
CREATE TABLE es.epoch (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch   uuid NOT NULL DEFAULT gen_random_uuid(),
    number  integer NOT NULL DEFAULT 1,
    history text NOT NULL DEFAULT es.history(),
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN es.epoch.history IS 'In which the epoch was begun: where the server''s is another, the epoch is over.';
INSERT INTO es.epoch DEFAULT VALUES;

-- A publisher can no longer note how far it came: it restarts, and publishes the retention window again. An
-- administrator calls it only where nothing else tells that the database went back: after a snapshot of disks.
CREATE FUNCTION es.new_epoch() RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_epoch uuid;
BEGIN
    PERFORM set_config('synchronous_commit', 'on', true);
    UPDATE es.epoch SET epoch = gen_random_uuid(), number = number + 1, history = es.history(),
        made_at = clock_timestamp() RETURNING epoch INTO v_epoch;
    UPDATE es.checkpoint SET term = term + 1;
    RETURN v_epoch;
END $$;

-- The epoch as it is here and now; where this server writes another history than the one noted, a new one is begun first.
CREATE FUNCTION es.current_epoch(OUT epoch uuid, OUT number integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF pg_is_in_recovery() THEN
        RAISE EXCEPTION 'a standby has no epoch of its own' USING ERRCODE = 'read_only_sql_transaction';
    END IF;
    IF EXISTS (SELECT FROM es.epoch e WHERE e.history <> es.history()) THEN
        PERFORM FROM es.epoch FOR UPDATE; -- of many connections one begins it
        PERFORM es.new_epoch() FROM es.epoch e WHERE e.history <> es.history();
    END IF;
    SELECT e.epoch, e.number INTO epoch, number FROM es.epoch e;
END $$;

-- One row a topic. `term` counts leaders: a former leader can no longer move the checkpoint.
CREATE TABLE es.checkpoint (
    topic         text PRIMARY KEY,
    term          bigint NOT NULL DEFAULT 0,
    position      bigint NOT NULL DEFAULT 0,
    replay_until  bigint NOT NULL DEFAULT 0,
    ends          bigint[] NOT NULL DEFAULT '{}',
    epoch         uuid NOT NULL,
    publisher     text NOT NULL DEFAULT current_user
) WITH (fillfactor = 50);
COMMENT ON COLUMN es.checkpoint.position IS 'Everything up to here is on Kafka.';
COMMENT ON COLUMN es.checkpoint.replay_until IS 'Up to here messages are said again, with a replay header, because Kafka was lost.';
COMMENT ON COLUMN es.checkpoint.epoch IS 'Under which it was said; in another the retention window is said again.';
COMMENT ON COLUMN es.checkpoint.ends IS 'End offset of every partition as last acknowledged; a lower one means Kafka was lost.';
COMMENT ON COLUMN es.checkpoint.publisher IS 'The role that made the row: whose topic it is.';
COMMENT ON TABLE es.checkpoint IS 'One row a topic, moved by the service that publishes it.';

-- Everybody who publishes reads how far the others are; each moves what is its own. A new epoch concerns all.
ALTER TABLE es.checkpoint ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_all ON es.checkpoint FOR SELECT USING (true);
CREATE POLICY make_own ON es.checkpoint FOR INSERT WITH CHECK (publisher = current_user);
CREATE POLICY move_own ON es.checkpoint FOR UPDATE USING (publisher = current_user);

-- The ledger publishes cases, bpjs-sync what BPJS is told.
GRANT EXECUTE ON FUNCTION es.current_epoch() TO jejak_ledger, jejak_bpjs_sync;
GRANT SELECT ON es.epoch TO jejak_ledger, jejak_bpjs_sync;
GRANT SELECT, INSERT (topic, term, epoch), UPDATE (term, position, replay_until, ends, epoch)
    ON es.checkpoint TO jejak_ledger, jejak_bpjs_sync;
