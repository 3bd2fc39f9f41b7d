"""What the clocks read of an act that was done together with others."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from jejak.contracts import codec
from jejak.contracts import events as e
from jejak.contracts.codec import CaseKeys
from jejak.contracts.envelope import Event
from jejak.timekeeping.clocks.marks import Mark
from jejak.web.reading.marks import mark_of
from tests.procedure import person

NOW = datetime(2022, 8, 1, 2, tzinfo=UTC)
KEYS = CaseKeys(bytes(32), bytes(32))


def mark(data: e.AnyEvent, **columns: Any) -> Mark:
    case = uuid.UUID(int=1)
    payload = codec.encode(data, case, 1, KEYS, bytes)
    recorded = Event(
        *(1, case, 1, "case", "99.01", case, e.type_of(data), "main", "1", "deliver", "terkirim", "staf"),
        *(None, None, None, NOW, None, payload, b""),
    )
    return mark_of(recorded._replace(**columns))


def test_an_act_of_a_batch_says_when_the_batch_closed_and_how_many_shared_its_time() -> None:
    closed = datetime(2022, 7, 31, 17, 0, 0, 250_000, tzinfo=UTC)
    together = mark(e.CaseReconciled(batch="b", batch_closed_at=closed, share=200))
    assert (together.batch_closed_at, together.share) == (closed, 200)


def test_an_act_alone_shares_nothing() -> None:
    alone = mark(e.CaseReconciled(note='"share":9 "batch_closed_at":"2022-01-01T00:00:00Z"'))
    assert (alone.batch_closed_at, alone.share) == (None, 1)


def test_what_came_as_a_file_has_the_file_for_evidence() -> None:
    told = {"recorder": "staf-1", "occurred_at": NOW}
    assert not mark(e.ReplyReceived(), **told).evidence
    assert mark(e.ReplyReceived(source=e.Source(way="impor", reference="jawaban 1")), **told).evidence


def test_a_submission_says_what_was_answered_at_the_counter() -> None:
    people = e.People(applicant=person(name='Contoh "answers":["darurat"]'))
    for answers in ((), ("gawat",), ("gawat", "hamil")):
        submitted = e.ApplicationSubmitted(people=people, service="s", answers=answers, entry_office="99.01")
        assert mark(submitted).answers == answers
