"""Notifications are kept case by case in the case's present state, also when messages come twice, late or never."""

from __future__ import annotations

import json
import random
import uuid
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from intake.notifications import NEWEST, Notifications, concerns
from jejak.cases.decision import Attribution, Decision
from jejak.cases.notifications import notifications
from jejak.eventstore.catch_up import Change
from tests.procedure import sample
from tests.servers import Database, execute
from tests.store.bpjs import OFFICE, runtime_of
from tests.store.ledger import OFFICE as SYNTHETIC
from tests.store.lives import Lives, lives_of

FILL = """
INSERT INTO intake.notification ("case", office, entered_in, version, kind, since, told_at)
SELECT gen_random_uuid(), '99.' || lpad((n % 40)::text, 2, '0'), '99.01.01.' || (1000 + n % 7), 1,
       CASE WHEN n % 3 > 0 THEN 'lengkapi' END, CASE WHEN n % 3 > 0 THEN now() - n * interval '1 minute' END, NULL
FROM generate_series(1, 50000) AS n;
INSERT INTO intake.reminder ("case", office, entered_in, at)
SELECT "case", office, entered_in, at FROM intake.notification,
  LATERAL (VALUES (now() - interval '1 day'), (now() + interval '30 days')) AS r (at) WHERE kind = 'lengkapi';
ANALYZE intake.notification;
ANALYZE intake.reminder;
"""
OF_THE_OFFICE = 834
"""The rows of one office that tell something: two thirds of a fortieth."""
WHOLE = 'SELECT "case", office, entered_in, version, kind, since, told_at FROM intake.notification ORDER BY "case"'
WRITTEN = 'SELECT xmin::text FROM intake.notification ORDER BY "case"'


async def fetch(database: Database, query: str, *arguments: object) -> list[asyncpg.Record]:
    admin = await asyncpg.connect(database.url)
    try:
        return await admin.fetch(query, *arguments)
    finally:
        await admin.close()


def kept_by(lives: Lives) -> Notifications:
    return Notifications(lives.desks["intake"], 3600)


async def begun(lives: Lives) -> tuple[Notifications, uuid.UUID]:
    """The projection at work in the epoch of the event store, and that epoch."""
    kept = kept_by(lives)
    await kept.catch_up()
    [(epoch,)] = await fetch(lives.town.database, "SELECT epoch FROM es.epoch")
    return kept, epoch


async def kind_of(lives: Lives, case: uuid.UUID) -> str | None:
    [row] = await fetch(lives.town.database, 'SELECT kind FROM intake.notification WHERE "case" = $1', case)
    kind: str | None = row["kind"]
    return kind


async def documents_missing(lives: Lives, case: uuid.UUID) -> None:
    await ended(lives, case, "DocumentsMissing", "kurang")


async def brought(lives: Lives, case: uuid.UUID) -> None:
    await ended(lives, case, "DocumentsAdded", "selesai")


async def ended(lives: Lives, case: uuid.UUID, event: str, outcome: str) -> None:
    """Ends a due task of intake with this event and outcome."""
    opened = await lives.desks["intake"].load(case)
    decided = Decision(sample(event, opened.case), outcome)
    await lives.desks["intake"].append(opened, decided, opened.due[0], Attribution(actor="staf-1"))


async def carried_to_the_card(lives: Lives, case: uuid.UUID) -> None:
    await lives.lead(case, "deliver")
    await lives.close("bulanan", "staf-1")
    await lives.lead(case, "reconcile")
    await lives.town.at("2022-07-05 09:00")
    await lives.close("rekon", "kabid-1")
    await lives.lead(case, None)


async def test_a_notification_follows_the_state_of_the_case(database: Database) -> None:
    async with lives_of(database) as lives:
        (kept, epoch), case = await begun(lives), await lives.town.submit()
        seen: list[str | None] = []

        async def look() -> None:
            await kept.keep(epoch, {case: (await lives.town.opened(case)).case.version})
            seen.append(await kind_of(lives, case))

        await look()
        await documents_missing(lives, case)
        await look()
        await brought(lives, case)
        await look()
        await lives.lead(case, "hand_over")
        await look()
        await lives.lead(case, "archive")
        await look()
        await carried_to_the_card(lives, case)
        await look()
    assert seen == [None, "lengkapi", None, "siap_diambil", None, "aktif"]


