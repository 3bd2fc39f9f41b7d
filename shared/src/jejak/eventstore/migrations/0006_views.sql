-- The read side: how far the relay has published, and tables folded from the ledger. All of it can be made again.

CREATE SCHEMA view;
COMMENT ON SCHEMA view IS 'What the ledger service derives: relay checkpoint, step times, activity. Nothing here is the truth.';

-- Which course of events a server writes on: a standby that is promoted and a restore to a point in time begin another
-- timeline; a dump that is read in makes another table, in this cluster or in another. (pg_control_checkpoint() names the
-- old timeline for a while after a promotion.)
CREATE FUNCTION view.history() RETURNS text LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    SELECT concat_ws('/', system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8), 'es.event'::regclass::oid)
    FROM pg_control_system()
$$;

-- Published with every message: a consumer that sees another epoch knows that the database went back to an earlier
-- state, and that positions may have been given again.
CREATE TABLE view.epoch (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch   uuid NOT NULL DEFAULT gen_random_uuid(),
    number  integer NOT NULL DEFAULT 1,
    history text NOT NULL DEFAULT view.history(),
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON COLUMN view.epoch.history IS 'In which the epoch was begun: where the server''s is another, the epoch is over.';
INSERT INTO view.epoch DEFAULT VALUES;

-- Whoever publishes can no longer note how far it came: it begins anew, and says the retention window again. An
-- administrator calls it only where nothing else tells that the database went back: after a snapshot of disks.
CREATE FUNCTION view.new_epoch() RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_epoch uuid;
BEGIN
    PERFORM set_config('synchronous_commit', 'on', true);
    UPDATE view.epoch SET epoch = gen_random_uuid(), number = number + 1, history = view.history(),
        made_at = clock_timestamp() RETURNING epoch INTO v_epoch;
    UPDATE view.relay SET term = term + 1;
    RETURN v_epoch;
END $$;

-- The epoch as it is here and now; where this server writes another history than the one noted, a new one is begun first.
CREATE FUNCTION view.current_epoch(OUT epoch uuid, OUT number integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF pg_is_in_recovery() THEN
        RAISE EXCEPTION 'a standby has no epoch of its own' USING ERRCODE = 'read_only_sql_transaction';
    END IF;
    IF EXISTS (SELECT FROM view.epoch e WHERE e.history <> view.history()) THEN
        PERFORM FROM view.epoch FOR UPDATE; -- of many connections one begins it
        PERFORM view.new_epoch() FROM view.epoch e WHERE e.history <> view.history();
    END IF;
    SELECT e.epoch, e.number INTO epoch, number FROM view.epoch e;
END $$;

-- One row a topic. `term` counts leaders: whoever was leader before can no longer move the checkpoint.
CREATE TABLE view.relay (
    topic         text PRIMARY KEY,
    term          bigint NOT NULL DEFAULT 0,
    position      bigint NOT NULL DEFAULT 0,
    replay_until  bigint NOT NULL DEFAULT 0,
    ends          bigint[] NOT NULL DEFAULT '{}',
    epoch         uuid NOT NULL
) WITH (fillfactor = 50);
COMMENT ON COLUMN view.relay.position IS 'Everything up to here is on Kafka.';
COMMENT ON COLUMN view.relay.replay_until IS 'Up to here messages are said again, with a replay header, because Kafka was lost.';
COMMENT ON COLUMN view.relay.epoch IS 'Under which it was said; in another the retention window is said again.';
COMMENT ON COLUMN view.relay.ends IS 'End offset of every partition as last acknowledged; a lower one means Kafka was lost.';

-- How far the views are folded. `generation` counts rebuilds: a projector that folded before one cannot write after it.
CREATE TABLE view.progress (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    generation bigint NOT NULL DEFAULT 0,
    position   bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO view.progress DEFAULT VALUES;

-- One row an execution: of a task (kind tugas), of a stay in a step (langkah), of a whole case (selesai, aktif).
-- Durations in seconds; buckets as jejak.clock.buckets has them. What is open stands as of the case's last event.
CREATE TABLE view.step_time (
    stream         uuid NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('tugas', 'langkah', 'selesai', 'aktif')),
    office         text NOT NULL,
    sop            text NOT NULL,
    jalur          text,
    slot           text NOT NULL,
    langkah        text NOT NULL,
    tugas          text NOT NULL,
    who            text NOT NULL,
    owner          text NOT NULL,
    repetition     integer NOT NULL,
    state          text NOT NULL,
    hasil          text,
    actor          text,
    due_at         timestamptz NOT NULL,
    started_at     timestamptz,
    ended_at       timestamptz,
    ended_on       date,
    wait           double precision NOT NULL,
    touch          double precision,
    elapsed        double precision NOT NULL,
    wall           double precision NOT NULL,
    wait_bucket    smallint,
    touch_bucket   smallint,
    elapsed_bucket smallint,
    wall_bucket    smallint,
    unmeasured     text,
    standard       text,
    clock          text,
    within         boolean,
    wait_within    boolean,
    overdue        boolean NOT NULL,
    deadline       timestamptz
);
COMMENT ON COLUMN view.step_time.ended_on IS 'Day of the office on which it ended; by it figures are filed.';
COMMENT ON COLUMN view.step_time.clock IS 'By which clock the standard judges: touch or elapsed.';
CREATE INDEX step_time_stream ON view.step_time (stream);
CREATE INDEX step_time_ended ON view.step_time (office, ended_on) WHERE ended_on IS NOT NULL;
CREATE INDEX step_time_open ON view.step_time (office) WHERE state = 'terbuka';

-- How much was done: events counted by office, day of the office, and what they were.
CREATE TABLE view.activity (
    office  text NOT NULL,
    day     date NOT NULL,
    type    text NOT NULL,
    langkah text NOT NULL,
    tugas   text NOT NULL,
    hasil   text NOT NULL,
    count   bigint NOT NULL,
    PRIMARY KEY (office, day, type, langkah, tugas, hasil)
) WITH (fillfactor = 80);

-- Empty copies beside the tables in use, of the caller's making; a rebuild that was broken off leaves them behind.
CREATE FUNCTION view.begin_rebuild() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DROP TABLE IF EXISTS view.step_time_new, view.activity_new;
    CREATE TABLE view.step_time_new (LIKE view.step_time INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS);
    CREATE TABLE view.activity_new (LIKE view.activity INCLUDING ALL);
    GRANT SELECT, INSERT, UPDATE, DELETE ON view.step_time_new, view.activity_new TO jejak_ledger;
END $$;

-- The copies take the tables' places, folded up to p_position; the projector goes on from there.
CREATE FUNCTION view.finish_rebuild(p_position bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE INDEX step_time_stream_new ON view.step_time_new (stream);
    CREATE INDEX step_time_ended_new ON view.step_time_new (office, ended_on) WHERE ended_on IS NOT NULL;
    CREATE INDEX step_time_open_new ON view.step_time_new (office) WHERE state = 'terbuka';
    ANALYZE view.step_time_new;
    PERFORM FROM view.progress FOR UPDATE;
    DROP TABLE view.step_time, view.activity;
    ALTER TABLE view.step_time_new RENAME TO step_time;
    ALTER TABLE view.activity_new RENAME TO activity;
    ALTER INDEX view.step_time_stream_new RENAME TO step_time_stream;
    ALTER INDEX view.step_time_ended_new RENAME TO step_time_ended;
    ALTER INDEX view.step_time_open_new RENAME TO step_time_open;
    ALTER INDEX view.activity_new_pkey RENAME TO activity_pkey;
    UPDATE view.progress SET generation = generation + 1, position = p_position;
END $$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA view FROM PUBLIC;
GRANT USAGE ON SCHEMA view TO jejak_ledger;
GRANT SELECT ON view.epoch TO jejak_ledger;
GRANT SELECT, INSERT, UPDATE ON view.relay TO jejak_ledger;
GRANT SELECT, UPDATE ON view.progress TO jejak_ledger;
GRANT SELECT, INSERT, UPDATE, DELETE ON view.step_time, view.activity TO jejak_ledger;
GRANT EXECUTE ON FUNCTION view.current_epoch() TO jejak_ledger;
GRANT EXECUTE ON FUNCTION view.begin_rebuild(), view.finish_rebuild(bigint) TO jejak_ledger;
