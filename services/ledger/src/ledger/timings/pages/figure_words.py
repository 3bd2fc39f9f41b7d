"""Figures of the clocks as a leader reads them: shares, percentiles, and how well a step does. Pure.

Everything is made from the answer of `GET /timings`, so that a page and a program are told the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from jejak.cases.event_descriptions import task_name
from jejak.timekeeping.clocks.times import APPLICANT, OFFICE
from jejak.timekeeping.words import duration_words, working_words
from ledger.timings.pages.flowchart import Level, Mark

FEW: Final = 10
"""Below so many a share or a percentile says little: it is shown, and marked."""
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
_PARTIES: Final[Mapping[str, str]] = {OFFICE: "kantor ini", "bpjs": "BPJS"}

type Told = Mapping[str, Any]


def percent(share: float) -> str:
    """As "92 %" or "99,5 %"; what is not all is never rounded up to all, what is not nothing never down to it."""
    tenths = int(share * 1000 + 1e-9)
    if 0 < share < 1:
        tenths = min(max(tenths, 1), 999)
    whole, tenth = divmod(tenths, 10)
    return f"{whole},{tenth} %" if tenth else f"{whole} %"


def share_words(kept: int, judged: int, *, marked: bool = True) -> dict[str, Any]:
    """As "92 % (11 dari 12)"; None in words where nothing could be judged.

    Not `marked` where what it is of has been marked as small already.
    """
    if not judged:
        return {"kata": None, "dinilai": 0, "kecil": False}
    return {
        "kata": f"{percent(kept / judged)} ({kept} dari {judged})",
        "dinilai": judged,
        "kecil": marked and judged < FEW,
    }


def party_words(party: str) -> str:
    """Whose clock runs."""
    return _PARTIES.get(party, party)


def clock_words(measured: Told | None, *, working: bool) -> dict[str, Any] | None:
    """P50, P90 and P99 of one clock in words, of how many, and where the longest are."""
    if measured is None:
        return None
    words = working_words if working else duration_words
    told = {name: words(round(measured[name])) for name in _PERCENTILES}
    return told | {"jumlah": measured["jumlah"], "berkas": measured.get("berkas"), "kecil": measured["jumlah"] < FEW}


def end_words(lines: Sequence[Told]) -> dict[str, Any] | None:
    """One end of a case (SOP selesai, kartu aktif): how many reached it, and how long that took; None: nobody yet."""
    if not lines:
        return None
    [line] = lines
    return {
        "jumlah": line["jumlah"],
        "kecil": line["jumlah"] < FEW,
        "berkas": line.get("berkas"),
        "dinding": clock_words(line["dinding"], working=False),
        "kerja": clock_words(line["berlalu"], working=True),
        "tunggu": clock_words(line["tunggu"], working=True),
        "sentuh": clock_words(line["sentuh"], working=False),
    }


def line_words(line: Told) -> dict[str, Any]:
    """One line of steps or of tasks, every figure with the way to what lies behind it."""
    kept, waited = line["mutu_baku"], line["batas_tunggu"]
    owners = line["pihak"] != APPLICANT
    few = line["jumlah"] < FEW
    return {
        **{name: line[name] for name in ("slot", "langkah", "kegiatan", "jumlah", "terlambat", "tidak_terukur")},
        "tugas": task_name(line["tugas"]) if line["tugas"] else None,
        "pihak": party_words(line["pihak"]),
        "berkas": line.get("berkas"),
        "kecil": few,
        "mutu_baku": kept
        and {
            **share_words(kept["dalam"], kept["dinilai"], marked=not few),
            "tercetak": kept["tercetak"],
            "jam": "tangan pada berkas" if kept["jam"] == "sentuh" else "waktu berlalu",
            "luar": kept["dinilai"] - kept["dalam"],
            "berkas_luar": kept.get("berkas_luar"),
            "tidak_dinilai": kept["tidak_dinilai"],
        },
        "batas_tunggu": waited
        and {
            **share_words(waited["dalam"], waited["dinilai"], marked=not few),
            "lewat": waited["dinilai"] - waited["dalam"],
            "berkas_lewat": waited.get("berkas_lewat"),
        },
        "tunggu": clock_words(line["tunggu"], working=owners),
        "sentuh": clock_words(line["sentuh"], working=False),
        "berlalu": clock_words(line["berlalu"], working=owners),
    }


def level_of(lines: Iterable[Told]) -> Level:
    """How a step does: by the share that was late, of those that could be judged by the sheet or the waiting limit.

    What could not be measured counts for nothing: it is never taken for in time.
    """
    judged = late = 0
    for line in lines:
        late += line["terlambat"]
        judged += max(line[name]["dinilai"] if line[name] else 0 for name in ("mutu_baku", "batas_tunggu"))
    if not judged:
        return "kosong"
    share = late / judged
    return "baik" if share <= _SELDOM_LATE else "sedang" if share <= _OFTEN_LATE else "buruk"


def mark_of(lines: Sequence[Told], href: str | None) -> Mark:
    """What the flowchart shows of a step."""
    count = sum(line["jumlah"] for line in lines)
    if not count:
        return Mark("kosong", ("belum ada",), href)
    level = level_of(lines)
    words = [LEVELS[level], f"{count} kali, {sum(line['terlambat'] for line in lines)} terlambat"]
    kept = [line["mutu_baku"] for line in lines if line["mutu_baku"] and line["mutu_baku"]["dinilai"]]
    if kept:
        share = sum(one["dalam"] for one in kept) / sum(one["dinilai"] for one in kept)
        words.append(f"{percent(share)} dalam Mutu Baku")
    if count < FEW:
        words.append("angka kecil")
    return Mark(level, tuple(words), href)
