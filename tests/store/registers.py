"""Helpers of the tests of imported registers: keys, synthetic people, and short ways to write, import and look up."""

import base64
import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import asyncpg
import pytest

from jejak.platform.key_settings import MasterKeys
from tests.servers import Database
from verification.registers.importing import Request, kind_of
from verification.registers.lookup import LookUp, RegisterKeys, lookup

KEYS = RegisterKeys(index=hashlib.sha256(b"index").digest(), masters=MasterKeys(hashlib.sha256(b"master").digest()))
OFFICE = "13.01"
JANUARY, MARCH = date(2026, 1, 31), date(2026, 3, 31)

type Connection = asyncpg.Connection[asyncpg.Record]


@pytest.fixture
def operator(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment of an installation's operator."""
    key = base64.urlsafe_b64encode(b"k" * 32).decode()
    for name, value in {
        "JEJAK_ENV": "development",
        "JEJAK_DATA": str(tmp_path / "tidak-ada"),
        "JEJAK_DATABASE_URL_VERIFICATION": database.urls["verification"],
        "JEJAK_HMAC_KEY": key,
        "JEJAK_MASTER_KEY": key,
    }.items():
        monkeypatch.setenv(name, value)


def nik(number: int) -> str:
    """A synthetic NIK, of a woman for every second number."""
    day = 1 + number // 9999 % 28 + (40 if number % 2 else 0)
    return f"130101{day:02}{1 + number // 279_972 % 12:02}85{1 + number % 9999:04}"


BUDI, SITI, ANI = nik(12), nik(13), nik(15)


def write(folder: Path, rows: Iterable[str], name: str = "daftar.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def of(
    path: Path, register: str = "DTKS", *, office: str = OFFICE, as_of: date | None = JANUARY, again: bool = False
) -> Request:
    kind = kind_of(register)
    assert kind is not None
    return Request(path, office, register, kind, by="petugas uji", as_of=as_of, again=again)


async def ask(connection: Connection, *people: str, office: str = OFFICE) -> LookUp:
    return await lookup(connection, KEYS, office, people)


def listed_in(answer: LookUp, person: str) -> list[str]:
    return [row.source.register for row in answer.answers[person].listed]


async def statuses(connection: Connection) -> list[str]:
    """The status of every import, in the order of their beginnings."""
    return [row["status"] for row in await connection.fetch("SELECT status FROM register.import ORDER BY no")]
