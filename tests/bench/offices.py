"""The offices of the bench: the shipped sheet, with registers of synthetic people, so that look-ups are automatic.

13.01 signs electronically; 13.99 by pen. Both number by template. For cases of all procedures mixed there are four more
offices, one a sheet, all by pen: a signature costs the same on every sheet.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

SHIPPED = Path(__file__).parents[2] / "shared" / "offices"
SHEET = "reaktivasi-kis-2022.toml"
SIGNED, BY_PEN = "13.01", "13.99"
OLDER_SHEET = "13.89"
"""13.01 as it worked before 2022: an office of its own, for no office has two sheets of one service in force."""
OTHERS = {
    OLDER_SHEET: ("13.01", "rekomendasi-bpjs-2017.toml", "staf"),
    "51.07": ("51.07", "akses-kesehatan-2023.toml", "staf"),
    "13.02": ("13.02", "jaminan-kesehatan-2024.toml", "petugas"),
    "12.72": ("12.72", "siantar-sehat.toml", "operator"),
}
"""Office → the shipped one it copies, its sheet, and the post that records what was signed by pen."""
_NUMBER = '"*" = "460/{urut}/BENCH/{tahun}"'


@dataclass(frozen=True, slots=True)
class Resident:
    """A synthetic person, in every register of the office."""

    nik: str
    kk: str
    name: str
    card: str

    @property
    def born(self) -> str:
        return f"19{self.nik[10:12]}-{self.nik[8:10]}-{self.nik[6:8]}"

    def body(self) -> dict[str, str]:
        """The person as an application names them."""
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


def write_others(folder: Path, people: int) -> None:
    """The other four procedures' offices, beside the two. Look-ups are as each shipped kantor file says."""
    for office, (shipped, sheet, recorder) in OTHERS.items():
        home = folder / office
        (home / "registers").mkdir(parents=True)
        text = (SHIPPED / shipped / sheet).read_text(encoding="utf-8")
        (home / sheet).write_text(text.replace(f'dinas = "{shipped}"', f'dinas = "{office}"'), encoding="utf-8")
        kantor = (SHIPPED / shipped / "kantor.toml").read_text(encoding="utf-8")
        pen = f'tanda_tangan = "basah"\npencatat_tanda_tangan = "{recorder}"'
        kantor = kantor.replace(f'kode = "{shipped}"', f'kode = "{office}"')
        (home / "kantor.toml").write_text(kantor.replace('tanda_tangan = "elektronik"', pen), encoding="utf-8")
        if '"impor"' in kantor:
            _write_registers(home / "registers", [resident(office, number) for number in range(people)])


def _kantor(office: str) -> str:
    text = (SHIPPED / office / "kantor.toml").read_text(encoding="utf-8")
    for check in ("check_registry", "check_membership"):
        text = text.replace(f'{check} = "manual"', f'{check} = "impor"')
    return text.replace('"*" = "agenda"', _NUMBER)


def _write_registers(folder: Path, people: list[Resident]) -> None:
    poor = "".join(f"{n:08},{person.nik},{person.kk},{person.name},{person.born}\n" for n, person in enumerate(people))
    (folder / "dtks.csv").write_text(f"ID DTKS,NIK,No KK,Nama,Tanggal Lahir\n{poor}", encoding="utf-8")
    (folder / "pbdt.csv").write_text(f"No PBDT,NIK,No KK,Nama,Tanggal Lahir\n{poor}", encoding="utf-8")
    members = "".join(
        f"{person.card},{person.nik},{person.kk},{person.name},{person.born},PBI APBN,NONAKTIF,2022-02-04,1\n"
        for person in people
    )
    head = "No Kartu,NIK,No KK,Nama Peserta,Tanggal Lahir,Segmen,Status,Tanggal Nonaktif,Jumlah Nonaktif\n"
    (folder / "bpjs.csv").write_text(head + members, encoding="utf-8")
