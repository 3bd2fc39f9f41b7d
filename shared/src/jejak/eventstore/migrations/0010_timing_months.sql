-- Figures of years without reading every row again: the executions of an office's month in one row, a few bytes each.
-- All of it can be made again.

DROP TABLE view.timing_cell, view.timing_front;

-- Days whose rows are not as they were folded, or were never folded: they are read from the rows themselves. Whoever
-- changes a row marks its day in the same transaction.
CREATE TABLE view.timing_dirty (
    office text NOT NULL,
    day    date NOT NULL,
    PRIMARY KEY (office, day)
);

-- Before which day an office's rows are folded (but for the days marked above), and the keys their executions count
-- through: a list that only grows, of what ledger.timings_sql.KEY names.
CREATE TABLE view.timing_front (
    office        text PRIMARY KEY,
    folded_before date NOT NULL,
    keys          json NOT NULL
);

-- An office's executions of a month, as few bytes each as ledger.timing_months packs them into.
CREATE TABLE view.timing_month (
    office     text NOT NULL,
    month      date NOT NULL,
    executions bytea NOT NULL,
    PRIMARY KEY (office, month)
);
-- They are read whole and often: to unpack them would take longer than to read them.
ALTER TABLE view.timing_month ALTER COLUMN executions SET STORAGE EXTERNAL;

INSERT INTO view.timing_dirty SELECT DISTINCT office, ended_on FROM view.step_time WHERE ended_on IS NOT NULL;

CREATE OR REPLACE FUNCTION view.begin_rebuild() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DROP TABLE IF EXISTS view.step_time_new, view.activity_new, view.timing_dirty_new, view.timing_front_new, view.timing_month_new;
    CREATE TABLE view.step_time_new (LIKE view.step_time INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS);
    CREATE TABLE view.activity_new (LIKE view.activity INCLUDING ALL);
    CREATE TABLE view.timing_dirty_new (LIKE view.timing_dirty INCLUDING ALL);
    CREATE TABLE view.timing_front_new (LIKE view.timing_front INCLUDING ALL);
    CREATE TABLE view.timing_month_new (LIKE view.timing_month INCLUDING ALL);
    GRANT SELECT, INSERT, UPDATE, DELETE ON view.step_time_new, view.activity_new, view.timing_dirty_new,
        view.timing_front_new, view.timing_month_new TO jejak_ledger;
END $$;

-- When all rows are there: what finds them, and every day of theirs to be folded.
CREATE OR REPLACE FUNCTION view.index_rebuild() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE INDEX step_time_stream_new ON view.step_time_new (stream);
    CREATE INDEX step_time_ended_new ON view.step_time_new (office, ended_on) WHERE ended_on IS NOT NULL;
    CREATE INDEX step_time_open_new ON view.step_time_new (office) WHERE state = 'terbuka';
    ANALYZE view.step_time_new;
    INSERT INTO view.timing_dirty_new
        SELECT DISTINCT office, ended_on FROM view.step_time_new WHERE ended_on IS NOT NULL;
END $$;

CREATE OR REPLACE FUNCTION view.finish_rebuild(p_position bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    ANALYZE view.timing_month_new;
    PERFORM FROM view.progress FOR UPDATE;
    DROP TABLE view.step_time, view.activity, view.timing_dirty, view.timing_front, view.timing_month;
    ALTER TABLE view.step_time_new RENAME TO step_time;
    ALTER TABLE view.activity_new RENAME TO activity;
    ALTER TABLE view.timing_dirty_new RENAME TO timing_dirty;
    ALTER TABLE view.timing_front_new RENAME TO timing_front;
    ALTER TABLE view.timing_month_new RENAME TO timing_month;
    ALTER INDEX view.step_time_stream_new RENAME TO step_time_stream;
    ALTER INDEX view.step_time_ended_new RENAME TO step_time_ended;
    ALTER INDEX view.step_time_open_new RENAME TO step_time_open;
    ALTER INDEX view.activity_new_pkey RENAME TO activity_pkey;
    ALTER INDEX view.timing_dirty_new_pkey RENAME TO timing_dirty_pkey;
    ALTER INDEX view.timing_front_new_pkey RENAME TO timing_front_pkey;
    ALTER INDEX view.timing_month_new_pkey RENAME TO timing_month_pkey;
    UPDATE view.progress SET generation = generation + 1, position = p_position;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON view.timing_dirty, view.timing_front, view.timing_month TO jejak_ledger;
