"""An official of a kelurahan sees its cases in the worklist and in the list of cases; the dinas sees all cases."""

from __future__ import annotations

from jejak.eventstore.store import Store
from jejak.platform.ids import new_uuid
from jejak.web.reading.waiting_tasks import WORKLIST
from ledger.desk.caselist import CASES
from tests.servers import Database
from tests.store.ledger import OFFICE, command, due, event, opened


async def test_a_worklist_holds_only_what_was_entered_in_the_officials_area(database: Database) -> None:
    places = ("99.01.01.1001", "99.01.01.1002", "99.01.02.1001", "99.01")
    cases = {place: new_uuid() for place in places}
    waiting = due(tugas="enter_data", who="kelurahan", service="intake", automatic=False)
    async with opened(database) as intake:
        for place, case in cases.items():
            submitted = event(payload=f'{{"entry_office":"{place}"}}'.encode())
            await intake.append(command(case, 0, [submitted], [waiting]))

    async def seen(wilayah: str | None) -> set[object]:
        async with await Store.connect(database.urls["ledger"]) as ledger:
            rows = await ledger.pool.fetch(WORKLIST, OFFICE, ["kelurahan"], 50, wilayah and [wilayah])
        return {row["stream"] for row in rows}

    async def listed(wilayah: str | None, after: object = None) -> list[object]:
        async with await Store.connect(database.urls["ledger"]) as ledger:
            rows = await ledger.pool.fetch(CASES, OFFICE, 2, wilayah and [wilayah], after)
        return [row["key"] for row in rows]

    assert await seen(None) == set(cases.values())
    assert await seen("99.01.01.1001") == {cases["99.01.01.1001"]}
    assert await seen("99.01.01") == {cases["99.01.01.1001"], cases["99.01.01.1002"]}
    assert await seen("99.01.03.1001") == set()
    newest_first = list(cases.values())[::-1]
    assert await listed(None) == newest_first[:2]
    assert await listed(None, newest_first[1]) == newest_first[2:]
    assert await listed("99.01.01") == [cases["99.01.01.1002"], cases["99.01.01.1001"]]
    assert await listed("99.01.01", cases["99.01.01.1001"]) == []
