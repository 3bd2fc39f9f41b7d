"""A batch on a real database: closed once, carried out after every interruption, sent once, served sealed."""

from __future__ import annotations

import asyncio
import hashlib
import io
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from bpjs_sync.batches.closing import Batches
from jejak.contracts import events as e
from jejak.eventstore.integrity.verify import verify
from jejak.eventstore.store import Store, event_of_row
from jejak.platform import ids
from jejak.timekeeping.clocks.times import executions
from jejak.timekeeping.timing_rules import timing_rules_of
from jejak.web.commands import bulk_tasks
from ledger.timings.step_rows import EVENTS_OF_STREAMS
from tests.procedure import sheet
from tests.servers import Database, execute
from tests.store.bpjs import DAILY, MONTHLY, OFFICE, Town, monthly, runtime_of, town

JULY = ids.derived_uuid(OFFICE, "bulanan", "2022-07-31")


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Town]:
    """An office whose cases are sent every month; it is a Monday in July."""
    async with town(database, monthly()) as played:
        await played.at("2022-07-04 09:00")
        yield played


async def sent(office: Town, case: uuid.UUID) -> list[e.SubmissionSent]:
    return [event.data for event in (await office.opened(case)).history if isinstance(event.data, e.SubmissionSent)]


async def rows_of(office: Town, batch: uuid.UUID) -> list[dict[str, Any]]:
    """The list of a batch, decrypted as BPJS does."""
    answer = await office.get(f"/batches/{batch}/file")
    assert answer.status_code == 200, answer.text
    table = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    return [dict(zip(map(str, table[0]), row, strict=True)) for row in table[1:]]


async def test_a_months_batch_closes_when_the_month_is_over_and_every_case_in_it_is_sent(office: Town) -> None:
    first, second = await office.submit(), await office.submit()
    assert await office.batches.sweep() == 0
    await office.at("2022-08-01 00:01")
    third = await office.submit()

    assert await office.batches.sweep() == 1
    assert await office.batches.sweep() == 0

    for case in (first, second):
        assert await office.types(case) == ["ApplicationSubmitted", "SubmissionSent", "CaseClosed"]
        [event] = await sent(office, case)
        assert (event.via, event.to, event.batch) == ("berkas", "bpjs", str(JULY))
        assert str(event.batch_closed_at) == "2022-07-31 17:00:00+00:00"
    assert await office.types(third) == ["ApplicationSubmitted"]
    state = await office.batches.read(JULY, OFFICE)
    assert set(state.members) == {first, second}
    assert (await verify(office.database.url)).broken is None


async def test_two_processes_that_close_at_once_close_once_and_send_every_case_once(office: Town) -> None:
    cases = [await office.submit() for _ in range(6)]
    await office.at("2022-08-01 00:01")

    async with AsyncExitStack() as stack:
        others = [await stack.enter_async_context(runtime_of(office.database, "bpjs_sync")) for _ in range(3)]
        closed = await asyncio.gather(*(Batches(runtime).sweep() for runtime in (office.runtime, *others)))
    await office.batches.sweep()

    assert sum(closed) == 1
    for case in cases:
        assert len(await sent(office, case)) == 1
    state = await office.batches.read(JULY, OFFICE)
    assert sorted(state.members) == sorted(cases)
    assert not state.dropped


async def closed_but_not_carried_out(office: Town) -> None:
    """The state after BatchClosed is stored and the process has died."""
    now = await office.runtime.store.now()
    [closing] = await office.batches._closings(OFFICE, "bulanan", now)
    assert await office.batches.close(closing)


async def test_a_batch_whose_process_died_after_closing_is_carried_out_by_another(office: Town) -> None:
    case = await office.submit()
    await office.at("2022-08-01 00:01")
    await closed_but_not_carried_out(office)
    assert not await sent(office, case)

    async with runtime_of(office.database, "bpjs_sync") as another:
        await Batches(another).sweep()

    assert len(await sent(office, case)) == 1
    assert [row["nomor_usulan"] for row in await rows_of(office, JULY)] == [ids.case_code(case)]


