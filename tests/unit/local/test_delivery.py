"""The counts of lost, repeated, disordered and changed messages."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from uuid import UUID

from jejak_tools.delivery import Delivery, Event, compare, submission_of

CASE = UUID(int=1)
ANOTHER = UUID(int=2)
FIRST, SECOND, THIRD = (Event(UUID(int=10 + version), CASE, version, b"%d" % version) for version in (1, 2, 3))
ELSEWHERE = Event(UUID(int=20), ANOTHER, 1, b"x")
STORED = (FIRST, SECOND, THIRD, ELSEWHERE)


def test_everything_once_and_in_order_is_exact() -> None:
    difference = compare(STORED, (ELSEWHERE, FIRST, SECOND, THIRD))
    assert difference == Delivery(stored=4, lost=0, doubled=0, reordered=0, changed=0)
    assert difference.exact


def test_what_did_not_come_is_lost() -> None:
    difference = compare(STORED, (FIRST, THIRD, ELSEWHERE))
    assert difference == Delivery(stored=4, lost=1, doubled=0, reordered=0, changed=0)
    assert not difference.exact


def test_what_came_again_is_counted_and_says_nothing_of_the_order() -> None:
    difference = compare(STORED, (FIRST, SECOND, THIRD, FIRST, SECOND, ELSEWHERE))
    assert difference == Delivery(stored=4, lost=0, doubled=2, reordered=0, changed=0)


def test_an_earlier_event_after_a_later_one_of_its_case_is_out_of_order() -> None:
    difference = compare(STORED, (FIRST, THIRD, SECOND, ELSEWHERE))
    assert difference == Delivery(stored=4, lost=0, doubled=0, reordered=1, changed=0)


def test_cases_have_no_order_among_each_other() -> None:
    assert compare(STORED, (FIRST, ELSEWHERE, SECOND, THIRD)).exact


def test_other_bytes_and_unknown_events_are_changed() -> None:
    stranger = Event(UUID(int=30), ANOTHER, 2, b"y")
    difference = compare(STORED, (FIRST, replace(SECOND, digest=b"?"), THIRD, ELSEWHERE, stranger))
    assert difference == Delivery(stored=4, lost=0, doubled=0, reordered=0, changed=2)


@dataclass(frozen=True)
class Record:
    """A record as aiokafka returns it."""

    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


def test_what_bpjs_is_told_is_compared_without_the_encrypted_part_which_is_never_the_same_twice() -> None:
    headers = (("ce_id", str(UUID(int=40)).encode()), ("ce_sequence", b"9"))
    clear = b'{"submission":"x","case":"y"}'
    expected = Event(UUID(int=40), CASE, 9, hashlib.sha256(clear).digest())
    key = str(CASE).encode()
    assert submission_of(Record(key, clear, headers)) == expected
    assert submission_of(Record(key, clear[:-1] + b',"personal":{"tag":"one"}}', headers)) == expected
    assert submission_of(Record(key, clear[:-2] + b'z"}', headers)) != expected
