"""The names of the settings of PostgreSQL. Pure: `jejak.platform.settings` reads the values."""

from typing import Final
from urllib.parse import urlsplit

URL: Final = "JEJAK_DATABASE_URL"
"""The login of commands that administer an installation; or of a process with an environment of its own."""
POOL: Final = 6
"""Connections of a pool, by default; docs/operations/database.md reckons them up."""
_LOGINS: Final = {"relay": "ledger"}
"""Processes that have another service's login."""


def role(service: str) -> str:
    """The login role of a service."""
    return "jejak_" + service.replace("-", "_")


def login_of(process: str) -> str:
    """The service whose login a process has: its own; the relay has the ledger's."""
    return _LOGINS.get(process, process)


def url_of(process: str) -> str:
    """The setting with the login of a process: JEJAK_DATABASE_URL_INTAKE."""
    return f"JEJAK_DATABASE_URL_{login_of(process).upper()}"


def is_own(url: str, process: str) -> bool:
    """Whether a URL names the login of a process."""
    return urlsplit(url).username == role(login_of(process))


def direct_url_of(process: str) -> str:
    """The setting with the same login around any pooler."""
    return f"JEJAK_DATABASE_DIRECT_URL_{login_of(process).upper()}"


def password_of(service: str) -> str:
    """The setting with the password that a migration gives a service's login."""
    return f"JEJAK_DB_PASSWORD_{service.upper()}"
