"""A browser whose session has ended is a stranger: what is open to everybody stays open, the rest asks to sign in."""

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
"""Pages that the description for programs leaves out."""
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
"""What is open to everybody, whatever else is."""
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
    """Status, place and heading of an answer: what else stands on a page is made anew for each."""
    answer = office.player.http.get(path, headers={"Accept": accept, **headers}, follow_redirects=False)
    heading = re.search(r"<h1>(.*?)</h1>", answer.text)
    return answer.status_code, answer.headers.get("location"), heading[1] if heading else ""


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_it_is_shown_at_every_address_what_a_stranger_is_shown(
    pesisir_selatan: Office, returned: Berkas, ended: str, accept: str
) -> None:
    http = pesisir_selatan.player.http
    described = [http.get(f"/docs/{service}/openapi.json").json()["paths"] for service in ("ledger", "intake")]
    paths = [*OF_NO_SCHEMA, *(path for each in described for path, ways in each.items() if "get" in ways)]
    given = {"case": returned.kode, **MORE}
    strangers, enders = {}, {}
    for path in paths:
        place = re.sub(r"\{(\w+)\}", lambda found: given.get(found[1], "13.01"), path)
        strangers[path] = seen(pesisir_selatan, place, accept)
        enders[path] = seen(pesisir_selatan, place, accept, Cookie=f"{COOKIE}={ended}")

    assert enders == strangers
    assert [one for one in PUBLIC if strangers[one][0] == 401] == []
    assert strangers["/worklist"][0] == 401


@pytest.mark.parametrize("path", ["", "/timeline", "/tanda-terima", "/daftar-kontrol"])
def test_a_program_that_shows_a_token_which_has_ended_is_told_so(
    pesisir_selatan: Office, returned: Berkas, ended: str, path: str
) -> None:
    page = {"Accept": "text/html"} if path in ("/timeline", "/daftar-kontrol") else {}
    headers = {"Authorization": f"Bearer {ended}", **page}

    answer = pesisir_selatan.player.http.get(f"/cases/{returned.kode}{path}", headers=headers)

    assert answer.status_code == 401
