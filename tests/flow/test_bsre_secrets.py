"""A passphrase is in no log, no answer, no event and no table, however a signature ends; the page asks for it."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from jejak_tools.simulators.bsre import TOTP, Behaviour
from tests.bsre import NIK, PASSPHRASE, Scene, scene_of
from tests.servers import Database

WRONG = "Salah-Ketik-9981"
TABLES = """SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm')
    AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1"""


async def stored(database: Database) -> dict[str, bytes]:
    """Every row of every table, as text, in which bytes are hexadecimal."""
    connection = await asyncpg.connect(database.url)
    try:
        names = [row["name"] for row in await connection.fetch(TABLES)]
        rows = {}
        for name in names:
            lines = await connection.fetch(f"SELECT t::text AS line FROM {name} t")  # noqa: S608 - names from the catalogue
            rows[name] = "\n".join(row["line"] for row in lines).encode()
        return rows
    finally:
        await connection.close()


def found(haystack: bytes, *needles: str) -> list[str]:
    """The needles in these bytes, also in hexadecimal."""
    return [one for one in needles if one.encode() in haystack or one.encode().hex().encode() in haystack.lower()]


async def test_no_log_no_answer_and_no_table_has_a_passphrase(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async with scene_of(database, tmp_path, monkeypatch) as scene:
        first, second, third = [await scene.drafted() for _ in range(3)]
        answers = [await scene.sign(first, passphrase=WRONG), await scene.sign(first, passphrase=[WRONG])]
        for kind in (Behaviour.SIGN_ECHO, Behaviour.SIGN_ERROR_500, Behaviour.SIGN_HTML, Behaviour.SOMEBODY_ELSE):
            scene.behave(kind)
            answers.append(await scene.sign(first))
        scene.behave(Behaviour.GOOD)
        answers += [await scene.sign(first, key="k"), await scene.sign_all(second, third)]
        answers.append(await scene.post(f"/cases/{first}/tasks/sign", {"passphrase": WRONG, WRONG: 1}))
        answers.append(await scene.post("/tasks/sign/start", {"passphrase": WRONG, "berkas": [str(first)]}))
        history = (await scene.opened(first)).history

        rows = await stored(database)
        logged = capfd.readouterr()

    assert [answer.status_code for answer in answers[-4:-2]] == [200, 200]
    shown = b"".join(answer.content for answer in answers)
    assert found(shown, PASSPHRASE, NIK) == []
    assert WRONG not in shown.decode().replace(f'"{WRONG}"', "") or found(shown, f'passphrase": "{WRONG}') == []
    assert "request" in logged.out + logged.err
    assert found((logged.out + logged.err).encode(), PASSPHRASE, WRONG, NIK) == []
    assert found(repr(history).encode(), PASSPHRASE, WRONG, NIK) == []
    assert {"es.event", "letters.sent", "letters.signed"} <= {name for name, text in rows.items() if text}
    assert {name: here for name, text in rows.items() if (here := found(text, PASSPHRASE, WRONG, NIK))} == {}


async def page_of(scene: Scene, path: str) -> str:
    headers = scene.lives.town.headers("kadis-1") | {"Accept": "text/html"}
    answer = await scene.http.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize(("secret", "label"), [("passphrase", "Passphrase BSrE"), ("totp", "Kode OTP BSrE")])
async def test_the_sign_pages_ask_for_the_secret_of_the_office(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str, label: str
) -> None:
    async with scene_of(database, tmp_path, monkeypatch, secret=secret) as scene:
        case = await scene.drafted()
        await scene.post(f"/cases/{case}/tasks/sign/start", {})
        alone, together = await page_of(scene, f"/cases/{case}/tasks/sign"), await page_of(scene, "/worklist/sign")

    other = "totp" if secret == "passphrase" else "passphrase"
    for page in (alone, together):
        assert page.count(f'type="password" name="{secret}"') == 1
        assert label in page
        assert f'name="{other}"' not in page


async def test_an_office_without_bsre_is_asked_for_nothing_and_signs_as_before(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene_of(database, tmp_path, monkeypatch) as scene:
        case = await scene.drafted()
        scene.bsre.behaviour.clear()
        monkeypatch.setenv("JEJAK_BSRE", "{}")
        from tests.bsre import letters_of  # noqa: PLC0415 - only here is it made anew

        async with letters_of(database, tmp_path) as (runtime, http):
            plain = Scene(scene.lives, runtime, http, scene.bsre)
            await plain.post(f"/cases/{case}/tasks/sign/start", {})
            page = await page_of(plain, f"/cases/{case}/tasks/sign")
            answer = await plain.sign(case, passphrase=None)

    assert 'type="password"' not in page
    assert answer.status_code == 200, answer.text
    assert (scene.bsre.statuses, scene.bsre.signed) == (0, [])
    assert TOTP not in page
