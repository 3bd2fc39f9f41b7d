"""The letters that wait for a paraf, to be initialled in one request, and the other counts of the requester's post."""

from collections import Counter
from typing import Final

from fastapi import APIRouter

from jejak.web.authorisation import Requester
from jejak.web.pages import bulk_page
from jejak.web.pages.layout import Pages
from jejak.web.reading.waiting_tasks import COLUMNS, FOR_PEOPLE, sheets_of, turns_of
from jejak.web.runtime import Runtime

# The table follows the events by a moment: the event store says what is still due.
_STILL_DUE: Final = """waiting w JOIN es.stream s ON s.key = w."case"
JOIN es.due d ON d.stream_no = s.stream_no AND (d.slot, d.langkah, d.tugas, d.who) = (w.slot, w.langkah, w.tugas, w.who)
"""
PARAFS: Final = f"""
WITH waiting AS MATERIALIZED (
    SELECT * FROM approval.waiting WHERE office = $1 AND tugas = 'paraf' AND who = ANY ($2::text[])
)
SELECT {COLUMNS} FROM {_STILL_DUE} WHERE {FOR_PEOPLE}
"""  # noqa: S608 - our own texts
COUNTS: Final = f"""
WITH waiting AS MATERIALIZED (SELECT * FROM approval.waiting WHERE office = $1 AND who = ANY ($2::text[]))
SELECT w.tugas, w.who, s.sop, count(*) AS cases FROM {_STILL_DUE}
WHERE d.parked IS NULL AND ($3::text[] IS NULL OR EXISTS (
    SELECT FROM unnest($3::text[]) AS a (area) WHERE es.entered_in(d.stream_no, a.area)))
GROUP BY w.tugas, w.who, s.sop
"""  # noqa: S608 - our own texts


def routes(pages: Pages) -> APIRouter:
    """`GET /worklist/paraf`."""

    async def counted(requester: Requester) -> bulk_page.More:
        return {"menunggu": await counts(pages.runtime, requester)}

    return bulk_page.routes(pages, "paraf", PARAFS, "paraf_sekaligus.html", counted)


async def counts(runtime: Runtime, requester: Requester) -> dict[str, int]:
    """How many cases wait for the requester's post, by the task of approval."""
    sheets = await sheets_of(runtime, requester)
    turns = {sha256: turns_of(sop, requester.actor.post) for sha256, sop in sheets.items()}
    who = sorted({code for codes in turns.values() for code in codes})
    cases = Counter[str]()
    for row in await runtime.store.pool.fetch(COUNTS, requester.actor.office, who, requester.areas):
        if row["who"] in turns[row["sop"]]:
            cases[row["tugas"]] += row["cases"]
    return dict(cases.most_common())
