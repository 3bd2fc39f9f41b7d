"""BPJS simulated, as a part of `jejak up`: whether it runs, its key pair, what its environment tells it."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import asyncpg

WAY: Final = "JEJAK_BPJS_SIMULATOR"
_KEY: Final = "JEJAK_BPJS_SIMULATOR_KEY"
_TOKEN: Final = "JEJAK_BPJS_SIMULATOR_TOKEN"  # noqa: S105 - the name of a setting
_HOURS: Final = 365 * 24.0
_OFF: Final = "off"


def simulates(environment: Mapping[str, str]) -> bool:
    """Whether BPJS is simulated: unless JEJAK_BPJS_SIMULATOR is off."""
    return environment.get(WAY) != _OFF


def given(environment: MutableMapping[str, str], data: Path) -> Path | None:
    """Makes the simulator's key pair on first use and adds its settings; the public key, to be given to Jejak."""
    if not simulates(environment):
        return None
    private = Path(environment.setdefault(_KEY, str(data / "secrets" / "bpjs_simulator.json")))
    public = private.with_name(f"{private.stem}_public.json")
    if not (private.exists() and public.exists()):
        from jejak_local.bpjs.keys import make  # noqa: PLC0415 - a second start needs no cryptography

        make(private, public)
    if environment.get(WAY) == "http" and not environment.get(_TOKEN):
        environment[_TOKEN] = _token(environment["JEJAK_TOKEN_KEY"])
    return public


def added(database_url: str, public: Path) -> bool:
    """Whether Jejak has the key already: to add it again does no harm, but a command takes a second to start."""
    kid: str = json.loads(public.read_text(encoding="utf-8"))["kid"]
    with ThreadPoolExecutor(1) as pool:  # whoever starts us may have an event loop of his own
        return pool.submit(asyncio.run, _added(database_url, kid)).result()


async def _added(database_url: str, kid: str) -> bool:
    connection = await asyncpg.connect(database_url)
    try:
        if await connection.fetchval("SELECT to_regclass('bpjs.consumer_key') IS NULL"):
            return False
        return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM bpjs.consumer_key WHERE kid = $1)", kid))
    finally:
        await connection.close()


def _token(key: str) -> str:
    from jejak.web.clients import issue  # noqa: PLC0415 - see above

    return issue(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)), "simulator", hours=_HOURS)
