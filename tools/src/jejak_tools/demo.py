"""The demo: an installation of its own, every story played on it, the ledger and Kafka checked against each other."""

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
from jejak_local.guard import LocalError
from jejak_local.installation import Installation
from jejak_local.preparation import Say, offices_folder
from jejak_tools.delivery import BPJS, Delivery, delivery
from jejak_tools.demo_table import LEGEND, book, table, waiting
from jejak_tools.play import Player, Unexpected
from jejak_tools.stories import BOOKS, STORIES, WAITING

_KEPT: Final = frozenset({"JEJAK_CACHE"})
_PASSED: Final = 0o711 if os.geteuid() == 0 else 0o700
"""Root's PostgreSQL runs as another user, who has to pass through (not list) the folder."""
_PACE: Final = {"JEJAK_SWEEP_SECONDS": "1"}


def run(say: Say) -> None:
    """Plays everything; returns when all is as it should be. LocalError with one line when anything differs."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="jejak-demo-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        Path(folder).chmod(_PASSED)
        with Installation(data, environ=own_environment(os.environ)).start(say) as installation:
            played = play(installation, say)
            chains, delivered, told = asyncio.run(check(installation))
    say(verdict(played, chains, delivered, told, time.monotonic() - began))


def own_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without any other installation's servers, keys and settings: clocks are set here."""
    ours = {name: value for name, value in environ.items() if not name.startswith(("JEJAK_", "KAFKA_"))}
    return ours | {name: environ[name] for name in _KEPT if name in environ} | _PACE


def token_key(installation: Installation) -> bytes:
    """The key that development tokens are signed with."""
    text = installation.environment["JEJAK_TOKEN_KEY"]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def play(installation: Installation, say: Say) -> int:
    """Every story through the one address, each told as a table. Returns how many cases there are."""
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
    """Every chain of the ledger, and what Kafka delivered of it: to the services, and to BPJS."""
    environment = installation.environment
    url, bootstrap = environment["JEJAK_DATABASE_URL"], environment["KAFKA_BOOTSTRAP_SERVERS"]
    prefix = environment.get("JEJAK_TOPIC_PREFIX", "jejak")
    return await asyncio.gather(
        verify(url), delivery(url, bootstrap, f"{prefix}.cases"), delivery(url, bootstrap, f"{prefix}.bpjs", BPJS)
    )


def verdict(cases: int, chains: LedgerReport, delivered: Delivery, told: Delivery, seconds: float) -> str:
    """The last two lines. Raises LocalError when a chain is broken or Kafka delivered anything but the ledger."""
    found = f"{cases} stories, {chains.streams} cases and batches, {chains.events} events"
    kafka = f"Kafka has every case: {_counted(delivered)};\nBPJS has every submission: {_counted(told)}"
    if chains.broken is not None:
        broken = chains.broken
        raise LocalError(f"{found}: the chain of {broken.stream} is broken at version {broken.version}: {broken.fault}")
    if not (delivered.exact and told.exact):
        raise LocalError(
            f"{found}: every chain holds, but Kafka differs from the ledger: "
            f"cases {_counted(delivered)}; what BPJS is told {_counted(told)}"
        )
    return f"{found}: every chain holds; {kafka}; {seconds:.0f} s"


def _counted(one: Delivery) -> str:
    return f"{one.lost} lost, {one.doubled} doubled, {one.reordered} out of order, {one.changed} changed"
