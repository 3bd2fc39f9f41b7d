"""The fault of an unreadable answer: its kind and its place, and nothing of its contents."""

import codecs
import gzip
import json
import uuid
from typing import Any

import pytest

from bpjs_sync.replies import parsing
from bpjs_sync.replies.parsing import UnreadableError

GOOD = {
    "id": "6f0c0a56-2f0b-4a53-8a0c-0d5a3c1b7e11",
    "submission": "0199b7c8-1d2e-5f3a-9b4c-2d3e4f5a6b7c",
    "result": "active",
    "replied_at": "2026-07-10T09:42:00+07:00",
}
TEXT = json.dumps(GOOD)


def wrong(value: bytes) -> str:
    with pytest.raises(UnreadableError) as refused:
        parsing.parse_plain(value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (codecs.BOM_UTF8 + TEXT.encode(), "byte order mark"),
        (TEXT.encode("utf-16"), "byte order mark"),
        (TEXT.replace("active", "\xe9").encode("latin-1"), "not UTF-8"),
        (gzip.compress(TEXT.encode()), "compressed with gzip"),
        (TEXT.replace(",", ",,", 1).encode(), "no JSON: line 1, column 47"),
        (TEXT.replace("{", '{"result": "rejected", ').encode(), "names a field twice"),
    ],
    ids=["bom", "utf-16", "latin-1", "gzip", "comma", "twice"],
)
def test_bytes_that_are_no_json_are_told_apart(value: bytes, says: str) -> None:
    assert says in wrong(value)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"replied_at": "1764380000"}, "written out, such as 2026-07-10T08:00:00+07:00"),
        ({"replied_at": 1764380000}, "replied_at is no instant such as"),
        ({"replied_at": "10-07-2026"}, "replied_at is no instant such as"),
        ({"since": "31-07-2026"}, "since is no date such as 2026-07-31"),
        ({"since": "1900-01-01"}, "between 2014 and"),
        ({"result": "mend", "reason": "   "}, "nothing but spaces"),
        ({"reference": "1301234567890123"}, "may be a NIK"),
        ({"branch": "Painan"}, "(which has id, submission, result, reason, since, reference, replied_at)"),
    ],
    ids=str,
)
def test_a_field_that_no_answer_has_so_is_named_with_what_it_should_be(changes: dict[str, Any], says: str) -> None:
    sentence = wrong(json.dumps(GOOD | changes).encode())
    assert says in sentence
    assert "Painan" not in sentence


def test_an_answer_that_cannot_be_read_may_still_say_which_it_is() -> None:
    event = {"specversion": "1.0", "data": GOOD | {"result": "?"}}
    assert parsing.named_reply(json.dumps(event).encode()) == parsing.named_reply(GOOD) == uuid.UUID(GOOD["id"])
    assert [parsing.named_reply(value) for value in (b"{", b"[]", b"7", {"id": 7}, None)] == [None] * 5
