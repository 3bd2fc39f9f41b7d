"""Answers of BPJS, put on cases in a real database once; an answer that fits no case is kept for an official."""

from __future__ import annotations

import io
import uuid
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx
import pytest
import xlsxwriter

from jejak.contracts.events import MembershipActivated, ReplyReceived
from jejak.messaging import task_runner
from jejak.platform import ids
from tests.procedure import sheet
from tests.servers import Database
from tests.store.bpjs import DAILY, Town, monthly, town
from tests.workbooks import stray_cell
from tests.workbooks import workbook as workbook_with

HEADER = "nomor_usulan;nik;hasil;alasan;aktif_sejak"


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Town]:
    """An office whose July batch has been sent."""
    async with town(database, monthly()) as played:
        await played.at("2022-07-04 09:00")
        yield played


async def sent(office: Town, count: int) -> list[uuid.UUID]:
    cases = [await office.submit() for _ in range(count)]
    answer = await office.post("/batches/13.99/bulanan/close")
    assert answer.status_code == 201, answer.text
    return cases


def csv(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


async def load(office: Town, data: bytes, *, who: str = "staf-1") -> httpx.Response:
    return await office.bpjs.post("/bpjs/answers", content=data, headers=office.headers(who))


async def counts(office: Town, data: bytes) -> tuple[int, int, int]:
    """The rows of the file, those applied, and those kept for an official."""
    answer = await load(office, data)
    assert answer.status_code == 200, answer.text
    report = answer.json()
    return report["baris"], report["diterapkan"], report["perlu_dilihat"]


async def kept(office: Town) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await office.get("/bpjs/unmatched")).json()["baris"]
    return rows


async def events_of[T](office: Town, case: uuid.UUID, kind: type[T]) -> list[T]:
    return [event.data for event in (await office.opened(case)).history if isinstance(event.data, kind)]


async def nik_of(office: Town, case: uuid.UUID) -> str:
    people = (await office.opened(case)).case.people
    assert people is not None
    return task_runner.nik_of(people.subject)


async def due(office: Town, case: uuid.UUID) -> list[str]:
    return [task.tugas for task in (await office.opened(case)).due]


async def test_every_kind_of_answer_finds_its_case(office: Town) -> None:
    accepted, mend, refused, active = await sent(office, 4)
    rows = csv(
        f"{ids.case_code(accepted)};;diterima;;",
        f";{await nik_of(office, mend)};Perbaikan;KK tidak terbaca;",
        f"{refused};;Ditolak;sudah peserta mandiri;",
        f"{ids.case_code(active).lower()};{await nik_of(office, active)};aktif;;01-07-2022",
    )

    assert await counts(office, rows) == (4, 4, 0)

    assert await due(office, accepted) == ["confirm_status"]
    assert await due(office, mend) == ["complete"]
    assert await due(office, refused) == []
    assert await due(office, active) == []
    [reply] = await events_of(office, refused, ReplyReceived)
    assert reply.note == "sudah peserta mandiri"
    assert reply.source is not None
    assert reply.source.way == "impor"
    [on] = await events_of(office, active, MembershipActivated)
    assert str(on.active_since) == "2022-07-01"
    [event] = [event for event in (await office.opened(active)).history if event.type == "ReplyReceived"]
    assert (event.actor, event.recorder) == (None, "staf-1")


async def test_the_same_file_twice_changes_nothing(office: Town) -> None:
    [case] = await sent(office, 1)
    rows = csv(f"{ids.case_code(case)};;aktif;;01-07-2022", ";1399010101900009;diterima;;")

    first = await load(office, rows)
    before = await office.types(case)
    again = await load(office, rows)

    assert {**again.json(), "ulangan": False} == first.json()
    assert again.json()["ulangan"]
    assert await office.types(case) == before
    assert len(await kept(office)) == 1


