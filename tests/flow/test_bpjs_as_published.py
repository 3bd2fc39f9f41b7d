"""The messages to BPJS match the published schemas, which another team has, and not only the models in the code."""

from __future__ import annotations

import json
from collections.abc import Mapping

from joserfc.jwk import ECKey, KeySet

from jejak.contracts.bpjs.messages import V1
from jejak.contracts.bpjs.signature import verified
from jejak.contracts.published.edition import personal_name
from jejak.web.access.clients import issue
from jejak_tools.demo import token_key
from jejak_tools.stories import pesisir
from tests.bpjs import messages_of, opened
from tests.published import mistakes
from tests.signing import signed_line
from tests.stories import Jejak


def test_every_message_of_a_case_is_as_its_published_schema_says(jejak: Jejak, bpjs_key: ECKey) -> None:
    case = pesisir.mended_then_accepted(jejak.office("13.01"))

    on_topic = messages_of(jejak, case, until=5)

    assert {message.name for message in on_topic} == {"submission", "reply.recorded", "membership.active"}
    keys = KeySet.import_key_set(jejak.player.http.get("/bpjs/keys").json())
    for message in on_topic:
        assert mistakes("headers", dict(message.headers)) == []
        assert verified(message.headers["ce_signature"], message.value, keys) == signed_of(message.headers)
        assert mistakes(message.name, message.data) == []
        if "personal" in message.data:
            assert mistakes(personal_name(V1, message.name), opened(message.data["personal"], bpjs_key)) == []

    token = issue(token_key(jejak.installation), "bpjs")
    answer = jejak.player.http.get(
        "/bpjs/submissions",
        params={"cursor": f"{on_topic[0].headers['ce_epoch']}.{int(on_topic[0].headers['ce_position']) - 1}"},
        headers={"Authorization": f"Bearer {token}"},
    )
    lines = answer.text.splitlines()
    assert len(lines) >= len(on_topic)
    for line in lines:
        _check_line(line, keys)


def signed_of(headers: Mapping[str, str]) -> dict[str, str]:
    """The attributes that a signature repeats."""
    signed = {name.removeprefix("ce_"): value for name, value in headers.items() if name.startswith("ce_")}
    del signed["signature"]
    return signed


def _check_line(line: str, keys: KeySet) -> None:
    """Checks a line of the replay: its attributes, and the data of its type, signed together."""
    event = json.loads(line)
    assert signed_line(line, keys)["id"] == event["id"]
    data = event.pop("data")
    assert mistakes("attributes", event) == []
    assert mistakes(event["type"].removeprefix("id.jejak.bpjs.").removesuffix(".v1"), data) == []
