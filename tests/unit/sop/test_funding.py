"""The payer of a membership is always known: by the application, else by the sheet, else by the office."""

from pathlib import Path

import pytest

from jejak.procedure.load import SopError, load_sop
from jejak.procedure.model import Sop
from jejak.procedure.office.kantor import funding_of, load_kantor

OFFICES = Path(__file__).parents[3] / "shared" / "offices"


def sop(head: str = "") -> Sop:
    """The sheet of Karangasem, which names no payer, with this text above it."""
    return load_sop(head.encode() + b"\n" + (OFFICES / "51.07" / "akses-kesehatan-2023.toml").read_bytes())


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


@pytest.mark.parametrize(("stated", "who"), [("APBN", "APBN"), (None, "kabupaten"), ("dana desa", "kabupaten")])
def test_an_application_overrides_its_office_by_one_of_the_words(stated: str | None, who: str) -> None:
    assert funding_of(stated, sop(), load_kantor(file("51.07"))) == who


@pytest.mark.parametrize(("stated", "who"), [(None, "provinsi"), ("kota", "kota")])
def test_a_sheet_that_says_who_pays_overrides_the_office_and_not_the_application(stated: str | None, who: str) -> None:
    assert funding_of(stated, sop('pendanaan = "provinsi"'), load_kantor(file("51.07"))) == who


def test_a_sheet_names_no_payer_of_its_own_making() -> None:
    with pytest.raises(SopError, match="pendanaan"):
        sop('pendanaan = "dana desa"')
