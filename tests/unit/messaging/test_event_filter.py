"""The messages that wake a service: those that name a due task of it."""

import pytest

from jejak.messaging.envelope import EventFilter

MINE = EventFilter.of("verification", ["check_registry"], [])


@pytest.mark.parametrize(
    ("due", "wakes"),
    [
        (b"verification/check_registry;2;kasi;main", True),
        (b"letters/paraf;2;kasi;main,verification/check_registry;2;kasi;lain", True),
        (b"verification/check_registry_again;2;kasi;main", False),
        (b"letters/check_registry;2;kasi;main", False),
        (b"", False),
        (None, False),
    ],
)
def test_a_due_task_of_the_service_wakes_it(due: bytes | None, wakes: bool) -> None:
    assert MINE.wakes({"due": due}) is wakes
    assert not MINE.wakes({"due": due, "replay": b"1"})


@pytest.mark.parametrize("due", [b"verification/check_registry", b"\xc3\x28"])
def test_a_due_token_that_is_none_makes_the_message_one_that_cannot_be_read(due: bytes) -> None:
    with pytest.raises(ValueError, match=r"due token|utf-8"):
        MINE.wakes({"due": due})
