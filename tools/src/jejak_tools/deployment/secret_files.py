"""A file for each secret of each process: `FOLDER/<process>/<NAME>`, in a folder that only its owner enters."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from joserfc.jwk import ECKey

from jejak.contracts.bpjs.signature import ALG, CURVE
from jejak.platform import ids
from jejak_tools.deployment.environment import LOGINS, Setting
from jejak_tools.deployment.installation import MIGRATE, Plan, Size

OWNER: Final = "jejak_owner"
"""The login of `jejak migrate`: it owns the database, and may make roles."""
OWNER_PASSWORD: Final = "owner.password"  # noqa: S105 - a file's name
_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class SecretFiles:
    """The folder of an installation's secrets; `made` lists the files that were missing."""

    folder: Path
    mode: int
    made: list[Path] = field(default_factory=list)

    def take(self, reader: str, name: str, make: Callable[[], str]) -> str:
        """The secret of a process or of `migrate`; it is made if it is not there."""
        file = self.folder / reader / name
        if file.exists():
            return file.read_text(encoding="utf-8")
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = make()
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, self.mode), "w", encoding="utf-8") as opened:
            opened.write(text)
        self.made.append(file)
        return text

    def there(self, readers: Sequence[str], name: str) -> str | None:
        """The secret that one of these has already."""
        files = (self.folder / reader / name for reader in readers)
        return next((file.read_text(encoding="utf-8") for file in files if file.exists()), None)


def make(plan: Plan, size: Size, folder: Path) -> Sequence[Path]:
    """Makes what is missing, and gives the paths. What is there is kept, and shared with processes that lack it."""
    files = SecretFiles(folder, int(size.file_mode, 8))
    passwords = {f"jejak_{login}": files.take(MIGRATE, _password_of(login), _password) for login in LOGINS}
    passwords[OWNER] = files.take(MIGRATE, OWNER_PASSWORD, _password)
    readers = {process.host: (process.name, process.login) for process in plan.processes.values()}
    for reader, (name, login) in {**readers, MIGRATE: (MIGRATE, OWNER)}.items():
        url = size.database_url(login, passwords[login])
        for setting in plan.secrets(size, name):
            if setting.name.startswith("JEJAK_DATABASE_URL"):
                files.take(reader, setting.name, partial(str, url))
            elif setting.own:
                files.take(reader, setting.name, _password)
            else:
                text = files.there([*readers], setting.name) or _new(setting)
                files.take(reader, setting.name, partial(str, text))
    return files.made


def _password_of(login: str) -> str:
    return f"JEJAK_DB_PASSWORD_{login.upper()}"


def _new(setting: Setting) -> str:
    if setting.name == "JEJAK_BPJS_SIGNING_KEYS":
        key = ECKey.generate_key(CURVE)
        return json.dumps({"keys": [{**key.as_dict(private=True), "kid": key.thumbprint(), "use": "sig", "alg": ALG}]})
    if setting.empty is not None:
        return setting.empty
    return urlsafe_b64encode(ids.random_bytes(_BYTES)).decode()


def _password() -> str:
    return ids.random_bytes(_BYTES).hex()