async def test_a_batch_whose_process_died_among_its_members_is_taken_up_where_it_stood(
    office: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [await office.submit() for _ in range(4)]
    await office.at("2022-08-01 00:01")
    real, calls = Batches._send_case, 0

    async def dies(self: Batches, *given: Any) -> str | None:
        nonlocal calls
        calls += 1
        if calls > 2:
            raise RuntimeError
        return await real(self, *given)

    monkeypatch.setattr(Batches, "_send_case", dies)
    await office.batches.sweep()
    assert sum([len(await sent(office, case)) for case in cases]) == 2
    monkeypatch.undo()
    async with runtime_of(office.database, "bpjs_sync") as another:
        await Batches(another).sweep()

    assert [len(await sent(office, case)) for case in cases] == [1, 1, 1, 1]
    assert len(await rows_of(office, JULY)) == 4


async def test_a_case_withdrawn_before_the_list_is_made_is_dropped_and_not_on_it(office: Town) -> None:
    stays, leaves = await office.submit(), await office.submit()
    await office.at("2022-08-01 00:01")
    await closed_but_not_carried_out(office)
    await office.withdraw(leaves)

    await office.batches.sweep()

    state = await office.batches.read(JULY, OFFICE)
    assert state.dropped == ((leaves, "ditarik"),)
    assert [row["nomor_usulan"] for row in await rows_of(office, JULY)] == [ids.case_code(stays)]
    assert not await sent(office, leaves)


async def test_a_case_withdrawn_while_the_others_are_sent_is_on_no_served_list(
    office: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays, leaves = await office.submit(), await office.submit()
    await office.at("2022-08-01 00:01")
    real = Batches._send

    async def withdrawn_first(self: Batches, *given: Any) -> Mapping[uuid.UUID, str]:
        await office.withdraw(leaves)
        return await real(self, *given)

    monkeypatch.setattr(Batches, "_send", withdrawn_first)
    await office.batches.sweep()

    assert [row["nomor_usulan"] for row in await rows_of(office, JULY)] == [ids.case_code(stays)]
    manifest = (await office.get(f"/batches/{JULY}/manifest")).json()
    assert (manifest["anggota"], manifest["terkirim"], manifest["dikeluarkan"]) == (2, 1, {"ditarik": 1})


async def test_the_list_holds_no_formula_and_its_fingerprint_is_the_manifests(office: Town) -> None:
    case = await office.submit(person={"name": '=HYPERLINK("http://x")', "address": "@SUM(A1)"}, pendanaan="APBN")
    await office.at("2022-08-01 00:01")
    await office.batches.sweep()

    [row] = await rows_of(office, JULY)
    manifest = (await office.get(f"/batches/{JULY}/manifest")).json()
    file = (await office.get(f"/batches/{JULY}/file")).content

    assert (row["nama"], row["alamat"]) == ('\'=HYPERLINK("http://x")', "'@SUM(A1)")
    assert (row["nik"], row["pendanaan"]) == ("1399010102900002", "APBN")
    assert manifest["daftar"]["sha256"] == hashlib.sha256(file).hexdigest()
    assert (manifest["daftar"]["baris"], manifest["pendanaan"]) == (1, {"APBN": 1})
    assert manifest["isi"] == [{"berkas": str(case), "nomor_usulan": ids.case_code(case)}]
    sealed = await office.runtime.store.get_blob(JULY, manifest["daftar"]["sha256"])
    assert sealed is not None
    assert b"PK\x03\x04" not in sealed.sealed


async def test_every_list_names_the_payer_where_the_application_does_not(office: Town) -> None:
    case = await office.submit()
    await office.at("2022-08-01 00:01")
    await office.batches.sweep()
    usual = (await office.opened(case)).office.pendanaan

    [row] = await rows_of(office, JULY)
    manifest = (await office.get(f"/batches/{JULY}/manifest")).json()
    [unsettled] = (await office.get("/bpjs/reconciliation", who="kabid-1")).json()["berkas"]
    assert (row["pendanaan"], manifest["pendanaan"], unsettled["pendanaan"]) == (usual, {usual: 1}, usual)


async def test_a_csv_list_can_be_read_back(database: Database) -> None:
    async with town(database, monthly("csv")) as office:
        await office.at("2022-07-04 09:00")
        await office.submit()
        await office.at("2022-08-01 00:01")
        await office.batches.sweep()
        text = (await office.get(f"/batches/{JULY}/file")).content.decode("utf-8-sig")
    assert text.splitlines()[0].startswith("nomor_usulan;layanan;nik;")
    assert ";1399010102900002;" in text.splitlines()[1]


async def test_the_online_sheet_gets_each_row_once_however_often_it_is_tried(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(database, monthly("lembar_daring"), tmp_path) as office:
        await office.at("2022-07-04 09:00")
        cases = [await office.submit(), await office.submit()]
        await office.at("2022-08-01 00:01")

        async def dies(*_: Any) -> Mapping[uuid.UUID, str]:
            raise RuntimeError

        monkeypatch.setattr(Batches, "_send", dies)
        await office.batches.sweep()
        monkeypatch.undo()
        await office.batches.sweep()

        lines = (tmp_path / "usulan-2022-07-31.csv").read_text(encoding="utf-8-sig").splitlines()
        assert [line.split(";")[0] for line in lines[1:]] == [f"{JULY}/{case}" for case in cases]
        assert [(await sent(office, case))[0].via for case in cases] == ["lembar_daring", "lembar_daring"]


async def test_what_is_sent_together_cannot_be_sent_by_hand_as_well(office: Town) -> None:
    case = await office.submit()
    answer = await office.post(f"/cases/{case}/tasks/deliver", {"cara": "diantar"})
    assert (answer.status_code, answer.json()["title"]) == (409, "dalam kumpulan")


async def test_an_official_closes_a_batch_before_its_time_and_the_same_request_again_changes_nothing(
    office: Town,
) -> None:
    case = await office.submit()
    path = f"/batches/{OFFICE}/bulanan/close"

    first = await office.post(path, key="tutup-1")
    again = await office.post(path, key="tutup-1")
    empty = await office.post(path, key="tutup-2")

    assert first.status_code == 201, first.text
    assert first.json() == again.json()
    assert (first.json()["periode"], first.json()["berkas"]) == ("tangan-1", 1)
    assert (empty.status_code, empty.json()["title"]) == (409, "kumpulan kosong")
    [event] = await sent(office, case)
    assert event.batch == first.json()["id"]
    later = await office.submit()
    second = await office.post(path, key="tutup-3")
    assert second.json()["periode"] == "tangan-2"
    assert len(await sent(office, later)) == 1


async def test_only_officials_of_the_office_see_its_batches(office: Town) -> None:
    await office.submit()
    await office.at("2022-08-01 00:01")
    await office.batches.sweep()
    stranger = office.headers("staf-1", office="51.07")
    for path in (f"/batches/{JULY}/file", f"/batches/{JULY}/manifest", f"/batches/{OFFICE}"):
        assert (await office.bpjs.get(path, headers=stranger)).status_code == 403
        assert (await office.bpjs.get(path)).status_code == 401
    listing = (await office.get(f"/batches/{OFFICE}")).json()
    assert [batch["periode"] for batch in listing["ditutup"]] == ["2022-07-31"]


async def test_a_daily_reconciliation_is_confirmed_for_the_whole_days_batch_at_once(database: Database) -> None:
    async with town(database, sheet(DAILY)) as office:
        await office.at("2022-07-04 09:00")
        cases = [await office.submit() for _ in range(3)]
        for case in cases:
            assert (await office.post(f"/cases/{case}/tasks/deliver", {"cara": "diantar"})).status_code == 200
        path = f"/batches/{OFFICE}/rekon/tasks/reconcile"
        early = await office.post(path, who="kabid-1")
        await office.at("2022-07-04 16:31")
        assert await office.batches.sweep() == 1

        wrong = await office.post(path, who="staf-1", key="a")
        some = {"hasil": "tidak_cocok", "catatan": "belum masuk", "berkas": [str(cases[2])]}
        differs = await office.post(path, some, who="kabid-1", key="b")
        done = await office.post(path, who="kabid-1", key="c")
        again = await office.post(path, who="kabid-1", key="c")

        assert early.json()["title"] == "kumpulan kosong"
        assert (wrong.status_code, wrong.json()["title"]) == (403, "bukan tugas anda")
        assert differs.json()["selesai"] == 1
        assert (done.json()["selesai"], done.json()["gagal"]) == (2, 0)
        assert [row["ulangan"] for row in again.json()["berkas"]] == [True, True]
        for case in cases[:2]:
            [event] = [event for event in (await office.opened(case)).history if event.type == "CaseReconciled"]
            assert isinstance(event.data, e.CaseReconciled)
            assert (event.actor, event.data.share) == ("kabid-1", 2)
            assert str(event.data.batch_closed_at) == "2022-07-04 09:00:00+00:00"

        # A case that did not agree is on the next day's list.
        await office.at("2022-07-05 16:31")
        assert await office.batches.sweep() == 1
        tomorrow = ids.derived_uuid(OFFICE, "rekon", "2022-07-05")
        assert (await office.batches.read(tomorrow, OFFICE)).members == (cases[2],)


async def test_while_a_case_waits_for_its_batch_no_clock_runs(office: Town) -> None:
    case = await office.submit()
    await office.at("2022-08-01 09:30")
    await office.batches.sweep()
    read = await office.runtime.store.read([case])
    stream, opened = read.streams[case], await office.opened(case)
    book = timing_rules_of(opened.sop, opened.office.calendar, opened.office.batas_tunggu)

    [deliver] = [task for task in executions(stream.events, book, read.now) if task.tugas == "deliver"]

    assert str(deliver.counted_from) == "2022-07-31 17:00:00+00:00"
    assert deliver.elapsed == pytest.approx(2 * 3600, abs=20), (
        "from half past seven: the four weeks before are nobody's"
    )
    assert deliver.wait_within


async def test_a_case_the_batch_does_not_concern_waits_on_the_offices_clock(database: Database) -> None:
    question = 'pertanyaan = [{kode = "gawat", teks = "Mendesak?", pilihan = ["gawat", "biasa"]}]\n'
    some = MONTHLY.replace('setiap = "bulan",', 'setiap = "bulan", untuk = ["biasa"],') % "xlsx"
    async with town(database, sheet(some, question)) as office, await Store.connect(database.url, size=1) as admin:
        await office.at("2022-07-04 09:00")
        bulk_tasks, alone = await office.submit(jawaban=["biasa"]), await office.submit(jawaban=["gawat"])
        await office.at("2022-07-05 11:00")

        read = await office.runtime.store.read([bulk_tasks, alone])
        elapsed = []
        for case in (bulk_tasks, alone):
            opened, events = await office.opened(case), read.streams[case].events
            book = timing_rules_of(opened.sop, opened.office.calendar, opened.office.batas_tunggu)
            number = await admin.pool.fetchval("SELECT stream_no FROM es.stream WHERE key = $1", case)
            rows = await admin.pool.fetch(EVENTS_OF_STREAMS, [number], events[-1].position)
            tasks = executions(events, book, read.now)
            assert executions(map(event_of_row, rows), book, read.now) == tasks, (
                "the views say what one case's page says"
            )
            [deliver] = [task for task in tasks if task.tugas == "deliver"]
            elapsed.append(deliver.elapsed)

    # Monday 09.00 to 16.00 less an hour's rest, and Tuesday 07.30 to 11.00
    assert elapsed == [0, pytest.approx(6 * 3600 + 3.5 * 3600, abs=20)]


@pytest.mark.parametrize("kumpulan", ["bulanan", "lain"])
async def test_a_batch_without_waiting_cases_cannot_be_closed(office: Town, kumpulan: str) -> None:
    answer = await office.post(f"/batches/{OFFICE}/{kumpulan}/close")
    assert (answer.status_code, answer.json()["title"]) == (409, "kumpulan kosong")


async def test_two_officials_who_close_at_once_close_one_batch_and_send_every_case_once(office: Town) -> None:
    cases = [await office.submit() for _ in range(4)]
    answers = await asyncio.gather(*(office.post(f"/batches/{OFFICE}/bulanan/close", key=f"k{n}") for n in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert [len(await sent(office, case)) for case in cases] == [1, 1, 1, 1]


async def test_a_case_that_comes_as_a_period_closes_is_in_the_next_one(office: Town) -> None:
    await office.submit()
    await office.at("2022-08-01 00:01")
    await office.batches.sweep()
    await office.at("2022-07-31 23:59")
    late = await office.submit()
    await office.at("2022-08-01 00:05")
    assert await office.batches.sweep() == 0
    await office.at("2022-09-01 00:05")
    assert await office.batches.sweep() == 1
    [event] = await sent(office, late)
    assert event.batch == str(ids.derived_uuid(OFFICE, "bulanan", "2022-08-31"))


async def test_a_forgotten_person_is_on_no_list_and_the_task_is_parked(office: Town) -> None:
    stays, forgotten = await office.submit(), await office.submit()
    await execute(office.database.url, f"DELETE FROM keys.case_key WHERE stream = '{forgotten}'")  # noqa: S608
    await office.at("2022-08-01 00:01")
    await office.batches.sweep()
    assert (await office.batches.read(JULY, OFFICE)).dropped == ((forgotten, "data_dimusnahkan"),)
    assert [row["nomor_usulan"] for row in await rows_of(office, JULY)] == [ids.case_code(stays)]
    assert [task.stream for task in await office.runtime.store.parked()] == [forgotten]
    assert await office.runtime.store.pool.fetch(bulk_tasks.OPEN, OFFICE, "bulanan", "deliver") == []


async def test_a_batch_whose_first_event_is_damaged_stops_no_other(office: Town) -> None:
    await office.submit()
    await office.at("2022-08-01 00:01")
    await office.batches.sweep()
    damage = f"UPDATE es.event SET payload = '\\xff' WHERE stream = '{JULY}' AND version = 1"  # noqa: S608
    trigger = "ALTER TABLE es.event {} TRIGGER event_is_never_changed"
    await execute(office.database.url, trigger.format("DISABLE"), damage, trigger.format("ENABLE"))
    pool = office.runtime.store.pool
    assert await pool.fetch(bulk_tasks.OPEN, OFFICE, "bulanan", "deliver") == []
    assert await pool.fetch(bulk_tasks.LAST, OFFICE, "bulanan", "deliver") == []