async def test_a_file_broken_off_is_read_on_where_it_stood(office: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from bpjs_sync.answers.importing import Importer  # noqa: PLC0415 - needed for this test alone

    cases = await sent(office, 3)
    rows = csv(*(f"{ids.case_code(case)};;aktif;;01-07-2022" for case in cases))
    real, calls = Importer._record, 0

    async def dies(self: Importer, *given: Any) -> None:
        nonlocal calls
        calls += 1
        if calls > 3:
            raise OSError
        await real(self, *given)

    monkeypatch.setattr(Importer, "_record", dies)
    assert (await load(office, rows)).status_code == 503
    monkeypatch.undo()

    assert await counts(office, rows) == (3, 3, 0)
    for case in cases:
        types = await office.types(case)
        assert (types.count("ReplyReceived"), types.count("MembershipActivated")) == (1, 1)


async def test_rows_that_repeat_or_contradict_are_kept_with_the_reason(office: Town) -> None:
    twice, torn, before = await sent(office, 3)
    assert await counts(office, csv(f"{before};;diterima;;")) == (1, 1, 0)
    rows = csv(
        f"{twice};;diterima;;",
        f"{twice};;diterima;;",
        f"{torn};;diterima;;",
        f"{torn};;ditolak;tidak layak;",
        f"{before};;ditolak;salah kirim;",
        f"{before};;diterima;;",
        "ZZZZ-ZZZZ-ZZZZ;;diterima;;",
        ";;diterima;;",
        f"{torn};;mungkin;;",
        f"{torn};1399010101909999;diterima;;",
    )

    assert await counts(office, rows) == (10, 1, 9)

    reasons = {row["baris"]: row["sebab"] for row in await kept(office)}
    assert reasons == {
        3: "mengulang baris 2",
        4: "bertentangan dengan baris lain di berkas ini",
        5: "bertentangan dengan baris lain di berkas ini",
        6: "bertentangan dengan baris lain di berkas ini",
        7: "bertentangan dengan baris lain di berkas ini",
        8: "tidak ada berkas yang cocok",
        9: "baris ini tidak menyebut nomor usulan, NIK atau nomor kartu",
        10: "kolom hasil bukan diterima, perbaiki, ditolak, aktif atau nonaktif",
        11: "nomor usulan dan orangnya tidak cocok",
    }
    assert await due(office, torn) == ["await_reply"]


async def test_an_answer_that_contradicts_what_is_recorded_is_kept_and_nothing_changes(office: Town) -> None:
    [case] = await sent(office, 1)
    await counts(office, csv(f"{case};;diterima;;"))
    assert await counts(office, csv(f"{case};;ditolak;lain;")) == (1, 0, 1)
    assert await counts(office, csv(f"{case};;diterima;ya;")) == (1, 0, 1)
    assert [row["sebab"] for row in await kept(office)] == [
        "bertentangan: jawaban yang sudah tercatat adalah diterima",
        "berkas ini sudah dijawab sama",
    ]


async def test_a_card_that_will_be_active_is_accepted_now_and_left_for_its_day(office: Town) -> None:
    [case] = await sent(office, 1)
    assert await counts(office, csv(f"{case};;aktif;;01-08-2022")) == (1, 0, 1)
    assert await due(office, case) == ["confirm_status"]
    [row] = await kept(office)
    assert row["sebab"].startswith("jawaban diterima sudah dicatat, tetapi kartu aktif belum: Tanggal aktif masih")

    await office.at("2022-08-01 08:00")
    done = await office.post(f"/bpjs/unmatched/{row['id']}", {"berkas": str(case)})

    assert done.status_code == 200, done.text
    [on] = await events_of(office, case, MembershipActivated)
    assert str(on.active_since) == "2022-08-01"


async def test_an_answer_with_a_day_that_cannot_be_is_recorded_not_even_by_half(office: Town) -> None:
    [case] = await sent(office, 1)
    assert await counts(office, csv(f"{case};;aktif;;01-08-2062")) == (1, 0, 1)
    assert await due(office, case) == ["await_reply"]
    [row] = await kept(office)
    assert row["sebab"] == "Tanggal aktif terlalu jauh di depan; periksa tahunnya."


async def test_a_mistyped_year_does_not_turn_a_row_to_another_case_of_the_person(office: Town) -> None:
    [case] = await sent(office, 1)
    nik = await nik_of(office, case)
    await office.at("2022-07-04 09:30")
    later = await office.submit(person={"nik": nik})
    assert await nik_of(office, later) == nik
    await load(office, csv(f";{nik};aktif;;01-08-2062"))
    [row] = await kept(office)
    assert row["berkas"] == str(case)


async def test_a_person_places_a_row_by_naming_the_case_or_sets_it_aside(office: Town) -> None:
    [case] = await sent(office, 1)
    await counts(office, csv(";1399010101909999;diterima;;", ";1399010101908888;ditolak;bukan warga;"))
    first, second = await kept(office)
    assert first["isi"]["nik"] == "1399010101909999"

    wrong = await office.post(f"/bpjs/unmatched/{second['id']}", {"berkas": "ZZZZ-ZZZZ-ZZZZ"})
    placed = await office.post(f"/bpjs/unmatched/{first['id']}", {"berkas": ids.case_code(case)})
    aside = await office.post(f"/bpjs/unmatched/{second['id']}", {"kesampingkan": "bukan usulan kantor ini"})
    late = await office.post(f"/bpjs/unmatched/{second['id']}", {"kesampingkan": "lagi"})

    assert (wrong.status_code, placed.status_code, aside.status_code, late.status_code) == (404, 200, 200, 404)
    assert await kept(office) == []
    assert await due(office, case) == ["confirm_status"]
    rows = await office.runtime.store.pool.fetch("SELECT sealed, resolution, resolved_by FROM bpjs.unplaced")
    assert {tuple(row) for row in rows} == {
        (None, "ditempatkan", "staf-1"),
        (None, "bukan usulan kantor ini", "staf-1"),
    }


async def test_what_is_kept_is_sealed(office: Town) -> None:
    await sent(office, 1)
    await counts(office, csv(";1399010101909999;diterima;RAHASIA;"))
    [row] = await office.runtime.store.pool.fetch('SELECT sealed, reason, "case" FROM bpjs.unplaced')
    assert b"1399010101909999" not in row["sealed"]
    assert b"RAHASIA" not in row["sealed"]
    assert "1399" not in row["reason"]


def workbook(rows: Iterable[Iterable[str]]) -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        for number, row in enumerate(rows):
            book.worksheets() or book.add_worksheet("jawaban")
            for column, value in enumerate(row):
                book.worksheets()[0].write_string(number, column, value)
    return data.getvalue()


async def test_a_workbook_is_read_and_a_card_alone_finds_its_case(office: Town) -> None:
    case = await office.submit(person={"card": "0001234567890"})
    await sent(office, 1)
    rows = workbook([["Laporan"], ["No. Kartu", "Status"], ["0001234567890", "Diterima"]])
    assert await counts(office, rows) == (1, 1, 0)
    assert await due(office, case) == ["confirm_status"]


async def test_a_file_that_is_no_table_gets_one_sentence(office: Town) -> None:
    for data, words in ((b"nama;umur\nx;1\n", "tidak ditemukan"), (b"nik\n1\n", "Kolom hasil"), (b"\x00\x01", "")):
        answer = await load(office, data)
        assert answer.status_code == 422, answer.text
        assert words in answer.json()["detail"]


async def test_another_offices_cases_are_unknown_here(office: Town) -> None:
    [case] = await sent(office, 1)
    stranger = office.headers("staf-1", office="51.07")
    assert (await office.bpjs.post("/bpjs/answers", content=csv(f"{case};;diterima;;"), headers=stranger)).is_error
    assert (await office.bpjs.get("/bpjs/unmatched?office=13.99", headers=stranger)).status_code == 403


async def test_reconciliation_lists_what_is_neither_active_nor_refused_with_its_age(office: Town) -> None:
    waits, mends, active, refused = await sent(office, 4)
    rows = [f"{mends};;perbaiki;foto kabur;", f"{active};;aktif;;01-07-2022", f"{refused};;ditolak;ganda;"]
    assert await counts(office, csv(*rows)) == (3, 3, 0)
    unsent = await office.submit()
    await office.at("2022-07-14 09:00")

    listing = (await office.get("/bpjs/reconciliation", office="13.99")).json()

    assert {row["berkas"] for row in listing["berkas"]} == {str(waits), str(mends)}
    assert str(unsent) not in str(listing)
    assert {(row["dikirim"], row["umur_hari"], row["umur_hari_kerja"]) for row in listing["berkas"]} == {
        ("2022-07-04", 10, 8)
    }
    assert {row["berkas"]: row["menunggu"] for row in listing["berkas"]}[str(mends)] == ["complete"]


async def test_the_kabid_confirms_every_listed_case_in_one_request(database: Database) -> None:
    plain = DAILY.replace('kumpulan = "rekon"\n', "").replace(
        'kumpulan = [{kode = "rekon", setiap = "hari kerja"}]', ""
    )
    async with town(database, sheet(plain)) as office:
        await office.at("2022-07-04 09:00")
        cases = [await office.submit() for _ in range(3)]
        for case in cases:
            assert (await office.post(f"/cases/{case}/tasks/deliver", {"cara": "diantar"})).status_code == 200
        listed = [row["berkas"] for row in (await office.get("/bpjs/reconciliation")).json()["berkas"]]
        assert sorted(listed) == sorted(map(str, cases))

        by_staff = await office.post("/bpjs/reconciliation", {"berkas": listed})
        done = await office.post("/bpjs/reconciliation", {"berkas": listed}, who="kabid-1", key="rekon")
        again = await office.post("/bpjs/reconciliation", {"berkas": listed}, who="kabid-1", key="rekon")

        assert by_staff.status_code == 403
        assert done.json()["selesai"] == 3
        assert all(row["ulangan"] for row in again.json()["berkas"])
        for case in cases:
            assert (await office.types(case)).count("CaseReconciled") == 1


async def test_a_workbook_that_would_fill_the_memory_is_refused_and_the_next_is_read(office: Town) -> None:
    [case] = await sent(office, 1)
    for stray in (stray_cell("xfd1048576"), stray_cell("xfd1200", 1_200)):
        answer = await load(office, workbook_with({"Jawaban": [["nik", "hasil"]]}, stray))
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:jejak:masalah:berkas_tidak_terbaca")
    assert await counts(office, csv(f"{case};;diterima;;")) == (1, 1, 0)
