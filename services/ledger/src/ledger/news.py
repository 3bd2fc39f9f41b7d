"""Results to tell people: who has to bring something, whose letter lies ready, who was refused, whose card is on.

Whom one has told is on no sheet and in no event: the list says what there is to tell, and since when.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from jejak.contracts import events as e
from jejak.engine import COMPLETE
from ledger.caselist import listed
from ledger.dossier import Dossier
from ledger.timeline import when

_ACTIVE: Final = "Kartu sudah aktif dan dapat dipakai."
_OVER: Final = "Kepesertaannya sebagai PBI sudah berakhir, seperti diminta."
_READY: Final = "Surat sudah ada. Minta pemohon mengambilnya."
_GOOD: Final = frozenset({_ACTIVE, _OVER, _READY})
_INCOMPLETE: Final = "Berkas belum lengkap atau perlu diperbaiki. Minta pemohon melengkapinya."
_ENDED: Final = {
    "tolak": "Permohonan ditolak. Sampaikan alasannya dan ke mana dapat mengadu.",
    "kembalikan": "Permohonan dikembalikan. Sampaikan alasannya.",
}


def news(dossier: Dossier, since: datetime) -> dict[str, Any] | None:
    """What there is to tell the applicant of a case that came about since then; None for nothing."""
    found = next(_news(dossier), None)
    if found is None or found[0] < since:
        return None
    at, said, address = found
    in_short = listed(dossier)
    application = dossier.case.application
    people = application.people if application and isinstance(application.people, e.People) else None
    return {
        "berkas": in_short["berkas"],
        "kode": in_short["kode"],
        "pemohon": people.applicant.name if people else None,
        "peserta": people.subject.name if people else None,
        "telepon": people.applicant.phone if people else None,
        "kabar": said,
        "sejak": when(dossier, at),
        "kembali": in_short["kembali"] if said not in _GOOD else None,
        "cetak": f"/cases/{in_short['kode']}/{address}" if address else None,
        "lihat": in_short["lihat"],
    }


def _news(dossier: Dossier) -> Iterator[tuple[datetime, str, str | None]]:
    """The most telling first: when it came about, what to say, and what can be printed beside it."""
    case = dossier.case
    if case.deactivated is not None:
        yield case.deactivated, _OVER, None
    elif case.activated is not None:
        yield case.activated, _ACTIVE, None
    for due in dossier.opened.due:
        if due.tugas == COMPLETE:
            yield due.since, _INCOMPLETE, "daftar-kontrol" if _by_documents(dossier) else None
        elif due.tugas == "hand_over":
            yield due.since, _READY, None
    if case.ending is not None and case.ending.kind in _ENDED:
        yield case.ending.at, _ENDED[case.ending.kind], "penolakan"


def _by_documents(dossier: Dossier) -> bool:
    """Whether what is missing stands on the Daftar Kontrol: the last act found it so."""
    last = next((one.data for one in reversed(dossier.history) if not isinstance(one.data, e.WorkStarted)), None)
    return isinstance(last, e.DocumentsMissing)
