"""The sheet's rules: "DTKS dan /atau SK Non Aktif sebelum 6 bulan terakhir" (67/68/SOP/DSPP/PA-PS/2022, step 2)."""

import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest

from jejak.cases.case import Case
from jejak.contracts import events as e
from jejak.platform.errors import Malformed, Refused
from jejak.procedure.model import Sop
from jejak.timekeeping.calendar import Calendar
from jejak.timekeeping.printed.printed_time import parse_waktu
from jejak.timekeeping.standard import deadline
from tests.procedure import sheet
from verification import domain

RULES = """
[[aturan]]
nama = "Terdaftar"
terdaftar_di = ["PBDT", "DTKS"]
sumber = "langkah 2"

[[aturan]]
nama = "Baru nonaktif"
nonaktif_paling_lama = "6 bulan"
sumber = "langkah 2"

[[langkah]]
no = 1
kegiatan = "Cek"
tugas = ["check_registry", "check_membership", "check_rules"]
pelaksana = ["kasi"]
bila = {tidak_terdaftar = "lanjut"}
"""
SOP = sheet(RULES)
RECEIVED = date(2022, 7, 4)
NOT_URGENT = frozenset[str]()


def known(*, listed: bool, deactivated: date | None) -> Case:
    manual = e.Source(way="manual")
    listings = tuple(
        e.Listing(register_name=name, listed=listed and name == "DTKS", source=manual) for name in ("PBDT", "DTKS")
    )
    case = Case(id=uuid.UUID(int=1), office="13.99", sop=SOP.sha256)
    return replace(case, listings=listings, membership=e.Membership(active=False, deactivated_on=deactivated))


@pytest.mark.parametrize(
    ("listed", "deactivated", "hasil", "rules"),
    [
        (True, date(2021, 12, 4), "memenuhi", ("Terdaftar",)),
        (False, date(2022, 2, 4), "memenuhi", ("Baru nonaktif",)),
        (True, date(2022, 2, 4), "memenuhi", ("Terdaftar", "Baru nonaktif")),
        (False, date(2021, 12, 4), "tidak_memenuhi", None),
        (False, date(2022, 1, 4), "memenuhi", ("Baru nonaktif",)),
        (False, date(2022, 1, 3), "tidak_memenuhi", None),
        (False, None, "tidak_memenuhi", None),
    ],
)
def test_either_rule_suffices_and_six_months_to_the_day_is_still_in_time(
    listed: bool, deactivated: date | None, hasil: str, rules: tuple[str, ...] | None
) -> None:
    decided = domain.eligibility_judged(known(listed=listed, deactivated=deactivated), SOP, NOT_URGENT, RECEIVED)
    assert decided.hasil == hasil
    if rules is not None:
        assert decided.data == e.EligibilityConfirmed(rules=rules)


def test_a_refusal_names_every_rule_that_failed_and_its_source() -> None:
    decided = domain.eligibility_judged(known(listed=False, deactivated=date(2021, 12, 4)), SOP, NOT_URGENT, RECEIVED)
    assert isinstance(decided.data, e.EligibilityDenied)
    assert [(reason.rule, reason.key, reason.source) for reason in decided.data.reasons] == [
        ("Terdaftar", "terdaftar_di", "langkah 2"),
        ("Baru nonaktif", "nonaktif_paling_lama", "langkah 2"),
    ]
    assert decided.data.reasons[1].text == (
        "Nonaktif sejak 04-12-2021, lebih dari 6 bulan sebelum diterima 04-07-2022."
    )


@pytest.mark.parametrize(
    ("deactivated", "last"),
    [
        (date(2022, 2, 28), date(2022, 8, 28)),
        (date(2024, 2, 29), date(2024, 8, 29)),
        (date(2021, 8, 28), date(2022, 2, 28)),
        (date(2021, 8, 31), date(2022, 2, 28)),
        (date(2023, 8, 31), date(2024, 2, 29)),
        (date(2022, 4, 30), date(2022, 10, 30)),
        (date(2021, 9, 15), date(2022, 3, 15)),
    ],
)
def test_six_months_of_the_rule_end_with_six_months_of_the_clock(deactivated: date, last: date) -> None:
    calendar = Calendar()
    assert calendar.local_date(deadline(parse_waktu("6 bulan"), calendar.at(deactivated, 0), calendar)) == last
    for received, hasil in ((last, "memenuhi"), (last + timedelta(days=1), "tidak_memenuhi")):
        decided = domain.eligibility_judged(known(listed=False, deactivated=deactivated), SOP, NOT_URGENT, received)
        assert decided.hasil == hasil