async def test_a_told_applicant_is_marked_until_there_is_other_news(database: Database) -> None:
    async with lives_of(database) as lives:
        kept, case = kept_by(lives), await lives.town.submit()
        await documents_missing(lives, case)
        await kept.catch_up()
        [before] = await fetch(database, WHOLE)
        body = {"kabar": "lengkapi", "cara": "telepon"}
        answer = await lives.town.intake.post(f"/cases/{case}/told", json=body, headers=lives.town.headers("staf-1"))
        assert answer.status_code == 200, answer.text
        await kept.catch_up()
        [after] = await fetch(database, WHOLE)
        await brought(lives, case)
        await lives.lead(case, "hand_over")
        await kept.catch_up()
        [later] = await fetch(database, WHOLE)
    assert before["told_at"] is None
    assert (after["kind"], after["since"]) == ("lengkapi", before["since"])
    assert after["told_at"] > before["since"]
    assert (later["kind"], later["told_at"]) == ("siap_diambil", None)


@pytest.mark.parametrize("seed", range(3))
async def test_messages_that_come_late_twice_or_out_of_order_lead_to_the_same_rows(
    database: Database, seed: int
) -> None:
    chance = random.Random(seed)
    async with lives_of(database) as lives:
        (kept, epoch), cases = await begun(lives), [await lives.town.submit() for _ in range(4)]

        async def some_messages() -> None:
            for case in cases:
                newest = (await lives.town.opened(case)).case.version
                for version in chance.choices(range(1, newest + 1), k=chance.randint(0, 3)):
                    await kept.keep(epoch, {case: version})

        await some_messages()
        for number, case in enumerate(cases):
            await documents_missing(lives, case)
            await some_messages()
            await brought(lives, case)
            await lives.lead(case, ("draft_letter", "hand_over", "archive", "deliver")[number])
            await some_messages()
        for case in cases:
            await kept.keep(epoch, {case: (await lives.town.opened(case)).case.version})
            await kept.keep(epoch, {case: 1})
        rows = await fetch(database, WHOLE)
        await fetch(database, "DELETE FROM intake.notification")
        await fetch(database, "UPDATE intake.progress SET position = 0")
        await kept.catch_up()
        again = await fetch(database, WHOLE)
    assert rows == again
    assert {row["case"]: row["kind"] for row in rows} == {
        cases[0]: None,
        cases[1]: "siap_diambil",
        cases[2]: None,
        cases[3]: None,
    }


async def test_what_an_older_version_led_to_replaces_no_newer_row(database: Database) -> None:
    async with lives_of(database) as lives:
        kept, case = kept_by(lives), await lives.town.submit()
        await lives.lead(case, "archive")
        await kept.catch_up()
        before = await fetch(database, WHOLE)
        [(epoch,)] = await fetch(database, "SELECT epoch FROM es.epoch")
        late = (epoch, case, OFFICE, OFFICE, before[0]["version"] - 1, "siap_diambil", datetime.now(UTC), None)
        await kept.command_handler.store.pool.execute("SELECT intake.keep($1, $2, $3, $4, $5, $6, $7, $8)", *late)
        assert await fetch(database, WHOLE) == before


async def test_a_process_of_the_release_before_leaves_the_reminders_of_a_case(database: Database) -> None:
    async with lives_of(database) as lives:
        kept, case = kept_by(lives), await lives.town.submit()
        await kept.catch_up()
        [(epoch,)] = await fetch(database, "SELECT epoch FROM es.epoch")
        row = (epoch, case, OFFICE, OFFICE, 90, None, None, None)
        pool, at = kept.command_handler.store.pool, datetime(2022, 10, 3, 0, 30, tzinfo=UTC)
        await pool.execute("SELECT intake.keep_with_reminders($1, $2, $3, $4, $5, $6, $7, $8, $9)", *row, [at])
        await pool.execute("SELECT intake.keep($1, $2, $3, $4, $5, $6, $7, $8)", *row)
        assert [reminder["at"] for reminder in await fetch(database, "SELECT at FROM intake.reminder")] == [at]


async def test_events_without_a_message_are_caught_up_once(database: Database) -> None:
    async with lives_of(database) as lives:
        kept, cases = kept_by(lives), [await lives.town.submit() for _ in range(5)]
        for case in cases:
            await lives.lead(case, "hand_over")
        await kept.catch_up()
        kinds = [await kind_of(lives, case) for case in cases]
        written = await fetch(database, WRITTEN)
        await fetch(database, "UPDATE intake.progress SET position = 0")
        await kept.catch_up()
        [(position,)] = await fetch(database, "SELECT position FROM intake.progress")
        [(last,)] = await fetch(database, "SELECT max(position) FROM es.event")
        assert kinds == ["siap_diambil"] * 5
        assert await fetch(database, WRITTEN) == written, "nothing was written a second time"
        assert position == last


