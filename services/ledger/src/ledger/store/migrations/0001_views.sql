-- The read side: tables folded from the event store. All of it can be made again.

CREATE SCHEMA view;
COMMENT ON SCHEMA view IS 'What the ledger service derives: step times, activity, registers, numbers, names. Nothing here is the truth.';

-- How far the views are folded. `generation` counts rebuilds: a projector that folded before one cannot write after it.
CREATE TABLE view.progress (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    generation bigint NOT NULL DEFAULT 0,
    position   bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO view.progress DEFAULT VALUES;

-- One row an execution: of a task (kind tugas), of a stay in a step (langkah), of a whole case (selesai,
-- aktif, nonaktif: closed, and ended with an active card or with a membership ended as asked, which are counted apart).
-- Durations in seconds; buckets as jejak.timekeeping.buckets has them. What is open stands as of the case's last event.
CREATE TABLE view.step_time (
    stream         uuid NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('tugas', 'langkah', 'selesai', 'aktif', 'nonaktif')),
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

-- Days whose rows are not as they were folded, or were never folded: they are read from the rows themselves. A
-- change of a row marks its day in the same transaction.
CREATE TABLE view.timing_dirty (
    office text NOT NULL,
    day    date NOT NULL,
    PRIMARY KEY (office, day)
);

-- Before which day an office's rows are folded (but for the days marked above), and the keys their executions count
-- through: a list that only grows, of what ledger.timings.sql.KEY names.
CREATE TABLE view.timing_front (
    office        text PRIMARY KEY,
    folded_before date NOT NULL,
    keys          json NOT NULL
);

-- An office's executions of a month, as few bytes each as ledger.timings.months packs them into.
CREATE TABLE view.timing_month (
    office     text NOT NULL,
    month      date NOT NULL,
    executions bytea NOT NULL,
    PRIMARY KEY (office, month)
);
-- They are read whole and often: to unpack them would take longer than to read them.
ALTER TABLE view.timing_month ALTER COLUMN executions SET STORAGE EXTERNAL;

-- Empty copies beside the tables in use, of the caller's making; a rebuild that was broken off leaves them behind.
CREATE FUNCTION view.begin_rebuild() RETURNS void
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
CREATE FUNCTION view.index_rebuild() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE INDEX step_time_stream_new ON view.step_time_new (stream);
    CREATE INDEX step_time_ended_new ON view.step_time_new (office, ended_on) WHERE ended_on IS NOT NULL;
    CREATE INDEX step_time_open_new ON view.step_time_new (office) WHERE state = 'terbuka';
    ANALYZE view.step_time_new;
    INSERT INTO view.timing_dirty_new
        SELECT DISTINCT office, ended_on FROM view.step_time_new WHERE ended_on IS NOT NULL;
END $$;

-- The copies take the tables' places, folded up to p_position; the projector goes on from there.
CREATE FUNCTION view.finish_rebuild(p_position bigint) RETURNS void
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

-- What stands in an office's registers besides its numbers: which events, in the order a book is written. Derived from
-- the columns of events; what an entry says is read from its event when it is shown.

CREATE TABLE view.entry (
    office      text NOT NULL,
    register    text NOT NULL,
    recorded_at timestamptz NOT NULL,
    position    bigint NOT NULL,
    PRIMARY KEY (office, register, recorded_at, position)
);
COMMENT ON COLUMN view.entry.register IS
    'arsip: what was archived; kendali: what a person did with the file; rekon: what BPJS answered, and how it compares.';

-- The entries that the events after p_after, up to p_upto, make. As often as one likes.
CREATE FUNCTION view.enter(p_after bigint, p_upto bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO view.entry (office, register, recorded_at, position)
    SELECT e.office, r.register, e.recorded_at, e.position
    FROM es.event e CROSS JOIN LATERAL (
        SELECT 'arsip' AS register WHERE e.type IN ('LetterArchived', 'LetterSigned')
        UNION ALL
        SELECT 'rekon' WHERE e.type IN ('ReplyReceived', 'CaseReconciled', 'MembershipActivated', 'MembershipNotYetActive',
                                        'MembershipDeactivated', 'MembershipNotYetDeactivated')
        UNION ALL
        SELECT 'kendali' WHERE e.tugas IS NOT NULL AND e.hasil IS NOT NULL AND (e.actor IS NOT NULL OR e.recorder IS NOT NULL)
    ) AS r
    WHERE e.position > p_after AND e.position <= p_upto AND e.kind = 'case'
    ON CONFLICT DO NOTHING
$$;

-- The numbers of letters, each as the first event that names it says. They stand in the Buku Rekomendasi.
CREATE TABLE view.number (
    "case"      uuid NOT NULL,
    surat       text NOT NULL,
    office      text NOT NULL,
    year        integer NOT NULL,
    urut        integer,
    nomor       text NOT NULL,
    reserved_at timestamptz NOT NULL,
    PRIMARY KEY ("case", surat)
);
COMMENT ON COLUMN view.number.urut IS 'From the counter; null when the number was typed from the agenda.';
CREATE INDEX number_book ON view.number (office, year, reserved_at, nomor);
-- A letter by its number, or by how it begins, in any year.
CREATE INDEX number_search ON view.number (office, lower(nomor) text_pattern_ops, reserved_at);

-- The words of the names in a case (applicant, participant), each as a keyed hash that is the office's own: without
-- the key no case is found by it, and it does not show that two offices know the same name. Folded from the ledger.
CREATE TABLE view.name_word (
    office text NOT NULL,
    word   bytea NOT NULL,
    stream uuid NOT NULL,
    PRIMARY KEY (office, word, stream)
);
CREATE INDEX name_word_stream ON view.name_word (stream);

-- Whose keys are destroyed is found by no name any more.
CREATE FUNCTION view.forget_names() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM view.name_word w USING destroyed d WHERE w.stream = d.stream;
    RETURN NULL;
END $$;
CREATE TRIGGER names_are_forgotten AFTER DELETE ON keys.case_key
    REFERENCING OLD TABLE AS destroyed FOR EACH STATEMENT EXECUTE FUNCTION view.forget_names();

-- An empty copy beside the one in use, for a rebuild.
CREATE FUNCTION view.begin_names() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DROP TABLE IF EXISTS view.name_word_new;
    CREATE TABLE view.name_word_new (LIKE view.name_word INCLUDING ALL);
    GRANT SELECT, INSERT ON view.name_word_new TO jejak_ledger;
END $$;

-- The copy takes its place, without those whose keys were destroyed meanwhile. In one transaction with finish_rebuild,
-- and the progress locked first, as the projector does.
CREATE FUNCTION view.finish_names() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM view.progress FOR UPDATE;
    DELETE FROM view.name_word_new w WHERE NOT EXISTS (SELECT FROM keys.case_key k WHERE k.stream = w.stream);
    ANALYZE view.name_word_new;
    DROP TABLE view.name_word;
    ALTER TABLE view.name_word_new RENAME TO name_word;
    ALTER INDEX view.name_word_new_pkey RENAME TO name_word_pkey;
    ALTER INDEX view.name_word_new_stream_idx RENAME TO name_word_stream;
END $$;

GRANT USAGE ON SCHEMA view TO jejak_ledger;
GRANT SELECT, UPDATE ON view.progress TO jejak_ledger;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON view.step_time, view.activity, view.timing_dirty, view.timing_front, view.timing_month TO jejak_ledger;
GRANT SELECT ON view.entry TO jejak_ledger;
GRANT SELECT, INSERT ON view.name_word, view.number TO jejak_ledger;
GRANT EXECUTE ON FUNCTION view.begin_rebuild(), view.index_rebuild(), view.finish_rebuild(bigint), view.enter(bigint, bigint),
    view.begin_names(), view.finish_names() TO jejak_ledger;
