"""An office's own template for its letters: tried before it is kept, used for its kind, and dropped again."""

from __future__ import annotations

import argparse
from pathlib import Path

import asyncpg
import pytest

from jejak.cli import CommandError
from letters import cli
from letters.printing.forms import KINDS, template_of
from tests.servers import Database

OWN = b'#import "bagian.typ": *\n#show: halaman\n#kop()\nSurat khas #surat.nomor\n#isi()'


@pytest.fixture
def database_url(database: Database, monkeypatch: pytest.MonkeyPatch) -> str:
    url = database.urls["letters"]
    monkeypatch.setenv("JEJAK_ENV", "development")
    monkeypatch.setenv("JEJAK_DATABASE_URL_LETTERS", url)
    return url


async def command(*words: str) -> None:
    """Runs the command with these arguments."""
    parser = argparse.ArgumentParser()
    cli.configure(parser)
    arguments = parser.parse_args(words)
    await arguments.run(arguments)


async def in_use(url: str, jenis: str, office: str = "13.99") -> bytes | None:
    connection = await asyncpg.connect(url)
    try:
        return await template_of(connection, office, jenis)
    finally:
        await connection.close()


async def test_a_form_for_one_kind_goes_before_one_for_every_kind_and_no_other_office_has_it(
    database_url: str, tmp_path: Path
) -> None:
    every, refusal = tmp_path / "surat.typ", tmp_path / "penolakan.typ"
    every.write_bytes(OWN)
    refusal.write_bytes(OWN + b"\nPenolakan khas")

    await command("put", str(every), "--office", "13.99")
    await command("put", str(refusal), "--office", "13.99", "--jenis", "penolakan")

    assert await in_use(database_url, "rekomendasi") == OWN
    assert await in_use(database_url, "penolakan") == OWN + b"\nPenolakan khas"
    assert await in_use(database_url, "rekomendasi", "13.01") is None
    await command("drop", "--office", "13.99")
    assert await in_use(database_url, "rekomendasi") is None
    assert await in_use(database_url, "penolakan") is not None


async def test_a_form_that_cannot_be_drawn_is_not_kept_and_what_is_wrong_is_said(
    database_url: str, tmp_path: Path
) -> None:
    broken = tmp_path / "surat.typ"
    broken.write_bytes(b'#import "bagian.typ": *\n#surat.nomer')

    with pytest.raises(CommandError, match="nomer"):
        await command("put", str(broken), "--office", "13.99")

    assert await in_use(database_url, "rekomendasi") is None
    with pytest.raises(CommandError, match="tidak punya templat"):
        await command("drop", "--office", "13.99")


@pytest.mark.parametrize("jenis", KINDS[1:])
def test_the_made_up_letter_is_whole_for_every_kind(jenis: str) -> None:
    assert cli.sample(jenis).jenis == jenis