QUESTION = '[[pertanyaan]]\nkode = "gawat"\nteks = "Gawat?"\n'
URGENT = frozenset({"gawat"})


def only(rule: str) -> Sop:
    """The sheet with this one of its two rules for urgent cases only."""
    return sheet(RULES.replace(f'nama = "{rule}"', f'nama = "{rule}"\nuntuk = ["gawat"]'), QUESTION)


@pytest.mark.parametrize(
    ("held", "rules"), [(NOT_URGENT, ("Baru nonaktif",)), (URGENT, ("Terdaftar", "Baru nonaktif"))]
)
def test_a_rule_for_others_is_not_held_against_this_case(held: frozenset[str], rules: tuple[str, ...]) -> None:
    decided = domain.eligibility_judged(
        known(listed=True, deactivated=date(2022, 2, 4)), only("Terdaftar"), held, RECEIVED
    )
    assert decided.data == e.EligibilityConfirmed(rules=rules)


OTHERS = sheet(RULES.replace('sumber = "langkah 2"', 'sumber = "langkah 2"\nuntuk = ["gawat"]'), QUESTION)
"""Every rule is for urgent cases."""


def test_an_applicant_whom_no_rule_concerns_gets_an_officials_judgement_and_no_automatic_yes() -> None:
    with pytest.raises(Refused, match="petugas menilainya sendiri"):
        domain.eligibility_judged(known(listed=True, deactivated=None), OTHERS, NOT_URGENT, RECEIVED)

    act = e.Act(note="Dilihat di rumahnya.")
    yes = domain.eligibility_judged_by_hand(OTHERS, NOT_URGENT, "memenuhi", act)
    no = domain.eligibility_judged_by_hand(OTHERS, NOT_URGENT, "tidak_memenuhi", act)
    assert yes.data == e.EligibilityConfirmed(rules=(), note=act.note)
    assert isinstance(no.data, e.EligibilityDenied)
    assert (no.data.note, [reason.key for reason in no.data.reasons]) == (act.note, ["tanpa_aturan"])


@pytest.mark.parametrize("hasil", ["memenuhi", "tidak_memenuhi"])
def test_where_a_rule_concerns_the_applicant_no_official_judges_instead(hasil: str) -> None:
    with pytest.raises(Refused, match="otomatis"):
        domain.eligibility_judged_by_hand(OTHERS, URGENT, hasil, e.Act(note="Sebaiknya dibantu."))


@pytest.mark.parametrize(
    ("membership", "double", "hasil"),
    [
        (e.Membership(active=False, deactivated_on=date(2022, 2, 4), segment="PBI (APBN)"), False, "boleh"),
        (e.Membership(active=True, segment="PBI (APBN)"), False, "sudah"),
        (e.Membership(active=True, segment="PBPU BP PEMDA"), False, "sudah"),
        (e.Membership(active=True, segment="PBPU (mandiri)"), False, "segmen_lain"),
        (e.Membership(active=False), False, "boleh"),
        (e.Membership(active=False), True, "peserta_ganda"),
    ],
)
def test_how_a_participant_stands_with_bpjs(membership: e.Membership, double: bool, hasil: str) -> None:
    source = e.Source(way="manual")
    assert domain.membership_checked(SOP, membership, source, e.Act(), double=double).hasil == hasil


@pytest.mark.parametrize(
    ("membership", "hasil"),
    [
        (e.Membership(active=True, segment="PBI (APBN)"), "boleh"),
        (e.Membership(active=True, segment="PBPU (mandiri)"), "segmen_lain"),
        (e.Membership(active=False, deactivated_on=date(2022, 2, 4), segment="PBI (APBN)"), "sudah"),
        (e.Membership(active=False), "sudah"),
    ],
)
def test_where_a_membership_is_to_end_an_active_participant_is_the_one_to_be_helped(
    membership: e.Membership, hasil: str
) -> None:
    inverse = sheet(RULES, 'tujuan = "nonaktif"\n')
    assert domain.membership_checked(inverse, membership, e.Source(way="manual"), e.Act()).hasil == hasil


def test_where_a_membership_is_to_end_it_has_to_be_said_who_pays_an_active_participant() -> None:
    inverse = sheet(RULES, 'tujuan = "nonaktif"\n')
    with pytest.raises(Malformed) as refusal:
        domain.membership_checked(inverse, e.Membership(active=True), e.Source(way="manual"), e.Act())
    assert refusal.value.code == "segmen_tidak_dikenal"
