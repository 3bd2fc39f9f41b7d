"""A case that cannot be opened is named in an answer about many cases, and keeps none of the others out of it."""

from __future__ import annotations

import pytest

from jejak.cases.unreadable import Unreadable
from jejak.web.reading.case_read_model import CaseReader
from ledger.desk.caselist import CASES
from tests.servers import Database, execute
from tests.store.bpjs import monthly, runtime_of, town

CHANGED = "ALTER TABLE es.event DISABLE TRIGGER ALL; UPDATE es.event SET {} WHERE stream = '{}' AND version = 1"
BIT = "payload = set_bit(payload, octet_length(payload) * 8 - {}, 1 - get_bit(payload, octet_length(payload) * 8 - {}))"
DAMAGES = {
    "a bit of the payload's end": CHANGED.format(BIT.format(3, 3), "{case}"),
    "bytes that are no text": CHANGED.format("payload = '\\xff'::bytea || payload", "{case}"),
    "a sealed field of other bytes": CHANGED.format(
        "payload = overlay(payload placing 'AAAA'::bytea from position('\"sealed\":'::bytea in payload) + 60)", "{case}"
    ),
    "another model": CHANGED.format('payload = \'{{"v":1,"asing":true}}\'::bytea', "{case}"),
    "an event of a newer version": CHANGED.format("type = 'PeristiwaKelak'", "{case}"),
    "a wrong key": "UPDATE keys.case_key SET working = archive WHERE stream = '{case}'",
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_the_others_are_read_and_the_one_that_does_not_open_is_named(database: Database, damage: str) -> None:
    async with town(database, monthly()) as office:
        whole, broken = await office.submit(), await office.submit()
        await execute(database.url, DAMAGES[damage].format(case=broken))
        async with runtime_of(database, "verification") as other, runtime_of(database, "ledger") as ledger:
            case_reader = CaseReader.of(ledger)
            at_desk = await other.command_handler.load_all([broken, whole])
            shown = await case_reader.open_all([broken, whole])

            assert list(at_desk) == list(shown) == [whole]
            assert list(at_desk.unread) == list(shown.unread) == [broken]
            [row] = shown.unread_rows
            assert (row["berkas"], row["rantai"]) == (str(broken), f"/cases/{broken}/chain")
            assert row["sebab"] == "Berkas ini tidak dapat dibaca; hubungi pengelola sistem."
            for alone in (other.command_handler.load(broken), case_reader.open(str(broken))):
                with pytest.raises(Unreadable) as refused:
                    await alone
                assert (refused.value.status, refused.value.code) == (409, "catatan_rusak")
            kode = shown[whole].case.office
            wilayah = kode.partition(".")[0]
            listed = await ledger.store.pool.fetch(CASES, kode, 10, [wilayah], None)
            assert whole in [row["key"] for row in listed]
