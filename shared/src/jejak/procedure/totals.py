"""The whole time as a sheet prints it, and the sum of its steps: shown side by side, neither repaired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jejak.timekeeping.standard import hands_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jejak.procedure.model import Sop


@dataclass(frozen=True, slots=True)
class Totals:
    """A sheet's times as a whole, in its own words where it has some."""

    tercetak: str | None
    """The printed total."""
    jumlah_langkah: int | None
    """Minutes of all steps together; None where none is given in minutes or hours."""
    langkah_lain: Mapping[str, str]
    """Step -> its standard, where that is counted in days or months and so in no sum."""
    tindak_lanjut: Mapping[str, str]
    """Follow-up -> its standard."""


def totals_of(sop: Sop) -> Totals:
    """The totals of a sheet."""
    times = {step.no: step.waktu for step in sop.langkah if step.waktu is not None}
    hands = {no: seconds for no, standard in times.items() if (seconds := hands_seconds(standard)) is not None}
    follow_ups = {
        kode: follow_up.step.waktu.text
        for kode, follow_up in sop.follow_ups.items()
        if follow_up.step.waktu is not None
    }
    return Totals(
        tercetak=sop.waktu_total_cetak or (sop.waktu_total.text if sop.waktu_total else None),
        jumlah_langkah=sum(hands.values()) // 60 if hands else None,
        langkah_lain={no: standard.text for no, standard in times.items() if no not in hands},
        tindak_lanjut=follow_ups,
    )


def totals_words(totals: Totals) -> str:
    """On one line: "tercetak 1 hari · jumlah langkah 115 menit · aktif 3 bulan"; empty where nothing is known."""
    printed = [f"tercetak {totals.tercetak}"] if totals.tercetak else []
    summed = [f"jumlah langkah {totals.jumlah_langkah} menit"] if totals.jumlah_langkah is not None else []
    others = [f"langkah {no} {text}" for no, text in totals.langkah_lain.items()]
    later = [f"{kode} {text}" for kode, text in totals.tindak_lanjut.items()]
    return " · ".join((*printed, *summed, *others, *later))
