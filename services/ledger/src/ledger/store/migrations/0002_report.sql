-- Mutu Baku for leaders: views without a person and without a case, for a login that reads nothing else (decision 40).
-- docs/operations/reports.md describes every column. A view keeps its name, its columns and their meaning; what cannot,
-- becomes a view with the next number beside it.

CREATE SCHEMA report;
COMMENT ON SCHEMA report IS 'Figures of Mutu Baku for Grafana, Metabase and Superset: versioned views, no person and no case.';

-- What views need besides the rows of the clocks. The ledger writes it (ledger.report), an office at a time.

CREATE TABLE view.office (
    office       text PRIMARY KEY,
    nama         text NOT NULL,
    provinsi     boolean NOT NULL,
    late_read_at timestamptz NOT NULL
);
COMMENT ON COLUMN view.office.late_read_at IS 'When view.late was last counted for this office.';

-- The printed steps of every loaded sheet. `seconds` of `measure` are what a duration is held against in the
-- distribution, as ledger.timings.pages.ratios.comparable has it; null where a date or an hour of the day decides.
CREATE TABLE view.sheet_step (
    office   text NOT NULL,
    sop      text NOT NULL,
    nomor    text,
    nama     text NOT NULL,
    slot     text NOT NULL,
    langkah  text NOT NULL,
    place    smallint NOT NULL,
    kegiatan text NOT NULL,
    standard text,
    measure  text CHECK (measure IN ('sentuh', 'berlalu', 'dinding')),
    seconds  integer CHECK (seconds > 0),
    PRIMARY KEY (office, sop, slot, langkah),
    UNIQUE (office, sop, place),
    CHECK ((measure IS NULL) = (seconds IS NULL))
);
COMMENT ON COLUMN view.sheet_step.place IS 'The order on the sheet, from 0.';

-- Open steps that are late, counted: some are late by hands on the file, which only their events tell.
CREATE TABLE view.late (
    office  text NOT NULL,
    sop     text NOT NULL,
    slot    text NOT NULL,
    langkah text NOT NULL,
    owner   text NOT NULL,
    count   integer NOT NULL CHECK (count > 0),
    PRIMARY KEY (office, sop, slot, langkah, owner)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON view.office, view.sheet_step, view.late TO jejak_ledger;

-- What ended, by the week in which it ended. 0001-01-01 was a Monday, and no date is before it.
CREATE INDEX step_time_week ON view.step_time ((ended_on - (ended_on - date '0001-01-01') % 7), office)
    WHERE state = 'selesai' AND kind <> 'tugas';

-- A rebuild drops view.step_time and puts a copy in its place: only this view refers to the table, and is made anew then.
CREATE FUNCTION view.show_executions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE OR REPLACE VIEW view.execution AS
    SELECT t.stream, t.kind, t.office, t.sop, t.slot, t.langkah, t.owner,
           t.ended_on - (t.ended_on - date '0001-01-01') % 7 AS week,
           t.touch, t.elapsed, t.wall, t.wait_bucket, t.touch_bucket, t.elapsed_bucket, t.wall_bucket,
           t.standard, t.clock, t.within, t.wait_within, t.overdue
    FROM view.step_time t
    WHERE t.state = 'selesai' AND t.kind <> 'tugas';
END $$;
SELECT view.show_executions();

-- The seconds that stand for a bucket of a duration, as jejak.timekeeping.buckets has them.
CREATE FUNCTION view.seconds_of(bucket smallint) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE bucket WHEN 0 THEN 0.0::float8
    ELSE 2 * 1e-6::float8 * ((1 + 0.0099::float8) / (1 - 0.0099::float8)) ^ (bucket - 1)::float8
         / ((1 + 0.0099::float8) / (1 - 0.0099::float8) + 1) END;

-- Whether a figure is of so many that it tells nothing of one of them: at least five cases, and five measured.
CREATE FUNCTION view.enough(cases bigint, measured bigint) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN cases >= 5 AND measured >= 5;

-- Everything the views say of what ended, by office, sheet, step, party and week. What is compared with a standard falls
-- into seven classes by its share of it: up to 25, 50, 75, 100 %, up to 150, 200 %, and above. Within or not is as judged:
-- the share is near enough to compare, never to judge.
CREATE VIEW view.weekly AS
SELECT e.office, e.kind, e.sop, e.slot, e.langkah, e.owner, e.week,
       max(e.standard) AS standard, max(e.clock) AS clock, count(DISTINCT e.stream) AS cases, count(*) AS executions,
       count(e.within) AS judged, count(*) FILTER (WHERE e.within) AS within,
       count(e.wait_within) AS wait_judged, count(*) FILTER (WHERE e.wait_within) AS wait_within,
       count(*) FILTER (WHERE e.overdue) AS overdue,
       count(e.wait_bucket) AS waits, count(e.touch_bucket) AS touches,
       count(e.elapsed_bucket) AS lapses, count(e.wall_bucket) AS walls,
       percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY e.wait_bucket) AS wait,
       percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY e.touch_bucket) AS touch,
       percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY e.elapsed_bucket) AS elapsed,
       percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY e.wall_bucket) AS wall,
       count(c.class) AS compared,
       ARRAY[count(*) FILTER (WHERE c.class = 1), count(*) FILTER (WHERE c.class = 2),
             count(*) FILTER (WHERE c.class = 3), count(*) FILTER (WHERE c.class = 4),
             count(*) FILTER (WHERE c.class = 5), count(*) FILTER (WHERE c.class = 6),
             count(*) FILTER (WHERE c.class = 7)] AS classes
