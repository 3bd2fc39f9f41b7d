"""Whether a message comes from the installation: by its public keys, which are asked for when one is not known."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import httpx
from aiokafka import ConsumerRecord
from joserfc.jwk import KeySet

from jejak.contracts.bpjs.signature import SignatureError, UnknownKeyError, verified

_AGAIN_SECONDS: Final = 1.0
"""The contract: the keys are asked for at most once a second."""


@dataclass(slots=True)
class Senders:
    """The keys of one installation; without an address whoever writes on the topic is believed."""

    address: str | None
    _keys: KeySet = field(default_factory=lambda: KeySet([]))
    _not_before: float = 0.0

    async def know(self, records: Sequence[ConsumerRecord], http: httpx.AsyncClient) -> None:
        """Asks for the keys where a record names one that is not known. HTTPError while they cannot be had."""
        if self.address is None or not any(self._is_unknown(one) for one in records):
            return
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(self._not_before - clock())
        self._not_before = clock() + _AGAIN_SECONDS
        request = http.build_request("GET", self.address)
        request.headers.pop("Authorization", None)  # none is needed, and the address may be another's
        answer = await http.send(request)
        answer.raise_for_status()
        self._keys = KeySet.import_key_set(answer.json())

    def check(self, record: ConsumerRecord) -> None:
        """SignatureError unless the installation says just this: the same data under the same headers and key."""
        if self.address is None:
            return
        headers = text_of(record)
        attributes = verified(headers.get("ce_signature"), record.value or b"", self._keys)
        if attributes != {name.removeprefix("ce_"): headers[name] for name in headers if _is_signed(name)}:
            raise SignatureError("the signature is of other headers")
        if record.key != attributes.get("subject", "").encode():
            raise SignatureError("the signature is of another submission")

    def _is_unknown(self, record: ConsumerRecord) -> bool:
        try:
            self.check(record)
        except UnknownKeyError:
            return True
        except SignatureError:
            return False
        return False


def text_of(record: ConsumerRecord) -> Mapping[str, str]:
    """A record's headers; what is no text stands there with marks for what could not be read."""
    return {name: value.decode(errors="replace") for name, value in record.headers if value is not None}


def _is_signed(header: str) -> bool:
    return header.startswith("ce_") and header != "ce_signature"
