"""Answers of BPJS by message, put on cases in a real database once, in any order; none delays another."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from datetime import date

import asyncpg
import pytest

from bpjs_sync.replies import reply_applier
from jejak.contracts.bpjs.messages import Reply
from jejak.contracts.events import MembershipActivated, MembershipDeactivated, ReplyReceived
from tests.procedure import sheet
from tests.servers import Database
from tests.store.bpjs import DAILY, monthly
from tests.store.replies import MENDED, Answered, answered, reply


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Answered]:
    async with answered(database, monthly()) as played:
        yield played


async def events[T](office: Answered, case: uuid.UUID, kind: type[T]) -> list[T]:
    return [event.data for event in (await office.town.opened(case)).history if isinstance(event.data, kind)]


async def test_every_kind_of_answer_ends_what_its_case_waits_for(office: Answered) -> None:
    (accepted, a), (mend, m), (refused, r), (active, on) = await office.sent(4)
    await office.answer(
        reply(a, "accepted", reference="B-1"),
        reply(m, "mend"),
        reply(r, "rejected"),
        reply(on, "active", since=date(2022, 7, 1)),
    )

    assert [await office.due(case) for case in (accepted, mend, refused, active)] == [
        ["confirm_status"],
        ["complete"],
        [],
        [],
    ]
    assert await office.states() == ["applied"] * 4
    [event] = [event for event in (await office.town.opened(refused)).history if event.type == "ReplyReceived"]
    assert (event.actor, event.recorder, event.oleh) == (None, None, "bpjs")
    assert isinstance(event.data, ReplyReceived)
    assert event.data.note == "foto KTP kabur"
    assert event.data.source is not None
    assert event.data.source.way == "http"
    assert (await events(office, accepted, ReplyReceived))[0].reference == "B-1"
    assert [event.active_since for event in await events(office, active, MembershipActivated)] == [date(2022, 7, 1)]
    assert await office.kept() == []
    assert await office.admin.fetchval("SELECT count(*) FROM bpjs.reply WHERE sealed IS NOT NULL") == 0


async def test_an_answer_that_is_quicker_than_what_is_kept_of_its_message_finds_its_case(office: Answered) -> None:
    [(case, submission)] = await office.sent(1)
    await office.admin.execute("DELETE FROM bpjs.message")

    await office.answer(reply(submission, "active"), reply(uuid.uuid4(), "active"))

    assert await office.due(case) == []
    assert await office.states() == ["applied", "kept"]


async def test_the_same_answer_again_is_known_again(office: Answered) -> None:
    [(case, submission)] = await office.sent(1)
    once = reply(submission, "active")
    await office.answer(once)
    before = await office.town.types(case)

    again = await office.post(once)
    await office.put()

    assert again.json()["repeated"] == 1
    assert await office.town.types(case) == before
    assert await office.admin.fetchval("SELECT times FROM bpjs.reply") == 2
    assert await office.kept() == []


async def test_another_answer_under_the_same_id_is_recorded_and_shown(office: Answered) -> None:
    [(case, submission)] = await office.sent(1)
    once = reply(submission, "accepted")
    await office.answer(once)
    taken = await office.post(once.model_copy(update={"result": "rejected", "reason": "salah"}))
    await office.put()

    assert taken.json()["contradicting"] == 1
    [row] = await office.kept()
    assert (row["macam"], row["sebab"], row["isi"]["hasil"]) == (
        "bertentangan",
        "nomor jawaban ini sudah dipakai untuk jawaban lain",
        "ditolak",
    )
    assert row["isi"]["alasan"] == "salah"
    assert await office.due(case) == ["confirm_status"]


async def test_out_of_order_unknown_repeating_and_contradicting_answers_break_nothing(office: Answered) -> None:
    (early, e), (torn, t) = await office.sent(2)
    await office.answer(reply(e, "active"), reply(e, "accepted"), reply(e, "rejected"))
    await office.answer(reply(t, "accepted"), reply(t, "mend"), reply(t, "accepted"))
    await office.answer(reply(uuid.uuid4(), "rejected", reason="RAHASIA"))

    assert await office.due(early) == []
    assert await office.due(torn) == ["confirm_status"]
    assert [(row["macam"], row["berkas"]) for row in await office.kept()] == [
        ("berulang", str(early)),
        ("bertentangan", str(early)),
        ("bertentangan", str(torn)),
        ("berulang", str(torn)),
    ]
    assert (await office.states()).count("kept") == 5, "whose the last one is nobody knows, so no office is shown it"


async def test_a_thousand_answers_to_unknown_submissions_hide_none_of_an_offices_own(office: Answered) -> None:
    [(case, submission)] = await office.sent(1)
    await office.answer(*(reply(uuid.uuid4(), "accepted") for _ in range(1_000)))
    await office.answer(reply(submission, "accepted"), reply(submission, "rejected"))
    assert [(row["macam"], row["berkas"]) for row in await office.kept()] == [("bertentangan", str(case))]


async def test_an_answer_to_what_was_replaced_by_a_later_submission_is_shown_and_changes_nothing(
    database: Database,
) -> None:
    async with answered(database, sheet(MENDED)) as office:
        case = await office.town.submit()
        assert (await office.town.post(f"/cases/{case}/tasks/deliver", {"cara": "diantar"})).status_code == 200
        first = await office.submission(case)
        await office.answer(reply(first, "mend"))
        headers = office.town.headers("staf-1")
        mended = await office.town.intake.post(f"/cases/{case}/tasks/complete", json={}, headers=headers)
        assert mended.status_code == 200, mended.text
        assert (await office.town.post(f"/cases/{case}/tasks/deliver", {"cara": "diantar"})).status_code == 200
        second = await office.submission(case)
        assert second != first

        await office.answer(reply(first, "accepted"), reply(second, "active"))

        assert [(row["macam"], row["berkas"]) for row in await office.kept()] == [("diganti", str(case))]
        assert await office.due(case) == []


async def test_a_card_that_will_be_active_is_accepted_now_and_active_on_its_day(office: Answered) -> None:
    [(case, submission)] = await office.sent(1)
    await office.answer(reply(submission, "active", since=date(2022, 8, 1)))
    assert await office.due(case) == ["confirm_status"]
    assert await office.states() == ["waiting"]

    await office.town.at("2022-07-31 23:00")
    await office.put()
    assert await office.due(case) == ["confirm_status"]
    await office.town.at("2022-08-01 00:01")
    await office.put()

    assert [event.active_since for event in await events(office, case, MembershipActivated)] == [date(2022, 8, 1)]
    assert await office.states() == ["applied"]
    assert await office.kept() == []


async def test_an_answer_waits_until_the_sheet_comes_to_it(database: Database) -> None:
    """The second office reconciles before it looks whether the card is active, and awaits no reply."""
    plain = DAILY.replace('kumpulan = "rekon"\n', "").replace(
        'kumpulan = [{kode = "rekon", setiap = "hari kerja"}]', ""
    )
    async with answered(database, sheet(plain)) as office:
        cases = [await office.town.submit() for _ in range(2)]
        for case in cases:
            assert (await office.town.post(f"/cases/{case}/tasks/deliver", {"cara": "diantar"})).status_code == 200
        goes, leaves = cases
        there, gone = await office.submission(goes), await office.submission(leaves)

        await office.answer(reply(there, "accepted"), reply(there, "active"), reply(gone, "active"))
        assert await office.states() == ["applied", "waiting", "waiting"]
        await office.put()
        assert await office.states() == ["applied", "waiting", "waiting"]

        assert (await office.town.post(f"/cases/{goes}/tasks/reconcile", {}, who="kabid-1")).status_code == 200
        await office.town.withdraw(leaves)
        await office.answer(reply(gone, "rejected"))

        assert await office.due(goes) == []
        assert await office.states() == ["applied", "applied", "kept", "kept"]
        assert [row["macam"] for row in await office.kept()] == ["ditarik", "ditarik"]


async def test_ended_ends_a_case_that_asks_for_it_and_active_does_not(database: Database) -> None:
    async with answered(database, sheet(MENDED, 'tujuan = "nonaktif"\n')) as office:
        cases = [await office.town.submit() for _ in range(2)]
        for case in cases:
            assert (await office.town.post(f"/cases/{case}/tasks/deliver", {"cara": "diantar"})).status_code == 200
        gone, still = cases
        await office.answer(
            reply(await office.submission(gone), "ended", since=date(2022, 7, 1)),
            reply(await office.submission(still), "active"),
        )

        assert await office.due(gone) == []
        assert [event.inactive_since for event in await events(office, gone, MembershipDeactivated)] == [
            date(2022, 7, 1)
        ]
        assert await office.due(still) == ["await_reply"]
        assert [(row["macam"], row["berkas"]) for row in await office.kept()] == [("tidak_menunggu", str(still))]


async def test_what_was_sent_can_be_withdrawn_until_bpjs_has_decided_also_where_the_sheet_ends_with_the_sending(
    office: Answered,
) -> None:
    (undecided, u), (accepted, a) = await office.sent(2)
    await office.answer(reply(a, "accepted"))
    assert (await office.town.opened(undecided)).case.ending is not None

    await office.town.withdraw(undecided)
    late = await office.town.intake.post(f"/cases/{accepted}/withdraw", json={}, headers=office.town.headers("staf-1"))
    await office.answer(reply(u, "accepted"))

    assert (late.status_code, late.json()["type"]) == (409, "urn:jejak:masalah:sudah_berakhir")
    assert await office.due(undecided) == []
    assert [(row["macam"], row["berkas"]) for row in await office.kept()] == [("ditarik", str(undecided))]


async def test_a_person_places_or_sets_aside_what_could_not_be_placed(office: Answered) -> None:
    [(case, _), (_, answered_for)] = await office.sent(2)
    await office.answer(reply(answered_for, "accepted"))
    await office.answer(reply(answered_for, "mend", reason="KK kabur"), reply(answered_for, "accepted"))
    kept = {row["macam"]: row for row in await office.kept()}
    first, second = kept["bertentangan"], kept["berulang"]

    placed = await office.town.post(f"/bpjs/unmatched/{first['id']}", {"berkas": str(case)})
    aside = await office.town.post(f"/bpjs/unmatched/{second['id']}", {"kesampingkan": "bukan usulan kantor ini"})
    late = await office.town.post(f"/bpjs/unmatched/{second['id']}", {"kesampingkan": "lagi"})

    assert (placed.status_code, aside.status_code, late.status_code) == (200, 200, 404), placed.text
    assert await office.kept() == []
    assert await office.due(case) == ["complete"]
    [event] = [event for event in (await office.town.opened(case)).history if event.type == "ReplyReceived"]
    assert event.recorder == "staf-1"
    rows = await office.admin.fetch(
        "SELECT state, resolved_by, resolution, sealed FROM bpjs.reply WHERE state <> 'applied'"
    )
    assert {tuple(row) for row in rows} == {
        ("resolved", "staf-1", "ditempatkan", None),
        ("resolved", "staf-1", "bukan usulan kantor ini", None),
    }


async def test_an_unreadable_or_undecided_answer_holds_up_no_other(
    office: Answered, monkeypatch: pytest.MonkeyPatch
) -> None:
    (bad, b), (broken, k), (good, g) = await office.sent(3)
    await office.post(reply(b, "mend"))
    await office.admin.execute("UPDATE bpjs.reply SET sealed = reverse(sealed)")
    await office.admin.execute("UPDATE keys.case_key SET working = reverse(working) WHERE stream = $1", broken)
    office.town.runtime.command_handler.cache.forget(broken)
    await office.answer(reply(k, "accepted"), reply(g, "accepted"))

    assert await office.due(good) == ["confirm_status"]
    assert await office.due(bad) == ["await_reply"]
    rows = await office.admin.fetch("SELECT state, kind, reason FROM bpjs.reply ORDER BY arrived_at")
    assert [tuple(row) for row in rows] == [
        ("kept", "gagal", "jawaban ini tidak dapat diproses (CodecError)"),
        ("kept", "gagal", "jawaban ini tidak dapat diproses (catatan_rusak)"),
        ("applied", None, None),
    ]


async def test_while_the_service_lacks_a_right_answers_wait_and_none_is_kept_for_a_person(office: Answered) -> None:
    [(case, submission)] = await office.sent(1)
    await office.post(reply(submission, "active"))
    appending = "EXECUTE ON FUNCTION es.append, es.append_one"
    await office.admin.execute(f"REVOKE {appending} FROM jejak_bpjs_sync")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await office.putting.work()
    assert await office.states() == ["waiting"]

    await office.admin.execute(f"GRANT {appending} TO jejak_bpjs_sync")
    await office.put()
    assert await office.states() == ["applied"]
    assert await office.due(case) == []


async def test_a_process_that_dies_between_the_event_and_the_mark_is_followed_by_another(
    office: Answered, monkeypatch: pytest.MonkeyPatch
) -> None:
    [(case, submission)] = await office.sent(1)
    await office.post(reply(submission, "active"))
    monkeypatch.setattr(reply_applier, "_SETTLE", "SELECT 1 / 0, $1, $2, $3, $4, $5, $6, $7, $8")
    with pytest.raises(Exception, match=r"."):
        await office.putting.work()
    monkeypatch.undo()
    assert await office.states() == ["waiting"]

    await office.put()

    types = await office.town.types(case)
    assert (types.count("ReplyReceived"), types.count("MembershipActivated")) == (1, 1)
    assert await office.states() == ["applied"]


async def test_two_processes_share_the_work_and_do_nothing_twice(office: Answered) -> None:
    sent = await office.sent(6)
    for _, submission in sent:
        await office.post(reply(submission, "active"))

    other = reply_applier.ReplyApplier(office.putting.command_handler, office.putting.hmac_key, office.putting.inbox)
    await asyncio.gather(office.put(), other.work(), other.work())

    for case, _ in sent:
        types = await office.town.types(case)
        assert (types.count("ReplyReceived"), types.count("MembershipActivated")) == (1, 1)
    assert await office.states() == ["applied"] * 6
    assert await office.kept() == []


def cloud(answer: Reply, **changes: object) -> dict[str, object]:
    base = {"specversion": "1.0", "type": "id.jejak.bpjs.reply.v1", "id": str(answer.id), "source": "/bpjs"}
    return base | {"data": json.loads(answer.model_dump_json())} | changes


async def test_many_answers_come_in_one_request_and_each_is_told_what_became_of_it(office: Answered) -> None:
    [(_, submission)] = await office.sent(1)
    first, second = reply(submission, "accepted"), reply(submission, "active")
    batch = json.dumps(
        [cloud(first), cloud(second, type="id.jejak.bpjs.reply.v9"), {"specversion": "1.0"}, 7, cloud(first)]
    )
    lines = f"{second.model_dump_json()}\n{json.dumps(cloud(first))}\n\nbukan json\n"

    batched = await office.post(batch.encode(), "application/cloudevents-batch+json")
    more = await office.post(lines.encode(), "application/x-ndjson")
    single = await office.post(json.dumps(cloud(second)).encode(), "application/cloudevents+json; charset=utf-8")

    assert batched.status_code == more.status_code == single.status_code == 202
    assert [(row["outcome"], row.get("reason")) for row in batched.json()["replies"]] == [
        ("stored", None),
        ("wrong", "The attribute type is not id.jejak.bpjs.reply.v1."),
        ("wrong", "The attribute type is missing."),
        ("wrong", "A CloudEvent in structured mode is a JSON object."),
        ("repeated", None),
    ]
    assert [row["outcome"] for row in more.json()["replies"]] == ["stored", "repeated", "wrong"]
    assert single.json()["repeated"] == 1


async def test_a_request_that_is_none_says_how_it_should_be(office: Answered) -> None:
    good = reply(uuid.uuid4(), "accepted").model_dump_json()
    lines = "application/x-ndjson"
    for body, kind, status, words in (
        (b"{", "application/json", 422, "The value is no JSON: line 1, column 2."),
        (good.replace("accepted", "ya").encode(), "application/json", 422, "result is none of accepted"),
        (b"[]", "application/cloudevents-batch+json", 422, "tidak berisi"),
        (b"{}", "application/cloudevents-batch+json", 422, "larik"),
        (good.encode(), "text/csv", 415, "Content-Type"),
        (b"\n".join([b"x"] * 1001), lines, 413, "1001 jawaban; paling banyak 1000"),
        (b" " * (4 * 1024 * 1024 + 1), lines, 413, "4 MB"),
    ):
        answer = await office.post(body, kind)
        assert (answer.status_code, words in answer.text) == (status, True), (kind, answer.text)
    official = office.town.headers("staf-1") | {"Content-Type": "application/json"}
    for headers in (official, {}):
        assert (await office.town.bpjs.post("/bpjs/replies", content=good, headers=headers)).status_code == 401
    assert await office.states() == []
