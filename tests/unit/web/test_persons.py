"""Who an account is, by NIP or code, and the posts that the kantor file gives this person on a day."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import pytest

from jejak.cases.decision import Actor
from jejak.platform.errors import Malformed, NotYours
from jejak.platform.settings import Settings
from jejak.web.access.persons import HeldPost, Person, chosen_post
from jejak.web.access.step_up import SignIn
from tests.procedure import office
from tests.unit.settings.test_settings import COMPLETE

DAY: Final = date(2022, 7, 4)
SECOND_POST: Final = """
[[pejabat]]
kode = "kabid-1"
nama = "kabid-1"
nip = "196701011992032002"
jabatan = "kadis"
sebagai = "Plh."
dari = 2022-07-01
sampai = 2022-07-10

[[pejabat]]
kode = "lurah-1"
nama = "Tanpa NIP"
jabatan = "staf"
dari = 2017-01-02
"""
OFFICE: Final = office(acting=SECOND_POST)


def posts(day: date = DAY, **claims: Any) -> list[str]:
    return [official.jabatan for official in Person.of({"kantor": "13.99", **claims}).posts(OFFICE, day)]


def test_a_nip_is_found_with_every_post_of_the_day() -> None:
    assert posts(nip="196701011992032002") == ["kabid", "kadis"]
    assert posts(date(2022, 7, 11), nip="19670101 199203 2002") == ["kabid"]


def test_who_has_no_nip_is_found_by_the_code_of_the_kantor_file() -> None:
    assert posts(kode="lurah-1") == ["staf"]


def test_an_account_with_a_nip_is_not_found_by_its_code() -> None:
    assert posts(nip="199001012015031001", kode="kadis-1") == []
    assert posts(nip="x", kode="kadis-1") == []


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"kantor": "13.99"},
        {"nip": "196701011992032002"},
        {"kantor": [], "nip": "196701011992032002"},
        {"kantor": 13.99, "nip": "196701011992032002"},
        {"kantor": "13.99", "nip": 196701011992032002},
        {"kantor": "13.99", "kode": ""},
        {"kantor": "13.99", "nip": " "},
        {"kantor": "1" * 41, "kode": "staf-1"},
    ],
)
def test_an_account_without_office_or_without_name_in_it_is_nobody(claims: dict[str, Any]) -> None:
    with pytest.raises(NotYours, match="akun_tanpa_kantor"):
        Person.of(claims)


def test_an_account_may_be_of_several_offices() -> None:
    assert Person.of({"kantor": ["13.99", "13"], "nip": "196701011992032002"}).offices == ("13.99", "13")


@pytest.mark.parametrize("nip", [None, " "])
def test_an_account_that_only_a_code_identifies_is_of_one_office(nip: str | None) -> None:
    """Offices give the same codes: that of the second office is another person."""
    with pytest.raises(NotYours, match="akun_tanpa_nip"):
        Person.of({"kantor": ["13.99", "13.01"], "kode": "staf-1", "nip": nip})


def test_a_program_names_the_post_where_its_user_holds_several() -> None:
    held = [HeldPost(OFFICE, who) for who in Person(("13.99",), "196701011992032002", None).posts(OFFICE, DAY)]

    assert chosen_post(held, "kadis") == Actor("13.99", "kabid-1", "kadis")
    assert chosen_post(held[:1], None) == Actor("13.99", "kabid-1", "kabid")
    for post in (None, "staf"):
        with pytest.raises(Malformed, match="kabid, kadis"):
            chosen_post(held, post)


@pytest.mark.parametrize(
    ("claims", "suffices"),
    [
        ({"auth_time": 1000}, True),
        ({"auth_time": 999}, False),
        ({"auth_time": "1000"}, False),
        ({"auth_time": True}, False),
        ({}, False),
        ({"acr": "2"}, True),
        ({"acr": "1"}, False),
        ({"acr": ["2"]}, False),
        ({"acr": "1", "auth_time": 1000}, True),
    ],
)
def test_a_recent_sign_in_or_a_second_factor_suffices_for_a_signature(
    claims: dict[str, Any], *, suffices: bool
) -> None:
    identity = Settings.read("ledger", COMPLETE | {"JEJAK_OIDC_SECOND_FACTOR": "2"}).identity
    assert identity is not None

    assert SignIn.of(claims, identity).suffices(300, 1300.0) is suffices
