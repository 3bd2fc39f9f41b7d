"""The identity of a request's result follows from office, official, route and key, never from the key alone."""

from __future__ import annotations

import ast
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approval import interpretations
from bpjs_sync.batches.closing import Closing
from intake import bulk
from jejak.cases.decision import Actor, CommandRequest, LoadedCase, repeated_receipt
from jejak.contracts.codec import CaseKeys
from jejak.platform.errors import Malformed, NotYours
from tests.procedure import START, Scenario, sheet, submitted

ROOT = Path(__file__).parents[3]
NOW = datetime(2022, 7, 4, tzinfo=UTC)

STEPS = """
[[langkah]]
no = 1
kegiatan = "Mengecek persyaratan"
tugas = ["check_documents"]
pelaksana = ["staf"]
"""
_WORD = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=12)
_OFFICE = st.from_regex(r"[1-9][0-9]\.[0-9]{2}", fullmatch=True)
type Parts = tuple[str, str, str, str]

REQUESTS: dict[str, Callable[[CommandRequest], uuid.UUID]] = {
    "the case a request makes": CommandRequest.case_id,
    "the first event a request causes": lambda request: request.event_id(0),
    "a later event a request causes": lambda request: request.event_id(3),
}
OF_AN_OFFICE: dict[str, Callable[[str, str], uuid.UUID]] = {
    "the case a row of a list makes": bulk.case_of,
    "a batch": lambda kantor, period: Closing(kantor, "harian", period, NOW, (), "").id,
    "the stream of what is said of a sheet": interpretations.stream_of,
}
SITES = {
    "services/bpjs-sync/src/bpjs_sync/batches/closing.py": ["self.office", "state.id"],
    "services/bpjs-sync/src/bpjs_sync/answers/importing.py": ["file['id']"],
    "services/bpjs-sync/src/bpjs_sync/replies/settled.py": ["'settled'"],
    "services/bpjs-sync/src/bpjs_sync/replies/topic.py": ["report.topic"],
    "services/intake/src/intake/bulk.py": ["office"],
    "shared/src/jejak/cases/decision.py": ["self.actor.office", "case.id"],
    "shared/src/jejak/messaging/rejected.py": ["message.topic"],
    "shared/src/jejak/platform/ids.py": ["*parts"],
    "services/approval/src/approval/interpretations.py": ["'lembar'"],
}
"""Every place where the services derive an identity, and the first part that distinguishes it."""


def request_of(parts: Parts) -> CommandRequest:
    kantor, code, route, key = parts
    return CommandRequest(Actor(kantor, code, "staf"), route, key, "0" * 64)


@pytest.mark.parametrize("named", REQUESTS.values(), ids=REQUESTS)
@given(
    first=st.tuples(_OFFICE, _WORD, _WORD, _WORD), second=st.tuples(_OFFICE, _WORD, _WORD, _WORD), n=st.integers(0, 3)
)
def test_two_requests_name_the_same_only_when_office_official_route_and_key_are_the_same(
    named: Callable[[CommandRequest], uuid.UUID], first: Parts, second: Parts, n: int
) -> None:
    almost: Parts = (*first[:n], second[n], *first[n + 1 :])  # type: ignore[assignment]
    for another in (second, almost):
        assert (named(request_of(first)) == named(request_of(another))) == (first == another)


@pytest.mark.parametrize("named", OF_AN_OFFICE.values(), ids=OF_AN_OFFICE)
@given(first=_OFFICE, second=_OFFICE, part=_WORD)
def test_what_belongs_to_an_office_is_named_by_it(
    named: Callable[[str, str], uuid.UUID], first: str, second: str, part: str
) -> None:
    assert (named(first, part) == named(second, part)) == (first == second)


def test_no_identity_is_derived_anywhere_else() -> None:
    sites: dict[str, list[str]] = {}
    for path in sorted([*ROOT.glob("services/*/src/**/*.py"), *ROOT.glob("shared/src/**/*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("ids.derived_uuid", "derived_uuid"):
                sites.setdefault(path.relative_to(ROOT).as_posix(), []).append(ast.unparse(node.args[0]))
    assert {path: sorted(of) for path, of in sites.items()} == {path: sorted(of) for path, of in SITES.items()}


def seen_by(actor: Actor, body_hash: str = "1" * 64) -> tuple[LoadedCase, CommandRequest]:
    """A case whose submission this request made, when the request comes again with this body."""
    request = CommandRequest(actor, "POST /cases", "pengajuan-0001", body_hash)
    scenario: Scenario = submitted(sheet(STEPS))
    first = scenario.history[0]
    data = first.data.model_copy(update={"request": "1" * 64})
    history = (first._replace(id=request.event_id(0), data=data),)
    return LoadedCase(scenario.case, scenario.sop, scenario.office, CaseKeys(None, None), START, history, ()), request


def test_ones_own_request_is_answered_again_though_its_task_is_no_longer_due() -> None:
    opened, request = seen_by(Actor("13.99", "staf-1", "staf"))
    answer = repeated_receipt(opened, request)
    assert answer is not None
    assert (answer.repeated, answer.due) == (True, ())


@pytest.mark.parametrize("body_hash", ["1" * 64, "2" * 64])
@pytest.mark.parametrize(
    ("actor", "code"),
    [(Actor("13.01", "staf-1", "staf"), "kantor_lain"), (Actor("13.99", "staf-1", "kadis"), "bukan_pejabat")],
)
def test_an_official_who_may_not_see_a_case_learns_neither_its_receipt_nor_that_the_body_differs(
    actor: Actor, code: str, body_hash: str
) -> None:
    with pytest.raises(NotYours) as refused:
        repeated_receipt(*seen_by(actor, body_hash))
    assert refused.value.code == code


def test_another_body_under_a_used_key_is_refused_to_who_may_see_the_case() -> None:
    with pytest.raises(Malformed):
        repeated_receipt(*seen_by(Actor("13.99", "staf-1", "staf"), "2" * 64))


def test_a_request_that_never_came_is_no_repetition() -> None:
    opened, request = seen_by(Actor("13.99", "staf-1", "staf"))
    assert repeated_receipt(opened, replace(request, key="pengajuan-0002")) is None
    assert repeated_receipt(opened, replace(request, key=None)) is None
