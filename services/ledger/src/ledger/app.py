"""The composition root of the ledger service: the tail of the event store, the views, the queries, and pages."""

from collections.abc import Sequence
from typing import Final

from jejak.eventstore.epoch import Work
from jejak.eventstore.postgres.leader_election import REPORT, lead_for_ever
from jejak.eventstore.tail import Tail
from jejak.messaging.publishing.event_log import EventLogReader
from jejak.service import Service
from jejak.web.pages import layout
from jejak.web.reading.case_read_model import CaseReader
from jejak.web.runtime import Runtime
from ledger.audit import evidence, search, trail_page
from ledger.audit.names import Names
from ledger.audit.registers import api as registers
from ledger.desk import caselist, clockapi, query, worklist
from ledger.desk.citizen import citizen_page, printables
from ledger.desk.signin import routes as signin
from ledger.desk.signin.at_issuer import BACK_CHANNEL
from ledger.report.refresh import Reports
from ledger.timings import api as timings
from ledger.timings import drill_down
from ledger.timings.months import Months
from ledger.timings.pages import compare as compare_page
from ledger.timings.pages.clocks import Clocks
from ledger.timings.projections import Views
from ledger.timings.projector import Projector

NAME: Final = "ledger"
DESCRIPTION: Final = "Sisi baca: jejak berkas, waktu, register, dan halaman."
_POLL_SECONDS: Final = 0.1
"""Seconds between polls at least; views gather events for a second anyway."""
PUBLIC: Final = {
    "/masuk": "the sign-in comes before there is a token, also with a form carried from an ended session",
    "/keluar": "the token may have ended at the sign-out; the form's mark is compared with the cookie",
    BACK_CHANNEL: "the issuer ends a session by a token of its own, which is verified",
    "/dev/clock": "the clock of a development installation, which production does not have",
}
_START: Final = "SELECT position FROM view.progress"


async def build(runtime: Runtime) -> Service:
    """The read side: its routes, and the views that follow the event store."""
    settings, pool = runtime.settings, runtime.store.pool
    case_reader, pages = CaseReader.of(runtime), layout.Pages(runtime, "ledger")
    clocks = Clocks(runtime, case_reader.contexts, Months(), pages)
    names = Names(settings.hmac_key, runtime.command_handler.keyring)

    def works() -> Sequence[Work]:
        """The parts that hold a position, made anew for every epoch."""
        feed = EventLogReader(pool, Tail(pool, busy_seconds=_POLL_SECONDS))
        projector = Projector(Views(runtime.store, case_reader.contexts, names), settings.direct_database_url, feed)

        async def follow() -> None:
            await feed.run(await pool.fetchval(_START))

        async def report() -> None:
            reports = Reports(runtime.store, case_reader.contexts)
            await lead_for_ever(settings.direct_database_url, REPORT, runtime.store.epoch, reports.run)

        return [follow, projector.run, report]

    async def view() -> None:
        await runtime.store.epoch.in_each(pool, works)

    routers = [
        caselist.routes(runtime, case_reader, pages),
        query.routes(runtime, case_reader, pages),
        trail_page.routes(runtime, case_reader, pages),
        evidence.routes(runtime, case_reader),
        search.routes(runtime, case_reader, pages, names),
        citizen_page.routes(case_reader, pages),
        printables.routes(runtime, case_reader, pages),
        layout.static(),
        *signin.routes(runtime, pages),
        timings.routes(runtime, case_reader.contexts, clocks.months, clocks.page),
        drill_down.routes(runtime, case_reader.contexts, pages),
        compare_page.routes(clocks),
        worklist.routes(runtime, pages),
        registers.routes(runtime, pages),
    ]
    if settings.development:
        routers.append(clockapi.routes(runtime))
    return Service(routers=routers, background=[view], forms=False, rate_limited=True, public=PUBLIC)
