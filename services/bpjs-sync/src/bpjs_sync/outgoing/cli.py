"""Replay messages to BPJS, derive them from the ledger again, and keep the keys that they are encrypted to.

jejak bpjs replay --since 2026-02-01T00:00:00+07:00 --to topic
jejak bpjs replay --office 13.99 --to -            to standard output, one CloudEvent a line
jejak bpjs key add kunci.json --consumer bpjs      messages are encrypted to this key too from now on
jejak bpjs key end 2026-a                          and no longer to this key
jejak bpjs key list
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg

from bpjs_sync.command_errors import command_errors
from bpjs_sync.outgoing.messages import SERVED, Messages
from bpjs_sync.outgoing.readers import ReaderKeys
from bpjs_sync.outgoing.replay import EPOCH, Replay, ReplayRequest, no_key
from bpjs_sync.outgoing.signing import Signer
from jejak.cli import CommandError
from jejak.cli._common import instant
from jejak.eventstore.store import Store
from jejak.messaging.broker import Bus, Publisher, connected
from jejak.messaging.publishing.relay import Record
from jejak.platform.progress import show
from jejak.platform.settings import Settings, Source
from jejak.web.runtime import Runtime

_DOWN: Final = "Basis data atau Kafka tidak dapat dihubungi; jalankan dulu, lalu ulangi."
_LAST: Final = "SELECT coalesce(max(position), 0) FROM bpjs.message"
_AGAIN: Final = """
WITH before AS (SELECT position FROM bpjs.derived FOR UPDATE)
UPDATE bpjs.derived d SET position = 0 FROM before RETURNING before.position
"""


def configure(commands: Any) -> None:
    """Adds replay, derive and key to `jejak bpjs`."""
    replaying = commands.add_parser("replay", help="publish messages again, to the topic or to standard output")
    replaying.add_argument("--since", type=instant, help="messages recorded from then on: 2026-02-01T00:00+07:00")
    replaying.add_argument("--office", help="only this kabupaten or kota")
    replaying.add_argument("--cursor", type=int, help="only messages after this position")
    replaying.add_argument("--version", type=int, default=1, help="version of the contract (1)")
    replaying.add_argument("--to", required=True, choices=("topic", "-"), help="its own topic, or standard output")
    replaying.set_defaults(run=replay)
    commands.add_parser("derive", help="derive all messages to BPJS from the ledger again").set_defaults(run=derive)
    key = commands.add_parser("key", help="the public keys that messages are encrypted to")
    actions = key.add_subparsers(required=True, metavar="add|list|end")
    adding = actions.add_parser("add", help="encrypt to this key too, from now on")
    adding.add_argument("file", type=Path, help="a public key as JWK (RFC 7517), with its kid")
    adding.add_argument("--consumer", required=True, help="the owner of the key")
    adding.add_argument("--until", type=instant, help="the instant from which it is no longer used")
    adding.set_defaults(run=add_key)
    actions.add_parser("list", help="every key, valid or ended").set_defaults(run=list_keys)
    ending = actions.add_parser("end", help="no longer encrypt to this key")
    ending.add_argument("kid")
    ending.add_argument("--at", type=instant, help="from then on, instead of now")
    ending.set_defaults(run=end_key)


async def derive(_: argparse.Namespace) -> None:
    """Sets the derivation back to the beginning; bpjs-sync then derives in the background."""
    async with _readers() as readers:
        before = await readers.pool.fetchval(_AGAIN)
    sys.stdout.write(f"Diturunkan lagi dari awal (sebelumnya sampai posisi {before}). Topik tidak mengulang apa pun.\n")


async def replay(arguments: argparse.Namespace) -> None:
    """Publishes messages again, with a progress bar on a terminal."""
    edition = next((edition for edition in SERVED if edition.contract.version == arguments.version), None)
    if edition is None:
        known = ", ".join(str(edition.contract.version) for edition in SERVED)
        raise CommandError(f"Versi {arguments.version} tidak dilayani; yang ada: {known}.")
    request = ReplayRequest(arguments.office, arguments.since, arguments.cursor)
    settings = Settings.read("bpjs_sync")
    with command_errors(_DOWN):
        async with await Store.connect(settings.direct_database_url, size=2, application="jejak-replay") as store:
            runtime = Runtime.of(settings, store)
            readers = ReaderKeys(store.pool)
            messages = Messages(edition, runtime.command_handler.keyring, readers, Signer.of(settings))
            if not await readers.valid():
                raise no_key()
            to_topic = arguments.to == "topic"
            count = await (_to_topic if to_topic else _to_stdout)(runtime, messages, request)
    sys.stderr.write(f"{count} pesan disampaikan lagi.\n")


async def _to_topic(runtime: Runtime, messages: Messages, request: ReplayRequest) -> int:
    topic = f"{runtime.settings.topic_prefix}.{messages.edition.contract.topic}"
    pool = runtime.store.pool
    last, epoch, count = await pool.fetchval(_LAST), str(await pool.fetchval(EPOCH)), 0
    async with connected(Bus(runtime.settings.kafka, "replay")) as bus:
        publisher = bus.publisher(topic, include_in_schema=False)
        async for rows in Replay(runtime).pages(request):
            records = await messages.records(rows, epoch, replay_until=rows[-1].position)
            for confirmed in [await _published(publisher, record) for record in records]:
                await confirmed
            count += len(rows)
            show("pesan", min(rows[-1].position, last), last)
    return count


async def _published(publisher: Publisher, record: Record) -> asyncio.Future[object]:
    headers = {name: value.decode() for name, value in record.headers}
    confirmed: asyncio.Future[object] = await publisher.publish(
        record.value, key=record.key, headers=headers, no_confirm=True
    )
    return confirmed


async def _to_stdout(runtime: Runtime, messages: Messages, request: ReplayRequest) -> int:
    epoch, count = str(await runtime.store.pool.fetchval(EPOCH)), 0
    async for rows in Replay(runtime).pages(request):
        sys.stdout.writelines(f"{line}\n" for line in await messages.lines(rows, epoch))
        count += len(rows)
    return count


async def add_key(arguments: argparse.Namespace) -> None:
    """Adds a key."""
    try:
        jwk = json.loads(arguments.file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise CommandError(f"Berkas {arguments.file} tidak dapat dibaca sebagai JSON.") from None
    if not isinstance(jwk, dict):
        raise CommandError("Berkas harus berisi satu kunci (objek JWK), bukan daftar.")
    async with _readers() as readers:
        kid = await readers.add(arguments.consumer, jwk, arguments.until)
        valid = kid in {key.kid for key in await readers.valid()}
    if valid:
        sys.stdout.write(f"Mulai sekarang pesan dienkripsi juga untuk kunci {kid}.\n")
    else:
        sys.stdout.write(f"Kunci {kid} pernah diakhiri dan tidak dipakai lagi. Tambahkan kunci baru dengan kid baru.\n")


async def end_key(arguments: argparse.Namespace) -> None:
    """Ends a key."""
    async with _readers() as readers:
        await readers.end(arguments.kid, arguments.at)
        left = await readers.valid()
    sys.stdout.write(f"Kunci {arguments.kid} diakhiri; masih berlaku: {len(left)}.\n")
    if not left:
        sys.stdout.write("Tidak ada kunci yang berlaku: pesan menunggu sampai ada kunci baru. Tidak ada yang hilang.\n")


async def list_keys(_: argparse.Namespace) -> None:
    """Prints every key."""
    async with _readers() as readers:
        rows = await readers.all()
    if not rows:
        sys.stdout.write("Belum ada kunci. Tambahkan: jejak bpjs key add kunci.json --consumer NAMA\n")
    for row in rows:
        until = row["valid_until"].isoformat(timespec="seconds") if row["valid_until"] else "tanpa batas"
        state = "berlaku" if row["valid"] else "berakhir"
        sys.stdout.write(f"{row['kid']:<24} {row['consumer']:<16} {row['kind']:<4} {state:<9} {until}\n")


@asynccontextmanager
async def _readers() -> AsyncIterator[ReaderKeys]:
    with command_errors(_DOWN):
        async with asyncpg.create_pool(Source.of().direct_database_url("bpjs_sync"), min_size=1, max_size=1) as pool:
            yield ReaderKeys(pool)
