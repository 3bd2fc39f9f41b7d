"""Settings of the sign-in: the issuer that knows who a person is (OpenID Connect), and how long a session lasts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from jejak.platform.settings import SettingsError, Source

SIGN_IN_SERVICE: Final = "ledger"
"""The process that signs people in: it alone needs the client's secret."""
_NOBODY_SIGNS_IN: Final = "relay"
"""The process that serves no official."""
_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class Identity:
    """The issuer, and this installation as its client. `client_secret` is set for the ledger only.

    Access tokens of persons must name the audience `client_id` and hold `scope`. `second_factor`: values of the claim
    `acr` that stand for a sign-in with a second factor.
    """

    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    scope: str
    second_factor: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lasts, in seconds: unused (`idle`), at most (`length`), as a fresh sign-in (`fresh`)."""

    idle: int = 30 * _MINUTE
    length: int = 600 * _MINUTE
    fresh: int = 5 * _MINUTE


def identity(source: Source, service: str) -> Identity | None:
    """The issuer; None in development without one, and for a process that serves no official.

    Raises SettingsError where one is missing in production: nobody could sign in.
    """
    if service == _NOBODY_SIGNS_IN or (source.env == "development" and not source.is_given("JEJAK_OIDC_ISSUER")):
        return None
    issuer = source.text("JEJAK_OIDC_ISSUER")
    schemes = ("https://", "http://") if source.env == "development" else ("https://",)
    if not issuer.startswith(schemes):
        raise SettingsError("JEJAK_OIDC_ISSUER must begin with https:// (or http:// in development).")
    client_id = source.text("JEJAK_OIDC_CLIENT_ID")
    secret = source.text("JEJAK_OIDC_CLIENT_SECRET") if service == SIGN_IN_SERVICE else None
    scope = source.text("JEJAK_OIDC_SCOPE", "jejak.pejabat")
    strong = source.text("JEJAK_OIDC_SECOND_FACTOR") if source.is_given("JEJAK_OIDC_SECOND_FACTOR") else ""
    return Identity(issuer, client_id, secret, scope, tuple(strong.split()))


def session_limits(source: Source, service: str) -> SessionLimits:
    """The limits in minutes. Raises SettingsError where a session would be idle longer than it lasts."""
    if service == _NOBODY_SIGNS_IN:
        return SessionLimits()
    limits = SessionLimits(
        idle=source.integer("JEJAK_SESSION_IDLE_MINUTES", 30) * _MINUTE,
        length=source.integer("JEJAK_SESSION_MINUTES", 600) * _MINUTE,
        fresh=source.integer("JEJAK_SESSION_FRESH_MINUTES", 5) * _MINUTE,
    )
    if max(limits.idle, limits.fresh) > limits.length:
        raise SettingsError("JEJAK_SESSION_IDLE_MINUTES and _FRESH_MINUTES must not exceed JEJAK_SESSION_MINUTES.")
    return limits
