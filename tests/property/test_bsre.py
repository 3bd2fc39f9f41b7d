"""No answer of BSrE signs anything but by its own word, and none repeats the passphrase."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from letters.signatures import bsre
from letters.signatures.bsre import Access
from letters.signatures.bsre_words import NotSigned

SECRET: Final = "rahasia-sekali-42"
ACCESS: Final = Access.model_validate(
    {
        "url": "https://esign.example.go.id",
        "username": "aplikasi",
        "password": "kunci",
        "signers": {"kadis-1": {"nik": "1399010101700001"}},
    }
)
ANYTHING: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just(SECRET),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)
WORDS: Final = st.sampled_from(["ISSUE", "ISSUED", "EXPIRED", "RENEW", f"ISSUE {SECRET}", ""]) | ANYTHING
FILE: Final = st.binary(max_size=20).map(lambda data: base64.b64encode(b"%PDF-" + data).decode())
ANSWER: Final = st.fixed_dictionaries(
    {},
    optional={
        "status": WORDS,
        "status_code": st.sampled_from([2031, "2011", 1111, SECRET]) | ANYTHING,
        "error": ANYTHING,
        "message": ANYTHING,
        "file": st.lists(FILE | ANYTHING, max_size=3) | ANYTHING,
    },
)
BODIES: Final = st.binary() | ANYTHING.map(lambda value: json.dumps(value).encode())
STATUS: Final = st.sampled_from([200, 200, 200, 400, 401, 403, 404, 429, 500, 502]) | st.integers(100, 599)


def refusal(error: NotSigned) -> None:
    """A refusal has a sentence, which shows nothing of what the answer quoted."""
    problem = error.problem()
    assert problem.status in {409, 503}
    assert SECRET not in problem.detail
    assert len(problem.detail) < 250


@given(STATUS, ANSWER)
def test_only_the_word_for_active_lets_a_letter_be_sent(status: int, answer: dict[str, Any]) -> None:
    try:
        bsre.check_status(ACCESS, status, json.dumps(answer).encode())
    except NotSigned as error:
        refusal(error)
    else:
        assert status == 200
        assert answer["status"].strip().upper() == "ISSUE"


@given(STATUS, BODIES)
def test_any_body_is_a_refusal_or_a_pdf(status: int, body: bytes) -> None:
    for read in (bsre.signed_pdf, bsre.downloaded_pdf):
        try:
            pdf = read(status, body)
        except NotSigned as error:
            refusal(error)
        else:
            assert pdf is None or (status == 200 and pdf == body and body.startswith(b"%PDF-"))


@given(STATUS, ANSWER, st.integers(1, 3))
def test_of_several_letters_all_come_back_or_none(status: int, answer: dict[str, Any], count: int) -> None:
    try:
        pdfs = bsre.signed_pdfs(status, json.dumps(answer).encode(), count)
    except NotSigned as error:
        refusal(error)
    else:
        assert status == 200
        assert [base64.b64encode(pdf).decode() for pdf in pdfs] == answer["file"]
        assert len(pdfs) == count
