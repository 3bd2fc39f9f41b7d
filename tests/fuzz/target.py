"""The target of fuzz tests: a running installation with a few cases, and their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from jejak_tools.play import Berkas, Office
from jejak_tools.stories.counter import apply, checked
from jejak_tools.stories.people import ROSNA, ZULFAN
from tests.stories import Jejak

OFFICE: Final = "13.01"
CLERK: Final = "staf-1"
WITH_BATCHES: Final = "12.72"


@dataclass(frozen=True, slots=True)
class Target:
    jejak: Jejak
    office: Office
    cases: Sequence[Berkas]
    """The first waits for the draft of its letter, the second for the check of its documents."""
    sheet: str
    tokens: Sequence[str | None]
    """None, and tokens of officials with different tasks, in different offices."""

    @property
    def url(self) -> str:
        return self.jejak.installation.url

    def url_of(self, service: str) -> str:
        return self.jejak.installation.children[service].url

    def as_program(self, who: str) -> dict[str, str]:
        """The headers of a program that acts as this official."""
        return {"Authorization": f"Bearer {self.office.token(who)}", "Content-Type": "application/json"}

    @property
    def known(self) -> Sequence[Mapping[str, str]]:
        """Valid parts of addresses, in two offices."""
        of_sheet = {"name": "rekomendasi", "letter": "rekomendasi", "verb": "draft_letter", "register": "buku"}
        here = of_sheet | {"case": self.cases[0].id, "sop": self.sheet, "sheet": self.sheet}
        return (
            here | {"office": OFFICE, "kumpulan": "tidak_ada"},
            here | {"office": WITH_BATCHES, "kumpulan": "kiriman_harian", "case": self.cases[1].id},
        )


def prepared_target(jejak: Jejak) -> Target:
    office = jejak.office(OFFICE)
    drafted = checked(apply(office, "2022-08-01 08:00", ZULFAN), "08:05", "08:05:30")
    drafted.until_due("draft_letter")
    waiting = apply(office, "2022-08-01 08:30", ROSNA)
    waiting.until_due("check_documents")
    office.at("2022-08-01 09:00")
    sheet = office.get(CLERK, "/inferred").json()["lembar"][0]["sha256"]
    other = jejak.office(WITH_BATCHES)
    tokens = [office.token(official) for official in (CLERK, "kabid-1", "kadis-1")]
    return Target(jejak, office, (drafted, waiting), sheet, (None, *tokens, other.token("operator-1")))
