"""Which sheet serves new cases, and when a file may follow another: a sheet once loaded never changes.

A corrected transcription of the same sheet is a new edition with its reason; a new sheet has its own number and date.
"""

from __future__ import annotations

from functools import partial
from itertools import combinations
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from jejak.procedure.model import Sop
    from jejak.procedure.office.kantor import Kantor


def same_sheet(sop: Sop, other: Sop) -> bool:
    """Whether two files transcribe one sheet of paper: one layanan of one office, of one date or one number.

    The office's printed name does not count: offices are renamed, and their sheets follow each other all the same.
    """
    if (sop.dinas, sop.layanan) != (other.dinas, other.layanan):
        return False
    numbered = sop.nomor is not None and sop.nomor == other.nomor
    return numbered or sop.tanggal_efektif == other.tanggal_efektif


def effective(sop: Sop, offices: Sequence[Kantor]) -> date | None:
    """Since when a sheet is in force: its own date, else the one the office set for undated sheets, newest version."""
    if sop.tanggal_efektif is not None:
        return sop.tanggal_efektif
    return next((office.sop_berlaku_sejak for office in reversed(offices) if office.sop_berlaku_sejak), None)


def in_force(sops: Sequence[Sop], offices: Sequence[Kantor], day: date) -> Mapping[str, Sop]:
    """Layanan -> the sheet that serves its new cases on this day: the newest effective, in its highest edition.

    ``offices``: every version of the kantor file, oldest first.
    """
    begun = [(since, sop) for sop in sops if (since := effective(sop, offices)) is not None and since <= day]
    serving: dict[str, tuple[tuple[date, int], Sop]] = {}
    for since, sop in begun:
        if any(same_sheet(sop, other) and other.edisi > sop.edisi for _, other in begun):
            continue
        rank = (since, sop.edisi)
        if sop.layanan not in serving or serving[sop.layanan][0] < rank:
            serving[sop.layanan] = rank, sop
    return {layanan: sop for layanan, (_, sop) in serving.items()}


def edition_mistakes(loaded: Sequence[Sop], coming: Sequence[Sop]) -> Iterator[str]:
    """Why files may not be added to the loaded ones: one line each, with what to do."""
    known = {sop.sha256 for sop in loaded}
    fresh = {sop.sha256: sop for sop in coming if sop.sha256 not in known}
    for sop in fresh.values():
        before = max(filter(partial(same_sheet, sop), loaded), key=attrgetter("edisi"), default=None)
        if before is not None and before.edisi >= sop.edisi:
            yield (
                f"{named(sop)}: lembar ini sudah dimuat sebagai edisi {before.edisi} ({before.sha256[:12]}) dengan "
                "isi lain, dan SOP yang sudah dimuat tidak dapat diubah. Bila ini perbaikan salinan lembar yang sama, "
                f'tulis edisi = {before.edisi + 1} dan alasan_edisi = "…"; bila ini lembar baru, tulis nomor dan '
                "tanggal_efektif lembar itu sendiri"
            )
    for sop, other in combinations(fresh.values(), 2):
        if same_sheet(sop, other) and sop.edisi == other.edisi:
            yield (
                f"{named(sop)}: dua berkas untuk lembar yang sama dengan edisi {sop.edisi} — naikkan edisi yang "
                "memperbaiki, dengan alasan_edisi, atau hapus salah satunya"
            )


def named(sop: Sop) -> str:
    """A sheet as a line of a report names it."""
    number = f"SOP {sop.nomor}" if sop.nomor else f"SOP {sop.nama}"
    since = f"berlaku {sop.tanggal_efektif}" if sop.tanggal_efektif else "tanpa tanggal"
    return f"{number} ({sop.layanan}, {since})"
