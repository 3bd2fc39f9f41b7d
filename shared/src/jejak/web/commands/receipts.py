"""Answers to commands: the case's new version and its due tasks; for several cases, the result of each."""

import uuid
from typing import Final

from fastapi import Depends, Response
from pydantic import BaseModel, ConfigDict

from jejak.cases.decision import Receipt
from jejak.platform import ids


class Answer(BaseModel):
    """Part of an answer in JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DueTask(Answer):
    """A task that is due now, and whose turn it is."""

    tugas: str
    langkah: str
    slot: str
    pelaksana: str
    layanan: str


class CommandReceipt(Answer):
    """`versi` is also the ETag; `ulangan`: the same request was carried out before, and nothing changed now."""

    berkas: uuid.UUID
    kode: str
    versi: int
    jatuh_tempo: tuple[DueTask, ...]
    berakhir: str | None
    ulangan: bool


class CaseDone(Answer):
    """A case of a bulk command that was carried out."""

    berkas: uuid.UUID
    versi: int
    ulangan: bool


class CaseRefusal(Answer):
    """A case of a bulk command that was refused, and why."""

    berkas: uuid.UUID
    masalah: str
    sebab: str


class BulkReceipt(Answer):
    """How many cases were done and refused, and the result of each."""

    selesai: int
    gagal: int
    berkas: tuple[CaseDone | CaseRefusal, ...]


def receipt_body(receipt: Receipt) -> CommandReceipt:
    """The JSON of a receipt."""
    due = tuple(
        DueTask(tugas=task.tugas, langkah=task.langkah, slot=task.slot, pelaksana=task.who, layanan=task.service)
        for task in receipt.due
    )
    return CommandReceipt(
        berkas=receipt.case,
        kode=ids.case_code(receipt.case),
        versi=receipt.version,
        jatuh_tempo=due,
        berakhir=receipt.ending,
        ulangan=receipt.repeated,
    )


def receipt_response(response: Response, receipt: Receipt) -> CommandReceipt:
    """The JSON of a receipt, with the version as ETag of the response."""
    response.headers["ETag"] = f'"{receipt.version}"'
    return receipt_body(receipt)


async def _no_store(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept, Authorization"


NO_STORE: Final = Depends(_no_store)
"""Among a route's `dependencies`: its JSON is not cached, and varies by official and by page or JSON."""
