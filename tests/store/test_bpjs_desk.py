"""The BPJS desk in a browser and for programs: open submissions by what they wait for, and answers without a case."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from bpjs_sync.pages import desk as bpjs_desk
from bpjs_sync.pages.case_lines import WITH_BPJS
from jejak.web.problem_page import report_page
from tests.procedure import sheet
from tests.servers import Database
from tests.store.bpjs import MONTHLY, Town, town
from tests.store.replies import Answered, answered, reply
from tests.store.test_bpjs_plans import FILL

WITHIN_EIGHT_DAYS = MONTHLY % "xlsx" + 'waktu = "8 hari"\n'
HTML = {"Accept": "text/html"}


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Answered]:
    async with answered(database, sheet(WITHIN_EIGHT_DAYS)) as played:
        yield played


async def shown(office: Answered, path: str = "/bpjs", who: str = "staf-1", **headers: str) -> httpx.Response:
    await office.derive_messages()
    return await office.town.bpjs.get(path, headers=office.town.headers(who) | headers)


async def desk_of(office: Answered) -> dict[str, Any]:
    answer = await shown(office)
    assert answer.status_code == 200, answer.text
    desk: dict[str, Any] = answer.json()
    return desk


def cases(lines: list[dict[str, Any]]) -> set[str]:
    return {line["berkas"] for line in lines}


async def test_open_submissions_are_listed_by_what_they_wait_for(office: Answered) -> None:
    waiting = await office.town.submit()
    before = await desk_of(office)
    [batch] = before["kumpulan"]
    assert (batch["kode"], batch["berkas"], batch["boleh"]) == ("bulanan", 1, True)
    assert batch["tutup"]["setempat"] == "Senin, 1 Agu 2022 00.00 WIB"

    (mended, m), (accepted, a), (silent, _) = await office.sent(3)
    await office.answer(reply(m, "mend"), reply(a, "accepted"))
    now = await desk_of(office)

    assert cases(now["tanpa_jawaban"]) == {str(silent), str(waiting)}
    assert cases(now["diperbaiki"]) == {str(mended)}
    assert cases(now["belum_aktif"]) == {str(accepted)}
    assert now["diperbaiki"][0]["jawaban"]["alasan"] == "foto KTP kabur"
    assert now["kumpulan"] == []
    [closed] = now["ditutup"]
    assert (closed["berkas"], closed["periode"], closed["daftar"]) == (
        4,
        "tutup tangan ke-1",
        f"/batches/{closed['id']}/file",
    )
    assert [event["kalimat"] for event in now["masuk"]] == [
        "Jawaban BPJS: diterima.",
        "Jawaban BPJS: minta diperbaiki.",
    ]


async def test_what_waits_longer_than_its_standard_is_marked_and_stands_first(office: Answered) -> None:
    [(late, _)] = await office.sent(1)
    await office.town.at("2022-07-13 10:00")
    [(young, _)] = await office.sent(1)
    await office.town.at("2022-07-15 10:00")
    lines = (await desk_of(office))["tanpa_jawaban"]
    assert [(line["berkas"], line["lewat"]) for line in lines] == [(str(late), True), (str(young), False)]
    assert (lines[0]["umur_hari"], lines[0]["umur_hari_kerja"]) == (11, 9)
    shortened = (await shown(office, "/bpjs?limit=1")).json()
    assert (cases(shortened["tanpa_jawaban"]), shortened["lagi"]) == ({str(late)}, 1)
    page = (await shown(office, **HTML)).text
    assert page.count('<span class="tanda lambat">lewat</span>') == 1
    assert "1 lewat waktu" in page


async def test_an_answer_without_a_case_comes_with_advice_and_forms(office: Answered) -> None:
    [(case, submission)] = await office.sent(1)
    await office.answer(reply(submission, "accepted"), reply(submission, "rejected", reason="Kuota habis."))
    [kept] = await office.kept()
    assert (await desk_of(office))["tidak_cocok"] == 1
    page = (await shown(office, "/bpjs/unmatched", **HTML)).text
    assert f'action="/bpjs/unmatched/{kept["id"]}"' in page
    assert "Kuota habis." in page
    assert "Tanyakan kepada BPJS mana yang berlaku" in page
    assert f'href="/cases/{case}"' in page


async def test_answers_without_a_case_are_shown_page_by_page_and_all_of_them(office: Answered) -> None:
    [(_, submission)] = await office.sent(1)
    await office.answer(reply(submission, "accepted"), *(reply(submission, "rejected") for _ in range(6)))
    unknown = b"nik;hasil\n1399010101709999;diterima\n"
    assert (await load(office.town, "/bpjs/answers", unknown)).status_code == 200

    seen: list[str] = []
    cursor: str | None = None
    pages = 0
    while pages == 0 or cursor:
        page = (await shown(office, f"/bpjs/unmatched?limit=3{f'&cursor={cursor}' if cursor else ''}")).json()
        assert page["jumlah"] == 7
        seen, cursor, pages = seen + [row["id"] for row in page["baris"]], page["cursor"], pages + 1
    assert (pages, len(set(seen)), len(seen)) == (3, 7, 7)
    assert seen == [row["id"] for row in await office.kept()]

    first = (await shown(office, "/bpjs/unmatched?limit=3", **HTML)).text
    [onward] = re.findall(r'href="(/bpjs/unmatched\?[^"]+)">Jawaban berikutnya', first)
    second = (await shown(office, html.unescape(onward), **HTML)).text
    assert [row_id for row_id in seen if f"/bpjs/unmatched/{row_id}" in first] == seen[:3]
    assert [row_id for row_id in seen if f"/bpjs/unmatched/{row_id}" in second] == seen[3:6]
    assert "7 jawaban tidak dapat ditempatkan" in second
    assert "Kembali ke awal" in second
    assert "Lihat semua 7" in (await shown(office, **HTML)).text
    assert (await office.town.get("/bpjs/unmatched", cursor="x")).status_code == 422


async def test_another_offices_official_sees_nothing_of_it(office: Answered) -> None:
    await office.sent(1)
    answer = await office.town.bpjs.get("/bpjs", headers=office.town.headers("staf-1", office="13.98"))
    assert answer.status_code in {403, 404}, answer.text
    assert (await office.town.bpjs.get("/bpjs")).status_code == 401


INSPECTOR = """
[[pejabat]]
kode = "inspektur-1"
nama = "inspektur-1"
nip = "196701011992032009"
jabatan = "inspektur"
dari = 2017-01-02
"""


async def test_an_official_whom_no_sheet_names_reads_it_and_changes_nothing(database: Database) -> None:
    async with town(database, sheet(WITHIN_EIGHT_DAYS), officials=INSPECTOR) as played:
        played.posts["inspektur-1"] = "inspektur"
        await played.at("2022-07-04 09:00")
        unknown = b"nik;hasil\n1399010101709999;diterima\n"
        loaded = {who: await load(played, "/bpjs/answers", unknown, who=who) for who in ("inspektur-1", "staf-1")}
        assert {who: answer.status_code for who, answer in loaded.items()} == {"inspektur-1": 403, "staf-1": 200}
        [kept] = (await played.get("/bpjs/unmatched")).json()["baris"]
        aside = {"kesampingkan": "bukan urusan kantor ini"}
        assert (await played.post(f"/bpjs/unmatched/{kept['id']}", aside, who="inspektur-1")).status_code == 403
        pages = {who: (await played.bpjs.get("/bpjs", headers=played.headers(who) | HTML)).text for who in loaded}
        assert all("1399010101709999" in page for page in pages.values())
        assert {who: "Kesampingkan</button>" in page for who, page in pages.items()} == {
            "inspektur-1": False,
            "staf-1": True,
        }
        assert (await played.post(f"/bpjs/unmatched/{kept['id']}", aside)).status_code == 200


async def load(played: Town, path: str, data: bytes, who: str = "staf-1") -> httpx.Response:
    """Loads a file of answers."""
    headers = played.headers(who) | {"Content-Type": "text/csv"}
    return await played.bpjs.post(path, content=data, headers=headers)


async def test_a_file_of_answers_is_reported_row_by_row_on_request(office: Answered) -> None:
    [(case, _)] = await office.sent(1)
    opened = await office.town.opened(case)
    people = opened.case.people
    nik = getattr(getattr(people, "subject", None), "nik", "")
    data = f"nik;hasil;alasan\n{nik};diterima;\n1399010101709999;ditolak;Bukan penduduk\n".encode()

    async def loaded(path: str) -> dict[str, Any]:
        answer = await load(office.town, path, data)
        assert answer.status_code == 200, answer.text
        answer_file: dict[str, Any] = answer.json()
        return answer_file

    first = await loaded("/bpjs/answers?rinci=ya")
    assert [(row["baris"], row["hasil"], row["berkas"], row["sebab"]) for row in first["laporan"]] == [
        (2, "diterapkan", str(case), "diterima"),
        (3, "perlu_dilihat", None, "tidak ada berkas yang cocok"),
    ]
    page = report_page(first, "/bpjs").decode()
    assert "2 baris: 1 diterapkan, 1 perlu dilihat orang." in page
    assert f'href="/cases/{case}"' in page
    again = await loaded("/bpjs/answers?rinci=ya")
    assert (again["laporan"], again["ulangan"]) == ([], True)
    assert "sudah pernah dimuat" in report_page(again, "/bpjs").decode()
    assert "laporan" not in await loaded("/bpjs/answers")


async def test_no_query_of_the_desk_reads_a_whole_table(database: Database) -> None:
    admin = await asyncpg.connect(database.url)
    await admin.execute(FILL)
    await admin.close()
    service = await asyncpg.connect(database.urls["bpjs_sync"])
    statements: dict[str, tuple[str, tuple[object, ...]]] = {
        "with BPJS": (bpjs_desk.WITH, ("99.01", list(WITH_BPJS), 100)),
        "waiting": (bpjs_desk.WAITING, ("99.01",)),
        "closed": (bpjs_desk.CLOSED, ("99.01",)),
        "came in": (bpjs_desk.CAME, ("99.01",)),
        "to compare": (bpjs_desk.TO_COMPARE, ("99.01",)),
        "compared": (bpjs_desk.COMPARED, ("99.01",)),
    }
    try:
        for name, (query, arguments) in statements.items():
            plan = json.loads(await service.fetchval("EXPLAIN (ANALYZE, FORMAT JSON) " + query, *arguments))
            read = [node["Relation Name"] for node in nodes(plan[0]["Plan"]) if node["Node Type"] == "Seq Scan"]
            assert not {"due", "event", "stream", "member"} & set(read), f"{name}: {read}"
    finally:
        await service.close()


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", []) for node in nodes(part))]
