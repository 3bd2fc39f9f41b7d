"""`jejak register match` of 100,000 people against three registers of 100,000: how long, and in how much memory."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import asyncpg

from jejak.platform.key_settings import MasterKeys
from verification.registers.importing import Request as Import
from verification.registers.importing import import_register
from verification.registers.lookup import RegisterKeys, RegisterKind
from verification.registers.matching import Request, match_list

PEOPLE = 100_000
OFFICE = "13.01"
_KEYS = RegisterKeys(b"k" * 32, MasterKeys(b"m" * 32))
_REGISTERS = {
    "DTSEN": (RegisterKind.POOR, "NIK;Nama;Desil", "{nik};Warga {n};{desil}"),
    "DTKS": (RegisterKind.POOR, "NIK;Nama;No DTKS", "{nik};Warga {n};1301{n:06}"),
    "BPJS": (
        RegisterKind.MEMBERS,
        "NIK;Nama;No Kartu;Segmen;Status;Tgl Nonaktif",
        "{nik};Warga {n};{n:013};PBI APBN;AKTIF;",
    ),
}


@dataclass(frozen=True, slots=True)
class Matched:
    """Seconds for the whole list, and how far it raised the process's peak of memory (MB)."""

    seconds: float
    megabytes: float


async def measure(url: str, folder: Path) -> Matched:
    """On a migrated database; `url` is of verification. Two thirds of the list are in every register."""
    connection = await asyncpg.connect(url)
    try:
        for name, (kind, heading, form) in _REGISTERS.items():
            path = folder / f"{name}.csv"
            lines = (form.format(nik=nik, n=n, desil=n % 10 + 1) for n, nik in enumerate(_niks(0)))
            _write(path, heading, lines)
            await import_register(connection, _KEYS, Import(path, OFFICE, name, kind, "bench"))
        listed = folder / "usulan.csv"
        _write(listed, "NIK", _niks(PEOPLE // 3))
        before, began = _peak(), time.perf_counter()
        report = await match_list(connection, _KEYS, Request(listed, folder / "hasil.csv", OFFICE))
        seconds = time.perf_counter() - began
    finally:
        await connection.close()
    if (report.matched, report.bad, report.listed_anywhere) != (PEOPLE, 0, PEOPLE - PEOPLE // 3):
        raise RuntimeError(f"{report.listed_anywhere} of {report.matched} were found, {report.bad} rows were wrong")
    return Matched(seconds, _peak() - before)


def _niks(skipped: int) -> Iterator[str]:
    every = (
        f"13{city:02}01{day:02}03{year:02}{serial:04}"
        for serial in range(1, 10_000)
        for city in range(1, 20)
        for day in range(1, 29)
        for year in range(60, 99)
    )
    return islice(every, skipped, skipped + PEOPLE)


def _write(path: Path, heading: str, lines: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(heading + "\n")
        file.writelines(f"{line}\n" for line in lines)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
