"""The queries of `view.step_time` and of the months packed from it: executions, and what is overdue."""

from typing import Final, Literal

type Per = Literal["hari", "minggu", "bulan", "pejabat", "jalur", "kantor"]
type Only = Literal["semua", "dalam", "luar", "tidak_terukur", "lewat_batas_tunggu"]
type Clock = Literal["tunggu", "sentuh", "berlalu", "dinding"]

# $1 office, $2 sop, $3 first day, $4 last day, $5 jalur, $6 official, $7 slot, $8 langkah; NULL asks for all.
WHERE: Final = """
t.state = 'selesai' AND t.ended_on BETWEEN $3 AND $4 AND ($1::text IS NULL OR t.office = $1)
  AND ($2::text IS NULL OR t.sop = $2) AND ($5::text IS NULL OR t.jalur = $5) AND ($6::text IS NULL OR t.actor = $6)
  AND ($7::text IS NULL OR t.slot = $7) AND ($8::text IS NULL OR t.langkah = $8)
"""
COUNTS: Final = (
    *("jumlah", "dinilai", "dalam", "tidak_dinilai", "tidak_terukur", "tunggu_dinilai", "tunggu_dalam", "terlambat"),
)
HISTOGRAMS: Final = ("tunggu", "sentuh", "berlalu", "dinding")
KEY: Final = (*("kind", "office", "sop", "slot", "langkah", "tugas", "owner", "standard", "clock", "jalur", "actor"),)
"""The columns that executions are counted by, together or apart by `per`."""
NO_BUCKET: Final = 0xFFFF
"""Stands for "not measured"; above every bucket."""
_MARK: Final = """
(CASE WHEN t.within THEN 3 WHEN NOT t.within THEN 2 WHEN t.standard IS NOT NULL THEN 1 ELSE 0 END
 + CASE WHEN t.wait_within THEN 8 WHEN NOT t.wait_within THEN 4 ELSE 0 END
 + CASE WHEN t.touch IS NULL THEN 16 ELSE 0 END + CASE WHEN t.overdue THEN 32 ELSE 0 END)
"""
_BUCKETS: Final = dict(zip(HISTOGRAMS, ("wait_bucket", "touch_bucket", "elapsed_bucket", "wall_bucket"), strict=True))
# Executions as `timing_months.COLUMN_TYPES` counts them, each with its key.
# OFFSET 0 keeps the planner from joining: a few days of every office are read by index, not the whole table.
# $1-$3 offices, each with its first and last day; $4 days to leave out.
EXECUTIONS: Final = f"""
SELECT {", ".join(f"t.{name}" for name in KEY)}, t.ended_on - date '1970-01-01' AS day, {_MARK} AS mark,
       {", ".join(f"coalesce(t.{column}::int, {NO_BUCKET}) AS {name}" for name, column in _BUCKETS.items())}
FROM unnest($1::text[], $2::date[], $3::date[]) AS r (office, first, last)
CROSS JOIN LATERAL (
  SELECT * FROM view.step_time{{new}} s WHERE s.office = r.office AND s.ended_on BETWEEN r.first AND r.last OFFSET 0
) AS t
WHERE t.state = 'selesai' AND t.ended_on <> ALL ($4::date[])
"""  # noqa: S608 - fixed fragments
# A row that was rewritten has another xmin; another epoch reuses the numbers. $1 office or all.
FOLDED: Final = """
SELECT f.office, f.keys, m.months, m.versions, e.epoch
FROM es.epoch e CROSS JOIN view.timing_front f CROSS JOIN LATERAL (
  SELECT array_agg(month ORDER BY month) AS months, array_agg(xmin::text::bigint ORDER BY month) AS versions
  FROM view.timing_month WHERE office = f.office
) AS m
WHERE ($1::text IS NULL OR f.office = $1) AND m.months IS NOT NULL
"""
# $1 office, $2 months.
MONTHS: Final = "SELECT month, executions FROM view.timing_month WHERE office = $1 AND month = ANY ($2::date[])"
# $1 office or all, $2 and $3 first and last day.
DIRTY: Final = (
    "SELECT office, day FROM view.timing_dirty WHERE ($1::text IS NULL OR office = $1) AND day BETWEEN $2 AND $3"
)
# Overdue, past its deadline, or opened and judged by touch time that may still be running ($2: now).
OPEN: Final = """
SELECT t.stream, t.office, t.sop, t.slot, t.langkah, t.owner, t.due_at, t.deadline, t.overdue, t.standard,
       NOT t.overdue AND coalesce(t.deadline > $2, true) AS ask_the_clock
FROM view.step_time t
WHERE t.state = 'terbuka' AND t.kind = 'langkah' AND ($1::text IS NULL OR t.office = $1)
  AND ($3::text IS NULL OR t.sop = $3) AND (t.overdue OR t.deadline <= $2 OR t.started_at IS NOT NULL)
ORDER BY t.due_at, t.stream
"""
DEATHS: Final = """
SELECT coalesce(sum(count), 0) FROM view.activity
WHERE ($1::text IS NULL OR office = $1) AND day BETWEEN $2 AND $3 AND type = 'ParticipantDied'
"""
