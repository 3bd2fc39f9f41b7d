"""Programs that act for an official: by an access token of the issuer that names the person and holds the scope."""

from dataclasses import dataclass
from typing import Final

from jejak.cases.decision import Actor
from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.eventstore.store import Store
from jejak.platform.ids import real_seconds
from jejak.platform.settings import Settings
from jejak.web.access.issuer import Issuer
from jejak.web.access.persons import Person, chosen_post, held_posts
from jejak.web.access.step_up import SignIn

POST: Final = "jejak-jabatan"
"""Header that names the post, where the person holds several."""


@dataclass(frozen=True, slots=True)
class PersonTokens:
    """Verifies access tokens of persons."""

    issuer: Issuer
    settings: Settings
    store: Store
    procedures: ProcedureRegistry

    async def actor(self, token: str, post: str | None) -> Actor:
        """The official, in the post held today. Problem 401 or 403 for any other token, Malformed without the post."""
        claims = await self.issuer.access_claims(token)
        actor = chosen_post(await held_posts(Person.of(claims), self.store, self.procedures), post)
        sign_in = SignIn.of(claims, self.issuer.identity)
        fresh = sign_in.suffices(self.settings.session.fresh, real_seconds())
        return Actor(actor.office, actor.code, actor.post, fresh)
