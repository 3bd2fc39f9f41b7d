"""The composition root of verification."""

from typing import Final

from jejak.platform.office_access import BaseAccess, accesses
from jejak.platform.settings import SettingsError, Source
from jejak.service import Service
from jejak.web.reading.case_read_model import CaseReader
from jejak.web.runtime import Runtime
from jejak.web.tasks import routes as tasks
from verification import api, findings
from verification.handlers import handlers
from verification.outside.bridging import Bridging
from verification.outside.dukcapil import Access as DukcapilAccess
from verification.outside.list_jobs import ListJobs
from verification.outside.listed_people import System
from verification.outside.population import Population
from verification.outside.vclaim import Access as VClaimAccess
from verification.pages import listed, matches
from verification.registers import memberlists
from verification.registers.match_jobs import MatchJobs

NAME: Final = "verification"
VCLAIM: Final = "JEJAK_VCLAIM"
DUKCAPIL: Final = "JEJAK_DUKCAPIL"
"""Which offices may ask BPJS and Dukcapil themselves, and with what; JEJAK_…_FILE may name a file that holds it."""
DESCRIPTION: Final = "Pengecekan daftar, kependudukan, kepesertaan dan aturan."


async def build(runtime: Runtime) -> Service:
    """Routes of the manual look-ups and of matchings, the automatic look-ups, and the query of bpjs-sync."""
    bridging = Bridging(_accesses(runtime, VCLAIM, VClaimAccess))
    population = Population(_accesses(runtime, DUKCAPIL, DukcapilAccess))
    jobs, reader = MatchJobs(runtime), CaseReader.of(runtime)
    systems = {
        "check_population": System(population.matched, population.at_once),
        "check_membership": System(bridging.membership, bridging.at_once),
    }
    lists = ListJobs(runtime, systems)
    return Service(
        routers=[
            *tasks.routes(reader, api.COMMANDS),
            listed.routes(reader, lists),
            memberlists.routes(runtime),
            findings.routes(runtime),
            matches.routes(runtime, jobs),
        ],
        handlers=handlers(runtime, bridging, population),
        background=[bridging.run, population.run, findings.Rechecks(runtime).run, jobs.run, lists.run],
    )


def _accesses[A: BaseAccess](runtime: Runtime, setting: str, kind: type[A]) -> dict[str, A]:
    try:
        return accesses(Source.of().text(setting, "{}"), kind, development=runtime.settings.development)
    except ValueError as error:
        raise SettingsError(f"{setting}: {error}.") from None
