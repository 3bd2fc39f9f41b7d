"""The simulated BPJS of `jejak up`: whether it runs, its key pair, its settings.

The simulators themselves are tools: they run as processes, and a command of theirs makes the key pair.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from jejak_local.files import LOOPBACK, secret
from jejak_local.postgres import connected
from jejak_local.preparation import Say, carry_out

WAY: Final = "JEJAK_BPJS_SIMULATOR"
_KEY: Final = "JEJAK_BPJS_SIMULATOR_KEY"
_TOKEN: Final = "JEJAK_BPJS_SIMULATOR_TOKEN"  # noqa: S105 - the name of a setting
_JWKS: Final = "JEJAK_BPJS_SIMULATOR_JWKS"
_HOURS: Final = 365 * 24.0
_OFF: Final = "off"
LOOK_UP: Final = "jejak_tools.simulators.vclaim"
BPJS: Final = "jejak_tools.simulators.bpjs"
"""Modules that run as processes."""
PARTICIPANTS: Final = "simulator/vclaim.csv"
"""The participants of the look-up, in the folder of an office."""
_PATIENCE: Final = 5


def simulates(environment: Mapping[str, str]) -> bool:
    """Whether BPJS is simulated: unless JEJAK_BPJS_SIMULATOR is off."""
    return environment.get(WAY) != _OFF


def prepare_simulator(environment: MutableMapping[str, str], data: Path, say: Say) -> Path | None:
    """Makes the simulator's key pair on first use and adds its settings; returns the file of the public key."""
    if not simulates(environment):
        return None
    private = Path(environment.setdefault(_KEY, str(data / "secrets" / "bpjs_simulator.json")))
    public = private.with_name(f"{private.stem}_public.json")
    if not (private.exists() and public.exists()):
        command = ("simulate", "bpjs", "key", str(private), str(public))
        carry_out(environment, [("key pair of the simulated BPJS made", command)], say)
    if environment.get(WAY) == "http" and not environment.get(_TOKEN):
        environment[_TOKEN] = _token(environment["JEJAK_TOKEN_KEY"])
    return public


def trust_installation(environment: MutableMapping[str, str]) -> None:
    """The simulator trusts this installation's keys only, unless JEJAK_BPJS_SIMULATOR_JWKS names others."""
    environment.setdefault(_JWKS, f"{environment['JEJAK_PUBLIC_URL']}/bpjs/keys")


def look_up_accesses(offices: Path, data: Path, port: int) -> str:
    """JEJAK_VCLAIM for every office with simulated participants; "{}" for none. Secrets are kept."""
    secrets = data / "secrets"
    kodes = sorted(path.parent.parent.name for path in offices.glob(f"*/{PARTICIPANTS}"))
    return json.dumps(
        {
            kode: {
                "url": f"http://{LOOPBACK}:{port}",
                "cons_id": kode.replace(".", ""),
                "secret": secret(secrets / f"vclaim_secret_{kode}"),
                "user_key": secret(secrets / f"vclaim_user_key_{kode}"),
                "seconds": _PATIENCE,
            }
            for kode in kodes
        }
    )


def has_key(database_url: str, public: Path) -> bool:
    """Whether Jejak has the key: adding it again is harmless, but the command takes a second to start."""
    kid: str = json.loads(public.read_text(encoding="utf-8"))["kid"]
    with ThreadPoolExecutor(1) as pool:  # the caller may run an event loop
        return pool.submit(asyncio.run, _has_key(database_url, kid)).result()


async def _has_key(database_url: str, kid: str) -> bool:
    async with connected(database_url) as connection:
        if await connection.fetchval("SELECT to_regclass('bpjs.consumer_key') IS NULL"):
            return False
        return bool(await connection.fetchval("SELECT EXISTS (SELECT FROM bpjs.consumer_key WHERE kid = $1)", kid))


def _token(key: str) -> str:
    from jejak.web.access.clients import issue  # noqa: PLC0415 - see above

    return issue(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)), "simulator", hours=_HOURS)
