"""The decisions of approval: a disposition, a review, a paraf."""

import uuid

import pytest

from approval import domain
from jejak.cases.case import Case, Draft
from jejak.contracts import events as e
from jejak.platform.errors import Refused

ACT = e.Act(note="Periksa alamatnya.")
CASE = Case(id=uuid.UUID(int=1), office="13.99", sop="5" * 64)
DRAFTED = Case(
    id=uuid.UUID(int=1), office="13.99", sop="5" * 64, draft=Draft(2, ("surat",), e.FORGOTTEN, drafter="staf-1", done=1)
)


def test_a_disposition_sends_the_file_down_with_the_heads_words() -> None:
    decided = domain.disposition_given("diteruskan", ACT)

    assert (decided.data, decided.hasil) == (e.DispositionGiven(note=ACT.note), "diteruskan")


def test_a_head_who_refuses_refuses_the_case() -> None:
    decided = domain.disposition_given("tolak", ACT)

    assert (decided.data, decided.hasil) == (e.CaseRefused(note=ACT.note), "tolak")


@pytest.mark.parametrize(
    ("verb", "hasil", "event"),
    [
        ("review", "setuju", e.DraftReviewed(draft=2, note=ACT.note)),
        ("approve", "setuju", e.ApplicationApproved(draft=2, note=ACT.note)),
        ("review", "perbaiki", e.CorrectionRequested(note=ACT.note)),
        ("approve", "tolak", e.CaseRefused(note=ACT.note)),
    ],
)
def test_a_review_is_of_the_newest_draft_and_ends_as_the_official_says(verb: str, hasil: str, event: e.Act) -> None:
    decided = domain.draft_reviewed(verb, hasil, DRAFTED, ACT)

    assert (decided.data, decided.hasil) == (event, hasil)


def test_an_application_is_approved_before_there_is_a_draft() -> None:
    assert domain.draft_reviewed("approve", "setuju", CASE, e.Act()).data == e.ApplicationApproved(draft=None)


def test_a_paraf_is_on_the_newest_draft() -> None:
    assert domain.paraf_given("paraf", DRAFTED, e.Act()).data == e.ParafGiven(draft=2)


def test_a_draft_that_is_wrong_goes_back_with_what_is_wrong() -> None:
    decided = domain.paraf_given("perbaiki", DRAFTED, ACT)

    assert (decided.data, decided.hasil) == (e.CorrectionRequested(note=ACT.note), "perbaiki")


def test_nothing_is_initialled_before_there_is_a_draft() -> None:
    with pytest.raises(Refused) as refused:
        domain.paraf_given("paraf", CASE, e.Act())

    assert refused.value.code == "belum_ada_konsep"


def test_only_the_system_passes_over_a_paraf() -> None:
    with pytest.raises(Refused) as refused:
        domain.paraf_given("dilewati", DRAFTED, e.Act())

    assert refused.value.code == "hanya_mesin"
