"""Figures of the clocks in words: shares, percentiles, and how well a step does. Pure.

Everything is made from the answer of `GET /timings`: a page and a program get the same figures.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from jejak.procedure.model import Sop
from jejak.procedure.parties import PARTIES
from jejak.procedure.task_words import task_name, words_at
from jejak.timekeeping.clocks.times import APPLICANT, OFFICE
from jejak.timekeeping.printed.words import duration_words, working_words
from ledger.timings.pages.flowchart import Level, Mark

FEW: Final = 10
"""A share or percentile of fewer says little: it is shown, and marked."""
_SELDOM_LATE: Final = 0.1
_OFTEN_LATE: Final = 0.3
LEVELS: Final[Mapping[Level, str]] = {
    "baik": "jarang terlambat",
    "sedang": "perlu perhatian",
    "buruk": "sering terlambat",
    "kosong": "belum terukur",
}
LEVEL_RULES: Final[Mapping[Level, str]] = {
    "baik": f"paling banyak {_SELDOM_LATE:.0%} terlambat",
    "sedang": f"lebih dari {_SELDOM_LATE:.0%} sampai {_OFTEN_LATE:.0%} terlambat",
    "buruk": f"lebih dari {_OFTEN_LATE:.0%} terlambat",
    "kosong": "tidak ada yang dapat dinilai pada rentang ini",
}
_PERCENTILES: Final = ("p50", "p90", "p99")

type Answer = Mapping[str, Any]


def percent(share: float) -> str:
    """As "92 %" or "99,5 %"; a share below 1 is never rounded up to 100 %, a share above 0 never down to 0 %."""
    tenths = int(share * 1000 + 1e-9)
    if 0 < share < 1:
        tenths = min(max(tenths, 1), 999)
    whole, tenth = divmod(tenths, 10)
    return f"{whole},{tenth} %" if tenth else f"{whole} %"


def share_words(within: int, judged: int, *, marked: bool = True) -> dict[str, Any]:
    """As "92 % (11 dari 12)"; no words where nothing could be judged.

    Not `marked` where the whole line is marked as small already.
    """
    if not judged:
        return {"kata": None, "dinilai": 0, "kecil": False}
    return {
        "kata": f"{percent(within / judged)} ({within} dari {judged})",
        "dinilai": judged,
        "kecil": marked and judged < FEW,
    }


def party_words(party: str) -> str:
    """The party whose clock runs."""
    return "kantor ini" if party == OFFICE else PARTIES[party].words if party in PARTIES else party


def clock_words(measured: Answer | None, *, working: bool) -> dict[str, Any] | None:
    """P50, P90 and P99 of a clock in words, of how many, and the address of the longest."""
    if measured is None:
        return None
    words = working_words if working else duration_words
    percentiles = {name: words(round(measured[name])) for name in _PERCENTILES}
    return percentiles | {
        "jumlah": measured["jumlah"],
        "berkas": measured.get("berkas"),
        "kecil": measured["jumlah"] < FEW,
    }


def end_words(lines: Sequence[Answer]) -> dict[str, Any] | None:
    """An end of cases (SOP selesai, kartu aktif): how many reached it, and in what time; None: no case yet."""
    if not lines:
        return None
    [line] = lines
    standard = line["mutu_baku"]
    return {
        "mutu_baku": standard and _standard_words(standard, few=line["jumlah"] < FEW),
        "jumlah": line["jumlah"],
        "kecil": line["jumlah"] < FEW,
        "berkas": line.get("berkas"),
        "dinding": clock_words(line["dinding"], working=False),
        "kerja": clock_words(line["berlalu"], working=True),
        "tunggu": clock_words(line["tunggu"], working=True),
        "sentuh": clock_words(line["sentuh"], working=False),
    }


def ends_words(answer: Answer) -> dict[str, Any]:
    """The ends of a sheet's cases, and how many steps are late now."""
    return {
        "selesai": end_words(answer["sop_selesai"]),
        "aktif": end_words(answer["kartu_aktif"]),
        "berakhir": end_words(answer["kepesertaan_berakhir"]),
        "meninggal": answer["peserta_meninggal"],
        "terlambat_kini": answer["terlambat_kini"]["jumlah"],
    }


def _standard_words(standard: Answer, *, few: bool) -> dict[str, Any]:
    """How many kept the sheet's standard, and by which clock; not marked as few where the whole line is."""
    return {
        **share_words(standard["dalam"], standard["dinilai"], marked=not few),
        "tercetak": standard["tercetak"],
        "jam": "tangan pada berkas" if standard["jam"] == "sentuh" else "waktu berlalu",
        "luar": standard["dinilai"] - standard["dalam"],
        "berkas_luar": standard.get("berkas_luar"),
        "tidak_dinilai": standard["tidak_dinilai"],
    }


def line_words(line: Answer, sop: Sop | None = None) -> dict[str, Any]:
    """A line of a step or a task, every figure with the address of its cases."""
    standard, waiting = line["mutu_baku"], line["batas_tunggu"]
    owners = line["pihak"] != APPLICANT
    few = line["jumlah"] < FEW
    return {
        **{name: line[name] for name in ("slot", "langkah", "kegiatan", "jumlah", "terlambat", "tidak_terukur")},
        "tugas": _task_words(line, sop) if line["tugas"] else None,
        "pihak": party_words(line["pihak"]),
        "berkas": line.get("berkas"),
        "kecil": few,
        "mutu_baku": standard and _standard_words(standard, few=few),
        "batas_tunggu": waiting
        and {
            **share_words(waiting["dalam"], waiting["dinilai"], marked=not few),
            "lewat": waiting["dinilai"] - waiting["dalam"],
            "berkas_lewat": waiting.get("berkas_lewat"),
        },
        "tunggu": clock_words(line["tunggu"], working=owners),
        "sentuh": clock_words(line["sentuh"], working=False),
        "berlalu": clock_words(line["berlalu"], working=owners),
    }


def _task_words(line: Answer, sop: Sop | None) -> str:
    """The name of its task on its sheet, where one is given."""
    return words_at(sop, line["slot"], line["langkah"], line["tugas"]) if sop else task_name(line["tugas"])


def level_of(lines: Iterable[Answer]) -> Level:
    """How a step does: by the share of late executions, of those judged by the sheet or the waiting limit.

    Unmeasured executions do not count: they are never taken for in time.
    """
    judged = late = 0
    for line in lines:
        late += line["terlambat"]
        judged += max(line[name]["dinilai"] if line[name] else 0 for name in ("mutu_baku", "batas_tunggu"))
    if not judged:
        return "kosong"
    share = late / judged
    return "baik" if share <= _SELDOM_LATE else "sedang" if share <= _OFTEN_LATE else "buruk"


def mark_of(lines: Sequence[Answer], href: str | None) -> Mark:
    """The mark of a step in the flowchart."""
    count = sum(line["jumlah"] for line in lines)
    if not count:
        return Mark("kosong", ("belum ada",), href)
    level = level_of(lines)
    words = [LEVELS[level], f"{count} kali, {sum(line['terlambat'] for line in lines)} terlambat"]
    judged = [line["mutu_baku"] for line in lines if line["mutu_baku"] and line["mutu_baku"]["dinilai"]]
    if judged:
        share = sum(standard["dalam"] for standard in judged) / sum(standard["dinilai"] for standard in judged)
        words.append(f"{percent(share)} dalam Mutu Baku")
    if count < FEW:
        words.append("angka kecil")
    return Mark(level, tuple(words), href)
