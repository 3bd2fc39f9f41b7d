"""The same person's other cases that still run; they are shown, and are never a reason to refuse."""

import uuid
from typing import Final, NotRequired, TypedDict

from jejak.cases.command_handler import CommandHandler
from jejak.cases.decision import LoadedCase
from jejak.cases.people.newborn import number_of, same_birth
from jejak.contracts import events as e
from jejak.platform import ids
from jejak.privacy import nik
from jejak.procedure.office.officials import Official

_MOST: Final = 10
RUNNING: Final = """
SELECT p.stream FROM es.person p JOIN es.stream s ON s.key = p.stream
WHERE p.hmac = $1 AND p.stream <> $2 AND EXISTS (SELECT FROM es.due d WHERE d.stream_no = s.stream_no)
ORDER BY s.stream_no DESC LIMIT $3
"""


class OtherCase(TypedDict):
    """Another case: its office; its identity, if the official may see it; the reason, if it cannot be read."""

    kantor: str
    nama_kantor: str
    berkas: NotRequired[str]
    kode: NotRequired[str]
    layanan: NotRequired[str]
    diterima: NotRequired[str]
    sebab: NotRequired[str]
    rantai: NotRequired[str]


async def other_running_cases(
    command_handler: CommandHandler,
    hmac_key: bytes,
    case: uuid.UUID,
    office: str,
    person: e.Person,
    official: Official | None = None,
) -> list[OtherCase]:
    """Other cases for the same participant, newest first: which one, and since when it runs.

    The same is who has the same NIK; of newborns, who has the same mother and day of birth.

    For a case of another office, or entered outside the area of `official`, only the office is given.
    """
    number = number_of(person)
    rows = await command_handler.store.pool.fetch(RUNNING, nik.index(hmac_key, number), case, _MOST) if number else ()
    if not rows:
        return []
    others = await command_handler.load_all([row["stream"] for row in rows])
    newest = [others[row["stream"]] for row in rows if row["stream"] in others]
    # An unreadable case shows neither participant nor place of entry: only officials of the whole office see it.
    unread: list[OtherCase] = [
        {
            "kantor": case.office,
            "nama_kantor": case.office,
            "berkas": case.row["berkas"],
            "kode": case.row["kode"],
            "sebab": case.row["sebab"],
            "rantai": case.row["rantai"],
        }
        for case in others.unread.values()
        if case.office == office and (official is None or official.wilayah is None)
    ]
    return [_row(loaded, office, official) for loaded in newest if _is_for(loaded, person)] + unread


def _is_for(loaded: LoadedCase, person: e.Person) -> bool:
    """Whether the person is the participant; the index finds applicants for others too."""
    people = loaded.case.people
    return people is not None and same_birth(people.subject, person)


def _row(loaded: LoadedCase, office: str, official: Official | None) -> OtherCase:
    case, application = loaded.case, loaded.case.application
    place: OtherCase = {"kantor": case.office, "nama_kantor": loaded.office.nama}
    if case.office != office or application is None:
        return place
    today = loaded.today.date()
    if official is not None and not loaded.office.answers_for(official, application.entry_office, today):
        return place
    return {
        **place,
        "berkas": str(case.id),
        "kode": ids.case_code(case.id),
        "layanan": application.service,
        "diterima": application.received_at.isoformat(),
    }