FROM view.execution e
LEFT JOIN view.sheet_step s ON (s.office, s.sop, s.slot, s.langkah) = (e.office, e.sop, e.slot, e.langkah)
CROSS JOIN LATERAL (
    SELECT 1 + width_bucket(
        CASE s.measure WHEN 'sentuh' THEN e.touch WHEN 'berlalu' THEN e.elapsed WHEN 'dinding' THEN e.wall END / s.seconds,
        ARRAY[0.25, 0.5, 0.75, 1, 1.5, 2]::float8[]) AS class
) AS r
CROSS JOIN LATERAL (
    SELECT CASE WHEN r.class IS NULL THEN NULL
                WHEN e.within THEN least(r.class, 4) WHEN NOT e.within THEN greatest(r.class, 5) END AS class
) AS c
GROUP BY e.office, e.kind, e.sop, e.slot, e.langkah, e.owner, e.week;

CREATE VIEW report.kantor_v1 AS
SELECT o.office AS kantor, o.nama AS nama_kantor, o.provinsi, o.late_read_at AS terlambat_dihitung_pada
FROM view.office o;
COMMENT ON VIEW report.kantor_v1 IS 'Kantor yang dimuat, dan kapan keterlambatannya terakhir dihitung.';

CREATE VIEW report.langkah_v1 AS
SELECT s.office AS kantor, s.sop, s.nomor AS nomor_sop, s.nama AS nama_sop, s.slot, s.langkah, s.place AS urutan, s.kegiatan,
       s.standard AS mutu_baku, s.measure AS jam_pembanding, s.seconds AS detik_pembanding
FROM view.sheet_step s;
COMMENT ON VIEW report.langkah_v1 IS 'Langkah tiap lembar SOP, dengan kegiatan dan Mutu Baku seperti tercetak.';

-- Null stands for a figure of too few: it can be worked out from no other view, as all of them begin here or in `weekly`
-- with the same rule, and a sum is of what is shown.
CREATE VIEW report.langkah_mingguan_v1 AS
SELECT w.office AS kantor, o.nama AS nama_kantor, w.sop, s.nama AS nama_sop, w.slot, w.langkah, s.place AS urutan, s.kegiatan,
       w.owner AS pihak, w.week AS minggu, w.executions AS jumlah, NOT view.enough(w.cases, w.executions) AS sedikit,
       w.standard AS mutu_baku, CASE w.clock WHEN 'touch' THEN 'sentuh' WHEN 'elapsed' THEN 'berlalu' END AS jam,
       CASE WHEN w.judged = 0 OR view.enough(w.cases, w.judged) THEN w.judged END AS dinilai,
       CASE WHEN w.judged = 0 OR view.enough(w.cases, w.judged) THEN w.within END AS dalam,
       CASE WHEN view.enough(w.cases, w.judged) THEN w.within::float8 / w.judged END AS bagian_dalam,
       CASE WHEN w.wait_judged = 0 OR view.enough(w.cases, w.wait_judged) THEN w.wait_judged END AS tunggu_dinilai,
       CASE WHEN w.wait_judged = 0 OR view.enough(w.cases, w.wait_judged) THEN w.wait_within END AS tunggu_dalam,
       CASE WHEN view.enough(w.cases, w.wait_judged) THEN w.wait_within::float8 / w.wait_judged END AS bagian_tunggu_dalam,
       CASE WHEN view.enough(w.cases, w.executions) THEN w.overdue END AS terlambat,
       CASE WHEN view.enough(w.cases, w.waits) THEN view.seconds_of((w.wait)[1]) END AS tunggu_p50,
       CASE WHEN view.enough(w.cases, w.waits) THEN view.seconds_of((w.wait)[2]) END AS tunggu_p90,
       CASE WHEN view.enough(w.cases, w.touches) THEN view.seconds_of((w.touch)[1]) END AS sentuh_p50,
       CASE WHEN view.enough(w.cases, w.touches) THEN view.seconds_of((w.touch)[2]) END AS sentuh_p90,
       CASE WHEN view.enough(w.cases, w.lapses) THEN view.seconds_of((w.elapsed)[1]) END AS berlalu_p50,
       CASE WHEN view.enough(w.cases, w.lapses) THEN view.seconds_of((w.elapsed)[2]) END AS berlalu_p90,
       CASE WHEN view.enough(w.cases, w.walls) THEN view.seconds_of((w.wall)[1]) END AS dinding_p50,
       CASE WHEN view.enough(w.cases, w.walls) THEN view.seconds_of((w.wall)[2]) END AS dinding_p90
