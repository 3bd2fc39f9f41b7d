"""The participant has died: an ending of its own, recorded by an official from a paper or from Dukcapil.

Source: the papers that the family brings, or Dukcapil's answer 11 (deceased). Nothing can be asked for the dead.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from fastapi import APIRouter

from jejak.cases.decision import Decision, LoadedCase, may_record_death
from jejak.contracts import events as e
from jejak.contracts.parts import Part
from jejak.platform.errors import Malformed, Refused
from jejak.timekeeping import dates
from jejak.web.authorisation import SentCommand
from jejak.web.commands.ad_hoc import add_ad_hoc
from jejak.web.runtime import Runtime, attachments

_SCAN: Final = "bukti"


class DeathRecord(Part):
    """What shows that the participant has died: the kind of proof, and its number where it is not attached."""

    bukti: e.DeathProof
    nomor_bukti: e.Name | None = None
    meninggal_pada: dates.DeathDate | None = None
    catatan: e.Text | None = None


def participant_died(loaded: LoadedCase, record: DeathRecord, evidence: Sequence[e.Attachment]) -> Decision:
    """The case ends. Malformed without evidence, and for a day that cannot be the day of the death.

    Refused where nothing of the case is open any more, and where the sheet asks for the membership to end anyway.
    """
    if loaded.sop.inverse:
        raise Refused(
            "tujuan_nonaktif",
            "Berkas ini meminta kepesertaan diakhiri, dan kematian adalah alasannya. Lanjutkan berkasnya; lampirkan "
            "bukti kematian pada tugas berikutnya.",
        )
    if not may_record_death(loaded.case, loaded.sop, loaded.due):
        raise Refused("sudah_berakhir", "Berkas ini sudah berakhir; tidak ada lagi yang diakhiri oleh kematian.")
    if not evidence and record.nomor_bukti is None:
        raise Malformed("bukti_perlu", "Lampirkan bukti kematian, atau isi nomornya.")
    _check_day(loaded, record.meninggal_pada)
    return Decision(
        e.ParticipantDied(
            proof=record.bukti,
            paper=record.nomor_bukti,
            died_on=record.meninggal_pada,
            note=record.catatan,
            evidence=tuple(evidence),
        )
    )


def _check_day(loaded: LoadedCase, day: date | None) -> None:
    """Between the birth of the participant and today."""
    if day is None:
        return
    if day > loaded.today.date():
        raise Malformed("meninggal_depan", dates.DEATH.late)
    people = loaded.case.people
    if people is not None and day < people.subject.born:
        raise Malformed("meninggal_lampau", "Tanggal meninggal mendahului tanggal lahir peserta; periksa tahunnya.")


def routes(runtime: Runtime) -> APIRouter:
    """`POST /cases/{case}/died`."""
    router = APIRouter(tags=["permohonan"])

    async def died(loaded: LoadedCase, sent: SentCommand[DeathRecord]) -> Decision:
        if any(file.name != _SCAN for file in sent.files):
            raise Malformed("hanya_bukti", f"Sertakan bukti kematian saja, dengan nama {_SCAN}.")
        decision = participant_died(loaded, sent.body, attachments(sent.files))
        await runtime.keep(loaded, sent.files)
        return decision

    summary = "Catat bahwa peserta meninggal dunia; berkas berakhir"
    add_ad_hoc(router, runtime, "died", DeathRecord, died, name="died", summary=summary, files=True)
    return router
