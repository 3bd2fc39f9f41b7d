"""The demo: plays every story on an installation of its own, and compares ledger and Kafka."""

from __future__ import annotations

import asyncio
import base64
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import httpx

from jejak.eventstore.integrity.verify import LedgerReport, verify
from jejak.platform.settings import Source
from jejak_local.guard import LocalError
from jejak_local.installation import Installation
from jejak_local.preparation import Say, offices_folder
from jejak_tools.delivery import BPJS, Delivery, delivery
from jejak_tools.demo_table import LEGEND, book, table, waiting
from jejak_tools.play import Player, Unexpected
from jejak_tools.stories import BOOKS, STORIES, WAITING

_PASSED_ON: Final = frozenset({"JEJAK_CACHE"})
_MODE: Final = 0o711 if os.geteuid() == 0 else 0o700
"""Root's PostgreSQL runs as another user, who has to pass through (not list) the folder."""
_PACE: Final = {"JEJAK_SWEEP_SECONDS": "1"}


def run(say: Say) -> None:
    """Plays and checks everything. LocalError with one line when anything differs."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="jejak-demo-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        Path(folder).chmod(_MODE)
        with Installation(data, environ=own_environment(os.environ)).start(say) as installation:
            played = play(installation, say)
            chains, delivered, bpjs = asyncio.run(check(installation))
    say(verdict(played, chains, delivered, bpjs, time.monotonic() - began))


def own_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without any other installation's servers, keys and settings: clocks are set here."""
    ours = {name: value for name, value in environ.items() if not name.startswith(("JEJAK_", "KAFKA_"))}
    return ours | {name: environ[name] for name in _PASSED_ON if name in environ} | _PACE


def token_key(installation: Installation) -> bytes:
    """The key that development tokens are signed with."""
    return token_key_of(installation.environment)


def token_key_of(environment: Mapping[str, str]) -> bytes:
    """The same, from the environment of an installation."""
    text = environment["JEJAK_TOKEN_KEY"]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def play(installation: Installation, say: Say) -> int:
    """Plays every story through the one address, and prints each as a table. Returns the number of stories."""
    offices = offices_folder(installation.environment)
    say(f"\n{LEGEND}\n")
    what = ""
    with Player(installation.url, token_key(installation)) as player:
        try:
            for story in STORIES:
                what = story.judul
                case = story.play(player.office(offices / story.office))
                say(f"{table(what, case.timeline(), case.now())}\n")
            for kode, clerk, year in BOOKS:
                what = f"Buku Rekomendasi {kode} {year}"
                office = player.office(offices / kode)
                office.at(f"{year}-12-29 09:00")  # the clerk holds his post in the book's own year
                shown = office.get(clerk, f"/registers/{kode}/buku", tahun=year)
                say(f"{book(shown.json())}\n")
            for kode, clerk, moment in WAITING:
                what = f"Jawaban BPJS yang menunggu petugas {kode}"
                office = player.office(offices / kode)
                office.at(moment)
                shown = office.get(clerk, "/bpjs/unmatched")
                say(f"{waiting(kode, shown.json()['baris'])}\n")
        except (Unexpected, httpx.HTTPError) as error:
            raise LocalError(f"{what}: {type(error).__name__}: {error}") from None
    return len(STORIES)


async def check(installation: Installation) -> tuple[LedgerReport, Delivery, Delivery]:
    """Verifies every chain of the ledger, and compares it with the topics of the services and of BPJS."""
    environment = installation.environment
    url, cluster = environment["JEJAK_DATABASE_URL"], Source.of(environment).kafka()
    prefix = environment.get("JEJAK_TOPIC_PREFIX", "jejak")
    return await asyncio.gather(
        verify(url), delivery(url, cluster, f"{prefix}.cases"), delivery(url, cluster, f"{prefix}.bpjs", BPJS)
    )


def verdict(cases: int, chains: LedgerReport, delivered: Delivery, bpjs: Delivery, seconds: float) -> str:
    """The last two lines. Raises LocalError when a chain is broken or Kafka delivered anything but the ledger."""
    counts = f"{cases} stories, {chains.streams} cases and batches, {chains.events} events"
    kafka = f"Kafka has every case: {_counted(delivered)};\nBPJS has every submission: {_counted(bpjs)}"
    if chains.broken is not None:
        broken = chains.broken
        raise LocalError(
            f"{counts}: the chain of {broken.stream} is broken at version {broken.version}: {broken.fault}"
        )
    if not (delivered.exact and bpjs.exact):
        raise LocalError(
            f"{counts}: every chain holds, but Kafka differs from the ledger: "
            f"cases {_counted(delivered)}; submissions to BPJS {_counted(bpjs)}"
        )
    return f"{counts}: every chain holds; {kafka}; {seconds:.0f} s"


def _counted(topic: Delivery) -> str:
    return f"{topic.lost} lost, {topic.doubled} doubled, {topic.reordered} out of order, {topic.changed} changed"
