-- Figures over years without reading every row again: sums up to the first day of a month, by office and group.
-- The figures of any months are the sums at their end less those at their beginning. All of it can be made again.

-- Up to which day (not included) an office's cells stand for its rows. A change before that day brings it back, in the
-- same transaction; from it on, the rows themselves are counted.
CREATE TABLE view.timing_front (
    office       text PRIMARY KEY,
    clean_before date NOT NULL
) WITH (fillfactor = 50);

-- Sums of all that ended before `upto`, valid at every first of a month from it to before `until`. `by` says what
-- `kelompok` is: '' nothing, or the rows' route (jalur) or official (pejabat). Histograms as jejak.clock.histogram.
CREATE TABLE view.timing_cell (
    id            uuid PRIMARY KEY,
    office        text NOT NULL,
    by            text NOT NULL CHECK (by IN ('', 'jalur', 'pejabat')),
    upto          date NOT NULL,
    until         date NOT NULL,
    kind          text NOT NULL,
    sop           text NOT NULL,
    slot          text NOT NULL,
    langkah       text NOT NULL,
    tugas         text NOT NULL,
    owner         text NOT NULL,
    kelompok      text,
    standard      text,
    clock         text,
    jumlah        bigint NOT NULL,
    dinilai       bigint NOT NULL,
    dalam         bigint NOT NULL,
    tidak_dinilai bigint NOT NULL,
    tidak_terukur bigint NOT NULL,
    tunggu_dinilai bigint NOT NULL,
    tunggu_dalam  bigint NOT NULL,
    terlambat     bigint NOT NULL,
    tunggu        bytea NOT NULL,
    sentuh        bytea NOT NULL,
    berlalu       bytea NOT NULL,
    dinding       bytea NOT NULL
);
CREATE INDEX timing_cell_until ON view.timing_cell (office, by, until, upto);
COMMENT ON COLUMN view.timing_cell.until IS
    'The first boundary at which a later cell of the group stands; infinity for the latest.';

INSERT INTO view.timing_front SELECT DISTINCT office, date '-infinity' FROM view.step_time;

-- As before, and the cells beside those in use.
CREATE OR REPLACE FUNCTION view.begin_rebuild() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DROP TABLE IF EXISTS view.step_time_new, view.activity_new, view.timing_front_new, view.timing_cell_new;
    CREATE TABLE view.step_time_new (LIKE view.step_time INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS);
    CREATE TABLE view.activity_new (LIKE view.activity INCLUDING ALL);
    CREATE TABLE view.timing_front_new (LIKE view.timing_front INCLUDING ALL);
    CREATE TABLE view.timing_cell_new (LIKE view.timing_cell INCLUDING ALL);
    GRANT SELECT, INSERT, UPDATE, DELETE
        ON view.step_time_new, view.activity_new, view.timing_front_new, view.timing_cell_new TO jejak_ledger;
END $$;

-- When all rows are there: what finds them, and a front for every office.
CREATE FUNCTION view.index_rebuild() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE INDEX step_time_stream_new ON view.step_time_new (stream);
    CREATE INDEX step_time_ended_new ON view.step_time_new (office, ended_on) WHERE ended_on IS NOT NULL;
    CREATE INDEX step_time_open_new ON view.step_time_new (office) WHERE state = 'terbuka';
    ANALYZE view.step_time_new;
    INSERT INTO view.timing_front_new SELECT DISTINCT office, date '-infinity' FROM view.step_time_new;
END $$;

CREATE OR REPLACE FUNCTION view.finish_rebuild(p_position bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    ANALYZE view.timing_cell_new;
    PERFORM FROM view.progress FOR UPDATE;
    DROP TABLE view.step_time, view.activity, view.timing_front, view.timing_cell;
    ALTER TABLE view.step_time_new RENAME TO step_time;
    ALTER TABLE view.activity_new RENAME TO activity;
    ALTER TABLE view.timing_front_new RENAME TO timing_front;
    ALTER TABLE view.timing_cell_new RENAME TO timing_cell;
    ALTER INDEX view.step_time_stream_new RENAME TO step_time_stream;
    ALTER INDEX view.step_time_ended_new RENAME TO step_time_ended;
    ALTER INDEX view.step_time_open_new RENAME TO step_time_open;
    ALTER INDEX view.activity_new_pkey RENAME TO activity_pkey;
    ALTER INDEX view.timing_front_new_pkey RENAME TO timing_front_pkey;
    ALTER INDEX view.timing_cell_new_pkey RENAME TO timing_cell_pkey;
    ALTER INDEX view.timing_cell_new_office_by_until_upto_idx RENAME TO timing_cell_until;
    UPDATE view.progress SET generation = generation + 1, position = p_position;
END $$;

REVOKE EXECUTE ON FUNCTION view.index_rebuild() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION view.index_rebuild() TO jejak_ledger;
GRANT SELECT, INSERT, UPDATE, DELETE ON view.timing_front, view.timing_cell TO jejak_ledger;
