"""A browser whose session has ended is a stranger: public pages stay open, the others ask to sign in."""

from __future__ import annotations

import re
from typing import Final

import pytest

from jejak.cases.decision import Actor
from jejak.web.access.tokens import issue
from jejak.web.requests.browser import COOKIE
from jejak_tools.demo import token_key
from jejak_tools.play import Berkas, Office
from jejak_tools.stories import pesisir
from tests.stories import Jejak

STAFF: Final = Actor("13.01", "staf-1", "staf")
OF_NO_SCHEMA: Final = ("/", "/lacak?kode={case}", "/masuk")
"""Pages that the OpenAPI leaves out."""
PUBLIC: Final = (
    "/",
    "/lacak?kode={case}",
    "/masuk",
    "/cases/{case}",
    "/cases/{case}/penolakan",
    "/cases/{case}/daftar-kontrol",
    "/cases/{case}/timeline",
    "/cases/{case}/tanda-terima",
    "/cases/{case}/chain",
    "/periksa/{case}/{letter}",
)
"""The addresses that are public."""
MORE: Final = {
    "verb": "paraf", "letter": "rekomendasi", "nomor": "1", "sha256": "0" * 64, "sop": "0" * 64, "rest": "x",
}  # fmt: skip


@pytest.fixture(scope="module")
def returned(pesisir_selatan: Office) -> Berkas:
    return pesisir.still_active(pesisir_selatan)


@pytest.fixture(scope="module")
def ended(jejak: Jejak) -> str:
    return issue(token_key(jejak.installation), STAFF, hours=-1)


def seen(office: Office, path: str, accept: str, **headers: str) -> tuple[int, str | None, str]:
    """Status, redirect and heading of an answer; the rest of a page differs each time."""
    answer = office.player.http.get(path, headers={"Accept": accept, **headers}, follow_redirects=False)
    heading = re.search(r"<h1>(.*?)</h1>", answer.text)
    return answer.status_code, answer.headers.get("location"), heading[1] if heading else ""


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_an_ended_session_gets_a_strangers_answer_at_every_address(
    pesisir_selatan: Office, returned: Berkas, ended: str, accept: str
) -> None:
    http = pesisir_selatan.player.http
    described = [http.get(f"/docs/{service}/openapi.json").json()["paths"] for service in ("ledger", "intake")]
    paths = [*OF_NO_SCHEMA, *(path for each in described for path, ways in each.items() if "get" in ways)]
    given = {"case": returned.kode, **MORE}
    strangers, enders = {}, {}
    for path in paths:
        place = re.sub(r"\{(\w+)\}", lambda match: given.get(match[1], "13.01"), path)
        strangers[path] = seen(pesisir_selatan, place, accept)
        enders[path] = seen(pesisir_selatan, place, accept, Cookie=f"{COOKIE}={ended}")

    assert enders == strangers
    assert [address for address in PUBLIC if strangers[address][0] == 401] == []
    assert strangers["/worklist"][0] == 401


@pytest.mark.parametrize("path", ["", "/timeline", "/tanda-terima", "/daftar-kontrol"])
def test_a_program_with_an_expired_token_is_refused(
    pesisir_selatan: Office, returned: Berkas, ended: str, path: str
) -> None:
    page = {"Accept": "text/html"} if path in ("/timeline", "/daftar-kontrol") else {}
    headers = {"Authorization": f"Bearer {ended}", **page}

    answer = pesisir_selatan.player.http.get(f"/cases/{returned.kode}{path}", headers=headers)

    assert answer.status_code == 401
