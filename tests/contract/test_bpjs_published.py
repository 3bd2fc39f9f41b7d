"""The published contract with BPJS is right by AsyncAPI's own parser, a JSON Schema validator and the models."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from joserfc import jwe
from joserfc.jwk import JWKRegistry
from pydantic import BaseModel, ValidationError

from bpjs_sync.outgoing.messages import SERVED
from bpjs_sync.replies import parsing
from jejak.cli import CommandError
from jejak.cli.contract import PUBLISHED, write_all, wrong
from jejak.contracts.bpjs.messages import V1, Contract, Reply, Submission
from jejak.contracts.bpjs.parts import EXAMPLE_KEYS
from jejak.contracts.published.asyncapi import asyncapi_of, headers_of, headers_of_reply
from jejak.contracts.published.edition import Edition, personal_name
from tests.node import node, npm_ci
from tests.published import HOME, ROOT, example, mistakes

NODE: Final = Path(__file__).parent / "node"
NAMES: Final = tuple(V1.messages)
INFORMATION: Final = 2
"""The severity of a remark by Spectral: 0 is an error, 1 a warning."""


def test_what_is_committed_is_what_the_models_give() -> None:
    assert list(wrong(ROOT, PUBLISHED)) == []


def test_every_version_that_is_served_is_published() -> None:
    assert [version.contract for version in SERVED] == list(PUBLISHED)
    assert [version.contract for version in parsing.SERVED] == list(PUBLISHED)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_message_is_valid_by_its_schemas(name: str) -> None:
    message = example(f"messages/{name}")
    assert mistakes(name, message.pop("data")) == []
    assert mistakes("attributes", message) == []
    assert mistakes("headers", headers_of(message)) == []


@pytest.mark.parametrize("path", sorted(path.stem for path in (HOME / "examples" / "personal").iterdir()))
def test_both_example_keys_read_the_personal_part_of_an_example(path: str) -> None:
    personal = example(f"personal/{path}")
    sealed = example(f"messages/{path}")["data"]["personal"]
    for jwk in example("example-key")["keys"]:
        mine = [recipient for recipient in sealed["recipients"] if recipient["header"]["kid"] == jwk["kid"]]
        readable: Any = {**sealed, "recipients": mine}
        plain = jwe.decrypt_json(readable, JWKRegistry.import_key(jwk)).plaintext
        assert json.loads(plain or b"") == personal
    assert mistakes(personal_name(V1, path), personal) == []


def test_every_key_of_the_examples_is_one_that_no_installation_takes() -> None:
    every = [*example("signing-key")["keys"], *example("example-key")["keys"]]
    assert {JWKRegistry.import_key(key).thumbprint() for key in every} == EXAMPLE_KEYS


@pytest.mark.parametrize("name", sorted(path.stem for path in (HOME / "examples" / "replies").iterdir()))
def test_an_example_reply_is_valid_and_is_read_as_it_says(name: str) -> None:
    reply = example(f"replies/{name}")
    headers = headers_of_reply(V1, reply)
    assert mistakes("reply", reply) == []
    assert mistakes("reply.headers", headers) == []
    read = parsing.parse_record({key: value.encode() for key, value in headers.items()}, json.dumps(reply).encode())
    assert read == Reply.model_validate(reply)


@pytest.mark.parametrize(
    ("reference", "taken"),
    [
        ("BPJS/2026/07/00412", True),
        ("No. 12:B_7-2026", True),
        ("Siti Contoh, NIK salah", False),
        ("ditolak (a.n. Siti)", False),
        ("B-1\nSiti", False),
        (" 12", False),
        ("7" * 61, False),
    ],
)
def test_an_answers_own_number_has_no_room_for_a_sentence_about_a_person(reference: str, taken: bool) -> None:
    reply = example("replies/accepted") | {"reference": reference}
    assert (mistakes("reply", reply) == []) is taken
    if taken:
        assert parsing.parse_plain(json.dumps(reply).encode()).reference == reference
    else:
        with pytest.raises(parsing.UnreadableError, match=r"reference (holds a character|is too long)") as refused:
            parsing.parse_plain(json.dumps(reply).encode())
        assert reference not in str(refused.value)


def test_what_is_told_back_of_replies_is_valid_by_its_schemas() -> None:
    assert mistakes("reply.rejected", example("rejected")) == []
    settled = example("settled")
    assert mistakes("reply.settled", settled.pop("data")) == []
    assert mistakes("reply.settled.headers", headers_of(settled)) == []


@pytest.mark.parametrize(
    "change",
    [
        {"result": "mend"},
        {"result": "rejected", "reason": None},
        {"since": "2026-08-01"},
        {"result": "perhaps"},
        {"submission": "7K3M-9QXA-2BCD"},
        {"replied_at": "2026-07-10 08:00"},
        {"result": "active", "since": "01-08-2026"},
        {"branch": "Painan"},
    ],
    ids=str,
)
def test_a_reply_that_the_model_refuses_is_refused_by_its_schema_too(change: dict[str, Any]) -> None:
    reply = example("replies/accepted") | change
    with pytest.raises(ValidationError):
        Reply.model_validate(reply)
    assert mistakes("reply", reply) != []


def test_a_message_with_a_field_more_is_still_valid() -> None:
    message = example("messages/submission")["data"]
    message["office"]["branch"] = "Painan"
    assert mistakes("submission", message | {"later": 1}) == []


@pytest.fixture(scope="module")
def parsed() -> dict[str, Any]:
    npm_ci(NODE)
    done = subprocess.run(
        [node(), "asyncapi.mjs", HOME / "asyncapi.yaml"], cwd=NODE, check=True, capture_output=True, timeout=120
    )
    return dict(json.loads(done.stdout))


def test_asyncapis_own_parser_finds_nothing_wrong(parsed: dict[str, Any]) -> None:
    assert [finding for finding in parsed["found"] if finding["severity"] < INFORMATION] == []
    assert {finding["code"] for finding in parsed["found"]} <= {
        "asyncapi-latest-version"
    }  # 3.0 is what every tool reads


def test_asyncapi_names_four_topics_and_what_is_on_them(parsed: dict[str, Any]) -> None:
    assert [
        (operation["action"], operation["channels"], operation["messages"]) for operation in parsed["operations"]
    ] == [
        ("send", ["jejak.bpjs"], [model.__name__ for model in V1.messages.values()]),
        ("receive", ["jejak.bpjs.replies"], ["Reply"]),
        ("send", ["jejak.bpjs.replies.rejected"], ["ReplyRejected"]),
        ("send", ["jejak.bpjs.replies.settled"], ["ReplySettled"]),
    ]


def test_the_document_is_read_as_it_was_made(parsed: dict[str, Any]) -> None:
    examples = {path.relative_to(HOME).as_posix(): json.loads(path.read_text()) for path in HOME.rglob("*.json")}
    assert parsed["written"] == asyncapi_of(Edition(V1, examples))


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A copy of the published folder that a test may change."""
    return Path(shutil.copytree(ROOT, tmp_path / "bpjs"))


