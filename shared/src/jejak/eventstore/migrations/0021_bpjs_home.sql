-- How far each publisher has come, and the epoch that positions belong to, are the event store's own: the ledger publishes
-- cases, bpjs-sync what BPJS is told, and neither reads the other's schema.

ALTER FUNCTION view.history() SET SCHEMA es;
ALTER FUNCTION view.new_epoch() SET SCHEMA es;
ALTER FUNCTION view.current_epoch() SET SCHEMA es;
ALTER TABLE view.epoch SET SCHEMA es;
ALTER TABLE view.relay SET SCHEMA es;
ALTER TABLE es.relay RENAME TO checkpoint;
ALTER INDEX es.relay_pkey RENAME TO checkpoint_pkey;

CREATE OR REPLACE FUNCTION es.new_epoch() RETURNS uuid
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

CREATE OR REPLACE FUNCTION es.current_epoch(OUT epoch uuid, OUT number integer)
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

COMMENT ON SCHEMA view IS 'What the ledger service derives: step times, activity. Nothing here is the truth.';
COMMENT ON TABLE es.checkpoint IS 'One row a topic, moved by the service that publishes it.';
GRANT EXECUTE ON FUNCTION es.current_epoch() TO jejak_bpjs_sync;
GRANT SELECT ON es.epoch TO jejak_bpjs_sync;
GRANT SELECT, INSERT, UPDATE ON es.checkpoint TO jejak_bpjs_sync;

-- What BPJS is told, and the pages of its desk, are bpjs-sync's. The ledger's registers name a batch by its period.
REVOKE ALL ON bpjs.message, bpjs.derived, bpjs.consumer_key, bpjs.waiting, bpjs.unplaced, bpjs.answer_file, bpjs.reply,
    bpjs.reply_key, bpjs.member, bpjs.open_member FROM jejak_ledger;
GRANT INSERT, UPDATE ON bpjs.message TO jejak_bpjs_sync;
GRANT SELECT, UPDATE ON bpjs.derived TO jejak_bpjs_sync;
GRANT SELECT, INSERT, UPDATE ON bpjs.consumer_key TO jejak_bpjs_sync;
