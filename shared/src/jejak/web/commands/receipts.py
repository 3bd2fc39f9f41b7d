"""What a command is answered with: the case's new version and what is due now; of several cases, what came of each."""

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
    """`versi` stands in the ETag too; `ulangan`: the same request was carried out before, and nothing happened now."""

    berkas: uuid.UUID
    kode: str
    versi: int
    jatuh_tempo: tuple[DueTask, ...]
    berakhir: str | None
    ulangan: bool


class CaseDone(Answer):
    """A case of several for which it was done."""

    berkas: uuid.UUID
    versi: int
    ulangan: bool


class CaseRefusal(Answer):
    """A case of several for which it was not done, and why."""

    berkas: uuid.UUID
    masalah: str
    sebab: str


class BulkReceipt(Answer):
    """How many were done and were not, and of each what came of it."""

    selesai: int
    gagal: int
    berkas: tuple[CaseDone | CaseRefusal, ...]


def receipt_body(receipt: Receipt) -> CommandReceipt:
    """A receipt as every answer tells it."""
    due = tuple(
        DueTask(tugas=one.tugas, langkah=one.langkah, slot=one.slot, pelaksana=one.who, layanan=one.service)
        for one in receipt.due
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
    """What came of a command; its version as ETag."""
    response.headers["ETag"] = f'"{receipt.version}"'
    return receipt_body(receipt)


async def _no_store(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept, Authorization"


NO_STORE: Final = Depends(_no_store)
"""Among a route's `dependencies`: its JSON is stored by nobody, and is not what a browser or another official gets."""
