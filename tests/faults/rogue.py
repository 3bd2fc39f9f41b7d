"""Sends messages whose headers' names are not UTF-8, as another client might: ROGUE BOOTSTRAP TOPIC.

Needs AIOKAFKA_NO_EXTENSIONS=1: the compiled encoder takes nothing but a plain str.
"""

from __future__ import annotations

import asyncio
import sys

from aiokafka import AIOKafkaProducer


class Rogue(str):
    """The name of a header, whose bytes are not UTF-8."""

    __slots__ = ()

    def encode(self, *_: object, **__: object) -> bytes:
        return b"\xff\xfe"


async def main(bootstrap: str, topic: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    for partition in range(2):
        await producer.send_and_wait(topic, b"{}", key=b"x", partition=partition, headers=[(Rogue("x"), b"1")])
    await producer.stop()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
