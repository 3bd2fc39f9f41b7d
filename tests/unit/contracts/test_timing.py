"""The fields that the clocks read from a payload are fields of the contract's events."""

import uuid
from datetime import UTC, datetime

import pytest

from jejak.contracts import codec
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys
from jejak.contracts.timing import TimingFields, is_proven, timing_fields
from tests.procedure import person

KEYS = CaseKeys(bytes(32), bytes(32))


def stored(data: e.AnyEvent) -> bytes:
    return codec.encode(data, uuid.UUID(int=1), 1, KEYS, bytes)


def test_every_field_the_clocks_read_is_one_of_the_contract() -> None:
    events = (e.Act, e.ApplicationSubmitted, e.MembershipActivated)
    known = {field for event in events for field in event.model_fields}

    assert TimingFields.__optional_keys__ <= known


def test_what_stands_beside_the_fields_is_passed_over() -> None:
    assert timing_fields(b'{"evidence":[],"sealed":{"working":"AAAA"},"share":3,"v":1}') == {"share": 3}


@pytest.mark.parametrize("payload", [b"", b"\xff\x00", b"[1]", b'{"share":"many"}'])
def test_bytes_that_are_no_event_are_refused(payload: bytes) -> None:
    with pytest.raises(ValueError, match="validation error"):
        timing_fields(payload)


@pytest.mark.parametrize(
    ("payload", "proven"),
    [
        (b'{"evidence":[]}', False),
        (b'{"evidence":[{"document":"ktp"}]}', True),
        (b'{"evidence":[],"source":{"way":"impor"}}', True),
        (b'{"evidence":[],"source":{"way":"manual"}}', False),
        (b'{"answers":[]}', True),
    ],
)
def test_a_claimed_time_is_proven_by_evidence_or_by_a_file(payload: bytes, proven: bool) -> None:
    assert is_proven(payload) is proven


def test_an_act_of_a_batch_says_when_the_batch_closed_and_how_many_shared_its_time() -> None:
    closed = datetime(2022, 7, 31, 17, 0, 0, 250_000, tzinfo=UTC)
    together = stored(e.CaseReconciled(batch="b", batch_closed_at=closed, share=200))
    assert timing_fields(together) == {"batch_closed_at": closed, "share": 200}


def test_an_act_alone_shares_nothing() -> None:
    alone = stored(e.CaseReconciled(note='"share":9 "batch_closed_at":"2022-01-01T00:00:00Z"'))
    assert timing_fields(alone) == {}


def test_what_came_as_a_file_has_the_file_for_evidence() -> None:
    assert not is_proven(stored(e.ReplyReceived()))
    assert is_proven(stored(e.ReplyReceived(source=e.Source(way="impor", reference="jawaban 1"))))


def test_a_submission_says_what_was_answered_at_the_counter() -> None:
    people = e.People(applicant=person(name='Contoh "answers":["darurat"]'))
    for answers in ((), ("gawat",), ("gawat", "hamil")):
        submitted = e.ApplicationSubmitted(people=people, service="s", answers=answers, entry_office="99.01")
        assert timing_fields(stored(submitted)) == {"answers": answers}
