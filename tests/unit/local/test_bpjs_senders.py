"""The simulated BPJS asks an installation for its keys without its token, and only for an unknown key."""

from __future__ import annotations

import httpx
import pytest
from aiokafka import ConsumerRecord

from jejak.contracts.bpjs.signature import UnknownKeyError
from jejak_tools.simulators.bpjs.senders import Senders
from tests.signing import SIGNER, public

SUBJECT = "0199b7c8-1d2e-5f3a-9b4c-2d3e4f5a6b7c"


def signed() -> ConsumerRecord[bytes, bytes]:
    attributes = {"type": "id.jejak.bpjs.submission.v1", "subject": SUBJECT}
    signed = {**attributes, "signature": SIGNER.sign(attributes, "{}")}
    headers = [(f"ce_{name}", value.encode()) for name, value in signed.items()]
    return ConsumerRecord("jejak.bpjs", 0, 0, 0, 0, SUBJECT.encode(), b"{}", None, 0, 0, headers)


async def test_the_keys_are_asked_for_without_the_token_and_once_they_are_known_no_more() -> None:
    requests: list[httpx.Request] = []

    def shown(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json=public().as_dict(private=False))

    senders = Senders("https://elsewhere.example/bpjs/keys")
    with pytest.raises(UnknownKeyError):
        senders.check(signed())
    bearer = {"Authorization": "Bearer rahasia"}
    async with httpx.AsyncClient(
        base_url="https://jejak.example", headers=bearer, transport=httpx.MockTransport(shown)
    ) as http:
        await senders.know([signed()], http)
        await senders.know([signed()], http)

    senders.check(signed())
    assert [(str(request.url), "authorization" in request.headers) for request in requests] == [
        (senders.address, False)
    ]
