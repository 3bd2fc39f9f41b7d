"""Any answer puts the task off at worst, and any reading of an answer can be stored."""

from __future__ import annotations

import json
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from jejak.contracts import events as e
from jejak.platform.office_access import UnusableError
from jejak_tools.simulators.vclaim import Behaviour, Consumer, sealed
from verification.outside import vclaim
from verification.outside.vclaim import Access, Participant

ACCESS: Final = Access.model_validate(
    {"url": "https://contoh.invalid", "cons_id": "1234", "secret": "pwd", "user_key": "kunci"}
)
CONSUMER: Final = Consumer("1234", "pwd", "kunci")
AT: Final = "433223232"

ANYTHING: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
CODES: Final = st.sampled_from(["0", 0, "9", "21", "22", 22, "", None, True]) | ANYTHING
CODED: Final = st.fixed_dictionaries({"kode": CODES}, optional={"keterangan": st.text(max_size=110)})
PESERTA: Final = st.fixed_dictionaries(
    {
        "nik": st.just("1399010101900001") | st.text("0123456789٣", min_size=15, max_size=17),
        "noKartu": st.just("0009990000001"),
        "statusPeserta": CODED,
        "jenisPeserta": CODED,
    },
    optional={"NIK": st.text(max_size=16), "baru": ANYTHING},
)
META: Final = st.fixed_dictionaries(
    {}, optional={"code": st.sampled_from(["200", 200, "201", "500"]) | ANYTHING, "message": ANYTHING}
)


def read(status: int, body: bytes) -> Participant | str | None:
    """The reading of an answer; the reason's code where the task is put off."""
    try:
        return vclaim.participant_result(status, body, ACCESS, AT)
    except UnusableError as error:
        return error.code


@given(st.integers(100, 599), st.binary() | ANYTHING.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_read_or_put_off(status: int, body: bytes) -> None:
    assert not isinstance(read(status, body), Participant)


@given(META, ANYTHING)
def test_any_envelope_is_read_or_put_off(meta: dict[str, Any], response: object) -> None:
    assert not isinstance(read(200, json.dumps({"metaData": meta, "response": response}).encode()), Participant)


@given(st.fixed_dictionaries({"peserta": PESERTA}))
def test_any_sealed_text_is_a_participant_that_can_be_kept_or_is_put_off(response: object) -> None:
    body = {"metaData": {"code": "200", "message": "OK"}, "response": sealed(response, Behaviour.GOOD, CONSUMER, AT)}
    match read(200, json.dumps(body).encode()):
        case Participant() as participant:
            kept = e.Membership(segment=participant.segment, active=bool(participant.active), status=participant.status)
            assert kept.model_dump_json().encode()
            assert "\\u0000" not in kept.model_dump_json()
        case reason:
            assert reason in {"bpjs_tidak_terbaca", "bpjs_bertentangan"}