async def test_in_another_epoch_all_is_derived_again_without_the_rows_of_the_lost_one(database: Database) -> None:
    async with lives_of(database) as lives:
        (kept, lost), case = await begun(lives), await lives.town.submit()
        await documents_missing(lives, case)
        await kept.catch_up()
        before = await fetch(database, WHOLE)
        await fetch(database, "UPDATE intake.notification SET version = 99, kind = 'siap_diambil'")
        await fetch(database, "SELECT es.new_epoch()")
        await kept.catch_up()
        assert await fetch(database, WHOLE) == before
        await brought(lives, case)
        await kept.keep(lost, {case: 99})
        assert await fetch(database, WHOLE) == before
        await kept.catch_up()
        assert await kind_of(lives, case) is None


async def test_while_the_database_lacks_a_right_no_case_is_passed_over(database: Database) -> None:
    async with lives_of(database) as lives:
        (kept, _), case = await begun(lives), await lives.town.submit()
        await documents_missing(lives, case)
        await execute(database.url, "REVOKE EXECUTE ON FUNCTION intake.keep_with_reminders FROM jejak_intake")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await kept.catch_up()
        await execute(database.url, "GRANT EXECUTE ON FUNCTION intake.keep_with_reminders TO jejak_intake")
        await kept.catch_up()
        assert await kind_of(lives, case) == "lengkapi"


async def test_a_case_that_does_not_open_keeps_its_row_and_stops_no_other(database: Database) -> None:
    async with lives_of(database) as lives:
        broken, whole = await lives.town.submit(), await lives.town.submit()
        await lives.lead(broken, "hand_over")
        await kept_by(lives).catch_up()
        await lives.lead(whole, "hand_over")
        await lives.lead(broken, "archive")
        await lives.damage("no JSON", {broken: 1})
        async with runtime_of(database, "intake") as afresh:
            await Notifications(afresh.command_handler, 3600).catch_up()
        assert await kind_of(lives, broken) == "siap_diambil"
        assert await kind_of(lives, whole) == "siap_diambil"
        await lives.mend()


async def test_wherever_there_is_something_else_to_tell_the_last_event_concerns_it(database: Database) -> None:
    changes: dict[str, str | None] = {}
    async with lives_of(database) as lives:
        case = await lives.town.submit()
        await documents_missing(lives, case)
        before: str | None = "lengkapi"
        for task in (None, "draft_letter", "paraf", "sign", "hand_over", "archive", "deliver"):
            await (lives.lead(case, task) if task else brought(lives, case))
            now = next((notification.kind for notification in notifications(await lives.town.opened(case))), None)
            newest = (await lives.town.runtime.store.read([case])).streams[case].events[-1]
            if now != before:
                changes[newest.type] = now
                assert concerns(change_of(newest.type, newest.due))
            before = now
    assert changes == {"DocumentsAdded": None, "LetterSigned": "siap_diambil", "LetterHandedOver": None}


def change_of(kind: str, due: str | None) -> Change:
    return Change(uuid.uuid4(), "13.99", 1, kind, due, datetime(2022, 7, 4, tzinfo=UTC), 1)


def test_an_event_concerns_by_its_type_or_by_a_task_that_awaits_the_applicant() -> None:
    assert concerns(change_of("PopulationChecked", "letters/paraf;5;staf;main,letters/hand_over;6;staf;main"))
    assert not concerns(change_of("PopulationChecked", "letters/paraf;5;staf;main"))
    assert concerns(change_of("CaseRefused", "no token"))
    with pytest.raises(ValueError, match="not a due token"):
        concerns(change_of("PopulationChecked", "no token"))


async def test_a_damaged_due_token_says_nothing_and_stops_no_other(database: Database) -> None:
    async with lives_of(database) as lives:
        broken, whole = await lives.town.submit(), await lives.town.submit()
        for case in (broken, whole):
            await lives.lead(case, "hand_over")
        await lives.damage("a due task that is none", {broken: 1})
        await kept_by(lives).catch_up()
        assert await kind_of(lives, whole) == "siap_diambil"
        await lives.mend()


async def test_the_list_of_an_office_reads_its_newest_rows_and_no_others(database: Database) -> None:
    await execute(database.url, FILL)
    service = await asyncpg.connect(database.urls["intake"])
    since = datetime(2000, 1, 1, tzinfo=UTC)
    try:
        for wilayah in (None, ["99.01.01.1003"]):
            explained = await service.fetchval(
                "EXPLAIN (ANALYZE, FORMAT JSON) " + NEWEST, SYNTHETIC, wilayah, since, 200, datetime.now(UTC)
            )
            plan = nodes(json.loads(explained)[0]["Plan"])
            assert "Seq Scan" not in {node["Node Type"] for node in plan}
            indexes = {node["Index Name"] for node in plan if "Index Name" in node}
            assert indexes == {"notification_newest", "reminder_newest"}
            scanned = [node for node in plan if "Index Name" in node]
            assert all(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) <= OF_THE_OFFICE for node in scanned)
    finally:
        await service.close()


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes(child))]