def second(submission: type[BaseModel], version: int = 2) -> Contract:
    """The contract with another submission."""
    messages: Any = {**V1.messages, "submission": submission}
    return Contract(version, messages, V1.personal, V1.reply, V1.rejected, V1.settled)


class OfOneService(Submission):
    """A submission for one service only."""

    service: Literal["reaktivasi-kis"]


def test_a_breaking_change_is_told_and_not_written(published: Path) -> None:
    before = {path: path.read_bytes() for path in published.rglob("*") if path.is_file()}
    changed = second(OfOneService, version=1)
    lines = list(wrong(published, [changed]))
    assert lines[1:2] == ["  submission: `service` could be any value and is now only reaktivasi-kis."]
    assert "put a version 2 beside it" in lines[-1]
    with pytest.raises(CommandError, match="`service` could be any value"):
        write_all(published, [changed])
    assert {path: path.read_bytes() for path in published.rglob("*") if path.is_file()} == before


class WithBranch(Submission):
    """A submission that may name the branch that the office takes to be responsible."""

    branch: str | None = None


def test_a_change_that_breaks_no_reader_is_written_in_place(published: Path) -> None:
    changed = second(WithBranch, version=1)
    assert all("`make contract` writes it" in line for line in wrong(published, [changed]))
    assert write_all(published, [changed]) == 0
    assert list(wrong(published, [changed])) == []


def test_two_versions_stand_side_by_side(published: Path) -> None:
    shutil.copytree(HOME / "examples", published / "v2" / "examples")
    examples = published / "v2" / "examples"
    for path in (examples / "settled.json", *(examples / "messages").iterdir()):
        message = json.loads(path.read_text())
        message["type"] = message["type"].removesuffix(".v1") + ".v2"
        path.write_text(json.dumps(message))
    both = [V1, second(OfOneService)]
    assert write_all(published, both) == 0
    assert list(wrong(published, both)) == []
    assert (published / "v1" / "asyncapi.yaml").read_bytes() == (HOME / "asyncapi.yaml").read_bytes()
    listing = json.loads((published / "v2" / "contract.json").read_text())
    assert listing["topics"]["facts"] == "jejak.bpjs.v2"
    assert listing["http"] == {name: f"/bpjs/v2/{name}" for name in ("submissions", "replies", "keys")}
    assert listing["types"]["submission"] == "id.jejak.bpjs.submission.v2"


def damaged() -> Iterator[tuple[str, Any, str]]:
    yield "examples/messages/submission.json", lambda body: body["data"].pop("kind"), "kind: Field required"
    yield "examples/messages/submission.json", lambda body: body.update(type="other"), "type: String should match"
    yield "examples/messages/submission.json", lambda body: body["data"]["personal"].update(tag="AAAA"), "does not hold"
    yield "examples/messages/submission.json", lambda body: body.update(office="99.99"), "its signature is not of"
    yield "examples/messages/submission.json", lambda body: body["data"].update(attempt=9), "its signature is not of"
    yield "examples/personal/submission.json", lambda content: content.update(purpose="Lain"), "does not hold"
    yield "examples/replies/mend.json", lambda reply: reply.pop("reason"), "reason is required for mend"
    yield "schemas/reply.schema.json", lambda schema: schema.update(title="Other"), "is not what the models give"


@pytest.mark.parametrize(
    ("path", "damage", "says"), list(damaged()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_no_longer_fits_is_named(published: Path, path: str, damage: Any, says: str) -> None:
    file = published / "v1" / path
    value = json.loads(file.read_text())
    damage(value)
    file.write_text(json.dumps(value))
    lines = list(wrong(published, PUBLISHED))
    assert lines
    assert any(path.rpartition("/")[2] in line and says in line for line in lines)


def test_the_example_messages_are_kept_and_not_sealed_again(published: Path) -> None:
    file = published / "v1" / "examples" / "messages" / "submission.json"
    before = file.read_bytes()
    assert write_all(published, PUBLISHED) == 0
    assert file.read_bytes() == before
