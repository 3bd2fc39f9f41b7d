"""Who pays for a membership is always said: as the application says, else as is usual at the office."""

from pathlib import Path

import pytest

from bpjs_sync.outgoing.facts import funding_of
from jejak.procedure.kantor import load_kantor

OFFICES = Path(__file__).parents[3] / "shared" / "offices"


def file(code: str) -> bytes:
    return (OFFICES / code / "kantor.toml").read_bytes()


@pytest.mark.parametrize(
    ("code", "who"),
    [("13.01", "APBN"), ("13.99", "APBN"), ("51.07", "kabupaten"), ("12.72", "kota"), ("13", "provinsi")],
)
def test_an_office_has_one_who_pays_as_a_rule(code: str, who: str) -> None:
    assert load_kantor(file(code)).pendanaan == who


@pytest.mark.parametrize(("code", "who"), [("51.07", "kabupaten"), ("12.72", "kota")])
def test_where_the_office_says_nothing_the_region_pays(code: str, who: str) -> None:
    silent = b"\n".join(line for line in file(code).splitlines() if not line.startswith(b"pendanaan"))
    assert load_kantor(silent).pendanaan == who


@pytest.mark.parametrize(("said", "who"), [("APBN", "APBN"), (None, "kabupaten"), ("dana desa", "kabupaten")])
def test_an_application_overrides_its_office_by_one_of_the_words(said: str | None, who: str) -> None:
    assert funding_of(said, load_kantor(file("51.07"))) == who
