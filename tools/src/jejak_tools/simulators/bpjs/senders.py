"""Checks that messages come from the installation, by its public keys, which are fetched when one is unknown."""

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
"""The contract: the keys are fetched at most once a second."""


@dataclass(slots=True)
class Senders:
    """The keys of one installation; without an address any sender on the topic is trusted."""

    address: str | None
    _keys: KeySet = field(default_factory=lambda: KeySet([]))
    _not_before: float = 0.0

    async def know(self, records: Sequence[ConsumerRecord], http: httpx.AsyncClient) -> None:
        """Fetches the keys where a record names an unknown one. HTTPError while they are unavailable."""
        if self.address is None or not any(self._is_unknown(record) for record in records):
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
        """SignatureError unless the installation signed the same data, headers and key."""
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
            pass
        return False


def text_of(record: ConsumerRecord) -> Mapping[str, str]:
    """A record's headers; undecodable bytes become replacement characters."""
    return {name: value.decode(errors="replace") for name, value in record.headers if value is not None}


def _is_signed(header: str) -> bool:
    return header.startswith("ce_") and header != "ce_signature"
