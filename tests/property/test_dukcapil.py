"""Any answer of Dukcapil puts the task off at worst, and only Dukcapil's own word makes a match."""

from __future__ import annotations

import json
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from jejak.platform.office_access import UnusableError
from verification.outside import dukcapil
from verification.outside.dukcapil import MatchResult

ASKED: Final = {"NIK": "1399010101900001", "NO_KK": "1399010101010001", "NAMA_LGKP": "CONTOH WARGA"}
ANYTHING: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
SAID: Final = st.sampled_from(["Sesuai", "Tidak Sesuai", "Tidak Sesuai (59)", "Sesuai (100)", "sesuai ", ""]) | ANYTHING
CODES: Final = st.sampled_from(["11", 12, "13", "14", 15, "08", "05", True]) | ANYTHING
CONTENT: Final = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys((*ASKED, "LAIN"), SAID),
        "RESPON": st.text(),
        "RESPONSE": ANYTHING,
        "RESPONSE_CODE": CODES,
    },
)


def read(status: int, body: bytes) -> MatchResult | None:
    """The reading of an answer; None where the task is put off."""
    try:
        return dukcapil.match_result(status, body, ASKED)
    except UnusableError:
        return None


@given(st.integers(100, 599), st.binary() | ANYTHING.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_put_off(status: int, body: bytes) -> None:
    assert read(status, body) is None


@given(st.sampled_from([200, 200, 200, 401, 500]), CONTENT)
def test_any_content_is_an_outcome_only_by_dukcapils_own_word(status: int, content: dict[str, Any]) -> None:
    reading = read(status, json.dumps({"content": [content]}).encode())
    if reading is None:
        return
    assert status == 200
    if reading.hasil in {"padan", "tidak_padan"}:
        assert "RESPONSE_CODE" not in content or content["RESPONSE_CODE"] is None
        assert {"NO_KK", "NAMA_LGKP"} <= content.keys()
        assert set(reading.differing) == {name for name in ASKED if "tidak" in str(content.get(name)).lower()}
    else:
        assert str(content["RESPONSE_CODE"]) in {"11", "12", "13", "14", "15"}
        assert reading.differing == ()
