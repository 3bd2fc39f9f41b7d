"""What the clocks read of a payload is what the events of the contract say."""

import pytest

from jejak.contracts import events as e
from jejak.contracts.timing import TimingFields, is_proven, timing_fields


def test_every_field_the_clocks_read_is_one_of_the_contract() -> None:
    known = {*e.Act.model_fields, *e.ApplicationSubmitted.model_fields}

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
