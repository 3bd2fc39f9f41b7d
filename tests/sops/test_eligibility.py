"""The sheet's "DTKS dan /atau SK Non Aktif sebelum 6 bulan terakhir", case by case."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jejak_tools.play import Berkas, Office
from jejak_tools.stories import pesisir
from tests.stories import Jejak, minutes, step_of

LISTED = "Terdaftar di PBDT SISKADASATU atau DTKS"
LATELY = "SK Non Aktif paling lama 6 bulan sebelum berkas diterima"
LOOKED_UP = ["ApplicationSubmitted", "DocumentsComplete", "DtksVerified", "MembershipChecked"]


@pytest.mark.parametrize(
    ("story", "rules"),
    [
        pytest.param(pesisir.listed_seven_months, [LISTED], id="listed and seven months"),
        pytest.param(pesisir.unlisted_five_months, [LATELY], id="not listed and five months"),
        pytest.param(pesisir.listed_five_months, [LISTED, LATELY], id="both"),
        pytest.param(pesisir.six_months_to_the_day, [LATELY], id="six months to the day"),
        pytest.param(pesisir.last_day_checked_a_week_later, [LATELY], id="the last day, checked a week later"),
    ],
)
def test_any_one_rule_suffices(
    jejak: Jejak, pesisir_selatan: Office, story: Callable[[Office], Berkas], rules: list[str]
) -> None:
    case = story(pesisir_selatan)
    assert jejak.ledger.kinds(case) == [*LOOKED_UP, "EligibilityConfirmed"]
    assert jejak.ledger.event(case, "EligibilityConfirmed").payload["rules"] == rules
    assert [(task["tugas"], task["pelaksana"]) for task in case.now()["jatuh_tempo"]] == [("draft_letter", "staf")]


@pytest.mark.parametrize(
    ("story", "since"),
    [
        pytest.param(pesisir.unlisted_seven_months, "04-12-2021", id="neither"),
        pytest.param(pesisir.a_day_more_than_six_months, "03-01-2022", id="a day more than six months"),
    ],
)
def test_an_applicant_who_meets_no_rule_is_refused_with_rules_and_source_and_nothing_is_drafted(
    jejak: Jejak, pesisir_selatan: Office, story: Callable[[Office], Berkas], since: str
) -> None:
    case = story(pesisir_selatan)
    assert jejak.ledger.kinds(case) == [*LOOKED_UP, "EligibilityDenied", "CaseRefused"]
    reasons = [
        {
            "key": "terdaftar_di",
            "rule": LISTED,
            "source": "langkah 2: Terdapat di PBDT SISKADASATU; DTKS dan /atau SK Non Aktif sebelum 6 bulan terakhir",
            "text": "Tidak terdaftar di PBDT atau DTKS.",
        },
        {
            "key": "nonaktif_paling_lama",
            "rule": LATELY,
            "source": "langkah 2: DTKS dan /atau SK Non Aktif sebelum 6 bulan terakhir",
            "text": f"Nonaktif sejak {since}, lebih dari 6 bulan sebelum diterima 04-07-2022.",
        },
    ]
    assert jejak.ledger.event(case, "EligibilityDenied").payload["reasons"] == reasons
    assert jejak.ledger.event(case, "CaseRefused").payload["reasons"] == reasons
    now = case.now()
    assert (now["berakhir"], now["jatuh_tempo"], now["surat"]) == ("tolak", [], [])


def test_a_week_in_the_office_is_its_own_delay_and_costs_no_applicant_the_right(pesisir_selatan: Office) -> None:
    case = pesisir.last_day_checked_a_week_later(pesisir_selatan)
    step = step_of(case.timeline(), "1")
    # Received Monday 15.30, opened the next Monday 09.00: 30 min, four whole days of 7.5 h and 90 min = 32 h.
    assert step["tunggu"]["detik"] == minutes(32 * 60)
    assert step["batas_tunggu"]["dalam"] is False


def test_a_card_that_is_still_active_sends_the_file_back_with_the_sheets_words(
    jejak: Jejak, pesisir_selatan: Office
) -> None:
    case = pesisir.still_active(pesisir_selatan)
    assert jejak.ledger.kinds(case) == [*LOOKED_UP, "CaseReturned"]
    message = jejak.ledger.event(case, "CaseReturned").payload["message"]
    assert message == "Kartu masih aktif, tidak perlu direaktivasi. Berkas dikembalikan."
