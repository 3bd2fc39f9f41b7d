"""The same person's other cases that still run: noticed, never a reason to refuse."""

import uuid
from typing import Final, NotRequired, TypedDict

from jejak.cases.command_handler import CommandHandler
from jejak.cases.decision import LoadedCase
from jejak.contracts import events as e
from jejak.platform import ids
from jejak.privacy import nik
from jejak.procedure.kantor import Official

_MOST: Final = 10
RUNNING: Final = """
SELECT p.stream FROM es.person p JOIN es.stream s ON s.key = p.stream
WHERE p.hmac = $1 AND p.stream <> $2 AND EXISTS (SELECT FROM es.due d WHERE d.stream_no = s.stream_no)
ORDER BY s.stream_no DESC LIMIT $3
"""


class OtherCase(TypedDict):
    """Another case: where; which one, for whoever may see it; or that it cannot be read."""

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
    person: str,
    official: Official | None = None,
) -> list[OtherCase]:
    """Cases for the same participant (his NIK) beside this one, newest first: which one, and since when it runs.

    Of another office's, and of what was entered outside the area of `official`, only that there is one, and where.
    """
    rows = await command_handler.store.pool.fetch(RUNNING, nik.index(hmac_key, person), case, _MOST)
    if not rows:
        return []
    others = await command_handler.load_all([row["stream"] for row in rows])
    newest = [others[row["stream"]] for row in rows if row["stream"] in others]
    # Whom such a case is for, and where it was entered, does not show: it is named to whoever sees all of its office.
    unread: list[OtherCase] = [
        {
            "kantor": one.office,
            "nama_kantor": one.office,
            "berkas": one.row["berkas"],
            "kode": one.row["kode"],
            "sebab": one.row["sebab"],
            "rantai": one.row["rantai"],
        }
        for one in others.unread.values()
        if one.office == office and (official is None or official.wilayah is None)
    ]
    return [_told(one, office, official) for one in newest if _is_for(one, person)] + unread


def _is_for(opened: LoadedCase, person: str) -> bool:
    """For this participant: whoever asks for another is found by his own number too."""
    application = opened.case.application
    people = application.people if application else None
    return people is not None and not isinstance(people, e.Forgotten) and people.subject.nik == person


def _told(opened: LoadedCase, office: str, official: Official | None) -> OtherCase:
    case, application = opened.case, opened.case.application
    where: OtherCase = {"kantor": case.office, "nama_kantor": opened.office.nama}
    if case.office != office or application is None:
        return where
    if official is not None and not official.answers_for(application.entry_office):
        return where
    return {
        "kantor": case.office,
        "nama_kantor": opened.office.nama,
        "berkas": str(case.id),
        "kode": ids.case_code(case.id),
        "layanan": application.service,
        "diterima": application.received_at.isoformat(),
    }
