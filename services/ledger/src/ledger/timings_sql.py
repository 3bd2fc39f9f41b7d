"""What is asked of `view.step_time`: figures, buckets per clock, the cases behind a figure, what is overdue."""

from typing import Final, Literal, assert_never

type Per = Literal["hari", "minggu", "bulan", "pejabat", "jalur", "kantor"]
type Only = Literal["semua", "dalam", "luar", "tidak_terukur", "lewat_batas_tunggu"]
type Clock = Literal["tunggu", "sentuh", "berlalu", "dinding"]

# $1 office, $2 sop, $3 first day, $4 last day, $5 jalur, $6 official, $7 slot, $8 langkah; NULL asks for all.
WHERE: Final = """
t.state = 'selesai' AND t.ended_on BETWEEN $3 AND $4 AND ($1::text IS NULL OR t.office = $1)
  AND ($2::text IS NULL OR t.sop = $2) AND ($5::text IS NULL OR t.jalur = $5) AND ($6::text IS NULL OR t.actor = $6)
  AND ($7::text IS NULL OR t.slot = $7) AND ($8::text IS NULL OR t.langkah = $8)
"""
_KEY: Final = "t.kind, t.office, t.sop, t.slot, t.langkah, t.tugas, t.owner, {per}"
COUNTS: Final = f"""
SELECT {_KEY} AS kelompok, max(t.standard) AS standard, max(t.clock) AS clock, count(*) AS jumlah,
       count(t.within) AS dinilai, count(*) FILTER (WHERE t.within) AS dalam,
       count(*) FILTER (WHERE t.standard IS NOT NULL AND t.within IS NULL) AS tidak_dinilai,
       count(*) FILTER (WHERE t.touch IS NULL) AS tidak_terukur,
       count(t.wait_within) AS tunggu_dinilai, count(*) FILTER (WHERE t.wait_within) AS tunggu_dalam,
       count(*) FILTER (WHERE t.overdue) AS terlambat
FROM view.step_time t WHERE {WHERE} GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
"""  # noqa: S608 - fixed fragments
BUCKETS: Final = f"""
SELECT {_KEY} AS kelompok, c.clock, c.bucket, count(*) AS jumlah
FROM view.step_time t CROSS JOIN LATERAL (VALUES ('tunggu', t.wait_bucket), ('sentuh', t.touch_bucket),
     ('berlalu', t.elapsed_bucket), ('dinding', t.wall_bucket)) AS c (clock, bucket)
WHERE {WHERE} AND c.bucket IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""  # noqa: S608 - fixed fragments
CASES: Final = f"""
SELECT t.stream, t.kind, t.office, t.slot, t.langkah, t.tugas, t.repetition, t.actor, t.due_at, t.ended_at, t.wait,
       t.touch, t.elapsed, t.wall, t.unmeasured, t.standard, t.within, t.wait_within, t.overdue
FROM view.step_time t WHERE {WHERE} AND t.kind = $9 AND ($10::text IS NULL OR t.tugas = $10) AND {{only}}
ORDER BY {{clock}} DESC NULLS LAST, t.ended_at, t.stream LIMIT $11
"""  # noqa: S608 - fixed fragments
# Overdue already, past its deadline by now, or opened and judged by hands that may still be on it ($2: now).
OPEN: Final = """
SELECT t.stream, t.office, t.sop, t.slot, t.langkah, t.owner, t.due_at, t.deadline, t.overdue, t.standard,
       NOT t.overdue AND coalesce(t.deadline > $2, true) AS ask_the_clock
FROM view.step_time t
WHERE t.state = 'terbuka' AND t.kind = 'langkah' AND ($1::text IS NULL OR t.office = $1)
  AND ($3::text IS NULL OR t.sop = $3) AND (t.overdue OR t.deadline <= $2 OR t.started_at IS NOT NULL)
ORDER BY t.due_at, t.stream
"""


def group_by(per: Per | None) -> str:
    """The SQL of a grouping; never anything of the request's own words."""
    match per:
        case None:
            return "NULL::text"
        case "hari":
            return "t.ended_on::text"
        case "minggu":
            return "to_char(t.ended_on, 'IYYY-\"W\"IW')"
        case "bulan":
            return "to_char(t.ended_on, 'YYYY-MM')"
        case "pejabat":
            return "t.actor"
        case "jalur":
            return "t.jalur"
        case "kantor":
            return "t.office"
        case _ as unknown:
            assert_never(unknown)


def restricted_to(only: Only) -> str:
    """The SQL of what is wanted of a figure's cases."""
    match only:
        case "semua":
            return "true"
        case "dalam":
            return "t.within"
        case "luar":
            return "NOT t.within"
        case "tidak_terukur":
            return "t.touch IS NULL"
        case "lewat_batas_tunggu":
            return "NOT t.wait_within"
        case _ as unknown:
            assert_never(unknown)


def ordered_by(clock: Clock) -> str:
    """The column of a clock."""
    match clock:
        case "tunggu":
            return "t.wait"
        case "sentuh":
            return "t.touch"
        case "berlalu":
            return "t.elapsed"
        case "dinding":
            return "t.wall"
        case _ as unknown:
            assert_never(unknown)
