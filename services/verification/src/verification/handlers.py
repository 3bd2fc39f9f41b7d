"""The subscriptions of verification: look-ups and judgements that are due."""

from collections.abc import Sequence

from jejak.cases.decision import Decision
from jejak.messaging.handlers import Handlers
from jejak.messaging.task_runner import Answer, DueWork, OutsideLimit
from jejak.web.runtime import Runtime
from verification import tasks
from verification.outside.bridging import Bridging
from verification.outside.population import Population
from verification.registers.lookup import RegisterKind


def handlers(runtime: Runtime, bridging: Bridging, population: Population) -> Handlers:
    """The automatic tasks of verification, each for many cases at once."""
    react = Handlers("verification")

    @react.due("check_registry")
    async def look_up_registers(works: Sequence[DueWork]) -> list[Answer]:
        return await tasks.registered(runtime, works)

    memberships = tasks.looked_up(runtime, RegisterKind.MEMBERS, bridging.membership, tasks.membership_of)
    react.due("check_membership", OutsideLimit(tasks.asks_outside, bridging.at_once))(memberships)

    residents = tasks.looked_up(runtime, RegisterKind.RESIDENTS, population.matched, tasks.population_of)
    react.due("check_population", OutsideLimit(tasks.asks_outside, population.at_once))(residents)

    @react.due("check_rules")
    async def judge_rules(works: Sequence[DueWork]) -> list[Decision | None]:
        return [tasks.rules(work) for work in works]

    return react