FROM view.weekly w
LEFT JOIN view.office o ON o.office = w.office
LEFT JOIN view.sheet_step s ON (s.office, s.sop, s.slot, s.langkah) = (w.office, w.sop, w.slot, w.langkah)
WHERE w.kind = 'langkah';
COMMENT ON VIEW report.langkah_mingguan_v1 IS
    'Langkah yang selesai menurut kantor, SOP, langkah, pihak dan minggu, terhadap Mutu Baku dan batas tunggu; waktu dalam detik.';

CREATE VIEW report.sebaran_mingguan_v1 AS
SELECT w.office AS kantor, o.nama AS nama_kantor, w.sop, w.slot, w.langkah, w.owner AS pihak, w.week AS minggu,
       c.kelas::smallint AS kelas,
       ('{sampai 25 %,25–50 %,50–75 %,75–100 %,100–150 %,150–200 %,lebih dari 200 %}'::text[])[c.kelas] AS nama_kelas,
       c.jumlah
FROM view.weekly w
LEFT JOIN view.office o ON o.office = w.office
CROSS JOIN LATERAL unnest(w.classes) WITH ORDINALITY AS c (jumlah, kelas)
WHERE w.kind = 'langkah' AND view.enough(w.cases, w.compared);
COMMENT ON VIEW report.sebaran_mingguan_v1 IS
    'Berapa bagian dari Mutu Baku yang terpakai, dalam tujuh kelas; kelas 1 sampai 4 ada di dalam Mutu Baku.';

CREATE VIEW report.kantor_mingguan_v1 AS
SELECT l.kantor, l.nama_kantor, l.minggu, sum(l.jumlah)::bigint AS langkah,
       coalesce(sum(l.jumlah) FILTER (WHERE l.dinilai IS NULL OR l.tunggu_dinilai IS NULL OR l.sedikit), 0)::bigint AS tidak_ditampilkan,
       coalesce(sum(l.dinilai), 0)::bigint AS dinilai, coalesce(sum(l.dalam), 0)::bigint AS dalam,
       (sum(l.dalam) / nullif(sum(l.dinilai), 0))::float8 AS bagian_dalam,
       coalesce(sum(l.tunggu_dinilai), 0)::bigint AS tunggu_dinilai, coalesce(sum(l.tunggu_dalam), 0)::bigint AS tunggu_dalam,
       (sum(l.tunggu_dalam) / nullif(sum(l.tunggu_dinilai), 0))::float8 AS bagian_tunggu_dalam,
       coalesce(sum(l.terlambat), 0)::bigint AS terlambat
FROM report.langkah_mingguan_v1 l
GROUP BY l.kantor, l.nama_kantor, l.minggu;
COMMENT ON VIEW report.kantor_mingguan_v1 IS
    'Semua langkah satu kantor dalam satu minggu: jumlah dari angka langkah_mingguan_v1 yang ditampilkan.';

CREATE VIEW report.hasil_mingguan_v1 AS
SELECT w.office AS kantor, o.nama AS nama_kantor, w.sop, s.nama AS nama_sop,
       CASE w.kind WHEN 'selesai' THEN 'sop_selesai' WHEN 'aktif' THEN 'kartu_aktif' ELSE 'kepesertaan_berakhir' END AS hasil,
       w.week AS minggu, w.executions AS jumlah, NOT view.enough(w.cases, w.executions) AS sedikit, w.standard AS waktu_total,
       CASE WHEN w.judged = 0 OR view.enough(w.cases, w.judged) THEN w.judged END AS dinilai,
       CASE WHEN w.judged = 0 OR view.enough(w.cases, w.judged) THEN w.within END AS dalam,
       CASE WHEN view.enough(w.cases, w.judged) THEN w.within::float8 / w.judged END AS bagian_dalam,
       CASE WHEN view.enough(w.cases, w.waits) THEN view.seconds_of((w.wait)[1]) END AS tunggu_p50,
       CASE WHEN view.enough(w.cases, w.touches) THEN view.seconds_of((w.touch)[1]) END AS sentuh_p50,
       CASE WHEN view.enough(w.cases, w.lapses) THEN view.seconds_of((w.elapsed)[1]) END AS berlalu_p50,
       CASE WHEN view.enough(w.cases, w.walls) THEN view.seconds_of((w.wall)[1]) END AS dinding_p50,
       CASE WHEN view.enough(w.cases, w.walls) THEN view.seconds_of((w.wall)[2]) END AS dinding_p90
