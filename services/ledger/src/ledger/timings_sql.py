"""What is asked of `view.step_time` and its cells: sums, the cases behind a figure, what is overdue."""

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
COUNTS: Final = (
    *("jumlah", "dinilai", "dalam", "tidak_dinilai", "tidak_terukur", "tunggu_dinilai", "tunggu_dalam", "terlambat"),
)
HISTOGRAMS: Final = ("tunggu", "sentuh", "berlalu", "dinding")
GROUP: Final = ("office", "kind", "sop", "slot", "langkah", "tugas", "owner", "standard", "clock")
"""Whose figures are one, before they are parted by `per`."""

# OFFSET 0 keeps the planner from joining: a few days of every office are found by index, not in all that there is.
# $1-$3 offices, each with its first and last day; $4 sop, $5 jalur, $6 official, $7 slot, $8 langkah; NULL: all.
SUMS: Final = f"""
SELECT {", ".join(f"t.{name}" for name in GROUP)}, {{per}}, count(*) AS jumlah,
       count(t.within) AS dinilai, count(*) FILTER (WHERE t.within) AS dalam,
       count(*) FILTER (WHERE t.standard IS NOT NULL AND t.within IS NULL) AS tidak_dinilai,
       count(*) FILTER (WHERE t.touch IS NULL) AS tidak_terukur,
       count(t.wait_within) AS tunggu_dinilai, count(*) FILTER (WHERE t.wait_within) AS tunggu_dalam,
       count(*) FILTER (WHERE t.overdue) AS terlambat, array_agg(t.wait_bucket) AS tunggu,
       array_agg(t.touch_bucket) AS sentuh, array_agg(t.elapsed_bucket) AS berlalu, array_agg(t.wall_bucket) AS dinding
FROM unnest($1::text[], $2::date[], $3::date[]) AS r (office, first, last)
CROSS JOIN LATERAL (
  SELECT * FROM view.step_time{{new}} s WHERE s.office = r.office AND s.ended_on BETWEEN r.first AND r.last OFFSET 0
) AS t
WHERE t.state = 'selesai'
  AND ($4::text IS NULL OR t.sop = $4) AND ($5::text IS NULL OR t.jalur = $5) AND ($6::text IS NULL OR t.actor = $6)
  AND ($7::text IS NULL OR t.slot = $7) AND ($8::text IS NULL OR t.langkah = $8)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, {{places}}
"""  # noqa: S608 - fixed fragments
FRONTS: Final = """
SELECT office, clean_before FROM view.timing_front WHERE $1::text IS NULL OR office = $1 ORDER BY office
"""
# OFFSET 0 keeps the planner from joining: a few days of every office are found by index, not in all that there is.
# $1-$3 offices, each with two boundaries; $4 by; $5 sop, $6 slot, $7 langkah, $8 kelompok; $9 also between the two.
CELLS: Final = f"""
SELECT {", ".join(f"c.{name}" for name in (*GROUP, "kelompok", *COUNTS, *HISTOGRAMS))}, c.upto,
       c.upto <= r.since AS base
FROM unnest($1::text[], $2::date[], $3::date[]) AS r (office, since, upto)
JOIN view.timing_cell c ON c.office = r.office AND c.by = $4 AND c.until > r.since AND c.upto <= r.upto
WHERE ($9 OR CASE WHEN c.upto <= r.since THEN c.until <= r.upto ELSE c.until > r.upto END)
  AND ($5::text IS NULL OR c.sop = $5) AND ($6::text IS NULL OR c.slot = $6)
  AND ($7::text IS NULL OR c.langkah = $7) AND ($8::text IS NULL OR c.kelompok = $8)
ORDER BY c.upto
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
