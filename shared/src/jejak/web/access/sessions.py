"""Sessions of browsers: a signed cookie that says whose, and a row that says that it has not ended (`access.session`).

The kantor file is asked at each request: a session of an official who no longer holds the post opens nothing.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
import structlog

from jejak.cases.decision import Actor, check_post
from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.eventstore.postgres.outage import LOST
from jejak.eventstore.store import Store
from jejak.platform.errors import Problem
from jejak.platform.ids import new_uuid, real_seconds
from jejak.platform.settings import Settings
from jejak.web.access.step_up import SignIn
from jejak.web.access.tokens import sign, verified_claims, wrong_token

ISSUER: Final = "jejak-sesi"
"""No token of another kind has this issuer."""
_BEGIN: Final = "SELECT access.begin_session($1, $2, $3, $4)"
_SEE: Final = "SELECT access.see_session($1, $2)"
_END: Final = "SELECT access.end_sessions($1, $2)"
_REQUIRED: Final = {"iss": ISSUER, "kantor": None, "sub": None, "jabatan": None, "sid": None}

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Session:
    """Whose session it is, by its cookie alone."""

    id: uuid.UUID
    actor: Actor
    sign_in: SignIn


@dataclass(frozen=True, slots=True)
class Sessions:
    """Begins, checks and ends sessions. Beginning and ending are the ledger's."""

    settings: Settings = field(repr=False)
    store: Store
    procedures: ProcedureRegistry

    async def begin(self, actor: Actor, sign_in: SignIn, issuer_session: str | None) -> str:
        """The cookie of a new session. `issuer_session`: the session at the issuer, which may end it."""
        limits, identity = self.settings.session, new_uuid()
        idle, length = timedelta(seconds=limits.idle), timedelta(seconds=limits.length)
        await self.store.pool.execute(_BEGIN, identity, issuer_session, idle, length)
        claims: dict[str, object] = {"iss": ISSUER, "sub": actor.code, "kantor": actor.office, "jabatan": actor.post}
        claims |= {"sid": str(identity), "kuat": sign_in.strong}
        if sign_in.at is not None:
            claims["auth_time"] = sign_in.at
        return sign(self.settings.token_key, claims, limits.length)

    def issued(self, token: str, *, leeway: int = 0) -> Session | None:
        """The session that a cookie names, if this installation issued it; `leeway`: seconds after its end."""
        claims = verified_claims(self.settings.token_key, token, _REQUIRED, leeway=leeway)
        return None if claims is None else _session(claims)

    async def actor(self, session: Session, *, used: bool) -> Actor:
        """The official of an open session.

        Problem 401 for one that has ended, NotYours for a post no longer held, Problem 503 without the database.
        """
        actor = session.actor
        try:
            now: datetime | None = await self.store.pool.fetchval(_SEE, session.id, used)
            if now is None:
                raise wrong_token()
            check_post(await self.procedures.kantor(actor.office, now), actor, now)
        except (asyncpg.PostgresError, *LOST) as error:
            _log.error("session_not_read", error=type(error).__name__)
            raise Problem("basis_data", "Sistem sedang tidak dapat membaca sesi. Ulangi sebentar lagi.", 503) from None
        fresh = self.settings.identity is None or session.sign_in.suffices(self.settings.session.fresh, real_seconds())
        return Actor(actor.office, actor.code, actor.post, fresh)

    async def end(self, session: uuid.UUID) -> None:
        """Ends one session; one that has ended stays so."""
        await self.store.pool.execute(_END, session, None)

    async def end_at_issuer(self, issuer_session: str) -> int:
        """Ends the sessions of one session at the issuer; how many."""
        return int(await self.store.pool.fetchval(_END, None, issuer_session))


def _session(claims: Mapping[str, Any]) -> Session:
    actor = Actor(str(claims["kantor"]), str(claims["sub"]), str(claims["jabatan"]))
    return Session(uuid.UUID(claims["sid"]), actor, SignIn(claims.get("auth_time"), bool(claims.get("kuat"))))
