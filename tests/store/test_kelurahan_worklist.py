"""A kelurahan sees on its worklist the cases it entered, and no other; the dinas sees them all."""

from __future__ import annotations

from jejak.ids import new_uuid
from jejak.store.store import Store
from ledger.worklist import WORKLIST
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
            rows = await ledger.pool.fetch(WORKLIST, OFFICE, ["kelurahan"], 50, wilayah)
        return {row["stream"] for row in rows}

    assert await seen(None) == set(cases.values())
    assert await seen("99.01.01.1001") == {cases["99.01.01.1001"]}
    assert await seen("99.01.01") == {cases["99.01.01.1001"], cases["99.01.01.1002"]}
    assert await seen("99.01.03.1001") == set()
