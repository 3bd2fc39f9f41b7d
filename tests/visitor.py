"""A person's browser, as far as signing in goes: pages, forms and cookies over HTTP, at Jejak and at the issuer."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from jejak.eventstore.store import Store
from jejak.platform.settings import Settings
from jejak.service import Build, application
from jejak.web.requests.browser import COOKIE
from jejak.web.runtime import Runtime
from ledger.desk.signin.answers import UNDER_WAY
from tests.keycloak import PASSWORD, PUBLIC_URL, SECRET, Realm
from tests.servers import KEYS, Database
from tests.signing import JWKS
from tests.store.bpjs import KEY

TOKEN_KEY: Final = base64.urlsafe_b64decode(KEYS["JEJAK_TOKEN_KEY"])
PAGE: Final = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
_INPUT: Final = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def production(database: Database, service: str, issuer: str, **more: str) -> Settings:
    """A service as in production, behind the public address."""
    return Settings.read(service, environment(database, service, issuer) | more)


def environment(database: Database, service: str, issuer: str) -> dict[str, str]:
    """The environment of `production`."""
    return {
        "JEJAK_ENV": "production",
        "JEJAK_DATABASE_URL": database.urls[service],
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "JEJAK_PUBLIC_URL": PUBLIC_URL,
        **KEYS,
        "JEJAK_MASTER_KEY": base64.urlsafe_b64encode(KEY).decode(),
        "JEJAK_BPJS_SIGNING_KEYS": JWKS,
        "JEJAK_OIDC_ISSUER": issuer,
        "JEJAK_OIDC_CLIENT_ID": "jejak",
        "JEJAK_OIDC_CLIENT_SECRET": SECRET,
    }


@dataclass
class Desk:
    """One service in this process."""

    runtime: Runtime
    app: Any
    http: httpx.AsyncClient


@asynccontextmanager
async def desk_of(settings: Settings, build: Build) -> AsyncIterator[Desk]:
    """A service over HTTP at the public address, without its background work."""
    async with await Store.connect(settings.database_url, size=3, application=settings.service) as store:
        runtime = Runtime.of(settings, store)
        app = application(runtime, await build(runtime), "", store.ping)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL, headers=PAGE) as http:
            yield Desk(runtime, app, http)


@dataclass
class Visitor:
    """A browser. `issuer` keeps the issuer's cookies: the session there."""

    http: httpx.AsyncClient
    issuer: httpx.AsyncClient
    last: str = field(default="", init=False)
    """The return from the issuer as it was opened last."""

    @property
    def session(self) -> str | None:
        return self.http.cookies.get(COOKIE)

    async def sign_in(self, username: str, place: str = "/worklist") -> httpx.Response:
        """From the link of a page to the answer of the return."""
        begun = await self.http.get("/masuk", params={"lanjut": place})
        return await self.come_back(await self.at_issuer(begun.headers["location"], username))

    async def at_issuer(self, address: str, username: str) -> str:
        """The account's password at the issuer; the return to which it leads."""
        page = await self.issuer.get(address)
        if page.status_code == 200:
            assert "kc-form-login" in page.text, page.text[:3000]
            [action] = re.findall(r'id="kc-form-login"[^>]*action="([^"]+)"', page.text)
            page = await self.issuer.post(html.unescape(action), data={"username": username, "password": PASSWORD})
        assert page.status_code in (302, 303), page.text[:3000]
        place = str(page.headers["location"])
        assert place.startswith(f"{PUBLIC_URL}/masuk/kembali?")
        return place

    async def come_back(self, place: str, *, same_site: bool = False) -> httpx.Response:
        """The return. From another site, a browser keeps cookies with SameSite=Strict back."""
        before, self.last = None if same_site else self.session, place
        if before:
            self.http.cookies.delete(COOKIE)
        answer = await self.http.get(place)
        if before and self.session is None:
            self.http.cookies.set(COOKIE, before, domain=urlsplit(PUBLIC_URL).netloc)
        return answer

    def under_way(self, cookie: str) -> None:
        """Replaces the cookie of the sign-in under way."""
        self.http.cookies.delete(UNDER_WAY)
        self.http.cookies.set(UNDER_WAY, cookie, domain=urlsplit(PUBLIC_URL).netloc, path="/masuk")


def leads_to(page: httpx.Response) -> str:
    """The address to which a page leads by itself."""
    [place] = re.findall(r'http-equiv="refresh" content="0;url=([^"]+)"', page.text)
    return html.unescape(place)


def forms(page: str) -> list[tuple[str, dict[str, str]]]:
    """The address of each form, and the values that stand in it."""
    read = []
    for form in re.findall(r"<form.*?</form>", page, re.DOTALL):
        values = {name: html.unescape(value) for name, value in _INPUT.findall(form)}
        texts = re.findall(r'<textarea[^>]*name="([^"]+)">(.*?)</textarea>', form, re.DOTALL)
        [action] = re.findall(r'action="([^"]+)"', form)
        read.append((html.unescape(action), values | {name: html.unescape(text) for name, text in texts}))
    return read


def asked(address: str) -> Mapping[str, str]:
    """The query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


async def program_token(realm: Realm, username: str, scope: str) -> Mapping[str, str]:
    """The tokens of a program that acts for a person (RFC 8252): the person signs in, the program takes the code."""
    verifier, redirect = "v" * 64, "http://127.0.0.1:9/kembali"
    query = {
        "response_type": "code",
        "client_id": "jejak-program",
        "redirect_uri": redirect,
        "scope": scope,
        "state": "s",
        "code_challenge": base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    async with realm.client() as http:
        page = await http.get(f"{realm.issuer}/protocol/openid-connect/auth?{urlencode(query)}")
        [action] = re.findall(r'id="kc-form-login"[^>]*action="([^"]+)"', page.text)
        signed = await http.post(html.unescape(action), data={"username": username, "password": PASSWORD})
        form = {
            "grant_type": "authorization_code",
            "client_id": "jejak-program",
            "code": asked(signed.headers["location"])["code"],
            "redirect_uri": redirect,
            "code_verifier": verifier,
        }
        answer = await http.post(f"{realm.issuer}/protocol/openid-connect/token", data=form)
        assert answer.is_success, answer.text
        tokens: Mapping[str, str] = answer.json()
        return tokens
