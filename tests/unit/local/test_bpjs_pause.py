"""The pause of the simulated BPJS lasts until an answer may be due, by the clock that governs it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from jejak.contracts.bpjs.messages import Reply
from jejak_tools.simulators.bpjs.process import Clock
from jejak_tools.simulators.bpjs.rules import Answer

NOW = datetime(2023, 10, 13, 2, tzinfo=UTC)


def due_in(**later: float) -> Answer:
    reply = Reply(id=UUID(int=1), submission=UUID(int=2), result="accepted", replied_at=NOW)
    return Answer(reply, "7K3M-9QXA-2BCD", NOW + timedelta(**later), 1, heeds_withdrawal=True)


@pytest.mark.parametrize(
    ("answer", "seconds"), [(due_in(seconds=7), 7.0), (due_in(days=90), 60.0), (due_in(seconds=-5), 0.0)]
)
def test_a_real_clock_is_waited_for_until_the_answer_is_due_and_looked_at_every_minute(
    answer: Answer, seconds: float
) -> None:
    assert Clock(NOW, settable=False).pause([answer, due_in(days=100)]) == seconds


def test_a_clock_that_can_be_set_is_looked_at_as_long_as_an_answer_waits() -> None:
    pause = Clock(NOW, settable=True).pause([due_in(days=90)])
    assert pause is not None
    assert 0 < pause < 1


@pytest.mark.parametrize("settable", [True, False])
def test_without_an_answer_that_waits_only_a_message_ends_the_rest(settable: bool) -> None:
    assert Clock(NOW, settable).pause([]) is None
