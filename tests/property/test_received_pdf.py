"""Any damage to a signed PDF leaves it unreadable or judged, and never makes a changed letter the one that was sent."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from jejak_tools.simulators.bsre_signatures import Authority
from letters.pages.check_page import file_check
from letters.printing.pdf import render
from letters.signatures.bsre import Signer
from letters.signatures.examination import UNREADABLE, examine
from letters.signatures.facts import PdfFacts, SignatureFacts
from letters.signatures.returned import SentLetter, fault
from tests.property.examples import examples
from tests.unit.letters.letter_samples import SIGNED_AT, letter

NIK = "1399010101700001"
TIMES = st.none() | st.datetimes(timezones=st.none() | st.timezones())
NAMES = st.none() | st.text(max_size=30)


@cache
def signed() -> tuple[bytes, bytes]:
    """A letter, and the same signed."""
    pdf = render(letter()).pdf
    return pdf, Authority().sign(pdf, NIK, "Kepala Dinas")


@settings(max_examples=examples(200), deadline=None)
@given(st.data())
def test_a_damaged_file_is_unreadable_or_judged(data: st.DataObject) -> None:
    pdf, whole = signed()
    start = data.draw(st.integers(0, len(whole) - 1) | st.integers(len(pdf), len(whole) - 1))
    length = data.draw(st.integers(0, 40))
    damaged = whole[:start] + data.draw(st.binary(max_size=40)) + whole[start + length :]
    facts: PdfFacts | None
    try:
        facts = examine(damaged, sent_size=len(pdf))
    except UNREADABLE:
        facts = None
    if facts is not None:
        check = file_check(facts, None)
        assert (check["baik"], check["kalimat"].endswith(".")) == (False, True)
    kept = fault(damaged, facts, SentLetter.of(pdf), Signer(nik=NIK), SIGNED_AT, rooted=False) is None
    room = whole.index(b"/Contents <", len(pdf)), whole.index(b">", whole.index(b"/Contents <", len(pdf)))
    assert not kept or damaged == whole or (room[0] <= start and start + length <= room[1] + 1)


@given(
    st.builds(
        SignatureFacts,
        readable=st.booleans(),
        claimed_name=NAMES,
        at=TIMES,
        common_name=NAMES,
        organization=NAMES,
        issuer=NAMES,
        intact=st.booleans(),
        whole=st.booleans(),
        only_added=st.booleans(),
        trusted=st.booleans(),
    )
)
def test_any_signature_can_be_shown_whatever_time_it_claims(signature: SignatureFacts) -> None:
    [seen] = file_check(PdfFacts(sha256="0" * 64, signatures=(signature,)), None)["tanda_tangan"]

    assert seen["utuh"] == (signature.intact and (signature.whole or signature.only_added))
    assert seen["kalimat"].endswith(".")
    if isinstance(signature.at, datetime) and not 1995 <= signature.at.year < 2200:
        assert seen["waktu"] is None
