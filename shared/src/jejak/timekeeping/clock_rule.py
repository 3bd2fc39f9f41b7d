"""Clock rules: received before noon, done by one o'clock; later ones on the next working day."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import time
from typing import Final

from jejak.timekeeping.printed.printed_time import parse_duration
from jejak.timekeeping.standard import ClockRule, DayKind, Entry

_TIME: Final = re.compile(r"(\d{1,2})[.:](\d{2})")


def parse_clock_rule(entries: Sequence[Mapping[str, str]], *, hari: DayKind = "kerja") -> ClockRule:
    """Read ``[{masuk_sampai = "12.00", selesai = "13.00"}, {selesai = "1 hari kerja"}]``, the latest entry last.

    Raises ValueError with an Indonesian sentence.
    """
    rows = tuple(_entry(entry, hari) for entry in entries)
    if not rows or rows[-1].until is not None:
        raise ValueError("aturan jam: baris terakhir harus tanpa masuk_sampai, untuk berkas yang masuk sesudahnya")
    times = [row.until for row in rows[:-1] if row.until is not None]
    if len(times) != len(rows) - 1:
        raise ValueError("aturan jam: hanya baris terakhir yang boleh tanpa masuk_sampai")
    if times != sorted(set(times)):
        raise ValueError("aturan jam: masuk_sampai harus makin siang dari baris ke baris")
    return ClockRule(text="; ".join(clock_row_words(entry) for entry in entries), entries=rows)


def clock_row_words(entry: Mapping[str, str]) -> str:
    """A row of a clock rule as the page says it."""
    before = f"masuk sampai {entry['masuk_sampai']} " if "masuk_sampai" in entry else ""
    return f"{before}selesai {entry['selesai']}"


def _entry(entry: Mapping[str, str], hari: DayKind) -> Entry:
    unknown = sorted(set(entry) - {"masuk_sampai", "selesai"})
    if unknown:
        raise ValueError(f"aturan jam: kunci {unknown[0]} tidak dikenal; hanya masuk_sampai dan selesai")
    if "selesai" not in entry:
        raise ValueError('aturan jam: kunci selesai tidak ada; tulis misalnya selesai = "13.00"')
    until = _time(entry["masuk_sampai"]) if "masuk_sampai" in entry else None
    done = entry["selesai"]
    if not _TIME.fullmatch(done.strip()):
        return Entry(until, parse_duration(done, hari))
    finish = _time(done)
    if until is None or finish <= until:
        raise ValueError(f"aturan jam: selesai {done} harus sesudah masuk_sampai di baris yang sama")
    return Entry(until, finish)


def _time(text: str) -> time:
    match = _TIME.fullmatch(text.strip())
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:  # noqa: PLR2004 a clock's face
        raise ValueError(f'jam "{text}" tidak dikenal: tulis misalnya "12.00"')
    return time(int(match[1]), int(match[2]))
