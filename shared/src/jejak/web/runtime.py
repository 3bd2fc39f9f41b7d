"""What the handlers of a service are given, and the files of a case: stored sealed, fetched opened."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from jejak.cases.command_handler import CommandHandler
from jejak.cases.decision import LoadedCase
from jejak.cases.procedure_registry import ProcedureRegistry
from jejak.contracts import events as e
from jejak.contracts.codec import open_bytes, seal_bytes
from jejak.eventstore.store import Store
from jejak.eventstore.types import Blob
from jejak.platform import ids
from jejak.platform.errors import Missing
from jejak.platform.settings import Settings
from jejak.web.http_app import File, RequestGate


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a service's handlers are given: no module holds a pool, a key or a setting of its own."""

    settings: Settings
    store: Store
    procedures: ProcedureRegistry
    command_handler: CommandHandler
    gate: RequestGate

    async def keep(self, opened: LoadedCase, files: Sequence[File]) -> None:
        """Store files of a case, sealed under its working key, each content once: before the event that names them."""
        await self.keep_sealed(opened.case.id, opened.keys.working, files)

    async def keep_sealed(self, case: uuid.UUID, key: bytes | None, files: Sequence[File]) -> None:
        """As `keep`, under a given key of the case."""
        if not files:
            return
        if key is None:
            raise Missing("data_dimusnahkan", "Data pribadi berkas ini sudah dimusnahkan.")
        await self.store.put_blobs(case, [sealed_under(case, key, one) for one in files])

    async def fetch(self, opened: LoadedCase, sha256: str) -> tuple[str, bytes]:
        """A stored file of a case: media type and bytes. Missing if there is none or its key was destroyed."""
        blob = await self.store.get_blob(opened.case.id, sha256)
        if blob is None:
            raise Missing("berkas_tidak_ada", "Berkas itu tidak ada pada permohonan ini.")
        return blob.media_type, unsealed(opened, blob)


def unsealed(opened: LoadedCase, blob: Blob) -> bytes:
    """A file opened: documents under the working key, letters under the archive key. Missing once its key is gone."""
    signed = {letter.signed for letter in opened.case.letters.values()}
    key = opened.keys.archive if blob.sha256 in signed else opened.keys.working
    return unsealed_under(opened.case.id, key, blob)


def sealed_under(stream: uuid.UUID, key: bytes, file: File) -> Blob:
    """A file of a stream (a case, a batch) sealed under one of its keys."""
    sealed = seal_bytes(key, file.data, _bound(stream, file.sha256), ids.random_bytes)
    return Blob(file.sha256, file.media_type, len(file.data), sealed)


def unsealed_under(stream: uuid.UUID, key: bytes | None, blob: Blob) -> bytes:
    """A file of a stream (a case, a batch) opened under one of its keys. Missing once that key is gone."""
    if key is None:
        raise Missing("data_dimusnahkan", "Data pribadi berkas ini sudah dimusnahkan.")
    return open_bytes(key, blob.sealed, _bound(stream, blob.sha256))


def _bound(case: uuid.UUID, sha256: str) -> bytes:
    return case.bytes + sha256.encode()


def attachments(files: Sequence[File]) -> tuple[e.Attachment, ...]:
    """Files as an event names them."""
    return tuple(
        e.Attachment.model_validate(
            {"document": one.name, "sha256": one.sha256, "media_type": one.media_type, "size": len(one.data)}
        )
        for one in files
    )
