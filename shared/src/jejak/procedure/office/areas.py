"""The areas of an office: which there are, which were merged, and which an official answers for. Pure.

Offices are named by the code of the Ministry of Home Affairs: `13.01` is the kabupaten's, `13.01-dinkes` another one
of it, `13.01.05` a kecamatan's. Kelurahan and nagari are merged by a regulation of the region (UU 3/2024 Pasal 7):
cases that were entered in one that is gone belong to the one it went into.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from jejak.procedure.format.kantor_file import KantorFile, OfficeHead
    from jejak.procedure.office.officials import Official


def place_of(office: str) -> str:
    """The region, or kecamatan, in which an office works: its code without what tells it from others there."""
    return office.partition("-")[0]


def is_within(area: str, other: str) -> bool:
    """Whether an area is another one, or lies in it."""
    return f"{area}.".startswith(f"{other}.")


def areas_of(office: OfficeHead, official: Official, day: date) -> tuple[str, ...] | None:
    """The areas an official answers for on a day: the own one and what was merged into it; None for all."""
    if official.wilayah is None:
        return None
    areas = [official.wilayah]
    for _ in office.penggabungan:  # a merged area may hold an area that was merged before
        areas += [
            merger.lama
            for merger in office.penggabungan
            if merger.sejak <= day and merger.lama not in areas and any(is_within(merger.baru, area) for area in areas)
        ]
    return tuple(areas)


def answers_for(office: OfficeHead, official: Official, entry_office: str, day: date) -> bool:
    """Whether an official may see cases entered there: all of them without a kelurahan or kecamatan."""
    areas = areas_of(office, official, day)
    return areas is None or any(is_within(entry_office, area) for area in areas)


def merged_into(office: OfficeHead, area: str, day: date) -> str | None:
    """The area that one was merged into by a day; None for one that still is."""
    return next((row.baru for row in office.penggabungan if row.sejak <= day and is_within(area, row.lama)), None)


def known_areas(office: OfficeHead, official: Official, day: date) -> dict[str, str]:
    """The areas this official can enter a case for on a day, with their names: the file's own, else the officials'."""
    named = dict(office.wilayah) or {
        row.wilayah: row.wilayah for row in office.pejabat if row.wilayah is not None and row.serves(day)
    }
    return {
        code: name
        for code, name in sorted(named.items())
        if merged_into(office, code, day) is None and answers_for(office, official, code, day)
    }


def area_name(office: OfficeHead, code: str) -> str:
    """The name of an area; its code where the file has no name for it."""
    return office.wilayah.get(code, code)


def area_mistakes(file: KantorFile) -> Iterator[str]:
    """Areas of another region, and mergers that lead nowhere."""
    place = place_of(file.kode)
    for row in file.pejabat:
        if row.wilayah and not _inside(row.wilayah, place):
            yield f"pejabat {row.kode}: wilayah {row.wilayah} tidak di dalam {place} — periksa kodenya"
    for code in file.wilayah:
        if not is_within(code, place):
            yield f"wilayah: {code} tidak di dalam {place} — periksa kodenya"
    for merger in file.penggabungan:
        for code in (merger.lama, merger.baru):
            if not is_within(code, place):
                yield f"penggabungan {merger.lama}: {code} tidak di dalam {place} — periksa kodenya"
        if is_within(merger.baru, merger.lama) or _returns(file, merger.baru, merger.lama):
            yield f"penggabungan {merger.lama}: kembali ke wilayah itu sendiri — periksa lama dan baru"


def _inside(area: str, place: str) -> bool:
    return area != place and is_within(area, place)


def _returns(file: KantorFile, begin: str, end: str) -> bool:
    """Whether mergers lead from one area to another."""
    seen: set[str] = set()
    while begin not in seen:
        seen.add(begin)
        begin = next((row.baru for row in file.penggabungan if is_within(begin, row.lama)), begin)
        if is_within(begin, end):
            return True
    return False


def area_warnings(file: KantorFile) -> Iterator[str]:
    """Officials of an area that is gone, or that the file does not name."""
    for row in file.pejabat:
        if row.wilayah is None:
            continue
        for merger in file.penggabungan:
            if is_within(row.wilayah, merger.lama) and (row.sampai is None or row.sampai >= merger.sejak):
                yield (
                    f"pejabat {row.kode}: wilayah {row.wilayah} sudah digabung ke {merger.baru} — isi sampai, dan beri "
                    "baris baru dengan wilayah barunya"
                )
        if file.wilayah and not any(is_within(code, row.wilayah) for code in file.wilayah):
            yield f"pejabat {row.kode}: wilayah {row.wilayah} tidak ada di [wilayah] — tambahkan namanya"
