"""Show a case as its trace: every event with its actor, and each step held against Mutu Baku.

  jejak case show 7K3M-9QXA-2BCD

Takes the code on the receipt or the case's identity. Asks the installation at JEJAK_PUBLIC_URL.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import textwrap
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final
from urllib.parse import quote

from jejak.cli import CommandError
from jejak.cli._common import show as print_result
from jejak.platform.settings import Source

type Json = Mapping[str, Any]

_HEADINGS: Final = ("Jam", "Lkh", "Peristiwa", "Oleh", "Tunggu", "Sentuh", "Berlalu", "Mutu Baku")
_FIXED: Final = (5, 5, 0, 0, 13, 13, 13, 18)
_GAP: Final = "  "
_LEAST: Final = 120
_USUAL: Final = 140
_MOST: Final = 180
_SHARE_OF_EVENT: Final = 0.56
_NOTE_INDENT: Final = 14
_TIMEOUT: Final = 30
_BOLD, _DIM, _RED, _GREEN, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[0m"
_MARKS: Final[Mapping[bool | None, str]] = {True: "✓", False: "✗", None: "–"}
_STYLES: Final[Mapping[bool | None, str]] = {True: _GREEN, False: _RED, None: ""}


def configure(parser: argparse.ArgumentParser) -> None:
    """`show` and its arguments."""
    command = parser.add_subparsers(metavar="COMMAND").add_parser("show", help="the trace of one case")
    command.add_argument("code", metavar="CODE", help="code on the receipt, or the case's identity")
    command.add_argument("--json", action="store_true", help="the installation's answer as JSON")
    command.set_defaults(run=show)


def show(arguments: argparse.Namespace) -> None:
    """Prints the trace."""
    source = Source.of()
    default = f"http://{source.text('JEJAK_HOST', '127.0.0.1')}:{source.integer('JEJAK_PORT', 8000)}"
    trace = fetched(source.public_url(default), arguments.code)
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    lines = trace_lines(trace, shutil.get_terminal_size((_USUAL, 40)).columns, colour=colour)
    print_result(trace, lines, as_json=arguments.json)


def fetched(url: str, code: str) -> Json:
    """The timeline as the installation answers it. CommandError with the installation's sentence if it refuses."""
    address = f"{url}/cases/{quote(code, safe='')}/timeline"
    try:
        with urllib.request.urlopen(address, timeout=_TIMEOUT) as answer:  # noqa: S310 - http or https, by Settings
            trace: Json = json.load(answer)
            return trace
    except urllib.error.HTTPError as error:
        raise CommandError(_detail(error)) from None
    except (urllib.error.URLError, TimeoutError):
        raise CommandError(f"nothing answers at {url}; start it with `jejak up`, or set JEJAK_PUBLIC_URL.") from None


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError):
        return f"the installation answered {error.code}."


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the table, before it is wrapped; `style` is an escape sequence or empty."""

    cells: tuple[str, ...]
    style: str = ""
    verdict: bool | None = None


def trace_lines(trace: Json, width: int = _USUAL, *, colour: bool = False) -> list[str]:
    """The trace as the lines of a table, for a terminal of this many columns (at least 120)."""
    width = min(max(width, _LEAST), _MOST)
    widths = _widths(width)
    lines = [*_head(trace, width), ""]
    lines += _lines(_Row(_HEADINGS, _BOLD), widths, colour=colour)
    lines.append("─" * width)
    day = ""
    for event in trace["peristiwa"]:
        date, _, zone = str(event["setempat"]).rsplit(" ", 2)
        if date != day:
            day = date
            lines.append(_styled(f"{date} ({zone})", _BOLD, colour=colour))
        for row in _rows(trace, event):
            lines += _lines(row, widths, colour=colour)
    lines.append("─" * width)
    for note in (*_open_steps(trace), *_totals(trace)):
        lines += textwrap.wrap(note, width, subsequent_indent=" " * _NOTE_INDENT)
    return [line.rstrip() for line in lines]


def _head(trace: Json, width: int) -> Iterator[str]:
    sop, received = trace["sop"], trace["diterima"]
    yield f"Berkas {trace['kode']}  ·  {trace['status']}" + (
        f"  ·  diterima {received['setempat']}" if received else ""
    )
    yield textwrap.shorten(f"{trace['kantor']['nama']} ({trace['kantor']['kode']})", width, placeholder=" …")
    number = f"{sop['nomor']}, " if sop["nomor"] else ""
    yield textwrap.shorten(f"{sop['nama']} ({number}{sop['sha256'][:12]})", width, placeholder=" …")


def _rows(trace: Json, event: Json) -> Iterator[_Row]:
    """The row of an event, and after the last of a step with several tasks the row of the whole step."""
    _, clock, _ = str(event["setempat"]).rsplit(" ", 2)
    number, hours = event["menutup_langkah"], event["jam_tugas"]
    stay: Json | None = trace["langkah"][number] if number is not None else None
    alone = stay is not None and stay["tugas"] == 1
    verdict = _verdict(stay) if stay is not None and alone else ("", None)
    place = event["langkah"] if event["slot"] == "main" else event["slot"]
    figures = _figures(hours) if hours else ("", "", "")
    style = _DIM if event["mulai_kerja"] else ""
    yield _Row((clock, place or "", event["kalimat"], _by(event), *figures, verdict[0]), style, verdict[1])
    if stay is not None and not alone:
        text, within = _verdict(stay)
        yield _Row(("", "", f"└ langkah {stay['langkah']} seluruhnya", "", *_figures(stay), text), "", within)


def _by(event: Json) -> str:
    who = event["pelaku"]["nama"]
    if event["pencatat"]:
        who += f", dicatat {event['pencatat']['nama']}"
    if event["terjadi"]:
        who += f"; terjadi {event['terjadi']['setempat']}"
    return str(who)


def _figures(hours: Json) -> tuple[str, str, str]:
    touch = hours["sentuh"]
    measured = touch["kata"] if touch["detik"] is not None else touch["sebab"] or touch["kata"]
    return _short(hours["tunggu"]["kata"]), _short(measured), _short(hours["berlalu"]["kata"])


def _short(words: str) -> str:
    return words.replace(" menit", " mnt").replace(" detik", " dtk")


def _verdict(stay: Json) -> tuple[str, bool | None]:
    """The sheet's standard and an exceeded waiting limit in words, and whether both are met (None: not known)."""
    parts: list[str] = []
    within: bool | None = None
    if standard := stay["mutu_baku"]:
        within = standard["dalam"]
        parts.append(f"{standard['tercetak']} {_MARKS[within]}")
    if (limit := stay["batas_tunggu"]) and limit["dalam"] is False:
        within = False
        parts.append(f"tunggu > {limit['kata']} ✗")
    return ", ".join(parts), within