FROM view.weekly w
LEFT JOIN view.office o ON o.office = w.office
LEFT JOIN view.sheet_step s ON (s.office, s.sop, s.place) = (w.office, w.sop, 0)
WHERE w.kind IN ('selesai', 'aktif', 'nonaktif');
COMMENT ON VIEW report.hasil_mingguan_v1 IS
    'Berkas menurut kantor, SOP, minggu dan hasil: SOP selesai, kartu aktif, kepesertaan berakhir; waktu dalam detik.';

CREATE VIEW report.terlambat_kini_v1 AS
SELECT l.office AS kantor, o.nama AS nama_kantor, l.sop, l.slot, l.langkah, s.place AS urutan, s.kegiatan, l.owner AS pihak,
       l.count AS jumlah, o.late_read_at AS dihitung_pada
FROM view.late l
JOIN view.office o ON o.office = l.office
LEFT JOIN view.sheet_step s ON (s.office, s.sop, s.slot, s.langkah) = (l.office, l.sop, l.slot, l.langkah);
COMMENT ON VIEW report.terlambat_kini_v1 IS
    'Langkah terbuka yang melewati Mutu Baku atau batas tunggu; kosong berarti tidak ada pada saat dihitung.';

GRANT USAGE ON SCHEMA report TO jejak_report;
GRANT SELECT ON ALL TABLES IN SCHEMA report TO jejak_report;
GRANT EXECUTE ON FUNCTION view.seconds_of(smallint), view.enough(bigint, bigint) TO jejak_report;

-- Rebuilds make the index too, and let the views follow the table that takes the place.

CREATE OR REPLACE FUNCTION view.index_rebuild() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    CREATE INDEX step_time_stream_new ON view.step_time_new (stream);
    CREATE INDEX step_time_ended_new ON view.step_time_new (office, ended_on) WHERE ended_on IS NOT NULL;
    CREATE INDEX step_time_open_new ON view.step_time_new (office) WHERE state = 'terbuka';
    CREATE INDEX step_time_week_new ON view.step_time_new ((ended_on - (ended_on - date '0001-01-01') % 7), office)
        WHERE state = 'selesai' AND kind <> 'tugas';
    ANALYZE view.step_time_new;
    INSERT INTO view.timing_dirty_new
        SELECT DISTINCT office, ended_on FROM view.step_time_new WHERE ended_on IS NOT NULL;
END $$;

CREATE OR REPLACE FUNCTION view.finish_rebuild(p_position bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    ANALYZE view.timing_month_new;
    PERFORM FROM view.progress FOR UPDATE;
    DROP TABLE view.activity, view.timing_dirty, view.timing_front, view.timing_month;
    ALTER TABLE view.step_time RENAME TO step_time_old;
    ALTER TABLE view.step_time_new RENAME TO step_time;
    PERFORM view.show_executions();
    DROP TABLE view.step_time_old;
    ALTER TABLE view.activity_new RENAME TO activity;
    ALTER TABLE view.timing_dirty_new RENAME TO timing_dirty;
    ALTER TABLE view.timing_front_new RENAME TO timing_front;
    ALTER TABLE view.timing_month_new RENAME TO timing_month;
    ALTER INDEX view.step_time_stream_new RENAME TO step_time_stream;
    ALTER INDEX view.step_time_ended_new RENAME TO step_time_ended;
    ALTER INDEX view.step_time_open_new RENAME TO step_time_open;
    ALTER INDEX view.step_time_week_new RENAME TO step_time_week;
    ALTER INDEX view.activity_new_pkey RENAME TO activity_pkey;
    ALTER INDEX view.timing_dirty_new_pkey RENAME TO timing_dirty_pkey;
    ALTER INDEX view.timing_front_new_pkey RENAME TO timing_front_pkey;
    ALTER INDEX view.timing_month_new_pkey RENAME TO timing_month_pkey;
    UPDATE view.progress SET generation = generation + 1, position = p_position;
END $$;
