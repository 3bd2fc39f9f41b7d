"""A case's timeline as a table for a terminal of 140 columns: events, people, and the three clocks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from jejak.timekeeping.calendar import ZONES
from jejak.timekeeping.clocks.times import APPLICANT

type Json = Mapping[str, Any]

WIDTH: Final = 140
LEGEND: Final = """\
hk hari kerja (7,5 jam), hr hari kalender, j jam, m menit, d detik; – tidak terukur; saat mulai kerja tidak ditulis.
Mutu Baku: janji lembar SOP bagi satu langkah; bt: batas tunggu, janji kantor sendiri.
✓ dipenuhi, ✗ dilanggar, · belum atau tidak dapat dinilai."""
_COLUMNS: Final = (
    ("waktu", 18),
    ("lkh", 7),
    ("peristiwa", 48),
    ("oleh (dicatat oleh)", 20),
    ("tunggu", 9),
    ("sentuh", 8),
    ("berlalu", 9),
    ("Mutu Baku", 10),
    ("bt", 2),
)
_DAYS: Final = ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min")
_WORKING_DAY: Final = 27_000
_WORKING: Final = ((_WORKING_DAY, "hk"), (3600, "j"), (60, "m"), (1, "d"))
_WALL: Final = ((86_400, "hr"), (3600, "j"), (60, "m"), (1, "d"))
_ENDS: Final = (
    ("sop_selesai", "SOP selesai"),
    ("kartu_aktif", "kartu aktif"),
    ("kepesertaan_berakhir", "kepesertaan berakhir"),
)
_VERDICT: Final = {True: "✓", False: "✗", None: "·"}


def table(title: str, timeline: Json, now: Json) -> str:
    """The whole story: heading, one row for each event, the status, totals."""
    zone = timeline["kantor"]["zona"]
    number, office = timeline["sop"]["nomor"] or "tanpa nomor", timeline["kantor"]["kode"]
    head = f"{timeline['kode']}  kantor {office}  SOP {number}  waktu {timeline['diterima']['setempat'].split()[-1]}"
    rows = [row for event in timeline["peristiwa"] if not event["mulai_kerja"] for row in _rows(event, timeline, zone)]
    return "\n".join(
        (
            f"── {title} ".ljust(WIDTH, "─"),
            head,
            _line([name for name, _ in _COLUMNS]),
            *rows,
            _now(timeline, now, zone),
            *_totals(timeline),
        )
    )


def book(register: Json) -> str:
    """The Buku Rekomendasi of a year: every number, and how it ended."""
    head = f"── Buku Rekomendasi kantor {register['kantor']}, {register['tahun']} ".ljust(WIDTH, "─")
    lines = [
        f"{row['nomor']:<34} {row['kode']:<16} {row['keadaan']}{f': {row["sebab"]}' if row['sebab'] else ''}"
        for row in register["baris"]
    ]
    return "\n".join((head, *lines))


def waiting(kode: str, rows: Iterable[Json]) -> str:
    """The unmatched answers of BPJS, which wait for an official."""
    head = f"── Jawaban BPJS yang menunggu petugas, kantor {kode} ".ljust(WIDTH, "─")
    lines = [f"{row['isi']['hasil']:<10} {row['macam']:<13} {row['sebab']}" for row in rows if row["baris"] is None]
    return "\n".join((head, *sorted(lines)))


def _rows(event: Json, timeline: Json, zone: str) -> Iterator[str]:
    """One event, its longer cells wrapped."""
    clocks, number = event["jam_tugas"], event["menutup_langkah"]
    step = timeline["langkah"][number] if number is not None else None
    cells = [
        _moment(event["waktu"], zone),
        (event["langkah"] or "").replace("_", " "),
        _sentence(event, zone),
        _people(event),
        *(_clocks(clocks) if clocks else ("", "", "")),
        *(_judged(step) if step else ("", "")),
    ]
    wrapped = [textwrap.wrap(cell, width) or [""] for cell, (_, width) in zip(cells, _COLUMNS, strict=True)]
    for number in range(max(map(len, wrapped))):
        yield _line([cell[number] if number < len(cell) else "" for cell in wrapped])


def _line(cells: Iterable[str]) -> str:
    return " ".join(cell.ljust(width) for cell, (_, width) in zip(cells, _COLUMNS, strict=True)).rstrip()


def _sentence(event: Json, zone: str) -> str:
    claimed = event["terjadi"]
    return f"{event['kalimat']} Terjadi {_moment(claimed['waktu'], zone)}." if claimed else str(event["kalimat"])


def _people(event: Json) -> str:
    doer = event["pelaku"]["kode"] or event["pelaku"]["nama"]
    return f"{doer} ({event['pencatat']['kode']})" if event["pencatat"] else str(doer)


def _clocks(clocks: Json) -> Sequence[str]:
    wait, touch, elapsed = (clocks[name]["detik"] for name in ("tunggu", "sentuh", "berlalu"))
    units = _WALL if clocks["pihak"] == APPLICANT else _WORKING
    hands = "otomatis" if clocks["sentuh"].get("sebab") == "otomatis" else short(touch)
    return short(wait, units), hands, short(elapsed, units)


def _judged(step: Json) -> Sequence[str]:
    """The step's own standard, and the office's waiting limit, on the row that ends the step."""
    promised, limit = step["mutu_baku"], step["batas_tunggu"]
    standard = f"{promised['tercetak'].lower()} {_VERDICT[promised['dalam']]}" if promised else ""
    return standard, _VERDICT[limit["dalam"]] if limit else ""


def _now(timeline: Json, now: Json, zone: str) -> str:
    """The status, and the due tasks."""
    waiting = [
        f"menunggu {due['nama_tugas']} oleh {due['nama_pelaksana']} sejak {_moment(due['sejak']['waktu'], zone)}"
        for due in now["jatuh_tempo"]
    ]
    return "; ".join((f"status: {timeline['status']}", *waiting))


def _totals(timeline: Json) -> Iterator[str]:
    total = timeline["total"]
    if promised := total["mutu_baku"]:
        yield _promised(promised, timeline["kantor"]["zona"])
    for name, words in _ENDS:
        end = total[name]
        if end is None or not end["tercapai"]:
            continue
        if name == "sop_selesai" and total["berakhir"] != "selesai":
            words = "berakhir"  # noqa: PLW2901 - what ended is not a finished SOP
        office, wall = end["waktu_kantor"]["detik"], end["waktu_dinding"]["detik"]
        hands = end["sentuh_terukur"]["detik"]
        yield f"{words}: waktu kantor {short(office)}, sentuh {short(hands)}, sejak diterima {short(wall, _WALL)}"


def _promised(promised: Json, zone: str) -> str:
    """The total that the sheet prints, and whether the case kept it; others' time appears where it explains a delay."""
    words = f"waktu total SOP: {promised['tercetak'].lower()}, {promised['dari']}, {promised['sampai']}"
    limit = promised["batas"]
    until = f", paling lambat {_moment(limit['waktu'], zone)}" if limit else ""
    elsewhere = promised["pada_pihak_lain"]["detik"]
    others = f" (pada pihak lain {short(elsewhere, _WALL)})" if elsewhere else ""
    return f"{words}{until} {_VERDICT[promised['dalam']]}{others}"


def _moment(iso: str, zone: str) -> str:
    local = datetime.fromisoformat(iso).astimezone(timezone(timedelta(hours=ZONES[zone])))
    return f"{_DAYS[local.weekday()]} {local:%d-%m-%y %H.%M}"


def short(seconds: float | None, units: Sequence[tuple[int, str]] = _WORKING) -> str:
    """A duration in its two greatest units; whole minutes from an hour on. None: not measured."""
    if seconds is None:
        return "–"
    unit = 60 if seconds >= 3600 else 1  # noqa: PLR2004 - an hour
    left, parts = round(seconds / unit) * unit, list[str]()
    for size, name in units:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{name}")
    return " ".join(parts[:2]) or "0d"
