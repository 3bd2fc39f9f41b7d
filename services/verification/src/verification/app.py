"""Verification put together."""

from typing import Final

from jejak import acts, together
from jejak.runtime import Runtime, Service
from jejak.settings import SettingsError, Source
from verification import api, tasks
from verification.bridging import Bridging
from verification.vclaim import Access, accesses

NAME: Final = "verification"
SETTING: Final = "JEJAK_VCLAIM"
"""Which offices may ask BPJS itself, and with what; JEJAK_VCLAIM_FILE may name a file that holds it."""
DESCRIPTION: Final = "Pengecekan daftar, kependudukan, kepesertaan dan aturan."


async def build(runtime: Runtime) -> Service:
    """Routes for what is looked up by hand, and the automatic look-ups."""
    bridging = Bridging(_accesses(runtime))
    return Service(
        routers=[acts.routes(runtime, api.COMMANDS), together.routes(runtime, api.COMMANDS)],
        tasks=tasks.automatic(runtime, bridging),
        beside=[bridging.run],
    )


def _accesses(runtime: Runtime) -> dict[str, Access]:
    try:
        return accesses(Source.of().text(SETTING, "{}"), development=runtime.settings.development)
    except ValueError as error:
        raise SettingsError(f"{SETTING}: {error}.") from None