def _open_steps(trace: Json) -> Iterator[str]:
    """The open steps, each with the end of its time."""
    for stay in trace["langkah"]:
        if stay["keadaan"] == "terbuka":
            limit = f", batas {stay['batas']['setempat']}" if stay["batas"] else ""
            late = "  TERLAMBAT" if stay["terlambat"] else ""
            waiting = stay["berlalu"]["kata"]
            yield f"Menunggu: langkah {stay['langkah']} pada {stay['pihak']}, sudah {waiting}{limit}{late}"


def _totals(trace: Json) -> Iterator[str]:
    total = trace["total"]
    if promised := total["mutu_baku"]:
        until = f", paling lambat {promised['paling_lambat']}" if promised["paling_lambat"] else ""
        between = f"{promised['dari']} {promised['sampai']}"
        yield f"Waktu total   {promised['tercetak']} {_MARKS[promised['dalam']]}, {between}{until}"
    main, active = total["sop_selesai"], total["kartu_aktif"]
    names = {"selesai": "SOP selesai", "tolak": "Ditolak", "kembalikan": "Dikembalikan", "ditarik": "Ditarik"}
    names["meninggal"] = "Meninggal"
    if main:
        yield _total(names[total["berakhir"]] if total["berakhir"] else "Sampai kini", main)
    if active:
        yield _total("Kartu aktif", active)
    if ended := total["kepesertaan_berakhir"]:
        yield _total("Nonaktif", ended)


def _total(name: str, total: Json) -> str:
    figures = {
        "waktu kantor": total["waktu_kantor"],
        "waktu dinding": total["waktu_dinding"],
        "menunggu": total["tunggu"],
        "sentuh terukur": total["sentuh_terukur"],
    }
    words = ", ".join(f"{label} {_short(figure['kata'])}" for label, figure in figures.items())
    return f"{name:<12}  {total['sampai']['setempat']}: {words}"


def _widths(width: int) -> tuple[int, ...]:
    free = width - sum(_FIXED) - len(_GAP) * (len(_FIXED) - 1)
    event = int(free * _SHARE_OF_EVENT)
    return tuple(event if n == 2 else free - event if n == 3 else fixed for n, fixed in enumerate(_FIXED))  # noqa: PLR2004


def _lines(row: _Row, widths: Sequence[int], *, colour: bool) -> Iterator[str]:
    columns = (textwrap.wrap(cell, width) for cell, width in zip(row.cells, widths, strict=True))
    styles = [row.style] * (len(widths) - 1) + [row.style or _STYLES[row.verdict]]
    for parts in zip_longest(*columns, fillvalue=""):
        padded = map(str.ljust, parts, widths)
        yield _GAP.join(_styled(text, style, colour=colour) for text, style in zip(padded, styles, strict=True))


def _styled(text: str, style: str, *, colour: bool) -> str:
    return f"{style}{text}{_PLAIN}" if colour and style and text.strip() else text
