"""The offices of the bench: the shipped sheet, with registers of synthetic people, so that look-ups are automatic.

13.01 signs electronically; 13.99 by pen. Both number by template.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

SHIPPED = Path(__file__).parents[2] / "shared" / "offices"
SHEET = "reaktivasi-kis-2022.toml"
SIGNED, BY_PEN = "13.01", "13.99"
_NUMBER = '"*" = "460/{urut}/BENCH/{tahun}"'


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody who does not exist, in every register of his office."""

    nik: str
    kk: str
    name: str
    card: str

    @property
    def born(self) -> str:
        return f"19{self.nik[10:12]}-{self.nik[8:10]}-{self.nik[6:8]}"

    def body(self) -> dict[str, str]:
        """As an application names him."""
        return {
            "nik": self.nik,
            "kk": self.kk,
            "name": self.name,
            "born": self.born,
            "address": "Jorong Contoh, Nagari Contoh",
            "card": self.card,
        }


def resident(office: str, number: int) -> Resident:
    """The number-th person of an office; the same number is the same person."""
    region = office.replace(".", "") + f"{number % 90 + 1:02}"
    day, month, year = number % 28 + 1, number % 12 + 1, 50 + number % 40
    return Resident(
        nik=f"{region}{day:02}{month:02}{year:02}{number % 9999 + 1:04}",
        kk=f"{region}010115{number % 9999 + 1:04}",
        name=f"Warga Contoh {number}",
        card=f"0{office.replace('.', '')}{number:08}",
    )


def write_offices(folder: Path, people: int) -> Path:
    """A folder of offices as `jejak office load` and `jejak register import` take it. `people` in each register."""
    for office in (SIGNED, BY_PEN):
        home = folder / office
        (home / "registers").mkdir(parents=True)
        shutil.copy(SHIPPED / office / SHEET, home / SHEET)
        (home / "kantor.toml").write_text(_kantor(office), encoding="utf-8")
        _write_registers(home / "registers", [resident(office, number) for number in range(people)])
    return folder


def _kantor(office: str) -> str:
    text = (SHIPPED / office / "kantor.toml").read_text(encoding="utf-8")
    for check in ("check_registry", "check_membership"):
        text = text.replace(f'{check} = "manual"', f'{check} = "impor"')
    return text.replace('"*" = "agenda"', _NUMBER)


def _write_registers(folder: Path, people: list[Resident]) -> None:
    poor = "".join(f"{n:08},{one.nik},{one.kk},{one.name},{one.born}\n" for n, one in enumerate(people))
    (folder / "dtks.csv").write_text(f"ID DTKS,NIK,No KK,Nama,Tanggal Lahir\n{poor}", encoding="utf-8")
    (folder / "pbdt.csv").write_text(f"No PBDT,NIK,No KK,Nama,Tanggal Lahir\n{poor}", encoding="utf-8")
    members = "".join(
        f"{one.card},{one.nik},{one.kk},{one.name},{one.born},PBI APBN,NONAKTIF,2022-02-04,1\n" for one in people
    )
    head = "No Kartu,NIK,No KK,Nama Peserta,Tanggal Lahir,Segmen,Status,Tanggal Nonaktif,Jumlah Nonaktif\n"
    (folder / "bpjs.csv").write_text(head + members, encoding="utf-8")
