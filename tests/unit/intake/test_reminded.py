"""Which events change what applicants are to be notified of."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from intake.notifications import concerns
from jejak.eventstore.catch_up import Change


@pytest.mark.parametrize(
    ("due", "concerned"),
    [
        ("verification/renew_data;perbarui;pemohon;perbarui", True),
        ("verification/record;perbarui;pemohon;perbarui", True),
        ("approval/sign;4;kadis;main", False),
        (None, False),
    ],
)
def test_a_follow_up_that_any_event_opens_may_have_reminders(due: str | None, concerned: bool) -> None:
    change = Change(uuid.UUID(int=1), "13.99", 7, "ActRecorded", due, datetime(2022, 7, 4, tzinfo=UTC), 1)
    assert concerns(change) is concerned
